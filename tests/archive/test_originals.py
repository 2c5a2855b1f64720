"""The store of originals: write once, read only, whole or not at all."""

from __future__ import annotations

import errno
import io
import os
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from archive import journals, originals
from archive.copying import Copied, identity_of
from archive.errors import DamagedFile, NotAPhoto, StoreError
from archive.originals import Run, Staged, Stored
from tests.archive.import_checks import photo, sha256

MARK = "m" * 64


@dataclass
class Known:
    """What a database would say."""

    names: set[str] = field(default_factory=set)
    mark: str = MARK

    def knows(self, stored: Stored) -> bool:
        return stored.sha256 in self.names

    def follows(self, mark: str) -> bool:
        return mark == self.mark


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "originals"
    path.mkdir()
    return path


def stage(run: Run, data: bytes) -> Staged:
    staged = originals.stage(run, io.BytesIO(data), "a.jpg", lambda _: None)
    originals.sync_staged(staged)
    return staged


def keep(run: Run, *photos: bytes) -> list[str | None]:
    files = [(stage(run, data), Stored(sha256(data), "jpg")) for data in photos]
    return originals.keep(run, files, MARK)


def stored(store: Path) -> set[str]:
    return {p.stem for p in store.glob("??/*")}


def left(store: Path) -> list[str]:
    return [p.name for p in store.glob(".*")]


def test_what_is_staged_has_size_hash_and_checksum(store: Path) -> None:
    run = originals.begin(store)
    data = photo(1) * 4000  # more than one piece
    staged = stage(run, data)
    assert staged.path.read_bytes() == data
    assert (staged.bytes, staged.sha256) == (len(data), sha256(data))
    assert staged.path.stat().st_mode & 0o777 == 0o444
    assert originals.end(run) is False
    assert left(store) == []


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="no such advice here")
def test_a_copy_leaves_the_memory_once_it_is_on_the_disk(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, int]] = []
    for name in ("fsync", "posix_fadvise"):
        real = getattr(os, name)

        def noted(file: int, *args: int, name: str = name, real: Any = real) -> Any:
            calls.append((name, os.fstat(file).st_ino))
            return real(file, *args)

        monkeypatch.setattr(os, name, noted)
    run = originals.begin(store)
    staged = stage(run, photo(1))
    copy = staged.path.stat().st_ino
    assert calls[-2:] == [("fsync", copy), ("posix_fadvise", copy)]
    originals.end(run)


def test_what_is_refused_or_empty_leaves_no_copy(store: Path) -> None:
    def refuse(_: memoryview) -> None:
        raise NotAPhoto("a.jpg", "no")

    run = originals.begin(store)
    with pytest.raises(NotAPhoto):
        originals.stage(run, io.BytesIO(b"text"), "a.jpg", refuse)
    with pytest.raises(DamagedFile, match="it is empty"):
        originals.stage(run, io.BytesIO(b""), "a.jpg", refuse)
    assert {p.name for p in run.folder.iterdir()} == {"lock", "journal"}
    originals.end(run)


def test_kept_and_settled_files_have_one_name(store: Path) -> None:
    run = originals.begin(store)
    files = [(stage(run, photo(n)), Stored(sha256(photo(n)), "jpg")) for n in (1, 2)]
    assert originals.keep(run, files, MARK) == [None, None]
    originals.settle(run, [staged for staged, _ in files])
    for _, name in files:
        state = originals.path_of(store, name).stat()
        assert (state.st_nlink, state.st_mode & 0o777) == (1, 0o444)
        assert originals.find(store, name.sha256) == [name]
    assert originals.end(run) is False
    assert left(store) == []


