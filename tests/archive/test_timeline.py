from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import InvalidInput, InvalidQuery, NotAllowed
from archive.photos import Photo, load_photos
from archive.rights import Viewer
from archive.search import (
    Face,
    Query,
    Tiles,
    opening,
    parse,
    places_of,
    section_ids,
    tiles,
    timeline,
)
from archive.search.faces import load_faces
from archive.search.remembered import forget
from archive.search.sections import BY, Day, grouped, key_of, span_of
from archive.search.timelines import Timeline, asked
from tests.archive import search_model as model
from tests.archive.search_project import fill, queries, viewers

ORDERS = ("newest", "oldest")
# each is answered from the sums that the database keeps
KEPT = (
    "",
    "album:2026",
    'location:"Tower A"',
    'location:"Tower A>Level 3" taken:2026-03',
    "trade:Rebar",
    "is:recycled",
    "is:private",
    "is:public trade:HVAC",
    "-is:public",
    "taken:2026-01-01..2026-03-09",
    "taken:..2025 is:recycled",
)
COUNTED = (
    "wall",
    "-wall",
    "is:starred",
    "album:2026 trade:Rebar",
    "-album:2026",
    "taken:2026-03-09T14:05",
    "wall taken:2026-03",
    "is:starred OR is:360",
    "is:recycled wall",
)


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    found = model.project()
    fill(found, 120, seed=4)
    yield found
    found.close()


