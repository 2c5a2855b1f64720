"""The photos of sections: page by page, by their place, several at once, the first."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from archive.errors import InvalidInput
from archive.photos import Photo, load_photos
from archive.rights import Viewer
from archive.search import Face, Query, opening, places_of, section_ids, tiles
from archive.search.faces import load_faces
from archive.search.sections import BY
from tests.archive import search_model as model
from tests.archive.search_project import viewers
from tests.archive.timelines.looking import (
    COUNTED,
    KEPT,
    ORDERS,
    as_expected,
    asking,
    expected,
    ids_of,
    is_refused,
    pairs,
    sums,
    tile_width,
)


@settings(max_examples=80)
@asking(limit=st.integers(1, 9))
def test_pages_of_a_section_follow_each_other(
    connection: Any, query: Query, name: str, by: str, order: str, limit: int
) -> None:
    who = viewers(connection)[name]
    if is_refused(connection, query, who):
        return
    truth = expected(connection, query, who, by, order)
    for key, wanted in truth.items():
        listed: list[tuple[int, int]] = []
        at = 0
        while True:
            (page,) = tiles(
                connection, query, who, key, at=at, order=order, limit=limit
            )
            assert page.first == len(listed)
            assert page.start == at
            assert page.section.photos == len(wanted)
            assert page.section.width == sum(width for _, width in wanted)
            listed += pairs(page)
            at += sum(face.width for face in page.faces)
            if len(page.faces) < limit:
                break
        assert listed == wanted


def test_a_face_is_what_its_photo_says(connection: Any) -> None:
    ids = [row[0] for row in connection.execute("select id from photos order by id")]
    faces = load_faces(connection, [*ids, max(ids) + 1])
    places = places_of(connection, faces)
    names = {field.name for field in fields(Photo)} & {*Face._fields, "taken_at"}
    assert len(names) == 14
    for face, photo in zip(faces, load_photos(connection, ids), strict=True):
        for name in names - {"sha256", "width"}:
            assert getattr(face, name) == getattr(photo, name), name
        assert face.sha256 == (photo.sha256 and photo.sha256[:12])
        assert face.width == tile_width(photo)
        assert face.words == (photo.description or photo.filename)
        assert places.get(face.location_id) == photo.location


@pytest.mark.parametrize("query", ["", "album:2026", "wall"])
@pytest.mark.parametrize("order", ORDERS)
def test_a_place_in_a_section_is_found_by_its_width(
    connection: Any, query: str, order: str
) -> None:
    who = model.admin(connection)
    for key, wanted in expected(connection, query, who, "month", order).items():
        start = 0
        for index, (number, width) in enumerate(wanted):
            for at in (start, start + width - 1):
                (page,) = tiles(
                    connection, query, who, key, at=at, order=order, limit=1
                )
                assert ids_of(page) == [number]
                assert (page.first, page.start) == (index, start)
            start += width
        (page,) = tiles(connection, query, who, key, at=start, order=order)
        assert (page.faces, page.first) == ((), len(wanted))


@settings(max_examples=80)
@asking(data=st.data())
def test_neighbouring_sections_come_together(
    connection: Any, query: Query, name: str, by: str, order: str, data: st.DataObject
) -> None:
    who = viewers(connection)[name]
    if is_refused(connection, query, who):
        return
    truth = expected(connection, query, who, by, order)
    keys = list(truth)
    if not keys:
        return
    first = data.draw(st.integers(0, len(keys) - 1))
    last = data.draw(st.integers(first, len(keys) - 1))
    wanted = keys[first : last + 1]
    found = tiles(connection, query, who, keys[first], keys[last], order=order)
    listed = {some.section.key: pairs(some) for some in found}
    assert [key for key in listed if key in wanted] == wanted
    assert {key: listed[key] for key in wanted} == {key: truth[key] for key in wanted}
    assert [(s.section.key, s.section.photos, s.section.width) for s in found] == sums(
        {key: truth[key] for key in listed}
    )
    ids = dict(
        section_ids(connection, query, who, keys[first], keys[last], order=order)
    )
    assert {key: list(ids[key]) for key in wanted} == {
        key: [number for number, _ in truth[key]] for key in wanted
    }


@settings(max_examples=120)
@asking(limit=st.integers(1, 40))
def test_an_opening_is_the_beginning_of_the_timeline(
    connection: Any, query: Query, name: str, by: str, order: str, limit: int
) -> None:
    who = viewers(connection)[name]
    if is_refused(connection, query, who):
        return
    expect_opening(connection, query, who, by=by, order=order, limit=limit)


def expect_opening(
    connection: Any,
    query: Query | str,
    who: Viewer,
    *,
    by: str,
    order: str,
    limit: int,
) -> None:
    truth = expected(connection, query, who, by, order)
    found, first = opening(connection, query, who, by=by, order=order, limit=limit)
    known = as_expected(found)
    assert known == sums(truth)[: len(known)]
    assert not found.whole or len(known) == len(truth)
    listed = [(some.section.key, *pair) for some in first for pair in pairs(some)]
    flat = [(key, *pair) for key, some in truth.items() for pair in some]
    assert listed == flat[: len(listed)]
    assert bool(listed) == bool(flat)


@pytest.mark.parametrize("query", KEPT + COUNTED)
@pytest.mark.parametrize("by", BY)
def test_an_opening_of_too_many_tiles_is_that_of_its_first_section(
    connection: Any, query: str, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.search.tiling.MOST_TOGETHER", 3)
    who = model.admin(connection)
    for order in ORDERS:
        expect_opening(connection, query, who, by=by, order=order, limit=4)


def test_too_many_tiles_of_several_sections_are_those_of_the_first(
    connection: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.search.tiling.MOST_TOGETHER", 20)
    who = model.admin(connection)
    keys = list(expected(connection, "", who, "day", "newest"))
    (only,) = tiles(connection, "", who, keys[0], keys[-1], limit=5)
    assert only.section.key == keys[0]
    assert len(only.faces) == min(5, only.section.photos)


def test_too_many_ids_are_refused(
    connection: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.search.tiling.MOST_CHOSEN", 20)
    who = model.admin(connection)
    keys = list(expected(connection, "", who, "day", "newest"))
    with pytest.raises(InvalidInput, match="more than 20 photos"):
        section_ids(connection, "", who, keys[0], keys[-1])


def test_a_section_without_photos_is_not_there(connection: Any) -> None:
    who = model.admin(connection)
    for query in ("", "wall"):
        assert tiles(connection, query, who, "2001-01-01") == ()
        assert section_ids(connection, query, who, "2001-01") == ()
