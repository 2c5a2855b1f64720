"""Purge: deleting photos for good, the only way in which bytes ever go.

The record ends first, in a batch that leaves a tombstone; the file goes once that is
committed. A crash in between leaves the tombstone's ``unlink`` mark, and the next purge
or import finishes the work.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive import originals
from archive.batches import FIRST_HASH, Batch, batch
from archive.cache import drop, open_cache
from archive.database import Archive, database_errors
from archive.disk import storing, sync_folder
from archive.editing import recycled_ids
from archive.errors import InvalidInput, StoreError
from archive.export.keeping import FOLDER as EXPORTS
from archive.export.keeping import clear_exports
from archive.identity import clean_text
from archive.keeping.rule import require_copies, too_few
from archive.originals import Stored
from archive.people import Person
from archive.photos import chunks
from archive.rights import require
from archive.sqlite import sqlite3
from archive.waiting import begin

DAMAGED = "damaged"  # files that held other bytes than they were stored, by a new name


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the database says of originals, as ``originals.recover`` asks."""

    connection: sqlite3.Connection

    def knows(self, stored: Stored) -> bool:
        """Whether some record has this original."""
        return is_known(self.connection, stored.sha256)

    def follows(self, mark: str) -> bool:
        """Whether the history has this hash: the mark's moment is part of it."""
        row = self.connection.execute(
            "select 1 from batches where hash = ?", (mark,)
        ).fetchone()
        return row is not None or mark == FIRST_HASH


@dataclass(frozen=True, slots=True)
class Ending:
    """What a purge of one photo would end for good.

    :param bytes: of its file; None while that is not here
    :param file_stays: another photo has the same bytes
    """

    filename: str
    bytes: int | None
    comments: int
    markups: int
    file_stays: bool


def what_ends(connection: sqlite3.Connection, number: int) -> Ending:
    """Return what a purge of a photo in the bin would end, to be asked about first.

    :raises NotFound: it is not in the bin
    """
    recycled_ids(connection, [number])
    row = connection.execute(
        """
        select p.filename, o.bytes,
            (select count(*) from comments c where c.photo_id = p.id),
            (select count(*) from markups m where m.photo_id = p.id),
            exists (select 1 from photos x
                where x.original_id = p.original_id and x.id <> p.id)
        from photos p left join originals o on o.id = p.original_id where p.id = ?
        """,
        (number,),
    ).fetchone()
    return Ending(row[0], row[1], row[2], row[3], bool(row[4]))


def count_sayings(
    connection: sqlite3.Connection, ids: Sequence[int]
) -> tuple[int, int]:
    """Return how many comments and markups a purge of photos would end with them."""
    counts = [0, 0]
    for some in chunks(ids):
        marks = ", ".join("?" * len(some))
        for place, table in enumerate(("comments", "markups")):
            query = f"select count(*) from {table} where photo_id in ({marks})"
            counts[place] += connection.execute(query, some).fetchone()[0]
    return counts[0], counts[1]


_LEFT = "photo_id, filename, bytes, uploaded_at, recycled_at, purged_at"


def find_tombstone(
    connection: sqlite3.Connection, number: int
) -> tuple[object, ...] | None:
    """Return what is left of a purged photo; None: none of this number was purged.

    Its id, filename, bytes, uploaded_at, recycled_at and purged_at.
    """
    row = connection.execute(
        f"select {_LEFT} from tombstones where photo_id = ?", (number,)
    ).fetchone()
    return tuple(row) if row else None


def list_tombstones(
    connection: sqlite3.Connection, *, limit: int, skip: int = 0
) -> tuple[list[tuple[object, ...]], int]:
    """Return what is left of purged photos, by number, and of how many there is."""
    rows = connection.execute(
        f"select {_LEFT} from tombstones order by photo_id limit ? offset ?",
        (max(0, limit), max(0, skip)),
    ).fetchall()
    total = connection.execute("select count(*) from tombstones").fetchone()[0]
    return [tuple(row) for row in rows], int(total)


def is_known(connection: sqlite3.Connection, sha256: str) -> bool:
    """Whether a record has this original."""
    row = connection.execute(
        "select 1 from originals where sha256 = ?", (sha256,)
    ).fetchone()
    return row is not None


def still_wanted(connection: sqlite3.Connection) -> Callable[[str], bool]:
    """Return what says of originals whether the cache may keep pictures of them.

    It does not where that cannot be said.
    """

    def wanted(sha256: str) -> bool:
        try:
            return is_known(connection, sha256)
        except sqlite3.Error:
            return False

    return wanted


