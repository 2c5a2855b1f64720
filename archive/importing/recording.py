"""One transaction of an import: files get their names and photos their records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive import originals
from archive.batches import Batch, batch
from archive.database import Archive, database_errors
from archive.importing.answers import Ready
from archive.importing.memory import Twin
from archive.importing.records import Filing, Writer
from archive.originals import Run
from archive.sqlite import sqlite3

# What one photo's values can bring about, and no other's
UNFIT = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    OverflowError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a file.

    :param uuid: of its new photo, or None
    :param twin: the photo that had its bytes a moment earlier, or None
    :param problem: why there is neither
    """

    ready: Ready
    uuid: str | None = None
    twin: Twin | None = None
    problem: str = ""
    notes: tuple[str, ...] = ()


def record(
    archive: Archive, store: Run, writer: Writer, run: str, queue: Sequence[Ready]
) -> list[Recorded]:
    """Give files (``sync_staged``) their names and their records, or none of them.

    The lock on the database is held while linking, so that no purge of the same bytes
    can come between a file and its record.

    :param run: uuid that the import's batches share
    :raises ArchiveLocked: another process kept the database
    :raises StoreError: the store cannot be written (as sqlite3.Error: the database)
    """
    try:
        with (
            database_errors(archive.folder),
            batch(
                archive.connection,
                writer.actor,
                origin="import",
                reason="import",
                run=run,
            ) as opened,
        ):
            done = _record_each(store, writer, opened, queue)
    except BaseException:
        originals.set_aside(store)
        writer.sources.forget()
        raise
    if any(item.problem for item in done):
        originals.set_aside(store)
    originals.settle(store, (ready.staged for ready in queue))
    return done


def _record_each(
    store: Run, writer: Writer, opened: Batch, queue: Sequence[Ready]
) -> list[Recorded]:
    twins = [writer.sources.photo_of(ready.staged.sha256) for ready in queue]
    new = [r for r, twin in zip(queue, twins, strict=True) if twin is None]
    files = [(ready.staged, writer.stored_as(ready)) for ready in new]
    problems = originals.keep(store, files, mark_of(writer.connection, opened))
    filing = writer.file_under(opened) if new else None
    done = [Recorded(r, twin=t) for r, t in zip(queue, twins, strict=True) if t]
    for ready, problem in zip(new, problems, strict=True):
        if problem is not None or filing is None:
            done.append(Recorded(ready, problem=problem or ""))
        else:
            done.append(_add(writer, filing, ready))
    return done


def _add(writer: Writer, filing: Filing, ready: Ready) -> Recorded:
    """Record one photo. One that the database refuses is no reason to refuse others."""
    writer.connection.execute("SAVEPOINT photo")
    try:
        uuid = writer.add(filing, ready)
    except UNFIT as error:
        writer.connection.execute("ROLLBACK TO photo")
        writer.sources.forget()
        return Recorded(ready, problem=f"cannot be recorded: {error}")
    finally:
        if writer.connection.in_transaction:
            writer.connection.execute("RELEASE photo")
    return Recorded(ready, uuid, notes=tuple(writer.notes(filing, ready)))


def mark_of(connection: sqlite3.Connection, opened: Batch) -> str:
    """A mark of the history as it was before this batch, for ``originals.keep``."""
    row = connection.execute(
        "select previous_hash from batches where id = ?", (opened.id,)
    ).fetchone()
    return str(row[0])
