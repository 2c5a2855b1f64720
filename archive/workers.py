"""Killable worker processes with limits, for reading files that nobody vouches for.

A job is ``"module:function"`` with plain arguments. It runs in a fresh interpreter
(never a fork) with a bound on memory, time and open files, gets only a few harmless
environment variables, and answers with data only. A job that crashes, hangs or eats
memory fails with a reason and takes nobody with it; it is never retried here.

Time is the processor's, as the system counts it for the worker: however busy the
computer is, a file is refused for what it is. The clock ends what computes nothing.
Where the system counts nobody's time (Windows), the clock is all there is.
"""

from __future__ import annotations

import queue
import signal
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self

from archive.frames import decode
from archive.worker_process import AHEAD, Event, Job, Limits, WorkerProcess

SECONDS = 10.0  # of the processor, for a job
# Times as long may pass on the clock: a busy computer gives a worker little of itself
PATIENCE = 30
# Whoever looks at photos meanwhile comes first: thousands of jobs give way. They hold
# nothing that anybody waits for; who writes to the database is as quick as all others.
GIVES_WAY = 5
COUNTED = hasattr(signal, "ITIMER_PROF")  # whether the system counts computing
MEMORY = 1 << 30
# A process is replaced after this many jobs, so that no leak grows with an import.
JOBS_A_PROCESS = 1000
# What the worker has set for itself (archive.worker): it ends by these.
_COMPUTED, _WAITED = ("SIGPROF", "SIGXCPU"), ("SIGALRM",)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job gave no value.

    :param kind: "error": the function raised; else what became of the process
    :param type: the exception's class name for "error", else ""
    :param reason: for a person, without the name of the file
    """

    kind: Literal["error", "time", "memory", "crash"]
    type: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one job: a value (plain data) or a failure."""

    key: Any
    value: Any = None
    error: Failure | None = None


def run_jobs(
    function: str,
    jobs: Iterable[tuple[Any, tuple[Any, ...]]],
    workers: int = 2,
    seconds: float = SECONDS,
    memory: int = MEMORY,
    *,
    clock: float | None = None,
) -> Iterator[Outcome]:
    """Run ``function`` over ``(key, args)`` pairs; outcomes as they come.

    The pairs are drawn from ``jobs`` only as workers get free, in the caller's thread.
    Closing the iterator kills the workers.

    :param function: "module:function", importable in a fresh interpreter
    :param seconds: that a job may compute
    :param memory: in bytes, of one worker
    :param clock: seconds after which it is ended whatever it did; by default
        ``PATIENCE`` times ``seconds`` where computing is counted
    """
    waiting = (Job(key, function, args) for key, args in jobs)
    with _Crew(workers, memory, _limits(seconds, clock), GIVES_WAY) as crew:
        crew.fill(waiting)
        while crew.busy:
            outcome = crew.next_outcome()
            crew.fill(waiting)
            yield outcome


def _limits(seconds: float, clock: float | None = None) -> Limits:
    return Limits(seconds, clock or seconds * (PATIENCE if COUNTED else 1))


class Pool:
    """Workers kept at hand for single jobs from any thread.

    No process is started before the first job. Callers beyond ``workers`` wait. The
    limits are those of ``run_jobs``.
    """

    def __init__(
        self,
        workers: int = 2,
        seconds: float = SECONDS,
        memory: int = MEMORY,
        *,
        clock: float | None = None,
    ) -> None:
        limits = _limits(seconds, clock)
        self._crews = [_Crew(1, memory, limits) for _ in range(workers)]
        self._idle: queue.LifoQueue[_Crew] = queue.LifoQueue()
        for crew in self._crews:
            self._idle.put(crew)

    def submit(self, function: str, *args: Any) -> Outcome:  # noqa: ANN401
        """Run one job and wait for its outcome (whose key is None)."""
        crew = self._idle.get()
        try:
            crew.fill(iter([Job(None, function, args)]))
            return crew.next_outcome()
        except BaseException:  # Ctrl-C: the next caller must not get this answer
            crew.forget()
            raise
        finally:
            self._idle.put(crew)

    def close(self) -> None:
        """Kill the workers; jobs under way fail. A later job would start new ones."""
        for crew in self._crews:
            crew.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass
