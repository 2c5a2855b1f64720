"""The files: each is read whole and hashed, whatever its size and time say.

First the originals, those that were read longest ago before the others, so that many
short runs see all of them; then plans and maps.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from archive import originals
from archive.clock import timestamp, utc_now
from archive.database import ORIGINALS, Archive
from archive.disk import drop_from_memory, reason
from archive.jobs.records import transaction
from archive.originals import INCOMING, Stored
from archive.plans import files as plans
from archive.sqlite import sqlite3
from archive.verifying.checks import Check, Fault, mend, note, read_some

_SOME = 32  # files between two transactions
_AT_ONCE = 500  # strays that are looked at again while nobody else writes
FAULTS = ("absent", "other bytes", "unreadable")
_NAME = re.compile(r"^[0-9a-f]{64}\.[0-9a-z]{1,8}$")


@dataclass(frozen=True, slots=True)
class Kept:
    """A file as the database has it.

    :param table: "originals" or "plans"
    :param name: in faults: below ``originals``, or ``maps/…``
    """

    table: str
    id: int
    name: str
    path: Path
    sha256: str
    bytes: int

    @property
    def shown(self) -> str:
        """Its name below the archive's folder."""
        return self.name if self.table == "plans" else f"originals/{self.name}"


def due(archive: Archive, before: str, limit: int = _SOME) -> list[Kept]:
    """Return files that were not read since then, the longest ago first."""
    return [
        kept
        for table, made in (("originals", _original), ("plans", _plan))
        for kept in _due(archive, table, before, limit, made)
    ][:limit]


def _due(
    archive: Archive,
    table: str,
    before: str,
    limit: int,
    made: Callable[[Archive, tuple[int, str, str, int]], Kept],
) -> list[Kept]:
    rows = archive.connection.execute(
        f"select id, sha256, extension, bytes from {table}"
        " where verified_at is null or verified_at < ?"
        " order by verified_at, id limit ?",
        (before, limit),
    )
    return [made(archive, row) for row in rows.fetchall()]


def _original(archive: Archive, row: tuple[int, str, str, int]) -> Kept:
    number, sha256, extension, size = row
    stored = Stored(sha256, extension)
    path = originals.path_of(archive.originals, stored)
    return Kept("originals", number, stored.name, path, sha256, size)


def _plan(archive: Archive, row: tuple[int, str, str, int]) -> Kept:
    number, sha256, extension, size = row
    path = plans.path_of(archive.folder, sha256, extension)
    name = f"{plans.FOLDER}/{path.name}"
    return Kept("plans", number, name, path, sha256, size)


def count_due(connection: sqlite3.Connection, before: str = "9") -> int:
    """Return how many files were not read since then; "9": how many there are."""
    row = connection.execute(
        """
        select (select count(*) from originals
                where verified_at is null or verified_at < ?1)
            + (select count(*) from plans where verified_at is null or verified_at < ?1)
        """,
        (before,),
    ).fetchone()
    return int(row[0])


def verify_some(
    archive: Archive, check: Check, some: Sequence[Kept], go_on: Callable[[], bool]
) -> int:
    """Read some files, and keep what was found. Returns how many are wrong.

    :param go_on: asked before each file; those that are left are due again
    """
    looked: list[tuple[Kept, Fault | None]] = []
    try:
        for one in some:
            if not go_on():
                break
            looked.append((one, look_at(one)))
    finally:
        if looked:
            _keep(archive.connection, check, looked)
    return sum(fault is not None for _, fault in looked)


def look_at(one: Kept) -> Fault | None:
    """Read a file. Returns what is wrong with it."""
    try:
        digest = hashed(one.path)
    except FileNotFoundError:
        return Fault("absent", one.name, f"{one.shown} is not there")
    except OSError as error:
        why = f"{one.shown} cannot be read: {reason(error)}"
        return Fault("unreadable", one.name, why)
    if digest != one.sha256:
        why = f"{one.shown} holds other bytes than it was stored with"
        return Fault("other bytes", one.name, why)
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


def is_right(path: Path, sha256: str) -> bool:
    """Whether a file is there, can be read, and holds these very bytes."""
    try:
        return hashed(path) == sha256
    except OSError:
        return False


def _keep(
    connection: sqlite3.Connection,
    check: Check,
    looked: Sequence[tuple[Kept, Fault | None]],
) -> None:
    """Keep when each was read, and what was wrong; in one transaction."""
    # A clock that was put back since would make them due again, for ever
    now = max(timestamp(utc_now()), check.started_at)
    with transaction(connection):
        for one, fault in looked:
            connection.execute(
                f"update {one.table} set verified_at = ? where id = ?", (now, one.id)
            )
            kinds = [what for what in FAULTS if not fault or what != fault.what]
            mend(connection, kinds, one.name)
        note(connection, check, (fault for _, fault in looked if fault))
        whole = [one.bytes for one, fault in looked if not fault]
        read_some(connection, check, len(looked), sum(whole))


def orphans(archive: Archive) -> Iterator[Fault]:
    """Yield files below ``originals`` and ``maps`` that no record has.

    They are left alone: perhaps the database is one of an older backup. What looks like
    one is looked at again while nobody else writes: an import names its files before
    their records are there.
    """
    strays = (name for name in _names(archive.folder) if not _is_known(archive, name))
    while some := list(islice(strays, _AT_ONCE)):
        with transaction(archive.connection):
            left = [name for name in some if _is_stray(archive, name)]
        for name in left:
            subject = name.removeprefix(f"{ORIGINALS}/")
            yield Fault("orphan", subject, f"{name}: no record has this file")


def _is_stray(archive: Archive, name: str) -> bool:
    return not _is_known(archive, name) and os.path.lexists(archive.folder / name)


def _is_known(archive: Archive, name: str) -> bool:
    """Whether a record has a file, by its name below the archive's folder."""
    is_plan = name.startswith(f"{plans.FOLDER}/")
    table = "plans" if is_plan else "originals"
    sha256 = Path(name).name.partition(".")[0]
    row = archive.connection.execute(
        f"select sha256, extension from {table} where sha256 = ?", (sha256,)
    ).fetchone()
    if is_plan and row is None:
        return _was_plan(archive.connection, sha256)
    if row is None:
        return False
    if is_plan:
        return plans.path_of(Path(), *row).as_posix() == name
    return f"{ORIGINALS}/{Stored(*row).name}" == name


def _was_plan(connection: sqlite3.Connection, sha256: str) -> bool:
    """Whether a file is of a plan that was taken off the map: kept for an undo."""
    row = connection.execute(
        "select 1 from changes where entity = 'plan'"
        " and (instr(old, ?1) > 0 or instr(new, ?1) > 0) limit 1",
        (sha256,),
    ).fetchone()
    return row is not None


def _names(folder: Path) -> Iterator[str]:
    """Yield the files of originals, plans and maps, but for those on their way."""
    shelves = []
    for path in sorted((folder / ORIGINALS).iterdir()):
        if path.is_dir():
            shelves.append(f"{ORIGINALS}/{path.name}")
        elif not path.name.startswith("."):
            yield f"{ORIGINALS}/{path.name}"
    for shelf in (*shelves, plans.FOLDER):
        if Path(shelf).name.startswith(INCOMING) or not (folder / shelf).is_dir():
            continue
        for file in sorted((folder / shelf).iterdir()):
            if _NAME.match(file.name) or not file.name.startswith("."):
                yield f"{shelf}/{file.name}"
