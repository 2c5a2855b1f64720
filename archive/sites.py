"""Which copy of an archive this is: a folder that was copied is another site.

Two laptops that hold one archive tell their changes apart by the site where each was
made (``sync.exchanging``). Nobody says that a folder was copied, so it is noticed at
the first change: the database lies on another computer or disk, or is another file.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from weakref import WeakSet

from archive.database import Connection, path_of
from archive.identity import new_uuid
from archive.sqlite import sqlite3

_MACHINE = Path("/etc/machine-id")
_settled: WeakSet[Connection] = WeakSet()


@dataclass(frozen=True, slots=True)
class Sites:
    """The sites where the batches of an archive were made.

    :param since: ascending, for each site in ``names`` the number of the last batch
        that was made before it
    """

    names: tuple[str, ...]
    since: tuple[int, ...]

    @property
    def own(self) -> str:
        """The site that this is."""
        return self.names[-1]

    def of(self, batch: int) -> str:
        """Return the site where a batch was made."""
        return self.names[max(0, bisect_left(self.since, batch) - 1)]


def settle(connection: sqlite3.Connection) -> None:
    """Notice, before the first batch of a connection, where its archive lies now.

    Inside a transaction that writes.
    """
    if connection in _settled:
        return
    place = _place(connection)
    row = connection.execute(
        "select place from exchange_sites order by id desc limit 1"
    ).fetchone()
    if row is None or row[0] != place:
        begin_site(connection, place)
    elif isinstance(connection, Connection):
        _settled.add(connection)


def begin_site(connection: sqlite3.Connection, place: str | None = None) -> str:
    """Be another site from now on. Returns its name.

    :param place: where it lies; None: as before, but its history is another's
    """
    site = new_uuid()
    connection.execute(
        """
        insert into exchange_sites (site, place, since)
        values (?, ?, (select coalesce(max(id), 0) from batches))
        """,
        (site, place or _place(connection)),
    )
    return site


def sites_of(connection: sqlite3.Connection) -> Sites:
    """Return all sites that an archive has been; inside a batch."""
    rows = connection.execute(
        "select site, since from exchange_sites order by id"
    ).fetchall()
    return Sites(tuple(row[0] for row in rows), tuple(row[1] for row in rows))


def _place(connection: sqlite3.Connection) -> str:
    """Return what tells this copy of the database from every other one."""
    try:
        path = path_of(connection)
        found = path.stat()
        where = f"{_disk(path) or found.st_dev}:{found.st_ino}"
    except OSError:
        where = ""
    return hashlib.sha256(f"asbuilt:{_machine()}:{where}".encode()).hexdigest()


def _disk(path: Path) -> int:
    """Return the number of a file system, where it has one of its own; else 0.

    ext4 and btrfs make it of their UUID, so that it stays when disks are numbered in
    another order at the next start, as ``st_dev`` does not.
    """
    return os.statvfs(path).f_fsid if hasattr(os, "statvfs") else 0


@cache
def _machine() -> str:
    """Return what this computer is known by; it leaves no archive but hashed."""
    try:
        return _MACHINE.read_text("ascii").strip()
    except (OSError, UnicodeError):
        return f"{uuid.getnode():x}"
