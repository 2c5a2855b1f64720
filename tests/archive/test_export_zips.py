"""Zips as streams: whole, of the length that was told, under names that all take."""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import json
import os
import shutil
import subprocess
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import DamagedFile, StoreError
from archive.export import zip_writing, zips
from archive.export.manifest import as_csv, as_json
from archive.export.names import (
    FOLDER,
    LONGEST,
    Taken,
    marked,
    safe_file,
    safe_folder,
    safe_name,
)
from archive.export.promised import Left, missing_list, size_of_last, stream_as_told
from archive.export.zip_writing import write_zip
from archive.export.zips import Entry, entry_of, length, stream

NOON = datetime(2026, 5, 11, 12, 30, 20)  # noqa: DTZ001 - a zip has local times
NAMES = st.text(st.characters(codec="utf-8"), min_size=0, max_size=300)


def written(entries: list[Entry]) -> bytes:
    data = b"".join(stream(entries))
    assert len(data) == length(entries)
    return data


def unzip(*arguments: object) -> str:
    """What Info-ZIP says of a zip; it fails on one that is not whole."""
    command = ["unzip", *map(str, arguments)]
    if not shutil.which("unzip"):
        pytest.skip("no unzip")
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


@given(st.dictionaries(st.integers(0, 999).map(str), st.binary(max_size=300)))
def test_a_zip_holds_what_was_put_in(files: dict[str, bytes]) -> None:
    entries = [entry_of(f"ä/{name}.jpg", data, NOON) for name, data in files.items()]
    with zipfile.ZipFile(io.BytesIO(written(entries))) as found:
        assert found.testzip() is None
        assert {n: found.read(n) for n in found.namelist()} == {
            f"ä/{name}.jpg": data for name, data in files.items()
        }
        for info in found.infolist():
            assert info.date_time == (2026, 5, 11, 12, 30, 20)
            assert info.compress_type == zipfile.ZIP_STORED


@pytest.mark.slow
def test_of_more_files_than_old_zips_had_none_is_lost(tmp_path: Path) -> None:
    entries = [entry_of(f"{number}.txt", b"", NOON) for number in range(70_000)]
    path = tmp_path / "many.zip"
    path.write_bytes(written(entries))
    with zipfile.ZipFile(path) as found:
        assert len(found.namelist()) == 70_000
    assert unzip("-Z1", path).count("\n") == 70_000


def test_a_file_of_five_gigabytes_is_told_as_such(tmp_path: Path) -> None:
    large = tmp_path / "large.mov"
    with large.open("wb") as file:
        file.truncate(5 << 30)
    entries = [
        Entry("large.mov", large, 5 << 30, 0, NOON),
        entry_of("after.jpg", b"after", NOON),
    ]
    head = zips._local(entries[0])
    directory = b"".join(
        (zips._central(entries[0], 0), zips._central(entries[1], len(head) + (5 << 30)))
    )
    place = (
        length(entries) - len(directory) - len(zips._end(2, len(directory), 5 << 30))
    )
    # Sparse: only what is not the zeros of the large file is written
    path = tmp_path / "sparse.zip"
    with path.open("wb") as file:
        file.write(head)
        file.seek(5 << 30, 1)
        file.write(zips._local(entries[1]) + b"after" + directory)
        file.write(zips._end(2, len(directory), place))
    assert path.stat().st_size == length(entries)
    with zipfile.ZipFile(path) as found:
        assert [info.file_size for info in found.infolist()] == [5 << 30, 5]
        assert found.read("after.jpg") == b"after"
    assert "No errors" in unzip("-tq", path, "after.jpg")
    assert "5368709120" in unzip("-l", path)


# Gone on with after a kill


FILES = {f"{n}.jpg": bytes([n]) * 3000 for n in range(1, 5)}


@pytest.mark.parametrize("kept", [0, 1, 2999, 3100, 6100, 12_000, -30, -1, None])
def test_what_was_written_before_a_kill_is_kept_as_far_as_it_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int | None
) -> None:
    entries = [entry_of(name, data, NOON) for name, data in FILES.items()]
    whole, anew = written(entries), []
    path = tmp_path / "a.zip"
    path.write_bytes(whole[:kept])
    write = zip_writing._write
    monkeypatch.setattr(
        zip_writing, "_write", lambda *a: (anew.append(a[1]), write(*a))
    )
    said = write_zip(path, entries)
    assert path.read_bytes() == whole
    assert said == (len(whole), hashlib.sha256(whole).hexdigest())
    there = len(whole) if kept is None else len(whole[:kept])
    assert len(anew) == len([place for place in ENDS if place > there])


ENDS = [3035 * n for n in range(1, 5)] + [3035 * 4 + 51 * 4 + 22]


@pytest.mark.parametrize("at", [0, 20, 4000, 12_200, 12_340])
def test_what_the_disk_had_not_right_is_written_anew(tmp_path: Path, at: int) -> None:
    entries = [entry_of(name, data, NOON) for name, data in FILES.items()]
    whole = bytearray(written(entries))
    path = tmp_path / "a.zip"
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] + b"more")
    write_zip(path, entries)
    assert path.read_bytes() == whole


def test_a_disk_that_fails_meanwhile_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_: int) -> None:
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(zip_writing, "FLUSH", 2_000)
    monkeypatch.setattr(os, "fsync", failing)
    entries = [entry_of(f"{n}.jpg", b"x" * 1_500, NOON) for n in range(3)]
    with pytest.raises(OSError, match="input/output"):
        write_zip(tmp_path / "out", entries)


def test_of_photos_that_changed_since_nothing_old_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(written([entry_of("a.jpg", b"old", NOON)])[:-5])
    entries = [entry_of("a.jpg", b"new", NOON), entry_of("b.jpg", b"more", NOON)]
    write_zip(path, entries)
    assert path.read_bytes() == written(entries)


