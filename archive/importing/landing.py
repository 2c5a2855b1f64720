"""Files that came from a remote become the originals of photos that have none.

Nothing of a photo changes but what its file says of it: facts that nobody knew, or that
the remote told. A crash at any moment leaves a photo without bytes, or whole. Its
pictures are not made here, as that takes a hundred times as long: they are marked, and
made when nothing is fetched any more (``archive.jobs.developing``), or when somebody
looks at the photo.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock

from archive import cache as pictures
from archive import originals
from archive.batches import Batch, batch
from archive.cache import Cache
from archive.copying import Copied
from archive.database import Archive, database_errors
from archive.disk import storing
from archive.errors import ArchiveError, Conflict, NotFound, StoreError
from archive.importing.answers import Ready
from archive.importing.recording import UNFIT, mark_of
from archive.importing.records import Writer
from archive.importing.single import (
    PhotoOptions,
    ReadPhoto,
    found_as,
    read_photo,
    writer_of,
)
from archive.originals import Run
from archive.people import owner
from archive.sqlite import sqlite3
from archive.uploads.parts import FOLDER
from archive.workers import Pool

REASON = "{}: the file came"
_READERS = 2  # as many as a pool has workers
# Files that are brought to the disk at a time: one flush serves all who wait
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Came:
    """A file that came whole.

    :param uuid: of the photo that has no bytes
    :param path: in ``incoming/``; it stays there, and nobody may write to it any more
    :param copied: what its bytes were when they came
    """

    uuid: str
    path: Path
    copied: Copied


class HasFile(Conflict):
    """A photo got its file meanwhile, in another way."""


def land(
    archive: Archive,
    pool: Pool,
    store: Run,
    files: Sequence[Came],
    *,
    run: str | None = None,
    origin: str = "sync",
) -> list[ArchiveError | None]:
    """Make files the originals of photos that have none, in one transaction.

    Where the same bytes are here already, the photo gets that original.

    :param store: a corner of the store of originals (``archive.importing.store``)
    :param run: uuid that the batches of one run share
    :param origin: of those batches: ``sync``, or ``exchange``
    :return: for each file why it did not become its photo's, or None: NotFound, there
        is no such photo; HasFile, it has its bytes; NotAPhoto, it is of no kind that
        is archived; DamagedFile, nothing in it can be kept; Conflict, it cannot be
        recorded; StoreError, ArchiveLocked
    """
    names = [_name(archive.connection, one.uuid) for one in files]
    alone = Lock()
    with ThreadPoolExecutor(_AT_ONCE) as beside:
        found = list(beside.map(partial(_ready, pool, alone, store), files, names))
    failed = {
        one.uuid: why
        for one, why in zip(files, found, strict=True)
        if isinstance(why, ArchiveError)
    }
    ready = {
        one.uuid: file
        for one, file in zip(files, found, strict=True)
        if isinstance(file, Ready)
    }
    if ready:
        failed |= _record(archive, store, ready, run, origin)
    return [failed.get(one.uuid) for one in files]


def _name(connection: sqlite3.Connection, uuid: str) -> str | ArchiveError:
    try:
        return _waiting(connection, uuid)
    except ArchiveError as error:
        return error


def _waiting(connection: sqlite3.Connection, uuid: str) -> str:
    """Return the name of a photo without bytes.

    :raises NotFound: there is no such photo; HasFile: it has its bytes
    """
    row = connection.execute(
        "select filename, original_id from photos where uuid = ?", (uuid,)
    ).fetchone()
    if row is None:
        raise NotFound(f"there is no photo {uuid}", key="no_photo", number=uuid)
    if row[1] is not None:
        raise HasFile(f"the file of {row[0]} is here already")
    return str(row[0])


def _ready(
    pool: Pool, alone: Lock, store: Run, came: Came, name: str | ArchiveError
) -> Ready | ArchiveError:
    """Read the facts of a file, and bring it to the disk. Runs beside others.

    :param alone: one file is read at a time: that takes a millisecond, and to start a
        second worker as much as 150 files
    """
    if isinstance(name, ArchiveError):
        return name
    try:
        with alone:
            read = read_photo(pool, came.path, name, came.copied, ())
        staged = originals.take(store, came.path, came.copied, read.identity)
        originals.sync_staged(staged)
    except ArchiveError as error:
        return error
    return Ready(found_as(read), staged, read.facts, read.failure)


def _record(
    archive: Archive,
    store: Run,
    files: Mapping[str, Ready],
    run: str | None,
    origin: str,
) -> dict[str, ArchiveError]:
    """Give files their names and photos their originals. Returns what failed, and why.

    :param files: by the uuids of their photos
    """
    failed: dict[str, ArchiveError] = {}
    try:
        with database_errors(archive.folder):
            us = owner(archive.connection)
            writer = writer_of(archive, us, PhotoOptions())
            reason = REASON.format(origin)
            with batch(
                archive.connection, us, origin=origin, reason=reason, run=run
            ) as opened:
                failed = _record_each(store, writer, opened, files)
    except BaseException as error:
        originals.set_aside(store)
        for ready in files.values():
            originals.discard(ready.staged)
        if not isinstance(error, ArchiveError):
            raise
        return dict.fromkeys(files, error)
    if failed:
        originals.set_aside(store)
    originals.settle(store, (ready.staged for ready in files.values()))
    return failed


def _record_each(
    store: Run, writer: Writer, opened: Batch, files: Mapping[str, Ready]
) -> dict[str, ArchiveError]:
    named = [(ready.staged, writer.stored_as(ready)) for ready in files.values()]
    problems = originals.keep(store, named, mark_of(writer.connection, opened))
    failed: dict[str, ArchiveError] = {}
    for (uuid, ready), problem in zip(files.items(), problems, strict=True):
        try:
            if problem is not None:
                raise StoreError(ready.found.shown, problem)
            _give(writer, opened, ready, uuid)
        except ArchiveError as error:
            failed[uuid] = error
    return failed


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
    """Give a photo its original, or leave it as it was.

    :raises ArchiveError: it cannot be recorded
    """
    connection = writer.connection
    connection.execute("savepoint landing")
    try:
        _waiting(connection, uuid)  # as it is by now
        connection.execute(_GIVE, _values(writer, opened, ready, uuid))
        connection.execute(
            "update sync_records set lacks = 3 where uuid = ? and lacks = 0", (uuid,)
        )
    except UNFIT as error:
        connection.execute("rollback to landing")
        raise Conflict(f"cannot be recorded: {error}") from error
    finally:
        if connection.in_transaction:
            connection.execute("release landing")


def _values(
    writer: Writer, opened: Batch, ready: Ready, uuid: str
) -> dict[str, object]:
    facts = ready.facts
    return {
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
    }


# Thumbnails, until the file is here: in the cache under the photo's uuid


def keep_thumbnails(
    archive: Archive, pool: Pool, files: Sequence[tuple[str, bytes]], cache: Cache
) -> list[ArchiveError | None]:
    """Show pictures that the remote made for photos whose bytes are not here.

    What a worker makes of them is kept, never the bytes themselves.

    :param files: (uuid of the photo, the picture's bytes)
    :return: for each why it is not shown, or None: NotAPhoto, DamagedFile, it is no
        picture; StoreError, it cannot be written
    """
    with ThreadPoolExecutor(_READERS) as beside:
        found = list(beside.map(partial(_picture, archive.folder, pool), files))
    made = {
        uuid: read.made
        for (uuid, _), read in zip(files, found, strict=True)
        if isinstance(read, ReadPhoto)
    }
    pictures.put_many(cache, [((uuid, 0), some) for uuid, some in made.items()])
    archive.connection.execute(
        """
        update sync_records set lacks = 1
        where lacks = 2 and uuid in (select value from json_each(?))
        """,
        (json.dumps(list(made)),),
    )
    return [one if isinstance(one, ArchiveError) else None for one in found]


def _picture(
    folder: Path, pool: Pool, file: tuple[str, bytes]
) -> ReadPhoto | ArchiveError:
    """Let a worker read a picture. Runs beside others."""
    uuid, data = file
    path = folder / FOLDER / f"{uuid}.thumbnail.part"
    try:
        with storing(path):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        return read_photo(pool, path, "thumbnail")
    except ArchiveError as error:
        return error
    finally:
        path.unlink(missing_ok=True)
