"""What stands where in a report, and the templates that say so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.albums import UNCLASSIFIED_IN
from archive.database import Archive
from archive.errors import InvalidInput, StoreError
from archive.export.package.model import Known
from archive.export.pdf import Template, read_template, template_from
from archive.export.pdf.captions import field_text
from archive.export.pdf.layout import Cell, Heading, arrange, body
from archive.export.pdf.sections import Item, Section, sections_of
from archive.export.pdf.template import PER_PAGE, SECTIONS
from archive.export.pdf.words import languages, words_of
from archive.export.stamps import stamp_text
from archive.photos import load_photos
from tests.archive.report_files import (
    picture,
    put,
)

pytestmark = pytest.mark.usefixtures("one_process")


@pytest.mark.parametrize("by", SECTIONS)
@pytest.mark.parametrize("order", ["oldest", "newest", "given"])
def test_every_photo_is_in_a_section_and_keeps_its_number(
    archive: Archive, by: str, order: str
) -> None:
    ids = [
        put(archive, picture(n), taken_at=f"2026-0{1 + n % 3}-11T1{n}:00")
        for n in range(6)
    ]
    photos = load_photos(archive.connection, ids)
    template = Template(sections=by, order=order)
    sections = sections_of(photos, template, words_of("en"))
    items = [item for section in sections for item in section.items]
    assert sorted(item.photo.id for item in items) == ids
    assert [item.number for item in items] == [1, 2, 3, 4, 5, 6]


def test_locations_stand_in_the_order_of_their_numbers(archive: Archive) -> None:
    photos = load_photos(archive.connection, [put(archive, picture(1))])
    places = ("Tower>Level 10", "Tower>Level 2", None, "Annex")
    found = sections_of(
        [replace(photos[0], id=n, location=place) for n, place in enumerate(places)],
        Template(sections="location"),
        words_of("en"),
    )
    titles = [section.title for section in found]
    assert titles == ["Annex", "Tower>Level 2", "Tower>Level 10", "Without a location"]


def test_a_photo_of_two_trades_is_in_both_with_one_number(archive: Archive) -> None:
    photos = load_photos(archive.connection, [put(archive, picture(1))])
    photos = [replace(photos[0], trades=("Steel", "Concrete"))]
    found = sections_of(photos, Template(sections="trade"), words_of("en"))
    assert [section.title for section in found] == ["Concrete", "Steel"]
    assert {item.number for section in found for item in section.items} == {1}


@pytest.mark.parametrize(("language", "name"), UNCLASSIFIED_IN.items())
def test_unclassified_is_called_in_the_language_of_the_report(
    archive: Archive, language: str, name: str
) -> None:
    photos = load_photos(archive.connection, [put(archive, picture(1))])
    template, words = Template(sections="album"), words_of(language)
    (section,) = sections_of(photos, template, words)
    assert section.title == name
    assert field_text(photos[0], "album", words) == name
    assert stamp_text("{album}", photos[0], words) == name
    known = Known(photos[0], {"album": {"private": False}}, shown=True, words=words)
    assert known.album == name


def test_pairs_have_the_older_photo_first(archive: Archive) -> None:
    ids = [
        put(archive, picture(n), taken_at=f"2026-05-1{5 - n}T10:00") for n in range(3)
    ]
    photos = load_photos(archive.connection, ids)
    template = Template(pairs=True, order="given")
    (section,) = sections_of(photos, template, words_of("en"))
    assert [(i.photo.id, i.role) for i in section.items] == [
        (ids[1], "before"),
        (ids[0], "after"),
        (ids[2], ""),
    ]


@given(
    st.lists(st.integers(1, 30), min_size=1, max_size=12),
    st.sampled_from(PER_PAGE),
    st.booleans(),
    st.booleans(),
)
def test_no_two_photos_lie_on_each_other_and_none_is_lost(
    sizes: list[int], per_page: int, landscape: bool, pairs: bool
) -> None:
    numbers = iter(range(1000))
    sections = [
        Section(str(n), tuple(Item(object(), next(numbers)) for _ in range(size)))  # type: ignore[arg-type]
        for n, size in enumerate(sizes)
    ]
    template = Template(per_page=per_page, landscape=landscape, pairs=pairs)
    sheets = arrange(sections, template)
    cells = [p for s in sheets for p in s.parts if isinstance(p, Cell)]
    assert [cell.item.number for cell in cells] == list(range(sum(sizes)))
    area = body(template)
    for sheet in sheets:
        assert isinstance(sheet.parts[0], Heading)
        boxes = [
            box
            for part in sheet.parts
            for box in (
                [part.box] if isinstance(part, Heading) else [part.photo, part.caption]
            )
        ]
        for at, one in enumerate(boxes):
            assert min(one.w, one.h) > 0
            assert area.x - 0.01 <= one.x <= area.x + area.w + 0.01 - one.w
            assert area.y - 0.01 <= one.y <= area.y + area.h + 0.01 - one.h
            for other in boxes[at + 1 :]:
                assert not _overlap(one, other)


def _overlap(a: Any, b: Any) -> bool:
    return (
        a.x + a.w > b.x + 0.01
        and b.x + b.w > a.x + 0.01
        and a.y + a.h > b.y + 0.01
        and b.y + b.h > a.y + 0.01
    )


# Templates


def test_a_template_is_a_small_file_that_a_company_keeps(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(
        'title = "Weekly"\nper_page = 6\nfields = ["number", "trades"]\n'
        'logo = "logo.png"\nlines = ["Client: City"]\n'
    )
    found = read_template(tmp_path / "ours.toml")
    assert (found.title, found.per_page) == ("Weekly", 6)
    assert found.fields == ("number", "trades")
    assert found.logo == tmp_path / "logo.png"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"colour": "red"}, "no 'colour'"),
        ({"per_page": 3}, "1, 2, 4, 6, 9"),
        ({"per_page": True}, "1, 2, 4, 6, 9"),
        ({"fields": ["secret"]}, "number, taken"),
        ({"fields": [["number"]]}, "number, taken"),
        ({"resolution": 10}, "dots per inch"),
        ({"qr": "http://here"}, "{uuid}"),
        ({"language": "xx"}, "one of de, en"),
        ({"title": "x" * 501}, "500"),
        ({"lines": "one"}, "list"),
        ({"sections": []}, "one of"),
    ],
)
def test_what_a_template_cannot_say_is_refused(
    values: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        template_from(values)


@pytest.mark.parametrize("raw", [b"title = ", b"\xff\xfe", b"[[["])
def test_a_template_that_is_no_toml_is_named(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "ours.toml").write_bytes(raw)
    with pytest.raises(InvalidInput, match=r"ours\.toml is no TOML"):
        read_template(tmp_path / "ours.toml")


def test_a_template_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        read_template(tmp_path / "absent.toml")


def test_every_language_says_everything() -> None:
    english = words_of("en")
    for language in languages():
        words = words_of(language)
        assert words.texts.keys() == english.texts.keys()
        assert words.labels.keys() == english.labels.keys()
