"""The originals: each is read whole and hashed, whatever its size and time say.

Those that were read longest ago come first, so that many short runs see all of them.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.clock import timestamp, utc_now
from archive.database import Archive
from archive.disk import drop_from_memory, reason
from archive.originals import INCOMING, Stored, path_of
from archive.sqlite import sqlite3
from archive.verifying.checks import Check, Fault, mend, note, read_some

_SOME = 32  # files between two transactions
_PIECE = 1 << 20
FAULTS = ("absent", "other bytes", "unreadable")
_NAME = re.compile(r"^[0-9a-f]{64}\.[0-9a-z]{1,8}$")


@dataclass(frozen=True, slots=True)
class Original:
    """An original as the database has it."""

    id: int
    stored: Stored
    bytes: int


def due(
    connection: sqlite3.Connection, before: str, limit: int = _SOME
) -> list[Original]:
    """Return originals that were not read since then, the longest ago first."""
    rows = connection.execute(
        "select id, sha256, extension, bytes from originals"
        " where verified_at is null or verified_at < ?"
        " order by verified_at, id limit ?",
        (before, limit),
    )
    return [Original(row[0], Stored(row[1], row[2]), row[3]) for row in rows]


def verify_some(
    archive: Archive,
    check: Check,
    some: Sequence[Original],
    go_on: Callable[[], bool],
) -> list[Fault]:
    """Read some originals, and keep what was found. Returns what is wrong.

    :param go_on: asked before each file; those that are left are due again
    """
    looked: list[tuple[Original, Fault | None]] = []
    for one in some:
        if not go_on():
            break
        looked.append((one, look_at(archive.originals, one)))
    _keep(archive.connection, check, looked)
    return [fault for _, fault in looked if fault]


def look_at(originals: Path, one: Original) -> Fault | None:
    """Read an original. Returns what is wrong with it."""
    path, name = path_of(originals, one.stored), one.stored.name
    try:
        digest = hashed(path)
    except FileNotFoundError:
        return Fault("absent", name, f"originals/{name} is not there")
    except OSError as error:
        why = f"originals/{name} cannot be read: {reason(error)}"
        return Fault("unreadable", name, why)
    if digest != one.stored.sha256:
        why = f"originals/{name} holds other bytes than it was stored with"
        return Fault("other bytes", name, why)
    return None


def hashed(path: Path) -> str:
    """Return the SHA-256 of a file as it is on the disk.

    What was read is dropped from memory, so that the next reading is from the disk, and
    that it takes no room from what people work with.

    :raises OSError: it cannot be read
    """
    with path.open("rb", buffering=0) as file:
        drop_from_memory(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        drop_from_memory(file.fileno())
    return digest


def _keep(
    connection: sqlite3.Connection,
    check: Check,
    looked: Sequence[tuple[Original, Fault | None]],
) -> None:
    """Keep when each was read, and what was wrong; in one transaction."""
    # A clock that was put back since would make them due again, for ever
    now = max(timestamp(utc_now()), check.started_at)
    connection.execute("BEGIN IMMEDIATE")
    try:
        for one, fault in looked:
            connection.execute(
                "update originals set verified_at = ? where id = ?", (now, one.id)
            )
            kinds = [what for what in FAULTS if not fault or what != fault.what]
            mend(connection, kinds, one.stored.name)
        note(connection, check, (fault for _, fault in looked if fault))
        whole = [one.bytes for one, fault in looked if not fault]
        read_some(connection, check, len(looked), sum(whole))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def orphans(archive: Archive) -> Iterator[Fault]:
    """Yield files below ``originals`` that no record has.

    They are left alone: perhaps the database is one of an older backup.
    """
    known = archive.connection
    for name in _names(archive.originals):
        sha256 = Path(name).name.partition(".")[0]
        row = known.execute(
            "select sha256, extension from originals where sha256 = ?", (sha256,)
        ).fetchone()
        if row is None or Stored(*row).name != name:
            yield Fault("orphan", name, f"originals/{name}: no record has this file")


def _names(originals: Path) -> Iterator[str]:
    """Yield the files below ``originals``, but for those on their way."""
    with os.scandir(originals) as shelves:
        folders = sorted(shelf.name for shelf in shelves if shelf.is_dir())
    for folder in folders:
        if folder.startswith(INCOMING):
            continue
        for file in sorted((originals / folder).iterdir()):
            if _NAME.match(file.name) or not file.name.startswith("."):
                yield f"{folder}/{file.name}"
