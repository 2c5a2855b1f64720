"""When the disk fails under an import: a reason for the file, and nothing half done.

The real operations run, but for the one that fails. Each is made to fail in turn.
"""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pytest

from archive import cache, database, originals
from archive.batches import batch
from archive.database import Archive, open_archive
from archive.editing import recycle_photos
from archive.errors import ArchiveLocked, DamagedArchive, StoreError
from archive.importing import pipeline, scanning
from archive.people import Person, owner
from archive.purging import finish_purges, purge_photos
from archive.sqlite import sqlite3
from tests.archive.import_checks import (
    column,
    faults,
    inline,
    lay,
    names,
    photo,
    sha256,
    take_in,
)

CALLS = (
    *("chmod", "fsync", "link", "mkdir", "open", "rename", "rmdir", "truncate"),
    *("unlink", *(["posix_fallocate"] if hasattr(os, "posix_fallocate") else [])),
)
REASONS = {
    errno.ENOSPC: "No space left on device",
    errno.EIO: "Input/output error",
    errno.EROFS: "Read-only file system",
}


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "run_jobs", inline)
    monkeypatch.setattr(pipeline, "BATCH", 2)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    files = {f"{n}.jpg": photo(n) for n in (1, 2, 3)} | {"again.jpg": photo(1)}
    return lay(tmp_path / "stick", files)


class Disk:
    """The operations of ``os`` on a store, one of which fails.

    :param failing: number of the call that fails (and of all after it, ``until``)
    """

    def __init__(self) -> None:
        self.count = 0
        self.failing = range(-1, -1)
        self.code = errno.EIO
        self.only = ""

    def call(self, name: str) -> None:
        if self.only and name != self.only:
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


