"""A timeline's sections: which there are, how many photos, how wide; what is none."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import InvalidInput
from archive.search import Query, opening, section_ids, tiles, timeline
from archive.search.remembered import forget
from archive.search.sections import BY, Day, grouped, key_of, span_of
from archive.search.timelines import Timeline, asked
from tests.archive import search_model as model
from tests.archive.search_project import queries, viewers
from tests.archive.timelines.looking import (
    COUNTED,
    KEPT,
    as_expected,
    expected,
    is_refused,
    some_by,
    some_order,
    some_viewer,
    sums,
)


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


def test_nobody_has_an_empty_timeline(connection: Any) -> None:
    assert timeline(connection, "", None) == Timeline()
    assert opening(connection, "", None) == (Timeline(), ())
    assert tiles(connection, "", None, "2026-03") == ()
    assert section_ids(connection, "", None, "2026-03") == ()


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
