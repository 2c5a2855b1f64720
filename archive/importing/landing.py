"""A file that came from a remote becomes the original of a photo that has none.

Nothing of the photo changes but what the file says of it: facts that nobody knew, or
that the remote told. A crash at any moment leaves the photo without bytes, or whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from archive import cache as pictures
from archive import originals
from archive.batches import Batch, batch
from archive.cache import Cache
from archive.copying import Copied
from archive.database import Archive, database_errors
from archive.errors import Conflict, NotFound, StoreError
from archive.importing.answers import Ready
from archive.importing.pipeline import remember_pictures
from archive.importing.recording import mark_of
from archive.importing.records import Writer
from archive.importing.single import (
    PhotoOptions,
    ReadPhoto,
    found_as,
    read_photo,
    writer_of,
)
from archive.importing.store import close_store, open_store
from archive.originals import Run
from archive.people import owner
from archive.sqlite import sqlite3
from archive.uploads.parts import FOLDER
from archive.workers import Pool

REASON = "sync: the file came"


@dataclass(frozen=True, slots=True)
class Landed:
    """What became a photo's original."""

    sha256: str
    bytes: int


def land(
    archive: Archive,
    pool: Pool,
    uuid: str,
    path: Path,
    copied: Copied | None = None,
    *,
    run: str | None = None,
    cache: Cache | None = None,
) -> Landed:
    """Make a file the original of a photo that has none.

    Where the same bytes are here already, the photo gets that original.

    :param path: in ``incoming/``; it stays there, and nobody may write to it any more
    :param copied: what its bytes were when they came; None: they are read again
    :param run: uuid that the batches of one run share
    :param cache: for its renditions, where that is open already
    :raises NotFound: there is no such photo
    :raises Conflict: it has its bytes
    :raises NotAPhoto: it is of no kind that is archived
    :raises DamagedFile: nothing in it can be kept
    :raises StoreError: the store cannot be written
    """
    name = _waiting(archive.connection, uuid)
    read = read_photo(pool, path, name, copied)
    with database_errors(archive.folder):
        writer = writer_of(archive, owner(archive.connection), PhotoOptions())
        store = open_store(archive)
        try:
            ready = _stage(store, read)
            _record(archive, store, writer, ready, uuid, run)
        except BaseException:
            originals.end(store)  # what has its name is left to ``recover``
            raise
        close_store(archive, store)
    remember_pictures(archive, [(ready, read.made)], cache)
    _forget_thumbnail(archive, uuid, cache)
    return Landed(read.copied.sha256, read.copied.bytes)


def _waiting(connection: sqlite3.Connection, uuid: str) -> str:
    """Return the name of a photo without bytes."""
    row = connection.execute(
        "select filename, original_id from photos where uuid = ?", (uuid,)
    ).fetchone()
    if row is None:
        raise NotFound(f"there is no photo {uuid}", key="no_photo", number=uuid)
    if row[1] is not None:
        raise Conflict(f"the file of {row[0]} is here already")
    return str(row[0])


def _stage(store: Run, read: ReadPhoto) -> Ready:
    staged = originals.take(store, read.path, read.copied)
    originals.sync_staged(staged)
    return Ready(found_as(read), staged, read.facts, read.failure)


def _record(  # noqa: PLR0917
    archive: Archive,
    store: Run,
    writer: Writer,
    ready: Ready,
    uuid: str,
    run: str | None,
) -> None:
    """Give the file its name and the photo its original, or neither."""
    connection = archive.connection
    with batch(
        connection, writer.actor, origin="sync", reason=REASON, run=run
    ) as opened:
        _waiting(connection, uuid)  # as it is by now
        files = [(ready.staged, writer.stored_as(ready))]
        problem = originals.keep(store, files, mark_of(connection, opened))[0]
        if problem is not None:
            raise StoreError(ready.found.shown, problem)
        _give(writer, opened, ready, uuid)
    originals.settle(store, [ready.staged])


# What a file says goes before what the remote said; what a person said stays.
_GIVE = """
    update photos set original_id = :original,
        (taken_at, taken_offset, taken_source) = (
            select iif(known, taken_at, :taken_at),
                iif(known, taken_offset, :taken_offset),
                iif(known, taken_source, :taken_source)
            from (select :taken_at is null
                or coalesce(taken_source, 'remote') <> 'remote' as known)),
        (latitude, longitude, position_source) = (
            select iif(known, latitude, :latitude), iif(known, longitude, :longitude),
                iif(known, position_source, :position_source)
            from (select :latitude is null
                or coalesce(position_source, 'remote') <> 'remote' as known)),
        direction = coalesce(direction, :direction),
        projection = iif(projection = 'unknown', :projection, projection),
        camera_id = coalesce(camera_id, :camera)
    where uuid = :uuid
"""


def _give(writer: Writer, opened: Batch, ready: Ready, uuid: str) -> None:
    facts = ready.facts
    writer.connection.execute(
        _GIVE,
        {
            "uuid": uuid,
            "original": writer.original(opened, ready),
            "taken_at": facts.taken_at,
            "taken_offset": facts.taken_offset,
            "taken_source": f"file: {facts.taken_source}",
            "latitude": facts.latitude,
            "longitude": facts.longitude,
            "position_source": f"file: {facts.position_source}",
            "direction": facts.direction,
            "projection": facts.projection,
            "camera": writer.camera(facts),
        },
    )


# Thumbnails, until the file is here: in the cache under the photo's uuid


def keep_thumbnail(
    archive: Archive, pool: Pool, uuid: str, data: bytes, cache: Cache | None = None
) -> None:
    """Show a picture that the remote made for a photo whose bytes are not here.

    What a worker makes of it is kept, never the bytes themselves.

    :raises DamagedFile: it is no picture
    :raises StoreError: it cannot be written
    """
    folder = archive.folder / FOLDER
    path = folder / f"{uuid}.thumbnail.part"
    try:
        folder.mkdir(exist_ok=True)
        path.write_bytes(data)
        read = read_photo(pool, path, "thumbnail")
    except OSError as error:
        raise StoreError(path, error.strerror or str(error)) from error
    finally:
        path.unlink(missing_ok=True)
    if cache is not None:
        pictures.put(cache, uuid, 0, read.made)
    else:
        with pictures.open_cache(archive.folder) as opened:
            pictures.put(opened, uuid, 0, read.made)
    archive.connection.execute(
        "update sync_records set lacks = 1 where uuid = ? and lacks = 2", (uuid,)
    )


def _forget_thumbnail(archive: Archive, uuid: str, cache: Cache | None) -> None:
    if cache is not None:
        pictures.forget(cache, uuid)
        return
    with pictures.open_cache(archive.folder) as opened:
        pictures.forget(opened, uuid)