class _Stream:
    """A file whose writes may fail."""

    def __init__(self, stream: Any, disk: Disk) -> None:
        self._stream, self._disk = stream, disk

    def write(self, data: Any) -> int:
        self._disk.call("write")
        return int(self._stream.write(data))

    def fileno(self) -> int:
        return int(self._stream.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()


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


@pytest.mark.parametrize("only", ["link", "fsync", "chmod", "write", "unlink"])
def test_a_disk_that_stays_broken_refuses_each_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: Path, only: str
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
    disk.failing, disk.code, disk.only = range(1, 2), errno.ENOSPC, "write"
    with disk.wrapped(monkeypatch, archive.originals):
        report = take_in(archive, source)
    assert [r.reason for r in report.refused] == [
        "cannot be stored: No space left on device"
    ]
    assert len(report.imported) == 2
    assert faults(archive) == []


# --- the source


class _Pulled:
    """A file on a stick that is pulled out while it is read."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._reads = stream, 0

    def readinto(self, buffer: memoryview) -> int:
        self._reads += 1
        if self._reads > 1:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return int(self._stream.readinto(buffer[:100]))

    def fileno(self) -> int:
        return int(self._stream.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()


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


# --- the database


class Statements:
    """Makes the nth statement of a connection fail, as a full disk does."""

    def __init__(self) -> None:
        self.count = 0
        self.failing = range(-1, -1)
        self.text = "database or disk is full"

    def kind(self) -> type:
        outer = self

        class Failing(database.Connection):  # type: ignore[misc]
            def execute(self, sql: str, *args: Any) -> Any:
                outer.call(sql)
                return super().execute(sql, *args)

            def executemany(self, sql: str, *args: Any) -> Any:
                outer.call(sql)
                return super().executemany(sql, *args)

        return Failing

    def call(self, sql: str) -> None:
        if sql in ("ROLLBACK", "ROLLBACK TO photo", "RELEASE photo"):
            return
        self.count += 1
        if self.count - 1 in self.failing:
            raise sqlite3.OperationalError(self.text)


@pytest.mark.parametrize("text", ["database or disk is full", "disk I/O error"])
def test_each_statement_may_fail_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: Path, text: str
) -> None:
    statements = Statements()
    statements.text = text
    monkeypatch.setattr(database, "Connection", statements.kind())
    database.create_archive(tmp_path / "template", "T")
    total = 0
    number = 0
    while number == 0 or number < total:
        folder = tmp_path / f"archive-{number}"
        database.create_archive(folder, "T")
        with open_archive(folder) as archive:
            sam = owner(archive.connection)
            start = statements.count
            fail = start + number - 1  # number 0: count only
            statements.failing = range(fail, fail + 1) if number else range(-1, -1)
            report = None
            try:
                report = pipeline.import_photos(
                    archive, sam, [source], renditions=False
                )
            except (StoreError, sqlite3.OperationalError) as error:
                assert text in str(error)  # noqa: PT017 - may, not must
            statements.failing = range(-1, -1)
            if number == 0:
                total = statements.count - start + 1
                assert total > 60
            if report:
                assert all(text in refusal.reason for refusal in report.refused)
                assert len(report.imported) == len(column(archive, "id"))
            assert faults(archive, at_rest=False) == []
            take_in(archive, source)
            assert len(column(archive, "id")) == 3
            assert faults(archive) == []
        number += 1 if number < 12 else 5


def test_a_database_that_is_really_full_refuses_what_does_not_fit(
    archive: Archive, tmp_path: Path
) -> None:
    files = {f"{n:03}.jpg": photo(n) for n in range(60)}
    source = lay(tmp_path / "many", files)
    pages = archive.connection.execute("PRAGMA page_count").fetchone()[0]
    archive.connection.execute(f"PRAGMA max_page_count = {pages + 8}")
    report = take_in(archive, source)
    assert report.refused
    assert all("disk is full" in r.reason for r in report.refused)
    assert len(report.imported) + len(report.refused) == 60
    archive.connection.execute("PRAGMA max_page_count = 1000000")
    assert faults(archive, at_rest=False) == []
    report = take_in(archive, source)
    assert report.refused == []
    assert len(column(archive, "id")) == 60
    assert faults(archive) == []


def test_a_row_that_the_database_refuses_costs_one_file(
    archive: Archive, source: Path
) -> None:
    archive.connection.execute(
        """
        create trigger picky before insert on photos when NEW.filename = '2.jpg'
        begin select raise(abort, 'not this one'); end
        """
    )
    report = take_in(archive, source, album="New", trades=("Steel",))
    assert names(report.imported) == ["1.jpg", "3.jpg"]
    assert [(Path(r.path).name, r.reason) for r in report.refused] == [
        ("2.jpg", "cannot be recorded: not this one")
    ]
    archive.connection.execute("drop trigger picky")
    assert faults(archive) == []


def test_a_stored_file_with_wrong_bytes_costs_one_file_and_is_left(
    archive: Archive, source: Path
) -> None:
    name = sha256(photo(2))
    wrong = archive.originals / name[:2] / f"{name}.jpg"
    wrong.parent.mkdir()
    wrong.write_bytes(b"other")
    report = take_in(archive, source)
    assert names(report.imported) == ["1.jpg", "3.jpg"]
    assert [r.reason for r in report.refused] == [originals.WRONG_BYTES]
    assert wrong.read_bytes() == b"other"


def test_a_cache_that_cannot_be_written_stops_nothing(
    archive: Archive, source: Path
) -> None:
    (archive.folder / cache.DATABASE).mkdir()
    report = take_in(archive, source, renditions=True)
    assert len(report.imported) == 3
    assert report.refused == []


def test_a_damaged_database_ends_the_import_saying_so(
    folder: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements = Statements()
    statements.text = "database disk image is malformed"
    monkeypatch.setattr(database, "Connection", statements.kind())
    with open_archive(folder) as archive:
        statements.failing = range(statements.count + 25, 1 << 20)
        with pytest.raises(DamagedArchive, match="the database is damaged"):
            take_in(archive, source)
        statements.failing = range(-1, -1)
        assert len(take_in(archive, source).imported) > 0
        assert faults(archive) == []


# --- others at the same time

OTHER = """
import sys
from pathlib import Path
from archive.database import open_archive
with open_archive(Path(sys.argv[1])) as archive:
    archive.connection.execute("BEGIN IMMEDIATE")
    print("locked", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_writer(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the write lock until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", OTHER, str(folder)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        yield process
        process.communicate()


def test_an_import_waits_for_a_writer_then_names_it(
    archive: Archive, source: Path
) -> None:
    archive.connection.execute("PRAGMA busy_timeout = 50")
    with another_writer(archive.folder) as other:
        with pytest.raises(ArchiveLocked, match=f"process {other.pid} .*python"):
            take_in(archive, source)
        assert column(archive, "id") == []
    assert len(take_in(archive, source).imported) == 3
    assert faults(archive) == []


def test_an_import_goes_on_when_the_writer_is_done(
    archive: Archive, source: Path
) -> None:
    with another_writer(archive.folder) as other:
        assert other.stdin is not None
        timer = threading.Timer(0.2, other.stdin.close)
        timer.start()
        assert len(take_in(archive, source).imported) == 3
        timer.join()
        other.stdin = None
    assert faults(archive) == []


def test_a_writer_that_comes_between_two_batches_ends_it_with_nothing_half_done(
    archive: Archive, source: Path, sam: Person
) -> None:
    archive.connection.execute("PRAGMA busy_timeout = 50")
    others: list[Any] = []

    def lock(_: Any) -> None:
        if not others:
            others.append(another_writer(archive.folder))
            others[0].__enter__()

    with pytest.raises(ArchiveLocked):
        pipeline.import_photos(archive, sam, [source], renditions=False, progress=lock)
    others[0].__exit__(None, None, None)
    assert len(column(archive, "id")) == 2
    assert faults(archive) == []
    assert len(take_in(archive, source).imported) == 1


IMPORT = """
import sys
from pathlib import Path
from archive.database import open_archive
from archive.importing import pipeline
from tests.archive.import_checks import inline, take_in
pipeline.run_jobs, pipeline.BATCH = inline, 3
with open_archive(Path(sys.argv[1])) as archive:
    report = take_in(archive, Path(sys.argv[2]))
print(len(report.imported), len(report.duplicates), len(report.refused))
"""


def importing(folder: Path, source: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", IMPORT, str(folder), str(source)],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_imports_of_one_folder_at_once_make_each_photo_once(
    folder: Path, tmp_path: Path
) -> None:
    source = lay(tmp_path / "s", {f"{n:03}.jpg": photo(n) for n in range(40)})
    with importing(folder, source) as first, importing(folder, source) as second:
        outputs = [process.communicate()[0] for process in (first, second)]
    counts = [[int(word) for word in output.split()] for output in outputs]
    assert [sum(each) for each in counts] == [40, 40]
    assert sum(imported for imported, _, _ in counts) == 40
    assert sum(refused for _, _, refused in counts) == 0
    with open_archive(folder) as archive:
        assert len(column(archive, "id")) == 40
        assert faults(archive) == []


def test_an_import_while_the_same_photos_are_purged(
    folder: Path, tmp_path: Path
) -> None:
    source = lay(tmp_path / "s", {f"{n:03}.jpg": photo(n) for n in range(30)})
    with open_archive(folder) as archive:
        sam = owner(archive.connection)
        take_in(archive, source)
        with importing(folder, source) as other:
            for number in range(1, 31, 3):
                with batch(archive.connection, sam) as opened:
                    ids = [number, number + 1]
                    recycle_photos(archive.connection, sam, opened, ids)
                purge_photos(archive, sam, ids)
            counts = [int(word) for word in other.communicate()[0].split()]
        assert sum(counts) == 30
        assert counts[0] == 0
        assert len(column(archive, "id")) == 10
        assert faults(archive) == []


def test_pictures_are_not_put_into_the_cache_after_a_purge(
    archive: Archive, sam: Person, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = pipeline.remember_pictures

    def purge_first(one: Archive, prepared: Any) -> None:
        with batch(one.connection, sam) as opened:
            recycle_photos(one.connection, sam, opened, [1])
        purge_photos(one, sam, [1])
        monkeypatch.setattr(pipeline, "remember_pictures", real)
        real(one, prepared)

    monkeypatch.setattr(pipeline, "remember_pictures", purge_first)
    take_in(archive, source, renditions=True)
    with cache.open_cache(archive.folder) as opened:
        assert cache.get(opened, sha256(photo(1)), 0, "thumbnail") is None
        assert cache.get(opened, sha256(photo(2)), 0, "thumbnail") is not None
    assert finish_purges(archive) == 0
    assert faults(archive) == []
