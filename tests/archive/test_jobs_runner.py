"""The process that does jobs: what becomes of each, and what a kill leaves."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from archive.checking import check_history
from archive.database import Archive, open_archive
from archive.jobs import KINDS, Job, add_job, cancel_job, find_job
from archive.jobs.leases import release_jobs
from archive.jobs.runner import Bell, main, work_off
from archive.people import Person
from tests.archive.job_kinds import ALL

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, kind in ALL.items():
        monkeypatch.setitem(KINDS, name, kind)


def done(archive: Archive, sam: Person, kind: str, **options: Any) -> Job:
    """Add a job and let a runner do what there is."""
    number = add_job(archive.connection, sam, kind, options).id
    work_off(archive, "r", Bell(None))
    return find_job(archive.connection, sam, number)


@pytest.mark.parametrize(
    ("kind", "state", "message"),
    [
        ("fine", "done", "for Sam Reyes"),
        ("failing", "done", "one failed"),
        ("wrong", "failed", "that cannot be"),
        ("broken", "failed", "ZeroDivisionError: a mistake"),
        ("locked", "queued", "somebody is writing"),
        ("waits", "queued", ""),
    ],
)
def test_what_becomes_of_a_job(
    archive: Archive,
    sam: Person,
    kind: str,
    state: str,
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    job = done(archive, sam, kind)
    assert (job.state, job.message) == (state, message)
    assert job.waiting == (kind == "waits")
    assert bool(job.errors) == (kind == "failing")
    # for whoever looks after the program, not for the page
    assert ("Traceback" in capsys.readouterr().err) == (kind == "broken")


def test_progress_at_the_end_is_written_down(archive: Archive, sam: Person) -> None:
    job = done(archive, sam, "fine")
    assert (job.done, job.total) == (2, 2)


def test_one_that_meets_a_lock_again_and_again_fails(
    archive: Archive, sam: Person
) -> None:
    number = add_job(archive.connection, sam, "locked").id
    for _ in range(3):
        archive.connection.execute("update jobs set due_at = created_at")
        work_off(archive, "r", Bell(None))
    assert find_job(archive.connection, sam, number).state == "failed"


def test_one_that_is_cancelled_before_its_turn_does_nothing(
    archive: Archive, sam: Person
) -> None:
    number = add_job(archive.connection, sam, "endless").id
    archive.connection.execute("update jobs set cancelling = 1")
    work_off(archive, "r", Bell(None))
    assert find_job(archive.connection, sam, number).state == "cancelled"


def test_the_end_of_the_program_that_started_it_ends_it(
    archive: Archive, sam: Person
) -> None:
    bell = Bell(io.StringIO(""))
    while not bell.closed:
        bell.wait(1)
    add_job(archive.connection, sam, "endless")
    assert work_off(archive, "r", bell) == 0


class Runner:
    """A process as the server starts it."""

    def __init__(self, folder: Path, runner: str) -> None:
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.archive.job_kinds",
                folder,
                "--runner",
                runner,
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def says(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def end(self, signal_: int | None = None) -> None:
        if signal_ is not None:
            self.process.send_signal(signal_)
        self.process.communicate(timeout=60)


def test_a_job_killed_half_way_is_done_by_the_next_process_exactly_once(
    folder: Path, archive: Archive, sam: Person, add_photo: Any
) -> None:
    ids = [add_photo() for _ in range(6)]
    options = {"ids": ids, "stop_after": 4}
    number = add_job(archive.connection, sam, "describes", options).id
    runner = Runner(folder, "first")
    assert runner.says() == "hangs"
    runner.end(signal.SIGKILL)
    job = find_job(archive.connection, sam, number)
    assert (job.state, job.done) == ("running", 4)  # nobody knows yet
    release_jobs(archive.connection, "first")
    work_off(archive, "second", Bell(None))
    job = find_job(archive.connection, sam, number)
    assert (job.state, job.done) == ("done", 6)
    rows = archive.connection.execute("select description from photos order by id")
    assert [row[0] for row in rows] == [f"by {n}" for n in range(6)]
    runs = archive.connection.execute(
        "select count(*) from batches where run = ?", (job.uuid,)
    ).fetchone()
    assert runs == (6,)
    assert list(check_history(archive.connection)) == []


@pytest.mark.parametrize(
    ("kind", "after"), [("endless", "queued"), ("asking", "interrupted")]
)
def test_a_job_whose_server_ends_goes_on_later(
    folder: Path, archive: Archive, sam: Person, kind: str, after: str
) -> None:
    number = add_job(archive.connection, sam, kind).id
    runner = Runner(folder, "first")
    assert runner.says() == "begun"
    runner.end()  # closes its standard input
    assert runner.process.returncode == 0
    assert find_job(archive.connection, sam, number).state == after


def test_a_running_job_is_cancelled_and_the_next_is_done(
    folder: Path, archive: Archive, sam: Person
) -> None:
    endless = add_job(archive.connection, sam, "endless").id
    fine = add_job(archive.connection, sam, "fine").id
    runner = Runner(folder, "first")
    assert runner.says() == "begun"
    cancel_job(archive.connection, sam, endless)
    runner.end()  # what it is at it ends first
    assert find_job(archive.connection, sam, endless).state in ("cancelled", "queued")
    work_off(archive, "second", Bell(None))
    states = [find_job(archive.connection, sam, n).state for n in (endless, fine)]
    assert states == ["cancelled", "done"]


def test_it_hears_that_there_is_something_to_do(
    folder: Path, archive: Archive, sam: Person
) -> None:
    first = add_job(archive.connection, sam, "endless").id
    runner = Runner(folder, "first")
    assert runner.says() == "begun"
    cancel_job(archive.connection, sam, first)
    add_job(archive.connection, sam, "asking")
    assert runner.process.stdin is not None
    runner.process.stdin.write("\n")
    runner.process.stdin.flush()
    assert runner.says() == "begun"  # the second one
    runner.end()


def test_an_archive_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path), "--once"]) == 1
    assert "not an archive" in capsys.readouterr().err


def test_the_program_does_what_there_is(folder: Path) -> None:
    with open_archive(folder) as archive:
        from archive.people import owner

        number = add_job(archive.connection, owner(archive.connection), "fine").id
        assert main([str(folder), "--once"]) == 0
        job = find_job(archive.connection, owner(archive.connection), number)
    assert job.state == "done"
