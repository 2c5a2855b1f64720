"""What is cut off: each thing that people do to an archive, small, and what must hold.

A scenario happens in a folder, its room: ``tower`` is the archive, ``out`` gets what
leaves it. ``prepare`` lays the room out. ``act`` does the thing, also when a part of it
is done already, and notes what it reports as done. ``look`` says what is wrong with a
room in which it was cut off, or, given ``WHOLE``, in which it came to its end.
"""

from __future__ import annotations

import csv
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from archive import albums
from archive.backups import list_states, restore, snapshot, take
from archive.backups.states import MARKER
from archive.batches import batch
from archive.database import Archive, create_archive, open_archive
from archive.editing import Edit, edit_photos, recycle_photos, retrieve_photos
from archive.errors import ArchiveError, StoreError
from archive.export.files import export_pdf, export_table, export_zip
from archive.export.package import export_package, making
from archive.export.pdf import pictures
from archive.importing import ImportReport, import_photos, pipeline
from archive.importing.bags import open_bag
from archive.people import owner
from archive.purging import purge_photos
from archive.verifying import Limits, verify
from archive.verifying.mending import mend_files
from tests.archive import kill_landing
from tests.archive.import_checks import faults, inline, lay, photo, sha256, take_in
from tests.archive.package_site import InlinePool
from tests.faults import uploading
from tests.faults.copying import HERE

Note = Callable[[str], None]
FILES = {f"{n}.jpg": photo(n) for n in (1, 2, 3)}
NAMES = {sha256(data) for data in FILES.values()}
STICK = FILES | {"again.jpg": FILES["1.jpg"]}
WHOLE = "whole"  # noted once ``act`` came to its end


@dataclass(frozen=True, slots=True)
class Scenario:
    """See above. ``look`` gets what was noted."""

    prepare: Callable[[Path], None]
    act: Callable[[Path, Note], None]
    look: Callable[[Path, Sequence[str]], Iterator[str]]


def in_this_process() -> None:
    """Read files, and copy databases, without processes of their own."""
    pipeline.run_jobs = inline  # type: ignore[assignment]
    pictures.run_jobs = inline  # type: ignore[assignment]
    pipeline.BATCH = 2
    making.Pool = InlinePool  # type: ignore[assignment,misc]
    snapshot.subprocess = HERE  # type: ignore[assignment]


def stick(room: Path) -> Path:
    """Where the photos come from: beside the rooms, as no fault reaches it."""
    return room.parent / "stick"


def empty(room: Path) -> None:
    create_archive(room / "tower", "Tower 4")
    (room / "out").mkdir()
    if not stick(room).exists():
        lay(stick(room), STICK)


def filled(room: Path) -> None:
    empty(room)
    with open_archive(room / "tower") as archive:
        take_in(archive, stick(room), renditions=True)


@contextmanager
def read(room: Path) -> Iterator[Archive]:
    """Give the archive to look at; it stays open, as opening takes longest."""
    if room not in _READ:
        _READ[room] = open_archive(room / "tower")
    yield _READ[room]


_READ: dict[Path, Archive] = {}


def clear(room: Path) -> None:
    """What a server does when it starts, and the next import when it begins."""
    from archive.arrivals import clear_arrivals
    from archive.export.keeping import clear_exports
    from archive.uploads import clear_uploads

    nothing = room.parent / "nothing"
    nothing.mkdir(exist_ok=True)
    with open_archive(room / "tower") as archive:
        clear_uploads(archive)
        clear_arrivals(archive)
        clear_exports(archive)
        take_in(archive, nothing)


def sound(room: Path, *, cleared: bool = True, verified: bool = False) -> Iterator[str]:
    """What is wrong with the archive itself; our own verification has to agree.

    :param cleared: nothing is left of what was cut off
    """
    with read(room) as archive:
        for fault in faults(archive, at_rest=cleared):
            if fault != "cache.db-journal was left":  # who opens it next takes it up
                yield fault
        if verified:
            known = verify(archive, owner(archive.connection), Limits()).known
            yield from (f"verify: {fault.what} {fault.text}" for fault in known)


