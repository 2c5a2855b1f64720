"""Making an archive of a state of a backup.

It is built beside its place and moved there when whole; what lies there is never
written over. A run that dies leaves what it has beside that place, in a folder named
after it, and the next one goes on there.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from archive.accounts import store as accounts
from archive.accounts.restored import end_all
from archive.backups.buckets import source_of
from archive.backups.contents import MAP, NEEDED, REST, maps_in
from archive.backups.reports import Restored, why_of
from archive.backups.sources import Source, Unreachable, state_file
from archive.backups.states import (
    LOCK,
    State,
    find_state,
    locked,
    make_private,
    require_apart,
    sha256_of,
)
from archive.backups.taking import Everything
from archive.clock import utc_now
from archive.database import DATABASE, connect
from archive.disk import is_full, storing, sync_file, sync_folder, sync_folders
from archive.errors import DamagedArchive, FileProblem, InvalidInput, StoreError
from archive.originals import Run, Stored, begin, copy_from, end, path_of, recover
from archive.plans.files import FOLDER as MAPS
from archive.verifying.files import is_right

DAMAGED = "damaged"
_NAME = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}\.[0-9a-z]{1,8}")
_SOME = 64  # files between two syncs of folders


def restore(
    backup: str | Path,
    folder: Path,
    *,
    name: str = "",
    report: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005
) -> Restored:
    """Make an archive in an empty or new folder.

    :param backup: a folder, or ``s3://bucket/beginning``
    :param name: of the state, or its beginning; "": the newest
    :raises NotFound: there is no backup, or no such state
    :raises InvalidInput: the folder is there and not empty, or in the backup
    :raises DamagedArchive: the backup's copy of the database is not what it was
    :raises ArchiveLocked: another run restores this there
    :raises StoreError: the archive cannot be written, or the store not be read
    """
    source = source_of(backup)
    uuid = source.uuid()
    state = find_state(source.states(), source.shown, name)
    if isinstance(backup, Path):
        require_apart(folder, backup)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidInput(f"{folder}: is there already and is not an empty folder")
    building = _building(folder, uuid, state)
    restored = Restored(state=state)
    with storing(building):
        building.mkdir(parents=True, exist_ok=True)
    with locked(building):
        try:
            _fetch_database(source, state, building)
        except DamagedArchive:
            shutil.rmtree(building, ignore_errors=True)
            raise
        _fetch_maps(source, building, restored)
        _copy_originals(source, building, state, restored, report)
        restored.ended = _end_what_was_open(building)
    _name(building, folder)
    return restored


def _end_what_was_open(building: Path) -> int | None:
    """End sessions, links and the like: they may have been revoked after the backup."""
    if not (building / accounts.DATABASE).is_file():
        return None
    with accounts.open_accounts(building) as opened:
        return end_all(opened, utc_now())


def _building(folder: Path, uuid: str, state: State) -> Path:
    """Return where the archive is built: a name that the same run finds again."""
    what = hashlib.sha256(f"{uuid}/{state.name}".encode()).hexdigest()[:12]
    path = folder.absolute()
    return path.parent / f".{path.name}.restoring-{what}"


def _name(building: Path, folder: Path) -> None:
    """Give what is whole its name: then it is an archive."""
    with storing(folder):
        (building / LOCK).unlink(missing_ok=True)
        _sync_all(building)
        if folder.exists():
            folder.rmdir()
        building.rename(folder)
        sync_folder(folder.absolute().parent)


def _sync_all(building: Path) -> None:
    """Bring to the disk what lies beside the originals; these were, one by one."""
    maps = building / MAPS
    found = [*building.iterdir(), *(maps.iterdir() if maps.is_dir() else ())]
    for path in found:
        if path.is_file():
            sync_file(path)
    sync_folders([path for path in (building, *found) if path.is_dir()])


def _fetch_database(source: Source, state: State, building: Path) -> None:
    """Copy a state's files, and compare them with what they were when it was taken."""
    names = {name for name in state.files if not name.endswith(REST)}
    if not NEEDED <= names <= NEEDED | {accounts.DATABASE}:
        raise DamagedArchive(
            f"{source.shown}: state {state.name} is no state of an archive"
            f" ({', '.join(sorted(names))}); restore another state"
        )
    for name in sorted(names):
        target, sha256 = building / name, state.files[name]
        with storing(target):
            target.unlink(missing_ok=True)  # of a run that died
            if name == accounts.DATABASE:
                make_private(target)
        try:
            source.fetch(state_file(state, name), target)
            is_right = sha256_of(target) == sha256
        except FileNotFoundError:
            is_right = False
        except StoreError as error:
            if not isinstance(error.__cause__, FileNotFoundError):
                raise
            is_right = False
        if not is_right:
            raise DamagedArchive(
                f"{source.shown}: {state_file(state, name)} is not what it was when it"
                " was taken; restore another state"
            )


