"""The tables ``jobs`` and ``job_errors``: what is to be done, and how far it came.

They are no part of the history and need no batch.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from archive.clock import timestamp, utc_now
from archive.errors import Conflict, InvalidInput, NotFound, printable
from archive.identity import as_id, new_uuid
from archive.jobs.kinds import find_kind
from archive.people import Person, find_person
from archive.rights import allowed, require
from archive.sqlite import sqlite3
from archive.waiting import begin

MAX_ERRORS = 1000  # items of a job whose failure is told one by one
MAX_OPTIONS = 4_000_000  # characters: the ids of 400,000 photos
LONGEST_REASON = 500  # characters
OPEN = ("queued", "running")

_COLUMNS = (
    "j.id, j.uuid, j.kind, j.person_id, p.name, j.state, j.options, j.position,"
    " j.done, j.total, j.errors, j.message, j.cancelling, j.tries, j.due_at,"
    " j.created_at, j.started_at, j.finished_at"
)
_FROM = "from jobs j join people p on p.id = j.person_id"
_TOLD = "(name, reason) <> ('', '')"  # of a failure


@dataclass(frozen=True, slots=True)
class Job:
    """A job, as it stood when it was read.

    :param uuid: the run of its batches; ``undo`` takes it
    :param position: how far it came, in words of its kind
    :param total: items; None: not known
    :param tries: how many processes took it up since it last came further
    :param due_at: of a queued job: not before that; None: not until it is woken
    """

    id: int
    uuid: str
    kind: str
    person_id: int
    person: str
    state: str
    options: dict[str, Any]
    position: dict[str, Any]
    done: int
    total: int | None
    errors: int
    message: str
    cancelling: bool
    tries: int
    due_at: str | None
    created_at: str
    started_at: str | None
    finished_at: str | None

    @property
    def open(self) -> bool:
        """Whether it is still to be done, or being done."""
        return self.state in OPEN

    @property
    def waiting(self) -> bool:
        """Whether it does nothing until something comes for it to do."""
        return self.state == "queued" and self.due_at is None

    @property
    def again(self) -> bool:
        """Whether ``retry_job`` has anything to do."""
        return self.state in ("failed", "cancelled", "interrupted") or (
            self.state == "done" and self.errors > 0
        )


@dataclass(frozen=True, slots=True)
class JobError:
    """An item of a job that failed.

    :param item: id of a photo, of an uploaded file …; once a job
    :param name: what a person calls it
    """

    item: str
    name: str
    reason: str


def _job(row: Sequence[Any]) -> Job:
    values = list(row)
    values[6], values[7] = json.loads(values[6]), json.loads(values[7])
    values[12] = bool(values[12])
    return Job(*values)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Run the body in one transaction, or in the one that is open already."""
    if connection.in_transaction:
        yield
        return
    begin(connection)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def add_job(
    connection: sqlite3.Connection,
    actor: Person,
    kind: str,
    options: dict[str, Any] | None = None,
    *,
    total: int | None = None,
    due: bool = True,
    now: datetime | None = None,
) -> Job:
    """Put a job in the queue.

    :param options: plain data, as the kind takes it
    :param due: False: it waits until ``wake_job``
    :raises InvalidInput: no such kind, or options that are too long
    :raises NotAllowed: the actor may not start one
    """
    require(actor, find_kind(kind).right)
    text = json.dumps(options or {}, ensure_ascii=False)
    if len(text) > MAX_OPTIONS:
        raise InvalidInput(
            "that is too much for one job; choose fewer at a time", key="job_long"
        )
    at = timestamp(now or utc_now())
    cursor = connection.execute(
        """
        insert into jobs (uuid, kind, person_id, options, total, due_at, created_at)
        values (?, ?, ?, ?, ?, ?, ?)
        """,
        (new_uuid(), kind, actor.id, text, total, at if due else None, at),
    )
    return get_job(connection, int(cursor.lastrowid or 0))


