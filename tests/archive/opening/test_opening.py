"""Opening archives: good ones, moved ones, and everything that is none."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import apsw
import pytest

from archive import database, migrations
from archive.batches import batch
from archive.checking import check_history
from archive.database import Archive, create_archive, open_archive
from archive.errors import (
    ArchiveError,
    ArchiveLocked,
    InvalidInput,
    NewerFormat,
    NotAnArchive,
    StoreError,
)
from archive.people import owner
from archive.rights import viewer
from archive.search import find_photos
from archive.sqlite import sqlite3
from tests.archive.opening.conftest import ROOT, contents


def change_marker(folder: Path, **values: object) -> None:
    marker = folder / ".asbuilt"
    marker.write_text(json.dumps({**json.loads(marker.read_text()), **values}))


# what is done to a whole archive's folder: what the refusal says
NO_ARCHIVES = {
    "no folder": (shutil.rmtree, "there is no such folder"),
    "a file": (lambda f: (shutil.rmtree(f), f.touch()), "is a file, not a folder"),
    "no marker": (lambda f: (f / ".asbuilt").unlink(), ".asbuilt file is missing"),
    "an empty folder": (
        lambda f: (shutil.rmtree(f), f.mkdir()),
        "it has no .asbuilt file",
    ),
    "empty marker": (
        lambda f: (f / ".asbuilt").write_bytes(b""),
        "is not an archive's",
    ),
    "garbage": (
        lambda f: (f / ".asbuilt").write_bytes(b"\xff\0{"),
        "is not an archive",
    ),
    "deep garbage": (lambda f: (f / ".asbuilt").write_text("[" * 60_000), "is not an"),
    "long garbage": (lambda f: (f / ".asbuilt").write_text("1" * 10**6), "is not an"),
    "a list": (lambda f: (f / ".asbuilt").write_text("[1]"), "is not an archive's"),
    "no format": (lambda f: change_marker(f, format="1"), "is not an archive's"),
    "no uuid": (lambda f: change_marker(f, uuid=None), "is not an archive's"),
    "marker a folder": (
        lambda f: ((f / ".asbuilt").unlink(), (f / ".asbuilt").mkdir()),
        "cannot be read",
    ),
}


@pytest.mark.parametrize("what", NO_ARCHIVES)
def test_what_is_no_archive(folder: Path, what: str) -> None:
    spoil, words = NO_ARCHIVES[what]
    spoil(folder)  # type: ignore[no-untyped-call]
    with pytest.raises(NotAnArchive) as caught:
        open_archive(folder)
    assert words in str(caught.value)
    assert str(folder) in str(caught.value)


def test_a_name_too_long_for_the_disk_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(NotAnArchive, match="too long"):
        open_archive(tmp_path / ("x" * 300))


@pytest.mark.parametrize("where", ["marker", "database"])
def test_a_newer_format_is_refused_and_nothing_is_touched(
    folder: Path, where: str
) -> None:
    if where == "marker":
        change_marker(folder, format=99)
    else:
        connection = sqlite3.connect(folder / "archive.db", isolation_level=None)
        connection.execute("pragma user_version = 99")
        connection.close()
    before = contents(folder)
    with pytest.raises(NewerFormat, match=r"newer asbuilt \(format 99; this one reads"):
        open_archive(folder)
    assert contents(folder) == before


needs_statvfs = pytest.mark.skipif(not hasattr(os, "statvfs"), reason="no statvfs")


@pytest.fixture
def locked_stick(filled: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive on a disk that nobody can write to, as its system says."""
    real = os.statvfs

    def read_only(path: Path) -> SimpleNamespace:
        return SimpleNamespace(f_flag=os.ST_RDONLY, f_fsid=real(path).f_fsid)

    monkeypatch.setattr(os, "statvfs", read_only)
    return filled


@needs_statvfs
def test_on_a_disk_that_is_read_only_an_archive_is_read(locked_stick: Path) -> None:
    before = contents(locked_stick)
    with open_archive(locked_stick) as archive:
        connection, sam = archive.connection, owner(archive.connection)
        assert len(find_photos(connection, "", viewer(sam), limit=500).ids) == 400
        assert contents(locked_stick) == before  # nothing beside it either
        with (
            pytest.raises(StoreError, match="read-only"),
            database.database_errors(locked_stick),
            batch(connection, sam),
        ):
            connection.execute("update photos set starred = 1")
    assert contents(locked_stick) == before


@needs_statvfs
def test_another_database_reads_it_from_there(locked_stick: Path) -> None:
    """As a package does, which is written elsewhere."""
    name = str(database.address(locked_stick / "archive.db"))
    with closing(sqlite3.connect(":memory:", uri=True)) as other:
        other.execute("ATTACH ? AS live", (name,))
        assert other.execute("select count(*) from live.photos").fetchone() == (400,)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            other.execute("update live.photos set starred = 1")


