"""What the store asks of the disk."""

from __future__ import annotations

import errno
import mmap
import os
from contextlib import nullcontext
from io import FileIO
from pathlib import Path
from types import SimpleNamespace

import pytest

from archive import disk
from archive.database import Archive
from archive.disk import drop_from_memory, reserve, sync_folders, write_straight


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


PIECE = 512 << 10


class Seen(FileIO):
    """A file that tells how it was written to: bytes, and whether past the memory.

    :ivar most: bytes that it takes at a time
    :ivar refusal: of what is to go past the memory
    """

    most, refusal = PIECE, 0

    def __init__(self, path: Path) -> None:
        super().__init__(path, "x+")
        self.ways = 1
        self.seen: list[tuple[int, bool]] = []

    def asked(self, _: int, what: str, ways: int = 0) -> int:
        """Stand in for ``fcntl``: not every file system that tests run on can."""
        if what == "set":
            self.ways = ways
        return self.ways

    def write(self, piece: memoryview) -> int:  # type: ignore[override]
        is_straight = self.ways == 3
        if is_straight and self.refusal:
            raise OSError(self.refusal, os.strerror(self.refusal))
        count = super().write(piece[: self.most])
        self.seen.append((count, is_straight))
        return count


@pytest.mark.parametrize(
    ("before", "size", "most", "refusal", "seen"),
    [
        (0, PIECE, PIECE, 0, [(PIECE, True)]),
        (0, PIECE - 1, PIECE, 0, [(PIECE - 4096, True), (4095, False)]),
        (4096, PIECE, PIECE, 0, [(PIECE, True)]),
        (1, PIECE, PIECE, 0, [(PIECE, False)]),
        (0, PIECE // 4, PIECE, 0, [(PIECE // 4, False)]),
        (0, PIECE, PIECE // 2, 0, [(PIECE // 2, True), (PIECE // 2, True)]),
        (0, PIECE, PIECE, errno.EINVAL, [(PIECE, False)]),
        (0, PIECE, PIECE, errno.ENOSPC, []),
    ],
    ids=[
        "whole steps",
        "a rest",
        "later",
        "from the midst of a step",
        "little",
        "half of it is taken",
        "it cannot go so",
        "no room",
    ],
)
def test_large_pieces_go_past_the_memory_where_they_can(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    before: int,
    size: int,
    most: int,
    refusal: int,
    seen: list[tuple[int, bool]],
) -> None:
    piece, is_full = os.urandom(size), refusal == errno.ENOSPC
    with Seen(tmp_path / "new") as file:
        calls = SimpleNamespace(fcntl=file.asked, F_GETFL="get", F_SETFL="set")
        monkeypatch.setattr(disk, "fcntl", calls, raising=False)
        monkeypatch.setattr(disk, "_STRAIGHT", 2)
        file.truncate(before)
        file.seek(before)
        file.most, file.refusal = most, refusal
        with pytest.raises(OSError, match="space") if is_full else nullcontext():
            write_straight(file, piece)
        assert (file.seen, file.ways) == (seen, 1)
    written = b"" if is_full else piece
    assert (tmp_path / "new").read_bytes() == bytes(before) + written


@pytest.mark.parametrize("is_even", [True, False], ids=["pages", "wherever"])
def test_what_goes_past_the_memory_is_what_was_given(
    tmp_path: Path, is_even: bool
) -> None:
    """On the file system that there is, from memory that a disk takes or does not."""
    room = memoryview(mmap.mmap(-1, 2 * PIECE))
    room[:] = data = os.urandom(2 * PIECE)
    begin = 0 if is_even else 1
    with (tmp_path / "new").open("xb", buffering=0) as file:
        reserve(file, 2 * PIECE)
        write_straight(file, room[begin : PIECE + begin])
        write_straight(file, room[PIECE + begin :])
    written = (tmp_path / "new").read_bytes()
    assert written[: 2 * PIECE - begin] == data[begin:]
