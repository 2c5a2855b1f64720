"""What a state holds: copies of the databases, and what they name."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from archive.accounts import store as accounts
from archive.backups.reports import Taken
from archive.backups.snapshot import snapshot
from archive.backups.states import make_private, sha256_of
from archive.clock import timestamp, utc_now
from archive.database import DATABASE, MARKER, Archive, connect
from archive.disk import storing, sync_file
from archive.errors import StoreError
from archive.identity import new_uuid
from archive.originals import Stored
from archive.settings import get_setting
from archive.sqlite import sqlite3

NEEDED = frozenset({DATABASE, MARKER})
MAP = re.compile(r"[0-9a-f]{64}\.[0-9a-z]{1,8}")  # the name of a plan's file
REST = "-shm"  # beside a database; of no use to who comes later


@dataclass(frozen=True, slots=True)
class Contents:
    """What the copied database says of itself."""

    title: str
    photos: int
    originals: int
    bytes: int


def state_name(now: str) -> str:
    """Return the name of a state that is taken now; the newest sorts last."""
    return f"{now[:19].replace(':', '').replace('-', '')}Z-{new_uuid()[-6:]}"


def moment() -> str:
    """Return when it is, UTC."""
    return timestamp(utc_now())


def copy_databases(archive: Archive, building: Path) -> None:
    """Copy the databases as they are at one moment, by processes of their own.

    :raises DamagedArchive: one is damaged
    :raises StoreError: it cannot be read or written
    """
    snapshot(archive.folder / DATABASE, building / DATABASE)
    secrets = archive.folder / accounts.DATABASE
    if secrets.is_file():
        with storing(building):
            make_private(building / accounts.DATABASE)
        snapshot(secrets, building / accounts.DATABASE)
    with storing(building):
        shutil.copyfile(archive.folder / MARKER, building / MARKER)
        sync_file(building / MARKER)


def contents_of(building: Path) -> Contents:
    """Return what the copy says of itself."""
    with closing(connect(building / DATABASE)) as copy:
        row = copy.execute(
            "select (select count(*) from photos), count(*), coalesce(sum(bytes), 0)"
            " from originals"
        ).fetchone()
        return Contents(str(get_setting(copy, "project_name")), *row)


def names_in(copy: sqlite3.Connection) -> Iterator[tuple[Stored, int]]:
    """Yield the originals that a copy names, and their bytes, ordered by name."""
    rows = copy.execute(
        "select sha256, extension, bytes from originals order by sha256"
    )
    for sha256, extension, size in rows:
        yield Stored(sha256, extension), size


def maps_in(copy: sqlite3.Connection) -> dict[str, int]:
    """Return the names, below maps/, and the bytes of the files of a copy's plans."""
    rows = copy.execute("select sha256 || '.' || extension, bytes from plans")
    return {name: size for name, size in rows if MAP.fullmatch(name)}


def description(
    building: Path, now: str, taken: Taken, contents: Contents
) -> Mapping[str, object]:
    """Return what a state says of itself.

    :raises StoreError: its files cannot be read, or others are there
    """
    with storing(building):
        # SQLite does not say when it cannot remove its memory of who reads
        for rest in building.glob(f"*{REST}"):
            rest.unlink()
        files = {path.name: sha256_of(path) for path in sorted(building.iterdir())}
    if not NEEDED <= files.keys() <= NEEDED | {accounts.DATABASE}:
        names = ", ".join(sorted(files))
        raise StoreError(building, f"holds {names}; the disk fails")
    return {
        "taken_at": now,
        "title": contents.title,
        "photos": contents.photos,
        "originals": contents.originals,
        "bytes": contents.bytes,
        "files": files,
        "missing": [name for name, _ in taken.missing],
        "lacking": taken.lacking,
    }
