"""The queue: who has which job, what is left when its process dies, who may see it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archive.batches import batch
from archive.checking import check_history
from archive.database import Archive
from archive.errors import Conflict, InvalidInput, NotAllowed, NotFound
from archive.jobs import (
    KINDS,
    Kind,
    add_job,
    cancel_job,
    find_job,
    list_errors,
    list_jobs,
    retry_job,
)
from archive.jobs.leases import (
    AT_ONCE,
    LEASE,
    TRIES,
    claim_job,
    has_due,
    keep_job,
    move_on,
    next_due,
    release_jobs,
    settle_job,
)
from archive.jobs.records import (
    LONGEST_REASON,
    MAX_ERRORS,
    JobError,
    add_errors,
    clear_errors,
    clear_jobs,
    wake_job,
)
from archive.people import Person, add_person

NOON = datetime(2026, 5, 11, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, kind in {
        "any": Kind("x:y", "upload", at_once=99),
        "asking": Kind("x:y", "upload", resumes=False),
        "tidying": Kind("x:y", "upload", tidies=True),
    }.items():
        monkeypatch.setitem(KINDS, name, kind)


@pytest.fixture
def kim(archive: Archive, sam: Person) -> Person:
    with batch(archive.connection, sam) as opened:
        return add_person(archive.connection, sam, opened, "Kim", level="standard")


def state(archive: Archive, sam: Person, number: int) -> str:
    return find_job(archive.connection, sam, number).state


def test_a_job_goes_from_the_queue_through_a_process_to_its_end(
    archive: Archive, sam: Person
) -> None:
    connection = archive.connection
    job = add_job(connection, sam, "any", {"a": [1]}, total=7, now=NOON)
    assert (job.state, job.open, job.options, job.total) == (
        "queued",
        True,
        {"a": [1]},
        7,
    )
    claimed = claim_job(connection, "r1", NOON)
    assert claimed is not None
    assert (claimed.id, claimed.state, claimed.person) == (
        job.id,
        "running",
        "Sam Reyes",
    )
    assert claim_job(connection, "r2", NOON) is None
    assert keep_job(connection, claimed, "r1", (3, 7, "half"), NOON) is False
    assert settle_job(connection, claimed, "r1", "done", "all well", now=NOON)
    ended = find_job(connection, sam, job.uuid)
    assert (ended.state, ended.done, ended.message) == ("done", 3, "all well")
    assert ended.finished_at == "2026-05-11T12:00:00.000Z"
    assert not ended.open
    assert not ended.again
    assert list(check_history(connection)) == []  # no part of it


def test_the_one_that_is_due_for_longest_is_first(
    archive: Archive, sam: Person
) -> None:
    connection = archive.connection
    late = add_job(connection, sam, "any", now=NOON + SECOND)
    early = add_job(connection, sam, "any", now=NOON)
    add_job(connection, sam, "any", now=NOON + 60 * SECOND)
    now = NOON + 2 * SECOND
    found = [claim_job(connection, "r", now) for _ in range(3)]
    assert [job and job.id for job in found] == [early.id, late.id, None]


def test_no_more_at_once_than_an_archive_bears(archive: Archive, sam: Person) -> None:
    connection = archive.connection
    for _ in range(AT_ONCE + 1):
        add_job(connection, sam, "any", now=NOON)
    found = [claim_job(connection, f"r{n}", NOON) for n in range(AT_ONCE + 1)]
    assert [job is not None for job in found] == [True] * AT_ONCE + [False]


def test_no_more_of_a_kind_than_it_says(archive: Archive, sam: Person) -> None:
    connection = archive.connection
    first, _ = (add_job(connection, sam, "asking", now=NOON) for _ in range(2))
    other = add_job(connection, sam, "any", now=NOON)
    found = [claim_job(connection, "r", NOON) for _ in range(3)]
    assert [job and job.id for job in found] == [first.id, other.id, None]


def test_a_waiting_job_waits_until_it_is_woken(archive: Archive, sam: Person) -> None:
    connection = archive.connection
    job = add_job(connection, sam, "any", due=False, now=NOON)
    assert job.waiting
    assert not has_due(connection, NOON)
    assert next_due(connection, NOON) is None
    wake_job(connection, job.id, NOON)
    claimed = claim_job(connection, "r", NOON)
    assert claimed is not None
    settle_job(connection, claimed, "r", "queued", now=NOON)
    assert find_job(connection, sam, job.id).waiting


def test_a_job_woken_while_it_worked_does_not_wait(
    archive: Archive, sam: Person
) -> None:
    connection = archive.connection
    add_job(connection, sam, "any", now=NOON)
    job = claim_job(connection, "r", NOON)
    assert job is not None
    wake_job(connection, job.id, NOON)  # more came, and the job has looked already
    settle_job(connection, job, "r", "queued", now=NOON)
    assert claim_job(connection, "r", NOON) is not None


@pytest.mark.parametrize("known", [False, True], ids=["lease-ran-out", "seen-to-die"])
@pytest.mark.parametrize(
    ("kind", "after"), [("any", "queued"), ("asking", "interrupted")]
)
def test_a_job_without_its_process(
    archive: Archive, sam: Person, kind: str, after: str, known: bool
) -> None:
    connection = archive.connection
    number = add_job(connection, sam, kind, now=NOON).id
    job = claim_job(connection, "r1", NOON)
    assert job is not None
    later = NOON + LEASE + SECOND
    if known:
        assert release_jobs(connection, "r1", NOON) == 1
        later = NOON
    else:
        assert claim_job(connection, "r2", NOON + LEASE - SECOND) is None
        assert next_due(connection, NOON + LEASE - 5 * SECOND) == 5
    again = claim_job(connection, "r2", later)
    assert (again is not None) == (after == "queued")
    assert state(archive, sam, number) == ("running" if again else "interrupted")
    # whoever was only asleep changes nothing any more
    assert keep_job(connection, job, "r1", (5, 5, ""), later) is None
    assert not move_on(connection, job, "r1", {"after": 5}, 5)
    assert not settle_job(connection, job, "r1", "done", now=later)
    assert find_job(connection, sam, number).done == 0


def test_a_lease_that_is_renewed_holds(archive: Archive, sam: Person) -> None:
    connection = archive.connection
    add_job(connection, sam, "any", now=NOON)
    job = claim_job(connection, "r1", NOON)
    assert job is not None
    keep_job(connection, job, "r1", (0, None, ""), NOON + LEASE / 2)
    assert claim_job(connection, "r2", NOON + LEASE + SECOND) is None


@pytest.mark.parametrize("moves", [False, True])
def test_a_job_that_takes_its_process_with_it_is_left_to_a_person(
    archive: Archive, sam: Person, moves: bool
) -> None:
    connection = archive.connection
    number = add_job(connection, sam, "any", now=NOON).id
    for count in range(TRIES):
        job = claim_job(connection, "r", NOON)
        assert job is not None
        if moves:  # each gets a little further: it will come to its end
            assert move_on(connection, job, "r", {}, count + 1)
        release_jobs(connection, "r", NOON)
    assert state(archive, sam, number) == ("queued" if moves else "interrupted")
    if not moves:
        retry_job(connection, sam, number, NOON)
        assert claim_job(connection, "r", NOON) is not None


@pytest.mark.parametrize(
    ("kind", "before", "after", "due"),
    [
        ("any", "queued", "cancelled", False),
        ("any", "running", "running", False),
        ("asking", "interrupted", "cancelled", False),
        ("tidying", "queued", "queued", True),
        ("tidying", "interrupted", "queued", True),
    ],
)
def test_cancelling(
    archive: Archive, sam: Person, kind: str, before: str, after: str, due: bool
) -> None:
    connection = archive.connection
    number = add_job(connection, sam, kind, due=before != "queued", now=NOON).id
    if before != "queued":
        assert claim_job(connection, "r", NOON) is not None
    if before == "interrupted":
        connection.execute("update jobs set state = 'interrupted', due_at = null")
    job = cancel_job(connection, sam, number, NOON)
    assert job.state == after
    assert job.cancelling == (after != "cancelled")
    assert has_due(connection, NOON) == due
    if before == "running":
        assert keep_job(connection, job, "r", (0, None, ""), NOON) is True
        release_jobs(connection, "r", NOON)
        assert state(archive, sam, number) == "queued"  # for its end to be recorded


@pytest.mark.parametrize("ended", ["done", "failed", "cancelled"])
def test_what_has_ended_cannot_be_cancelled(
    archive: Archive, sam: Person, ended: str
) -> None:
    connection = archive.connection
    add_job(connection, sam, "any", now=NOON)
    job = claim_job(connection, "r", NOON)
    assert job is not None
    settle_job(connection, job, "r", ended, now=NOON)
    with pytest.raises(Conflict, match="ended already"):
        cancel_job(connection, sam, job.id)


def test_retrying_takes_up_what_did_not_end_well(archive: Archive, sam: Person) -> None:
    connection = archive.connection
    add_job(connection, sam, "any", now=NOON)
    job = claim_job(connection, "r", NOON)
    assert job is not None
    with pytest.raises(Conflict, match="nothing of this job"):
        retry_job(connection, sam, job.id)
    settle_job(connection, job, "r", "done", now=NOON)
    with pytest.raises(Conflict, match="nothing of this job"):
        retry_job(connection, sam, job.id)
    add_errors(connection, job.id, [JobError("17", "a.jpg", "no")])
    again = retry_job(connection, sam, job.id, NOON)
    assert (again.state, again.finished_at, again.message) == ("queued", None, "")


def test_errors_are_named_once_each_up_to_a_bound(
    archive: Archive, sam: Person
) -> None:
    connection = archive.connection
    job = add_job(connection, sam, "any")
    add_errors(
        connection,
        job.id,
        (JobError(f"{n:05}", "IMG\n1.jpg", "x" * 900) for n in range(MAX_ERRORS + 5)),
    )
    add_errors(connection, job.id, [JobError("00001", "b.jpg", "other")])
    assert find_job(connection, sam, job.id).errors == MAX_ERRORS + 5
    errors = list_errors(connection, job, limit=-1)
    assert len(errors) == MAX_ERRORS
    assert errors[0].name == "IMG\\n1.jpg"
    assert len(errors[0].reason) == LONGEST_REASON
    assert errors[1] == JobError("00001", "b.jpg", "other")
    page = list_errors(connection, job, limit=2, after="00001")
    assert [error.item for error in page] == ["00002", "00003"]
    clear_errors(connection, job.id, ["00001", "00002", "never"])
    assert find_job(connection, sam, job.id).errors == MAX_ERRORS + 3
    untold = f"{MAX_ERRORS + 2:05}"
    add_errors(connection, job.id, [JobError(untold, "c.jpg", "there is room now")])
    assert find_job(connection, sam, job.id).errors == MAX_ERRORS + 3
    assert list_errors(connection, job, limit=-1)[-1].item == untold


def test_one_sees_ones_own_jobs_and_an_admin_all(
    archive: Archive, sam: Person, kim: Person
) -> None:
    connection = archive.connection
    of_sam = add_job(connection, sam, "any").id
    of_kim = add_job(connection, kim, "any").id
    assert [job.id for job in list_jobs(connection, kim)] == [of_kim]
    assert [job.id for job in list_jobs(connection, sam)] == [of_kim, of_sam]
    assert [j.id for j in list_jobs(connection, sam, before=of_kim)] == [of_sam]
    for call in (find_job, cancel_job, retry_job):
        with pytest.raises(NotFound):
            call(connection, kim, of_sam)  # type: ignore[operator]
    assert cancel_job(connection, sam, of_kim).state == "cancelled"


@pytest.mark.parametrize(
    ("kind", "options", "error"),
    [
        ("bulk_recycle", {}, NotAllowed),
        ("unheard-of", {}, InvalidInput),
        ("any", {"ids": "x" * 5_000_000}, InvalidInput),
    ],
    ids=["right", "kind", "size"],
)
def test_jobs_that_cannot_be(
    archive: Archive, kim: Person, kind: str, options: Any, error: type
) -> None:
    with pytest.raises(error):
        add_job(archive.connection, kim, kind, options)


def test_a_kind_of_another_version_stays_in_the_queue(
    archive: Archive, sam: Person
) -> None:
    connection = archive.connection
    number = add_job(connection, sam, "any", now=NOON).id
    connection.execute("update jobs set kind = 'of tomorrow'")
    assert claim_job(connection, "r", NOON) is None
    assert state(archive, sam, number) == "queued"


def test_jobs_of_long_ago_are_forgotten(archive: Archive, sam: Person) -> None:
    connection = archive.connection
    for _ in range(2):
        add_job(connection, sam, "any", now=NOON)
        job = claim_job(connection, "r", NOON)
        assert job is not None
        add_errors(connection, job.id, [JobError("1", "a", "b")])
        settle_job(connection, job, "r", "done", now=NOON)
    open_one = add_job(connection, sam, "any", now=NOON)
    assert clear_jobs(connection, now=NOON + timedelta(days=91)) == 2
    assert [job.id for job in list_jobs(connection, sam)] == [open_one.id]
    assert connection.execute("select count(*) from job_errors").fetchone() == (0,)
