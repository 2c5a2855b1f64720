"""cache.db: renditions, and what could not be rendered. May be deleted at any time.

A file beside archive.db, so that an archive can be copied without it. Nothing in it is
needed: a damaged, foreign or missing one is replaced by an empty one, and one that
cannot be written (a read-only disk) is done without.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import Any, Self, TypeVar

from archive.clock import timestamp, utc_now
from archive.errors import DamagedFile, StoreError
from archive.pictures import NAMES, Rendition, renditions_from
from archive.sqlite import journal_mode, sqlite3
from archive.workers import Pool

T = TypeVar("T")
Key = tuple[str, int]  # sha256 of the original, rotation
Names = tuple[str, ...]  # of the renditions that are made together
Wanted = Callable[[str], bool]  # whether an original, by its sha256, is one still

DATABASE = "cache.db"
VERSION = 2
APPLICATION_ID = 0x61734263  # "asBc"
BUSY_SECONDS = 10.0
# Raised when renditions come out otherwise than before, so that failures are retried.
RENDERER = 1

SCHEMA = (
    """
    CREATE TABLE renditions (
      sha256 TEXT NOT NULL,       -- of the original, lower-case hex
      rotation INTEGER NOT NULL,  -- the person's, degrees clockwise
      name TEXT NOT NULL,         -- preview, medium, thumbnail
      media_type TEXT NOT NULL,
      width INTEGER NOT NULL,
      height INTEGER NOT NULL,
      is_tile INTEGER NOT NULL,   -- 1: drawn with the type's name, not the photo
      data BLOB NOT NULL,
      made_at TEXT NOT NULL,      -- UTC
      PRIMARY KEY (sha256, rotation, name)
    ) STRICT
    """,
    # Files that gave no picture, so that a poison file is not tried at each page view.
    """
    CREATE TABLE failures (
      sha256 TEXT PRIMARY KEY,
      reason TEXT NOT NULL,
      reader TEXT NOT NULL,       -- versions of what failed; others may try again
      failed_at TEXT NOT NULL     -- UTC
    ) STRICT
    """,
    # Originals that were cut into tiles, or that cannot be (archive/pyramids.py).
    """
    CREATE TABLE pyramids (
      sha256 TEXT PRIMARY KEY,
      width INTEGER,              -- of the largest level, upright; NULL: there is none
      height INTEGER,
      reason TEXT,                -- why there is none
      reader TEXT NOT NULL,       -- as in failures
      used_at TEXT NOT NULL       -- UTC; of those used longest ago the tiles go first
    ) STRICT
    """,
    """
    CREATE TABLE tiles (
      sha256 TEXT NOT NULL,
      halved INTEGER NOT NULL,    -- how often the picture is: 0 is its largest level
      column_ INTEGER NOT NULL,
      row_ INTEGER NOT NULL,
      data BLOB NOT NULL,         -- JPEG
      PRIMARY KEY (sha256, halved, column_, row_)
    ) STRICT
    """,
)
# Tables with something of a photo in them, all by its sha256
_OF_A_PHOTO = ("renditions", "failures", "pyramids", "tiles")

# SQLITE_ERROR (no such table), _CORRUPT, _FORMAT, _NOTADB: another's file, or ruins
_RUINED = {1, 11, 24, 26}


@dataclass(slots=True)
class Cache:
    """The cache of one archive; safe to use from several threads.

    :param connection: None when the file can neither be opened nor made
    :param identity: device and inode, to notice when the file is deleted or replaced
    :param under_way: what is being made at this moment, to make it once
    """

    path: Path
    connection: Any = None
    identity: tuple[int, int] | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)
    under_way: dict[tuple[Key, Names], Future[tuple[Rendition, ...]]] = field(
        default_factory=dict
    )

    def close(self) -> None:
        """Close the file; a later use opens it again."""
        with self.lock:
            if self.connection is not None:
                self.connection.close()
            self.connection = self.identity = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_cache(folder: Path) -> Cache:
    """Open the cache of the archive in ``folder``, or make it (anew). Never fails."""
    cache = Cache(folder / DATABASE)
    attempt(cache, _stamp, None)
    return cache


def get(cache: Cache, sha256: str, rotation: int, name: str) -> Rendition | None:
    """Return one rendition, or None when it is not there."""
    row: Any = attempt(
        cache,
        lambda connection: connection.execute(
            """
            SELECT media_type, width, height, data, is_tile
            FROM renditions WHERE sha256 = ? AND rotation = ? AND name = ?
            """,
            (sha256, rotation, name),
        ).fetchone(),
        None,
    )
    if row is None:
        return None
    media_type, width, height, data, is_tile = row
    return Rendition(name, media_type, width, height, data, bool(is_tile))


def put(
    cache: Cache, sha256: str, rotation: int, renditions: Iterable[Rendition]
) -> None:
    """Keep the renditions of one photo."""
    put_many(cache, [((sha256, rotation), renditions)])


def put_many(
    cache: Cache,
    photos: Iterable[tuple[Key, Iterable[Rendition]]],
    wanted: Wanted | None = None,
) -> None:
    """Keep the renditions of many photos, in one transaction.

    :param wanted: says of an original whether it is one still; None: all are
    """
    now = timestamp(utc_now())
    rows = [
        (*key, r.name, r.media_type, r.width, r.height, int(r.is_tile), r.data, now)
        for key, renditions in photos
        for r in renditions
    ]

    def write(connection: Any) -> None:  # noqa: ANN401
        with transaction(connection):
            done = _left({row[0] for row in rows}, wanted)
            connection.executemany(
                "INSERT OR REPLACE INTO renditions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [row for row in rows if row[0] in done],
            )
            gone = [(sha256,) for sha256 in done]
            connection.executemany("DELETE FROM failures WHERE sha256 = ?", gone)

    attempt(cache, write, None)


def _left(keys: set[str], wanted: Wanted | None) -> set[str]:
    """Those that are wanted still, while nobody else writes to the cache.

    A purge ends the record and then waits for the cache to remove what is kept there
    (``drop``): whatever is asked here finds either the record, which is to go, or that
    there is none. So nothing of a photo can come after its purge.
    """
    return keys if wanted is None else {key for key in keys if wanted(key)}


def note_failure(
    cache: Cache, sha256: str, reason: str, wanted: Wanted | None = None
) -> None:
    """Remember that this file gives no picture, so that it is not tried again.

    :param wanted: as for ``put_many``
    """
    row = (sha256, reason, reader(), timestamp(utc_now()))

    def write(connection: Any) -> None:  # noqa: ANN401
        with transaction(connection):
            if _left({sha256}, wanted):
                connection.execute(
                    "INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?)", row
                )

    attempt(cache, write, None)


def failure(cache: Cache, sha256: str) -> str | None:
    """Why this file gave no picture, when today's readers have tried it."""
    row = attempt(
        cache,
        lambda connection: connection.execute(
            "SELECT reason FROM failures WHERE sha256 = ? AND reader = ?",
            (sha256, reader()),
        ).fetchone(),
        None,
    )
    return row[0] if row else None