def tile_width(photo: Photo) -> int:
    """As schema.sql says: width by height as shown, x 1000, neither line nor tower."""
    if not photo.width or not photo.height:
        return 1333
    return max(500, min(3200, photo.width * 1000 // photo.height))


def expected(
    connection: Any, query: Query | str, who: Viewer, by: str, order: str
) -> dict[str, list[tuple[int, int]]]:
    """The sections in order, each with ids and widths, by looking at every photo."""
    query = parse(query) if isinstance(query, str) else query
    newest = order == "newest"
    photos = load_photos(connection, sorted(model.search(connection, query, who)))
    found: dict[tuple[str, bool], list[Photo]] = {}
    for photo in sorted(photos, key=lambda p: (p.shown_at, p.id), reverse=newest):
        key = key_of(photo.shown_at[:10], by, dated=True), photo.taken_at is None
        found.setdefault(key, []).append(photo)
    keys = sorted(sorted(found), key=lambda key: key[0], reverse=newest)
    return {
        time + "-undated" * undated: [
            (p.id, tile_width(p)) for p in found[time, undated]
        ]
        for time, undated in keys
    }


def pairs(some: Tiles) -> list[tuple[int, int]]:
    return [(face.id, face.width) for face in some.faces]


def ids_of(some: Tiles) -> list[int]:
    return [face.id for face in some.faces]


def as_expected(found: Timeline) -> list[tuple[str, int, int]]:
    return [(some.key, some.photos, some.width) for some in found.sections]


def sums(sections: dict[str, list[tuple[int, int]]]) -> list[tuple[str, int, int]]:
    return [(key, len(some), sum(w for _, w in some)) for key, some in sections.items()]


def is_refused(connection: Any, query: Query, who: Viewer) -> bool:
    try:
        asked(connection, query, who, "newest")
    except (InvalidQuery, NotAllowed):
        return True
    return False


some_viewer = st.sampled_from(("Sam", "Ana", "Reader"))
some_by, some_order = st.sampled_from(BY), st.sampled_from(ORDERS)


@settings(max_examples=200)
@given(query=queries(), name=some_viewer, by=some_by, order=some_order)
def test_a_timeline_is_what_looking_at_every_photo_gives(
    connection: Any, query: Query, name: str, by: str, order: str
) -> None:
    who = viewers(connection)[name]
    if is_refused(connection, query, who):
        return
    found = timeline(connection, query, who, by=by, order=order)
    assert found.exact
    assert as_expected(found) == sums(expected(connection, query, who, by, order))


@pytest.mark.parametrize("query", KEPT)
@pytest.mark.parametrize("by", BY)
def test_of_these_the_database_keeps_the_sums(
    connection: Any, query: str, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.search.timelines._summed", None)
    who = model.admin(connection)
    found = timeline(connection, query, who, by=by)
    assert as_expected(found) == sums(expected(connection, query, who, by, "newest"))


@pytest.mark.parametrize("query", COUNTED)
def test_these_are_summed_up(connection: Any, query: str) -> None:
    assert asked(connection, query, model.admin(connection), "newest").sums is None


@pytest.mark.parametrize("name", ["Sam", "Ana", "Reader"])
@pytest.mark.parametrize("query", ["wall", "-wall", "projection:360 OR ext:jpg"])
@pytest.mark.parametrize("most", [0, 5], ids=["all", "but for what has no date"])
@pytest.mark.parametrize("by", BY)
def test_beyond_what_is_summed_it_is_estimated(
    connection: Any,
    query: str,
    name: str,
    most: int,
    by: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forget()
    monkeypatch.setattr("archive.search.timelines.MOST_SUMMED", most)
    who = viewers(connection)[name]
    found = timeline(connection, query, who, by=by)
    assert not found.exact
    truth = sums(expected(connection, query, who, by, "newest"))
    assert [(s.key, s.photos) for s in found.sections] == [s[:2] for s in truth]
    assert all(500 <= s.width / s.photos <= 3200 for s in found.sections)


@pytest.mark.parametrize("query", ["wall is:recycled", "wall taken:2026-03-09T14:05"])
def test_an_estimate_keeps_to_the_bin_and_to_the_days(
    connection: Any, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget()
    monkeypatch.setattr("archive.search.timelines.MOST_SUMMED", 0)
    who = model.admin(connection)
    for by in BY:
        truth = expected(connection, query, who, by, "newest")
        found = {
            s.key: s.photos for s in timeline(connection, query, who, by=by).sections
        }
        assert truth
        assert set(truth) <= set(found)
        if "taken" in query:
            day = expected(connection, "wall taken:2026-03-09", who, by, "newest")
            assert found == {key: len(some) for key, some in day.items()}


@settings(max_examples=80)
@given(
    query=st.one_of(queries(), st.sampled_from(KEPT + COUNTED).map(parse)),
    name=some_viewer,
    by=some_by,
    order=some_order,
    limit=st.integers(1, 9),
)
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
@given(
    query=st.one_of(queries(), st.sampled_from(KEPT + COUNTED).map(parse)),
    name=some_viewer,
    by=some_by,
    order=some_order,
    data=st.data(),
)
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
@given(
    query=st.one_of(queries(), st.sampled_from(KEPT + COUNTED).map(parse)),
    name=some_viewer,
    by=some_by,
    order=some_order,
    limit=st.integers(1, 40),
)
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


def test_nobody_has_an_empty_timeline(connection: Any) -> None:
    assert timeline(connection, "", None) == Timeline()
    assert opening(connection, "", None) == (Timeline(), ())
    assert tiles(connection, "", None, "2026-03") == ()
    assert section_ids(connection, "", None, "2026-03") == ()


def test_a_section_without_photos_is_not_there(connection: Any) -> None:
    who = model.admin(connection)
    for query in ("", "wall"):
        assert tiles(connection, query, who, "2001-01-01") == ()
        assert section_ids(connection, query, who, "2001-01") == ()


@pytest.mark.parametrize(
    "key",
    [
        "",
        "2026",
        "2026-13",
        "2026-02-30",
        "2026-W54",
        "0000-01-01",
        "2026-05-11-x",
        "x",
    ],
)
def test_what_is_no_section_is_refused(connection: Any, key: str) -> None:
    with pytest.raises(InvalidInput):
        tiles(connection, "", model.admin(connection), key)


def test_sections_of_two_kinds_are_refused(connection: Any) -> None:
    with pytest.raises(InvalidInput, match="two kinds"):
        tiles(connection, "", model.admin(connection), "2026-05-11", "2026-04")


@pytest.mark.parametrize("options", [{"by": "year"}, {"order": "name"}], ids=str)
def test_what_no_timeline_goes_by_is_refused(
    connection: Any, options: dict[str, str]
) -> None:
    for function in (timeline, opening):
        with pytest.raises(InvalidInput, match=r"year|name"):
            function(connection, "", None, **options)  # type: ignore[operator]


@given(day=st.dates(), by=some_by, dated=st.booleans())
def test_a_day_lies_in_its_section(day: date, by: str, dated: bool) -> None:
    span = span_of(key_of(str(day), by, dated=dated))
    assert (span.by, span.dated) == (by, dated)
    assert span.first <= day <= span.last
    long = {"day": 1, "week": 7, "month": 31}[by]
    assert (span.last - span.first).days < long
    for edge in (span.first, span.last):
        assert key_of(str(edge), by, dated=dated) == key_of(str(day), by, dated=dated)
    if span.last < date.max:
        after = str(span.last + timedelta(days=1))
        assert key_of(after, by, dated=dated) != key_of(str(day), by, dated=dated)


def test_weeks_at_the_turn_of_a_year_are_one() -> None:
    days = [Day("2026-01-01", True, 1, 1000), Day("2025-12-31", True, 2, 3000)]
    (week,) = grouped(days, "week", newest=True)
    assert (week.key, week.photos, week.width) == ("2026-W01", 3, 4000)
