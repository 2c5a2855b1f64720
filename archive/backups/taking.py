"""Taking a state of an archive while people write to it, into a folder.

First the database, then the files that *this copy of it* names: so no file that it
names is missing because it came later. A file that is in the backup already, as long
as it should be, is not copied again; what was copied is read again from the disk and
compared.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from archive.backups.contents import (
    MAP,
    Contents,
    contents_of,
    copy_databases,
    description,
    maps_in,
    moment,
    names_in,
    state_name,
)
from archive.backups.reports import Taken, why_of
from archive.backups.states import (
    STATE,
    STATES,
    locked,
    prepare,
    require_apart,
    sha256_of,
    write_json,
)
from archive.database import DATABASE, Archive, connect
from archive.disk import flush, is_full, make_folder, storing, sync_folder, sync_folders
from archive.errors import FileProblem
from archive.keeping.copies import Copy, add_copy, log
from archive.keeping.held import Noting
from archive.keeping.places import remember
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
from archive.verifying.files import is_right

DAMAGED = "damaged"  # files of the backup that did not hold their bytes any more
_SOME = 64  # files between two syncs of folders


def take(
    archive: Archive,
    who: Person,
    folder: Path,
    *,
    check: bool = False,
    report: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005
) -> Taken:
    """Take a state of the archive into the folder of a backup.

    The archive knows the backup as a copy from then on, and what was read there.

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
        return _take(archive, who, folder, backup, check, report)


def _take(  # noqa: PLR0917 - one run's surroundings
    archive: Archive,
    who: Person,
    folder: Path,
    backup: str,
    check: bool,  # noqa: FBT001
    report: Callable[[int, int], None],
) -> Taken:
    now = moment()
    taken = Taken(name=state_name(now), backup=backup)
    building = folder / STATES / f".{taken.name}.part"
    try:
        with storing(folder):
            _clear_rests(folder)
            building.mkdir()
        copy_databases(archive, building)
        contents = contents_of(building)
        copy = add_copy(archive.connection, who, backup, "backup", folder.name)
        noting = Noting(archive.connection, copy)
        _copy_originals(
            building, archive, folder, taken, noting, contents, check, report
        )
        _copy_maps(building, archive.folder, folder, taken)
        _finish(building, now, taken, contents)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    _tell(archive, who, copy, folder, taken)
    return taken


def _tell(
    archive: Archive, who: Person, copy: Copy, folder: Path, taken: Taken
) -> None:
    """Remember where the backup is, and that it was taken."""
    good = taken.copied + taken.there
    log(archive.connection, who, copy, "backed up", good, taken.lacking)
    remember(copy, str(folder.absolute()))


def _clear_rests(folder: Path) -> None:
    """Remove what a run that died left of a state; its files are kept and counted."""
    for rest in (folder / STATES).glob(".*.part"):
        shutil.rmtree(rest, ignore_errors=True)
    recover(folder / "originals", Everything())


class Everything:
    """Of a backup's originals none is taken back: each was hashed, then named."""

    def knows(self, stored: Stored) -> bool:  # noqa: ARG002
        """All of them."""
        return True

    def follows(self, mark: str) -> bool:  # noqa: ARG002
        """No history."""
        return False


def _copy_originals(  # noqa: PLR0917 - one state's surroundings
    building: Path,
    archive: Archive,
    folder: Path,
    taken: Taken,
    noting: Noting,
    contents: Contents,
    check: bool,  # noqa: FBT001
    report: Callable[[int, int], None],
) -> None:
    with closing(connect(building / DATABASE)) as copy:
        run = begin(folder / "originals")
        folders: set[Path] = set()
        try:
            for done, (stored, size) in enumerate(names_in(copy), 1):
                _copy_one(run, archive, stored, size, taken, noting, folders, check)
                report(done, contents.originals)
                if done % _SOME == 0:
                    _sync(folders)
            _sync(folders)
        finally:
            end(run)
            noting.write()


