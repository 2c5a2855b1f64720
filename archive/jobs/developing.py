"""Pictures of files that the sync brought: made when nothing is fetched any more.

A file that lands is marked (``sync_records.lacks`` is 3) and its pictures are made
later, as that takes a hundred times as long as landing it. Whoever looks at a photo
before that has its pictures made at once. Safe to kill: the mark goes last.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from archive.cache import Cache, forget, missing
from archive.database import Archive
from archive.jobs.renditions import Wanted, make
from archive.sqlite import sqlite3

_STEP = 64  # photos between two marks of how far it came


def _nobody(done: int, total: int) -> None:
    """Tell nobody."""


def develop(
    archive: Archive,
    cache: Cache,
    check: Callable[[], None],
    tell: Callable[[int, int], None] = _nobody,
) -> int:
    """Make the pictures of all files that landed. Returns of how many photos.

    :param check: called between two photos; what it raises ends this, and the next call
        goes on
    :param tell: hears how many are done, of how many
    :raises StoreError: the archive cannot be written; ArchiveLocked likewise
    """
    connection, after, done = archive.connection, 0, 0
    total = connection.execute(
        "select count(*) from sync_records where lacks = 3 and lacks > 0"
    ).fetchone()[0]
    while rows := _next(connection, after):
        photos = [photo for _, _, photo in rows]
        _make_missing(archive, cache, photos, check)
        for _, uuid, _ in rows:
            forget(cache, uuid)  # what the remote had made of it
        _unmark(connection, [place for place, _, _ in rows])
        after, done = rows[-1][0], done + len(rows)
        tell(done, total)
    return done


def develop_files(
    archive: Archive,
    cache: Cache,
    landed: Sequence[str],
    check: Callable[[], None] = lambda: None,
    tell: Callable[[int, int], None] = _nobody,
) -> None:
    """Make the pictures of originals that came on a stick.

    What is left over is made when somebody looks at a photo.

    :param landed: their SHA-256
    """
    for start in range(0, len(landed), _STEP):
        rows = archive.connection.execute(
            """
            select p.id, p.filename, o.sha256, o.extension, p.rotation
            from originals o join photos p on p.original_id = o.id
            where o.sha256 in (select value from json_each(?))
            """,
            (json.dumps(landed[start : start + _STEP]),),
        ).fetchall()
        _make_missing(archive, cache, [Wanted(*row) for row in rows], check)
        tell(min(start + _STEP, len(landed)), len(landed))


def _make_missing(
    archive: Archive,
    cache: Cache,
    photos: Sequence[Wanted],
    check: Callable[[], None],
) -> None:
    lacking = set(missing(cache, [(one.sha256, one.rotation) for one in photos]))
    todo = [one for one in photos if (one.sha256, one.rotation) in lacking]
    make(archive, cache, todo, check)


def _next(connection: sqlite3.Connection, after: int) -> list[tuple[int, str, Wanted]]:
    """Return some that are marked: place, uuid, and what is to be made."""
    rows = connection.execute(
        # "> 0" so that the index of those is taken
        """
        select r.id, r.uuid, p.id, p.filename, o.sha256, o.extension, p.rotation
        from sync_records r
        cross join photos p on p.uuid = r.uuid
        cross join originals o on o.id = p.original_id
        where r.lacks = 3 and r.lacks > 0 and r.id > ? order by r.id limit ?
        """,
        (after, _STEP),
    )
    return [(place, uuid, Wanted(*rest)) for place, uuid, *rest in rows]


def _unmark(connection: sqlite3.Connection, places: list[int]) -> None:
    connection.execute(
        """
        update sync_records set lacks = 0
        where lacks = 3 and id in (select value from json_each(?))
        """,
        (json.dumps(places),),
    )
