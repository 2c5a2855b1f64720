"""One file that becomes a new photo now.

An import asks which files are new; here somebody asks for a photo. So bytes that are
here already become a further photo, of the same original: nothing is stored twice.
Everything else is as in an import: what is read from the file, in worker processes;
privacy, the daily log, rights; and that a crash at any moment leaves no photo or a
whole one. It is one batch of the person's own, so that undo takes it back.

What takes long (``read_photo``) is apart from what holds the database (``keep_photo``).
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archive import originals
from archive.albums import UNCLASSIFIED_ID, Album, find_album, visible_album
from archive.batches import Batch, batch
from archive.cache import Cache
from archive.copying import Copied, Identity, identity_of, pieces, read_piece
from archive.database import Archive, database_errors
from archive.disk import reason
from archive.editing import MAX_DESCRIPTION
from archive.errors import (
    Conflict,
    DamagedFile,
    FileProblem,
    InvalidInput,
    NotAPhoto,
    StoreError,
)
from archive.facts import Facts
from archive.facts.sniff import HEAD, describe_refused, sniff
from archive.importing.answers import Ready, facts_from, failure_from
from archive.importing.memory import Sources
from archive.importing.model import Found, ImportOptions, Place
from archive.importing.pipeline import PREPARE, remember_pictures
from archive.importing.recording import mark_of
from archive.importing.records import Filing, Writer
from archive.importing.staging import open_source
from archive.importing.store import close_store, open_store
from archive.locations import find_or_add_location, get_location, join_path
from archive.originals import CHUNK, Run, Staged
from archive.people import Person
from archive.pictures import NAMES, Rendition, renditions_from
from archive.rights import require, viewer
from archive.sqlite import sqlite3
from archive.trades import find_trade
from archive.uploads.records import clean_path
from archive.workers import Failure, Outcome, Pool

REASON = "upload"
_UPLOAD = Place("upload", b"upload", b"")
_VERDICTS: dict[str, type[FileProblem]] = {
    "DamagedFile": DamagedFile,
    "NotAPhoto": NotAPhoto,
    "StoreError": StoreError,
}

Within = Callable[[sqlite3.Connection], None]


@dataclass(frozen=True, slots=True)
class PhotoOptions:
    """What a new photo is to be, and where it goes.

    :param album: id; None: Unclassified
    :param location: id; goes before ``path``
    :param path: names from the top down; missing tiers are made
    :param trades: ids
    :param private: None: as the settings say; in a private album it is in any case
    :param log_date: ``YYYY-MM-DD``, of the daily log that it belongs to; "": none.
        A private one, or one in a project whose photos are private by default, is in
        none
    """

    album: int | None = None
    location: int | None = None
    path: tuple[str, ...] = ()
    trades: tuple[int, ...] = ()
    description: str = ""
    private: bool | None = None
    starred: bool = False
    log_date: str = ""


@dataclass(frozen=True, slots=True)
class ReadPhoto:
    """A file whose bytes were read, and what its reader says of it.

    :param name: to be the photo's file name
    :param identity: of the file that was hashed and read
    :param made: its renditions; none where ``failure`` says why
    """

    path: Path
    name: str
    copied: Copied
    identity: Identity
    facts: Facts
    made: tuple[Rendition, ...]
    failure: str


def add_photo(
    archive: Archive,
    actor: Person,
    path: Path,
    *,
    name: str,
    pool: Pool,
    options: PhotoOptions | None = None,
    within: Within | None = None,
) -> int:
    """Make a new photo of a file. Returns its id.

    :param path: a file of the archive's own, in ``incoming/``; it stays there, and
        nobody may write to it any more (another may get its name: that is refused)
    :param pool: whose workers read it
    :param within: called in the transaction that makes the photo; what it raises ends
        that
    :raises NotAllowed: the actor may not add photos, or not so
    :raises NotAPhoto: it is of no kind that is archived
    :raises DamagedFile: nothing in it can be kept
    :raises NotFound: the album, the location or a trade is not there for the actor
    :raises InvalidInput: an option that cannot be
    :raises Conflict: its bytes were once deleted for good
    :raises StoreError: the store cannot be written
    """
    options = options or PhotoOptions()
    check_options(archive, actor, options)
    read = read_photo(pool, path, name)
    return keep_photo(archive, actor, read, options, within=within)


def check_options(archive: Archive, actor: Person, options: PhotoOptions) -> None:
    """Refuse before a file is read what would be refused after.

    :raises NotAllowed: as for ``add_photo``; NotFound and InvalidInput likewise
    """
    require(actor, "upload")
    writer_of(archive, actor, options)
    _album(archive.connection, actor, options)
    _trades(archive.connection, options)
    if options.location is not None:
        get_location(archive.connection, options.location)


def read_photo(
    pool: Pool,
    path: Path,
    name: str,
    copied: Copied | None = None,
    names: tuple[str, ...] = NAMES,
) -> ReadPhoto:
    """Hash a file and let a worker read it and make its renditions.

    Touches no database, and may take seconds. The file is open meanwhile, so that no
    other one can be taken for it afterwards.

    :param copied: what its bytes are, where they were hashed already
    :param names: of the renditions; none: facts only
    :raises InvalidInput: the name cannot be one
    :raises NotAPhoto: it is of no kind that is archived
    :raises DamagedFile: nothing in it can be kept, or it is another meanwhile
    :raises StoreError: it cannot be read
    """
    name = own_name(name)
    with open_source(str(path)) as source:
        before = identity_of(os.fstat(source.fileno()))
        _require_photo(source, name)
        copied, outcome, failure = _both(pool, path, source, name, copied, names)
        _require_same(path, name, before)
    facts, made, failure = _believed(outcome, name, failure)
    return ReadPhoto(path, name, copied, before, facts, made, failure)


def _both(  # noqa: PLR0917 - one file, and what is asked of it
    pool: Pool,
    path: Path,
    source: BinaryIO,
    name: str,
    copied: Copied | None,
    names: tuple[str, ...],
) -> tuple[Copied, Outcome, str]:
    """Hash a file, unless that was done, while a worker reads it."""
    if copied is not None:
        return copied, *_told(pool, path, names)
    with ThreadPoolExecutor(1) as beside:  # hashing takes a tenth of the reading
        hashing = beside.submit(_hashed, source, name)
        outcome, failure = _told(pool, path, names)
        return hashing.result(), outcome, failure


def _require_same(path: Path, name: str, before: Identity) -> None:
    """Refuse a file in whose place another came while it was read.

    The worker opens it by its name, and would have told of the other one.
    """
    try:
        after = identity_of(path.stat())
    except OSError as error:
        raise StoreError(name, f"cannot be read: {reason(error)}") from error
    if after != before:
        raise DamagedFile(name, originals.CHANGED)


def _told(pool: Pool, path: Path, names: tuple[str, ...]) -> tuple[Outcome, str]:
    """Return what a worker says, and why it made no picture: ""."""
    outcome = pool.submit(PREPARE, str(path), names)
    if outcome.error is None or outcome.error.type in _VERDICTS or not names:
        return outcome, ""
    # Perhaps it is only the picture that broke it
    return pool.submit(PREPARE, str(path), ()), outcome.error.reason


def _require_photo(source: BinaryIO, name: str) -> None:
    """Refuse what does not even begin like a photo, before a parser sees it."""
    head = bytes(read_piece(source, memoryview(bytearray(HEAD)), name))
    if not head:
        raise DamagedFile(name, "it is empty")
    if sniff(head) is None:
        raise NotAPhoto(name, describe_refused(head))


def own_name(name: str) -> str:
    """Return a file's name without the folders it was in.

    :raises InvalidInput: nothing is left of it, or it is too long
    """
    return clean_path(name).rpartition("/")[2]


def _hashed(source: BinaryIO, name: str) -> Copied:
    """Return what the bytes of an open file are."""
    buffer = memoryview(bytearray(CHUNK))
    digest, size, crc = hashlib.sha256(), 0, 0
    source.seek(0)
    first = read_piece(source, buffer, name)
    for piece in pieces(first, source, buffer, name):
        digest.update(piece)
        crc = zlib.crc32(piece, crc)
        size += len(piece)
    return Copied(digest.hexdigest(), size, crc)


def _believed(
    outcome: Outcome, name: str, failure: str
) -> tuple[Facts, tuple[Rendition, ...], str]:
    """Return what a worker says, when it makes sense, and why it made no picture.

    :raises FileProblem: what it says is a refusal, or nonsense
    """
    if outcome.error is not None:
        raise _verdict(name, outcome.error)
    try:
        facts = facts_from(outcome.value)
        made = renditions_from(outcome.value["renditions"])
        failure = failure_from(outcome.value) or failure
    except (ValueError, TypeError, KeyError) as error:
        why = f"the reader's answer makes no sense: {error}"
        raise DamagedFile(name, why) from error
    return facts, made, failure


def _verdict(name: str, failure: Failure) -> FileProblem:
    return _VERDICTS.get(failure.type, DamagedFile)(name, failure.reason)


def keep_photo(
    archive: Archive,
    actor: Person,
    read: ReadPhoto,
    options: PhotoOptions,
    *,
    within: Within | None = None,
    cache: Cache | None = None,
) -> int:
    """Store and record a file that was read. Returns the new photo's id.

    :param cache: for its renditions, where that is open already
    :raises ArchiveError: as for ``add_photo``
    """
    require(actor, "upload")
    with database_errors(archive.folder):
        writer = writer_of(archive, actor, options)
        store = open_store(archive)
        try:
            staged = originals.take(store, read.path, read.copied, read.identity)
            originals.sync_staged(staged)
            ready = Ready(found_as(read), staged, read.facts, read.failure)
            number = _record(archive, store, writer, ready, options, within)
        except BaseException:
            originals.end(store)  # what has its name is left to ``recover``
            raise
        close_store(archive, store)
        remember_pictures(archive, [(ready, read.made)], cache)
    return number


def writer_of(archive: Archive, actor: Person, options: PhotoOptions) -> Writer:
    """Return what records photos that are to be so.

    :raises NotAllowed: the actor may not do what the options ask for
    :raises InvalidInput: an option that cannot be
    """
    if len(options.description) > MAX_DESCRIPTION:
        raise InvalidInput(f"the description is over {MAX_DESCRIPTION:,} characters")
    sources = Sources(archive.connection, archive.uuid, actor)
    wanted = ImportOptions(
        location=_path_of(options),
        description=options.description,
        private=options.private,
        starred=options.starred,
        daily_log=bool(options.log_date),
        log_date=options.log_date or None,
    )
    return Writer(archive.connection, sources, actor, wanted)


def _path_of(options: PhotoOptions) -> str | None:
    if options.location is not None or not options.path:
        return None
    return join_path(options.path)


def found_as(read: ReadPhoto) -> Found:
    """Return a file that was read as an import would have found it."""
    raw = read.name.encode("utf-8", "replace")
    return Found(
        _UPLOAD, read.name, raw, raw, read.copied.bytes, 0, lambda: read.path.open("rb")
    )


def _record(  # noqa: PLR0917
    archive: Archive,
    store: Run,
    writer: Writer,
    ready: Ready,
    options: PhotoOptions,
    within: Within | None,
) -> int:
    """Give the file its name and the photo its record, or neither.

    The lock on the database is held while linking, so that no purge of the same bytes
    can come between a file and its record.
    """
    connection, staged = archive.connection, ready.staged
    with batch(connection, writer.actor, reason=REASON) as opened:
        if within is not None:
            within(connection)
        _refuse_purged(writer, staged)
        _keep(connection, store, writer, ready, opened)
        number = _write(writer, ready, options, opened)
    originals.settle(store, [staged])
    return number


def _refuse_purged(writer: Writer, staged: Staged) -> None:
    if writer.sources.photo_of(staged.sha256) is None:
        purged = writer.sources.purged(staged.sha256)
        if purged:
            raise Conflict(f"these bytes are not taken in again: {purged}")


def _keep(
    connection: sqlite3.Connection,
    store: Run,
    writer: Writer,
    ready: Ready,
    opened: Batch,
) -> None:
    files = [(ready.staged, writer.stored_as(ready))]
    problem = originals.keep(store, files, mark_of(connection, opened))[0]
    if problem is not None:
        raise StoreError(ready.found.shown, problem)


def _write(writer: Writer, ready: Ready, options: PhotoOptions, opened: Batch) -> int:
    return writer.write(file_under(writer, options, opened), ready).id


def file_under(writer: Writer, options: PhotoOptions, opened: Batch) -> Filing:
    """Find where a photo goes, making the tiers of its place that are missing.

    :raises NotFound: the album, the location or a trade is not there for the actor
    :raises NotAllowed: a tier is missing, and the actor may not make it
    """
    connection, actor = writer.connection, writer.actor
    location, path = options.location, _path_of(options)
    if location is not None:
        get_location(connection, location)
    elif path is not None:
        location = find_or_add_location(connection, actor, opened, path).id
    album = _album(connection, actor, options)
    return writer.filed(opened, album, location, _trades(connection, options))


def _album(
    connection: sqlite3.Connection, actor: Person, options: PhotoOptions
) -> Album:
    if options.album is None:
        return find_album(connection, UNCLASSIFIED_ID)
    return visible_album(connection, options.album, viewer(actor))


def _trades(connection: sqlite3.Connection, options: PhotoOptions) -> tuple[int, ...]:
    for trade in options.trades:
        find_trade(connection, trade)
    return options.trades