def _sync(folders: set[Path]) -> None:
    if folders:
        with storing(next(iter(folders))):
            sync_folders(folders)
        folders.clear()


def _copy_one(  # noqa: PLR0917 - one file's surroundings
    run: Run,
    archive: Archive,
    stored: Stored,
    size: int,
    taken: Taken,
    noting: Noting,
    folders: set[Path],
    check: bool,  # noqa: FBT001
) -> None:
    target = path_of(run.originals, stored)
    if target.is_file() and target.stat().st_size == size:
        right = is_right(target, stored.sha256) if check else True
        if right:
            taken.there += 1
            if check:
                noting.found(stored.sha256)
            return
    why = _copied(run, archive, stored, taken, folders)
    noting.found(stored.sha256, whole=not why)
    if why:
        taken.lack(stored.name, why)


def _copied(
    run: Run, archive: Archive, stored: Stored, taken: Taken, folders: set[Path]
) -> str:
    """Copy an original and read it again. Returns why that failed, or ""."""
    source, target = path_of(archive.originals, stored), path_of(run.originals, stored)
    aside = run.originals.parent / DAMAGED
    try:
        if not copy_in(run, stored, source, folders, aside):
            return "it holds other bytes than it was stored"
        if not is_right(target, stored.sha256):
            return "the backup's disk does not keep it"
        taken.copied += 1
        taken.bytes += target.stat().st_size
    except FileNotFoundError:
        return "it is not in the archive's folder"
    except (OSError, FileProblem) as error:
        if not run.originals.is_dir() or is_full(error):
            raise  # the backup's disk is gone, or takes no more: nor the next file
        return why_of(error)
    return ""


def _copy_maps(building: Path, source: Path, folder: Path, taken: Taken) -> None:
    """Copy the files of plans and maps: named by their SHA-256, they never change.

    Those, too, of plans that were taken off the map, which may be put on it again.
    """
    with closing(connect(building / DATABASE)) as copy:
        named = maps_in(copy)
    names = sorted(named.keys() | kept_maps(source))
    if not names:
        return
    with storing(folder):
        make_folder(folder / MAPS)
        for name in names:
            why = _copy_map(source / MAPS / name, folder / MAPS / name)
            if why and name in named:
                taken.lack(f"{MAPS}/{name}", why)
        sync_folder(folder / MAPS)


def kept_maps(source: Path) -> set[str]:
    """Return the names of plans' files that an archive keeps, used or not."""
    if not (source / MAPS).is_dir():
        return set()
    with storing(source / MAPS):
        return {p.name for p in (source / MAPS).iterdir() if MAP.fullmatch(p.name)}


def _copy_map(path: Path, target: Path) -> str:
    """Copy a file that is named by its SHA-256, and read it again.

    Returns why that failed, or "".

    :raises OSError: the backup cannot be written
    """
    if is_right(target, target.stem):
        return ""
    if why := wrong_in(path):
        return why
    fresh = target.with_name(f".{path.name}.part")
    with path.open("rb") as source, fresh.open("wb") as copy:
        shutil.copyfileobj(source, copy, 1 << 20)
        copy.flush()
        flush(copy.fileno())
    if not is_right(fresh, target.stem):
        fresh.unlink()
        return "the backup's disk does not keep it"
    fresh.replace(target)
    return ""


def wrong_in(path: Path) -> str:
    """Return what is wrong with the archive's file of a plan, or ""."""
    try:
        right = sha256_of(path) == path.stem
    except FileNotFoundError:
        return "it is not in the archive's folder"
    except OSError as error:
        return why_of(error)
    return "" if right else "it holds other bytes than it was stored"


def _finish(building: Path, now: str, taken: Taken, contents: Contents) -> None:
    """Write down what the state is, and give it its name: then it is one."""
    write_json(building / STATE, description(building, now, taken, contents))
    with storing(building):
        building.rename(building.parent / taken.name)
        sync_folder(building.parent)
