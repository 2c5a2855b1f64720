"""A run that is stopped, waited for, or met by a clock that is wrong."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from archive import remotes
from archive.database import open_archive
from archive.secrets import Vault
from sync.driving import diagnosing, runs
from sync.driving.pausing import Pause, Paused, stopped_by_signals
from sync.driving.runs import Surroundings
from sync.effects import Ask, Commit, Steps, Wait
from sync.engine import Report
from tests.sync.driving.commands.conftest import Hand, me, run


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
