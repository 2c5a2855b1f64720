"""Opening and making archives: the folder, its marker, the connection to archive.db."""

from __future__ import annotations

import json
import os
import shutil
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from archive import locks, migrations
from archive.clock import timestamp, utc_now
from archive.disk import flush, sync_folder
from archive.errors import (
    ArchiveError,
    ArchiveLocked,
    DamagedArchive,
    InvalidInput,
    NewerFormat,
    NotAnArchive,
    StoreError,
)
from archive.identity import clean_name, new_uuid
from archive.sqlite import journal_mode, sqlite3

MARKER = ".asbuilt"
DATABASE = "archive.db"
ORIGINALS = "originals"
BUSY_SECONDS = 30.0  # how long a writer waits for another before it gives up
_LONGEST_MARKER = 65_536  # bytes; ours are 250

SALVAGE_HINT = (
    "nothing was written. The photo files in originals/ are not touched by this and"
    " need no database. Copy the whole folder before anything else; then 'asbuilt"
    " salvage ARCHIVE OUT.db' brings what can still be read of descriptions, albums"
    " and history into a new database and says what is missing"
)
_MISSING_HINT = (
    "nothing was written. The photo files in originals/ are not touched by this and"
    " need no database. What people wrote is in a backup: 'asbuilt restore BACKUP"
    " ARCHIVE' makes a new folder of one"
)
_DAMAGED = "the database is damaged"

# Primary result codes, https://www.sqlite.org/rescode.html
_BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = (
    *(5, 6, 8, 10),
    *(11, 13, 14, 26),
)
# What those that are about the disk mean to a person
_PLAINLY = {
    _READONLY: "it or its folder is read-only; nothing was changed",
    _IOERR: "the disk failed while it was read or written",
    _FULL: "the disk is full; nothing of this change was kept",
    _CANTOPEN: "it cannot be opened; from a read-only folder, copy it elsewhere",
}
# How the same are worded, for a library that tells no codes
_WORDS = {
    "locked": _BUSY,
    "readonly": _READONLY,
    "disk i/o": _IOERR,
    "malformed": _CORRUPT,
    "unsupported file format": _CORRUPT,
    "disk is full": _FULL,
    "unable to open": _CANTOPEN,
    "not a database": _NOTADB,
}


class Connection(sqlite3.Connection):  # type: ignore[misc,unused-ignore]
    """A connection of ours; a class of its own so that it can be known again.

    :ivar waiting: called with who is writing, when a writer has to wait (waiting.py)
    :ivar doubtful: SQLite took a transaction back by itself (batches.py)
    """

    waiting: Callable[[str], None] | None = None
    doubtful: bool = False


# our connections: (device, inode) of the file that each has open
_ours: weakref.WeakKeyDictionary[Connection, tuple[int, int] | None] = (
    weakref.WeakKeyDictionary()
)