@pytest.mark.parametrize("now", [b"shorter", b"as long!!", b"much longer than it was"])
def test_a_file_that_is_not_what_it_was_ends_the_zip(
    tmp_path: Path, now: bytes
) -> None:
    path = tmp_path / "a.jpg"
    entry = entry_of("a.jpg", b"as it was", NOON)
    path.write_bytes(now)
    with pytest.raises(DamagedFile, match=r"a\.jpg"):
        list(stream([Entry("a.jpg", path, entry.size, entry.crc32, NOON)]))
    path.unlink()
    with pytest.raises(StoreError):
        list(stream([Entry("a.jpg", path, entry.size, entry.crc32, NOON)]))


def shown(left: Sequence[Left]) -> list[Entry]:
    lines = [(entry.name, why) for entry, why in left]
    told = [missing_list(lines, NOON)] if lines else []
    return [entry_of("list.json", json.dumps(lines).encode(), NOON), *told]


@pytest.mark.parametrize("gone", [set(), {0}, {1}, {0, 1, 2}], ids=str)
def test_a_zip_is_whole_and_as_long_as_was_told_whatever_is_gone(
    tmp_path: Path, gone: set[int]
) -> None:
    datas = [os.urandom(200_000 + number) for number in range(3)]
    entries = []
    for number, data in enumerate(datas):
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(data)
        held = entry_of(path.name, data, NOON)
        entries.append(replace(held, source=path))
    told = length([*entries, *shown([])])
    pieces = stream_as_told(entries, shown)
    for number in gone:  # after the length was told
        path = tmp_path / f"{number}.jpg"
        if number:
            path.write_bytes(datas[number][::-1])
        else:
            path.unlink()
    data = b"".join(pieces)
    assert len(data) == told
    path = tmp_path / "out.zip"
    path.write_bytes(data)
    assert "No errors" in unzip("-t", path)
    with zipfile.ZipFile(path) as found:
        for number, there in enumerate(datas):
            if number not in gone:
                assert found.read(f"{number}.jpg") == there
        names = {f"{number}.jpg" for number in gone}
        assert {name for name, _ in json.loads(found.read("list.json"))} == names
        assert ("missing.txt" in found.namelist()) == bool(gone)
        lines = found.read("missing.txt").decode().split("\n") if gone else []
    assert {line.partition(":")[0] for line in lines if line.strip()} == names


def test_of_a_film_that_is_gone_there_is_room_past_four_gigabytes() -> None:
    film = Entry("film.mov", Path("film.mov"), (5 << 30) + 7, 1, NOON)
    others = [entry_of("list.json", b"[]", NOON)]
    told = length([film, *others])
    left = missing_list([("film.mov", "gone")], NOON)
    size = size_of_last(left, others, told)
    assert length([*others, replace(left, size=size)]) == told
    with pytest.raises(DamagedFile, match="not what it was"):
        size_of_last(left, [film, *others], told)


RESERVED = ["con", "nul", "aux", "prn", "com1", "conin$"]
TRAPS = [
    "..",
    ".",
    " .",
    ". a",
    "CON",
    "con .txt",
    "nul.tar.gz",
    "a/b",
    "COM¹",
    "a\ud800b",
]


@given(NAMES | st.sampled_from(TRAPS))
def test_every_system_takes_the_name(name: str) -> None:
    for safe, most in (
        (safe_name(name), LONGEST + 1),
        (safe_folder(name), FOLDER + 2),
        (safe_file(name, "jpg", "a/b"), LONGEST + 1),
    ):
        assert 0 < len(safe.encode()) <= most
        assert not set(safe) & set('<>:"/\\|?*\0\n')
        assert safe == unicodedata.normalize("NFC", safe).strip()
        assert not safe.endswith((".", " "))
        assert not safe.startswith(".")
        assert safe.isprintable()
        assert safe.partition(".")[0].strip().lower() not in RESERVED


@given(NAMES)
def test_a_file_and_a_folder_never_want_one_name(name: str) -> None:
    assert safe_file(name, "jpg").lower().endswith((".jpg", ".jpeg", ".jpe"))
    assert not safe_folder(name).lower().endswith((".jpg", ".jpeg", ".xmp", ".csv"))
    assert safe_folder("site.JPG") == "site.JPG_"


def test_names_that_one_system_takes_for_one_are_one() -> None:
    taken = Taken()
    assert taken.take("Süd/a.jpg")
    assert not taken.take("SÜD/A.JPG")
    assert not taken.take("Su\u0308d/a.jpg")
    assert taken.take("Süd/b.jpg")


def test_a_name_keeps_its_ending_when_it_is_cut() -> None:
    assert safe_name("ü" * 200 + ".jpeg").endswith("ü.jpeg")
    assert safe_name("CON.jpg") == "_CON.jpg"
    assert safe_name("../../etc/passwd") == "_.._etc_passwd"
    assert safe_file("plan.html", "jpg") == "plan.html.jpg"
    assert safe_file("crane.JPEG", "jpg") == "crane.JPEG"
    assert marked("a/crane.jpg", "5c1e") == "a/crane ~5c1e.jpg"
    assert len(marked("ü" * 58 + ".jpg", "5c1e").encode()) <= LONGEST


def test_a_list_has_no_formulas_and_all_scripts() -> None:
    row: dict[str, Any] = {
        "a": "=1+1",
        "b": ["x", "y"],
        "c": None,
        "d": "مبنى",
        "e": -1,
    }
    text = as_csv([row], row).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text)))[1] == ["'=1+1", "x; y", "", "مبنى", "-1"]
    assert json.loads(as_json([row])) == [row]
