"""What is cut off: each thing that people do to an archive, small (see ``rooms``)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from archive import albums
from archive.batches import batch
from archive.database import Archive, create_archive, open_archive
from archive.editing import Edit, edit_photos, recycle_photos, retrieve_photos
from archive.errors import StoreError
from archive.importing import ImportReport, import_photos
from archive.people import owner
from archive.purging import purge_photos
from archive.verifying import Limits, verify
from archive.verifying.mending import mend_files
from tests.archive import kill_landing
from tests.archive.import_checks import faults
from tests.faults import finishing, leaving, syncing, uploading
from tests.faults.rooms import (
    NAMES,
    WHOLE,
    Note,
    Scenario,
    empty,
    filled,
    ids,
    read,
    shown,
    stick,
)

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
    "finish": finishing.SCENARIO,
    "sync": syncing.SCENARIO,
    "mend": Scenario(prepare_mend, act_mend, look_mend),
    "init": Scenario(prepare_init, act_init, look_init),
    **leaving.SCENARIOS,
}