def missing(cache: Cache, wanted: Iterable[Key]) -> Iterator[Key]:
    """Those of ``wanted`` that lack a rendition and have not failed, in order."""
    waiting = iter(wanted)
    while some := list(islice(waiting, 500)):
        yield from attempt(cache, lambda connection: _lacking(connection, some), some)


def _lacking(connection: Any, keys: list[Key]) -> list[Key]:  # noqa: ANN401
    known = """
        SELECT EXISTS (SELECT 1 FROM failures WHERE sha256 = ?1 AND reader = ?3)
        OR (SELECT count(*) FROM renditions WHERE sha256 = ?1 AND rotation = ?2
            AND name IN (?4, ?5, ?6)) >= 3
    """
    version = reader()
    return [
        key
        for key in keys
        if not connection.execute(known, (*key, version, *NAMES)).fetchone()[0]
    ]


def forget(cache: Cache, key: str) -> None:
    """Remove renditions that others stand in for now; what they showed is no secret."""

    def write(connection: Any) -> None:  # noqa: ANN401
        connection.execute("DELETE FROM renditions WHERE sha256 = ?", (key,))

    attempt(cache, write, None)


def drop(cache: Cache, sha256: str) -> None:
    """Remove all that is kept of one photo, for good: a purge leaves no thumbnail.

    ``secure_delete`` overwrites it in the file, and the checkpoint in the WAL.

    :raises StoreError: it could not be removed
    """

    def write(connection: Any) -> bool:  # noqa: ANN401
        with transaction(connection):
            for table in _OF_A_PHOTO:
                connection.execute(f"DELETE FROM {table} WHERE sha256 = ?", (sha256,))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return True

    if not attempt(cache, write, default=False) and cache.path.exists():
        raise StoreError(cache.path, "the renditions could not be removed")


def get_or_make(  # noqa: PLR0917 - one photo, and what makes it
    cache: Cache, pool: Pool, path: Path, sha256: str, rotation: int, name: str
) -> Rendition:
    """Return one rendition, made and kept when it is not there.

    Those that every photo has are made together; any other alone.

    Callers who ask for the same photo at once share one making.

    :param path: the original
    :raises DamagedFile: there is no picture in it (remembered, so this comes at once)
    :raises StoreError: it cannot be read
    """
    key = (sha256, rotation)
    names = NAMES if name in NAMES else (name,)
    if found := get(cache, sha256, rotation, name):
        return found
    with cache.lock:
        future = cache.under_way.get((key, names))
        mine = future is None
        if future is None:
            future = cache.under_way[key, names] = Future()
    if mine:
        _make_once(cache, pool, path, (key, names), future)
    return next(item for item in future.result() if item.name == name)


