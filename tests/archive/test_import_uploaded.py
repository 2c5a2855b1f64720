"""Importing what was uploaded: each file's outcome is recorded before its bytes go."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from archive.albums import add_album, delete_album, find_album
from archive.batches import batch
from archive.database import Archive, open_archive
from archive.editing import recycle_photos
from archive.errors import StoreError
from archive.history import find_batches
from archive.importing import pipeline, uploaded
from archive.jobs import Job, cancel_job, find_job, list_errors, retry_job
from archive.jobs.leases import claim_job
from archive.jobs.runner import Bell, carry_out, work_off
from archive.jobs.work import Cancelled, Work
from archive.people import Person, add_person, edit_person, owner
from archive.purging import purge_photos
from archive.undo import undo
from archive.uploads import ended_files, find_upload, open_upload
from tests.archive.import_checks import PHOTOS, column, faults, photo, take_in
from tests.archive.kills import told_by
from tests.archive.upload_checks import (
    announce,
    import_all,
    outcomes,
    receive,
    send,
    staged,
)

pytestmark = pytest.mark.usefixtures("one_process")

FILES = {f"DCIM/IMG_{n}.JPG": data for n, data in PHOTOS.items()}


def add(archive: Archive, sam: Person, name: str, level: str) -> Person:
    with batch(archive.connection, sam) as opened:
        return add_person(archive.connection, sam, opened, name, level=level)


def test_files_become_photos_of_whoever_sent_them(
    archive: Archive, sam: Person
) -> None:
    kim = add(archive, sam, "Kim", "standard")
    upload = send(
        archive,
        kim,
        FILES,
        album="Progress",
        location="Tower>Level 3",
        description="West",
        private=True,
        taken_at="2026-04-01",
    )
    job = import_all(archive, kim, upload)
    assert (job.state, job.done, job.total, job.errors) == ("done", 3, 3, 0)
    rows = archive.connection.execute(
        """
        select p.filename, p.uploader_id, a.name, l.name, p.description, p.private,
            p.taken_at, p.taken_source
        from photos p join albums a on a.id = p.album_id
        join locations l on l.id = p.location_id order by p.filename
        """
    ).fetchall()
    common = (kim.id, "Progress", "Level 3", "West", 1)
    assert rows == [
        (f"IMG_{n}.JPG", *common, "2026-04-01T10:11:12", "person") for n in (1, 2, 3)
    ]
    files = ended_files(archive.connection, upload)
    assert sorted(file.photo_id or 0 for file in files) == [1, 2, 3]
    assert staged(archive) == []
    assert faults(archive) == []
    kinds = archive.connection.execute("select kind, name from sources").fetchall()
    assert kinds == [("upload", "upload")]


def test_it_begins_while_files_still_come_and_is_one_run(
    archive: Archive, sam: Person
) -> None:
    connection = archive.connection
    upload = open_upload(archive, sam, {})
    files = announce(archive, sam, upload, FILES)
    for file, data in zip(files, PHOTOS.values(), strict=True):
        receive(archive, file, data)
        job = import_all(archive, sam, upload)
        assert job.waiting
    assert (job.done, job.total) == (3, 3)
    row = connection.execute(
        "select uuid, imported, duplicates from imports"
    ).fetchall()
    assert row == [(job.uuid, 3, 0)]
    records = find_batches(connection, job.uuid)
    assert len(records) == 3
    undo(connection, sam, records)
    assert all(column(archive, "recycled_at"))


def test_duplicates_and_refusals_are_named(archive: Archive, sam: Person) -> None:
    take_in(archive, lay_one(archive))
    files = {
        "new.jpg": photo(9),
        "again.jpg": photo(9),
        "known.jpg": PHOTOS[1],
        "text.jpg": b"this is no photo",
    }
    upload = send(archive, sam, files)
    job = import_all(archive, sam, upload)
    assert outcomes(archive, upload) == {
        "new.jpg": "imported",
        "again.jpg": "duplicate",
        "known.jpg": "duplicate",
        "text.jpg": "refused",
    }
    by_name = {f.name: f for f in ended_files(archive.connection, upload)}
    assert by_name["known.jpg"].photo_id == 1
    assert by_name["again.jpg"].photo_id == by_name["new.jpg"].photo_id == 2
    assert "not a photo" in (by_name["text.jpg"].reason or "")
    assert (job.state, job.errors) == ("done", 1)
    errors = list_errors(archive.connection, job)
    assert [(e.item, e.name) for e in errors] == [
        (by_name["text.jpg"].uuid, "text.jpg")
    ]
    assert staged(archive) == [by_name["text.jpg"].uuid]


def lay_one(archive: Archive) -> Path:
    path = archive.folder.parent / "known.jpg"
    path.write_bytes(PHOTOS[1])
    return path


@pytest.mark.parametrize("private", [False, True])
def test_the_photo_of_another_is_told_only_to_who_may_see_it(
    archive: Archive, sam: Person, private: bool
) -> None:
    kim = add(archive, sam, "Kim", "standard")
    take_in(archive, lay_one(archive), private=private)
    upload = send(archive, kim, {"mine.jpg": PHOTOS[1]})
    import_all(archive, kim, upload)
    expected = "imported" if private else "duplicate"
    assert outcomes(archive, upload) == {"mine.jpg": expected}
    assert len(column(archive, "id", "originals")) == 1
    assert faults(archive) == []


def test_two_people_send_the_same_at_once(archive: Archive, sam: Person) -> None:
    kim = add(archive, sam, "Kim", "standard")
    uploads = [send(archive, person, FILES) for person in (sam, kim)]
    work_off(archive, "r", Bell(None))
    found = [set(outcomes(archive, upload).values()) for upload in uploads]
    assert found == [{"imported"}, {"duplicate"}]
    assert len(column(archive, "id")) == 3


def test_what_was_refused_is_tried_again(
    archive: Archive, sam: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> Any:
        raise StoreError("x", "the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "stage_file", full)
        upload = send(archive, sam, FILES)
        job = import_all(archive, sam, upload)
    assert (job.state, job.done, job.errors) == ("done", 3, 3)
    assert len(staged(archive)) == 3
    retry_job(archive.connection, sam, job.id)
    job = import_all(archive, sam, upload)
    assert (job.state, job.done, job.total, job.errors) == ("done", 3, 3, 0)
    assert set(outcomes(archive, upload).values()) == {"imported"}
    assert staged(archive) == []


def test_bytes_that_were_purged_are_refused(archive: Archive, sam: Person) -> None:
    connection = archive.connection
    take_in(archive, lay_one(archive))
    with batch(connection, sam) as opened:
        recycle_photos(connection, sam, opened, [1])
    purge_photos(archive, sam, [1])
    upload = send(archive, sam, {"a.jpg": PHOTOS[1]})
    import_all(archive, sam, upload)
    assert outcomes(archive, upload) == {"a.jpg": "refused"}


def stopped_after(
    archive: Archive, patch: pytest.MonkeyPatch, job: Job, count: int, why: Any
) -> None:
    """Let the process die after some outcomes of the job."""
    left = iter(range(count + 1))  # the first check is before any file

    def check(_: Work) -> None:
        if next(left, None) is None:
            raise why

    patch.setattr(Work, "check", check)
    claimed = claim_job(archive.connection, "r")
    assert claimed is not None
    assert claimed.id == job.id
    carry_out(archive, claimed, "r", Bell(None))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_process_that_dies_half_way_loses_and_doubles_nothing(
    archive: Archive, sam: Person, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """It dies when photos are recorded, and what became of their files is not."""
    monkeypatch.setattr(pipeline, "BATCH", 2)
    upload = send(archive, sam, FILES)
    job = find_job(archive.connection, sam, upload.job_id)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        stopped_after(archive, patch, job, count, KeyboardInterrupt)
    archive.connection.execute("update jobs set lease_until = created_at")
    job = import_all(archive, sam, upload)
    assert (job.state, job.done, job.errors) == ("done", 3, 0)
    assert outcomes(archive, upload) == dict.fromkeys(FILES, "imported")
    assert len(column(archive, "id")) == 3
    assert staged(archive) == []
    assert faults(archive) == []


@pytest.mark.parametrize("count", [0, 1, 2])
def test_cancelling_half_way_tells_what_became_a_photo(
    archive: Archive, sam: Person, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 2)
    upload = send(archive, sam, FILES)
    job = find_job(archive.connection, sam, upload.job_id)
    with monkeypatch.context() as patch:
        stopped_after(archive, patch, job, count, Cancelled)
    photos = len(column(archive, "id"))
    told = list(outcomes(archive, upload).values())
    assert told.count("imported") == photos
    assert told.count("cancelled") == 3 - photos
    assert find_job(archive.connection, sam, job.id).state == "cancelled"
    assert staged(archive) == []


def test_cancelling_leaves_what_is_imported_and_no_rubbish(
    archive: Archive, sam: Person
) -> None:
    upload = open_upload(archive, sam, {})
    files = announce(archive, sam, upload, FILES)
    receive(archive, files[0], PHOTOS[1])
    import_all(archive, sam, upload)
    receive(archive, files[1], PHOTOS[2][:5])
    cancel_job(archive.connection, sam, upload.job_id)
    job = import_all(archive, sam, upload)
    assert (job.state, job.done) == ("cancelled", 3)
    assert list(outcomes(archive, upload).values()) == [
        "imported",
        "cancelled",
        "cancelled",
    ]
    assert staged(archive) == []
    assert find_upload(archive.connection, sam, upload.uuid).closed_at


def test_what_somebody_sent_who_left_an_admin_takes_in(
    archive: Archive, sam: Person
) -> None:
    connection = archive.connection
    kim = add(archive, sam, "Kim", "standard")
    upload = send(archive, kim, {"a.jpg": photo(1)})
    with batch(connection, sam):
        edit_person(connection, sam, kim, active=False)
    assert import_all(archive, sam, upload).state == "failed"
    retry_job(connection, sam, upload.job_id)
    job = import_all(archive, sam, upload)
    assert (job.state, job.person, job.done) == ("done", sam.name, 1)
    assert column(archive, "uploader_id") == [sam.id]
    assert staged(archive) == []


def test_rights_that_are_gone_stop_it_and_lose_nothing(
    archive: Archive, sam: Person
) -> None:
    kim = add(archive, sam, "Kim", "standard")
    upload = send(archive, kim, FILES)
    with batch(archive.connection, sam):
        edit_person(archive.connection, sam, kim, level="read_only")
    job = import_all(archive, sam, upload)
    assert (job.state, len(staged(archive))) == ("failed", 3)
    assert "may not add photos" in job.message
    with batch(archive.connection, sam):
        edit_person(archive.connection, sam, kim, level="standard")
    retry_job(archive.connection, sam, job.id)
    assert import_all(archive, sam, upload).state == "done"


@pytest.mark.parametrize("change", ["renamed", "deleted"])
def test_an_album_that_changes_meanwhile(
    archive: Archive, sam: Person, change: str
) -> None:
    connection = archive.connection
    with batch(connection, sam) as opened:
        album = add_album(connection, sam, opened, "2026")
    upload = send(archive, sam, FILES, album=album.id)
    with batch(connection, sam) as opened:
        if change == "renamed":
            connection.execute(
                "update albums set name = 'x', name_key = 'x' where id=2"
            )
        else:
            delete_album(connection, sam, opened, find_album(connection, "2026"))
    job = import_all(archive, sam, upload)
    assert set(column(archive, "album_id")) == {2 if change == "renamed" else 1}
    assert job.message == ("" if change == "renamed" else uploaded.NO_ALBUM)


def test_a_hidden_albums_name_makes_an_album_of_ones_own(
    archive: Archive, sam: Person
) -> None:
    """The same name twice tells nobody that there is a private one."""
    kim = add(archive, sam, "Kim", "standard")
    with batch(archive.connection, sam) as opened:
        hidden = add_album(archive.connection, sam, opened, "Claims", private=True)
    for name, file in zip(("claims", "Claims"), list(FILES.items())[:2], strict=True):
        import_all(archive, kim, send(archive, kim, dict([file]), album=name))
    albums = set(column(archive, "album_id"))
    assert len(albums) == 1
    assert hidden.id not in albums


def test_options_are_kept_with_the_import(archive: Archive, sam: Person) -> None:
    import_all(archive, sam, send(archive, sam, FILES, description="Slab"))
    row = archive.connection.execute("select options from imports").fetchone()
    assert json.loads(row[0])["description"] == "Slab"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_an_upload_killed_at_any_step_loses_nothing(folder: Path) -> None:
    work = folder.parent / "work"
    work.mkdir()
    with open_archive(folder) as archive:
        files = {f"{n}.jpg": PHOTOS[n] for n in (1, 2)}
        files |= {"again.jpg": PHOTOS[1], "text.jpg": b"no photo"}
        send(archive, owner(archive.connection), files)
    every = "1" if os.environ.get("ASBUILT_ALL_KILLS") else "23"
    results = told_by("kill_uploads", folder, work, every)
    steps = {result["step"].split(" ")[0] for result in results}
    assert {"os.link", "os.fsync", "os.unlink", "sql"} <= steps
    assert [result for result in results if result["problems"]] == []


def test_a_file_that_lost_its_end_is_refused_and_its_bytes_are_kept(
    archive: Archive, sam: Person
) -> None:
    upload = send(archive, sam, FILES)
    name = staged(archive)[0]
    path = archive.folder / "incoming" / name
    cut = path.read_bytes()[:-9]
    path.write_bytes(cut)
    import_all(archive, sam, upload)
    refused = [f for f in ended_files(archive.connection, upload) if f.kept]
    assert [(f.uuid, f.reason) for f in refused] == [(name, "its end never came")]
    assert path.read_bytes() == cut
    assert len(column(archive, "id")) == len(FILES) - 1
