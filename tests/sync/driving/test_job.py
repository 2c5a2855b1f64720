"""The sync as jobs, against our own hub: a plan, a run, and what was chosen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archive.batches import batch
from archive.database import Archive, create_archive, open_archive
from archive.jobs import add_job
from archive.jobs.leases import claim_job
from archive.jobs.work import Work
from archive.people import owner
from archive.remotes import Choice, list_runs, set_link, set_originals
from sync import job as jobs
from sync.driving import runs
from sync.driving.links import as_json
from sync.driving.runs import Wishes
from sync.driving.tokens import SECRET
from sync.engine import Report
from tests.sync.driving.conftest import Hub

Plan = Callable[[], dict[str, Any]]


@pytest.fixture
def folder(tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive that is linked with the hub, and holds nothing."""
    monkeypatch.setenv(SECRET, hub.secret)
    create_archive(tmp_path / "laptop", "Tower 4")
    with open_archive(tmp_path / "laptop") as archive:
        sam = owner(archive.connection)
        with batch(archive.connection, sam):
            set_link(archive.connection, sam, as_json(hub.link))
    return tmp_path / "laptop"


def taken_up(archive: Archive, kind: str, **options: Any) -> Work:
    add_job(archive.connection, owner(archive.connection), kind, options)
    job = claim_job(archive.connection, "runner")
    assert job is not None
    return Work(job, "runner")


def planned(archive: Archive) -> dict[str, int]:
    """Make a plan. Returns how often it has what."""
    work = taken_up(archive, "sync_plan")
    assert not jobs.plan(archive, owner(archive.connection), work)
    archive.connection.execute("update jobs set state = 'done'")
    found: dict[str, Any] = work.position["plan"]
    assert all(len(one["first"]) <= 5 for one in found["groups"])
    return {f"{one['act']} {one['kind']}": one["n"] for one in found["groups"]}


def choose(archive: Archive, choice: Choice) -> None:
    sam = owner(archive.connection)
    with batch(archive.connection, sam):
        set_originals(archive.connection, sam, choice)


def test_a_plan_is_what_the_run_does_and_what_was_chosen_later_is_planned(
    folder: Path,
) -> None:
    with open_archive(folder) as archive:
        choose(archive, Choice(all=False))
        before = archive.connection.total_changes
        plan = planned(archive)
        photos = plan["make here photo"]
        assert photos == plan["fetch thumbnail photo"] > 0
        assert "fetch original photo" not in plan
        assert not list_runs(archive.connection)
        assert archive.connection.total_changes - before < 9  # the job's own rows

        work = taken_up(archive, "sync")
        jobs.run(archive, owner(archive.connection), work)
        archive.connection.execute("update jobs set state = 'done'")
        (run,) = list_runs(archive.connection)
        done = run.report["done"]
        assert {act: done.get(act, 0) for act in plan} == plan

        assert planned(archive) == {}
        choose(archive, Choice())
        assert planned(archive) == {"fetch original photo": photos}


def test_a_brake_that_was_confirmed_on_the_page_is_let_go(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wished: list[Wishes] = []

    def synchronise(_: Archive, wishes: Wishes, __: object) -> Report:
        wished.append(wishes)
        return Report()

    monkeypatch.setattr(runs, "synchronise", synchronise)
    with open_archive(folder) as archive:
        work = taken_up(archive, "sync", confirmed=["many texts"])
        jobs.run(archive, owner(archive.connection), work)
    assert wished[0].confirmed == {"many texts"}
