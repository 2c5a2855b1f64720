"""The timeline's page and JSON: what each person sees of it, and what they do not."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest

from archive.search import language, parse
from plugins import queries, texts
from plugins.pages.timeline import title_of

READERS = ("reader", "uploader", "auditor", "admin")
NOBODIES = ("anonymous", "unknown", "none")
MAY = "2026-05-11"
UNDATED = "2026-05-11-undated"
JUNE = "2026-06-01-undated"
# key of a section: ids of those whom each may see, in order
SEEN = {
    "reader": {JUNE: [6], MAY: [1]},
    "uploader": {JUNE: [6], MAY: [2, 1]},
    "auditor": {JUNE: [6], MAY: [3, 2, 1], UNDATED: [5]},
    "admin": {JUNE: [6], MAY: [3, 2, 1], UNDATED: [5]},
}
QUERIES = (
    "",
    "crane",
    "-roof",
    "taken:2026-05",
    "location:Tower",
    "album:Unclassified",
)
ADDRESSES = (
    "sections.json?",
    "sections.json?by=month&",
    "tiles.json?section=2026-05&",
    f"tiles.json?section={JUNE}&until={MAY}&",
    "ids.json?section=2026-05&",
    f"ids.json?section={JUNE}&until={MAY}&",
    "list?",
    "list.json?",
    "facets?",
    "facets?piece=1&",
    "facets.json?",
)


def told(page: str) -> dict[str, Any]:
    """What a page tells its script."""
    found = re.search(r'<script[^>]* id="timeline">(.*?)</script>', page, re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


def ids(pieces: list[dict[str, Any]]) -> dict[str, list[int]]:
    return {
        piece["section"][0]: [tile["id"] for tile in piece["tiles"]] for piece in pieces
    }


@pytest.mark.parametrize("who", READERS)
def test_the_page_tells_the_sections_that_one_may_see(site: Any, who: str) -> None:
    data = told(site.get("/tower-4", who).text)
    assert data["whole"]
    assert data["exact"]
    assert ids(data["tiles"]) == SEEN[who]
    width = 1500  # 60 by 40 pixels
    assert data["sections"] == [
        [key, len(some), width * len(some)] for key, some in SEEN[who].items()
    ]


@pytest.mark.parametrize("who", READERS)
@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("by", ["day", "week", "month"])
@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_sections_have_the_tiles_that_they_say(
    site: Any, who: str, query: str, by: str, order: str
) -> None:
    about = f"q={quote(query)}&by={by}&order={order}"
    found = site.get(f"/tower-4/-/sections.json?{about}", who).json()
    assert found["exact"]
    seen = []
    for key, photos, width in found["sections"]:
        address = f"/tower-4/-/tiles.json?{about}&section={key}"
        (piece,) = site.get(address, who).json()["tiles"]
        assert piece["section"] == [key, photos, width]
        assert len(piece["tiles"]) == photos
        assert sum(tile["width"] for tile in piece["tiles"]) == width
        named = site.get(f"/tower-4/-/ids.json?{about}&section={key}", who).json()
        assert named["sections"] == [[key, [tile["id"] for tile in piece["tiles"]]]]
        seen += named["sections"][0][1]
    listed = site.get(f"/tower-4.json?q={quote(query)}", who).json()
    assert sorted(seen) == sorted(photo["id"] for photo in listed["photos"])
    assert found["photos"] == len(seen)


@pytest.mark.parametrize("who", READERS)
def test_several_sections_come_at_once(site: Any, who: str) -> None:
    address = f"/tower-4/-/tiles.json?section={JUNE}&until={UNDATED}"
    assert ids(site.get(address, who).json()["tiles"]) == SEEN[who]


@pytest.mark.parametrize("who", [*NOBODIES, "reader", "uploader", "auditor"])
@pytest.mark.parametrize("query", ["", "crane", "-zzz", "is:private", "SECRET"])
def test_no_answer_tells_a_secret(site: Any, who: str, query: str) -> None:
    paths = [f"/tower-4?q={quote(query)}", f"/tower-4?by=month&q={quote(query)}"]
    paths += [f"/tower-4/-/{address}q={quote(query)}" for address in ADDRESSES]
    found = {path: leak for path in paths if (leak := site.leaks(path, who))}
    assert found == {}


@pytest.mark.parametrize("who", NOBODIES)
@pytest.mark.parametrize("address", ADDRESSES)
def test_nobody_is_told_that_there_is_nothing(
    site: Any, who: str, address: str
) -> None:
    answer = site.get(f"/tower-4/-/{address}", who)
    assert answer.status_code == 404
    absent = site.get(f"/nowhere/-/{address}", who)
    assert absent.status_code == 404


@pytest.mark.parametrize(
    ("query", "status"), [("is:starred", 403), ("is:recycled", 403)]
)
@pytest.mark.parametrize(
    "address", ["sections.json?", "tiles.json?section=2026-05&", "list.json?"]
)
def test_what_one_may_not_search_for_is_refused(
    site: Any, address: str, query: str, status: int
) -> None:
    answer = site.get(f"/tower-4/-/{address}q={query}", "reader")
    assert (answer.status_code, answer.json()["ok"]) == (status, False)
    assert site.get(f"/tower-4?q={query}", "reader").status_code == status
    assert site.get(f"/tower-4/-/{address}q={query}").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "tiles.json?section=",
        "tiles.json?section=nonsense",
        "tiles.json?section=2026-05-11&until=2026-04",
        "tiles.json?section=2026-05&at=-1",
        "tiles.json?section=2026-05&at=9999999999999999999",
        "tiles.json?section=2026-05&order=name",
        "ids.json?section=2026-13",
        "sections.json?by=year",
        "sections.json?q=foo:bar",
        "list.json?order=best",
        "list.json?after=nonsense",
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(site: Any, address: str) -> None:
    answer = site.get(f"/tower-4/-/{address}")
    assert answer.status_code == 400
    assert answer.json()["ok"] is False
    assert len(answer.json()["error"]) > 10


def test_a_tile_has_what_it_takes_to_be_drawn(site: Any) -> None:
    (piece,) = site.get(f"/tower-4/-/tiles.json?section={MAY}").json()["tiles"]
    tile = piece["tiles"][0]
    assert set(tile) == {"id", "width", "version", "words", "place", "day", "marks"}
    assert tile["words"] == "crane OWNERSECRET"
    assert tile["place"] == "Tower>Level 2"
    assert tile["marks"] == ["private", "drawn"]
    picture = f"/tower-4/-/photo/{tile['id']}/thumbnail?v={tile['version']}"
    assert "immutable" in site.get(picture).headers["cache-control"]


def test_the_bin_is_a_timeline_as_any_other(site: Any) -> None:
    page = site.get("/tower-4?q=is:recycled").text
    assert ids(told(page)["tiles"]) == {MAY: [4]}
    assert "<h1><bdi>Recycle bin</bdi></h1>" in page


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("", "Tower 4"),
        ("album:Unclassified", "Unclassified"),
        ("location:Tower", "Tower"),
        ("crane", "Found"),
        ("-album:Unclassified", "Found"),
    ],
)
def test_the_page_says_what_place_it_is(site: Any, query: str, title: str) -> None:
    assert f"<h1><bdi>{title}</bdi></h1>" in site.get(f"/tower-4?q={quote(query)}").text


def test_the_ways_to_look_at_it_are_links(site: Any) -> None:
    page = site.get("/tower-4?q=crane&by=month&order=oldest").text
    assert '<a href="/tower-4?q=crane&amp;order=oldest">Day</a>' in page
    assert 'aria-current="true">Month</a>' in page
    assert 'href="/tower-4?q=crane&amp;by=month"' in page
    assert 'href="/tower-4/-/list?q=crane"' in page


@pytest.fixture(scope="module")
def large(make_site: Any) -> Any:
    """More photos than a page has, of two days, and words that many of them have."""

    def fill(make: Any) -> None:
        for number in range(150):
            make.photo(
                f"not looked at: {number}".encode(),
                f"{number:03}.jpg",
                description="wall" if number % 2 else "slab",
                taken_at=f"2026-05-{11 + number // 100}T08:{number % 60:02}:00",
            )

    return make_site("Large", fill)


@pytest.fixture
def many(large: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("plugins.pages.timeline.FIRST", 20)
    return large


def test_of_a_large_search_the_first_sections_are_told(many: Any) -> None:
    data = told(many.get("/large?q=wall").text)
    assert not data["whole"]
    assert data["sections"][0] == ["2026-05-12", 25, 37500]
    assert len(data["tiles"][0]["tiles"]) == 20
    whole = many.get("/large/-/sections.json?q=wall").json()
    assert whole["sections"][:1] == data["sections"][:1]
    assert [s[0] for s in whole["sections"]] == ["2026-05-12", "2026-05-11"]


def test_facets_that_take_a_while_come_later(
    many: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugins.pages.timeline.FEW", 10)
    page = many.get("/large?q=album:Unclassified").text
    later = "/large/-/facets?q=album%3AUnclassified&amp;piece=1"
    assert f'data-later="{later}"' in page
    assert "facet-album" not in page
    assert "facet-album" in many.get(later.replace("&amp;", "&")).text
    assert "facet-album" in many.get("/large").text


def test_pages_of_tiles_follow_each_other(
    large: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "archive.search.tiling.tiles.__kwdefaults__",
        {"at": 0, "order": "newest", "limit": 30},
    )
    at, seen = 0, []
    while True:
        address = f"/large/-/tiles.json?section=2026-05-11&at={at}"
        (piece,) = large.get(address).json()["tiles"]
        assert (piece["first"], piece["start"]) == (len(seen), at)
        seen += [tile["id"] for tile in piece["tiles"]]
        at += sum(tile["width"] for tile in piece["tiles"])
        if len(piece["tiles"]) < 30:
            break
    assert len(seen) == len(set(seen)) == 100


@pytest.mark.parametrize("order", ["newest", "oldest", "uploaded", "name"])
def test_the_list_is_sorted_and_paged(
    large: Any, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    monkeypatch.setattr("plugins.pages.gallery.PAGE", 40)
    seen, address = [], f"/large/-/list?order={order}"
    while address:
        page = large.get(address).text
        rows = re.findall(r'<th scope="row"><a href="/large/-/photo/(\d+)"', page)
        seen += [int(number) for number in rows]
        found = re.search(r'rel="next" href="([^"]*)"', page)
        address = found[1].replace("&amp;", "&") if found else ""
    assert len(set(seen)) == len(seen) == 150
    pairs = list(pairwise(seen))
    if order == "name":
        assert seen == sorted(seen)
    if order in ("newest", "oldest"):
        days = [number > 100 for number in seen]
        assert days == sorted(days, reverse=order == "newest")
    assert (
        f'aria-sort="{"ascending" if order in ("oldest", "name") else "descending"}"'
        in page
    )
    assert pairs


def test_the_list_says_how_many_and_shows_the_rest_of_a_search(large: Any) -> None:
    page = large.get("/large/-/list?q=wall").text
    assert "75 photos" in page
    assert 'href="/large?q=wall"' in page


@pytest.mark.parametrize("language", texts.languages())
def test_every_filter_has_its_words(language_of: Any, language: str) -> None:
    with language_of(language):
        for name in ALL_FILTERS:
            (clause,) = parse(name).clauses
            assert queries.described(clause)


ALL_FILTERS = [
    *(f"is:{value}" for value in language.IS),
    *(f"has:{value}" for value in language.HAS),
    *(f"projection:{value}" for value in language.PROJECTIONS),
    *("album:x", "location:x", "trade:x", "by:x", "camera:x", "name:x", "ext:jpg"),
    *("taken:2026-05", "uploaded:2026-05", "log:2026-05", "in:1,1..2,2"),
]


def test_no_filter_is_forgotten_here() -> None:
    assert {name.partition(":")[0] for name in ALL_FILTERS} == set(language.FILTERS)


@pytest.fixture
def language_of() -> Any:
    from contextlib import contextmanager

    from plugins import actors

    @contextmanager
    def chosen(name: str) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(actors, "language", lambda: name)
            yield

    return chosen


@pytest.mark.parametrize(
    ("key", "english", "german"),
    [
        ("2026-05-11", "Mon, 11 May 2026", "Mo., 11. Mai 2026"),
        ("2026-05", "May 2026", "Mai 2026"),
        ("2026-W19", "4–10 May 2026", "4.–10. Mai 2026"),
        (
            "2026-W01-undated",
            "29 Dec 2025 – 4 Jan 2026",
            "29. Dez. 2025 – 4. Jan. 2026",
        ),
    ],
)
def test_sections_are_headed_by_their_time(
    language_of: Any, key: str, english: str, german: str
) -> None:
    found = []
    for name in ("en", "de"):
        with language_of(name):
            found.append(re.sub(r"\s+", " ", title_of(key).replace("\u2009", " ")))
    assert found == [english, german]


def test_or_and_not_are_said_in_the_language(language_of: Any) -> None:
    (clause, other) = parse("wall OR is:starred -trade:Rebar").clauses
    with language_of("de"):
        assert queries.described(clause) == "„wall“ oder markiert"
        assert queries.described(other) == "nicht Gewerk: Rebar"
