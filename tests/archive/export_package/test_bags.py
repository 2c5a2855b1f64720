"""The close-out package: a whole bag, however often its making ends before."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive.database import Archive
from archive.errors import Conflict, NotFound
from archive.export import writing, zip_writing
from archive.export.keeping import open_kept
from archive.export.package import export_package, making
from archive.export.writing import part_of
from archive.jobs import Job, add_job, find_job
from archive.jobs.runner import Bell, work_off
from archive.originals import Stored, path_of
from archive.people import Person
from tests.archive.package_site import HOSTILE, SECRETS, check_bag, files, secrets_in
from tests.archive.report_files import picture, put


def test_it_is_a_whole_bag_as_a_folder_and_as_a_zip(
    archive: Archive, sam: Person, site: dict[str, Any], tmp_path: Path
) -> None:
    assert site
    export_package(archive, sam, None, tmp_path / "complete")
    found = files(tmp_path / "complete")
    assert check_bag(found) == []
    receipt = export_package(archive, sam, None, tmp_path / "whole.zip")
    assert (receipt.photos, receipt.of, receipt.kind) == (12, 12, "package")
    with zipfile.ZipFile(tmp_path / "whole.zip") as packed:
        assert packed.testzip() is None
        inside = {n.removeprefix("whole/"): packed.read(n) for n in packed.namelist()}
    assert check_bag(inside) == []
    assert set(inside) == set(found)
    assert {n: d for n, d in inside.items() if "/originals/" in n} == {
        n: d for n, d in found.items() if "/originals/" in n
    }
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "complete",
        "tower-4",
        "whole.zip",
    ]


def test_names_in_it_are_safe_everywhere_and_stay(
    archive: Archive, sam: Person, site: dict[str, Any], tmp_path: Path
) -> None:
    assert site
    export_package(archive, sam, None, tmp_path / "complete")
    found = files(tmp_path / "complete")
    names = [n for n in found if n.startswith("data/originals/")]
    assert len({name.casefold() for name in names}) == 12
    for name in names:
        assert not re.search(r'[<>:"\\|?*%\x00-\x1f\u202e]', name)
        assert not any(p in ("", ".", "..") or p[-1] in " ." for p in name.split("/"))
    put(archive, picture(30), filename="IMG 1.jpg")
    export_package(archive, sam, None, tmp_path / "again")
    assert set(names) < set(files(tmp_path / "again"))


def test_an_original_that_is_lost_or_altered_is_told(
    archive: Archive, sam: Person, site: Any, tmp_path: Path
) -> None:
    rows = archive.connection.execute(
        "select sha256, extension from originals order by id limit 2"
    ).fetchall()
    lost, altered = (path_of(archive.originals, Stored(*row)) for row in rows)
    lost.unlink()
    altered.write_bytes(altered.read_bytes()[:-1] + b"!")
    receipt = export_package(archive, sam, site["ids"], tmp_path / "out")
    assert (receipt.photos, receipt.of, receipt.whole) == (7, 9, False)
    assert [reason for _, reason in receipt.missing] == [making.ABSENT, making.CHANGED]
    found = files(tmp_path / "out")
    assert check_bag(found) == []
    assert (
        sum(row["file"] is None for row in json.loads(found["data/manifest.json"])) == 2
    )
    assert b"Of 2 photos there is no file" in found["README.txt"]
    outcomes = [
        event["eventOutcome"]
        for line in found["data/events.jsonl"].splitlines()
        if (event := json.loads(line))["eventType"] == "fixity check"
    ]
    assert outcomes.count("fail") == 2


class Enough(Exception):
    """Somebody ends an export."""


@pytest.mark.parametrize("out", ["out", "out.zip"])
def test_one_that_is_ended_leaves_nothing(
    archive: Archive, sam: Person, site: Any, tmp_path: Path, out: str
) -> None:
    def tell(done: int, _of: int) -> None:
        if done == 5:
            raise Enough

    with pytest.raises(Enough):
        export_package(archive, sam, site["ids"], tmp_path / out, tell=tell)
    assert [path.name for path in tmp_path.iterdir()] == ["tower-4"]


class Killed(BaseException):
    """A process that is gone: nobody clears anything."""


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_one_that_was_killed_goes_on_where_it_was(
    archive: Archive,
    sam: Person,
    site: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    def killed(done: int, of: int) -> None:
        if done == of - 1:
            raise Killed

    out = tmp_path / name
    with monkeypatch.context() as gone:
        gone.setattr(shutil, "rmtree", lambda *_, **__: None)
        gone.setattr(zip_writing, "BLOCK", 4096)  # what was not written yet is gone
        with pytest.raises(Killed):
            export_package(archive, sam, None, out, tell=killed)
    half = part_of(out) / writing.WHOLE
    before = {path: path.stat().st_ino for path in half.rglob("*.jpg")}
    start = b"" if before else half.read_bytes()[:1000]
    assert before or start
    wanted = [*site["ids"], site["private"], site["binned"]]
    export_package(archive, site["rae"], wanted, out)
    if before:
        kept = {half / path.relative_to(out): path for path in out.rglob("*.jpg")}
        both = before.keys() & kept.keys()
        assert len(both) > len(HOSTILE)
        assert all(before[then] == kept[then].stat().st_ino for then in both)
        found = files(out)
    else:
        assert out.read_bytes()[:1000] == start
        with zipfile.ZipFile(out) as packed:
            found = {n.removeprefix("out/"): packed.read(n) for n in packed.namelist()}
    assert check_bag(found) == []
    assert list(secrets_in(found, SECRETS)) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == [name, "tower-4"]


def test_a_folder_is_never_replaced(
    archive: Archive, sam: Person, site: Any, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(Conflict):
        export_package(archive, sam, site["ids"], tmp_path / "out", replace=True)


def test_a_job_makes_one_and_keeps_it_for_who_may_have_it(
    archive: Archive, sam: Person, site: dict[str, Any]
) -> None:
    def finished(who: Person, **options: Any) -> Job:
        number = add_job(archive.connection, who, "export_package", options).id
        work_off(archive, "r", Bell(None))
        return find_job(archive.connection, who, number)

    part = finished(site["rae"], query="", name="Tower: 4")
    whole = finished(sam, complete=True, name="Tower 4")
    assert (part.state, part.total, whole.state, whole.total) == ("done", 9, "done", 12)
    kept = open_kept(archive.connection, archive.folder, site["rae"], part.uuid)
    assert (kept.name, kept.receipt["kind"]) == ("Tower_ 4 (package).zip", "package")
    with zipfile.ZipFile(kept.path) as packed:
        inside = {n.split("/", 1)[1]: packed.read(n) for n in packed.namelist()}
    assert check_bag(inside) == []
    assert list(secrets_in(inside, SECRETS)) == []
    assert open_kept(archive.connection, archive.folder, sam, whole.uuid).path.is_file()
    with pytest.raises(NotFound, match="gone or hidden"):
        open_kept(
            archive.connection,
            archive.folder,
            replace(sam, level="standard"),
            whole.uuid,
        )
    refused = finished(site["rae"], complete=True)
    assert refused.state == "failed"
