"""A close-out package is taken in as it was made, or not at all."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive.batches import batch
from archive.database import Archive
from archive.editing import recycle_photos
from archive.errors import (
    ArchiveError,
    DamagedFile,
    InvalidInput,
    NewerFormat,
    NotAllowed,
)
from archive.importing.bags import is_package
from archive.importing.packages import OTHER_BYTES, PURGED, import_package
from archive.people import owner
from archive.purging import purge_photos
from tests.archive.import_checks import faults
from tests.archive.package_site import files
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