def test_a_name_that_exists_is_compared_and_never_overwritten(store: Path) -> None:
    run = originals.begin(store)
    assert keep(run, photo(1)) == [None]
    first = originals.path_of(store, Stored(sha256(photo(1)), "jpg"))
    inode = first.stat().st_ino
    wrong = originals.path_of(store, Stored(sha256(photo(2)), "jpg"))
    wrong.parent.mkdir(exist_ok=True)
    wrong.write_bytes(b"other")
    assert keep(run, photo(1), photo(2), photo(3)) == [
        None, originals.WRONG_BYTES, None,
    ]  # fmt: skip
    assert first.stat().st_ino == inode
    assert wrong.read_bytes() == b"other"
    originals.end(run)


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOTSUP, errno.EINVAL])
def test_without_hard_links_a_file_is_renamed(
    store: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def link(*_: Any) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", link)
    run = originals.begin(store)
    for _ in range(2):
        assert keep(run, photo(1)) == [None]
        originals.settle(run, [])
    originals.end(run)
    assert stored(store) == {sha256(photo(1))}
    assert left(store) == []


def test_a_disk_that_fails_while_a_file_is_taken_leaves_it_whole(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    came, data = tmp_path / "came", photo(1)
    came.write_bytes(data)
    run = originals.begin(store)
    identity = identity_of(came.stat())
    copied = Copied(sha256(data), len(data), zlib.crc32(data))
    monkeypatch.setattr(originals, "identity_of", refuse)
    with pytest.raises(StoreError):
        originals.take(run, came, copied, identity)
    assert came.read_bytes() == data
    assert originals.end(run) is False
    assert left(store) == []


def test_what_was_kept_and_not_recorded_is_known_though_it_cannot_be_set_aside(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = originals.begin(store)
    assert keep(run, photo(1)) == [None]
    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", refuse)
        originals.set_aside(run)  # the disk failed for a moment
    assert keep(run, photo(2)) == [None]
    originals.settle(run, [])
    assert originals.end(run)
    originals.recover(store, Known(set()))
    assert stored(store) == {sha256(photo(2))}


def refuse(*_: Any, **__: Any) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_what_a_dead_run_kept_goes_unless_it_is_known(store: Path) -> None:
    run = originals.begin(store)
    keep(run, photo(1), photo(2))
    os.close(run.lock)  # as its death does
    assert originals.recover(store, Known({sha256(photo(2))})) == 1
    assert stored(store) == {sha256(photo(2))}
    assert left(store) == []


def test_a_run_that_is_alive_is_left_alone(store: Path) -> None:
    run = originals.begin(store)
    keep(run, photo(1))
    assert originals.recover(store, Known()) == 0
    assert stored(store) == {sha256(photo(1))}
    assert originals.end(run) is True
    assert originals.recover(store, Known()) == 1
    assert stored(store) == set()


def test_a_run_that_cannot_begin_is_not_taken_for_alive(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as disk:
        disk.setattr(originals, "sync_folder", refuse)
        disk.setattr(originals.shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(StoreError):
            originals.begin(store)
    assert originals.recover(store, Known()) == 1
    assert left(store) == []


def test_what_was_kept_is_taken_back_though_its_journal_could_not_be_read(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fails when the run ends; it works again at the next start."""
    run = originals.begin(store)
    keep(run, photo(1))
    with monkeypatch.context() as disk:
        disk.setattr(Path, "rename", refuse)
        disk.setattr(Path, "read_text", refuse)
        disk.setattr(Path, "stat", refuse)
        originals.set_aside(run)
        assert originals.end(run) is True
    with monkeypatch.context() as disk:
        disk.setattr(Path, "read_text", refuse)
        assert originals.recover(store, Known()) == 0
    assert originals.recover(store, Known()) == 1
    assert stored(store) == set()


@pytest.mark.parametrize(
    ("module", "what"), [(journals, "names_something"), (originals, "_remove_staged")]
)
def test_a_run_that_cannot_end_well_is_not_taken_for_alive(
    store: Path, monkeypatch: pytest.MonkeyPatch, module: Any, what: str
) -> None:
    run = originals.begin(store)
    keep(run, photo(1))
    with monkeypatch.context() as disk:
        disk.setattr(module, what, refuse)
        with pytest.raises(OSError, match="Input/output"):
            originals.end(run)
    assert originals.recover(store, Known()) == 1
    assert stored(store) == set()


def test_a_database_from_an_older_backup_loses_no_original(store: Path) -> None:
    run = originals.begin(store)
    keep(run, photo(1))
    os.close(run.lock)
    originals.recover(store, Known(mark="older"))
    assert stored(store) == {sha256(photo(1))}
    assert left(store) == []


def test_what_was_there_before_is_not_taken_back(store: Path) -> None:
    run = originals.begin(store)
    keep(run, photo(1))
    originals.settle(run, [])
    keep(run, photo(1), photo(2))
    os.close(run.lock)
    originals.recover(store, Known())
    assert stored(store) == {sha256(photo(1))}


def test_what_was_set_aside_is_taken_back_though_later_files_were_settled(
    store: Path,
) -> None:
    run = originals.begin(store)
    keep(run, photo(1))
    originals.set_aside(run)
    keep(run, photo(2))
    originals.settle(run, [])
    assert originals.end(run) is True
    originals.recover(store, Known())
    assert stored(store) == {sha256(photo(2))}


@pytest.mark.parametrize(
    "journal",
    ["", MARK, MARK[:20], f"{MARK}\n{'a' * 63}", f"{MARK}\n../../x jpg\n", "\xff\n"],
    ids=["empty", "no-names", "half-mark", "half-name", "path", "no-ascii"],
)
def test_a_torn_journal_takes_nothing_back(store: Path, journal: str) -> None:
    run = originals.begin(store)
    keep(run, photo(1))
    (run.folder / "journal").write_text(journal, encoding="latin-1")
    os.close(run.lock)
    assert originals.recover(store, Known()) == 1
    assert stored(store) == {sha256(photo(1))}
    assert left(store) == []


def test_purge_removes_one_file_and_is_safe_to_repeat(store: Path) -> None:
    run = originals.begin(store)
    keep(run, photo(1), photo(2))
    originals.settle(run, [])
    originals.end(run)
    for _ in range(2):
        originals.purge(store, Stored(sha256(photo(1)), "jpg"))
        assert stored(store) == {sha256(photo(2))}


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be stored: No such file"):
        originals.begin(tmp_path / "absent")
