"""When the disk fails under an import: a reason for the file, and nothing half done.

The real operations run, but for the one that fails. Each is made to fail in turn.
"""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from archive import database
from archive.database import Archive, open_archive
from archive.errors import StoreError
from archive.importing import pipeline, scanning
from archive.people import Person
from tests.archive.import_checks import column, faults, lay, names, photo, take_in
from tests.archive.streams import Stream

CALLS = (
    *("chmod", "fsync", "link", "mkdir", "open", "rename", "rmdir", "truncate"),
    *("unlink", *(["posix_fallocate"] if hasattr(os, "posix_fallocate") else [])),
)


REASONS = {
    errno.ENOSPC: "No space left on device",
    errno.EIO: "Input/output error",
    errno.EROFS: "Read-only file system",
}


class Disk:
    """The operations of ``os`` on a store, one of which fails.

    :param failing: number of the call that fails (and of all after it, ``until``)
    """

    def __init__(self) -> None:
        self.count = 0
        self.failing = range(-1, -1)
        self.code = errno.EIO
        self.only: tuple[str, ...] = ()

    def call(self, name: str) -> None:
        if self.only and name not in self.only:
            return
        self.count += 1
        if self.count - 1 in self.failing:
            raise OSError(self.code, os.strerror(self.code))

    @contextmanager
    def wrapped(self, monkeypatch: pytest.MonkeyPatch, store: Path) -> Iterator[None]:
        with monkeypatch.context() as patch:
            for name in CALLS:
                patch.setattr(os, name, self._failing(getattr(os, name), name, store))
            patch.setattr(io, "open", self._opening(io.open, store))
            yield

    def _failing(
        self, real: Callable[..., Any], name: str, store: Path
    ) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            first = args[0]
            inside = isinstance(first, int) or str(store) in os.fspath(first)
            # what is opened only to be read does not touch the disk's space
            if inside and not options.get("dir_fd"):
                self.call(name)
            return real(*args, **options)

        return call

    def _opening(self, real: Callable[..., Any], store: Path) -> Callable[..., Any]:
        def call(file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
            if not isinstance(file, int) and str(store) in os.fspath(file):
                self.call(f"open {mode}")
                stream = real(file, mode, *args, **options)
                return _Stream(stream, self) if "x" in mode else stream
            return real(file, mode, *args, **options)

        return call


class _Stream(Stream):
    """A file whose writes may fail."""

    def __init__(self, stream: Any, disk: Disk) -> None:
        super().__init__(stream)
        self._disk = disk

    def write(self, data: Any) -> int:
        self._disk.call("write")
        return int(self._stream.write(data))


def calls_of_an_import(
    monkeypatch: pytest.MonkeyPatch, folder: Path, source: Path
) -> int:
    disk = Disk()
    with open_archive(folder) as archive:
        with disk.wrapped(monkeypatch, archive.originals):
            take_in(archive, source)
        assert faults(archive) == []
    return disk.count


def try_with(
    monkeypatch: pytest.MonkeyPatch, disk: Disk, folder: Path, source: Path
) -> None:
    """Import on a failing disk, then on a sound one; both must be right."""
    with open_archive(folder) as archive:
        with disk.wrapped(monkeypatch, archive.originals):
            try:
                report = take_in(archive, source)
            except StoreError as error:
                assert REASONS[disk.code] in str(error)  # noqa: PT017 - may, not must
            else:
                ended = len(report.imported) + len(report.duplicates)
                assert ended + len(report.refused) == 4
                for refusal in report.refused:
                    assert refusal.reason.endswith(REASONS[disk.code])
                assert len(report.imported) == len(column(archive, "id"))
        assert faults(archive, at_rest=False) == []
        take_in(archive, folder.parent / "nothing")
        assert faults(archive) == []
        report = take_in(archive, source)
        assert report.refused == []
        assert len(column(archive, "id")) == 3
        assert faults(archive) == []


@pytest.mark.parametrize("code", REASONS, ids=errno.errorcode.get)
def test_each_operation_of_the_store_may_fail_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: Path, code: int
) -> None:
    (tmp_path / "nothing").mkdir()
    database.create_archive(tmp_path / "count", "T")
    total = calls_of_an_import(monkeypatch, tmp_path / "count", source)
    assert total > 30
    for number in range(total):
        folder = tmp_path / f"archive-{number}"
        database.create_archive(folder, "T")
        disk = Disk()
        disk.failing, disk.code = range(number, number + 1), code
        try_with(monkeypatch, disk, folder, source)
        assert disk.count > number


