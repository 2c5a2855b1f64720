"""Opening and making archives: the folder, its marker, and the connection to archive.db."""

from __future__ import annotations

import json
import os
import shutil
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from archive import locks, migrations
from archive.clock import timestamp, utc_now
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

SALVAGE_HINT = (
    "nothing was written; the photo files in originals/ are whole and need no database"
)


class Connection(sqlite3.Connection):  # type: ignore[misc,unused-ignore]
    """A connection of ours; a class of its own so that it can be known again."""


_ours: weakref.WeakSet[Connection] = weakref.WeakSet()


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

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def create_archive(folder: Path, name: str, owner: str = "Owner") -> None:
    """Make a new archive with one person, its owner and admin.

    It is built beside the folder and moved into place when whole, so that a crash
    leaves no half archive.

    :raises InvalidInput: when the folder is there and not empty
    :raises StoreError: when it cannot be written
    """
    name = clean_name(name, "archive")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidInput(f"{folder}: is there already and is not an empty folder")
    parent = folder.absolute().parent
    building = parent / f".{folder.name[:100]}.new-{new_uuid()[-12:]}"
    try:
        parent.mkdir(parents=True, exist_ok=True)
        building.mkdir()
        _fill(building, name, owner)
        if folder.exists():
            folder.rmdir()
        building.rename(folder)
    except OSError as error:
        raise StoreError(folder, error.strerror or str(error)) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _fill(folder: Path, name: str, owner: str) -> None:
    from archive import setup  # needs the whole of archive, this module included

    (folder / ORIGINALS).mkdir()
    connection = connect(folder / DATABASE)
    try:
        connection.execute(f"PRAGMA journal_mode = {journal_mode()}")
        migrations.migrate(connection)
        setup.first_rows(connection, name, owner)
    finally:
        connection.close()
    marker = {
        "format": migrations.FORMAT,
        "uuid": new_uuid(),
        "created_at": timestamp(utc_now()),
        "what": "asbuilt photo archive: archive.db is SQLite, originals/ holds the files",
    }
    with (folder / MARKER).open("x", encoding="utf-8") as file:
        json.dump(marker, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())


def read_marker(folder: Path) -> dict[str, object]:
    """Return what the marker file says.

    :raises NotAnArchive: no such folder, no marker, or one that is none
    :raises NewerFormat: made by a newer version
    """
    if not folder.is_dir():
        what = (
            "is a file, not a folder" if folder.exists() else "there is no such folder"
        )
        raise NotAnArchive(f"{folder}: {what}")
    try:
        marker = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotAnArchive(
            f"{folder}: not an archive (it has no {MARKER} file);"
            " 'asbuilt init' makes one"
        ) from None
    except (OSError, ValueError) as error:
        raise NotAnArchive(f"{folder / MARKER}: cannot be read ({error})") from error
    if not isinstance(marker, dict) or not isinstance(marker.get("format"), int):
        raise NotAnArchive(f"{folder / MARKER}: is not an archive's marker")
    _refuse_newer(folder, marker["format"])
    return marker


def _refuse_newer(folder: Path, found: int) -> None:
    if found > migrations.FORMAT:
        raise NewerFormat(
            f"{folder}: was made by a newer asbuilt (format {found}; this one reads"
            f" up to {migrations.FORMAT}); nothing was changed, please update asbuilt"
        )


def open_archive(folder: Path) -> Archive:
    """Open an archive, bringing an older one up to this version's format.

    :raises NotAnArchive: the folder is none, or its disk is absent
    :raises NewerFormat: made by a newer version
    :raises DamagedArchive: the database is damaged
    :raises ArchiveLocked: another process kept it locked
    """
    marker = read_marker(folder)
    path = folder / DATABASE
    if not path.is_file():
        raise DamagedArchive(f"{path}: is missing; {SALVAGE_HINT}")
    refuse_second_library(path)
    with database_errors(folder):
        connection = connect(path)
        try:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            _refuse_newer(folder, version)
            if version < migrations.FORMAT:
                migrations.migrate(connection)
            if journal_mode() == "TRUNCATE":
                connection.execute("PRAGMA journal_mode = TRUNCATE")
        except BaseException:
            connection.close()
            raise
    return Archive(folder, connection, str(marker["uuid"]))


def connect(path: Path) -> Connection:
    """Open a database file with the settings that hold everywhere."""
    connection = sqlite3.connect(
        path, isolation_level=None, timeout=BUSY_SECONDS, factory=Connection
    )
    configure(connection)
    _ours.add(connection)
    return connection  # type: ignore[no-any-return,unused-ignore]


def configure(connection: sqlite3.Connection) -> None:
    """Set the pragmas that every connection to an archive needs."""
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA trusted_schema = ON")  # triggers use the FTS5 table


def adopt(connection: Connection) -> None:
    """Count a connection that somebody else opened with our library as ours."""
    _ours.add(connection)


def refuse_second_library(path: Path) -> None:
    """Refuse when something else in this process has the database file open.

    A second SQLite library, or a plain ``open()``, would drop our locks and lose
    committed rows. Seen through ``/proc``; elsewhere nothing can be seen.

    :raises ArchiveError: naming the file
    """
    if any(True for _ in _ours):
        return  # ours: the same library may open a file as often as it likes
    try:
        inode = os.stat(path)
        handles = os.listdir("/proc/self/fd")
    except OSError:
        return
    for handle in handles:
        try:
            found = os.stat(f"/proc/self/fd/{handle}")
        except OSError:
            continue
        if (found.st_dev, found.st_ino) == (inode.st_dev, inode.st_ino):
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
        text = str(error)
        if "locked" in text or "busy" in text:
            who = locks.who_writes(folder / DATABASE)
            raise ArchiveLocked(f"{folder}: {who}; nothing was changed") from error
        if "malformed" in text or "not a database" in text:
            raise DamagedArchive(
                f"{folder / DATABASE}: the database is damaged ({text}); {SALVAGE_HINT}"
            ) from error
        if "disk is full" in text or "readonly" in text or "unable to open" in text:
            raise StoreError(folder / DATABASE, text) from error
        raise
