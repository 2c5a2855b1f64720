"""Where photos come from: files, folders, links, pipes and names of every kind."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from archive.database import Archive, create_archive
from archive.errors import NotFound
from archive.importing import Refusal, scanning
from archive.importing.model import bytes_of
from tests.archive.import_checks import (
    PHOTOS,
    SHARED,
    column,
    faults,
    lay,
    names,
    photo,
    sha256,
    take_in,
    tree,
)
from tests.archive.streams import Stream

pytestmark = pytest.mark.usefixtures("one_process")


def test_the_source_is_the_same_afterwards(archive: Archive, source: Path) -> None:
    lay(source, {"bad.jpg": b"\xff\xd8\xff", "a.txt": b"text"})
    with zipfile.ZipFile(source / "z.zip", "w") as target:
        target.writestr("in.jpg", photo(7))
    before = tree(source)
    for _ in range(2):
        take_in(archive, source)
        assert tree(source) == before


def test_where_photos_came_from_is_kept_by_its_last_name_alone(
    archive: Archive, source: Path
) -> None:
    lay(source, {"bad.jpg": b"\xff\xd8\xff", "alone.jpg": photo(8)})
    with zipfile.ZipFile(source / "z.zip", "w") as target:
        target.writestr("in.jpg", photo(7))
    take_in(archive, source, source / "alone.jpg")
    kept = b"".join(path.read_bytes() for path in archive.folder.glob("*.db*"))
    assert b"z.zip" in kept
    assert str(source.parent).encode() not in kept


def test_originals_are_named_by_their_bytes_and_read_only(
    archive: Archive, source: Path
) -> None:
    take_in(archive, source)
    found = sorted(p for p in archive.originals.rglob("*") if p.is_file())
    expected = {sha256(data) for data in PHOTOS.values()}
    assert {path.stem for path in found} == expected
    assert {path.parent.name for path in found} == {name[:2] for name in expected}
    assert {path.stat().st_mode & 0o777 for path in found} == {0o444}
    assert {path.stat().st_nlink for path in found} == {1}
    assert column(archive, "bytes", "originals") == [
        path.stat().st_size for path in sorted(source.rglob("*.JPG"))
    ]


def test_a_file_that_grows_while_it_is_read_is_refused_and_taken_later(
    archive: Archive, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    growing = source / "DCIM/IMG_2.JPG"
    real = scanning.open_source

    def open_and_grow(path: str) -> Any:
        stream = real(path)
        return _Growing(stream, growing) if path == str(growing) else stream

    monkeypatch.setattr(scanning, "open_source", open_and_grow)
    report = take_in(archive, source)
    assert names(report.imported) == ["IMG_1.JPG", "IMG_3.JPG"]
    assert [r.path for r in report.refused] == [str(growing)]
    assert "changed while it was read" in report.refused[0].reason
    assert faults(archive) == []
    monkeypatch.setattr(scanning, "open_source", real)
    assert names(take_in(archive, source).imported) == ["IMG_2.JPG"]


class _Growing(Stream):
    """A source that somebody writes to at each read."""

    def __init__(self, stream: Any, path: Path) -> None:
        super().__init__(stream)
        self._path = path

    def readinto(self, buffer: memoryview) -> int:
        count = int(self._stream.readinto(buffer))
        if count:
            with self._path.open("ab") as more:
                more.write(b"x")
        return count


# --- places


def test_a_wrong_path_is_refused_by_name_and_the_others_come_in(
    archive: Archive, source: Path, tmp_path: Path
) -> None:
    wrong = [tmp_path / "absent", source / "DCIM/IMG_1.JPG/x", archive.originals]
    report = take_in(archive, wrong[0], source, *wrong[1:])
    assert names(report.imported) == ["IMG_1.JPG", "IMG_2.JPG", "IMG_3.JPG"]
    assert report.refused == [
        Refusal(str(wrong[0]), "there is no such file or folder"),
        Refusal(str(wrong[1]), "there is no such file or folder"),
        Refusal(str(wrong[2]), "lies inside the archive itself"),
    ]
    assert faults(archive) == []


def test_where_no_path_is_there_nothing_is_done_and_all_are_named(
    archive: Archive, tmp_path: Path
) -> None:
    absent = [tmp_path / f"absent\n{n}" for n in range(7)]
    with pytest.raises(NotFound) as caught:
        take_in(archive, *absent[:2])
    said = str(caught.value)
    assert said.count("there is no such file or folder") == 2
    assert "\n" not in said
    with pytest.raises(NotFound, match=r"and 2 more$"):
        take_in(archive, *absent)
    assert column(archive, "id", "imports") == []


def test_a_path_that_may_not_be_looked_at_is_said_to_be_so(
    archive: Archive, source: Path, tmp_path: Path
) -> None:
    long = tmp_path / ("x" * 300)
    report = take_in(archive, long, source)
    assert report.refused == [Refusal(str(long), "cannot be read: File name too long")]


def test_a_path_inside_the_archive_is_refused(archive: Archive, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(archive.originals, target_is_directory=True)
    for path in (archive.folder, archive.originals, archive.folder / ".asbuilt", link):
        with pytest.raises(NotFound, match="inside the archive"):
            take_in(archive, path)


def test_a_source_that_holds_the_archive_is_walked_around_it(
    archive: Archive, tmp_path: Path
) -> None:
    create_archive(tmp_path / "other", "Other")
    lay(tmp_path, {"a.jpg": photo(1), "tower-4/originals/x.jpg": photo(2)})
    report = take_in(archive, tmp_path)
    assert names(report.imported) == ["a.jpg"]
    assert report.refused == [
        Refusal(str(tmp_path / "other"), "it is an archive of its own")
    ]
    (archive.originals / "x.jpg").unlink()


def test_what_is_no_file_is_named_and_passed_over(
    archive: Archive, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(source, {"folder.jpg/in.jpg": photo(9)})
    os.mkfifo(source / "pipe.jpg")
    (source / "link.jpg").symlink_to(source / "DCIM/IMG_1.JPG")
    (source / "dangling.jpg").symlink_to(tmp_path / "nowhere")
    (source / "around").symlink_to(source, target_is_directory=True)
    monkeypatch.chdir(source)  # a socket's address has room for 107 bytes
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.jpg")
        report = take_in(archive, source)
    assert names(report.imported) == ["IMG_1.JPG", "IMG_2.JPG", "IMG_3.JPG", "in.jpg"]
    assert {Path(r.path).name: r.reason for r in report.refused} == {
        "around": "it is a symbolic link",
        "dangling.jpg": "it is a symbolic link",
        "link.jpg": "it is a symbolic link",
        "pipe.jpg": "it is not a regular file",
        "socket.jpg": "it is not a regular file",
    }


def test_a_pipe_named_itself_is_refused_and_a_link_followed(
    archive: Archive, source: Path, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "link.jpg").symlink_to(source / "DCIM/IMG_1.JPG")
    report = take_in(archive, tmp_path / "pipe.jpg", tmp_path / "link.jpg")
    assert names(report.imported) == ["link.jpg"]
    assert report.refused[0].reason == "it is not a regular file"


def test_a_pipe_that_took_a_file_s_place_does_not_hold_the_import_up(
    archive: Archive, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = scanning.open_source

    def swap(path: str) -> Any:
        Path(path).unlink()
        os.mkfifo(path)
        return real(path)

    monkeypatch.setattr(scanning, "open_source", swap)
    report = take_in(archive, source)
    assert [r.reason for r in report.refused] == ["it is not a regular file"] * 3


def test_very_deep_folders_are_walked(archive: Archive, tmp_path: Path) -> None:
    deep = tmp_path / "deep"
    deep.mkdir()
    here = os.open(deep, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    file = os.open("p.jpg", os.O_WRONLY | os.O_CREAT, dir_fd=here)
    os.write(file, photo(1))
    os.close(file)
    os.close(here)
    report = take_in(archive, deep)
    assert names(report.imported) == ["p.jpg"]
    subprocess.run(["rm", "-rf", str(deep)], check=True)


# --- names


HOSTILE_NAMES = {
    "255-bytes": b"n" * 251 + b".jpg",
    "nfd": "Bau\u0308stelle.jpg".encode(),
    "rtl": "\u202egpj.exe.jpg".encode(),
    "newline": b"two\nlines.jpg",
    "invalid": b"caf\xe9.jpg",
    "escape": b"\x1b[2J.jpg",
    "markup": b"<script>alert(1).jpg",
    "formula": b"=cmd|' .jpg",
    "sql": b"'; drop table photos; --.jpg",
    "spaces": b"  .jpg ",
    "no-extension": b"DSC0001",
}


@pytest.mark.parametrize("name", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES.keys())
def test_a_file_of_any_name_comes_in_under_it(
    archive: Archive, tmp_path: Path, name: bytes
) -> None:
    path = tmp_path / "s" / os.fsdecode(name)
    path.parent.mkdir()
    try:
        path.write_bytes(photo(1))
    except OSError:
        pytest.skip("this file system takes no such name")
    os.utime(path, (1, 1))
    report = take_in(archive, path.parent)
    assert len(report.imported) == 1
    json.dumps(report.as_json()).encode()
    stored, raw = archive.connection.execute(
        "select filename, filename_bytes from photos"
    ).fetchone()
    if raw is None:
        assert stored.encode() == name
    else:
        assert raw == name
        assert stored == "caf\\udce9.jpg"
    assert len(take_in(archive, path.parent).duplicates) == 1
    assert faults(archive) == []


@pytest.mark.skipif(not SHARED.exists(), reason="no ../shared/photos")
def test_the_hostile_names_of_the_collection_come_in(
    archive: Archive, tmp_path: Path
) -> None:
    subprocess.run(
        [sys.executable, SHARED / "hostile/make_names.py",
         SHARED / "real/pillow--hopper.jpg", tmp_path / "names"],
        check=True, capture_output=True,
    )  # fmt: skip
    count = sum(len(files) for _, _, files in os.walk(tmp_path / "names"))
    report = take_in(archive, tmp_path / "names")
    ignored = report.ignored + len(report.refused)
    assert len(report.imported) + ignored == count
    assert {r.reason for r in report.refused} <= {"it is a symbolic link"}
    json.dumps(report.as_json()).encode()
    again = take_in(archive, tmp_path / "names")
    assert len(again.duplicates) + ignored == count
    assert faults(archive) == []


def test_a_name_that_only_windows_can_have_still_has_bytes() -> None:
    assert bytes_of("\ud83d.jpg") == b"\xed\xa0\xbd.jpg"
    assert bytes_of("caf\udce9") == b"caf\xe9"
