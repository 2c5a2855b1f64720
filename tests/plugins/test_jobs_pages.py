"""The page of jobs: what is under way, whose it is, cancel and retry."""

from __future__ import annotations

from typing import Any

import pytest

from archive.batches import batch
from archive.comments import add_comment
from archive.database import Archive
from archive.jobs import Job, add_job, find_job
from archive.jobs.leases import claim_job, settle_job
from archive.jobs.records import JobError, add_errors
from archive.people import find_person, owner
from tests.plugins.conftest import Maker, Site

HOSTILE = "<script>alert(1)</script>"


def failed(archive: Archive) -> int:
    """A job of Kim's that has ended with a failure."""
    kim = find_person(archive.connection, 2)
    job = add_job(archive.connection, kim, "bulk_edit", {"query": "crane", "edit": {}})
    claimed = claim_job(archive.connection, "r")
    assert claimed is not None
    error = JobError("1", HOSTILE, "it lies in a private album")
    add_errors(archive.connection, job.id, [error])
    settle_job(archive.connection, claimed, "r", "done", "")
    return job.id


def test_a_job_is_shown_with_what_failed(here: Site, write: Any) -> None:
    number = write(failed)
    for path in ("/tower-4/-/jobs", f"/tower-4/-/jobs/{number}"):
        page = here.get(path, "uploader").text
        assert "Edit of many photos" in page
        assert "it lies in a private album" in page
        assert HOSTILE not in page
        assert f"/tower-4/-/jobs/{number}/retry" in page
        assert f"/tower-4/-/jobs/{number}/cancel" not in page
    job = here.get(f"/tower-4/-/jobs/{number}.json", "uploader").json()["job"]
    assert (job["state"], job["errors"], job["again"]) == ("done", 1, True)
    assert job["failed"][0]["name"] == HOSTILE


def test_one_sees_ones_own_and_an_admin_all(here: Site, write: Any) -> None:
    def two(archive: Archive) -> tuple[int, int]:
        sam, kim = owner(archive.connection), find_person(archive.connection, 2)
        return (
            add_job(archive.connection, sam, "renditions").id,
            add_job(archive.connection, kim, "import", due=False).id,
        )

    of_sam, of_kim = write(two)

    def listed(who: str) -> list[int]:
        found = here.get("/tower-4/-/jobs.json", who).json()["jobs"]
        return [job["id"] for job in found]

    assert listed("admin") == [of_kim, of_sam]
    assert listed("uploader") == [of_kim]
    assert here.get("/tower-4/-/jobs.json", "reader").status_code == 403
    assert here.get("/tower-4/-/jobs.json", "anonymous").status_code == 404
    for action in ("", "/cancel", "/retry"):
        path = f"/tower-4/-/jobs/{of_sam}{action}"
        method = "post" if action else "get"
        answer = here.get(path, "uploader", method, **({"json": {}} if action else {}))
        assert answer.status_code == 404
    assert "Kim Lee" in here.get("/tower-4/-/jobs").text


def test_a_job_is_cancelled_and_tried_again(here: Site, write: Any) -> None:
    number = write(
        lambda a: add_job(a.connection, find_person(a.connection, 2), "undo", {}).id
    )
    url = f"/tower-4/-/jobs/{number}"
    answer = here.get(f"{url}/cancel", "uploader", "post", json={})
    assert answer.json()["job"] == {"id": number, "state": "cancelled"}
    assert here.get(f"{url}/cancel", "uploader", "post", json={}).status_code == 409
    answer = here.get(f"{url}/retry", "uploader", "post", data={"next": url})
    assert (answer.status_code, answer.headers["location"]) == (303, url)
    job: Job = write(lambda a: find_job(a.connection, owner(a.connection), number))
    assert job.state == "queued"


def test_missing_thumbnails_are_for_admins(here: Site) -> None:
    path = "/tower-4/-/jobs/thumbnails"
    assert here.get(path, "uploader", "post", json={}).status_code == 403
    answer = here.get(path, "admin", "post", json={}).json()
    assert here.get(f"{answer['url']}.json").json()["job"]["kind"] == "renditions"


