"""When the sync begins by itself: never twice at once, and what was missed once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.batches import batch
from archive.clock import timestamp, utc_now
from archive.database import Archive
from archive.errors import InvalidInput
from archive.jobs import add_job
from archive.people import owner
from archive.remotes import (
    begin_run,
    end_run,
    is_due,
    past_of,
    schedule_of,
    set_schedule,
)
from archive.schedules import (
    OFF,
    Past,
    Schedule,
    days_from,
    every,
    next_run,
    weekly,
)
from archive.settings import keep
from archive.verifying import windows

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)  # a Wednesday, 13:00 in Berlin
HOUR = timedelta(hours=1)


def since(schedule: Schedule, moment: datetime = NOW - 30 * 24 * HOUR) -> Schedule:
    return Schedule(schedule.hours, schedule.days, schedule.times, timestamp(moment))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


WORKDAYS = since(weekly(range(5), "6:30 14:00"))
FOUR = since(every(4))


@pytest.mark.parametrize(
    ("schedule", "past", "expected"),
    [
        (OFF, Past(), None),
        (FOUR, Past(), NOW),
        (FOUR, Past(NOW - HOUR), NOW + 3 * HOUR),
        (FOUR, Past(NOW - 9 * HOUR), NOW),
        (FOUR, Past(NOW + 9000 * HOUR), NOW + 4 * HOUR),
        (WORKDAYS, Past(NOW - HOUR), local("2026-11-18T14:00")),
        (WORKDAYS, Past(local("2026-11-18T06:31")), local("2026-11-18T14:00")),
        (WORKDAYS, Past(local("2026-11-18T06:29")), NOW),
        (WORKDAYS, Past(local("2026-11-11T06:31")), NOW),
        (Schedule(4, since="2026-11-18"), Past(), NOW),
        (since(WORKDAYS, NOW), Past(), local("2026-11-18T14:00")),
        (
            since(weekly([2], "6:30"), NOW),
            Past(NOW),
            local("2026-11-25T06:30"),
        ),
        (FOUR, Past(NOW - HOUR, 1, NOW - HOUR / 60), NOW + HOUR * 14 / 60),
        (FOUR, Past(NOW - HOUR, 3, NOW - HOUR / 60), NOW + HOUR * 59 / 60),
        (FOUR, Past(NOW - HOUR, 99, NOW - HOUR / 60), NOW + 3 * HOUR),
    ],
    ids=[
        *("off", "never run", "in time", "slept", "a clock that was ahead"),
        *("later today", "between two", "missed this morning", "missed a week"),
        *(
            "a day alone",
            "just said",
            "next week",
            "failed",
            "failed thrice",
            "failed always",
        ),
    ],
)
def test_the_next_run(
    schedule: Schedule, past: Past, expected: datetime | None
) -> None:
    assert next_run(schedule, past, NOW, BERLIN) == expected


@pytest.mark.parametrize(
    ("day", "told", "utc"),
    [
        ("2026-03-29", "02:30", "2026-03-29T01:30"),
        ("2026-10-25", "02:30", "2026-10-25T00:30"),
    ],
    ids=["an hour that is not", "an hour that is twice"],
)
def test_an_hour_of_a_night_when_clocks_change_is_once(
    day: str, told: str, utc: str
) -> None:
    schedule = since(weekly(range(7), told))
    begin = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=BERLIN)
    moment = next_run(schedule, Past(begin), begin, BERLIN)
    assert moment == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    after = next_run(schedule, Past(moment), moment, BERLIN)
    assert after is not None
    assert after - moment > 20 * HOUR


@given(
    st.one_of(
        st.integers(1, 168).map(every),
        st.builds(
            weekly,
            st.sets(st.integers(0, 6), min_size=1),
            st.sampled_from(["0:00", "23:59 6:30", "02:30, 12:00"]),
        ),
    ),
    st.timedeltas(timedelta(0), timedelta(days=400)),
    st.timedeltas(timedelta(0), timedelta(days=30)),
)
def test_what_was_missed_is_made_up_for_once(
    schedule: Schedule, at: timedelta, slept: timedelta
) -> None:
    begun = NOW + at
    told = since(schedule, begun)
    woken = begun + slept
    first = next_run(told, Past(begun), woken, BERLIN)
    assert first is not None
    assert woken <= first <= woken + timedelta(days=8)
    again = next_run(told, Past(first), first, BERLIN)
    assert again is not None
    assert again > first


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("mon-fri", [0, 1, 2, 3, 4]),
        ("Mon, wed,SUN", [0, 2, 6]),
        ("sat-mon", [5, 6, 0]),
    ],
)
def test_days_of_the_week(words: str, days: list[int]) -> None:
    assert days_from(words) == days


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: every(0),
        lambda: every(169),
        lambda: weekly([], "6:30"),
        lambda: weekly([7], "6:30"),
        lambda: weekly([0], ""),
        lambda: weekly([0], "25:00"),
        lambda: weekly([0], "6.30"),
        lambda: days_from("someday"),
        lambda: days_from(""),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidInput):
        wrong()


@pytest.fixture
def scheduled(archive: Archive) -> Archive:
    """An archive that is to be synced every four hours."""
    sam = owner(archive.connection)
    with batch(archive.connection, sam):
        set_schedule(archive.connection, sam, every(4), NOW)
    return archive


def test_a_run_is_due_once_whoever_began_the_last(scheduled: Archive) -> None:
    connection = scheduled.connection
    soon = datetime.now(UTC)
    assert schedule_of(connection).hours == 4
    assert is_due(connection, soon)
    job = add_job(connection, owner(connection), "sync")
    assert past_of(connection).is_busy
    assert not is_due(connection, soon + 99 * HOUR)  # two are never at work
    connection.execute("update jobs set state = 'done' where id = ?", (job.id,))
    assert not is_due(connection, soon + 3 * HOUR)
    assert is_due(connection, soon + 5 * HOUR)
    end_run(connection, begin_run(connection), "failed", {})  # of the command line
    assert past_of(connection).failures == 1
    assert not is_due(connection, soon + HOUR / 6)
    assert is_due(connection, soon + HOUR / 2)
    end_run(connection, begin_run(connection), "complete", {})
    assert past_of(connection).failures == 0
    assert not is_due(connection, soon + 3 * HOUR)


NO_SENSE = """
[]
{}
null
{"hours": "x"}
{"hours": 999}
{"days": [9], "times": ["6:30"]}
{"days": [1], "times": [7]}
{"days": 1, "times": "6:30"}
"""


@pytest.mark.parametrize("value", NO_SENSE.split("\n")[1:-1])
def test_a_schedule_that_makes_no_sense_is_none(scheduled: Archive, value: str) -> None:
    scheduled.connection.execute(
        "update settings set value = ? where key = 'remote_schedule'", (value,)
    )
    assert schedule_of(scheduled.connection) == OFF
    assert not is_due(scheduled.connection, datetime.now(UTC))


def test_switched_off_nothing_is_due(scheduled: Archive) -> None:
    connection = scheduled.connection
    sam = owner(connection)
    with batch(connection, sam):
        set_schedule(connection, sam, OFF, NOW)
    assert schedule_of(connection) == OFF
    assert not is_due(connection, datetime.now(UTC))


@pytest.mark.parametrize(
    "told",
    [
        {"days": [0], "times": ["99:99"], "minutes": 5},
        {"days": ["mon"], "times": ["19:00"], "minutes": 5},
        {"days": [0], "times": ["19:00"], "minutes": "long"},
        {"days": 0},
        [],
    ],
    ids=str,
)
def test_a_window_that_makes_no_sense_is_none(archive: Archive, told: Any) -> None:
    # written by other means: whoever looks at the schedules of all archives goes on
    with batch(archive.connection, owner(archive.connection)):
        keep(archive.connection, windows.WINDOW, told)
    assert windows.window_of(archive.connection) == windows.NEVER
    assert not windows.is_due(archive.connection, utc_now())
