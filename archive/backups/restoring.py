"""Making an archive of a state of a backup.

It is built beside its place and moved there when whole; what lies there is never
written over.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from archive.accounts import store as accounts
from archive.backups.states import (
    State,
    find_state,
    make_private,
    read_marker,
    require_apart,
    sha256_of,
)
from archive.database import DATABASE, MARKER, connect
from archive.disk import storing, sync_folder, sync_folders
from archive.errors import DamagedArchive, FileProblem, InvalidInput
from archive.identity import new_uuid
from archive.originals import Run, Stored, begin, copy_in, end, path_of
from archive.plans.files import FOLDER as MAPS

DAMAGED = "damaged"
_NEEDED = {DATABASE, MARKER}
_NAME = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}\.[0-9a-z]{1,8}")


@dataclass(slots=True)
class Restored:
    """What was restored.

    :param missing: originals that the backup does not have as they were: (name, why)
    """

    state: State
    originals: int = 0
    bytes: int = 0
    missing: list[tuple[str, str]] = field(default_factory=list)


def restore(
    backup: Path,
    folder: Path,
    *,
    name: str = "",
    report: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005
) -> Restored:
    """Make an archive in an empty or new folder.

    :param name: of the state, or its beginning; "": the newest
    :raises NotFound: there is no backup, or no such state
    :raises InvalidInput: the folder is there and not empty, or in the backup
    :raises DamagedArchive: the backup's copy of the database is not what it was
    :raises StoreError: the archive cannot be written
    """
    read_marker(backup)
    state = find_state(backup, name)
    require_apart(folder, backup)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidInput(f"{folder}: is there already and is not an empty folder")
    source = backup / "states" / state.name
    _check(source, state)
    building = folder.absolute().parent / f".asbuilt-restore-{new_uuid()[-12:]}"
    restored = Restored(state)
    try:
        with storing(building):
            (building / "originals").mkdir(parents=True)
            for each in state.files:
                if each == accounts.DATABASE:
                    make_private(building / each)
                shutil.copyfile(source / each, building / each)
            _copy_maps(backup, building)
        _copy_originals(backup, building, restored, report)
        with storing(folder):
            if folder.exists():
                folder.rmdir()
            building.rename(folder)
            sync_folder(folder.absolute().parent)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return restored


def _check(source: Path, state: State) -> None:
    """Compare the database's copy with what it was when it was taken."""
    names = state.files.keys()
    if not _NEEDED <= names <= _NEEDED | {accounts.DATABASE}:
        raise DamagedArchive(
            f"{source}: is no state of an archive ({', '.join(sorted(names))});"
            " restore another state"
        )
    for name, sha256 in state.files.items():
        path = source / name
        with storing(path):
            is_right = path.is_file() and sha256_of(path) == sha256
        if not is_right:
            raise DamagedArchive(
                f"{path}: is not what it was when it was taken; restore another state"
            )


def _copy_maps(backup: Path, building: Path) -> None:
    """Copy plans and maps; a link in a backup may lead to whatever this user reads."""
    if not (backup / MAPS).is_dir():
        return
    (building / MAPS).mkdir()
    for path in sorted((backup / MAPS).iterdir()):
        is_own = path.is_file() and not path.is_symlink()
        if is_own and not path.name.startswith("."):
            shutil.copyfile(path, building / MAPS / path.name)


def _copy_originals(
    backup: Path,
    building: Path,
    restored: Restored,
    report: Callable[[int, int], None],
) -> None:
    run = begin(building / "originals")
    folders: set[Path] = set()
    try:
        with closing(connect(building / DATABASE)) as database:
            rows = database.execute(
                "select sha256, extension from originals order by id"
            )
            for done, row in enumerate(rows, 1):
                _copy_one(run, backup, Stored(*row), restored, folders)
                report(done, restored.state.originals)
        with storing(building):
            sync_folders(folders)
    finally:
        end(run)


def _copy_one(
    run: Run, backup: Path, stored: Stored, restored: Restored, folders: set[Path]
) -> None:
    path = path_of(backup / "originals", stored)
    if not _NAME.fullmatch(stored.name):  # it could lead out of the folder
        restored.missing.append((stored.name, "no file of a photo has such a name"))
        return
    try:
        if copy_in(run, stored, path, folders, run.originals.parent / DAMAGED):
            restored.originals += 1
            restored.bytes += path.stat().st_size
            return
        why = "the backup's copy holds other bytes"
    except FileNotFoundError:
        why = "the backup does not have it"
    except FileProblem as error:
        if not path.is_file():
            raise
        why = str(error)
    restored.missing.append((stored.name, why))