def ids(archive: Archive) -> list[int]:
    rows = archive.connection.execute("select id from photos order by id")
    return [int(row[0]) for row in rows]


def shown(room: Path, *allowed: str) -> Iterator[str]:
    """What is in ``out`` under a name that a person sees, and should not be."""
    for path in sorted((room / "out").iterdir()):
        if path.name not in allowed and not path.name.startswith("."):
            yield f"{path.name} is half done, and has a name"


def gone(room: Path, noted: Sequence[str]) -> Iterator[str]:
    """What is left of the work when it came to its end."""
    if noted[-1:] == [WHOLE]:
        for path in sorted((room / "out").glob(".*")):
            yield f"out/{path.name} was left"


# --- import


def act_import(room: Path, note: Note) -> None:
    told = 0

    def tell(report: ImportReport) -> None:
        nonlocal told
        for _, uuid in report.imported[told:]:
            note(uuid)
        told = len(report.imported)

    with open_archive(room / "tower") as archive:
        report = import_photos(
            archive, owner(archive.connection), [stick(room)], progress=tell
        )
    if report.refused:
        raise StoreError("stick", report.refused[0].reason)


def look_import(room: Path, noted: Sequence[str]) -> Iterator[str]:
    with read(room) as archive:
        rows = archive.connection.execute(
            "select p.uuid, o.sha256 from photos p"
            " left join originals o on o.id = p.original_id"
        ).fetchall()
    uuids = {row[0] for row in rows}
    for uuid in noted:
        if uuid not in {*uuids, WHOLE}:
            yield f"{uuid} was reported and is not there"
    found = sorted(row[1] for row in rows)
    if len(found) != len(set(found)):
        yield f"photos are there twice: {found}"
    if noted[-1:] == [WHOLE] and found != sorted(NAMES):
        yield f"photos are {found}"


# --- edit


STEPS = 6


def act_edit(room: Path, note: Note) -> None:
    with open_archive(room / "tower") as archive:
        for number in range(STEPS):
            _edit(archive, number)
            note(str(number))


def _edit(archive: Archive, number: int) -> None:
    """One batch: the words say which, and what else is so from then on."""
    connection = archive.connection
    sam = owner(connection)
    one, two, _ = ids(archive)
    with batch(connection, sam) as opened:
        found = albums.find_or_add_album(connection, sam, opened, f"Album {number}")
        change = Edit(description=f"{number}", album=found, rotate=90)
        edit_photos(connection, sam, [one], change)
        row = connection.execute(
            "select recycled_at is null from photos where id = ?", (two,)
        ).fetchone()
        if row[0] and number % 2:
            recycle_photos(connection, sam, opened, [two])
        elif not row[0] and not number % 2:
            retrieve_photos(connection, sam, [two])


def look_edit(room: Path, noted: Sequence[str]) -> Iterator[str]:
    with read(room) as archive:
        one = archive.connection.execute(
            "select p.description, a.name from photos p"
            " join albums a on a.id = p.album_id where p.id = 1"
        ).fetchone()
        two = archive.connection.execute(
            "select recycled_at is null from photos where id = 2"
        ).fetchone()
    last = max((int(step) for step in noted if step != WHOLE), default=-1)
    now = int(one[0] or -1)
    if now < last:
        yield f"step {last} was reported, and {now} is there"
    wanted = f"Album {now}" if now >= 0 else "Unclassified"
    if one[1] != wanted or bool(two[0]) == bool(now % 2 and now >= 0):
        yield f"half of step {now}: {one}, {two}"


# --- purge


def prepare_purge(room: Path) -> None:
    filled(room)
    with open_archive(room / "tower") as archive:
        sam = owner(archive.connection)
        with batch(archive.connection, sam) as opened:
            recycle_photos(archive.connection, sam, opened, [1, 2])


