"""Names by a template: what each field says, unique, and the same the next time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archive.albums import add_album
from archive.batches import batch
from archive.database import Archive
from archive.errors import InvalidInput
from archive.export.naming import name_template, names_of
from archive.locations import find_or_add_location
from archive.people import Person
from archive.photos import Photo, load_photos
from tests.archive.report_files import picture, put


@pytest.fixture
def photo(archive: Archive, sam: Person) -> Photo:
    with batch(archive.connection, sam) as opened:
        album = add_album(archive.connection, sam, opened, "Facade: A/B.jpg")
        place = find_or_add_location(
            archive.connection, sam, opened, r"Tower>HVAC/Duct>Room \> 1"
        )
    number = put(
        archive,
        picture(1),
        filename="IMG_1.JPG",
        description="1/2 done: crane?",
        album_id=album.id,
        location_id=place.id,
        taken_at="2026-05-11T09:30:05.120",
    )
    return load_photos(archive.connection, [number])[0]


@pytest.mark.parametrize(
    ("template", "path"),
    [
        (
            "{album}/{taken:%Y-%m-%d}_{n:04}_{description}",
            "Facade_ A_B.jpg_/2026-05-11_0007_1_2 done_ crane_.jpg",
        ),
        ("{filename}", "IMG_1.JPG"),
        ("{filename}_{n}", "IMG_1_7.jpg"),
        ("{location:/}/{n:3}", "Tower/HVAC_Duct/Room _ 1/7.jpg"),
        ("{location}", "Tower - HVAC_Duct - Room _ 1.jpg"),
        ("{trade}/{taken:%Y/%m}", "none/2026-05.jpg"),
        ("{log_date}_{taken}", "undated_2026-05-11 093005.jpg"),
        ("{description:.3}{{}}", "1_2{}.jpg"),
        ("/{n}/", "7.jpg"),
        ("{trade}_{camera}", "jpg.jpg"),
        ("../{n}", "none/7.jpg"),
        ("{n}_{trade}_{id}", "7_1.jpg"),
        ("{n} - {trade} - {camera} - {id}", "7 - 1.jpg"),
        ("{n}__{id}({trade})_x", "7__1()_x.jpg"),
    ],
)
def test_a_photo_is_called_as_the_template_says(
    photo: Photo, template: str, path: str
) -> None:
    if template == "{trade}_{camera}":
        path = "photo.jpg"  # nothing is known of either
    assert name_template(template).path(photo, 7) == path


def test_a_photo_of_which_nothing_is_known_has_a_name(photo: Photo) -> None:
    bare = replace(
        photo, filename="", description="", location=None, taken_at=None, uploader=None
    )
    for template in ("{description}", "{filename}", "{location:/}/{uploader}"):
        assert name_template(template).path(bare, 1).endswith("photo.jpg")


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{albun}/{n}", r"no field \{albun\}.*\{album\}, \{location\}"),
        ("{album.__class__}", "no field"),
        ("{album!r}", "no format"),
        ("{0}", "no field"),
        ("{}", "no field"),
        ("{n:999999999}", "no format"),
        ("{taken:%c}", "no format"),
        ("{album:>9999}", "no format"),
        ("{album", "expected '}'"),
        (" / ", "has 1 to"),
        ("a/" * 9 + "{n}", "at most"),
    ],
)
def test_what_a_template_cannot_say_is_told(template: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        name_template(template)


def called(archive: Archive, ids: list[int], template: str) -> dict[int, str]:
    names = names_of(archive.connection, ids, template)
    photos = load_photos(archive.connection, ids)
    return {p.id: names(p, number) for number, p in enumerate(photos, 1)}


def test_photos_that_come_later_change_no_name(archive: Archive) -> None:
    words = ("a.jpg", "A.JPG", "manifest.csv", "a.jpg")
    ids = [put(archive, picture(n), filename=w) for n, w in enumerate(words)]
    before = called(archive, ids, "{filename}")
    assert before[ids[0]] == "a.jpg"
    assert len({name.casefold() for name in before.values()}) == len(ids)
    for number in (ids[1], ids[3]):
        assert before[number].casefold().startswith("a ~")
    late = put(archive, picture(9), filename="a.jpg")
    for order in ([*ids, late], [late, *reversed(ids)]):
        after = called(archive, order, "{filename}")
        assert {n: after[n] for n in ids} == before
        assert after[late] not in before.values()


def test_a_name_is_never_that_of_a_list(archive: Archive) -> None:
    ids = [put(archive, picture(1), filename="manifest.json")]
    assert called(archive, ids, "{filename}") == {ids[0]: "manifest.json.jpg"}
