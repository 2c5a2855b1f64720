"""One worker process: its pipes, its jobs, its end."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any, NamedTuple

from archive.frames import GARBLED, read_frame

# Jobs given to a process at a time: one to do, and as many as it does while we write a
# batch of an import to the disk.
AHEAD = 3
# At worst all of them, and what it is told first, wait in the pipe (64 KiB): they must
# fit, or writing would block.
LARGEST_JOB = 16_000

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


class Job(NamedTuple):
    """One call: a key that comes back with its outcome, and the arguments."""

    key: Any
    function: str
    args: tuple[Any, ...]


class Limits(NamedTuple):
    """How long a job may take, in seconds: computing, and on the clock."""

    computing: float
    clock: float


class WorkerProcess:
    """One worker process and the thread that listens to it."""

    def __init__(
        self, memory: int, inbox: queue.SimpleQueue[Event], nice: int = 0
    ) -> None:
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
        self._write(_pack({"path": sys.path, "memory": memory, "nice": nice}))
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._popen.poll() is None

    def give(self, job: Job, limits: Limits) -> None:
        """Queue a job; a process that has just died says so through the inbox.

        :raises ValueError: its arguments are too large (nothing is queued)
        """
        message = _pack((job.function, job.args, tuple(limits)))
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
        with io.BufferedReader(self._popen.stdout) as answers:  # type: ignore[type-var]
            frame: bytes | None = GARBLED
            while frame is not None:
                try:
                    frame = read_frame(answers)
                except OSError:
                    frame = None
                self._inbox.put(Event(self, time.monotonic(), frame))
                if frame == GARBLED:
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


class Event(NamedTuple):
    """An answer, or (``frame`` None) the end of a process."""

    process: WorkerProcess
    at: float
    frame: bytes | None


def _environment() -> dict[str, str]:
    """What a worker may know of ours (no passwords), and how it keeps its memory."""
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    return kept | _MEMORY_USE


def _pack(message: Any) -> bytes:  # noqa: ANN401
    raw = pickle.dumps(message)
    if len(raw) > LARGEST_JOB:
        raise ValueError("a job's arguments are too large; pass a path instead")
    return raw