def purge_photos(
    archive: Archive,
    actor: Person,
    ids: Sequence[int],
    reason: str = "",
    *,
    force: bool = False,
) -> int:
    """Delete photos in the recycle bin for good. Returns how many.

    :param force: also where too few verified copies are elsewhere; with a reason
    :raises NotAllowed: the actor may not
    :raises NotFound: one of them is not in the bin; then nothing is purged
    :raises TooFewCopies: the last verified copy would go; then nothing is purged
    :raises InvalidInput: it is forced without a reason
    :raises StoreError: the disk of the originals is not there, and nothing is purged;
        or they are purged, but a file is still to be removed
    """
    require(actor, "purge")
    _require_store(archive)
    reason = clean_text(reason)
    if force and not reason.strip():
        raise InvalidInput(
            "to purge by force give a reason, which the history keeps",
            key="force_without_reason",
        )
    connection = archive.connection
    if force and (lacking := too_few(connection, ids)):
        reason = f"{reason} (forced: {lacking:,} without enough verified copies)"
    with batch(connection, actor, reason=reason or "purge") as opened:
        wanted = recycled_ids(connection, ids)
        if not force:
            require_copies(connection, wanted)
        for number in wanted:
            _end(connection, actor, opened, number, reason)
    try:
        finish_purges(archive)
    finally:  # what was made of them shows them as well
        with storing(archive.folder / EXPORTS):
            clear_exports(archive, purged=wanted)
    return len(wanted)


def _end(
    connection: sqlite3.Connection,
    actor: Person,
    opened: Batch,
    number: int,
    reason: str,
) -> None:
    connection.execute(
        """
        insert into tombstones (photo_id, uuid, sha256, bytes, filename, uploaded_at,
            recycled_at, purged_at, purged_by, reason, unlink)
        select p.id, p.uuid, o.sha256, o.bytes, p.filename, p.uploaded_at,
            p.recycled_at, ?1, ?2, ?3, not exists (
                select 1 from photos x where x.original_id = o.id and x.id <> p.id)
        from photos p left join originals o on o.id = p.original_id where p.id = ?4
        """,
        (opened.at, actor.id, reason, number),
    )
    original = connection.execute(
        "select original_id from photos where id = ?", (number,)
    ).fetchone()[0]
    connection.execute("delete from photos where id = ?", (number,))
    connection.execute(
        """
        delete from originals where id = ?1
            and not exists (select 1 from photos where original_id = ?1)
        """,
        (original,),
    )


def finish_purges(archive: Archive) -> int:
    """Remove the files of purged photos that are still there. Returns how many.

    A file whose bytes were imported again meanwhile stays. One that cannot be removed
    now keeps its mark, and the others go.

    :raises StoreError: naming the first that could not be removed
    """
    rows = archive.connection.execute(
        "select distinct coalesce(sha256, uuid) from tombstones where unlink = 1"
    ).fetchall()
    if rows:
        _require_store(archive)
    problems = []
    for (key,) in rows:
        try:
            _remove(archive, key)
        except StoreError as problem:
            problems.append(problem)
    if problems:
        first = problems[0]
        raise StoreError(
            first.path,
            f"{first.reason}; it is purged from the archive, and its file is removed"
            " by the next purge or import",
        )
    return len(rows)


def _require_store(archive: Archive) -> None:
    """Refuse to take a store that is not there for one whose files are gone.

    :raises StoreError: its folder is not there, or only where it was mounted, empty
    """
    originals.require_there(archive.originals)
    with storing(archive.originals):
        is_empty = not any(archive.originals.iterdir())
    sql = "select 1 from originals limit 1"
    if is_empty and archive.connection.execute(sql).fetchone():
        raise StoreError(archive.originals, "is empty; is its disk connected?")


def _remove(archive: Archive, key: str) -> None:
    """Remove the files of one original, unless it is a photo's again.

    :param key: its SHA-256; the uuid of a photo without one, of which there may be a
        thumbnail

    The lock on the database is held, so that no import takes the bytes up meanwhile.
    """
    connection = archive.connection
    with database_errors(archive.folder):
        begin(connection)
        try:
            if not is_known(connection, key):
                for stored in originals.find(archive.originals, key):
                    originals.purge(archive.originals, stored)
                _remove_aside(archive.folder / DAMAGED, key)
                with open_cache(archive.folder) as cache:
                    drop(cache, key)
            connection.execute(
                "update tombstones set unlink = 0 where sha256 = ?1 or uuid = ?1",
                (key,),
            )
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _remove_aside(damaged: Path, key: str) -> None:
    """Remove what was set aside of an original, which shows most of the photo still.

    :raises StoreError: it could not be removed
    """
    found = list(damaged.glob(f"*-{key}.*"))
    for path in found:
        with storing(path):
            if os.name == "nt":
                path.chmod(stat.S_IWRITE)  # Windows removes no read-only file
            path.unlink()
    if found:
        with storing(damaged):
            sync_folder(damaged)
