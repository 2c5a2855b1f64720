"""Unclassified is called in the reader's language, and stored and sent as it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from archive.albums import UNCLASSIFIED, UNCLASSIFIED_IN, add_album
from archive.batches import batch
from archive.database import open_archive
from archive.people import owner
from archive.rights import viewer
from archive.search.names import find_ids
from plugins import actors
from plugins.pages.wording import written
from plugins.texts import languages

GERMAN = UNCLASSIFIED_IN["de"]
# Pages that tell of the album; the photo lies in it
PAGES = {
    "albums": "-/albums",
    "facets": "-/facets",
    "grid of the album": "?q=album:Unclassified",
    "grid of its German name": "?q=album:%22Nicht+klassifiziert%22",
    "not in it": "?q=-album:Unclassified",
    "table": "-/list?q=album:Unclassified",
    "map": "-/map?q=album:Unclassified",
    "recycle bin": "-/list?q=is:recycled",
    "photo": "-/photo/1",
    "photo, to edit": "-/photo/1/edit",
    "what it is compared with": "-/compare?a=6",
    "upload": "-/uploads",
    "upload into it": "-/uploads?q=album:Unclassified",
    "feed": "-/feed",
}


def seen(page: str) -> str:
    """What a person reads or hears of a page: no addresses, and no searches typed."""
    page = re.sub(r"<input type=\"search\"[^>]*>", "", page)
    page = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    return re.sub(r' (href|action|data-\w+|value)="[^"]*"', "", page)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_calls_it_in_the_language_of_its_reader(
    owners_site: Any, name: str
) -> None:
    def told(language: str) -> str:
        answer = owners_site.get(
            f"/tower-4{'' if PAGES[name][0] == '?' else '/'}{PAGES[name]}",
            headers={"accept-language": language},
        )
        assert answer.status_code == 200
        return seen(answer.text)

    german, english = told("de"), told("en")
    assert (GERMAN in german, UNCLASSIFIED in german) == (True, False)
    typed = "German" in name  # as somebody typed it, who may mean an album of that name
    assert (GERMAN in english, UNCLASSIFIED in english) == (typed, True)


def test_the_history_calls_it_so_too() -> None:
    token = actors.begin("", "de")
    try:
        told = [written("album_id", "Unclassified", number) for number in (1, 2)]
    finally:
        actors.end(token)
    assert told == [GERMAN, "Unclassified"]  # an album of that name has just that name


def test_what_programs_read_is_as_it_is_stored(owners_site: Any) -> None:
    for page in ("albums", "choices"):
        answer = owners_site.get(
            f"/tower-4/-/{page}.json", headers={"accept-language": "de"}
        )
        first = answer.json()["albums"][0]
        assert (first["name"], first["label"]) == (UNCLASSIFIED, GERMAN)
    photo = owners_site.get(
        "/tower-4/-/photo/1.json", headers={"accept-language": "de"}
    ).json()
    assert photo["photo"]["album"] == UNCLASSIFIED


def test_every_language_of_the_pages_has_a_name_for_it() -> None:
    assert set(UNCLASSIFIED_IN) == set(languages())


@pytest.mark.parametrize("language", UNCLASSIFIED_IN)
def test_it_is_found_by_each_of_its_names(archive_folder: Path, language: str) -> None:
    with open_archive(archive_folder) as archive:
        everybody = viewer(owner(archive.connection))
        assert everybody is not None
        name = UNCLASSIFIED_IN[language].upper()
        assert find_ids(archive.connection, "album", name, everybody) == [1]


def test_an_album_that_has_the_name_goes_before(folder: Path) -> None:
    with open_archive(folder) as archive:
        sam = owner(archive.connection)
        with batch(archive.connection, sam) as opened:
            made = add_album(archive.connection, sam, opened, GERMAN)
        who = viewer(sam)
        assert who is not None
        assert find_ids(archive.connection, "album", GERMAN, who) == [made.id]
