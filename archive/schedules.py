"""When something begins by itself: every so many hours, or at times of the day.

What was missed while the computer slept or was off is made up for once, as soon as it
is awake; what failed is tried again a quarter of an hour later, then half an hour, and
so on, until the next regular time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from archive.errors import InvalidInput

MOST_HOURS = 24 * 7
_AGAIN = timedelta(minutes=15)  # after a run that failed; twice as long each time
DOUBLED = 6  # times
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a run begins; neither of both: only when somebody says so.

    :param hours: between the beginnings of two runs
    :param days: of the week, 0 is Monday; with ``times``
    :param times: of the day, "HH:MM" by the clock on the wall of who serves
    :param since: when this was said, in UTC
    """

    hours: int = 0
    days: tuple[int, ...] = ()
    times: tuple[str, ...] = ()
    since: str = ""

    @property
    def is_on(self) -> bool:
        """Whether any run begins by itself."""
        return bool(self.hours or (self.days and self.times))


OFF = Schedule()


@dataclass(frozen=True, slots=True)
class Past:
    """What was run so far.

    :param begun: when the last run began, or was asked for; None: never
    :param failures: runs that failed since the last one that did not
    :param failed: when the last of them ended
    :param is_busy: one is under way, or waits for its turn
    """

    begun: datetime | None = None
    failures: int = 0
    failed: datetime | None = None
    is_busy: bool = False


def every(hours: int) -> Schedule:
    """Return the schedule of a run every so many hours.

    :raises InvalidInput: fewer than one, or more than a week has
    """
    if not 1 <= hours <= MOST_HOURS:
        raise InvalidInput(
            f"a run is every 1 to {MOST_HOURS} hours, not {hours}",
            key="schedule_hours",
            most=MOST_HOURS,
        )
    return Schedule(hours=hours)


def weekly(days: Iterable[int], times: str) -> Schedule:
    """Return the schedule of runs at these times of these days.

    :param days: 0 is Monday
    :param times: as in "6:30, 12:00"
    :raises InvalidInput: no day, no time, or one that is none
    """
    found = [_TIME.fullmatch(one) for one in re.split(r"[\s,;]+", times) if one]
    chosen = tuple(sorted(set(days)))
    if not found or not all(found) or not chosen or not set(chosen) <= set(range(7)):
        raise InvalidInput(
            "a schedule has days, and times like 6:30, 12:00", key="schedule_times"
        )
    told = {f"{int(one[1]):02}:{one[2]}" for one in found if one}
    return Schedule(days=chosen, times=tuple(sorted(told)))


def days_from(words: str) -> list[int]:
    """Return days of the week, as in "mon-fri" or "mon,wed,sun".

    :raises InvalidInput: one is none
    """
    found: list[int] = []
    for word in re.split(r"[\s,;]+", words.strip().lower()):
        first, _, last = word.partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise InvalidInput(
                f"{word!r} is no day like {', '.join(DAYS)}, or mon-fri",
                key="schedule_times",
            )
        begin, end = DAYS.index(first), DAYS.index(last or first)
        # "sat-mon" goes over the end of the week
        found += [day % 7 for day in range(begin, end + 1 + 7 * (end < begin))]
    return found


def schedule_from(found: object) -> Schedule:
    """Return a schedule as ``as_json`` gave it; what makes no sense is ``OFF``."""
    if not isinstance(found, dict):
        return OFF
    try:
        is_every = bool(found.get("hours"))
        told = every(found["hours"]) if is_every else _weekly_from(found)
    except (InvalidInput, TypeError, KeyError):
        return OFF
    return replace(told, since=str(found.get("since", "")))


def _weekly_from(found: dict[str, Any]) -> Schedule:
    return weekly(found["days"], " ".join(found["times"]))


def as_json(schedule: Schedule) -> dict[str, Any]:
    """Return a schedule as it is kept and shown."""
    return {
        "hours": schedule.hours,
        "days": list(schedule.days),
        "times": list(schedule.times),
    }


def next_run(
    schedule: Schedule, past: Past, now: datetime, zone: tzinfo | None = None
) -> datetime | None:
    """Return when the next run begins, in UTC; None: none does by itself.

    What was missed is due now, however often.

    :param zone: of the times of day; None: that of this computer
    """
    if not schedule.is_on:
        return None
    # of a clock that was ahead nothing may be waited for
    since = min(moment_of(schedule.since) or now, now)
    begun = None if past.begun is None else min(past.begun, now)
    if schedule.hours:
        found = since if begun is None else begun + timedelta(hours=schedule.hours)
    else:
        after = since if begun is None else max(since, begun)
        found = _next_time(schedule, after, zone)
    if past.failures and past.failed is not None:
        longer = 2 ** min(past.failures - 1, DOUBLED)
        found = min(found, min(past.failed, now) + _AGAIN * longer)
    return max(found, now)


def _next_time(schedule: Schedule, after: datetime, zone: tzinfo | None) -> datetime:
    """Return the first of the times of day after a moment."""
    first = after.astimezone(zone).date()
    moments = (
        moment
        for day in _days(first)
        if day.weekday() in schedule.days
        for moment in _moments(day, schedule.times, zone)
        if moment > after
    )
    return next(moments)


def _days(first: date) -> Iterator[date]:
    # a day more than a week has: the first may be over, or have no such hour
    return (first + timedelta(days=number) for number in range(9))


def _moments(
    day: date, times: Iterable[str], zone: tzinfo | None
) -> Iterator[datetime]:
    for told in times:
        local = datetime.combine(day, time.fromisoformat(told), zone)
        yield local.astimezone(UTC)


def moment_of(stamp: str) -> datetime | None:
    """Return the moment that a text tells, in UTC where it has no zone; else None."""
    try:
        found = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
