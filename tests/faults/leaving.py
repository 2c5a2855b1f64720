"""What leaves an archive, cut off: exports, backups and what is restored of these."""

from __future__ import annotations

import csv
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from archive.backups import list_states, restore, take
from archive.backups.states import MARKER
from archive.database import Archive, open_archive
from archive.errors import ArchiveError, StoreError
from archive.export.files import export_pdf, export_table, export_zip
from archive.export.package import export_package
from archive.importing.bags import open_bag
from archive.people import owner
from tests.archive.import_checks import faults
from tests.faults.rooms import WHOLE, Note, Scenario, filled, gone, ids, shown


def exporting(
    name: str,
    export: Callable[[Archive, Path, bool], object],
    check: Callable[[Path], Iterator[str]],
) -> Scenario:
    def act(room: Path, note: Note) -> None:
        out = room / "out" / name
        with open_archive(room / "tower") as archive:
            export(archive, out, out.exists())
        note(name)

    def look(room: Path, noted: Sequence[str]) -> Iterator[str]:
        out = room / "out" / name
        yield from shown(room, name)
        yield from gone(room, noted)
        if out.exists():
            yield from check(out)
        elif name in noted:
            yield f"{name} was reported, and is not there"

    return Scenario(filled, act, look)


def _zip(archive: Archive, out: Path, again: bool) -> object:
    sam = owner(archive.connection)
    return export_zip(archive, sam, ids(archive), out, replace=again)


def _whole_zip(path: Path) -> Iterator[str]:
    with zipfile.ZipFile(path) as file:
        if file.testzip() or sum(n.endswith(".jpg") for n in file.namelist()) != 3:
            yield f"the zip holds {file.namelist()}"


def _pdf(archive: Archive, out: Path, again: bool) -> object:
    sam = owner(archive.connection)
    return export_pdf(archive, sam, ids(archive), out, replace=again)


def _whole_pdf(path: Path) -> Iterator[str]:
    data = path.read_bytes()
    if not (data.startswith(b"%PDF-") and data.rstrip().endswith(b"%%EOF")):
        yield "half a pdf"


def _table(archive: Archive, out: Path, again: bool) -> object:
    sam = owner(archive.connection)
    return export_table(archive, sam, ids(archive), out, "csv", replace=again)


def _whole_table(path: Path) -> Iterator[str]:
    with path.open(newline="") as file:
        if len(list(csv.reader(file))) != 4:
            yield "half a table"


def _package(archive: Archive, out: Path, again: bool) -> object:
    sam = owner(archive.connection)
    return export_package(archive, sam, ids(archive), out, replace=again)


def _whole_package(path: Path) -> Iterator[str]:
    try:
        with open_bag(path, lambda _: None):
            pass
    except ArchiveError as error:
        yield f"half a package: {error}"


# --- backup and restore


def act_backup(room: Path, note: Note) -> None:
    with open_archive(room / "tower") as archive:
        sam = owner(archive.connection)
        note(take(archive, sam, room / "out/backup").name)


def look_backup(room: Path, noted: Sequence[str]) -> Iterator[str]:
    backup, back = room / "out/backup", room.parent / "back"
    states = list_states(backup) if (backup / MARKER).exists() else []
    names = [state.name for state in states]
    for name in noted:
        if name not in {*names, WHOLE}:
            yield f"state {name} was reported, and is not there"
    if noted[-1:] == [WHOLE]:
        parts = [*(backup / "states").glob(".*"), *(backup / "originals").glob(".*")]
        yield from (f"{part.name} was left" for part in parts)
    for state in states:
        shutil.rmtree(back, ignore_errors=True)
        lacks = {name for name, _ in restore(backup, back, name=state.name).missing}
        if lacks - set(state.missing):  # it names them, and the command tells
            yield f"state {state.name} lacks {lacks}, and names {state.missing}"
        known = {f"{Path(*Path(name).parts[-2:])} is missing" for name in lacks}
        with open_archive(back) as archive:
            found = set(faults(archive)) - known
            yield from (f"restored: {fault}" for fault in sorted(found))


def prepare_restore(room: Path) -> None:
    filled(room)
    with open_archive(room / "tower") as archive:
        take(archive, owner(archive.connection), room / "backup")


def act_restore(room: Path, note: Note) -> None:
    back = room / "out/back"
    if not back.exists() and restore(room / "backup", back).missing:
        shutil.rmtree(back)
        raise StoreError(back, "files are missing")  # as the command says
    note("restored")


def look_restore(room: Path, noted: Sequence[str]) -> Iterator[str]:
    back = room / "out/back"
    yield from shown(room, "back")
    if back.exists():
        with open_archive(back) as archive:
            found = faults(archive, at_rest=False)  # an import clears, as everywhere
            yield from (f"restored: {fault}" for fault in found)
            if len(ids(archive)) != 3:
                yield "half restored"
    elif "restored" in noted:
        yield "it was reported as restored, and is not there"


SCENARIOS = {
    "zip": exporting("tower.zip", _zip, _whole_zip),
    "pdf": exporting("tower.pdf", _pdf, _whole_pdf),
    "table": exporting("tower.csv", _table, _whole_table),
    "package": exporting("package.zip", _package, _whole_package),
    "backup": Scenario(filled, act_backup, look_backup),
    "restore": Scenario(prepare_restore, act_restore, look_restore),
}