@needs_statvfs
@pytest.mark.parametrize(
    ("beside", "found"),
    [("-wal", b"log"), ("-journal", b"cut off"), ("-shm", b"")],
    ids=["a log", "the journal of half a change", "somebody has it open"],
)
def test_where_something_lies_beside_it_a_database_is_not_taken_for_still(
    locked_stick: Path, beside: str, found: bytes
) -> None:
    for end in ("-wal", "-journal"):
        (locked_stick / f"archive.db{end}").write_bytes(b"")
    assert database.is_on_read_only_disk(locked_stick / "archive.db")
    (locked_stick / f"archive.db{beside}").write_bytes(found)
    assert not database.is_on_read_only_disk(locked_stick / "archive.db")


HOLD = """
import sys
from archive.sqlite import sqlite3
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("begin immediate")
connection.execute("update settings set value = '1'")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_lock_names_the_process_that_holds_it(filled: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, filled / "archive.db"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == b"held\n"
        with (
            open_archive(filled, busy_seconds=0.01) as archive,
            pytest.raises(ArchiveLocked) as caught,
            batch(archive.connection, owner(archive.connection)),
        ):
            pytest.fail("got the lock")
    finally:
        holder.communicate()
    assert "nothing was changed" in str(caught.value)
    if Path("/proc/locks").exists():
        assert f"process {holder.pid} (python" in str(caught.value)


def test_a_second_sqlite_library_is_refused(filled: Path) -> None:
    other = apsw.Connection(str(filled / "archive.db"))
    try:
        with pytest.raises(ArchiveError, match="a second SQLite library would damage"):
            open_archive(filled)
    finally:
        other.close()
    open_archive(filled).close()


def test_another_thread_may_open_an_archive_while_this_one_looks(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = iter([RuntimeError("dictionary changed size during iteration"), ()])

    def items() -> Any:
        found = next(told)
        if isinstance(found, RuntimeError):
            raise found
        return found

    monkeypatch.setattr(database, "_ours", SimpleNamespace(items=items))
    database.refuse_second_library(filled / "archive.db")
    assert next(told, None) is None


def test_another_open_archive_does_not_hide_a_second_library(
    archive: Archive, tmp_path: Path
) -> None:
    create_archive(tmp_path / "other", "Other")
    with (
        (tmp_path / "other" / "archive.db").open("rb"),
        pytest.raises(ArchiveError, match="something else in this program"),
    ):
        open_archive(tmp_path / "other")
    assert archive.connection.execute("select 1").fetchone() == (1,)


def test_a_failure_to_open_leaves_nothing_open(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(connection: Any) -> None:
        connection.execute("select count(*) from photos").fetchone()
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(database, "configure", fail)
        with pytest.raises(StoreError) as told:
            open_archive(filled)
    assert told.value.__cause__ is not None  # and with it all that was local there
    open_archive(filled).close()


def test_an_archive_may_be_opened_twice(archive: Archive) -> None:
    with open_archive(archive.folder) as again:
        assert again.uuid == archive.uuid


def test_a_moved_or_copied_archive_works(filled: Path, tmp_path: Path) -> None:
    shutil.copytree(filled, tmp_path / "copy")
    filled.rename(tmp_path / "moved")
    for name in ("copy", "moved"):
        with open_archive(tmp_path / name) as archive:
            with batch(archive.connection, owner(archive.connection)):
                archive.connection.execute("update photos set starred = 1")
            assert list(check_history(archive.connection)) == []


def test_no_path_of_this_computer_is_in_an_archive(filled: Path) -> None:
    for name, data in contents(filled).items():
        for word in (str(filled), str(filled.parent), filled.parent.name):
            assert word.encode() not in data, name


def test_nothing_is_left_where_an_archive_could_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name in ("full", "file"):
        with pytest.raises(InvalidInput, match="is not an empty folder"):
            create_archive(tmp_path / name, "Tower 4")
    with pytest.raises(InvalidInput, match="name of the archive is empty"):
        create_archive(tmp_path / "nameless", " ")
    with pytest.raises(ArchiveError, match="too long"):
        create_archive(tmp_path / ("x" * 300), "Tower 4")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "full"]


@pytest.mark.skipif(os.name == "nt", reason="names there are no bytes")
def test_below_a_folder_whose_name_is_not_utf8_there_is_no_archive(
    tmp_path: Path,
) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    try:
        odd.mkdir()
    except OSError:
        pytest.skip("the file system takes no such name")
    with pytest.raises(StoreError, match="is not UTF-8"):
        create_archive(odd / "tower", "Tower 4")
    assert list(odd.iterdir()) == []
    create_archive(tmp_path / "tower", "Tower 4")
    (tmp_path / "tower").rename(odd / "tower")
    with pytest.raises(StoreError, match="is not UTF-8"):
        open_archive(odd / "tower")


def test_a_crash_while_an_archive_is_made_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(database, "write_marker", crash)
    with pytest.raises(KeyboardInterrupt):
        create_archive(tmp_path / "tower", "Tower 4")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_becomes_an_archive(tmp_path: Path) -> None:
    (tmp_path / "tower").mkdir()
    create_archive(tmp_path / "tower", "Tower 4")
    with open_archive(tmp_path / "tower") as archive:
        assert archive.originals.is_dir()


def test_the_marker_follows_the_format(folder: Path) -> None:
    change_marker(folder, format=0)
    open_archive(folder).close()
    marker = json.loads((folder / ".asbuilt").read_text())
    assert marker["format"] == migrations.FORMAT