def get_job(connection: sqlite3.Connection, number: int) -> Job:
    """Return a job by its number, whoever asks.

    :raises NotFound: there is none
    """
    row = connection.execute(
        f"select {_COLUMNS} {_FROM} where j.id = ?", (number,)
    ).fetchone()
    if row is None:
        raise NotFound(f"there is no job {number}", key="no_job", number=number)
    return _job(row)


def sees_all(who: Person) -> bool:
    """Whether somebody sees the jobs of others, too: admins do."""
    return allowed(who, "history")


def _whose(who: Person) -> str:
    return "1" if sees_all(who) else f"j.person_id = {int(who.id)}"


def find_job(connection: sqlite3.Connection, who: Person, which: int | str) -> Job:
    """Return a job by id or uuid.

    :raises NotFound: there is none that ``who`` may see
    """
    row = connection.execute(
        f"select {_COLUMNS} {_FROM} where (j.id = ? or j.uuid = ?) and {_whose(who)}",
        (as_id(which), str(which)),
    ).fetchone()
    if row is None:
        raise NotFound(f"there is no job {which}", key="no_job", number=which)
    return _job(row)


def list_jobs(
    connection: sqlite3.Connection,
    who: Person,
    *,
    limit: int = 50,
    before: int | None = None,
) -> list[Job]:
    """Return the jobs that somebody may see, the newest first.

    :param before: id of the last job of the page before
    """
    rows = connection.execute(
        f"""
        select {_COLUMNS} {_FROM} where j.id < ? and {_whose(who)}
        order by j.id desc limit ?
        """,
        (1 << 62 if before is None else before, limit),
    )
    return [_job(row) for row in rows]


def last_job(connection: sqlite3.Connection, who: Person, kind: str) -> Job | None:
    """Return the newest job of a kind that somebody may see; None: there is none."""
    row = connection.execute(
        f"""
        select {_COLUMNS} {_FROM} where j.kind = ? and {_whose(who)}
        order by j.id desc limit 1
        """,
        (kind,),
    ).fetchone()
    return _job(row) if row else None


def list_errors(
    connection: sqlite3.Connection, job: Job, *, limit: int = 100, after: str = ""
) -> list[JobError]:
    """Return items of a job that failed, of those whose failure is told.

    :param after: the ``item`` that ended the page before
    """
    rows = connection.execute(
        f"""
        select item, name, reason from job_errors where job_id = ? and item > ?
            and {_TOLD} order by item limit ?
        """,
        (job.id, after, limit),
    )
    return [JobError(*row) for row in rows]


def failed_items(connection: sqlite3.Connection, number: int) -> list[str]:
    """Return all items of a job that failed, in any order."""
    rows = connection.execute("select item from job_errors where job_id = ?", (number,))
    return [str(row[0]) for row in rows]


def cancel_job(
    connection: sqlite3.Connection,
    who: Person,
    which: int | str,
    now: datetime | None = None,
) -> Job:
    """Ask a job to stop. What it has done stays, and can be undone.

    :raises NotFound: there is none that ``who`` may see
    :raises Conflict: it has ended
    """
    at = timestamp(now or utc_now())
    with transaction(connection):
        job = find_job(connection, who, which)
        if job.state in ("done", "failed", "cancelled"):
            raise Conflict("this job has ended already", key="job_ended")
        if job.state == "running" or find_kind(job.kind).tidies:
            connection.execute(
                """
                update jobs set cancelling = 1, due_at = ?1,
                    state = iif(state = 'interrupted', 'queued', state) where id = ?2
                """,
                (at, job.id),
            )
        else:
            connection.execute(
                "update jobs set state = 'cancelled', finished_at = ? where id = ?",
                (at, job.id),
            )
        return get_job(connection, job.id)


