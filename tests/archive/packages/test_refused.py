"""A close-out package is taken in as it was made, or not at all."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from archive.batches import batch
from archive.database import Archive
from archive.editing import recycle_photos
from archive.errors import (
    ArchiveError,
    DamagedFile,
    InvalidInput,
    NewerFormat,
    NotAllowed,
    StoreError,
)
from archive.identity import new_uuid
from archive.importing.bags import is_package
from archive.importing.package_lists import insert
from archive.importing.package_plans import ABSENT
from archive.importing.packages import OTHER_BYTES, PURGED, TWICE, import_package
from archive.people import owner
from archive.purging import purge_photos
from archive.sqlite import sqlite3
from tests.archive.import_checks import InPlace, faults
from tests.archive.package_site import files
from tests.archive.packages.conftest import in_this_process
from tests.archive.packages.taking import take


def seal(package: Path) -> None:
    """Make a changed package a valid bag again."""
    found = files(package)
    for manifest, chosen in (
        ("manifest-sha256.txt", [n for n in found if n.startswith("data/")]),
        ("tagmanifest-sha256.txt", ["manifest-sha256.txt", "bagit.txt"]),
    ):
        lines = [
            f"{hashlib.sha256((package / n).read_bytes()).hexdigest()}  {n}\n"
            for n in chosen
        ]
        (package / manifest).write_text("".join(lines), "utf-8")


def _drop(package: Path) -> None:
    next((package / "data" / "originals").rglob("*.jpg")).unlink()


def _alter(package: Path) -> None:
    path = next((package / "data" / "originals").rglob("*.jpg"))
    path.write_bytes(path.read_bytes()[:-1] + b"!")


def _slip(package: Path) -> None:
    (package / "data" / "more.txt").write_text("slipped in")


def _lead_out(package: Path) -> None:
    with (package / "manifest-sha256.txt").open("a") as file:
        file.write(f"{'0' * 64}  ../../etc/passwd\n")


def _garble(package: Path) -> None:
    with (package / "manifest-sha256.txt").open("a") as file:
        file.write("nothing\n")


def _lie(package: Path) -> None:
    _slip(package)
    digest = hashlib.sha256(b"slipped in").hexdigest()
    with (package / "manifest-sha256.txt").open("a") as file:
        file.write(f"{digest}  data/more.txt\n")


@pytest.mark.parametrize("harm", [_drop, _alter, _slip, _lead_out, _garble, _lie])
def test_one_that_is_not_as_it_was_made_is_refused_whole(
    copy: Path, archive: Archive, harm: Callable[[Path], None]
) -> None:
    before = archive.connection.execute("select count(*) from changes").fetchone()
    harm(copy)
    with pytest.raises(DamagedFile):
        take(archive, copy)
    after = archive.connection.execute("select count(*) from changes").fetchone()
    assert after == before
    assert faults(archive) == []


def _first(package: Path) -> Path:
    return min((package / "data" / "sidecars").rglob("*.json"))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"uuid": "1"}, "uuid cannot be so"),
        ({"latitude": 4}, "half a position"),
        ({"latitude": 91, "longitude": 0}, "latitude"),
        ({"description": "x" * 100_001}, "description"),
        ({"taken_at": "2026-02-30T10:00:00"}, "taken_at"),
        ({"rotation": 45}, "rotation"),
        ({"rotation": True}, "rotation"),
        ({"rotation": 90.0}, "rotation"),
        ({"private": 1}, "private"),
        ({"private": 1.0}, "private"),
        ({"starred": 0}, "starred"),
        ({"taken_offset": "+99:99"}, "taken_offset"),
        ({"taken_offset": "+٠٩:٣٠"}, "taken_offset"),
        ({"uploaded_at": "٢026-03-09T10:00:00.000Z"}, "uploaded_at"),
        ({"album": {"uuid": "01a1ffc0-0000-7000-8000-000000000001"}}, "no album"),
        ({"comments": [{"uuid": "x"}]}, "comments"),
        ({"markups": [{"uuid": "x"}]}, "markups"),
        ({"markups": {"points": [[0, 1e308]]}}, "markups"),
        ({"file": "data/project.json"}, OTHER_BYTES),
        ({"file": "../../etc/passwd"}, OTHER_BYTES),
        ({"original": {"sha256": "0" * 64}}, OTHER_BYTES),
        ({"original": None}, OTHER_BYTES),
    ],
)
def test_a_record_that_cannot_be_is_refused_and_the_rest_comes(
    copy: Path, archive: Archive, values: dict[str, Any], says: str
) -> None:
    path = _first(copy)
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))
    seal(copy)
    report = take(archive, copy)
    assert [says in one.reason for one in report.refused] == [True]
    assert len(report.imported) == 11
    assert faults(archive) == []


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"format": 2}, NewerFormat),
        ({"albums": 7}, InvalidInput),
        ({"albums": [{"uuid": "1", "name": "x"}]}, InvalidInput),
        ({"people": [{"uuid": "01a1ffc0-0000-7000-8000-000000000001"}]}, InvalidInput),
        ({"title": 7}, InvalidInput),
    ],
)
def test_a_project_that_cannot_be_is_refused(
    copy: Path, archive: Archive, values: dict[str, Any], error: type[Exception]
) -> None:
    path = copy / "data" / "project.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))
    seal(copy)
    with pytest.raises(error):
        take(archive, copy)
    assert faults(archive) == []


def test_of_two_records_of_one_uuid_the_first_comes(
    copy: Path, archive: Archive
) -> None:
    path = _first(copy)
    path.with_name("~again.json").write_bytes(path.read_bytes())
    seal(copy)
    report = take(archive, copy)
    assert [one.reason for one in report.refused] == [TWICE]
    assert {uuid for _, uuid in report.imported} == set(uuids(archive))
    assert len(report.imported) == 12


def test_a_record_that_the_database_refuses_is_told_and_the_rest_comes(
    copy: Path, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def once(connection: Any, table: str, values: Any) -> int:
        if table == "photos":
            tried.append(values["uuid"])
            if len(tried) == 1:
                raise sqlite3.IntegrityError("no")
        return insert(connection, table, values)

    monkeypatch.setattr("archive.importing.package_photos.insert", once)
    report = take(archive, copy)
    assert [one.reason for one in report.refused] == ["cannot be recorded: no"]
    assert {uuid for _, uuid in report.imported} == set(uuids(archive))
    assert set(tried) - set(uuids(archive)) == {tried[0]}


def test_what_a_full_disk_took_back_is_not_told_as_imported(
    package: Path, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def full(*args: Any, **options: Any) -> Any:
        with batch(*args, **options) as opened:
            yield opened
            raise StoreError("tower", "database or disk is full")

    monkeypatch.setattr("archive.importing.recording.batch", full)
    report = take(archive, package)
    assert [uuid for _, uuid in report.imported] == uuids(archive)
    assert len(report.imported) + len(report.refused) == 12
    monkeypatch.undo()
    with in_this_process():
        assert take(archive, package).refused == []
    assert len(uuids(archive)) == 12
    assert faults(archive) == []


def uuids(archive: Archive) -> list[str]:
    rows = archive.connection.execute("select uuid from photos order by id")
    return [row[0] for row in rows]


class InThisProcess(InPlace):
    def __init__(self, **_: Any) -> None: ...

    def close(self) -> None: ...


def test_a_plan_whose_name_another_has_gets_a_number_and_others_are_told(
    copy: Path, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.plans.records.Pool", InThisProcess)
    Image.new("RGB", (30, 20)).save(copy / "data" / "ground.png")
    Image.new("RGB", (20, 30)).save(copy / "data" / "other.png")
    (copy / "data" / "words.png").write_text("no picture")
    path = copy / "data" / "project.json"
    plan = {"name": "Ground", "opacity": 0.5, "attribution": "", "corners": None}
    plans = [
        {**plan, "uuid": new_uuid(), "file": f"data/{file}.png"}
        for file in ("ground", "other", "ground", "words", "absent")
    ]
    told = json.loads(path.read_text())
    path.write_text(json.dumps({**told, "plans": plans}))
    seal(copy)
    report = take(archive, copy)
    rows = archive.connection.execute("select name from plans order by id").fetchall()
    assert rows == [("Ground",), ("Ground (2)",)]
    assert [one.path for one in report.refused] == ["Ground", "Ground"]
    assert report.refused[1].reason == ABSENT
    assert len(take(archive, copy).refused) == 2


def test_what_was_purged_here_stays_away(package: Path, archive: Archive) -> None:
    first = take(archive, package)
    sam = owner(archive.connection)
    number = archive.connection.execute(
        "select id from photos where uuid = ?", (first.imported[0][1],)
    ).fetchone()[0]
    with batch(archive.connection, sam) as opened, suppress(ArchiveError):
        recycle_photos(archive.connection, sam, opened, [number])
    purge_photos(archive, sam, [number])
    assert [one.reason for one in take(archive, package).refused] == [PURGED]
    assert len(take(archive, package, purged_too=True).imported) == 1


def test_only_an_admin_takes_one_in(package: Path, archive: Archive) -> None:
    sam = owner(archive.connection)
    with pytest.raises(NotAllowed):
        import_package(archive, replace(sam, level="standard"), package)


def test_other_folders_and_zips_are_no_packages(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "bagit.txt").write_text("BagIt-Version: 1.0\n")
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 no zip at all")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as packed:
        packed.writestr("a/b/bagit.txt", "")
        packed.writestr("a/b/data/project.json", "{}")
    for name in ("photos", "a.zip", "b.zip", "absent"):
        assert not is_package(tmp_path / name)
