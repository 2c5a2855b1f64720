"""Zips as streams: whole, of the length that was told, under names that all take."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import DamagedFile, StoreError
from archive.export import zips
from archive.export.manifest import as_csv, as_json
from archive.export.names import LONGEST, Unique, safe_name
from archive.export.zips import Entry, entry_of, length, stream

NOON = datetime(2026, 5, 11, 12, 30, 20)  # noqa: DTZ001 - a zip has local times
NAMES = st.text(st.characters(codec="utf-8"), min_size=0, max_size=300)


def written(entries: list[Entry]) -> bytes:
    data = b"".join(stream(entries))
    assert len(data) == length(entries)
    return data


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
def test_of_more_files_than_old_zips_had_none_is_lost() -> None:
    entries = [entry_of(f"{number}.txt", b"", NOON) for number in range(70_000)]
    with zipfile.ZipFile(io.BytesIO(written(entries))) as found:
        assert len(found.namelist()) == 70_000


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


@given(NAMES)
def test_every_system_takes_the_name(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= LONGEST + 1
    assert not set(safe) & set('<>:"/\\|?*\0\n')
    assert safe == safe.strip()
    assert not safe.endswith((".", " "))
    assert safe not in (".", "..")
    assert safe.isprintable()
    assert safe.partition(".")[0].lower() not in ("con", "nul", "aux", "prn", "com1")


@given(st.lists(st.sampled_from(["a.jpg", "A.JPG", "a (2).jpg", "b/a.jpg", "a"])))
def test_no_two_files_have_one_name(names: list[str]) -> None:
    unique = Unique()
    made = [unique(name).casefold() for name in names]
    assert len(set(made)) == len(made)


def test_a_name_keeps_its_ending_when_it_is_cut() -> None:
    assert safe_name("ü" * 200 + ".jpeg").endswith("ü.jpeg")
    assert safe_name("CON.jpg") == "_CON.jpg"
    assert safe_name("../../etc/passwd") == "_.._etc_passwd"


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
