"""The states in a backup: whole or none, and no other run's."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from archive.backups import State, contents, list_states, restore, states, taking
from archive.backups.states import MARKER
from archive.database import Archive
from archive.errors import ArchiveLocked, DamagedArchive, StoreError
from tests.archive.backups.taken import Killed, backed_up, change_state


@pytest.mark.parametrize("step", ["_copy_originals", "_copy_maps", "_finish"])
def test_a_run_that_dies_leaves_no_state_and_the_next_goes_on(
    filled: Archive, stick: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(taking, step, die)
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)  # nothing tidies up
        with pytest.raises(Killed):
            backed_up(filled, stick)
    assert list_states(stick) == []
    assert backed_up(filled, stick).is_complete
    assert len(list_states(stick)) == 1
    assert not list((stick / "states").glob(".*"))


def test_a_first_backup_that_was_cut_off_at_once_can_be_taken_again(
    filled: Archive, stick: Path
) -> None:
    (stick / "states").mkdir(parents=True)
    (stick / f"{MARKER}.new").write_text("{")
    assert backed_up(filled, stick).is_complete
    assert len(list_states(stick)) == 1


def test_two_runs_do_not_clear_each_others_state(filled: Archive, stick: Path) -> None:
    backed_up(filled, stick)
    with states.locked(stick), pytest.raises(ArchiveLocked, match="another process"):
        backed_up(filled, stick)
    left = stick / "originals" / ".incoming-of-one-that-died"
    left.mkdir()
    (left / "half").write_bytes(b"half a photo")
    assert backed_up(filled, stick).is_complete
    assert not left.exists()


def test_two_first_runs_at_once_make_one_backup(
    stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = states.new_marker

    def meanwhile(archive: str) -> dict[str, object]:
        with pytest.raises(ArchiveLocked):
            states.prepare(stick, archive)
        return real(archive)

    monkeypatch.setattr(states, "new_marker", meanwhile)
    made = states.prepare(stick, "tower-4")
    assert states.prepare(stick, "tower-4") == made


def test_a_full_disk_ends_the_run_and_is_no_lack_of_the_archives(
    filled: Archive, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> bool:
        error = StoreError("x", "cannot be stored: No space left on device")
        raise error from OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(taking, "copy_in", full)
    with pytest.raises(StoreError, match="No space"):
        backed_up(filled, stick)
    assert list_states(stick) == []


@pytest.mark.parametrize(
    "values",
    [{"files": ["a"]}, {"photos": "many"}, {"missing": 7}, {"bytes": None}],
    ids=str,
)
def test_a_state_that_says_nonsense_is_none(
    filled: Archive, stick: Path, values: dict[str, object]
) -> None:
    backed_up(filled, stick)
    change_state(stick, **values)
    assert list_states(stick) == []


@pytest.mark.parametrize("files", [{}, {"../x": "0"}, {"archive.db": "0", "x": "0"}])
def test_a_state_of_other_files_is_not_restored(
    filled: Archive, stick: Path, tmp_path: Path, files: dict[str, str]
) -> None:
    backed_up(filled, stick)
    change_state(stick, files=files)
    with pytest.raises(DamagedArchive, match="no state of an archive"):
        restore(stick, tmp_path / "again")


def test_what_sqlite_could_not_remove_is_no_part_of_a_state(
    filled: Archive, stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, rest = contents.snapshot, "archive.db-shm"

    def leave(source: Path, target: Path) -> None:
        real(source, target)
        (target.parent / rest).write_bytes(b"rest")

    monkeypatch.setattr(contents, "snapshot", leave)
    backed_up(filled, stick)
    (state,) = list_states(stick)
    assert state.files.keys() == {"archive.db", ".asbuilt"}
    # as states were that have it
    change_state(stick, files={**state.files, rest: "0"})
    assert restore(stick, tmp_path / "again").missing == []
    rest = "other"
    with pytest.raises(StoreError, match="other; the disk fails"):
        backed_up(filled, stick)


def test_half_a_state_is_none(filled: Archive, stick: Path) -> None:
    backed_up(filled, stick)
    torn = stick / "states" / "20990101T000000Z-abcdef"
    torn.mkdir()
    (torn / "state.json").write_text('{"taken_at": "2099')
    found = list_states(stick)
    assert [isinstance(state, State) for state in found] == [True]
