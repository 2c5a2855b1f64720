"""The processes of jobs: one that ends too soon is started again, a little later."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from archive.jobs.leases import Workload
from plugins import runners
from plugins.runners import Office

WORK = Workload(due=1, running=0, ours=0)


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
    monkeypatch.setattr(runners, "time", SimpleNamespace(monotonic=lambda: 0.0))
    monkeypatch.setattr(Office, "_left_by", lambda *_: WORK)
    return Office(Path("tower"))


def starts(monkeypatch: pytest.MonkeyPatch, begin: Callable[[], Process]) -> None:
    """Start these in place of processes."""
    system = SimpleNamespace(
        Popen=lambda *_, **__: begin(), PIPE=None, DEVNULL=None, TimeoutExpired=OSError
    )
    monkeypatch.setattr(runners, "subprocess", system)


def watched_to_its_end(before: set[threading.Thread]) -> None:
    """Wait for those who look after what was started."""
    for thread in {*threading.enumerate()} - before:
        if "_watch" in thread.name:
            thread.join(20)
            assert not thread.is_alive()


def test_work_does_not_wait_for_good_when_a_process_dies_at_its_start(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody may ask again for hours: what made the work was told a moment before."""
    before = {*threading.enumerate()}
    statuses = iter([-9, 1, None])
    lasts, begun = threading.Event(), list[Process]()

    def begin() -> Process:
        begun.append(Process(next(statuses)))
        if begun[-1].status is None:
            lasts.set()
        return begun[-1]

    starts(monkeypatch, begin)
    office.call(WORK)
    assert lasts.wait(20)
    assert office.failures == 2
    with office.lock:  # whoever looks after it has been started by then
        office.closing.set()
    begun[-1].told.set()
    watched_to_its_end(before)


def test_nothing_is_started_while_it_closes(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {*threading.enumerate()}
    monkeypatch.setattr(runners, "BROKEN", 1e6)
    begun: list[Process] = []

    def begin() -> Process:
        begun.append(Process(1))
        return begun[-1]

    starts(monkeypatch, begin)
    office.call(WORK)
    office.close()
    watched_to_its_end(before)
    assert len(begun) == 1