@dataclass(frozen=True, slots=True)
class Archive:
    """An open archive.

    :param folder: where it lies; stored nowhere inside it
    :param connection: to ``archive.db``, in autocommit mode
    :param uuid: the archive's own, from the marker
    """

    folder: Path
    connection: Connection
    uuid: str

    @property
    def originals(self) -> Path:
        """The folder of the photo files."""
        return self.folder / ORIGINALS

    def close(self) -> None:
        """Close the database."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def create_archive(
    folder: Path, name: str, owner: str = "Owner", *, uuid: str | None = None
) -> None:
    """Make a new archive with one person, its owner and admin.

    It is built beside the folder and moved into place when whole, so that a crash
    leaves no half archive.

    :param uuid: of the archive that this is another copy of; None: of none
    :raises InvalidInput: when the folder is there and not empty
    :raises StoreError: when it cannot be written
    """
    name = clean_name(name, "archive")
    parent = folder.absolute().parent
    building = parent / f".asbuilt-new-{new_uuid()[-12:]}"
    _require_utf8(folder / DATABASE)
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InvalidInput(f"{folder}: is there already and is not an empty folder")
        parent.mkdir(parents=True, exist_ok=True)
        building.mkdir()
        _fill(building, name, owner, uuid or new_uuid())
        if folder.exists():
            folder.rmdir()
        building.rename(folder)
        sync_folder(parent)
    except OSError as error:
        raise StoreError(folder, error.strerror or str(error)) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _fill(folder: Path, name: str, owner: str, uuid: str) -> None:
    from archive import setup  # needs the whole of archive, this module included

    (folder / ORIGINALS).mkdir()
    connection = connect(folder / DATABASE)
    try:
        connection.execute(f"PRAGMA journal_mode = {journal_mode()}")
        migrations.migrate(connection)
        setup.first_rows(connection, name, owner)
    finally:
        connection.close()
    write_marker(
        folder,
        {
            "format": migrations.FORMAT,
            "uuid": uuid,
            "created_at": timestamp(utc_now()),
            "what": "asbuilt photo archive: archive.db is SQLite, originals/ holds"
            " the files",
        },
    )


def write_marker(folder: Path, marker: dict[str, object]) -> None:
    """Write the marker file, whole or not at all."""
    fresh = folder / f"{MARKER}.new"
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(marker, file, indent=2)
        file.write("\n")
        file.flush()
        flush(file.fileno())
    fresh.replace(folder / MARKER)
    sync_folder(folder)


def read_marker(folder: Path) -> dict[str, object]:
    """Return what the marker file says.

    :raises NotAnArchive: no such folder, no marker, or one that is none
    :raises NewerFormat: made by a newer version
    """
    try:
        with (folder / MARKER).open("rb") as file:
            text = file.read(_LONGEST_MARKER)
    except OSError as error:
        raise NotAnArchive(f"{folder}: {_why_unreadable(folder, error)}") from None
    try:
        marker = json.loads(text)
    except (ValueError, RecursionError):
        marker = None
    if (
        not isinstance(marker, dict)
        or not isinstance(marker.get("format"), int)
        or not isinstance(marker.get("uuid"), str)
    ):
        raise NotAnArchive(
            f"{folder / MARKER}: is not an archive's marker; if archive.db and"
            " originals are there, copy the marker back from a backup"
        )
    _refuse_newer(folder, marker["format"])
    return marker


def _why_unreadable(folder: Path, error: OSError) -> str:
    try:
        if not folder.exists():
            return "there is no such folder (or its disk is absent)"
        if not folder.is_dir():
            return "is a file, not a folder"
    except OSError:
        pass  # the first error says it
    if isinstance(error, FileNotFoundError) and (folder / DATABASE).is_file():
        return (
            f"its {MARKER} file is missing; copy it back from a backup (docs/format.md"
            " tells what stands in it)"
        )
    if isinstance(error, FileNotFoundError):
        return f"not an archive (it has no {MARKER} file); 'asbuilt init' makes one"
    return f"its {MARKER} file cannot be read ({error.strerror})"


def _refuse_newer(folder: Path, found: int) -> None:
    if found > migrations.FORMAT:
        raise NewerFormat(
            f"{folder}: was made by a newer asbuilt (format {found}; this one reads"
            f" up to {migrations.FORMAT}); nothing was changed, please update asbuilt"
        )


def open_archive(folder: Path, *, busy_seconds: float | None = None) -> Archive:
    """Open an archive, bringing an older one up to this version's format.

    :param busy_seconds: how long to wait for another writer; None: ``BUSY_SECONDS``
    :raises NotAnArchive: the folder is none, or its disk is absent
    :raises NewerFormat: made by a newer version
    :raises DamagedArchive: the database is damaged
    :raises ArchiveLocked: another process kept it locked
    """
    marker = read_marker(folder)
    path = folder / DATABASE
    if not path.is_file():
        raise DamagedArchive(f"{path}: is missing; {_MISSING_HINT}")
    refuse_second_library(path)
    with database_errors(folder):
        connection = connect(path, busy_seconds)
        try:
            _bring_up(folder, connection)
        except BaseException:
            connection.close()
            raise
    if marker["format"] != migrations.FORMAT:
        write_marker(folder, {**marker, "format": migrations.FORMAT})
    return Archive(folder, connection, str(marker["uuid"]))


def _bring_up(folder: Path, connection: Connection) -> None:
    """Check the format of an open database, and migrate it when it is an older one."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    _refuse_newer(folder, version)
    if version < 1:  # a new archive is whole before it gets its name
        raise DamagedArchive(
            f"{folder / DATABASE}: {_DAMAGED} (it is empty); {SALVAGE_HINT}"
        )
    if version < migrations.FORMAT:
        migrations.migrate(connection)
    if journal_mode() == "TRUNCATE":
        connection.execute("PRAGMA journal_mode = TRUNCATE")


def connect(path: Path, busy_seconds: float | None = None) -> Connection:
    """Open a database file with the settings that hold everywhere.

    :raises StoreError: SQLite cannot tell such a path again, which is no UTF-8
    """
    _require_utf8(path)
    wait = BUSY_SECONDS if busy_seconds is None else busy_seconds
    name = address(path)
    connection = sqlite3.connect(
        name, isolation_level=None, timeout=wait, factory=Connection, uri=name != path
    )
    try:
        configure(connection)
    except BaseException:  # else it stays open as long as the error is looked at
        connection.close()
        raise
    adopt(connection)
    return connection  # type: ignore[no-any-return,unused-ignore]


def _require_utf8(path: Path) -> None:
    try:
        os.fsencode(path.absolute()).decode()
    except UnicodeDecodeError:
        why = "its name, or that of a folder above it, is not UTF-8; rename that folder"
        raise StoreError(path.parent, why) from None


