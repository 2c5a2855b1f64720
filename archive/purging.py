"""Purge: deleting photos for good, the only way in which bytes ever go.

The record ends first, in a batch that leaves a tombstone; the file goes once that is
committed. A crash in between leaves the tombstone's ``unlink`` mark, and the next purge
or import finishes the work.
"""

from __future__ import annotations

from collections.abc import Sequence

from archive import originals
from archive.batches import Batch, batch
from archive.cache import drop, open_cache
from archive.database import Archive
from archive.editing import recycled_ids
from archive.identity import clean_text
from archive.originals import Stored
from archive.people import Person
from archive.rights import require
from archive.sqlite import sqlite3


def purge_photos(
    archive: Archive, actor: Person, ids: Sequence[int], reason: str = ""
) -> int:
    """Delete photos in the recycle bin for good. Returns how many.

    :raises NotAllowed: the actor may not
    :raises NotFound: one of them is not in the bin; then nothing is purged
    """
    require(actor, "purge")
    connection = archive.connection
    with batch(connection, actor, reason=reason or "purge") as opened:
        wanted = recycled_ids(connection, ids)
        for number in wanted:
            _end(connection, actor, opened, number, clean_text(reason))
    finish_purges(archive)
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
            p.recycled_at, ?1, ?2, ?3, o.id is not null and not exists (
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

    A file whose bytes were imported again meanwhile stays.
    """
    connection = archive.connection
    rows = connection.execute(
        "select distinct sha256 from tombstones where unlink = 1"
    ).fetchall()
    for (sha256,) in rows:
        connection.execute("BEGIN IMMEDIATE")  # no import may take the bytes up now
        try:
            if not is_known(connection, sha256):
                for path in originals.find(archive.originals, sha256):
                    originals.purge(archive.originals, path)
                with open_cache(archive.folder) as cache:
                    drop(cache, sha256)
            connection.execute(
                "update tombstones set unlink = 0 where sha256 = ?", (sha256,)
            )
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
    return len(rows)


def is_known(connection: sqlite3.Connection, stored: Stored | str) -> bool:
    """Whether a record has this original."""
    sha256 = stored if isinstance(stored, str) else stored.sha256
    row = connection.execute(
        "select 1 from originals where sha256 = ?", (sha256,)
    ).fetchone()
    return row is not None