class _Crew:
    """A number of processes with the jobs that they have been given.

    :param nice: how much less of a busy computer they get than we do (nice(2))
    """

    workers: int
    memory: int
    limits: Limits
    nice: int = 0
    processes: list[WorkerProcess] = field(default_factory=list)
    # Given to a process that ended before it came to them; not the ones that ended it.
    returned: deque[Job] = field(default_factory=deque)
    inbox: queue.SimpleQueue[Event] = field(default_factory=queue.SimpleQueue)

    @property
    def busy(self) -> bool:
        return any(process.pending for process in self.processes)

    def fill(self, waiting: Iterator[Job]) -> None:
        """Hand out jobs until each process has enough or there are no more."""
        self._retire()
        while self._has_room():
            job = self.returned.popleft() if self.returned else next(waiting, None)
            if job is None:
                break
            self._least_busy().give(job, self.limits)

    def _retire(self) -> None:
        """Let go of processes that have ended or have done enough."""
        for process in [p for p in self.processes if not p.pending]:
            if process.given >= JOBS_A_PROCESS or not process.alive:
                self._remove(process)

    def _has_room(self) -> bool:
        return len(self.processes) < self.workers or bool(self._usable())

    def _usable(self) -> list[WorkerProcess]:
        return [
            process
            for process in self.processes
            if len(process.pending) < AHEAD and process.given < JOBS_A_PROCESS
        ]

    def _least_busy(self) -> WorkerProcess:
        """An idle process; a new one while there are too few; else one with room."""
        usable = sorted(self._usable(), key=lambda process: len(process.pending))
        if usable and (not usable[0].pending or len(self.processes) >= self.workers):
            return usable[0]
        process = WorkerProcess(self.memory, self.inbox, self.nice)
        self.processes.append(process)
        return process

    def next_outcome(self) -> Outcome:
        """Wait for the next job to end, in one way or another."""
        while True:
            first = min((p for p in self.processes if p.pending), key=lambda p: p.since)
            left = first.since + self.limits.clock - time.monotonic()
            try:
                event = self.inbox.get(timeout=max(left, 0))
            except queue.Empty:
                return self._failed(first, _too_slow(self.limits.clock))
            if event.process in self.processes and event.process.pending:
                return self._outcome(event)

    def _outcome(self, event: Event) -> Outcome:
        if event.frame is None:
            return self._failed(event.process, None)
        try:
            answer = decode(event.frame)
            failure = Failure(**answer["error"]) if "error" in answer else None
            value = answer["value"] if failure is None else None
        except (ValueError, TypeError, KeyError, IndexError, RecursionError):
            garbled = Failure("crash", "", "crashed the reader (garbled answer)")
            return self._failed(event.process, garbled)
        if failure is not None and failure.kind == "memory":
            return self._failed(event.process, _too_big(self.memory))
        job = event.process.pending.popleft()
        event.process.since = event.at
        return Outcome(job.key, value, failure)

    def _failed(self, process: WorkerProcess, failure: Failure | None) -> Outcome:
        """The first job of ``process`` ended it, or has to; the others come back."""
        job = process.pending.popleft()
        self.returned.extend(process.pending)
        process.pending.clear()
        status = process.end() if failure is None else process.kill()
        self._remove(process)
        return Outcome(job.key, None, failure or _crash(status, self.limits))

    def _remove(self, process: WorkerProcess) -> None:
        process.kill()
        self.processes.remove(process)

    def close(self) -> None:
        """Kill all; a job under way ends as a crash."""
        for process in list(self.processes):
            process.kill()

    def forget(self) -> None:
        """Kill all, with the jobs that they have."""
        self.close()
        self.processes.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _too_slow(seconds: float) -> Failure:
    return Failure("time", "", f"took longer than {seconds:g} s")


def _too_much(seconds: float) -> Failure:
    return Failure("time", "", f"needed more than {seconds:g} s of computing")


def _too_big(memory: int) -> Failure:
    return Failure("memory", "", f"needed more than {memory / (1 << 30):.3g} GB")


def _crash(status: int, limits: Limits) -> Failure:
    """What an exit status says (negative: minus the signal's number)."""
    if any(-status == getattr(signal, name, None) for name in _COMPUTED):
        return _too_much(limits.computing)
    if any(-status == getattr(signal, name, None) for name in _WAITED):
        return _too_slow(limits.clock)
    ended = f"signal {-status}" if status < 0 else f"exit code {status}"
    return Failure("crash", "", f"crashed the reader ({ended})")
