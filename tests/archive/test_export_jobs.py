"""Exports in the background: kept for a week, for who asked, while they may see it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from archive.batches import batch
from archive.clock import utc_now
from archive.database import Archive
from archive.editing import Edit, edit_photos, recycle_photos
from archive.errors import InvalidInput, NotAllowed, NotFound
from archive.export import keeping
from archive.export.keeping import (
    KEPT,
    clear_exports,
    find_kept,
    list_exports,
    open_kept,
    path_of,
    remove_kept,
)
from archive.export.pdf import pictures
from archive.jobs import Job, add_job, cancel_job, exports, find_job, list_errors
from archive.jobs.leases import claim_job
from archive.jobs.runner import Bell, carry_out, work_off
from archive.jobs.work import Work
from archive.people import Person, add_person, edit_person
from archive.purging import purge_photos
from tests.archive.import_checks import inline
from tests.archive.report_files import picture, put

KINDS = pytest.mark.parametrize("kind", ["export_pdf", "export_zip"])


@pytest.fixture(autouse=True)
def _one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "run_jobs", inline)


@pytest.fixture
def ids(archive: Archive) -> list[int]:
    return [
        put(archive, picture(n), filename=f"{n}.jpg", description="crane")
        for n in range(4)
    ]


@pytest.fixture
def rae(archive: Archive, sam: Person) -> Person:
    with batch(archive.connection, sam) as opened:
        return add_person(archive.connection, sam, opened, "Rae", level="read_only")


def finished(archive: Archive, who: Person, kind: str, **options: Any) -> Job:
    number = add_job(archive.connection, who, kind, options).id
    work_off(archive, "r", Bell(None))
    return find_job(archive.connection, who, number)


def lying(archive: Archive) -> list[str]:
    folder = archive.folder / keeping.FOLDER
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@KINDS
@pytest.mark.usefixtures("ids")
def test_it_is_kept_with_its_receipt_for_who_asked(
    archive: Archive, rae: Person, sam: Person, kind: str
) -> None:
    job = finished(archive, rae, kind, query="crane", name="Week 20: façade")
    assert (job.state, job.done, job.total, job.errors) == ("done", 4, 4, 0)
    kept = open_kept(archive.connection, archive.folder, rae, job.uuid)
    assert (
        kept.path.read_bytes()[:2] == {"export_pdf": b"%P", "export_zip": b"PK"}[kind]
    )
    assert kept.name == f"Week 20_ façade{kept.path.suffix}"
    assert (kept.receipt["photos"], kept.receipt["of"]) == (4, 4)
    assert [j.uuid for j in list_exports(archive.connection, rae)] == [job.uuid]
    with pytest.raises(NotFound):  # an admin sees the job, and not what it made
        open_kept(archive.connection, archive.folder, sam, job.uuid)
    assert list_exports(archive.connection, sam) == []


@KINDS
def test_it_has_nothing_that_its_reader_may_not_see(
    archive: Archive, rae: Person, ids: list[int], kind: str
) -> None:
    secret = put(archive, picture(8), description="crane", private=1)
    for options in ({"query": "crane"}, {"ids": [*ids, secret]}):
        job = finished(archive, rae, kind, **options)
        assert job.total == 4
        kept = open_kept(archive.connection, archive.folder, rae, job.uuid)
        assert kept.receipt["of"] == 4
    assert finished(archive, rae, kind, ids=[secret]).state == "failed"


def hide(archive: Archive, sam: Person, _: Person, number: int) -> None:
    with batch(archive.connection, sam):
        edit_photos(archive.connection, sam, [number], Edit(private=True))


def recycle(archive: Archive, sam: Person, _: Person, number: int) -> None:
    with batch(archive.connection, sam) as opened:
        recycle_photos(archive.connection, sam, opened, [number])


def purge(archive: Archive, sam: Person, rae: Person, number: int) -> None:
    recycle(archive, sam, rae, number)
    purge_photos(archive, sam, [number])


@pytest.mark.parametrize("change", [hide, recycle, purge])
def test_it_is_gone_once_one_of_its_photos_may_not_be_seen(
    archive: Archive, sam: Person, rae: Person, ids: list[int], change: Any
) -> None:
    job = finished(archive, rae, "export_zip", ids=ids)
    change(archive, sam, rae, ids[2])
    with pytest.raises(NotFound, match="gone or hidden"):
        open_kept(archive.connection, archive.folder, rae, job.uuid)


def test_who_may_no_longer_download_gets_nothing(
    archive: Archive, sam: Person, rae: Person, ids: list[int]
) -> None:
    job = finished(archive, rae, "export_zip", ids=ids)
    with batch(archive.connection, sam):
        rae = edit_person(archive.connection, sam, rae, level="none")
    with pytest.raises(NotAllowed):
        open_kept(archive.connection, archive.folder, rae, job.uuid)


def test_a_week_later_it_is_cleared(
    archive: Archive, sam: Person, ids: list[int]
) -> None:
    finished(archive, sam, "export_zip", ids=ids)
    assert clear_exports(archive, utc_now() + KEPT - timedelta(hours=1)) == 0
    assert len(lying(archive)) == 3
    assert clear_exports(archive, utc_now() + KEPT + timedelta(hours=1)) == 1
    assert lying(archive) == []


def test_what_was_purged_goes_from_exports_too(
    archive: Archive, sam: Person, ids: list[int]
) -> None:
    finished(archive, sam, "export_zip", ids=ids[:2])
    finished(archive, sam, "export_zip", ids=ids[2:])
    purge(archive, sam, sam, ids[3])
    assert len(lying(archive)) == 3


def test_what_was_purged_while_it_was_packed_is_not_kept(
    archive: Archive, sam: Person, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def keep(*given: Any) -> None:
        purge(archive, sam, sam, ids[3])
        keeping.keep(*given)

    monkeypatch.setattr(exports, "keep", keep)
    job = add_job(archive.connection, sam, "export_zip", {"ids": ids})
    work_off(archive, "r", Bell(None))
    failed = find_job(archive.connection, sam, job.id)
    assert (failed.state, failed.message) == ("failed", keeping.GONE)
    assert lying(archive) == []


@pytest.mark.parametrize("later", ["a purge", "a week", "a kill after a purge"])
def test_half_an_export_that_nobody_goes_on_with_is_cleared(
    archive: Archive, sam: Person, ids: list[int], later: str
) -> None:
    job = add_job(archive.connection, sam, "export_zip", {"ids": ids})
    archive.connection.execute("update jobs set state = 'interrupted'")
    part = archive.folder / keeping.FOLDER / f".{job.uuid}.zip.part"
    part.parent.mkdir()
    part.write_text("half")
    assert clear_exports(archive) == 0
    if later == "a purge":
        purge(archive, sam, sam, ids[3])
    elif later == "a kill after a purge":
        started = "update jobs set state = ?, started_at = '2026-01-01T00:00:00.000Z'"
        archive.connection.execute(started, ("running",))
        purge(archive, sam, sam, ids[3])
        assert lying(archive)  # it is being written
        archive.connection.execute(started, ("interrupted",))
        assert clear_exports(archive) == 1
    else:
        assert clear_exports(archive, utc_now() + KEPT + timedelta(hours=1)) == 1
    assert lying(archive) == []


def test_what_no_job_knows_is_cleared(archive: Archive) -> None:
    folder = archive.folder / keeping.FOLDER
    (folder / ".01900000-0000-7000-8000-000000000001.pdf.part").mkdir(parents=True)
    (folder / "01900000-0000-7000-8000-000000000002.zip").write_text("half")
    assert clear_exports(archive) == 2
    assert lying(archive) == []


@KINDS
def test_one_that_is_cancelled_leaves_nothing(
    archive: Archive,
    sam: Person,
    ids: list[int],
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = add_job(archive.connection, sam, kind, {"ids": ids})
    report = Work.report

    def reporting(self: Work, *args: Any, **values: Any) -> None:
        report(self, *args, **values)
        if (values.get("done") or 0) >= 2:
            cancel_job(archive.connection, sam, job.id)
            self.write(archive.connection)

    monkeypatch.setattr(Work, "report", reporting)
    claimed = claim_job(archive.connection, "r")
    assert claimed is not None
    carry_out(archive, claimed, "r", Bell(None))
    assert find_job(archive.connection, sam, job.id).state == "cancelled"
    assert lying(archive) == []


KILLED = """
import os, sys
from archive.export import files
from archive.export.pdf import report
import archive.jobs.runner as runner
seen = []
def killing(tell):
    def told(done, of):
        tell(done, of)
        if done >= 2:
            os.kill(os.getpid(), 9)
    return told
