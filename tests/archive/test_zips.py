"""Photos out of zips: by their names, within limits, and never under a name inside."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from pathlib import Path

import pytest

from archive.database import Archive
from archive.importing import ImportReport, pipeline, zips
from tests.archive.import_checks import (
    OLD,
    column,
    faults,
    names,
    photo,
    take_in,
    tree,
)

pytestmark = pytest.mark.usefixtures("one_process")


def pack(
    path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_STORED
) -> Path:
    with zipfile.ZipFile(path, "w", method) as target:
        for name, data in members.items():
            target.writestr(name, data)
    return path


def reasons(report: ImportReport, path: Path) -> dict[str, str]:
    return {r.path.removeprefix(f"{path}/"): r.reason for r in report.refused}


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA],
    ids=["stored", "deflated", "lzma"],
)  # fmt: skip
def test_the_members_of_a_zip_are_photos_with_their_own_names(
    archive: Archive, tmp_path: Path, method: int
) -> None:
    members = {"a.jpg": photo(1), "deep/er/b.jpg": photo(2), "c/a.jpg": photo(3)}
    path = pack(tmp_path / "photos.ZIP", members, method)
    before = tree(tmp_path)
    report = take_in(archive, path)
    assert [p for p, _ in report.imported] == [f"{path}/{name}" for name in members]
    assert column(archive, "filename") == ["a.jpg", "b.jpg", "a.jpg"]
    again = take_in(archive, path)
    assert names(again.duplicates) == ["a.jpg", "b.jpg", "a.jpg"]
    assert {p: v for p, v in tree(tmp_path).items() if b"tower" not in p} == {
        p: v for p, v in before.items() if b"tower" not in p
    }
    assert faults(archive) == []


def test_an_unchanged_zip_is_not_unpacked_again(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pack(tmp_path / "p.zip", {"a.jpg": photo(1)})
    os.utime(path, (OLD, OLD))
    take_in(archive, path)
    monkeypatch.setattr(zips, "_Member", None)
    assert names(take_in(archive, path).duplicates) == ["a.jpg"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_and_one_size_are_two_photos(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 1)  # one is recorded before the other
    path, both = tmp_path / "two.zip", [photo(1), photo(2)]
    size = max(map(len, both))
    with zipfile.ZipFile(path, "w") as target:
        for data in both:
            target.writestr("image.jpg", data.ljust(size, b"\0"))
    os.utime(path, (OLD, OLD))
    assert len(take_in(archive, path).imported) == 2
    assert len(take_in(archive, path).duplicates) == 2


def test_a_member_that_another_replaced_is_read_though_all_else_is_alike(
    archive: Archive, tmp_path: Path
) -> None:
    both = [photo(1), photo(2)]
    size = max(map(len, both))
    for data in both:
        path = pack(tmp_path / "a.zip", {"image.jpg": data.ljust(size, b"\0")})
        os.utime(path, (OLD, OLD))
        assert len(take_in(archive, path).imported) == 1


def test_names_in_utf_8_that_do_not_say_so_are_read_as_they_were_meant(
    archive: Archive, tmp_path: Path
) -> None:
    data = pack(tmp_path / "p.zip", {"Xx.jpg": photo(1)}).read_bytes()
    (tmp_path / "p.zip").write_bytes(data.replace(b"Xx.jpg", "ü.jpg".encode()))
    take_in(archive, tmp_path / "p.zip")
    assert column(archive, "filename") == ["ü.jpg"]


def test_system_files_in_a_zip_are_passed_over(
    archive: Archive, tmp_path: Path
) -> None:
    members = {"__MACOSX/._a.jpg": b"x", "a.jpg": photo(1), "b/Thumbs.db": b"x"}
    report = take_in(archive, pack(tmp_path / "p.zip", members))
    assert (len(report.imported), report.ignored, report.refused) == (1, 2, [])


def test_a_member_without_a_name_is_refused_and_stops_no_other(
    archive: Archive, tmp_path: Path
) -> None:
    path = pack(tmp_path / "p.zip", {"x": photo(1), "good.jpg": photo(2)})
    data = path.read_bytes()
    directory = data.index(b"PK\1\2")  # its first entry: a name of one letter less
    cut = data[directory + 46 : directory + 47]
    assert cut == b"x"
    head = data[directory : directory + 28] + b"\0\0" + data[directory + 30 :][:16]
    whole = data[:directory] + head + data[directory + 47 :]
    end = whole.index(b"PK\5\6") + 12
    size = int.from_bytes(whole[end : end + 4], "little") - 1
    path.write_bytes(whole[:end] + size.to_bytes(4, "little") + whole[end + 4 :])
    report = take_in(archive, path)
    assert names(report.imported) == ["good.jpg"]
    assert [r.reason for r in report.refused] == ["it has no name"]


LEADS_OUT = "its name leads out of the zip"


@pytest.mark.parametrize(
    "name",
    ["../evil.jpg", "a/../../evil.jpg", "/abs/evil.jpg", "..\\evil.jpg",
     "C:\\evil.jpg", "c:/evil.jpg", "\\\\host\\evil.jpg"],
)  # fmt: skip
def test_a_name_that_leads_out_is_refused_and_nothing_is_written_there(
    archive: Archive, tmp_path: Path, name: str
) -> None:
    path = pack(tmp_path / "inner.zip", {name: photo(1), "good.jpg": photo(2)})
    report = take_in(archive, path)
    assert names(report.imported) == ["good.jpg"]
    assert [r.reason for r in report.refused] == [LEADS_OUT]
    assert not list(tmp_path.rglob("evil*"))
    assert faults(archive) == []


def test_links_folders_encrypted_and_nested_members_are_told(
    archive: Archive, tmp_path: Path
) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as target:
        target.writestr("in.jpg", photo(5))
    path = tmp_path / "p.zip"
    link = zipfile.ZipInfo("link.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as target:
        target.mkdir("folder.jpg")
        target.writestr(link, "/etc/passwd")
        target.writestr("in.zip", inner.getvalue())
        target.writestr("locked.jpg", photo(3))
        target.writestr("good.jpg", photo(1))
    data = bytearray(path.read_bytes())
    entry = data.rfind(b"locked.jpg") - 46  # its line in the directory at the end
    assert data[entry : entry + 4] == b"PK\x01\x02"
    data[entry + 8] |= 1
    path.write_bytes(data)
    report = take_in(archive, path)
    assert names(report.imported) == ["good.jpg"]
    assert reasons(report, path) == {
        "link.jpg": "it is a symbolic link",
        "in.zip": "it is a zip inside a zip; unpack the outer one and import that",
        "locked.jpg": "it is encrypted",
    }


def test_a_bomb_is_refused_by_its_ratio(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zips, "SMALL", 1000)
    bomb = photo(1) + bytes(1 << 20)
    path = tmp_path / "p.zip"
    pack(path, {"bomb.jpg": bomb, "good.jpg": photo(2)}, zipfile.ZIP_DEFLATED)
    report = take_in(archive, path)
    assert names(report.imported) == ["good.jpg"]
    assert "a zip bomb?" in report.refused[0].reason


def test_many_small_bombs_are_one(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zips, "SMALL_ZIP", 1 << 20)
    members = {f"{n}.jpg": photo(n) + bytes(1 << 20) for n in range(5)}
    path = pack(tmp_path / "p.zip", members, zipfile.ZIP_DEFLATED)
    report = take_in(archive, path)
    assert report.imported == []
    assert [r.path for r in report.refused] == [str(path)]
    assert "a zip bomb?" in report.refused[0].reason


def test_a_zip_of_too_many_members_is_refused(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zips, "MAX_MEMBERS", 2)
    path = pack(tmp_path / "p.zip", {f"{n}.jpg": photo(n) for n in range(3)})
    report = take_in(archive, path)
    assert [r.reason for r in report.refused] == ["it has more than 2 members"]


def test_a_member_that_lies_about_its_size_is_damaged(
    archive: Archive, tmp_path: Path
) -> None:
    path = pack(tmp_path / "p.zip", {"a.jpg": photo(1), "b.jpg": photo(2)})
    data = bytearray(path.read_bytes())
    entry = data.rfind(b"a.jpg") - 46
    size = int.from_bytes(data[entry + 24 : entry + 28], "little")
    data[entry + 24 : entry + 28] = (size - 9).to_bytes(4, "little")
    path.write_bytes(data)
    report = take_in(archive, path)
    assert names(report.imported) == ["b.jpg"]
    assert report.refused[0].reason.startswith("cannot be unpacked: ")
    assert faults(archive) == []


def test_a_member_with_altered_bytes_is_damaged(
    archive: Archive, tmp_path: Path
) -> None:
    path = pack(tmp_path / "p.zip", {"a.jpg": photo(1), "b.jpg": photo(2)})
    data = bytearray(path.read_bytes())
    data[100] ^= 0xFF
    path.write_bytes(data)
    report = take_in(archive, path)
    assert names(report.imported) == ["b.jpg"]
    assert report.refused[0].reason.startswith("cannot be unpacked: Bad CRC")


@pytest.mark.parametrize("keep", [4, 30, 400, -1, -22])
def test_a_zip_that_was_cut_is_one_refused_file(
    archive: Archive, tmp_path: Path, keep: int
) -> None:
    path = pack(tmp_path / "p.zip", {"a.jpg": photo(1)})
    path.write_bytes(path.read_bytes()[:keep])
    report = take_in(archive, path)
    assert report.imported == []
    assert [r.path for r in report.refused] == [str(path)]
    assert report.refused[0].reason.startswith("the zip cannot be read; is it")
    assert faults(archive) == []


def test_what_is_only_called_a_zip_is_refused_as_what_it_is(
    archive: Archive, tmp_path: Path
) -> None:
    (tmp_path / "a.zip").write_bytes(photo(1))
    (tmp_path / "b.zip").write_bytes(b"a text")
    (tmp_path / "c.jpg").write_bytes(pack(tmp_path / "x.zip", {}).read_bytes())
    report = take_in(archive, *(tmp_path / f"{n}" for n in ("a.zip", "b.zip", "c.jpg")))
    assert names(report.imported) == ["a.zip"]
    assert [r.reason for r in report.refused] == [
        "it is a text file, not a photo",
        "it is an empty ZIP archive, not a photo",
    ]
