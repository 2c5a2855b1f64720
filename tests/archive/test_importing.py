"""Import: every file's bytes become one photo; the report says what became of each."""

from __future__ import annotations

import csv
import json
import os
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import pytest

from archive.albums import add_album, set_album_private
from archive.batches import batch
from archive.cache import failure, get, open_cache
from archive.database import Archive, create_archive
from archive.editing import recycle_photos
from archive.errors import InvalidInput, NotAllowed, NotFound
from archive.importing import Refusal, answers, pipeline, prepare, scanning
from archive.importing.model import bytes_of
from archive.importing.outcomes import IN_THE_BIN, PUT_BACK
from archive.importing.records import NO_LOG_HERE, NOT_IN_THE_LOG, camera_name
from archive.people import Person, add_person
from archive.purging import purge_photos
from archive.settings import set_setting
from archive.workers import Failure, Outcome
from tests.archive.import_checks import (
    column,
    faults,
    inline,
    lay,
    names,
    photo,
    sha256,
    take_in,
    tree,
)

SHARED = Path(__file__).parents[3] / "shared" / "photos"

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


@pytest.fixture
def real_workers() -> None:
    """Processes of their own read the files in this test."""


@pytest.fixture(autouse=True)
def one_process(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    if "real_workers" not in request.fixturenames:
        monkeypatch.setattr(pipeline, "run_jobs", inline)


PHOTOS = {n: photo(n, f"2026:03:0{n} 10:11:12") for n in (1, 2, 3)}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    files = {f"DCIM/IMG_{n}.JPG": data for n, data in PHOTOS.items()}
    return lay(tmp_path / "stick", files)


def person(archive: Archive, sam: Person, name: str, level: str) -> Person:
    with batch(archive.connection, sam) as opened:
        return add_person(archive.connection, sam, opened, name, level=level)


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
        Refusal(str(source / "notes.txt"), "a text"),
    ]
    told = json.loads(json.dumps(report.as_json()))
    uuids = column(archive, "uuid")
    assert told == {
        "run": report.run,
        "imported": 3,
        "duplicates": 1,
        "refused": [
            {"path": str(source / "empty.jpg"), "reason": "it is empty"},
            {"path": str(source / "notes.txt"), "reason": "a text"},
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


# --- options


def test_options_hold_for_every_photo(archive: Archive, source: Path) -> None:
    take_in(
        archive,
        source,
        album="Progress",
        location="Tower>Level 3",
        trades=("Concrete", "Steel", "concrete"),
        description="West side\r\n",
        starred=True,
        daily_log=True,
    )
    rows = archive.connection.execute(
        """
        select a.name, l.name, up.name, p.description, p.starred, p.private, p.log_date,
            p.taken_at, p.taken_source,
            (select group_concat(name) from (select t.name from photo_trades x
                join trades t on t.id = x.trade_id where x.photo_id = p.id order by 1))
        from photos p join albums a on a.id = p.album_id
        join locations l on l.id = p.location_id
        join locations up on up.id = l.parent_id
        order by p.id
        """
    ).fetchall()
    assert rows == [
        (
            "Progress",
            "Level 3",
            "Tower",
            "West side\n",
            1,
            0,
            f"2026-03-0{n}",
            f"2026-03-0{n}T10:11:12",
            "file: EXIF DateTimeOriginal",
            "Concrete,Steel",
        )
        for n in (1, 2, 3)
    ]
    assert faults(archive) == []


def test_without_a_capture_date_the_day_of_import_is_assumed(
    archive: Archive, tmp_path: Path
) -> None:
    take_in(archive, lay(tmp_path / "s", {"a.jpg": photo(1)}), daily_log=True)
    row = archive.connection.execute(
        "select taken_at, taken_source, assumed_at, log_date, sorted_at from photos"
    ).fetchone()
    assert row[:2] == (None, None)
    assert row[3] == row[2][:10]
    assert row[4] == row[2]


@pytest.mark.parametrize(
    ("level", "options", "error"),
    [
        pytest.param("read_only", {}, NotAllowed, id="add"),
        pytest.param("standard", {"starred": True}, NotAllowed, id="star"),
        pytest.param("standard", {"trades": ("New",)}, NotAllowed, id="new-trade"),
        pytest.param("admin", {"album": " "}, InvalidInput, id="empty-album"),
        pytest.param("admin", {"location": "A>>B"}, InvalidInput, id="empty-tier"),
        pytest.param("admin", {"trades": ("\0",)}, InvalidInput, id="control"),
        pytest.param("admin", {"description": "\ud800"}, InvalidInput, id="surrogate"),
    ],
)
def test_options_that_cannot_be_are_refused_before_any_file(
    archive: Archive,
    sam: Person,
    source: Path,
    level: str,
    options: dict[str, Any],
    error: type[Exception],
) -> None:
    who = sam if level == "admin" else person(archive, sam, "Kim", level)
    with pytest.raises(error):
        take_in(archive, source, actor=who, **options)
    assert column(archive, "id") == column(archive, "id", "imports") == []
    assert faults(archive) == []


def test_where_locations_are_not_made_on_the_fly_only_editors_make_them(
    archive: Archive, sam: Person, source: Path
) -> None:
    kim = person(archive, sam, "Kim", "standard")
    with batch(archive.connection, sam):
        set_setting(archive.connection, sam, "locations_on_the_fly", value=False)
    with pytest.raises(NotAllowed):
        take_in(archive, source, actor=kim, location="Tower")
    assert len(take_in(archive, source, location="Tower").imported) == 3
    lay(source, {"more.jpg": photo(8)})
    assert len(take_in(archive, source, actor=kim, location="tower").imported) == 1


def test_an_album_renamed_between_two_batches_is_made_again(
    archive: Archive, sam: Person, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 1)

    def rename(report: Any) -> None:
        if len(report.imported) == 1:
            with batch(archive.connection, sam):
                archive.connection.execute(
                    "update albums set name = 'Other', name_key = 'other' where id > 1"
                )

    report = pipeline.import_photos(
        archive, sam, [source], pipeline.ImportOptions(album="Progress"),
        renditions=False, progress=rename,
    )  # fmt: skip
    assert len(report.imported) == 3
    rows = archive.connection.execute(
        "select a.name from photos p join albums a on a.id = p.album_id order by p.id"
    ).fetchall()
    assert rows == [("Other",), ("Progress",), ("Progress",)]


# --- privacy (photos-tool.md 4)


@pytest.mark.parametrize("by_default", [False, True], ids=["public", "by-default"])
@pytest.mark.parametrize("private_album", [False, True], ids=["album", "private-album"])
@pytest.mark.parametrize("asked", [None, False, True], ids=["unsaid", "no", "yes"])
def test_a_photo_is_private_when_asked_by_default_or_by_its_album(
    archive: Archive,
    sam: Person,
    source: Path,
    by_default: bool,
    private_album: bool,
    asked: bool | None,
) -> None:
    with batch(archive.connection, sam) as opened:
        set_setting(archive.connection, sam, "private_by_default", value=by_default)
        album = add_album(archive.connection, sam, opened, "Claims")
        set_album_private(archive.connection, sam, album, private=private_album)
    report = take_in(archive, source, album="Claims", private=asked, daily_log=True)
    private = private_album or (by_default if asked is None else asked)
    assert column(archive, "private") == [int(private)] * 3
    logged = not private and not by_default  # edge rule 8
    assert [bool(day) for day in column(archive, "log_date")] == [logged] * 3
    note = NOT_IN_THE_LOG if private else NO_LOG_HERE
    assert [text for _, text in report.notes] == ([] if logged else [note] * 3)


def test_bytes_of_a_photo_one_may_not_see_become_one_s_own_photo(
    archive: Archive, sam: Person, source: Path
) -> None:
    take_in(archive, source, private=True)
    kim = person(archive, sam, "Kim", "standard")
    report = take_in(archive, source, actor=kim)
    assert len(report.imported) == 3
    assert (report.duplicates, report.notes) == ([], [])
    assert column(archive, "uploader_id") == [sam.id] * 3 + [kim.id] * 3
    assert len(column(archive, "id", "originals")) == 3
    assert take_in(archive, source, actor=kim).duplicates == report.imported
    assert faults(archive) == []


def test_a_recycled_photo_is_a_duplicate_for_who_sees_the_bin(
    archive: Archive, sam: Person, source: Path
) -> None:
    first = take_in(archive, source)
    with batch(archive.connection, sam) as opened:
        recycle_photos(archive.connection, sam, opened, [1])
    report = take_in(archive, source)
    assert report.duplicates == first.imported
    assert report.notes == [(first.imported[0][0], IN_THE_BIN)]
    kim = person(archive, sam, "Kim", "standard")
    report = take_in(archive, source, actor=kim)
    assert names(report.imported) == ["IMG_1.JPG"]
    assert faults(archive) == []


def test_a_purged_photo_is_not_brought_back_unless_asked(
    archive: Archive, sam: Person, source: Path
) -> None:
    take_in(archive, source)
    with batch(archive.connection, sam) as opened:
        recycle_photos(archive.connection, sam, opened, [2])
    purge_photos(archive, sam, [2], "a passer-by's face")
    report = take_in(archive, source)
    assert names(report.duplicates) == ["IMG_1.JPG", "IMG_3.JPG"]
    assert len(report.refused) == 1
    assert report.refused[0].reason.startswith("it was deleted for good on 20")
    assert report.refused[0].reason.endswith(" by Sam Reyes")
    kim = person(archive, sam, "Kim", "standard")
    report = take_in(archive, source, actor=kim)
    assert report.refused[0].reason == "it was deleted for good"
    assert faults(archive) == []
    report = take_in(archive, source, purged_too=True)
    assert names(report.imported) == ["IMG_2.JPG"]
    assert faults(archive) == []


# --- the source, and the store


def test_the_source_is_the_same_afterwards(archive: Archive, source: Path) -> None:
    lay(source, {"bad.jpg": b"\xff\xd8\xff", "a.txt": b"text"})
    with zipfile.ZipFile(source / "z.zip", "w") as target:
        target.writestr("in.jpg", photo(7))
    before = tree(source)
    for _ in range(2):
        take_in(archive, source)
        assert tree(source) == before


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


class _Growing:
    """A source that somebody writes to at each read."""

    def __init__(self, stream: Any, path: Path) -> None:
        self._stream, self._path = stream, path

    def readinto(self, buffer: memoryview) -> int:
        count = int(self._stream.readinto(buffer))
        if count:
            with self._path.open("ab") as more:
                more.write(b"x")
        return count

    def fileno(self) -> int:
        return int(self._stream.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()


# --- places


def test_a_path_that_is_not_there_is_said_before_anything_is_done(
    archive: Archive, source: Path, tmp_path: Path
) -> None:
    with pytest.raises(NotFound, match="there is no such file or folder"):
        take_in(archive, source, tmp_path / "absent")
    assert column(archive, "id") == []


def test_a_path_inside_the_archive_is_refused(archive: Archive, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(archive.originals, target_is_directory=True)
    for path in (archive.folder, archive.originals, archive.folder / ".asbuilt", link):
        with pytest.raises(InvalidInput, match="inside the archive"):
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
    archive: Archive, source: Path, tmp_path: Path
) -> None:
    lay(source, {"folder.jpg/in.jpg": photo(9)})
    os.mkfifo(source / "pipe.jpg")
    (source / "link.jpg").symlink_to(source / "DCIM/IMG_1.JPG")
    (source / "dangling.jpg").symlink_to(tmp_path / "nowhere")
    (source / "around").symlink_to(source, target_is_directory=True)
    short = Path(os.path.relpath(source / "socket.jpg"))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(min(short, source / "socket.jpg", key=lambda p: len(str(p)))))
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


# --- readers


def broken_reader(kind: str, error: str = "") -> Any:
    """A reader that fails on the second file when it makes pictures."""

    def run(function: str, jobs: Any, _workers: int = 1) -> Iterator[Outcome]:
        for key, args in jobs:
            if args[1] and key[1].sha256 == sha256(PHOTOS[2]):
                yield Outcome(key, None, Failure(kind, error, "it broke"))  # type: ignore[arg-type]
            else:
                yield from inline(function, [(key, args)])

    return run


@pytest.mark.parametrize(
    ("kind", "error"),
    [("crash", ""), ("time", ""), ("memory", ""), ("error", "IndexError")],
)
def test_a_file_that_breaks_the_reader_is_archived_without_a_picture(
    archive: Archive,
    source: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    error: str,
) -> None:
    monkeypatch.setattr(pipeline, "run_jobs", broken_reader(kind, error))
    report = take_in(archive, source, renditions=True)
    assert names(report.imported) == ["IMG_1.JPG", "IMG_2.JPG", "IMG_3.JPG"] or names(
        report.imported
    ) == ["IMG_1.JPG", "IMG_3.JPG", "IMG_2.JPG"]
    assert [note for _, note in report.notes] == ["has no thumbnail: it broke"]
    bad = sha256((source / "DCIM/IMG_2.JPG").read_bytes())
    with open_cache(archive.folder) as cache:
        assert failure(cache, bad) == "it broke"
    assert faults(archive) == []


def test_a_file_that_the_reader_refuses_is_refused(
    archive: Archive, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(source, {"copy.jpg": (source / "DCIM/IMG_2.JPG").read_bytes()})
    monkeypatch.setattr(pipeline, "run_jobs", broken_reader("error", "DamagedFile"))
    report = take_in(archive, source, renditions=True)
    assert names(report.imported) == ["IMG_1.JPG", "IMG_3.JPG"]
    assert {Path(r.path).name for r in report.refused} == {"IMG_2.JPG", "copy.jpg"}
    assert faults(archive) == []


@pytest.mark.usefixtures("real_workers")
def test_real_workers_make_facts_and_renditions(archive: Archive, source: Path) -> None:
    report = take_in(archive, source, renditions=True)
    assert sorted(names(report.imported)) == ["IMG_1.JPG", "IMG_2.JPG", "IMG_3.JPG"]
    with open_cache(archive.folder) as cache:
        for name in column(archive, "sha256", "originals"):
            assert get(cache, name, 0, "thumbnail") is not None
    assert faults(archive) == []


def an_answer(tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "a.jpg"
    path.write_bytes(photo(1))
    value = prepare.prepare(str(path), ())
    facts = {name: getattr(value["facts"], name) for name in answers._FACTS}
    return {"facts": {**facts, "warnings": list(facts["warnings"])}, "renditions": []}


def test_an_answer_of_our_reader_is_taken(tmp_path: Path) -> None:
    assert answers.facts_from(an_answer(tmp_path)).media_type == "image/jpeg"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("extension", "../../x"),
        ("extension", "jpg\n"),
        ("extension", None),
        ("media_type", "text/html"),
        ("kind", "program"),
        ("width", True),
        ("width", -1),
        ("width", 1 << 70),
        ("orientation", 9),
        ("taken_at", "yesterday"),
        ("taken_offset", "+5"),
        ("latitude", 91),
        ("latitude", float("nan")),
        ("longitude", None),
        ("direction", 360),
        ("camera_make", "\ud800"),
        ("camera_make", 5),
        ("damage", ["x"]),
        ("details", {"a": ["x"]}),
        ("details", {"a": float("inf")}),
        ("details", {"\ud800": 1}),
        ("details", {"container_orientation": 99}),
        ("details", None),
        ("warnings", "text"),
    ],
    ids=str,
)
def test_an_answer_that_our_reader_never_gives_is_refused(
    tmp_path: Path, field: str, value: object
) -> None:
    answer = an_answer(tmp_path)
    answer["facts"] |= {"latitude": 1.0, "longitude": 2.0, field: value}
    with pytest.raises(ValueError):  # noqa: PT011 - any words
        answers.facts_from(answer)


def test_a_reader_that_lies_costs_one_file(
    archive: Archive, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lie(function: str, jobs: Any, _workers: int = 1) -> Iterator[Outcome]:
        for outcome in inline(function, jobs):
            if outcome.key[0].name == b"IMG_2.JPG":
                outcome.value["facts"]["extension"] = "../../../evil"
            elif outcome.key[0].name == b"IMG_3.JPG":
                outcome = replace(outcome, value="nonsense")  # noqa: PLW2901
            yield outcome

    monkeypatch.setattr(pipeline, "run_jobs", lie)
    report = take_in(archive, source)
    assert names(report.imported) == ["IMG_1.JPG"]
    assert [r.reason.split(":")[0] for r in report.refused] == [
        "the reader's answer makes no sense"
    ] * 2
    assert faults(archive) == []


@pytest.mark.parametrize(
    ("make", "model", "name"),
    [
        ("Canon", "Canon EOS R5", "Canon EOS R5"),
        ("NIKON CORPORATION", "NIKON D850", "NIKON D850"),
        ("Apple", "iPhone 15", "Apple iPhone 15"),
        (None, "X100", "X100"),
        ("Leica", None, "Leica"),
        (None, None, None),
        ("", "", None),
    ],
)
def test_a_camera_is_named_without_saying_its_make_twice(
    make: str | None, model: str | None, name: str | None
) -> None:
    assert camera_name(make, model) == name


# --- the collection


@pytest.mark.usefixtures("real_workers")
@pytest.mark.skipif(not SHARED.exists(), reason="no ../shared/photos")
def test_the_whole_collection_comes_in_exactly(archive: Archive, sam: Person) -> None:
    with (SHARED / "MANIFEST.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    sizes = {row["sha256"]: int(row["bytes"]) for row in rows}
    report = pipeline.import_photos(archive, sam, [SHARED], renditions=False)
    stored = dict(
        archive.connection.execute("select sha256, bytes from originals").fetchall()
    )
    outside = {name: size for name, size in stored.items() if name not in sizes}
    assert {n: s for n, s in stored.items() if n in sizes}.items() <= sizes.items()
    assert outside == members_of(SHARED / "hostile", outside)
    graded = {
        row["path"]: row["sha256"]
        for row in rows
        if row["graded"] and not row["graded"].startswith("robustness")
    }
    missing = {path for path, name in graded.items() if name not in stored}
    assert missing <= {r.path.removeprefix(f"{SHARED}/") for r in report.refused}
    assert missing == {p for p in missing if not p.endswith((".jpg", ".heic", ".png"))}
    ended = [p for p, _ in report.imported] + [p for p, _ in report.duplicates]
    ended += [refusal.path for refusal in report.refused]
    files = {str(p) for p in SHARED.rglob("*") if p.is_file()}
    zips = {path for path in files if path.endswith(".zip")}
    outside_zips = [path for path in ended if ".zip/" not in path]
    assert set(outside_zips) >= files - zips
    assert len(outside_zips) == len(set(outside_zips))
    assert all(refusal.reason for refusal in report.refused)
    assert faults(archive) == []


def members_of(folder: Path, wanted: dict[str, int]) -> dict[str, int]:
    """Those of ``wanted`` that are members of the zips in a folder."""
    found = {}
    for path in folder.glob("*.zip"):
        try:
            with zipfile.ZipFile(path) as file:
                for info in file.infolist():
                    if info.file_size < 1 << 20:
                        data = file.read(info)
                        found[sha256(data)] = len(data)
        except zipfile.BadZipFile:
            continue
    return {name: size for name, size in found.items() if name in wanted}


# --- an original that was lost


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
