"""What the store asks of the disk."""

from __future__ import annotations

import errno
import os
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from archive import disk
from archive.database import Archive
from archive.disk import drop_from_memory, reserve, sync_folders


@pytest.mark.parametrize("count", [0, 1, 30])
def test_each_of_many_folders_is_synced_though_one_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    folders = [tmp_path / str(number) for number in range(count)]
    for folder in folders:
        folder.mkdir()
    synced: list[int] = []
    broken: set[int] = set()

    def sync(descriptor: int) -> None:
        inode = os.fstat(descriptor).st_ino
        synced.append(inode)
        if inode in broken:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", sync)
    sync_folders(folders)
    wanted = sorted(folder.stat().st_ino for folder in folders)
    assert sorted(synced) == wanted
    synced.clear()
    broken.update(wanted[count // 2 : count // 2 + 1])
    with pytest.raises(OSError, match="Input/output") if count else nullcontext():
        sync_folders(folders)
    assert sorted(synced) == wanted


@pytest.mark.parametrize(
    ("fault", "calls"),
    [(None, ["full"]), (errno.ENOTSUP, ["full", "fsync"]), (errno.EIO, ["full"])],
    ids=["as on macOS", "of another computer", "broken"],
)
def test_what_is_flushed_goes_past_the_memory_of_the_drive(
    monkeypatch: pytest.MonkeyPatch, fault: int | None, calls: list[str]
) -> None:
    seen: list[str] = []

    def full(descriptor: int, command: int) -> None:
        assert (descriptor, command) == (7, 51)
        seen.append("full")
        if fault:
            raise OSError(fault, os.strerror(fault))

    monkeypatch.setattr(disk, "_FULL_SYNC", 51)
    monkeypatch.setattr(disk, "fcntl", SimpleNamespace(fcntl=full), raising=False)
    monkeypatch.setattr(os, "fsync", lambda _: seen.append("fsync"))
    is_broken = pytest.raises(OSError, match="Input/output")
    with is_broken if fault == errno.EIO else nullcontext():
        disk.flush(7)
    assert seen == calls


def test_everything_is_flushed_in_one_way(archive: Archive) -> None:
    root = Path(disk.__file__).parents[1]
    found = {
        path.relative_to(root).as_posix()
        for package in ("archive", "plugins", "sync")
        for path in (root / package).rglob("*.py")
        if b"os.fsync" in path.read_bytes()
    }
    assert found == {"archive/disk.py"}
    for name in ("fullfsync", "checkpoint_fullfsync"):
        assert archive.connection.execute(f"pragma {name}").fetchone() == (1,)


needs_the_call = pytest.mark.skipif(
    not hasattr(os, "posix_fallocate"), reason="this system cannot reserve room"
)


@needs_the_call
def test_a_file_has_its_room_before_it_is_written(tmp_path: Path) -> None:
    with (tmp_path / "new").open("xb") as file:
        reserve(file, 100_000)
        assert os.fstat(file.fileno()).st_size == 100_000
        assert os.fstat(file.fileno()).st_blocks * 512 >= 100_000


@needs_the_call
@pytest.mark.parametrize("number", [errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS])
def test_a_file_system_without_the_call_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    with (tmp_path / "new").open("xb") as file:
        reserve(file, 100)


@needs_the_call
def test_a_full_disk_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    with (tmp_path / "new").open("xb") as file, pytest.raises(OSError, match="space"):
        reserve(file, 100)


def test_a_source_without_a_known_size_reserves_nothing(tmp_path: Path) -> None:
    with (tmp_path / "new").open("xb") as file:
        reserve(file, 0)
        assert os.fstat(file.fileno()).st_size == 0


def test_where_the_advice_fails_nothing_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ESPIPE, os.strerror(errno.ESPIPE))

    monkeypatch.setattr(os, "posix_fadvise", refuse, raising=False)
    monkeypatch.setattr(os, "POSIX_FADV_DONTNEED", 4, raising=False)
    with (tmp_path / "new").open("xb") as file:
        drop_from_memory(file.fileno())
