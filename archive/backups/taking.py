"""Taking a state of an archive while people write to it.

First the database, then the files that *this copy of it* names: so no file that it
names is missing because it came later. A file that is in the backup already is not
copied again; what was copied is read again from the disk and compared.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from archive.accounts import store as accounts
from archive.backups.snapshot import snapshot
from archive.backups.states import (
    STATE,
    STATES,
    locked,
    make_private,
    prepare,
    require_apart,
    sha256_of,
    write_json,
)
from archive.clock import timestamp, utc_now
from archive.database import DATABASE, MARKER, Archive, connect
from archive.disk import storing, sync_folder, sync_folders
from archive.errors import FileProblem
from archive.identity import new_uuid
from archive.originals import (
    Run,
    Stored,
    begin,
    copy_in,
    end,
    path_of,
    recover,
    require_there,
)
from archive.people import Person
from archive.plans.files import FOLDER as MAPS
from archive.rights import require
from archive.settings import get_setting
from archive.sqlite import sqlite3
from archive.verifying.files import hashed

DAMAGED = "damaged"  # files of the backup that did not hold their bytes any more
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)  # said only of what is written to
_SOME = 64  # files between two syncs of folders


@dataclass(slots=True)
class Taken:
    """What was done.

    :param name: of the state
    :param copied: originals that were new to the backup; ``bytes`` of them
    :param there: originals that it had already
    :param missing: originals that were not to be had: (name, why)
    """

    name: str
    backup: str
    copied: int = 0
    bytes: int = 0
    there: int = 0
    missing: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether the backup has every file that the database names."""
        return not self.missing


def take(
    archive: Archive,
    who: Person,
    folder: Path,
    *,
    check: bool = False,
    report: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005
) -> Taken:
    """Take a state of the archive into the folder of a backup.

    :param check: read also the files that are in the backup already
    :param report: told how many files of how many
    :raises NotAllowed: ``who`` may not
    :raises Conflict: the folder holds something else, or another archive's backup
    :raises InvalidInput: the archive and the backup lie in one another
    :raises ArchiveLocked: another run writes to it
    :raises NotFound: the folder above it is not there
    :raises DamagedArchive: the database is damaged
    :raises StoreError: the backup cannot be written
    """
    require(who, "history")
    require_there(archive.originals)
    require_apart(archive.folder, folder)
    backup = prepare(folder, archive.uuid)
    with locked(folder):
        return _take(archive, folder, backup, check, report)


def _take(
    archive: Archive,
    folder: Path,
    backup: str,
    check: bool,  # noqa: FBT001
    report: Callable[[int, int], None],
) -> Taken:
    now = timestamp(utc_now())
    name = f"{now[:19].replace(':', '').replace('-', '')}Z-{new_uuid()[-6:]}"
    building = folder / STATES / f".{name}.part"
    taken = Taken(name, backup)
    try:
        with storing(folder):
            _clear_rests(folder)
            building.mkdir()
        _copy_databases(archive, building)
        facts = _copy_originals(building, archive, folder, taken, check, report)
        _copy_maps(archive.folder, folder)
        _finish(building, now, taken, facts)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return taken


def _clear_rests(folder: Path) -> None:
    """Remove what a run that died left of a state; its files are kept and counted."""
    for rest in (folder / STATES).glob(".*.part"):
        shutil.rmtree(rest, ignore_errors=True)
    recover(folder / "originals", _Everything())


class _Everything:
    """Of a backup's originals none is taken back: each was hashed, then named."""

    def knows(self, stored: Stored) -> bool:  # noqa: ARG002
        """All of them."""
        return True

    def follows(self, mark: str) -> bool:  # noqa: ARG002
        """No history."""
        return False