def act_purge(room: Path, note: Note) -> None:
    with open_archive(room / "tower") as archive:
        sam = owner(archive.connection)
        rows = archive.connection.execute(
            "select id from photos where recycled_at is not null"
        ).fetchall()
        purge_photos(archive, sam, [row[0] for row in rows])
    note("purged")


def look_purge(room: Path, noted: Sequence[str]) -> Iterator[str]:
    with read(room) as archive:
        left = ids(archive)
        stones = archive.connection.execute(
            "select count(*), total(unlink) from tombstones"
        ).fetchone()
    if (left, stones[0]) not in (([1, 2, 3], 0), ([3], 2)):
        yield f"half a purge: {left}, {stones}"
    if "purged" in noted and (left != [3] or stones[1]):
        yield f"purged was reported: {left}, {stones}"


# --- landing


def prepare_landing(room: Path) -> None:
    kill_landing.template(room / "tower")
    (room / "out").mkdir()


def act_landing(room: Path, note: Note) -> None:
    with open_archive(room / "tower") as archive:
        if not kill_landing.is_landed(archive):
            kill_landing.carry_out(archive, room / "tower/incoming/came")
    note("landed")


def look_landing(room: Path, noted: Sequence[str]) -> Iterator[str]:
    with read(room) as archive:
        if "landed" in noted and not kill_landing.is_landed(archive):
            yield "it was reported as landed"


# --- what leaves the archive


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
    for name in names:
        shutil.rmtree(back, ignore_errors=True)
        if restore(backup, back, name=name).missing:
            yield f"state {name} lacks files"
        with open_archive(back) as archive:
            yield from (f"restored: {fault}" for fault in faults(archive))


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


# --- verify, and mend


def prepare_mend(room: Path) -> None:
    filled(room)
    tower = room / "tower"
    shutil.copytree(tower / "originals", room / "copy/originals")
    for path in list((tower / "originals").glob("??/*"))[:2]:
        path.unlink()
        path.write_bytes(b"other bytes")


def act_mend(room: Path, note: Note) -> None:
    with open_archive(room / "tower") as archive:
        verify(archive, owner(archive.connection), Limits())
        for name, why in mend_files(archive, room / "copy"):
            if why:
                raise StoreError(str(name), why)
            note(str(name))


def look_mend(room: Path, noted: Sequence[str]) -> Iterator[str]:
    with read(room) as archive:
        wrong = [fault for fault in faults(archive, at_rest=False) if "other" in fault]
    for name in noted:
        if any(name in fault for fault in wrong):
            yield f"{name} was reported as mended"
    if noted[-1:] == [WHOLE]:
        yield from wrong


# --- a new archive


def prepare_init(room: Path) -> None:
    empty(room)


def act_init(room: Path, note: Note) -> None:
    if not (room / "out/new").exists():
        create_archive(room / "out/new", "New")
    note("made")


def look_init(room: Path, noted: Sequence[str]) -> Iterator[str]:
    yield from shown(room, "new")
    if (room / "out/new").exists():
        with open_archive(room / "out/new") as archive:
            yield from faults(archive)
    elif "made" in noted:
        yield "it was reported as made, and is not there"


SCENARIOS = {
    "import": Scenario(empty, act_import, look_import),
    "edit": Scenario(filled, act_edit, look_edit),
    "purge": Scenario(prepare_purge, act_purge, look_purge),
    "landing": Scenario(prepare_landing, act_landing, look_landing),
    "upload": Scenario(empty, uploading.act, uploading.look),
    "zip": exporting("tower.zip", _zip, _whole_zip),
    "pdf": exporting("tower.pdf", _pdf, _whole_pdf),
    "table": exporting("tower.csv", _table, _whole_table),
    "package": exporting("package.zip", _package, _whole_package),
    "backup": Scenario(filled, act_backup, look_backup),
    "restore": Scenario(prepare_restore, act_restore, look_restore),
    "mend": Scenario(prepare_mend, act_mend, look_mend),
    "init": Scenario(prepare_init, act_init, look_init),
}
