"""Files that are lost or damaged, here or in the backup: named and mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.backups import Taken, list_states, restore, snapshot
from archive.database import Archive
from archive.errors import DamagedArchive, StoreError
from tests.archive.backups.taken import backed_up
from tests.archive.by_command import asbuilt
from tests.archive.map_files import add_map


def test_a_file_that_is_lost_here_is_named_and_the_rest_is_backed_up(
    filled: Archive, stick: Path
) -> None:
    gone = min(filled.originals.rglob("*.jpg"))
    gone.unlink()
    told = backed_up(filled, stick)
    assert (told.copied, told.is_complete) == (2, False)
    assert [why for _, why in told.missing] == ["it is not in the archive's folder"]
    (state,) = list_states(stick)
    assert [Path(name).name for name in state.missing] == [gone.name]


def test_a_file_that_is_damaged_here_is_not_taken_for_the_photo(
    filled: Archive, stick: Path
) -> None:
    bad = min(filled.originals.rglob("*.jpg"))
    bad.chmod(0o644)
    bad.write_bytes(b"\xff\xd8\xff" + bytes(5000))
    told = backed_up(filled, stick)
    assert [Path(name).name for name, _ in told.missing] == [bad.name]
    assert not list(stick.rglob(bad.name))


def test_damage_in_the_backup_is_found_by_checking_it_and_mended(
    filled: Archive, stick: Path, tmp_path: Path
) -> None:
    backed_up(filled, stick)
    bad = min((stick / "originals").rglob("*.jpg"))
    rot = bytes(bad.stat().st_size)
    bad.chmod(0o644)
    bad.write_bytes(rot)
    restored = restore(stick, tmp_path / "broken")
    assert [why for _, why in restored.missing] == [
        "the backup's copy holds other bytes"
    ]
    assert backed_up(filled, stick).copied == 0
    assert backed_up(filled, stick, check=True).copied == 1
    assert restore(stick, tmp_path / "whole").missing == []
    assert [path.read_bytes() for path in (stick / "damaged").iterdir()] == [rot]


def test_a_file_that_is_cut_off_in_the_backup_is_copied_again_unasked(
    filled: Archive, stick: Path
) -> None:
    backed_up(filled, stick)
    cut, *_ = (stick / "originals").rglob("*.jpg")
    whole = cut.read_bytes()
    cut.chmod(0o644)
    cut.write_bytes(b"")
    told = backed_up(filled, stick)
    assert (told.copied, told.there, told.missing) == (1, 2, [])
    assert cut.read_bytes() == whole


def test_a_database_copy_that_was_changed_is_not_restored(
    filled: Archive, stick: Path, tmp_path: Path
) -> None:
    told = backed_up(filled, stick)
    copy = stick / "states" / told.name / "archive.db"
    whole = bytearray(copy.read_bytes())
    whole[5000] ^= 1
    copy.write_bytes(whole)
    with pytest.raises(DamagedArchive, match="is not what it was"):
        restore(stick, tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_a_damaged_database_is_not_backed_up_as_if_it_were_whole(
    filled: Archive, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    snapshot.snapshot(filled.folder / "archive.db", copy)
    pages = bytearray(copy.read_bytes())
    for at in range(20 * 4096, 60 * 4096, 4096):
        pages[at : at + 200] = bytes(200)
    copy.write_bytes(pages)
    with pytest.raises((DamagedArchive, StoreError)):
        snapshot.snapshot(copy, tmp_path / "copy2.db")


def test_a_copy_that_the_other_sqlite_cannot_read_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_bytes(b"no database" * 999)
    assert snapshot.second_opinion(str(tmp_path / "copy.db")) == [
        "file is not a database"
    ]


def test_of_many_missing_files_the_first_are_named_and_all_counted() -> None:
    told = Taken()
    for number in range(1500):
        told.lack(str(number), "it is gone")
    assert (told.lacking, len(told.missing), told.is_complete) == (1500, 1000, False)


def test_an_empty_file_in_a_backup_is_named_once(
    filled: Archive, stick: Path, tmp_path: Path
) -> None:
    backed_up(filled, stick)
    path = min((stick / "originals").rglob("*.jpg"))
    path.chmod(0o644)
    path.write_bytes(b"")
    told = asbuilt("restore", stick, tmp_path / "again")
    assert told.exit_code == 3
    assert told.stderr.count(path.name) == 1


# What became of the backup's file of a plan: why the restored archive has none
PLANS = {"eaten": "the backup's copy holds other bytes", "gone": "does not have it"}


@pytest.mark.parametrize("fate", PLANS)
def test_a_plan_that_is_not_in_the_backup_is_named_and_mended_there(
    filled: Archive, stick: Path, tmp_path: Path, fate: str
) -> None:
    plan, removed = add_map(filled, b"a drawing"), add_map(filled, b"another")
    filled.connection.execute("delete from plans where id = 2")
    assert backed_up(filled, stick).is_complete
    for name in (plan, removed):
        path = stick / "maps" / name
        path.unlink() if fate == "gone" else path.write_bytes(b"eaten")
    told = restore(stick, tmp_path / "broken")
    ((name, why),) = told.missing
    assert name == f"maps/{plan}"
    assert PLANS[fate] in why
    assert not list((tmp_path / "broken").glob("maps/*"))
    assert backed_up(filled, stick).is_complete
    assert restore(stick, tmp_path / "whole").is_complete
    restored = {path.name for path in (tmp_path / "whole" / "maps").iterdir()}
    assert restored == {plan, removed}


def test_a_plan_that_is_lost_here_is_named_and_its_copy_in_the_backup_stays(
    filled: Archive, stick: Path
) -> None:
    plan, other = add_map(filled, b"a drawing"), add_map(filled, b"another")
    backed_up(filled, stick)
    (stick / "maps" / other).unlink()
    for name, data in ((plan, b"eaten"), (other, b"eaten")):
        (filled.folder / "maps" / name).write_bytes(data)
    told = backed_up(filled, stick)
    assert told.missing == [
        (f"maps/{other}", "it holds other bytes than it was stored")
    ]
    assert (stick / "maps" / plan).read_bytes() == b"a drawing"