def address(path: Path) -> str | Path:
    """Return what SQLite opens a database by: an address where it lies still.

    No log and no lock can be written beside it then, nor need they.
    """
    if not is_on_read_only_disk(path):
        return path
    return f"{path.absolute().as_uri()}?immutable=1"


def is_on_read_only_disk(path: Path) -> bool:
    """Whether a database lies still on a disk that is read-only: a locked stick, a DVD.

    Not where something lies beside it: a log that is to be brought in, the journal of a
    change that was cut off, or what processes share while one of them has it open. A
    folder that is mounted read-only, and written to elsewhere, is no such disk.
    """
    if not hasattr(os, "statvfs"):
        return False
    try:
        read_only = bool(os.statvfs(path).f_flag & os.ST_RDONLY)
        return read_only and not any(map(_matters, _beside(path)))
    except OSError:
        return False


def _beside(path: Path) -> list[Path]:
    return [path.with_name(path.name + end) for end in ("-wal", "-journal", "-shm")]


def _matters(path: Path) -> bool:
    """Whether a file beside a database says that it is not still."""
    if path.name.endswith("-shm"):
        return path.exists()
    return path.exists() and path.stat().st_size > 0


def full_sync(connection: sqlite3.Connection) -> None:
    """Let what is committed reach the disk itself: macOS has a call for it, or none.

    As ``disk.flush`` for files (https://sqlite.org/pragma.html#pragma_fullfsync).
    """
    connection.execute("PRAGMA fullfsync = ON")
    connection.execute("PRAGMA checkpoint_fullfsync = ON")


def configure(connection: sqlite3.Connection) -> None:
    """Set the pragmas that every connection to an archive needs."""
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    full_sync(connection)
    connection.execute("PRAGMA trusted_schema = ON")  # triggers use the FTS5 table
    # KiB, for who writes much or reads through all of it. A server's many readers keep
    # less each (plugins/databases.py).
    connection.execute("PRAGMA cache_size = -65536")


def adopt(connection: Connection) -> None:
    """Count a connection that somebody else opened with our library as ours."""
    _ours[connection] = _identity(path_of(connection))


def _all_ours() -> list[tuple[Connection, tuple[int, int] | None]]:
    while True:
        try:
            return list(_ours.items())
        except RuntimeError:  # another thread opened one meanwhile
            continue


def path_of(connection: sqlite3.Connection) -> Path:
    """Return the database file that a connection has open."""
    for _, name, path in connection.execute("PRAGMA database_list"):
        if name == "main":
            return Path(path)
    raise AssertionError


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _is_open(connection: Connection) -> bool:
    try:
        connection.total_changes  # noqa: B018  # asks a closed connection anything
    except sqlite3.ProgrammingError as error:
        return "closed" not in str(error)  # else: it belongs to another thread
    return True


def refuse_second_library(path: Path) -> None:
    """Refuse when something else in this process has the database file open.

    A second SQLite library, or a plain ``open()``, would drop our locks and lose
    committed rows. Seen through ``/proc``; elsewhere nothing can be seen.

    :raises ArchiveError: naming the file
    """
    identity = _identity(path)
    if any(file == identity and _is_open(c) for c, file in _all_ours()):
        return  # ours: the same library may open a file as often as it likes
    try:
        handles = list(Path("/proc/self/fd").iterdir())
    except OSError:
        return
    for handle in handles:
        if identity and _identity(handle) == identity:
            raise ArchiveError(
                f"{path}: something else in this program has the database open;"
                " a second SQLite library would damage it"
            )


@contextmanager
def database_errors(folder: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours, with words for a person.

    :raises ArchiveLocked: another process is writing; says which, where it can be known
    :raises DamagedArchive: the file is damaged
    :raises StoreError: the disk is full or read-only
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        told = explain(error, folder / DATABASE)
        if told is None:
            raise
        raise told from error


def explain(error: sqlite3.DatabaseError, path: Path) -> ArchiveError | None:
    """Return what an error of SQLite's means to a person.

    None when it is about the SQL, not about the file: then it is the program's fault.
    """
    code = _code(error)
    if code in (_BUSY, _LOCKED):
        who = locks.who_writes(path)
        return ArchiveLocked(f"{path.parent}: {who}; nothing was changed", key="locked")
    if code in (_CORRUPT, _NOTADB):
        return DamagedArchive(f"{path}: {_DAMAGED} ({error}); {SALVAGE_HINT}")
    if code in (_FULL, _READONLY, _CANTOPEN, _IOERR):
        return StoreError(path, f"{_PLAINLY[code]} ({error})")
    return None


def _code(error: sqlite3.DatabaseError) -> int:
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int) and code & 0xFF > 1:
        return code & 0xFF  # the upper bytes only refine it
    text = str(error).lower()
    return next((code for words, code in _WORDS.items() if words in text), 0)
