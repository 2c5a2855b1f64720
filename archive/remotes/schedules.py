"""When the sync begins by itself: a setting that goes with the link.

Whoever serves the archive looks once a minute whether a run is due.
"""

from __future__ import annotations

from datetime import datetime, tzinfo

from archive.batches import permit
from archive.clock import timestamp
from archive.people import Person
from archive.schedules import (
    DOUBLED,
    Past,
    Schedule,
    as_json,
    moment_of,
    next_run,
    schedule_from,
)
from archive.settings import keep, kept
from archive.sqlite import sqlite3

SCHEDULE = "remote_schedule"  # the setting
JOB = "sync"  # the kind of the job that is begun


def schedule_of(connection: sqlite3.Connection) -> Schedule:
    """Return when runs begin by themselves; what makes no sense is none."""
    return schedule_from(kept(connection, SCHEDULE))


def set_schedule(
    connection: sqlite3.Connection, actor: Person, schedule: Schedule, now: datetime
) -> None:
    """Keep when runs begin by themselves, inside a batch: it is history.

    :raises NotAllowed: the actor may not
    """
    permit(connection, actor, "settings")
    value = as_json(schedule) | {"since": timestamp(now)} if schedule.is_on else None
    keep(connection, SCHEDULE, value)


def past_of(connection: sqlite3.Connection) -> Past:
    """Return what was run so far, by whomever it was begun."""
    runs = connection.execute(
        """
        select started_at, finished_at, outcome from sync_runs
        order by id desc limit ?
        """,
        (DOUBLED + 1,),
    ).fetchall()
    asked = connection.execute(
        """
        select max(created_at), coalesce(max(state in ('queued', 'running')), 0)
        from jobs where kind = ?
        """,
        (JOB,),
    ).fetchone()
    failed = []
    for _, finished, outcome in runs:
        if outcome != "failed":
            break
        failed.append(finished)
    begun = max((one for one in (asked[0], *(r[0] for r in runs)) if one), default="")
    ended = moment_of(failed[0]) if failed else None
    return Past(moment_of(begun), len(failed), ended, is_busy=bool(asked[1]))


def is_due(
    connection: sqlite3.Connection, now: datetime, zone: tzinfo | None = None
) -> bool:
    """Whether a run is to begin now: never two at once."""
    schedule = schedule_of(connection)
    if not schedule.is_on:
        return False
    past = past_of(connection)
    found = next_run(schedule, past, now, zone)
    return not past.is_busy and found is not None and found <= now
