"""Changing all that a search finds: as one run, with the rights of now, to the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from archive.albums import add_album
from archive.batches import batch
from archive.checking import check_history
from archive.database import Archive
from archive.editing import Edit, edit_photos, recycle_photos
from archive.errors import InvalidInput, NotFound
from archive.history import find_batches
from archive.jobs import Job, add_job, find_job, list_errors, records, retry_job
from archive.jobs import bulk as bulk_jobs
from archive.jobs.edits import check_edit, edit_from
from archive.jobs.leases import claim_job
from archive.jobs.runner import Bell, carry_out, work_off
from archive.jobs.work import Stopped, Work
from archive.people import Person, add_person, edit_person
from archive.undo import undo
from tests.archive.import_checks import column


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_jobs, "STEP", 3)
    monkeypatch.setattr(Work, "breathe", lambda *_: None)


@pytest.fixture
def cranes(add_photo: Callable[..., int]) -> list[int]:
    """Seven photos, every second of them of a crane."""
    return [
        add_photo(description="crane" if n % 2 else "wall", filename=f"{n}.jpg")
        for n in range(1, 8)
    ]


def finished(archive: Archive, sam: Person, kind: str, **options: Any) -> Job:
    number = add_job(archive.connection, sam, kind, options).id
    work_off(archive, "r", Bell(None))
    return find_job(archive.connection, sam, number)


@pytest.mark.usefixtures("cranes")
def test_all_that_match_are_edited_as_one_run_that_can_be_undone(
    archive: Archive, sam: Person
) -> None:
    connection = archive.connection
    edit = {"description": "tower crane", "starred": True, "location": "Tower>Roof"}
    job = finished(archive, sam, "bulk_edit", query="crane", edit=edit, reason="named")
    assert (job.state, job.done, job.total, job.errors) == ("done", 4, 4, 0)
    assert column(archive, "starred") == [1, 0, 1, 0, 1, 0, 1]
    assert column(archive, "location_id") == [2, None] * 3 + [2]
    records = find_batches(connection, job.uuid)
    assert [record.reason for record in records] == ["named", "named"]
    undo(connection, sam, records)
    assert column(archive, "description") == ["crane", "wall"] * 3 + ["crane"]
    assert column(archive, "starred") == [0] * 7
    assert list(check_history(connection)) == []


def test_chosen_photos_are_recycled_and_retrieved(
    archive: Archive, sam: Person, cranes: list[int]
) -> None:
    job = finished(archive, sam, "bulk_recycle", ids=[*cranes[:5], cranes[0]])
    assert (job.state, job.done, job.total) == ("done", 5, 5)
    assert [bool(at) for at in column(archive, "recycled_at")] == [True] * 5 + [
        False
    ] * 2
    job = finished(archive, sam, "bulk_retrieve", query="crane is:recycled")
    assert (job.state, job.done) == ("done", 3)
    gone = [bool(at) for at in column(archive, "recycled_at")]
    assert gone == [False, True, False, True] + [False] * 3


def test_what_is_in_the_bin_is_purged(
    archive: Archive, sam: Person, cranes: list[int]
) -> None:
    with batch(archive.connection, sam) as opened:
        recycle_photos(archive.connection, sam, opened, cranes[:5])
    job = finished(archive, sam, "bulk_purge", query="is:recycled")
    assert (job.state, job.done, job.errors) == ("done", 5, 0)
    assert column(archive, "id") == cranes[5:]
    job = finished(archive, sam, "bulk_purge", ids=cranes[4:])
    assert (job.done, job.errors) == (3, 3)  # one is gone, two are not in the bin


def test_what_fails_is_named_and_the_rest_is_done(
    archive: Archive, sam: Person, cranes: list[int]
) -> None:
    connection = archive.connection
    with batch(connection, sam) as opened:
        album = add_album(connection, sam, opened, "Claims", private=True)
        edit_photos(connection, sam, cranes, Edit(private=True))
        edit_photos(connection, sam, [cranes[1], cranes[6]], Edit(album=album))
    edit = {"description": "public", "private": False}
    job = finished(archive, sam, "bulk_edit", query="", edit=edit)
    assert (job.state, job.done, job.total, job.errors) == ("done", 7, 7, 2)
    assert column(archive, "private") == [0, 1, 0, 0, 0, 0, 1]
    kept = [text != "public" for text in column(archive, "description")]
    assert kept == [False, True, False, False, False, False, True]
    errors = list_errors(connection, job)
    assert [(error.item, error.name) for error in errors] == [
        ("2", "2.jpg"),
        ("7", "7.jpg"),
    ]
    assert "private album" in errors[0].reason
    with batch(connection, sam):
        connection.execute("update photos set album_id = 1 where id = 2")
    retry_job(connection, sam, job.id)
    work_off(archive, "r", Bell(None))
    again = find_job(connection, sam, job.id)
    assert (again.state, again.done, again.total, again.errors) == ("done", 7, 7, 1)
    assert column(archive, "private") == [0, 0, 0, 0, 0, 0, 1]
    assert [error.item for error in list_errors(connection, again)] == ["7"]


def test_all_that_failed_are_tried_again_however_many(
    archive: Archive,
    sam: Person,
    cranes: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(records, "MAX_ERRORS", 2)
    connection = archive.connection
    with batch(connection, sam):
        connection.execute("update photos set private = 1 where id <> 4")
    job = finished(archive, sam, "bulk_edit", query="", edit={"log_date": "2026-01-02"})
    assert (job.state, job.done, job.total, job.errors) == ("done", 7, 7, 6)
    assert [error.item for error in list_errors(connection, job)] == ["1", "2"]
    with batch(connection, sam):
        connection.execute("update photos set private = 0 where id in (1, 2, 3, 7)")
    with monkeypatch.context() as patch:
        stop_after(patch, 2)
        retry_job(connection, sam, job.id)
        taken = claim_job(connection, "r")
        assert taken is not None
        carry_out(archive, taken, "r", Bell(None))
    half = find_job(connection, sam, job.id)
    assert (half.state, half.done, half.total, half.errors) == ("queued", 4, 7, 3)
    work_off(archive, "r", Bell(None))
    again = find_job(connection, sam, job.id)
    assert (again.state, again.done, again.total, again.errors) == ("done", 7, 7, 2)
    days = ["2026-01-02"] * 4 + [None, None, "2026-01-02"]
    assert column(archive, "log_date") == days
    assert [error.item for error in list_errors(connection, again)] == ["5", "6"]
    assert cranes[4:6] == [5, 6]


def stop_after(patch: pytest.MonkeyPatch, steps: int) -> None:
    """Let the program end after some steps of a job."""
    left = iter(range(steps))

    def check(_: Work) -> None:
        if next(left, None) is None:
            raise Stopped

    patch.setattr(Work, "check", check)


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.usefixtures("cranes")
def test_one_that_was_stopped_goes_on_where_it_was(
    archive: Archive,
    sam: Person,
    add_photo: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    steps: int,
) -> None:
    connection = archive.connection
    options = {"query": "", "edit": {"rotate": 90}}  # twice would be seen
    number = add_job(connection, sam, "bulk_edit", options).id
    job = claim_job(connection, "r")
    assert job is not None
    with monkeypatch.context() as patch:
        stop_after(patch, steps)
        carry_out(archive, job, "r", Bell(None))
    assert column(archive, "rotation").count(90) == 3 * (steps - 1)
    add_photo(description="came later")
    work_off(archive, "r", Bell(None))
    job = find_job(connection, sam, number)
    assert (job.state, job.done, job.total) == ("done", 7, 7)
    assert column(archive, "rotation") == [90] * 7 + [0]


def test_rights_are_those_of_each_step(
    archive: Archive, sam: Person, cranes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = archive.connection
    with batch(connection, sam) as opened:
        kim = add_person(connection, sam, opened, "Kim", level="admin")
    original = Work.move_on

    def demoted(self: Work, *args: Any, **options: Any) -> None:
        original(self, *args, **options)
        if self.progress[0] == 3:
            connection.execute("update people set level = 'read_only' where id = 2")

    monkeypatch.setattr(Work, "move_on", demoted)
    job = finished(archive, kim, "bulk_recycle", ids=cranes)
    assert (job.state, job.done, job.errors) == ("failed", 3, 0)
    assert [bool(at) for at in column(archive, "recycled_at")] == [True] * 3 + [
        False
    ] * 4
    assert "may not put photos" in job.message


def test_a_standard_person_describes_many_and_does_nothing_else(
    archive: Archive, sam: Person, cranes: list[int]
) -> None:
    connection = archive.connection
    with batch(connection, sam) as opened:
        kim = add_person(connection, sam, opened, "Kim", level="standard")
        edit_photos(connection, sam, cranes[:1], Edit(private=True))
    job = finished(archive, kim, "bulk_edit", query="crane", edit={"description": "x"})
    assert (job.state, job.done, job.errors) == ("done", 3, 0)  # of the private one: no
    job = finished(archive, kim, "bulk_edit", query="wall", edit={"rotate": 90})
    assert (job.state, job.done) == ("failed", 0)
    assert column(archive, "rotation") == [0] * 7


def test_what_one_may_not_see_is_not_named_when_it_fails(
    archive: Archive, sam: Person, cranes: list[int]
) -> None:
    """Whoever names any numbers learns the names of no hidden photos."""
    connection = archive.connection
    with batch(connection, sam) as opened:
        kim = add_person(connection, sam, opened, "Kim", level="standard")
        edit_photos(connection, sam, cranes[:1], Edit(private=True))
        recycle_photos(connection, sam, opened, cranes[1:2])
    edit = {"description": "x"}
    job = finished(archive, kim, "bulk_edit", ids=cranes[:3], edit=edit)
    assert (job.done, job.errors) == (3, 2)
    told = [(error.name, error.reason) for error in list_errors(connection, job)]
    assert told == [(n, f"there is no photo {n}") for n in ("1", "2")]


def test_many_batches_are_taken_back(
    archive: Archive, sam: Person, cranes: list[int]
) -> None:
    connection = archive.connection
    run = finished(archive, sam, "bulk_edit", ids=cranes, edit={"rotate": 90}).uuid
    edit_later = {"rotate": 180}
    finished(archive, sam, "bulk_edit", ids=cranes[:1], edit=edit_later)
    job = finished(archive, sam, "undo", batch=run)
    assert (job.state, job.done, job.total, job.errors) == ("done", 3, 3, 1)
    assert column(archive, "rotation") == [270] + [0] * 6
    assert list_errors(connection, job)[0].item == "photo 1 rotation"


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("bulk_edit", {"edit": {"starred": True}}, "which photos"),
        ("bulk_edit", {"query": "albun:x", "edit": {"starred": True}}, "albun"),
        ("undo", {"batch": "999"}, "no batch 999"),
    ],
)
def test_what_cannot_be_fails_with_its_reason(
    archive: Archive, sam: Person, kind: str, options: dict[str, Any], message: str
) -> None:
    job = finished(archive, sam, kind, **options)
    assert job.state == "failed"
    assert message in job.message


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"filename": "x"},
        {"description": 7},
        {"private": "yes"},
        {"rotate": True},
        {"position": [1]},
        {"position": [1, "2"]},
        {"trades": "Steel"},
    ],
    ids=str,
)
def test_what_is_no_edit(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        check_edit(values)


def test_an_edit_as_plain_data(archive: Archive, sam: Person) -> None:
    connection = archive.connection
    with batch(connection, sam) as opened:
        album = add_album(connection, sam, opened, "Claims", private=True)
        values = {"album": "Claims", "location": "", "trades": [], "position": [1, 2.5]}
        edit = edit_from(connection, sam, opened, values)
        kim = add_person(connection, sam, opened, "Kim", level="admin")
    assert edit == Edit(album=album, location=0, trades=(), position=(1, 2.5))
    with batch(connection, sam):
        kim = edit_person(connection, sam, kim, level="standard")
    with batch(connection, kim) as opened, pytest.raises(NotFound):
        edit_from(connection, kim, opened, {"album": album.id})
