"""When a verification begins by itself, and how long it reads: a setting.

So that an archive is read in the hours when nobody works with it, some each night: what
was read longest ago comes first. Whoever serves the archive looks once a minute.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from archive.batches import permit
from archive.clock import timestamp
from archive.errors import InvalidInput
from archive.jobs.records import add_job
from archive.people import Person, owner
from archive.schedules import OFF, Past, Schedule, next_run, schedule_from, weekly
from archive.settings import keep, kept
from archive.sqlite import sqlite3

WINDOW = "verify_window"  # the setting
JOB = "verify"  # the kind of the job that is begun
MOST_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Window:
    """When it begins, and for how long no file is begun later.

    :param schedule: days and times; none: only when somebody says so
    """

    schedule: Schedule
    minutes: int


NEVER = Window(OFF, 0)


def window(days: Iterable[int], times: str, minutes: int) -> Window:
    """Return a window.

    :param days: 0 is Monday
    :param times: when it begins, as in "19:00"
    :raises InvalidInput: no day, no time, or no such number of minutes
    """
    if not 1 <= minutes <= MOST_MINUTES:
        raise InvalidInput(
            f"a verification reads for 1 to {MOST_MINUTES:,} minutes",
            key="verify_minutes",
            most=MOST_MINUTES,
        )
    return Window(weekly(days, times), minutes)


def window_of(connection: sqlite3.Connection) -> Window:
    """Return when verifications begin by themselves; what makes no sense is never."""
    found = kept(connection, WINDOW)
    schedule = schedule_from(found)
    minutes = found.get("minutes") if isinstance(found, dict) else None
    if not isinstance(minutes, int) or not 1 <= minutes <= MOST_MINUTES:
        return NEVER
    if not schedule.is_on:
        return NEVER
    return Window(schedule, minutes)


def as_json(window: Window) -> dict[str, Any]:
    """Return a window as it is kept and shown."""
    return {
        "days": list(window.schedule.days),
        "times": list(window.schedule.times),
        "minutes": window.minutes,
    }


def set_window(
    connection: sqlite3.Connection, actor: Person, window: Window, now: datetime
) -> None:
    """Keep when verifications begin by themselves, inside a batch: it is history.

    :raises NotAllowed: the actor may not
    """
    permit(connection, actor, "settings")
    is_on = window.schedule.is_on
    value = as_json(window) | {"since": timestamp(now)} if is_on else None
    keep(connection, WINDOW, value)


def next_window(
    connection: sqlite3.Connection, now: datetime, zone: tzinfo | None = None
) -> datetime | None:
    """Return when the next verification begins by itself, in UTC; None: none does.

    :param zone: of the times of day; None: that of this computer
    """
    row = connection.execute(
        "select max(created_at) from jobs where kind = ?", (JOB,)
    ).fetchone()
    begun = datetime.fromisoformat(row[0]) if row[0] else None
    return next_run(window_of(connection).schedule, Past(begun), now, zone)


def is_due(
    connection: sqlite3.Connection, now: datetime, zone: tzinfo | None = None
) -> bool:
    """Whether a verification is to begin now: never two at once."""
    if not window_of(connection).schedule.is_on or _is_busy(connection):
        return False
    found = next_window(connection, now, zone)
    return found is not None and found <= now


def _is_busy(connection: sqlite3.Connection) -> bool:
    row = connection.execute(
        "select 1 from jobs where kind = ? and state in ('queued', 'running')", (JOB,)
    )
    return row.fetchone() is not None


def begin_due(
    connection: sqlite3.Connection, now: datetime, zone: tzinfo | None = None
) -> bool:
    """Begin a verification, if one is due, in the transaction that is open.

    :param zone: of the times of day; None: that of this computer
    """
    if not is_due(connection, now, zone):
        return False
    minutes = window_of(connection).minutes
    add_job(connection, owner(connection), JOB, {"minutes": minutes})
    return True
