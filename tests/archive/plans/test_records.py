"""Pictures as plans: added, placed, changed, taken off, brought back."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from archive.batches import batch
from archive.checking import check_history
from archive.database import DATABASE, Archive, connect
from archive.errors import ArchiveError, Conflict, InvalidInput, NotAllowed, NotFound
from archive.history import find_batches, list_batches
from archive.people import Person, add_person
from archive.plans import (
    Point,
    add_plan,
    between,
    edit_plan,
    find_plan,
    fit,
    list_plans,
    purge_plans,
    remove_plan,
)
from archive.plans import files as plan_files
from archive.plans.placing import Corners
from archive.rights import viewer
from archive.sqlite import sqlite3
from archive.undo import undo
from tests.archive.map_files import picture
from tests.archive.plans.conftest import Adder
from tests.archive.plans.places import NEAR, SITE, across


def test_a_picture_becomes_a_plan(
    archive: Archive, add: Adder, drawing: Path, sam: Person
) -> None:
    plan = add(drawing, attribution=" Nordic Architects ")
    assert (plan.name, plan.kind, plan.size) == ("Ground floor", "image", (400, 300))
    assert (plan.corners, plan.opacity) == (None, 1)
    assert plan.attribution == "Nordic Architects"
    kept = plan.path(archive.folder)
    assert kept.read_bytes() == drawing.read_bytes()
    assert kept.parent == archive.folder / "maps"
    assert kept.stat().st_mode & 0o222 == 0
    assert kept.name == f"{plan.sha256}.png"
    assert list_plans(archive.connection, viewer(sam)) == [plan]
    assert list_plans(archive.connection, None) == []
    assert drawing.exists()


def test_a_photo_of_a_plan_lies_as_it_is_shown(add: Adder, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (400, 300)).save(path, exif=exif)
    assert add(path).size == (300, 400)


def test_a_plan_is_placed_while_it_is_added(add: Adder, drawing: Path) -> None:
    plan = add(
        drawing,
        place=lambda size: fit(
            *size, [Point(0, 0, *NEAR), Point(size[0], size[1], *SITE)]
        ),
    )
    assert plan.corners is not None
    assert plan.corners[0] == pytest.approx(NEAR)
    top = across(plan.corners[0], plan.corners[1])
    side = across(plan.corners[0], plan.corners[2])
    assert top / side == pytest.approx(4 / 3, rel=1e-3)


def test_a_plan_is_changed_taken_off_and_brought_back(
    archive: Archive, add: Adder, drawing: Path, sam: Person
) -> None:
    connection = archive.connection
    plan = add(drawing)
    corners: Corners = between(SITE, NEAR)
    with batch(connection, sam) as changed:
        plan = edit_plan(
            connection, sam, plan, name="Level 0", corners=corners, opacity=0.5
        )
    assert (plan.name, plan.corners, plan.opacity) == ("Level 0", corners, 0.5)
    with batch(connection, sam) as removed:
        remove_plan(connection, sam, plan)
    with pytest.raises(NotFound):
        find_plan(connection, "Level 0")
    assert plan.path(archive.folder).exists()
    undo(connection, sam, find_batches(connection, str(removed.id)))
    assert find_plan(connection, plan.id) == plan
    undo(connection, sam, find_batches(connection, str(changed.id)))
    assert find_plan(connection, plan.uuid).corners is None
    assert list(check_history(connection)) == []


def test_files_of_plans_that_were_removed_go_when_asked(
    archive: Archive, add: Adder, drawing: Path, tmp_path: Path, sam: Person
) -> None:
    kept, gone = add(drawing), tmp_path / "other.png"
    gone.write_bytes(picture((9, 9, 9)))
    removed = add(gone)
    with batch(archive.connection, sam):
        remove_plan(archive.connection, sam, removed)
    assert purge_plans(archive, sam) == [removed.path(archive.folder)]
    assert purge_plans(archive, sam) == []
    assert not removed.path(archive.folder).exists()
    assert kept.path(archive.folder).exists()
    report = undo(archive.connection, sam, list_batches(archive.connection, limit=1))
    assert [k.reason for k in report.kept] == [
        "it was purged: its bytes are gone for good"
    ]
    assert list_plans(archive.connection, viewer(sam)) == [kept]


def test_no_plan_is_added_or_brought_back_while_files_are_purged(
    archive: Archive, sam: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = plan_files.purge
    other = connect(archive.folder / DATABASE)
    other.execute("pragma busy_timeout = 0")

    def purge(folder: Path, names: set[str]) -> list[Path]:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("begin immediate")
        return real(folder, names)

    monkeypatch.setattr(plan_files, "purge", purge)
    assert purge_plans(archive, sam) == []
    other.execute("begin immediate")
    other.close()


def test_the_same_file_twice_is_stored_once(
    archive: Archive, add: Adder, drawing: Path
) -> None:
    one, other = add(drawing), add(drawing, "Level 1")
    assert one.path(archive.folder) == other.path(archive.folder)
    assert len(list((archive.folder / "maps").iterdir())) == 1


@pytest.mark.parametrize("rest", [b"", None], ids=["cut off", "of that length"])
def test_a_damaged_file_is_mended_when_it_is_added_again(
    archive: Archive, add: Adder, drawing: Path, rest: bytes | None
) -> None:
    path = add(drawing).path(archive.folder)
    path.chmod(0o644)
    path.write_bytes(bytes(path.stat().st_size) if rest is None else rest)
    add(drawing, "Level 1")
    assert path.read_bytes() == drawing.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o444


def test_a_name_is_taken_once(archive: Archive, add: Adder, drawing: Path) -> None:
    add(drawing)
    with pytest.raises(Conflict, match="already"):
        add(drawing, "GROUND  floor")
    assert len(list((archive.folder / "maps").iterdir())) == 1


def test_a_plan_named_like_a_number_is_no_other_plan(
    archive: Archive, add: Adder, drawing: Path
) -> None:
    first, second = add(drawing, "Ground"), add(drawing, "1")
    assert find_plan(archive.connection, 1) == first
    assert find_plan(archive.connection, "1") == second


def test_only_admins_lay_plans_on_the_map(
    archive: Archive, add: Adder, drawing: Path, sam: Person
) -> None:
    connection = archive.connection
    plan = add(drawing)
    with batch(connection, sam) as opened:
        sue = add_person(connection, sam, opened, "Sue", level="standard")
    with pytest.raises(NotAllowed):
        add_plan(archive, sue, drawing, "Other")
    with pytest.raises(NotAllowed):
        purge_plans(archive, sue)
    for change in (
        lambda: edit_plan(connection, sue, plan, name="x"),
        lambda: remove_plan(connection, sue, plan),
    ):
        with pytest.raises(NotAllowed), batch(connection, sue):
            change()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "nothing to change"),
        ({"opacity": 1.1}, "covers from 0"),
        ({"opacity": float("nan")}, "covers from 0"),
        ({"name": " "}, "empty"),
        ({"attribution": "x" * 1001}, "over 1,000"),
        ({"corners": [[0, 0], [0, 0], [0, 0]]}, "in one line"),
        ({"corners": [[float("nan"), 0], [1, 0], [0, 1]]}, "no place"),
    ],
)
def test_what_a_plan_cannot_be_is_refused(
    archive: Archive,
    add: Adder,
    drawing: Path,
    sam: Person,
    values: dict[str, Any],
    said: str,
) -> None:
    plan = add(drawing)
    with pytest.raises(InvalidInput, match=said), batch(archive.connection, sam):
        edit_plan(archive.connection, sam, plan, **values)


def test_what_a_crash_left_on_its_way_is_cleared_a_day_later(
    archive: Archive, add: Adder, drawing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = archive.folder / "maps" / ".incoming-x"
    left.parent.mkdir()
    left.write_bytes(b"half")
    add(drawing)
    assert left.exists()
    now = left.stat().st_mtime + 25 * 3600
    monkeypatch.setattr("archive.plans.files.time.time", lambda: now)
    add(drawing, "again")
    assert not left.exists()


def test_a_full_disk_leaves_no_plan(
    archive: Archive,
    add: Adder,
    drawing: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("archive.plans.files.sync_folder", full)
    with pytest.raises(ArchiveError, match="No space left"):
        add(drawing)
    assert not list(archive.connection.execute("select 1 from plans"))
    monkeypatch.undo()
    add(drawing)
    shutil.rmtree(archive.folder / "maps")
    assert plan_files.purge(archive.folder, set()) == []