# Where no links can be made, a file is renamed
@pytest.mark.parametrize(
    "only",
    [("link",), ("link", "rename"), ("fsync",), ("chmod",), ("write",), ("unlink",)],
    ids="-".join,
)
def test_a_disk_that_stays_broken_refuses_each_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: Path, only: tuple[str, ...]
) -> None:
    (tmp_path / "nothing").mkdir()
    folder = tmp_path / "a"
    database.create_archive(folder, "T")
    disk = Disk()
    disk.failing, disk.code, disk.only = range(1 << 20), errno.ENOSPC, only
    try_with(monkeypatch, disk, folder, source)


def test_one_file_that_cannot_be_written_stops_no_other(
    archive: Archive, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk()
    disk.failing, disk.code, disk.only = range(1, 2), errno.ENOSPC, ("write",)
    with disk.wrapped(monkeypatch, archive.originals):
        report = take_in(archive, source)
    assert [r.reason for r in report.refused] == [
        "cannot be stored: No space left on device"
    ]
    assert len(report.imported) == 2
    assert faults(archive) == []


# The source


class _Pulled(Stream):
    """A file on a stick that is pulled out while it is read."""

    def __init__(self, stream: Any) -> None:
        super().__init__(stream)
        self._reads = 0

    def readinto(self, buffer: memoryview) -> int:
        self._reads += 1
        if self._reads > 1:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return int(self._stream.readinto(buffer[:100]))


def test_a_stick_pulled_out_is_said_for_each_file_that_was_on_it(
    archive: Archive, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = lay(tmp_path / "here", {"z.jpg": photo(9)})
    real = scanning.open_source

    def pulled(path: str) -> Any:
        if "/stick/" not in path:
            return real(path)
        if path.endswith("1.jpg"):
            return _Pulled(real(path))
        raise StoreError(path, "cannot be read: No such file or directory")

    monkeypatch.setattr(scanning, "open_source", pulled)
    report = take_in(archive, source, here)
    assert names(report.imported) == ["z.jpg"]
    assert [r.reason for r in report.refused] == [
        "cannot be read: Input/output error",
        *["cannot be read: No such file or directory"] * 3,
    ]
    assert faults(archive) == []


def test_a_file_that_is_gone_when_its_turn_comes_is_named(
    archive: Archive, source: Path, sam: Person
) -> None:
    def remove(_: Any) -> None:
        (source / "again.jpg").unlink(missing_ok=True)

    (source / "0.txt").write_text("refused first")
    report = pipeline.import_photos(
        archive, sam, [source], renditions=False, progress=remove
    )
    assert {Path(r.path).name: r.reason for r in report.refused} == {
        "0.txt": "it is a text file, not a photo",
        "again.jpg": "cannot be read: No such file or directory",
    }
    assert len(report.imported) == 3


def test_a_folder_that_cannot_be_listed_is_named(
    archive: Archive, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(source, {"locked/in.jpg": photo(9)})
    real = os.scandir

    def scandir(path: Any) -> Any:
        if str(path).endswith("locked"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    report = take_in(archive, source)
    assert [(Path(r.path).name, r.reason) for r in report.refused] == [
        ("locked", "cannot be read: Permission denied")
    ]
    assert len(report.imported) == 3
