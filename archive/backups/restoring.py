"""Making an archive of a state of a backup.

It is built beside its place and moved there when whole; what lies there is never
written over.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from archive.backups.states import State, find_state, read_marker, sha256_of
from archive.database import DATABASE, connect
from archive.disk import storing, sync_folder, sync_folders
from archive.errors import DamagedArchive, FileProblem, InvalidInput
from archive.identity import new_uuid
from archive.originals import Run, Stored, begin, copy_in, end, path_of
from archive.plans.files import FOLDER as MAPS

DAMAGED = "damaged"


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
    :raises InvalidInput: the folder is there and not empty
    :raises DamagedArchive: the backup's copy of the database is not what it was
    :raises StoreError: the archive cannot be written
    """
    read_marker(backup)
    state = find_state(backup, name)
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
    for name, sha256 in state.files.items():
        path = source / name
        if Path(name).name != name or not path.is_file() or sha256_of(path) != sha256:
            raise DamagedArchive(
                f"{path}: is not what it was when it was taken; restore another state"
            )


def _copy_maps(backup: Path, building: Path) -> None:
    if (backup / MAPS).is_dir():
        shutil.copytree(
            backup / MAPS, building / MAPS, ignore=shutil.ignore_patterns(".*")
        )


def _copy_originals(
    backup: Path,
    building: Path,
    restored: Restored,
    report: Callable[[int, int], None],
) -> None:
    with closing(connect(building / DATABASE)) as database:
        rows = database.execute("select sha256, extension from originals order by id")
        names = [Stored(*row) for row in rows]
    run = begin(building / "originals")
    folders: set[Path] = set()
    try:
        for done, stored in enumerate(names, 1):
            _copy_one(run, backup, stored, restored, folders)
            report(done, len(names))
        with storing(building):
            sync_folders(folders)
    finally:
        end(run)


def _copy_one(
    run: Run, backup: Path, stored: Stored, restored: Restored, folders: set[Path]
) -> None:
    path = path_of(backup / "originals", stored)
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
