"""Which process has which job: claimed, kept by a lease, given back, or lost.

A process renews the lease of the job that it works on, and whatever it writes names it:
so one that was taken for dead (a closed lid) changes nothing any more once another has
its job.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from archive.clock import timestamp, utc_now
from archive.errors import InvalidInput
from archive.jobs.kinds import Kind, find_kind
from archive.jobs.records import Job, get_job, transaction
from archive.sqlite import sqlite3

LEASE = timedelta(seconds=60)
AT_ONCE = 4  # jobs of an archive that run at the same time, whoever runs them
TRIES = 3  # processes that a job may take with it before a person has to say more


@dataclass(frozen=True, slots=True)
class Workload:
    """How many jobs wait for a process, have one, and have one of the caller's."""

    due: int
    running: int
    ours: int


def has_due(connection: sqlite3.Connection, now: datetime | None = None) -> bool:
    """Whether ``claim_job`` may find something; reads only."""
    at = timestamp(now or utc_now())
    row = connection.execute(
        """
        select exists (select 1 from jobs where state = 'queued' and due_at <= ?1)
            or exists (select 1 from jobs where state = 'running' and lease_until < ?1)
        """,
        (at,),
    ).fetchone()
    return bool(row[0])


def workload(
    connection: sqlite3.Connection, runners: Sequence[str], now: datetime | None = None
) -> Workload:
    """Return how much there is to do; reads only.

    :param runners: uuids of the processes that the caller has
    """
    marks = ", ".join("?" * len(runners))
    row = connection.execute(
        f"""
        select count(*) filter (where state = 'queued' and due_at <= ?),
            count(*) filter (where state = 'running'),
            count(*) filter (where state = 'running' and runner in ({marks}))
        from jobs where state in ('queued', 'running')
        """,
        (timestamp(now or utc_now()), *runners),
    ).fetchone()
    return Workload(*row)


def next_due(
    connection: sqlite3.Connection, now: datetime | None = None
) -> float | None:
    """Return in how many seconds (1 or more) ``claim_job`` may find something.

    None: not before somebody adds or wakes a job.
    """
    now = now or utc_now()
    row = connection.execute(
        """
        select min(iif(state = 'queued', due_at, lease_until)) from jobs
        where (state = 'queued' and due_at is not null) or state = 'running'
        """
    ).fetchone()
    if row[0] is None:
        return None
    return max(1.0, (datetime.fromisoformat(row[0]) - now).total_seconds())


def claim_job(
    connection: sqlite3.Connection, runner: str, now: datetime | None = None
) -> Job | None:
    """Take the job that is due for longest, for a process; None: there is none.

    Jobs whose process is gone are found first, and may be the ones.
    """
    now = now or utc_now()
    if not has_due(connection, now):
        return None
    with transaction(connection):
        _expire(connection, now)
        number = _next_due(connection, now)
        if number is None:
            return None
        connection.execute(
            """
            update jobs set state = 'running', due_at = null, runner = ?1,
                tries = tries + 1, lease_until = ?2,
                started_at = coalesce(started_at, ?3)
            where id = ?4
            """,
            (runner, timestamp(now + LEASE), timestamp(now), number),
        )
        return get_job(connection, number)


def _next_due(connection: sqlite3.Connection, now: datetime) -> int | None:
    rows = connection.execute(
        "select kind, count(*) from jobs where state = 'running' group by kind"
    )
    running = {str(kind): int(count) for kind, count in rows}
    if sum(running.values()) >= AT_ONCE:
        return None
    due = connection.execute(
        """
        select id, kind from jobs where state = 'queued' and due_at <= ?
        order by due_at, id
        """,
        (timestamp(now),),
    )
    for number, name in due:
        kind = _kind(name)
        if kind is not None and running.get(name, 0) < kind.at_once:
            return int(number)
    return None


def _kind(name: str) -> Kind | None:
    """Return a kind, or None for one of another version of asbuilt."""
    try:
        return find_kind(name)
    except InvalidInput:
        return None


def _expire(connection: sqlite3.Connection, now: datetime) -> None:
    rows = connection.execute(
        "select id, kind, tries, cancelling from jobs"
        " where state = 'running' and lease_until < ?",
        (timestamp(now),),
    ).fetchall()
    for row in rows:
        _interrupt(connection, row, now)


def release_jobs(
    connection: sqlite3.Connection, runner: str, now: datetime | None = None
) -> int:
    """Take the jobs of a process that is known to be gone. Returns how many."""
    with transaction(connection):
        rows = connection.execute(
            "select id, kind, tries, cancelling from jobs"
            " where state = 'running' and runner = ?",
            (runner,),
        ).fetchall()
        for row in rows:
            _interrupt(connection, row, now or utc_now())
    return len(rows)


def _interrupt(
    connection: sqlite3.Connection, row: tuple[int, str, int, int], now: datetime
) -> None:
    """Leave a job without its process: in the queue again, or to a person."""
    number, name, tries, cancelling = row
    kind = _kind(name)
    again = kind is not None and tries < TRIES and (kind.resumes or cancelling)
    connection.execute(
        """
        update jobs set state = ?, due_at = ?, lease_until = null, message = ''
        where id = ?
        """,
        (
            "queued" if again else "interrupted",
            timestamp(now) if again else None,
            number,
        ),
    )


def keep_job(
    connection: sqlite3.Connection,
    job: Job,
    runner: str,
    progress: tuple[int, int | None, str],
    now: datetime | None = None,
) -> bool | None:
    """Renew a lease and write how far a job is.

    :param progress: done, total and message
    :returns: whether it was asked to stop; None: the process has it no more
    """
    row = connection.execute(
        """
        update jobs set lease_until = ?, tries = iif(?2 > done, 0, tries), done = ?2,
            total = ?3, message = ?4
        where id = ?5 and runner = ?6 and state = 'running' returning cancelling
        """,
        (timestamp((now or utc_now()) + LEASE), *progress, job.id, runner),
    ).fetchone()
    return bool(row[0]) if row else None


def settle_job(
    connection: sqlite3.Connection,
    job: Job,
    runner: str,
    state: str,
    message: str = "",
    *,
    due: datetime | None = None,
    now: datetime | None = None,
) -> bool:
    """End a process's hold on a job. Returns whether it had it still.

    :param state: ``queued`` goes on later: at ``due``, or when (or if already) woken
    """
    at = timestamp(now or utc_now())
    cursor = connection.execute(
        """
        update jobs set state = ?1, message = ?2, lease_until = null,
            due_at = iif(?1 = 'queued', coalesce(?3, due_at), null),
            tries = iif(?1 = 'queued' and ?3 is null, 0, tries),
            finished_at = iif(?1 in ('done', 'failed', 'cancelled'), ?4, null)
        where id = ?5 and runner = ?6 and state = 'running'
        """,
        (state, message, timestamp(due) if due else None, at, job.id, runner),
    )
    return bool(cursor.rowcount)


def move_on(
    connection: sqlite3.Connection,
    job: Job,
    runner: str,
    position: dict[str, Any],
    done: int,
) -> bool:
    """Record how far a job came, in the transaction of what it did.

    :returns: False when another process has the job: then do not commit
    """
    cursor = connection.execute(
        """
        update jobs set position = ?, done = ?, tries = 0
        where id = ? and runner = ? and state = 'running'
        """,
        (json.dumps(position, ensure_ascii=False), done, job.id, runner),
    )
    return bool(cursor.rowcount)