def _make_once(
    cache: Cache,
    pool: Pool,
    path: Path,
    wanted: tuple[Key, Names],
    future: Future[tuple[Rendition, ...]],
) -> None:
    """Settle ``future``, whatever happens."""
    try:
        future.set_result(_kept(cache, *wanted) or _make(cache, pool, path, *wanted))
    except BaseException as error:  # noqa: BLE001 - raised by future.result()
        future.set_exception(error)
    finally:
        with cache.lock:
            del cache.under_way[wanted]


def _kept(cache: Cache, key: Key, names: Names) -> tuple[Rendition, ...]:
    """All that are wanted, when another has made them just now."""
    found = [get(cache, *key, name) for name in names]
    return tuple(item for item in found if item) if all(found) else ()


def _make(
    cache: Cache, pool: Pool, path: Path, key: Key, names: Names
) -> tuple[Rendition, ...]:
    sha256, rotation = key
    if reason := failure(cache, sha256):
        raise DamagedFile(path, reason)
    outcome = pool.submit("archive.renditions:render", str(path), rotation, names)
    if outcome.error and outcome.error.type == "StoreError":
        raise StoreError(path, outcome.error.reason)
    reason = outcome.error.reason if outcome.error else ""
    if not reason:
        try:
            made = renditions_from(outcome.value)
        except ValueError as error:
            reason = str(error)
    if reason:
        note_failure(cache, sha256, reason)
        raise DamagedFile(path, reason)
    put(cache, sha256, rotation, made)
    if not path.exists():  # purged meanwhile: nothing of it may come after that
        drop(cache, sha256)
        raise StoreError(path, "the original is gone")
    return made


@lru_cache(maxsize=1)
def reader() -> str:
    """The versions of what makes renditions."""
    versions = [f"renderer {RENDERER}"]
    for name in ("pillow", "pi-heif"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions.append(f"{name} {metadata.version(name)}")
    return ", ".join(versions)


def attempt(cache: Cache, work: Callable[[Any], T], default: T) -> T:
    """Do ``work`` with the connection; on ruins once more with a new, empty cache.

    :param default: the answer when the cache cannot be used now (locked, disk full,
        read-only): whoever asks does without
    """
    with cache.lock:
        for last in (False, True):
            try:
                return work(_connected(cache))
            except (sqlite3.DatabaseError, _Foreign) as error:
                if isinstance(error, sqlite3.ProgrammingError):
                    raise
                if last or not _ruined(error):
                    return default
                _discard(cache)
    return default


class _Foreign(Exception):
    """The file is a database of another kind or version."""


def _ruined(error: Exception) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, _Foreign) or code is None or code & 0xFF in _RUINED


def _discard(cache: Cache) -> None:
    """Throw the file away. A reader elsewhere keeps what it has open."""
    cache.close()
    for suffix in ("", "-wal", "-shm", "-journal"):
        with contextlib.suppress(OSError):
            Path(f"{cache.path}{suffix}").unlink()


def _connected(cache: Cache) -> Any:  # noqa: ANN401
    """The connection, opened again when the file was deleted or replaced."""
    if cache.connection is None or _identity(cache.path) != cache.identity:
        cache.close()
        cache.connection = _connect(cache.path)
        cache.identity = _identity(cache.path)
    return cache.connection


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _connect(path: Path) -> Any:  # noqa: ANN401
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: Any) -> None:  # noqa: ANN401
    connection.execute("PRAGMA page_size = 16384")  # of a new file; suits blobs
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    if _stamp(connection) == (0, 0):
        connection.execute(f"PRAGMA journal_mode = {journal_mode()}")
        with transaction(connection):
            if _stamp(connection) == (0, 0):  # nobody was quicker
                _create(connection)
    if _stamp(connection) != (APPLICATION_ID, VERSION):
        raise _Foreign


def _stamp(connection: Any) -> tuple[int, int]:  # noqa: ANN401
    kind = connection.execute("PRAGMA application_id").fetchone()[0]
    return kind, connection.execute("PRAGMA user_version").fetchone()[0]


def _create(connection: Any) -> None:  # noqa: ANN401
    for statement in SCHEMA:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


@contextlib.contextmanager
def transaction(connection: Any) -> Iterator[None]:  # noqa: ANN401
    """Write all that the body writes, or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")  # without WAL, who reads may hold it up
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