def _copy_databases(archive: Archive, building: Path) -> None:
    snapshot(archive.folder / DATABASE, building / DATABASE)
    secrets = archive.folder / accounts.DATABASE
    if secrets.is_file():
        with storing(building):
            make_private(building / accounts.DATABASE)
        snapshot(secrets, building / accounts.DATABASE)
    with storing(building):
        shutil.copyfile(archive.folder / MARKER, building / MARKER)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the copied database says of itself."""

    title: str
    photos: int
    originals: int
    bytes: int


def _copy_originals(  # noqa: PLR0917 - one state's surroundings
    building: Path,
    archive: Archive,
    folder: Path,
    taken: Taken,
    check: bool,  # noqa: FBT001
    report: Callable[[int, int], None],
) -> _Facts:
    with closing(connect(building / DATABASE)) as copy:
        facts = _facts(copy)
        target, names = folder / "originals", _names(copy)
        run = begin(target)
        try:
            folders: set[Path] = set()
            for done, stored in enumerate(names, 1):
                _copy_one(run, archive, stored, taken, folders, check)
                report(done, facts.originals)
                if done % _SOME == 0:
                    _sync(folders)
            _sync(folders)
        finally:
            end(run)
    return facts


def _sync(folders: set[Path]) -> None:
    if folders:
        with storing(next(iter(folders))):
            sync_folders(folders)
        folders.clear()


def _facts(copy: sqlite3.Connection) -> _Facts:
    row = copy.execute(
        "select (select count(*) from photos), count(*), coalesce(sum(bytes), 0)"
        " from originals"
    ).fetchone()
    return _Facts(str(get_setting(copy, "project_name")), *row)


def _names(copy: sqlite3.Connection) -> Iterator[Stored]:
    rows = copy.execute("select sha256, extension from originals order by id")
    for row in rows:
        yield Stored(*row)


def _copy_one(  # noqa: PLR0917 - one file's surroundings
    run: Run,
    archive: Archive,
    stored: Stored,
    taken: Taken,
    folders: set[Path],
    check: bool,  # noqa: FBT001
) -> None:
    target = path_of(run.originals, stored)
    if target.is_file() and (not check or _is_right(target, stored)):
        taken.there += 1
        return
    source = path_of(archive.originals, stored)
    try:
        is_placed = copy_in(
            run, stored, source, folders, run.originals.parent / DAMAGED
        )
        if not is_placed:
            taken.missing.append(
                (stored.name, "it holds other bytes than it was stored")
            )
        elif not _is_right(target, stored):
            taken.missing.append((stored.name, "the backup's disk does not keep it"))
        else:
            taken.copied += 1
            taken.bytes += target.stat().st_size
    except FileNotFoundError:
        taken.missing.append((stored.name, "it is not in the archive's folder"))
    except (OSError, FileProblem) as error:
        if not run.originals.is_dir() or _is_full(error):
            raise  # the backup's disk is gone, or takes no more: nor the next file
        taken.missing.append((stored.name, str(error)))


def _is_full(error: Exception) -> bool:
    cause = error if isinstance(error, OSError) else error.__cause__
    return isinstance(cause, OSError) and cause.errno in _FULL


def _is_right(path: Path, stored: Stored) -> bool:
    try:
        return hashed(path) == stored.sha256
    except OSError:
        return False


def _copy_maps(source: Path, folder: Path) -> None:
    """Copy plans and maps: files named by their SHA-256, that never change."""
    if not (source / MAPS).is_dir():
        return
    with storing(folder):
        (folder / MAPS).mkdir(exist_ok=True)
        for path in sorted((source / MAPS).iterdir()):
            if path.is_file() and not path.name.startswith("."):
                _copy_map(path, folder / MAPS / path.name)
        sync_folder(folder / MAPS)


def _copy_map(path: Path, target: Path) -> None:
    """Copy a file that is named by its SHA-256, and bring it to the disk."""
    if target.is_file() and sha256_of(target) == target.stem:
        return
    fresh = target.with_name(f".{path.name}.part")
    with path.open("rb") as source, fresh.open("wb") as copy:
        shutil.copyfileobj(source, copy, 1 << 20)
        copy.flush()
        os.fsync(copy.fileno())
    fresh.replace(target)


def _finish(building: Path, now: str, taken: Taken, facts: _Facts) -> None:
    """Write down what the state is, and give it its name: then it is one."""
    with storing(building):
        files = {path.name: sha256_of(path) for path in sorted(building.iterdir())}
    told = {
        "taken_at": now,
        "title": facts.title,
        "photos": facts.photos,
        "originals": facts.originals,
        "bytes": facts.bytes,
        "files": files,
        "missing": [name for name, _ in taken.missing],
    }
    write_json(building / STATE, told)
    with storing(building):
        building.rename(building.parent / taken.name)
        sync_folder(building.parent)