def _fetch_maps(source: Source, building: Path, restored: Restored) -> None:
    """Copy the files of plans, and of those that were taken off the map."""
    with closing(connect(building / DATABASE)) as database:
        named = maps_in(database)
    there = {name.rpartition("/")[2] for name in source.maps()}
    names = sorted(name for name in named.keys() | there if MAP.fullmatch(name))
    if names:
        with storing(building):
            (building / MAPS).mkdir(exist_ok=True)
    for name in names:
        why = "the backup does not have it"
        if name in there:
            why = _fetch_map(source, building, f"{MAPS}/{name}")
        if why and name in named:
            restored.lack(f"{MAPS}/{name}", why)


def _fetch_map(source: Source, building: Path, name: str) -> str:
    """Copy the file of a plan, and read it again. Returns why that failed, or ""."""
    target = building / name
    if is_right(target, target.stem):  # of a run that died
        return ""
    why = "the backup's copy holds other bytes"
    try:
        source.fetch(name, target)
        if is_right(target, target.stem):
            return ""
    except Unreachable:
        raise  # the next run goes on there
    except (OSError, FileProblem) as error:
        if not building.is_dir() or is_full(error):
            raise  # the new archive's disk takes no more
        source.uuid()  # unless all of it is gone
        why = why_of(error)
    with storing(target):
        target.unlink(missing_ok=True)
    return why


def _copy_originals(
    source: Source,
    building: Path,
    state: State,
    restored: Restored,
    report: Callable[[int, int], None],
) -> None:
    with storing(building):
        (building / "originals").mkdir(exist_ok=True)
    recover(building / "originals", Everything())
    run = begin(building / "originals")
    folders: set[Path] = set()
    try:
        with closing(connect(building / DATABASE)) as database:
            rows = database.execute(
                "select sha256, extension, bytes from originals order by id"
            )
            for done, (sha256, extension, size) in enumerate(rows, 1):
                stored = Stored(sha256, extension)
                _copy_one(run, source, stored, size, restored, folders)
                report(done, state.originals)
                if done % _SOME == 0:
                    _sync(building, folders)
        _sync(building, folders)
    finally:
        end(run)


def _sync(building: Path, folders: set[Path]) -> None:
    with storing(building):
        sync_folders(folders)
    folders.clear()


def _copy_one(  # noqa: PLR0917 - one file's surroundings
    run: Run,
    source: Source,
    stored: Stored,
    size: int,
    restored: Restored,
    folders: set[Path],
) -> None:
    if not _NAME.fullmatch(stored.name):  # it could lead out of the folder
        restored.lack(stored.name, "no file of a photo has such a name")
        return
    if is_right(path_of(run.originals, stored), stored.sha256):  # of a run that died
        restored.originals += 1
        restored.bytes += size
        return
    aside, name = run.originals.parent / DAMAGED, f"originals/{stored.name}"
    try:
        with source.open(name) as file:
            whole = copy_from(run, stored, file, name, folders, aside)
    except FileNotFoundError:
        source.uuid()  # unless all of it is gone
        restored.lack(stored.name, "the backup does not have it")
        return
    except Unreachable:
        raise  # the next run goes on there
    except (OSError, FileProblem) as error:
        if not run.originals.is_dir() or is_full(error):
            raise  # the new archive's disk takes no more: nor the next file
        source.uuid()
        restored.lack(stored.name, why_of(error))
        return
    if whole:
        restored.originals += 1
        restored.bytes += size
    else:
        restored.lack(stored.name, "the backup's copy holds other bytes")
