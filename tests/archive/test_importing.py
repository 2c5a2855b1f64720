"""Import: every file's bytes become one photo; the report says what became of each."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.batches import batch
from archive.database import Archive
from archive.editing import recycle_photos
from archive.identity import new_uuid
from archive.importing import Refusal, pipeline
from archive.importing.store import PUT_BACK, REPLACED
from archive.people import Person
from archive.verifying import Limits, open_faults, verify
from tests.archive.import_checks import (
    PHOTOS,
    column,
    faults,
    lay,
    names,
    photo,
    take_in,
)

pytestmark = pytest.mark.usefixtures("one_process")


# Paths opened anywhere in this process, while somebody listens
_opened: list[str] | None = None


def _listen(event: str, args: tuple[Any, ...]) -> None:
    if event == "open" and _opened is not None and args:
        _opened.append(os.fsdecode(args[0]) if not isinstance(args[0], int) else "")


sys.addaudithook(_listen)


@pytest.fixture
def opened_paths() -> Iterator[list[str]]:
    global _opened  # noqa: PLW0603 - an audit hook cannot be taken off
    _opened = []
    yield _opened
    _opened = None


# --- one photo for the same bytes


def test_a_folder_becomes_photos_and_a_second_run_finds_them_there(
    archive: Archive, source: Path
) -> None:
    first = take_in(archive, source)
    second = take_in(archive, source)
    assert names(first.imported) == ["IMG_1.JPG", "IMG_2.JPG", "IMG_3.JPG"]
    assert (first.duplicates, first.refused, first.notes) == ([], [], [])
    assert second.duplicates == first.imported
    assert (second.imported, second.refused) == ([], [])
    assert column(archive, "uuid") == [uuid for _, uuid in first.imported]
    assert faults(archive) == []


def test_a_large_import_leaves_the_search_index_in_one_piece(
    archive: Archive, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pieces() -> int:
        row = archive.connection.execute(
            "select count(distinct segid) from photos_fts_idx"
        )
        return int(row.fetchone()[0])

    for number in PHOTOS:
        take_in(archive, source / f"DCIM/IMG_{number}.JPG")
    assert pieces() > 1
    monkeypatch.setattr(pipeline, "MANY", 1)
    take_in(archive, lay(source, {"new.jpg": photo(9)}))
    assert pieces() == 1


def test_the_same_bytes_in_one_run_are_one_photo(
    archive: Archive, tmp_path: Path
) -> None:
    files = {"a.jpg": photo(1), "b/copy.jpg": photo(1), "c.jpg": photo(2)}
    report = take_in(archive, lay(tmp_path / "s", files))
    assert names(report.imported) == ["a.jpg", "c.jpg"]
    assert names(report.duplicates) == ["copy.jpg"]
    assert report.duplicates[0][1] == report.imported[0][1]
    again = take_in(archive, tmp_path / "s")
    assert len(again.duplicates) == 3
    assert faults(archive) == []


def test_the_same_bytes_in_folder_and_zip_are_one_photo(
    archive: Archive, source: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as target:
        for path in sorted(source.rglob("*.JPG")):
            target.write(path, path.name)
        target.writestr("more.jpg", photo(9))
    first = take_in(archive, source, tmp_path / "all.zip")
    assert names(first.imported)[:3] == ["IMG_1.JPG", "IMG_2.JPG", "IMG_3.JPG"]
    assert names(first.imported)[3:] == ["more.jpg"]
    assert len(first.duplicates) == 3
    assert faults(archive) == []


def test_the_same_bytes_from_elsewhere_are_a_duplicate_under_any_name(
    archive: Archive, source: Path, tmp_path: Path
) -> None:
    first = take_in(archive, source)
    lay(tmp_path / "other", {"renamed.png": PHOTOS[2]})
    report = take_in(archive, tmp_path / "other")
    assert report.duplicates == [
        (str(tmp_path / "other/renamed.png"), first.imported[1][1])
    ]


def test_a_file_given_twice_is_reported_twice(archive: Archive, source: Path) -> None:
    one = source / "DCIM/IMG_1.JPG"
    report = take_in(archive, one, source)
    assert names(report.imported) == ["IMG_1.JPG", "IMG_2.JPG", "IMG_3.JPG"]
    assert names(report.duplicates) == ["IMG_1.JPG"]


def test_changed_bytes_at_the_same_path_are_a_new_photo(
    archive: Archive, source: Path
) -> None:
    take_in(archive, source)
    lay(source, {"DCIM/IMG_2.JPG": photo(22) + b"\0"})
    report = take_in(archive, source)
    assert names(report.imported) == ["IMG_2.JPG"]
    assert names(report.duplicates) == ["IMG_1.JPG", "IMG_3.JPG"]
    assert len(column(archive, "id")) == 4
    assert faults(archive) == []


def test_a_change_within_one_tick_of_the_clock_is_seen(
    archive: Archive, tmp_path: Path
) -> None:
    path = tmp_path / "IMG.bmp"
    path.write_bytes(PHOTOS[1].ljust(1000, b"\0"))
    state = path.stat()
    take_in(archive, path)
    path.write_bytes(PHOTOS[2].ljust(1000, b"\0"))
    assert path.stat().st_size == state.st_size
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert names(take_in(archive, path).imported) == ["IMG.bmp"]


def test_a_second_run_over_an_unchanged_folder_opens_none_of_its_files(
    archive: Archive, source: Path, opened_paths: list[str]
) -> None:
    lay(source, {"copy.jpg": PHOTOS[1]})
    opened_paths.clear()
    take_in(archive, source)
    assert sum(path.startswith(str(source)) for path in opened_paths) == 4
    opened_paths.clear()
    assert len(take_in(archive, source).duplicates) == 4
    assert [path for path in opened_paths if path.startswith(str(source))] == []


def test_a_second_run_asks_for_many_files_at_once(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "GROUP", 4)
    many = lay(tmp_path / "many", {f"{n}/{n}.jpg": photo(n) for n in range(10)})
    first = take_in(archive, many)
    asked: list[str] = []
    archive.connection.set_trace_callback(asked.append)
    second = take_in(archive, many)
    archive.connection.set_trace_callback(None)
    assert second.duplicates == first.imported
    assert sum("from source_files" in statement for statement in asked) == 3


def test_of_two_photos_of_the_same_bytes_a_second_run_names_the_one_in_use(
    archive: Archive, source: Path, sam: Person
) -> None:
    take_in(archive, source)
    connection = archive.connection
    with batch(connection, sam) as opened:
        connection.execute(
            """
            insert into photos (uuid, original_id, filename, uploader_id, assumed_at,
                uploaded_at, updated_at)
            select ?, original_id, 'second.jpg', uploader_id, assumed_at, uploaded_at,
                updated_at from photos where id = 1
            """,
            (new_uuid(),),
        )
        recycle_photos(connection, sam, opened, [1])
    second = take_in(archive, source)
    assert [uuid for _, uuid in second.duplicates] == [
        column(archive, "uuid")[number] for number in (3, 1, 2)
    ]
    assert second.notes == []


def test_with_checksum_bytes_that_changed_under_the_old_time_are_seen(
    archive: Archive, source: Path, opened_paths: list[str]
) -> None:
    lay(source, {"bits.bmp": PHOTOS[1].ljust(1000, b"\0")})
    take_in(archive, source)
    lay(source, {"bits.bmp": PHOTOS[2].ljust(1000, b"\0")})  # same size, same time
    assert len(take_in(archive, source).duplicates) == 4
    opened_paths.clear()
    report = take_in(archive, source, checksum=True)
    assert sum(path.startswith(str(source)) for path in opened_paths) == 4
    assert names(report.imported) == ["bits.bmp"]
    assert names(report.duplicates) == ["IMG_1.JPG", "IMG_2.JPG", "IMG_3.JPG"]
    assert len(take_in(archive, source).duplicates) == 4
    assert faults(archive) == []


# --- the report


def test_the_report_names_each_file_and_its_end(archive: Archive, source: Path) -> None:
    lay(
        source,
        {
            "DCIM/IMG_9.JPG": PHOTOS[1],
            "Thumbs.db": b"x",
            ".DS_Store": b"x",
            "notes.txt": b"a text",
            "empty.jpg": b"",
        },
    )
    report = take_in(archive, source)
    assert report.refused == [
        Refusal(str(source / "empty.jpg"), "it is empty"),
        Refusal(str(source / "notes.txt"), "it is a text file, not a photo"),
    ]
    told = json.loads(json.dumps(report.as_json()))
    uuids = column(archive, "uuid")
    assert told == {
        "run": report.run,
        "imported": 3,
        "duplicates": 1,
        "refused": [
            {"path": str(source / "empty.jpg"), "reason": "it is empty"},
            {
                "path": str(source / "notes.txt"),
                "reason": "it is a text file, not a photo",
            },
        ],
        "ignored": 2,
        "photos": [
            {"path": str(source / f"DCIM/IMG_{n}.JPG"), "uuid": uuids[n - 1]}
            for n in (1, 2, 3)
        ],
        "duplicate_of": [{"path": str(source / "DCIM/IMG_9.JPG"), "uuid": uuids[0]}],
        "notes": [],
    }
    row = archive.connection.execute(
        "select uuid, imported, duplicates, refused, finished_at is null from imports"
    ).fetchall()
    assert row == [(report.run, 3, 1, 2, 0)]


def test_progress_is_told_after_each_file(
    archive: Archive, source: Path, sam: Person
) -> None:
    told = []
    pipeline.import_photos(
        archive, sam, [source], renditions=False,
        progress=lambda r: told.append(len(r.imported)),
    )  # fmt: skip
    assert told == [1, 2, 3]


def test_what_a_person_should_know_of_a_photo_is_noted(
    archive: Archive, tmp_path: Path
) -> None:
    cut = photo(1)[:-40]
    report = take_in(archive, lay(tmp_path / "s", {"cut.jpg": cut}))
    assert names(report.imported) == ["cut.jpg"]
    assert report.notes[0][1].startswith("looks damaged: ")
    assert column(archive, "damage", "originals")[0]


# --- an original that was lost


@pytest.mark.parametrize("checksum", [False, True], ids=["unchanged", "checksum"])
@pytest.mark.parametrize("wrong", ["empty", "altered"])
def test_a_damaged_original_is_replaced_by_the_same_bytes(
    archive: Archive, source: Path, sam: Person, wrong: str, checksum: bool
) -> None:
    take_in(archive, source)
    stored = next(archive.originals.glob("??/*.jpg"))
    data = stored.read_bytes()
    bad = b"" if wrong == "empty" else b"\0" + data[1:]
    stored.chmod(0o644)
    stored.write_bytes(bad)
    if wrong == "altered":  # which only a verification sees
        verify(archive, sam, Limits())
    report = take_in(archive, source, checksum=checksum)
    assert stored.read_bytes() == data
    assert [note for _, note in report.notes] == [REPLACED]
    assert [path.read_bytes() for path in archive.folder.glob("damaged/*")] == [bad]
    assert open_faults(archive.connection) == []
    assert take_in(archive, source).notes == []
    assert faults(archive) == []


@pytest.mark.parametrize("way", ["unchanged", "elsewhere"])
def test_a_lost_original_is_put_back_by_the_same_bytes(
    archive: Archive, source: Path, tmp_path: Path, way: str
) -> None:
    take_in(archive, source)
    stored = next(archive.originals.glob("??/*.jpg"))
    data = stored.read_bytes()
    stored.unlink()
    again = source if way == "unchanged" else lay(tmp_path / "nas", {"x.jpg": data})
    report = take_in(archive, again)
    assert stored.read_bytes() == data
    assert stored.stat().st_mode & 0o777 == 0o444
    assert [note for _, note in report.notes] == [PUT_BACK]
    assert (report.imported, report.refused) == ([], [])
    assert faults(archive) == []