for name in ("export_pdf", "export_zip"):
    plain = getattr(files, name)
    def export(*args, plain=plain, **options):
        return plain(*args, **{**options, "tell": killing(options["tell"])})
    setattr(files, name, export)
runner.main([sys.argv[1], "--once"])
"""


@KINDS
def test_one_that_was_killed_begins_anew_and_clears_what_it_left(
    archive: Archive, sam: Person, ids: list[int], kind: str
) -> None:
    job = add_job(archive.connection, sam, kind, {"ids": ids})
    command = [sys.executable, "-c", KILLED, str(archive.folder)]
    done = subprocess.run(command, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == -9
    assert any(name.endswith(".part") for name in lying(archive))
    assert find_kept(archive.folder, job) is None
    clear_exports(archive)  # somebody else's: leaves those alone that go on
    assert lying(archive)
    archive.connection.execute("update jobs set lease_until = '2026-01-01'")
    work_off(archive, "other", Bell(None))
    assert find_job(archive.connection, sam, job.id).state == "done"
    kept = open_kept(archive.connection, archive.folder, sam, job.uuid)
    assert kept.receipt["photos"] == 4
    assert len(lying(archive)) == 3
    if kind == "export_zip":
        with zipfile.ZipFile(kept.path) as found:
            assert found.testzip() is None
    else:
        with pikepdf.open(kept.path) as pdf:
            assert pdf.check_pdf_syntax() == []


def test_what_is_missing_is_told_by_the_job(
    archive: Archive, sam: Person, ids: list[int]
) -> None:
    for path in archive.originals.glob("*/*.jpg"):
        if path.read_bytes() == picture(1):
            path.unlink()
    job = finished(archive, sam, "export_zip", ids=ids)
    assert (job.state, job.errors) == ("done", 1)
    assert [e.name for e in list_errors(archive.connection, job)] == ["1.jpg"]


def test_a_template_that_lies_in_the_archive_is_taken(
    archive: Archive, sam: Person, ids: list[int]
) -> None:
    (archive.folder / "reports").mkdir()
    (archive.folder / "reports" / "weekly.toml").write_text(
        "per_page = 1\ncover = false"
    )
    job = finished(archive, sam, "export_pdf", ids=ids, base="weekly")
    kept = find_kept(archive.folder, job)
    assert kept is not None
    assert kept.receipt["pages"] == 4
    for base in ("absent", "../weekly", "weekly.toml"):
        failed = finished(archive, sam, "export_pdf", ids=ids, base=base)
        assert failed.state == "failed"


@pytest.mark.usefixtures("ids")
@pytest.mark.parametrize(
    "options", [{}, {"ids": []}, {"query": "camera:none"}, {"query": "nothing"}]
)
def test_an_export_of_nothing_fails_with_a_reason(
    archive: Archive, sam: Person, options: dict[str, Any]
) -> None:
    job = finished(archive, sam, "export_zip", **options)
    assert job.state == "failed"
    assert job.message
    assert lying(archive) == []


def test_one_may_be_deleted_before_its_time(
    archive: Archive, sam: Person, ids: list[int]
) -> None:
    job = finished(archive, sam, "export_zip", ids=ids)
    remove_kept(archive.folder, job)
    assert lying(archive) == []
    with pytest.raises(NotFound):
        open_kept(archive.connection, archive.folder, sam, job.uuid)


def test_its_place_is_named_by_the_job_alone(
    archive: Archive, sam: Person, ids: list[int]
) -> None:
    job = finished(archive, sam, "export_zip", ids=ids, name="../../" + os.sep + "etc")
    path = path_of(archive.folder, job)
    assert path.parent == archive.folder / keeping.FOLDER
    kept = find_kept(archive.folder, job)
    assert kept is not None
    assert "/" not in kept.name


def test_who_may_not_download_may_not_ask(
    archive: Archive, sam: Person, rae: Person
) -> None:
    with batch(archive.connection, sam):
        rae = edit_person(archive.connection, sam, rae, level="none")
    with pytest.raises(NotAllowed):
        add_job(archive.connection, rae, "export_zip", {"ids": [1]})
    with pytest.raises(InvalidInput):
        add_job(archive.connection, sam, "export_rar", {})
