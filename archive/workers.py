"""Killable worker processes with limits, for reading files that nobody vouches for.

A job is ``"module:function"`` with plain arguments. It runs in a fresh interpreter
(never a fork) with a bound on memory, time and open files, gets only a few harmless
environment variables, and answers with data only. A job that crashes, hangs or eats
memory fails with a reason and takes nobody with it; it is never retried here.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Literal, NamedTuple, Self

from archive.worker import BLOB, PREFIX

SECONDS = 10.0
MEMORY = 1 << 30

LARGEST_ANSWER = 64 << 20
_GARBLED = b""
# Two jobs wait in the pipe at once and must fit (64 KiB), or writing would block.
LARGEST_JOB = 30_000
# Jobs given to a process at a time: one to do and one so that it need not wait for us.
AHEAD = 2
# A process is replaced after this many jobs, so that no leak grows with an import.
JOBS_A_PROCESS = 1000

_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SYSTEMROOT")
# One heap: one per thread would count several times against the address space. What one
# photo frees is kept for the next (a tenth of the CPU went into page faults). Blocks of
# 2 MB in place of Pillow's 16 fit the holes: 70 MB in place of 81 for 24 MP photos.
_MEMORY_USE = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(32 << 20),
    "PILLOW_BLOCK_SIZE": "2m",
}
# The clocks that the worker itself sets (archive.worker), and what they mean.
_CLOCK_SIGNALS = ("SIGALRM", "SIGXCPU")


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


class Job(NamedTuple):
    """One call: a key that comes back with its outcome, and the arguments."""

    key: Any
    function: str
    args: tuple[Any, ...]


def run_jobs(
    function: str,
    jobs: Iterable[tuple[Any, tuple[Any, ...]]],
    workers: int = 2,
    seconds: float = SECONDS,
    memory: int = MEMORY,
) -> Iterator[Outcome]:
    """Run ``function`` over ``(key, args)`` pairs; outcomes as they come.

    The pairs are drawn from ``jobs`` only as workers get free, in the caller's thread.
    Closing the iterator kills the workers.

    :param function: "module:function", importable in a fresh interpreter
    """
    waiting = (Job(key, function, args) for key, args in jobs)
    with _Crew(workers, seconds, memory) as crew:
        crew.fill(waiting)
        while crew.busy:
            outcome = crew.next_outcome()
            crew.fill(waiting)
            yield outcome


class Pool:
    """Workers kept at hand for single jobs from any thread.

    No process is started before the first job. Callers beyond ``workers`` wait.
    """

    def __init__(
        self, workers: int = 2, seconds: float = SECONDS, memory: int = MEMORY
    ) -> None:
        self._crews = [_Crew(1, seconds, memory) for _ in range(workers)]
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


class _Process:
    """One worker process and the thread that listens to it."""

    def __init__(self, memory: int, inbox: queue.SimpleQueue[_Event]) -> None:
        self.pending: deque[Job] = deque()
        self.since = 0.0  # when the first pending job began, by time.monotonic()
        self.given = 0
        self._inbox = inbox
        self._popen = subprocess.Popen(  # noqa: S603
            # Isolated and without site: quicker, and nothing from the outside.
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("worker.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            bufsize=0,
            # Its own group: Ctrl-C is for us to handle, and killing takes children too.
            start_new_session=os.name == "posix",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._write(_pack({"path": sys.path, "memory": memory}))
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def give(self, job: Job, seconds: float) -> None:
        """Queue a job; a process that has just died says so through the inbox.

        :raises ValueError: its arguments are too large (nothing is queued)
        """
        message = _pack((job.function, job.args, seconds))
        if not self.pending:
            self.since = time.monotonic()
        self.pending.append(job)
        self.given += 1
        self._write(message)

    def _write(self, raw: bytes) -> None:
        assert self._popen.stdin is not None  # noqa: S101
        with contextlib.suppress(OSError):
            self._popen.stdin.write(raw)

    def _listen(self) -> None:
        assert self._popen.stdout is not None  # noqa: S101
        with self._popen.stdout as answers:
            frame: bytes | None = _GARBLED
            while frame is not None:
                try:
                    frame = _read_frame(answers)
                except OSError:
                    frame = None
                self._inbox.put(_Event(self, time.monotonic(), frame))
                if frame == _GARBLED:
                    break

    def kill(self) -> int:
        """End it and all that it started; its exit status as ``Popen`` gives it."""
        if self._popen.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if os.name == "posix":
                    os.killpg(self._popen.pid, signal.SIGKILL)
                else:
                    self._popen.kill()
        status = self._popen.wait()
        if self._popen.stdin is not None:
            self._popen.stdin.close()
        # It closes its own end; closed from here the number could be another file's.
        self._listener.join(timeout=1)
        return status

    def end(self) -> int:
        """Its exit status when it has ended by itself."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout=1)
        return self.kill()


class _Event(NamedTuple):
    """An answer, or (``frame`` None) the end of a process."""

    process: _Process
    at: float
    frame: bytes | None


