"""Taking a file's bytes from a second copy: never guessed, only compared.

The copy is another archive's folder, a backup, or any folder of files. What lies there
counts when its SHA-256 is the very one; the damaged file here is moved aside, not
removed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from archive import originals
from archive.backups.sources import Folder, Source
from archive.database import Archive
from archive.disk import reason, storing, sync_folder, sync_folders
from archive.errors import FileProblem, NotFound
from archive.identity import new_uuid
from archive.jobs.records import transaction
from archive.originals import Run, Stored
from archive.plans import files as plans
from archive.verifying.checks import mend
from archive.verifying.files import FAULTS, Kept, is_right

DAMAGED = "damaged"  # folder of the archive for files that were replaced
_UNTRUE = "it was written, and reads otherwise: this disk is not to be trusted"


def mend_files(archive: Archive, copy: Path | Source) -> Iterator[tuple[str, str]]:
    """Mend what is known to be absent or damaged.

    Yields each file's name below the archive's folder, and why not, or "".

    :param copy: a folder, or a backup in a bucket
    :raises NotFound: there is no such folder
    """
    if isinstance(copy, Path):
        if not copy.is_dir():
            raise NotFound(f"{copy}: no such folder to take files from")
        copy = Folder(copy)
    run = None
    try:
        # locked, else an import takes it for one left over
        with transaction(archive.connection):
            run = originals.begin(archive.originals)
        for kept in _faulty(archive):
            yield kept.shown, _mend_one(archive, run, kept, copy)
    finally:
        if run is not None:
            originals.end(run)


def _faulty(archive: Archive) -> Iterator[Kept]:
    """Yield the files that are wrong and still some record's."""
    marks = ", ".join("?" * len(FAULTS))
    rows = archive.connection.execute(
        "select distinct subject from faults where mended_at is null"
        f" and what in ({marks}) order by subject",
        FAULTS,
    )
    for (name,) in rows.fetchall():
        sha256, _, extension = Path(name).name.partition(".")
        if name.startswith(f"{plans.FOLDER}/"):
            path = plans.path_of(archive.folder, sha256, extension)
            yield Kept("plans", 0, name, path, sha256, 0)
        else:
            stored = Stored(sha256, extension)
            path = originals.path_of(archive.originals, stored)
            yield Kept("originals", 0, stored.name, path, sha256, 0)


def _mend_one(archive: Archive, run: Run, kept: Kept, copy: Source) -> str:
    put = _put_plan if kept.table == "plans" else _put_original
    why = "the copy does not have it"
    # in an archive or a backup, in a folder of files, and in a bundle of an exchange
    bundled = f"objects/{kept.sha256[:2]}/{kept.sha256}"
    for name in (kept.shown, kept.path.name, bundled):
        try:
            with copy.open(name) as source:
                placed = put(archive, run, kept, source)
        except FileNotFoundError:
            continue
        except (FileProblem, NotFound) as error:
            why = str(error)
            continue
        except OSError as error:
            why = f"{copy.shown}/{name} cannot be read: {reason(error)}"
            continue
        if not placed:
            why = f"{copy.shown}/{name} is damaged, too"
        elif is_right(kept.path, kept.sha256):
            mend(archive.connection, FAULTS, kept.name)
            return ""
        else:
            return _UNTRUE
    return why


def _put_original(archive: Archive, run: Run, kept: Kept, source: BinaryIO) -> bool:
    """Put an original in its place again. Returns whether the copy is right.

    It is copied while others write, and named under the database's lock.
    """
    stored = Stored(kept.sha256, kept.path.suffix[1:])
    staged = originals.stage_right(run, stored, source, kept.shown)
    if staged is None:
        return False
    folders: set[Path] = set()
    try:
        with transaction(archive.connection):
            _require_known(archive, kept)
            aside = archive.folder / DAMAGED
            originals.put_right(run, stored, staged, folders, aside)
    finally:
        originals.discard(staged)
    with storing(archive.originals):
        sync_folders(folders)
    return True


def _put_plan(archive: Archive, _: Run, kept: Kept, source: BinaryIO) -> bool:
    """Put a plan's or a map's file in its place again; as for an original."""
    staged, sha256, _size = plans.stage(archive.folder, source, Path(kept.shown))
    try:
        if sha256 != kept.sha256:
            return False
        with transaction(archive.connection), storing(kept.path):
            _require_known(archive, kept)
            if kept.path.exists():
                aside = archive.folder / DAMAGED
                aside.mkdir(exist_ok=True)
                kept.path.rename(aside / f"{new_uuid()}-{kept.path.name}")
                sync_folder(aside)
            plans.keep(archive.folder, staged, sha256, kept.path.suffix[1:])
    finally:
        plans.discard(staged)
    return True


def _require_known(archive: Archive, kept: Kept) -> None:
    """Refuse to bring back what was purged meanwhile.

    :raises NotFound: no record has the file any more
    """
    row = archive.connection.execute(
        f"select 1 from {kept.table} where sha256 = ?", (kept.sha256,)
    ).fetchone()
    if row is None:
        raise NotFound("no record has this file any more")
