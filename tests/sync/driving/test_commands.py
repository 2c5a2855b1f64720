"""``asbuilt remote``, ``sync``, ``conflicts`` and ``resolve``, against our own hub."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from archive import remotes
from archive.batches import batch
from archive.commands.root import asbuilt
from archive.database import create_archive, open_archive
from archive.holding import held
from archive.people import owner
from archive.secrets import Vault
from plugins.api import bearer
from sync.commands import syncing
from sync.driving import diagnosing, runs
from sync.driving.links import as_json
from sync.driving.pausing import Pause, Paused, stopped_by_signals
from sync.driving.runs import LOCK, Surroundings
from sync.driving.tokens import SECRET
from sync.effects import Ask, Commit, Steps, Tell, Wait
from sync.engine import Report
from tests.sync.driving.conftest import Hub


def run(*arguments: object, code: int = 0, **more: Any) -> Result:
    result = CliRunner().invoke(asbuilt, [str(one) for one in arguments], **more)
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("empty") / "tower"
    create_archive(folder, "Tower 4")
    return folder


@pytest.fixture
def folder(empty: Path, tmp_path: Path) -> Path:
    """An empty archive of the test's own."""
    shutil.copytree(empty, tmp_path / "laptop")
    return tmp_path / "laptop"


def link(folder: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Link an archive as a person does."""
    monkeypatch.setenv(SECRET, hub.secret)
    run("remote", "set", folder, *given(hub))


def given(hub: Hub, **changed: object) -> list[str]:
    told = {
        "--url": hub.link.url,
        "--company": hub.link.company,
        "--project": hub.link.project,
        "--client-id": hub.link.client_id,
        **changed,
    }
    return [str(part) for pair in told.items() for part in pair]


def test_a_remote_is_set_shown_and_forgotten(
    folder: Path, hub: Hub, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(folder, hub, monkeypatch)
    monkeypatch.delenv(SECRET)
    shown = run("remote", "show", folder, "--check", "--json")
    told = json.loads(shown.stdout)
    assert (told["url"], told["secret"], told["name"]) == (
        hub.link.url,
        True,
        "Tower 4",
    )
    assert str(settings) in told["kept_in"]
    assert hub.secret not in shown.output
    changed = run("remote", "set", folder, "--project", 5, code=1)
    assert "5" in changed.stderr
    assert json.loads(run("remote", "show", folder, "--json").stdout) == {
        **as_json(hub.link),
        "secret": True,
        "login": True,
        "kept_in": told["kept_in"],
    }
    assert "anybody" not in run("remote", "forget", folder, "--yes").output
    assert "no remote" in run("remote", "show", folder, code=1).stderr
    kept = json.loads((settings / "secrets.json").read_text())
    assert kept == {}


def test_without_a_secret_nothing_is_kept(folder: Path, hub: Hub) -> None:
    result = run("remote", "set", folder, *given(hub), code=1)
    assert SECRET in result.stderr
    assert "no remote" in run("remote", "show", folder, code=1).stderr
    assert (
        "missing: --company"
        in run("remote", "set", folder, "--url", "x", code=1).stderr
    )


def test_the_program_here_and_the_token_there_are_in_no_file_of_the_archive(
    folder: Path, hub: Hub, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(folder, hub, monkeypatch)
    monkeypatch.delenv(SECRET)
    given_out: list[str] = []
    real = bearer.actor_of

    async def known(datasette: Any, scope: Any) -> Any:
        token = dict(scope["headers"]).get(b"authorization", b"").decode()
        given_out.append(token.removeprefix("Bearer "))
        return await real(datasette, scope)

    monkeypatch.setattr(bearer, "actor_of", known)
    said = run("sync", folder, "--json", "--metered").output
    said += run("sync", folder, "status", "--json").output
    said += run("history", folder, "--format", "jsonl").output
    token = next(filter(None, given_out))
    files = [path for path in folder.rglob("*") if path.is_file()]
    written = b"".join(path.read_bytes() for path in files)
    for secret in (hub.secret, token):
        assert secret.encode() not in written
        assert secret not in said
        assert secret in (settings / "secrets.json").read_text()


def test_what_is_there_comes_here_with_its_bytes_and_then_nothing_is_left_to_do(
    folder: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(folder, hub, monkeypatch)
    first = json.loads(run("sync", folder, "--json").stdout)
    fetched = first["done"]["fetch original photo"]
    originals = list((folder / "originals").rglob("*.jpg"))
    assert 0 < len(originals) <= fetched  # several photos may have the same bytes
    for path in originals:
        there = hub.folder / "originals" / path.parent.name / path.name
        assert path.read_bytes() == there.read_bytes()
    assert not list((folder / "incoming").glob("*"))
    second = json.loads(run("sync", folder, "--json").stdout)
    assert (second["done"], second["writes"]) == ({}, 0)
    assert "to take it back" not in run("sync", folder, "status").stderr


# Runs, with engines written by hand


@dataclass
class Hand:
    """Puts an engine written by hand in the engine's place."""

    monkeypatch: pytest.MonkeyPatch

    def __call__(self, engine: Callable[[Any], Steps[Report]]) -> None:
        self.monkeypatch.setattr("sync.engine.run", engine)


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    return Hand(monkeypatch)


@pytest.fixture
def linked(folder: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive that is linked, without having asked."""
    monkeypatch.setenv(SECRET, hub.secret)
    with open_archive(folder) as archive:
        who = owner(archive.connection)
        with batch(archive.connection, who) as _:
            remotes.set_link(archive.connection, who, as_json(hub.link))
    return folder


def me(_: Any) -> Steps[Report]:
    """Ask one thing, write another."""
    answer = yield Ask("GET", "/rest/v1.0/me")
    assert answer.is_done
    yield Tell("pull", 1, 2)
    yield Commit(lambda store: store.remember("met", True))
    return Report(requests=1)


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


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ((), {"a", "b", "none"}),
        (("none",), set()),
        (("all", "none"), {"a", "b", "none"}),
        (("album=Site", "location=Tower"), {"a", "b"}),
        (("album=Unclassified",), {"b", "none"}),
        (("taken=2026-05-02..",), {"b"}),
        (("taken=..2026-05-01",), {"a"}),
    ],
)
def test_originals_are_chosen(
    folder: Path, words: tuple[str, ...], wanted: set[str]
) -> None:
    from archive.albums import add_album
    from archive.locations import find_or_add_location

    with open_archive(folder) as archive:
        connection = archive.connection
        who = owner(connection)
        with batch(connection, who) as opened:
            album = add_album(connection, who, opened, "Site")
            place = find_or_add_location(connection, who, opened, "Tower>Level 2")
        photos: dict[str, dict[str, Any]] = {
            "a": {"album": album.uuid, "taken_at": "2026-05-01T08:00:00"},
            "b": {
                "album": None,
                "location": place.uuid,
                "taken_at": "2026-05-02T08:00:00",
            },
            "none": {"album": None, "location": None, "taken_at": None},
        }
        choice = syncing.chosen(archive, who, words, keeps=False)
    assert {name for name, fields in photos.items() if choice.wants(fields)} == wanted


def test_what_was_chosen_holds_for_the_next_runs(linked: Path, hand: Hand) -> None:
    wanted: list[bool] = []

    def engine(order: Any) -> Steps[Report]:
        wanted.append(order.selection.wants({"taken_at": "2026-05-01T08:00:00"}))
        return (yield from me(order))

    hand(engine)
    run("sync", linked, "--originals", "none", "--dry-run")
    run("sync", linked)
    run("sync", linked, "--originals", "none")
    run("sync", linked)
    run("remote", "originals", linked, "taken=2026-05-01..", "album=Unclassified")
    run("sync", linked)
    assert wanted == [False, True, False, False, True]
    told = json.loads(run("remote", "originals", linked, "--json").stdout)
    assert told == {"originals": ["album=Unclassified", "taken=2026-05-01.."]}


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


def test_a_schedule_is_said_shown_and_ended(linked: Path) -> None:
    def shown(*options: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            run("remote", "schedule", linked, *options, "--json").stdout
        )
        return found

    assert shown()["next"] is None
    told = shown("--on", "sat-sun", "--at", "6:30")
    assert (told["days"], told["times"]) == ([5, 6], ["06:30"])
    assert told["next"].endswith(":00.000Z")
    assert shown("--every", "4")["hours"] == 4
    assert shown()["next"] is not None
    assert shown("--off")["next"] is None
    for wrong in (("--every", "4", "--off"), ("--on", "mon"), ("--at", "6:30")):
        run("remote", "schedule", linked, *wrong, code=2)
    run("remote", "schedule", linked, "--every", "0", code=1)


@pytest.mark.parametrize("word", ["everything", "album=", "taken=x", "taken=..", "x=y"])
def test_a_choice_that_cannot_be_is_refused(linked: Path, word: str) -> None:
    assert "is none of" in run("sync", linked, "--originals", word, code=1).stderr


@pytest.mark.parametrize(
    ("told", "seconds", "done", "line"),
    [
        (Tell("pull", 7), 60, 7, "pull: 7"),
        (Tell("pull", 7, 14), 1, 7, "pull: 7 of 14"),
        (Tell("pull", 50, 200), 60, 50, "pull: 50 of 200, done in about 0:03:00"),
        (Tell("pull", 150, 200), 60, 50, "pull: 150 of 200, done in about 0:01:00"),
        (Tell("pull", 14, 14), 60, 7, "pull: 14 of 14"),
    ],
)
def test_it_is_said_when_it_will_be_done(
    told: Tell, seconds: float, done: int, line: str
) -> None:
    assert syncing.far(told, seconds, done) == line


@pytest.mark.parametrize(
    ("text", "rate"),
    [("500k", 5e5), ("2M", 2e6), ("1.5 MB/s", 1.5e6), ("7", 7.0), (None, None)],
)
def test_rates(text: str | None, rate: float | None) -> None:
    assert syncing.bytes_a_second(text) == rate


@pytest.mark.parametrize("text", ["", "0", "fast", "-5", "1T"])
def test_a_rate_that_cannot_be_is_refused(linked: Path, text: str) -> None:
    assert "is no rate" in run("sync", linked, "--limit-rate", text, code=1).stderr


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


def test_ctrl_c_pauses_between_two_effects(linked: Path, hand: Hand) -> None:
    steps: list[str] = []

    def engine(_: Any) -> Steps[Report]:
        try:
            yield Ask("GET", "/rest/v1.0/me")
            steps.append("asked")
            os.kill(os.getpid(), signal.SIGINT)
            yield Commit(lambda store: store.remember("answer", 7))
            steps.append("never")
        finally:
            steps.append("closed")
        return Report()

    hand(engine)
    before = signal.getsignal(signal.SIGINT)
    assert "paused" in run("sync", linked, code=3).stderr
    assert signal.getsignal(signal.SIGINT) is before
    assert steps == ["asked", "closed"]
    with open_archive(linked) as archive:
        last = remotes.sync_state(archive.connection).last
        assert last
        assert last.outcome == "paused"
        # what was under way is written down
        kept = "select value from sync_memory where key = 'answer'"
        assert archive.connection.execute(kept).fetchone() == ("7",)


def test_a_wait_ends_when_somebody_wants_to_stop(linked: Path) -> None:
    pause = Pause()
    waited: list[tuple[str, float]] = []

    def waits(why: str, seconds: float) -> None:
        waited.append((why, seconds))
        pause.ask()

    def engine() -> Steps[Report]:
        yield Wait(3600, "settling")
        raise AssertionError

    around = Surroundings(Vault(), pause, waits=waits)
    with open_archive(linked) as archive, pytest.raises(Paused):
        runs.perform(archive, runs.linked(archive), engine(), around)
    assert waited == [("settling", 3600)]


def test_a_clock_that_is_wrong_by_years_is_said_and_stops_nothing(
    linked: Path, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand(me)
    monkeypatch.setattr(diagnosing, "WRONG_CLOCK", -1)
    assert "one of them is wrong" in run("sync", linked).stderr


def test_a_lid_that_was_closed_is_time_that_passed() -> None:
    now = [1000.0]
    looked: list[float] = []

    def clock() -> float:
        looked.append(now[0])
        now[0] += 100_000
        return looked[-1]

    Pause(clock).wait(5000)
    assert len(looked) == 2


def test_the_second_ctrl_c_ends_at_once() -> None:
    pause = Pause()
    # What a shell starts in the background ignores Ctrl-C from the beginning
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), stopped_by_signals(pause):
            os.kill(os.getpid(), signal.SIGINT)
            assert pause.wanted
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0)
    finally:
        signal.signal(signal.SIGINT, before)


# Conflicts


CONFLICT = """
    insert into sync_conflicts (key, kind, uuid, field, why, base, ours, theirs,
        opened_at)
    values ('3f9a01c2d4e5f607', 'album', ?, ?, 'both changed', '"A"', '"B"', '"C"',
        '2026-05-01T00:00:00.000Z')
"""


def test_conflicts_are_listed_and_decided(folder: Path) -> None:
    with open_archive(folder) as archive:
        uuid = archive.connection.execute("select uuid from albums").fetchone()[0]
        archive.connection.execute(CONFLICT, (uuid, "name"))
    listed = run("conflicts", folder).stdout
    assert all(word in listed for word in ("3f9a01c2d4e5f607", "name", "B", "C"))
    row = json.loads(run("conflicts", folder, "--format", "jsonl").stdout)
    assert (row["here"], row["there"], row["decided"]) == ("B", "C", None)
    run("resolve", folder, "3f9a01", "--keep", "remote", "--text", "x", code=2)
    run("resolve", folder, "3f9a01", code=2)
    run("resolve", folder, "beef00", "--keep", "local", code=1)
    done = run("resolve", folder, "3f9a01", "--text", "A and B", "--json")
    assert json.loads(done.stdout)["decided"] == "other"
    run("resolve", folder, "3f9a01", "--keep", "remote")
    row = json.loads(run("conflicts", folder, "--format", "jsonl").stdout)
    assert (row["decided"], row["decided_by"]) == ("remote", "Owner")
