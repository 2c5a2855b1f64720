"""The page of verifications: what is wrong, copies, jobs that mend, and the log."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.batches import batch
from archive.clock import timestamp
from archive.database import Archive
from archive.errors import InvalidInput
from archive.jobs import find_job
from archive.keeping import add_copy
from archive.keeping.checking import add_place, check_copy
from archive.people import owner
from archive.verifying import Limits, verify, windows
from plugins import schedules
from plugins.databases import archives
from tests.archive.job_kinds import finished
from tests.plugins.conftest import Site

PAGE = "/tower-4/-/verify"
GERMAN = {"accept-language": "de"}
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def spoiled(write: Any, folder: Path, tmp_path: Path) -> Path:
    """An archive with a damaged file and a stray one, and a copy from before that."""
    copy = Path(shutil.copytree(folder, tmp_path / "nas"))

    def spoil(archive: Archive) -> None:
        sam = owner(archive.connection)
        known = add_place(archive, sam, str(copy), "NAS")
        check_copy(archive, sam, known)
        add_copy(archive.connection, sam, "site-7", "site", HOSTILE)
        bad = min(archive.originals.rglob("*.jpg"))
        bad.chmod(0o644)
        bad.write_bytes(b"rot")
        (bad.parent / "stray.jpg").write_bytes(b"stray")
        verify(archive, sam, Limits())

    write(spoil)
    return copy


def state(here: Site) -> dict[str, Any]:
    found: dict[str, Any] = here.get(f"{PAGE}.json").json()
    return found


def do(here: Site, what: str, **body: Any) -> Any:
    return here.get(f"{PAGE}/{what}", method="post", json=body)


@pytest.mark.usefixtures("spoiled")
def test_what_is_wrong_and_who_has_copies_is_shown(here: Site) -> None:
    page = here.get(PAGE).text
    for words in ("2 things are wrong", "Other bytes than", "No record has this file"):
        assert words in page
    assert "Mend from NAS" in page
    assert "import it, or move it away" in page
    assert "asbuilt salvage" not in page
    assert f"Mend from {HOSTILE}" not in page
    assert HOSTILE not in page
    german = here.get(PAGE, headers=GERMAN).text
    for words in ("Prüfung", "2 Fehler", "Hält andere Bytes", "Aus NAS reparieren"):
        assert words in german
    found = state(here)
    assert [fault["what"] for fault in found["faults"]] == ["other bytes", "orphan"]
    damaged, stray = found["faults"]
    assert f'href="/tower-4/-/photo/{damaged["photo"]}"' in page
    assert (damaged["filename"] in page, stray["photo"]) == (True, None)
    nas, laptop = found["copies"]
    assert (nas["name"], nas["reachable"], nas["originals"]) == ("NAS", True, nas["of"])
    assert (laptop["reachable"], laptop["originals"]) == (None, 0)
    assert [event["what"] for event in found["events"]] == ["added", "checked", "added"]
    assert [(one["files"], one["faults"]) for one in found["checks"]] == [
        (nas["of"], 2)
    ]


def test_before_anything_was_read_nothing_is_said_to_be_right(
    here: Site, write: Any
) -> None:
    page = here.get(PAGE).text
    assert "nothing was verified yet, so nobody knows" in page
    assert "nothing is wrong" not in page
    assert "Nothing is known to be wrong" not in page
    assert 'class="number"' not in page  # the bell counts other things

    def read(seconds: float | None) -> None:
        def run(archive: Archive) -> None:
            verify(archive, owner(archive.connection), Limits(seconds))

        write(run)

    read(None)
    assert state(here)["state"] == "right"
    write(
        lambda archive: archive.connection.execute(
            "update originals set verified_at = null where id = 1"
        )
    )
    assert state(here)["state"] == "so_far"
    assert "nothing is wrong in what was read so far" in here.get(PAGE).text


def test_only_who_reads_the_history_sees_it(here: Site) -> None:
    for who, status in (("reader", 403), ("uploader", 403), ("anonymous", 404)):
        assert here.get(PAGE, who).status_code == status
        answer = here.get(f"{PAGE}/begin", who, "post", json={})
        assert answer.status_code == status


@pytest.mark.usefixtures("spoiled")
def test_a_file_is_mended_from_a_copy_and_the_copy_read_again(
    here: Site, write: Any, folder: Path
) -> None:
    (nas, _) = state(here)["copies"]

    def ended(uuid: str) -> tuple[str, int, str]:
        def run(archive: Archive) -> tuple[str, int, str]:
            sam = owner(archive.connection)
            job = find_job(archive.connection, sam, uuid)
            job = finished(archive, sam, job.id)
            return job.state, job.errors, job.message

        told: tuple[str, int, str] = write(run)
        return told

    job = do(here, "repair", copy=nas["uuid"]).json()["job"]
    assert do(here, "repair", copy=nas["uuid"]).status_code == 409
    assert ended(job) == ("done", 0, "")
    assert [fault["what"] for fault in state(here)["faults"]] == ["orphan"]
    next(folder.rglob("stray.jpg")).unlink()
    job = do(here, "begin", minutes=5).json()["job"]
    assert "Verification" in here.get(PAGE).text
    assert ended(job) == ("done", 0, "")
    job = do(here, "check", copy=nas["uuid"]).json()["job"]
    assert ended(job) == ("done", 0, "")
    found = state(here)
    assert (found["wrong"], found["faults"]) == (0, [])
    whats = [event["what"] for event in found["events"]]
    assert whats[:2] == ["checked", "repaired"]
    assert do(here, "check", copy="none").status_code == 404


@pytest.mark.usefixtures("spoiled")
def test_what_cannot_be_mended_is_named_with_the_job(
    here: Site, write: Any, spoiled: Path
) -> None:
    shutil.rmtree(spoiled / "originals")
    (nas, _) = state(here)["copies"]
    job = do(here, "repair", copy=nas["uuid"]).json()["job"]

    def run(archive: Archive) -> int:
        sam = owner(archive.connection)
        return finished(archive, sam, find_job(archive.connection, sam, job).id).errors

    assert write(run) == 1
    assert "the copy does not have it" in here.get(PAGE).text


def test_a_verification_begins_by_itself_in_its_window(here: Site, write: Any) -> None:
    body = {"on": 1, "day-0": 1, "day-1": 1, "times": "19:00", "minutes": 90}
    assert do(here, "plan", **body).status_code == 200
    assert state(here)["window"] == {"days": [0, 1], "times": ["19:00"], "minutes": 90}
    assert "for 90 minutes" in here.get(PAGE).text
    assert do(here, "plan", **{**body, "minutes": 0}).status_code == 400
    assert do(here, "plan", **{**body, "times": "late"}).status_code == 400
    monday = datetime(2031, 3, 10, 18, 59, tzinfo=UTC)

    def look(archive: Archive) -> list[bool]:
        connection = archive.connection
        told = []
        for minutes in (0, 2, 3, 24 * 60 + 2, 48 * 60 + 2):
            now = monday + timedelta(minutes=minutes)
            due = windows.is_due(connection, now, UTC)
            told.append(due)
            if due:
                windows.begin_due(connection, now, UTC)
                tomorrow = now + timedelta(days=1)  # while it is under way
                assert not windows.is_due(connection, tomorrow, UTC)
                connection.execute(
                    "update jobs set state = 'done', created_at = ?", (timestamp(now),)
                )
        return told

    with_window = write(lambda a: (_since(a, "2031-03-10T00:00:00Z"), look(a))[1])
    assert with_window == [False, True, False, True, False]
    job = here.get("/tower-4/-/jobs.json").json()["jobs"][0]
    assert job["kind"] == "verify"
    assert do(here, "plan").status_code == 200
    assert state(here)["next"] is None


def test_whoever_serves_begins_what_is_due(here: Site, write: Any) -> None:
    database = next(iter(archives(here.datasette)))

    def look() -> bool:
        return bool(here.run(schedules.begin_due(here.datasette, database)))

    def daily(archive: Archive) -> None:
        sam = owner(archive.connection)
        with batch(archive.connection, sam):
            found = windows.window(range(7), "00:00 12:00", 5)
            then = datetime.now(UTC) - timedelta(days=2)
            windows.set_window(archive.connection, sam, found, then)

    assert not look()
    write(daily)
    assert [look(), look()] == [True, False]
    (job,) = here.get("/tower-4/-/jobs.json").json()["jobs"]
    assert (job["kind"], job["state"]) == ("verify", "queued")


def _since(archive: Archive, moment: str) -> None:
    """Let the window be said at another time."""
    sam = owner(archive.connection)
    with batch(archive.connection, sam):
        found = windows.window_of(archive.connection)
        when = datetime.fromisoformat(moment)
        windows.set_window(archive.connection, sam, found, when)


def test_a_window_has_days_a_time_and_minutes() -> None:
    for days, times, minutes in (([], "19:00", 5), ([1], "", 5), ([1], "19:00", 1441)):
        with pytest.raises(InvalidInput):
            windows.window(days, times, minutes)