def test_many_jobs_are_pages(here: Site, write: Any) -> None:
    def many(archive: Archive) -> None:
        for _ in range(53):
            add_job(archive.connection, owner(archive.connection), "renditions")

    write(many)
    first = here.get("/tower-4/-/jobs.json").json()
    assert len(first["jobs"]) == 50
    second = here.get(first["next_url"].replace("/jobs?", "/jobs.json?")).json()
    assert len(second["jobs"]) == 3
    assert second["next_url"] is None


@pytest.mark.parametrize("many", [False, True])
def test_what_a_run_did_can_be_undone_from_here(
    here: Site, write: Any, monkeypatch: pytest.MonkeyPatch, many: bool
) -> None:
    from archive.editing import Edit, edit_photos
    from plugins.pages import jobs

    def ended(archive: Archive) -> int:
        sam = owner(archive.connection)
        job = add_job(archive.connection, sam, "bulk_edit", {"ids": [1]})
        claimed = claim_job(archive.connection, "r")
        assert claimed is not None
        with batch(archive.connection, sam, run=job.uuid):
            edit_photos(archive.connection, sam, [1], Edit(rotate=90))
        settle_job(archive.connection, claimed, "r", "done", "")
        return job.id

    url = f"/tower-4/-/jobs/{write(ended)}"
    assert f"{url}/undo" in here.get("/tower-4/-/jobs").text
    monkeypatch.setattr(jobs, "FEW_CHANGES", 0 if many else 2000)
    answer = here.get(f"{url}/undo", "admin", "post", json={}).json()
    if many:
        job = here.get(f"/tower-4/-/jobs/{answer['job']}.json").json()["job"]
        assert (job["kind"], job["state"]) == ("undo", "queued")
        return
    assert answer["batch"]
    assert f"{url}/undo" not in here.get("/tower-4/-/jobs").text


def uploaded(archive: Archive) -> int:
    """Kim adds a photo to the archive by a job that has ended."""
    kim = find_person(archive.connection, 2)
    job = add_job(archive.connection, kim, "import")
    claimed = claim_job(archive.connection, "r")
    assert claimed is not None
    with batch(archive.connection, kim, origin="import", run=job.uuid) as opened:
        make = Maker(archive.connection, archive.originals, opened)
        make.photo(make.jpeg((1, 2, 3)), "new.jpg", uploader_id=kim.id)
    settle_job(archive.connection, claimed, "r", "done", "")
    return job.id


def test_an_upload_of_one_s_own_is_taken_back_without_being_admin(
    here: Site, write: Any
) -> None:
    number = write(uploaded)
    url = f"/tower-4/-/jobs/{number}"
    assert f"{url}/undo" in here.get("/tower-4/-/jobs", "uploader").text
    assert here.get(f"{url}.json", "uploader").json()["job"]["undoable"]
    answer = here.get(f"{url}/undo", "uploader", "post", json={}).json()
    assert answer["kept"] == 0
    found = here.get("/tower-4.json?q=name:new", "uploader").json()
    assert found["photos"] == []
    assert not here.get(f"{url}.json", "uploader").json()["job"]["undoable"]


def test_what_others_use_of_an_upload_stays(here: Site, write: Any) -> None:
    number = write(uploaded)

    def use(archive: Archive) -> None:
        sam = owner(archive.connection)
        with batch(archive.connection, sam) as opened:
            photo = archive.connection.execute("select max(id) from photos").fetchone()
            add_comment(archive.connection, sam, opened, photo[0], "which crack?")

    write(use)
    path = f"/tower-4/-/jobs/{number}/undo"
    answer = here.get(path, "uploader", "post", json={}).json()
    assert (answer["batch"], answer["kept"]) == (None, 1)
    assert here.get("/tower-4.json?q=name:new", "uploader").json()["total"] == 1
