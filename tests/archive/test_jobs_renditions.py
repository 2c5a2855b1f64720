"""The job that makes thumbnails which are missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.cache import DATABASE, get, open_cache
from archive.database import Archive
from archive.jobs import add_job, list_errors, records, retry_job
from archive.jobs import renditions as rendition_jobs
from archive.originals import find
from archive.people import Person
from tests.archive.import_checks import PHOTOS, column, inline, sha256, take_in
from tests.archive.job_kinds import finished

pytestmark = pytest.mark.usefixtures("one_process")


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendition_jobs, "run_jobs", inline)
    monkeypatch.setattr(rendition_jobs, "STEP", 2)


def made(archive: Archive) -> list[bool]:
    with open_cache(archive.folder) as cache:
        return [
            get(cache, sha256(data), 0, "thumbnail") is not None
            for data in PHOTOS.values()
        ]


def test_what_is_missing_is_made(archive: Archive, sam: Person, source: Path) -> None:
    take_in(archive, source)
    assert made(archive) == [False] * 3
    job = finished(archive, sam, add_job(archive.connection, sam, "renditions").id)
    assert (job.state, job.done, job.total, job.errors) == ("done", 3, 3, 0)
    assert made(archive) == [True] * 3


def test_what_cannot_be_made_is_named_and_tried_again(
    archive: Archive, sam: Person, source: Path
) -> None:
    take_in(archive, source)
    first = find(archive.originals, sha256(PHOTOS[1]))[0]
    path = archive.originals / first.name
    path.rename(archive.folder / "away")
    number = add_job(archive.connection, sam, "renditions").id
    job = finished(archive, sam, number)
    assert (job.state, job.done, job.errors) == ("done", 3, 1)
    error = list_errors(archive.connection, job)[0]
    assert (error.item, error.name) == ("1", column(archive, "filename")[0])
    assert error.reason == rendition_jobs.ABSENT
    (archive.folder / "away").rename(path)
    retry_job(archive.connection, sam, number)
    assert finished(archive, sam, number).errors == 0
    assert made(archive) == [True] * 3


def test_what_failed_beyond_those_that_are_told_is_tried_again_too(
    archive: Archive, sam: Person, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "MAX_ERRORS", 0)
    take_in(archive, source)
    archive.originals.rename(archive.folder / "away")
    archive.originals.mkdir()
    number = add_job(archive.connection, sam, "renditions").id
    assert finished(archive, sam, number).errors == 3
    archive.originals.rmdir()
    (archive.folder / "away").rename(archive.originals)
    retry_job(archive.connection, sam, number)
    assert finished(archive, sam, number).errors == 0
    assert made(archive) == [True] * 3


def test_the_cache_may_be_lost_at_any_time(
    archive: Archive, sam: Person, source: Path
) -> None:
    take_in(archive, source, renditions=True)
    (archive.folder / DATABASE).unlink()
    assert made(archive) == [False] * 3
    finished(archive, sam, add_job(archive.connection, sam, "renditions").id)
    assert made(archive) == [True] * 3
