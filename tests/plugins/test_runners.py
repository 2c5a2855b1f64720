"""The processes of jobs: one that ends too soon is started again, a little later."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from archive.jobs.leases import Workload
from plugins import runners
from plugins.runners import Office

WORK = Workload(due=1, running=0, ours=0)
NOTHING = Workload(due=0, running=0, ours=0)


class Process:
    """A process that ends at once, or when it is told to."""

    stdin = None

    def __init__(self, status: int | None) -> None:
        self.status = status
        self.told = threading.Event()

    def wait(self, _: float | None = None) -> int:
        if self.status is None:
            self.told.wait()
        return self.status or 0


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr(runners, "BROKEN", 0.001)
    monkeypatch.setattr(runners.time, "monotonic", lambda: 0.0)
    return Office(Path("tower"))


def test_work_does_not_wait_for_good_when_a_process_dies_at_its_start(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody may ask again for hours: what made the work was told a moment before."""
    statuses = iter([-9, 1, None])
    lasts, started = threading.Event(), []

    def popen(*_: object, **__: object) -> Process:
        started.append(Process(next(statuses)))
        if started[-1].status is None:
            lasts.set()
        return started[-1]

    monkeypatch.setattr(runners.subprocess, "Popen", popen)
    monkeypatch.setattr(Office, "_left_by", lambda *_: WORK)
    office.call(WORK)
    assert lasts.wait(20)
    assert office.failures == 2
    monkeypatch.setattr(Office, "_left_by", lambda *_: NOTHING)
    started[-1].told.set()


def test_nothing_is_started_while_it_closes(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runners, "BROKEN", 1e6)
    begun: list[Process] = []

    def popen(*_: object, **__: object) -> Process:
        begun.append(Process(1))
        return begun[-1]

    monkeypatch.setattr(runners.subprocess, "Popen", popen)
    monkeypatch.setattr(Office, "_left_by", lambda *_: WORK)
    office.call(WORK)
    office.close()
    others = [t for t in threading.enumerate() if t is not threading.main_thread()]
    for thread in others:
        if "_watch" in thread.name:
            thread.join(20)
            assert not thread.is_alive()
    assert len(begun) == 1
