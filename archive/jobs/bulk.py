"""Jobs that change all photos that a search finds: in steps, as one run to undo.

Which photos are meant is decided when the job begins (none that come later), and they
are taken by their ids in order, so that it goes on after a crash where it was: how far
it came is recorded in the transaction of each step.

Options: ``query`` (what finds them) or ``ids``; ``reason`` for the history; and for an
edit ``edit``, as ``archive.jobs.edits`` takes it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from archive.batches import Batch, batch
from archive.database import Archive
from archive.editing import (
    Edit,
    edit_photos,
    recycle_photos,
    retrieve_photos,
)
from archive.errors import (
    ArchiveError,
    InvalidInput,
    NotAllowed,
    NotFound,
    StoreError,
)
from archive.history import BatchRecord, find_batches
from archive.jobs.edits import edit_from
from archive.jobs.records import JobError, clear_errors, failed_items, transaction
from archive.jobs.work import Work
from archive.people import Person, find_person
from archive.photos import find_photo_id
from archive.purging import purge_photos
from archive.rights import require, viewer
from archive.search import find_photos
from archive.sqlite import sqlite3
from archive.undo import undo

STEP = 200  # photos a transaction: others wait for it (0.2 s at a million photos)
_PAGE = 5000

Act = Callable[[Person, Batch, Sequence[int]], object]


def edit(archive: Archive, person: Person, work: Work) -> str:
    """Change the photos as the option ``edit`` says."""
    require(person, "bulk_describe")
    wanted: dict[int, Edit] = {}  # of the batch that is open

    def act(actor: Person, opened: Batch, ids: Sequence[int]) -> None:
        if opened.id not in wanted:
            wanted.clear()
            values = work.job.options.get("edit", {})
            wanted[opened.id] = edit_from(archive.connection, actor, opened, values)
        edit_photos(archive.connection, actor, ids, wanted[opened.id])

    return _each(archive, work, act)


def recycle(archive: Archive, person: Person, work: Work) -> str:
    """Put the photos in the recycle bin."""
    require(person, "recycle")

    def act(actor: Person, opened: Batch, ids: Sequence[int]) -> None:
        recycle_photos(archive.connection, actor, opened, ids)

    return _each(archive, work, act)


def retrieve(archive: Archive, person: Person, work: Work) -> str:
    """Take the photos out of the recycle bin."""
    require(person, "retrieve")

    def act(actor: Person, _: Batch, ids: Sequence[int]) -> None:
        retrieve_photos(archive.connection, actor, ids)

    return _each(archive, work, act)


def purge(archive: Archive, person: Person, work: Work) -> str:
    """Delete the photos in the recycle bin for good."""
    require(person, "purge")
    connection = archive.connection
    for ids in _steps(work, _todo(connection, person, work)):
        since = time.monotonic()
        actor = find_person(connection, work.job.person_id)
        problems = _purged(archive, actor, ids, _reason(work))
        with transaction(connection):
            _passed(connection, work, ids, problems)
        work.breathe(since)
    return ""


def _purged(
    archive: Archive, person: Person, ids: Sequence[int], reason: str
) -> list[JobError]:
    """Purge several, or each, to know which cannot be."""
    try:
        purge_photos(archive, person, ids, reason)
    except NotAllowed:
        raise
    except StoreError as error:  # the records are gone; the next purge removes the file
        return [JobError(str(ids[0]), error.path, str(error))]
    except ArchiveError as error:
        if len(ids) == 1:
            name = _name(archive.connection, person, ids[0])
            return [JobError(str(ids[0]), name, str(error))]
        each = (_purged(archive, person, [number], reason) for number in ids)
        return [problem for problems in each for problem in problems]
    return []


def _each(archive: Archive, work: Work, act: Act) -> str:
    """Do ``act`` with all photos, step by step."""
    connection = archive.connection
    todo = _todo(connection, find_person(connection, work.job.person_id), work)
    for ids in _steps(work, todo):
        since = time.monotonic()
        person = find_person(connection, work.job.person_id)  # their rights of now
        with batch(connection, person, reason=_reason(work), run=work.job.uuid) as made:
            problems = _step(connection, person, made, ids, act)
            _passed(connection, work, ids, problems)
        work.breathe(since)
    return ""


def _step(
    connection: sqlite3.Connection,
    person: Person,
    made: Batch,
    ids: Sequence[int],
    act: Act,
) -> list[JobError]:
    """Do it with several photos; where that fails, with each, to know which fail."""
    problem = _tried(connection, person, made, ids, act)
    if problem is None:
        return []
    if len(ids) == 1:
        return [JobError(str(ids[0]), _name(connection, person, ids[0]), problem)]
    return [
        failed
        for number in ids
        for failed in _step(connection, person, made, [number], act)
    ]


def _tried(
    connection: sqlite3.Connection,
    person: Person,
    made: Batch,
    ids: Sequence[int],
    act: Act,
) -> str | None:
    """Do it, or leave all as it was and return why.

    :raises NotAllowed: whoever asked for it may not (any more): that ends the job
    """
    connection.execute("SAVEPOINT step")
    try:
        act(person, made, ids)
    except NotAllowed:
        raise
    except ArchiveError as error:
        connection.execute("ROLLBACK TO step")
        return str(error)
    finally:
        connection.execute("RELEASE step")
    return None


def _name(connection: sqlite3.Connection, person: Person, number: int) -> str:
    """Return what a photo is called; its number where the person may not see it."""
    try:
        find_photo_id(connection, number, viewer(person))
    except NotFound:
        return str(number)
    row = connection.execute("select filename from photos where id = ?", (number,))
    return str(row.fetchone()[0])


def _reason(work: Work) -> str:
    return str(work.job.options.get("reason") or "")


def _todo(connection: sqlite3.Connection, person: Person, work: Work) -> list[int]:
    """Return the photos that are left to do: those that failed before go first.

    The position is ``last``, the newest photo when it began; ``after``, the last one
    that is done; and ``again``, how many of those before it are to be done once more:
    they count as failed until it was their turn.
    """
    first = {"last": _newest(connection, "photos"), "after": 0, "again": 0}
    position: dict[str, Any] = {**first, **work.position}
    left = [
        number
        for number in _found(connection, person, work)
        if position["after"] < number <= position["last"]
    ]
    failed = sorted(int(item) for item in failed_items(connection, work.job.id))
    done = work.progress[0] - (len(failed) - position["again"])
    position["again"] = len(failed)
    with transaction(connection):
        work.move_on(connection, position, done)
    todo = failed + left
    work.report(total=done + len(todo))
    return todo


def _newest(connection: sqlite3.Connection, table: str) -> int:
    row = connection.execute(f"select max(id) from {table}").fetchone()
    return int(row[0] or 0)


def _found(connection: sqlite3.Connection, person: Person, work: Work) -> list[int]:
    """Return the ids of the photos that are meant, in order."""
    options = work.job.options
    if "ids" in options:
        return sorted({int(number) for number in options["ids"]})
    if "query" not in options:
        raise InvalidInput("which photos are meant was not given", key="which_photos")
    found: list[int] = []
    after: str | None = ""
    connection.execute("BEGIN")  # so that all pages are of one moment
    try:
        while after is not None:
            page = find_photos(
                connection,
                options["query"],
                viewer(person),
                limit=_PAGE,
                after=after or None,
            )
            found += page.ids
            after = page.next
            work.check()
    finally:
        connection.execute("COMMIT")
    return sorted(found)


def _steps(work: Work, todo: Sequence[int]) -> Iterator[list[int]]:
    """Cut into steps; what is done again and what is done first are not mixed."""
    again = work.position["again"]
    for part in (todo[:again], todo[again:]):
        for start in range(0, len(part), STEP):
            work.check()
            yield list(part[start : start + STEP])


def _passed(
    connection: sqlite3.Connection,
    work: Work,
    ids: Sequence[int],
    problems: Sequence[JobError],
) -> None:
    """Record that a step is done, in its transaction."""
    position = work.position
    if position["again"]:  # these come first, and are not mixed with others
        clear_errors(connection, work.job.id, map(str, ids))
        position = {**position, "again": position["again"] - len(ids)}
    position = {**position, "after": max(position["after"], ids[-1])}
    work.move_on(connection, position, work.progress[0] + len(ids), problems)


def take_back(archive: Archive, person: Person, work: Work) -> str:
    """Undo a batch, or all batches of a run (option ``batch``), the newest first."""
    connection = archive.connection
    records = find_batches(connection, str(work.job.options.get("batch", "")))
    begun = work.position.get("last", _newest(connection, "batches"))
    left = [r for r in records if not (r.undone_by and r.undone_by > begun)]
    work.report(done=len(records) - len(left), total=len(records))
    for record in left:
        work.check()
        since = time.monotonic()
        _undo_one(archive, person, work, record, begun)
        work.breathe(since)
    return ""


def _undo_one(
    archive: Archive, person: Person, work: Work, record: BatchRecord, begun: int
) -> None:
    report = undo(archive.connection, person, [record])
    problems = [
        JobError(
            f"{kept.entity} {kept.record_id} {kept.field}", kept.entity, kept.reason
        )
        for kept in report.kept
    ]
    with transaction(archive.connection):
        position = {"last": begun}
        done = work.progress[0] + 1
        work.move_on(archive.connection, position, done, problems)
