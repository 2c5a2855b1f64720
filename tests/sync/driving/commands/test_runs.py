"""``asbuilt sync``: one run, what it is told, and what it says and writes down."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from archive import remotes
from archive.database import open_archive
from archive.holding import held
from sync.driving.runs import LOCK
from sync.effects import Ask, Commit, Steps
from sync.engine import Report
from tests.sync.driving.commands.conftest import Hand, me, run


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_dry_run_leaves_every_byte_as_it_was(linked: Path, hand: Hand) -> None:
    recalled: list[object] = []

    def engine(order: Any) -> Steps[Report]:
        assert order.dry
        report = yield from me(order)
        recalled.append((yield Commit(lambda store: store.recall("met"))))
        return report

    hand(engine)
    before = snapshot(linked)
    run("sync", linked, "--dry-run")
    assert snapshot(linked) == before
    assert recalled == [True]


def test_a_dry_run_sends_nothing_whatever_the_engine_asks(
    linked: Path, hand: Hand
) -> None:
    def engine(_: Any) -> Steps[Report]:
        yield Ask("DELETE", "/rest/v1.0/images/1")
        return Report()

    hand(engine)
    assert isinstance(
        run("sync", linked, "--dry-run", code=1).exception, AssertionError
    )


def test_a_dry_run_of_the_real_engine_leaves_every_byte_as_it_was(linked: Path) -> None:
    before = snapshot(linked)
    told = run("sync", linked, "--dry-run", code=0)
    assert "make here photo" in told.stdout
    assert "would cost 0 requests" in told.stderr
    assert snapshot(linked) == before


def test_a_run_is_written_down(linked: Path, hand: Hand) -> None:
    hand(me)
    report = json.loads(run("sync", linked, "--json").stdout)
    assert (report["requests"], report["complete"]) == (1, True)
    with open_archive(linked) as archive:
        last = remotes.sync_state(archive.connection).last
        assert last
        assert (last.outcome, last.stage, last.done, last.total) == (
            "complete",
            "pull",
            1,
            2,
        )
        kept = archive.connection.execute(
            "select value from sync_memory where key = 'budget'"
        ).fetchone()
        assert json.loads(kept[0])["hour"]["limit"]
    told = run("sync", linked, "status")
    assert "complete" in told.stderr
    assert json.loads(run("sync", linked, "status", "--json").stdout)["conflicts"] == 0


def test_what_is_left_to_do_is_code_3(linked: Path, hand: Hand) -> None:
    def engine(order: Any) -> Steps[Report]:
        report = yield from me(order)
        report.held["delete there photo"] = 12
        return report

    hand(engine)
    assert "held back: 12" in run("sync", linked, code=3).stderr


def test_what_a_person_wants_is_what_the_engine_is_told(
    linked: Path, hand: Hand
) -> None:
    orders: list[Any] = []

    def engine(order: Any) -> Steps[Report]:
        orders.append(order)
        return (yield from me(order))

    hand(engine)
    options = ("--full", "--confirm", "rights", "--confirm", "clock", "--metered")
    run("sync", linked, *options, "--originals", "taken=2026-05-01..2026-05-31")
    order = orders[0]
    assert (order.full, order.dry) == (True, False)
    assert order.confirmed == {"rights", "clock"}
    assert order.allowance.metered
    wants = order.selection.wants
    days = {"2026-05-01T00:00:00": True, "2026-05-31T23:59:59": True, None: False}
    days |= {"2026-06-01T00:00:00": False, "2026-04-30T23:59:59": False}
    assert {day: wants({"taken_at": day}) for day in days} == days


def test_a_receipt_is_signed_so_that_anybody_can_check_it(linked: Path) -> None:
    told = run("sync", linked, "receipt")
    assert "0 of 0" in told.stderr
    assert "not complete" in told.stderr
    out = linked / "receipt.json"
    run("sync", linked, "receipt", "--out", out)
    checked = run("evidence", "--check", out, "--archive", linked)
    assert "is what was signed" in checked.output
    out.write_bytes(out.read_bytes().replace(b'"complete": false', b'"complete": true'))
    run("evidence", "--check", out, code=1)


def test_one_run_at_a_time_and_it_is_said_whose_it_is(linked: Path, hand: Hand) -> None:
    hand(me)
    with held(linked / LOCK, "is syncing"):
        told = run("sync", linked, code=1).stderr
        assert f"process {os.getpid()}" in told or os.name == "nt"
        run("sync", linked, "--dry-run")
    (linked / LOCK).write_text("\n999999999\n")  # left by one that was killed
    run("sync", linked)


def test_a_run_that_fails_says_why_and_keeps_it(linked: Path, hand: Hand) -> None:
    def engine(_: Any) -> Steps[Report]:
        yield Ask("GET", "/rest/v1.0/projects/5", (("company_id", "5"),))
        raise AssertionError

    hand(engine)
    told = run("sync", linked, code=1).stderr
    assert "Traceback" not in told
    with open_archive(linked) as archive:
        last = remotes.sync_state(archive.connection).last
        assert last
        assert (last.outcome, bool(last.finished_at)) == ("failed", True)
        assert last.report["stopped"] in told