def retry_job(
    connection: sqlite3.Connection,
    who: Person,
    which: int | str,
    now: datetime | None = None,
) -> Job:
    """Take a job up again: the rest of it, and the items that failed.

    It goes on with the rights of whoever started it. Files whose sender may not add
    photos any more become those of who takes them up again.

    :raises NotFound: there is none that ``who`` may see
    :raises NotAllowed: ``who`` may not start such a job
    :raises Conflict: there is nothing to do again
    """
    at = timestamp(now or utc_now())
    with transaction(connection):
        job = find_job(connection, who, which)
        require(who, find_kind(job.kind).right)
        if not job.again:
            raise Conflict(
                "there is nothing of this job to do again", key="job_nothing_again"
            )
        connection.execute(
            """
            update jobs set state = 'queued', due_at = ?, cancelling = 0, tries = 0,
                position = json_set(position, '$.retry', 1), finished_at = null,
                message = '', person_id = ? where id = ?
            """,
            (at, _goes_on_as(connection, job, who), job.id),
        )
        return get_job(connection, job.id)


def _goes_on_as(connection: sqlite3.Connection, job: Job, who: Person) -> int:
    sender = find_person(connection, job.person_id)
    left = job.kind == "import" and not allowed(sender, find_kind(job.kind).right)
    return who.id if left else sender.id


def wake_job(
    connection: sqlite3.Connection, number: int, now: datetime | None = None
) -> None:
    """Tell a job that waits, or works, that there is more for it to do."""
    connection.execute(
        "update jobs set due_at = ? where id = ? and state in ('queued', 'running')",
        (timestamp(now or utc_now()), number),
    )


def add_errors(
    connection: sqlite3.Connection, number: int, errors: Iterable[JobError]
) -> None:
    """Record items that failed; of those beyond ``MAX_ERRORS`` only that they did."""
    failed = list(errors)
    if not failed:
        return
    with transaction(connection):
        told = connection.execute(
            "select count(*) from (select 1 from job_errors"
            f" where job_id = ? and {_TOLD} limit ?)",
            (number, MAX_ERRORS),
        ).fetchone()[0]
        for error in failed:
            told += _add_error(connection, number, error, room=told < MAX_ERRORS)


def _add_error(
    connection: sqlite3.Connection, number: int, error: JobError, *, room: bool
) -> int:
    """Record one failure, or a failed item's newer one. Returns how many more it tells.

    :param room: to tell it; else it is only known, so that it can be tried again
    """
    values = (number, error.item, printable(error.name), _cut(error.reason))
    change = "update job_errors set name = ?3, reason = ?4 where job_id = ?1"
    known = connection.execute(f"{change} and item = ?2 and {_TOLD}", values)
    if known.rowcount:
        return 0
    if room and connection.execute(f"{change} and item = ?2", values).rowcount:
        return 1  # it was known, and there was no room to tell it
    added = connection.execute(
        "insert into job_errors values (?, ?, ?, ?) on conflict do nothing",
        values if room else (*values[:2], "", ""),
    )
    connection.execute(
        "update jobs set errors = errors + ? where id = ?", (added.rowcount, number)
    )
    return added.rowcount if room else 0


def _cut(reason: str) -> str:
    plain = printable(reason)
    return plain if len(plain) <= LONGEST_REASON else f"{plain[: LONGEST_REASON - 1]}…"


def clear_errors(
    connection: sqlite3.Connection, number: int, items: Iterable[str]
) -> None:
    """Forget the failures of items that are tried again."""
    for item in items:
        gone = connection.execute(
            "delete from job_errors where job_id = ? and item = ?", (number, item)
        )
        connection.execute(
            "update jobs set errors = max(0, errors - ?) where id = ?",
            (gone.rowcount, number),
        )


def clear_jobs(
    connection: sqlite3.Connection, days: int = 90, now: datetime | None = None
) -> int:
    """Forget jobs that ended long ago. Returns how many."""
    before = timestamp((now or utc_now()) - timedelta(days=days))
    cursor = connection.execute(
        """
        delete from jobs where finished_at < ?
            and id not in (select job_id from uploads)
        """,
        (before,),
    )
    return int(cursor.rowcount)