@dataclass
class _Crew:
    """A number of processes with the jobs that they have been given."""

    workers: int
    seconds: float
    memory: int
    processes: list[_Process] = field(default_factory=list)
    # Given to a process that ended before it came to them; not the ones that ended it.
    returned: deque[Job] = field(default_factory=deque)
    inbox: queue.SimpleQueue[_Event] = field(default_factory=queue.SimpleQueue)

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
            self._least_busy().give(job, self.seconds)

    def _retire(self) -> None:
        """Let go of processes that have ended or have done enough."""
        for process in [p for p in self.processes if not p.pending]:
            if process.given >= JOBS_A_PROCESS or not process.alive:
                self._remove(process)

    def _has_room(self) -> bool:
        return len(self.processes) < self.workers or bool(self._usable())

    def _usable(self) -> list[_Process]:
        return [
            process
            for process in self.processes
            if len(process.pending) < AHEAD and process.given < JOBS_A_PROCESS
        ]

    def _least_busy(self) -> _Process:
        """An idle process; a new one while there are too few; else one with room."""
        usable = sorted(self._usable(), key=lambda process: len(process.pending))
        if usable and (not usable[0].pending or len(self.processes) >= self.workers):
            return usable[0]
        process = _Process(self.memory, self.inbox)
        self.processes.append(process)
        return process

    def next_outcome(self) -> Outcome:
        """Wait for the next job to end, in one way or another."""
        while True:
            first = min((p for p in self.processes if p.pending), key=lambda p: p.since)
            left = first.since + self.seconds - time.monotonic()
            try:
                event = self.inbox.get(timeout=max(left, 0))
            except queue.Empty:
                return self._failed(first, _too_slow(self.seconds))
            if event.process in self.processes and event.process.pending:
                return self._outcome(event)

    def _outcome(self, event: _Event) -> Outcome:
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

    def _failed(self, process: _Process, failure: Failure | None) -> Outcome:
        """The first job of ``process`` ended it, or has to; the others come back."""
        job = process.pending.popleft()
        self.returned.extend(process.pending)
        process.pending.clear()
        status = process.end() if failure is None else process.kill()
        self._remove(process)
        return Outcome(job.key, None, failure or _crash(status, self.seconds))

    def _remove(self, process: _Process) -> None:
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


def _environment() -> dict[str, str]:
    """What a worker may know of ours (no passwords), and how it keeps its memory."""
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    return kept | _MEMORY_USE


def _pack(message: Any) -> bytes:  # noqa: ANN401
    raw = pickle.dumps(message)
    if len(raw) > LARGEST_JOB:
        raise ValueError("a job's arguments are too large; pass a path instead")
    return raw


def _read_frame(pipe: Any) -> bytes | None:  # noqa: ANN401
    """One answer without its outer length; None at the end; else ``_GARBLED``."""
    prefix = _read_exactly(pipe, PREFIX.size)
    if prefix is None:
        return None
    length, head = PREFIX.unpack(prefix)
    if length > LARGEST_ANSWER or head > length:
        return _GARBLED
    body = _read_exactly(pipe, length)
    return None if body is None else prefix[-4:] + body


def _read_exactly(pipe: BinaryIO, count: int) -> bytes | None:
    data = bytearray(count)
    view, done = memoryview(data), 0
    while done < count:
        got = pipe.readinto(view[done:])  # type: ignore[attr-defined]
        if not got:
            return None
        done += got
    return bytes(data)


def decode(frame: bytes) -> dict[str, Any]:
    """Turn an answer back into plain data.

    :raises ValueError: it is not what a worker writes (TypeError, KeyError, IndexError,
        RecursionError likewise)
    """
    start = 4 + int.from_bytes(frame[:4], "big")
    head = json.loads(frame[4:start])
    blobs = []
    for size in head["sizes"]:
        if not isinstance(size, int) or not 0 <= size <= len(frame) - start:
            raise ValueError("an answer is shorter than it says")
        blobs.append(frame[start : start + size])
        start += size
    answer = _restore(head["answer"], blobs)
    if not isinstance(answer, dict):
        raise TypeError("an answer is a dictionary")
    return answer


def _restore(value: Any, blobs: list[bytes]) -> Any:  # noqa: ANN401
    if isinstance(value, list):
        return [_restore(item, blobs) for item in value]
    if isinstance(value, dict):
        if BLOB in value:
            return blobs[value[BLOB]]
        return {key: _restore(item, blobs) for key, item in value.items()}
    return value


def _too_slow(seconds: float) -> Failure:
    return Failure("time", "", f"took longer than {seconds:g} s")


def _too_big(memory: int) -> Failure:
    return Failure("memory", "", f"needed more than {memory / (1 << 30):.3g} GB")


def _crash(status: int, seconds: float) -> Failure:
    """What an exit status says (negative: minus the signal's number)."""
    if any(-status == getattr(signal, name, None) for name in _CLOCK_SIGNALS):
        return _too_slow(seconds)
    ended = f"signal {-status}" if status < 0 else f"exit code {status}"
    return Failure("crash", "", f"crashed the reader ({ended})")
