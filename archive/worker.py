"""The inside of a worker process: reads jobs from stdin, writes results to stdout.

Started by ``archive.workers`` as a script of its own, in a fresh interpreter, so it
imports nothing but the standard library until a job asks for more. It has read hostile
files by the time it answers, so answers are data only: a JSON header and raw bytes.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import io
import json
import os
import pickle
import signal
import struct
import sys
import time
from types import ModuleType
from typing import Any, BinaryIO, cast

resource: ModuleType | None
try:
    resource = importlib.import_module("resource")
except ImportError:  # Windows has no limits of this kind; the parent's clock remains
    resource = None

# Before each answer: the length of all that follows, and of the JSON in it.
PREFIX = struct.Struct(">QI")
# {BLOB: n} in the JSON stands for the nth run of bytes behind it.
BLOB = "\0blob"
OPEN_FILES = 64
# An orphan (its parent was killed) ends this long after its job should have.
GRACE_SECONDS = 2


def main() -> None:
    """Answer jobs until stdin ends, which it does when the parent dies."""
    answers = _private_stdout()
    jobs = sys.stdin.buffer
    setup = pickle.load(jobs)  # noqa: S301 - from our parent
    sys.path[:] = setup["path"]
    _limit(setup["memory"])
    if setup["nice"] and hasattr(os, "nice"):
        os.nice(setup["nice"])
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            function, args, (seconds, clock) = pickle.load(jobs)  # noqa: S301
            _start_clocks(seconds, clock)
            answer = run(function, args)
            _stop_clocks()
            answers.write(answer)
            answers.flush()


def _private_stdout() -> BinaryIO:
    """Keep the real stdout for answers; what libraries print goes to stderr."""
    kept = os.dup(1)
    os.dup2(2, 1)
    return io.BufferedWriter(io.FileIO(kept, "w"))


def _limit(memory: int) -> None:
    """Bound address space (bytes) and open files, and leave no core files."""
    if resource is None:
        return
    for name, value in (
        ("RLIMIT_AS", memory),
        ("RLIMIT_NOFILE", OPEN_FILES),
        ("RLIMIT_CORE", 0),
    ):
        # A limit that this system lacks or already has lower is not an error.
        with contextlib.suppress(AttributeError, OSError, ValueError):
            resource.setrlimit(getattr(resource, name), (value, value))


def _start_clocks(seconds: float, clock: float) -> None:
    """Die by signal when a job computes too long, or runs on.

    By the clock the parent kills earlier; that one is for the worker whose parent
    cannot. The limit of the process is for one that has stopped the timer.

    :param seconds: of computing, in all threads
    :param clock: seconds that may pass
    """
    if resource is None:
        return
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, clock + GRACE_SECONDS)
    cpu = int(time.process_time() + seconds + GRACE_SECONDS) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, hard))


def _stop_clocks() -> None:
    if resource is not None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def run(function: str, args: tuple[Any, ...]) -> bytes:
    """Call ``"module:function"``; its value, or what went wrong, as an answer."""
    try:
        module, _, name = function.partition(":")
        value = getattr(importlib.import_module(module), name)(*args)
        return encode({"value": value})
    except MemoryError:
        return _error("memory", "MemoryError", "")
    except Exception as error:  # noqa: BLE001 - all of it is reported
        name = type(error).__name__
        reason = getattr(error, "reason", None)
        told = reason if isinstance(reason, str) else f"{name}: {error}"
        return _error("error", name, told[:1000])


def _error(kind: str, name: str, reason: str) -> bytes:
    return encode({"error": {"kind": kind, "type": name, "reason": reason}})


def encode(answer: Any) -> bytes:  # noqa: ANN401 - any plain data
    """Frame plain data (dataclasses become dictionaries, tuples lists)."""
    blobs: list[bytes] = []
    head = json.dumps({"answer": _plain(answer, blobs), "sizes": [*map(len, blobs)]})
    raw = head.encode("ascii")
    length = len(raw) + sum(map(len, blobs))
    return b"".join((PREFIX.pack(length, len(raw)), raw, *blobs))


def _plain(value: Any, blobs: list[bytes]) -> Any:  # noqa: ANN401
    if isinstance(value, bytes):
        blobs.append(value)
        return {BLOB: len(blobs) - 1}
    if isinstance(value, (list, tuple)):
        return [_plain(item, blobs) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item, blobs) for key, item in value.items()}
    if dataclasses.is_dataclass(value):
        fields = dataclasses.fields(cast("Any", value))
        return {f.name: _plain(getattr(value, f.name), blobs) for f in fields}
    return value


if __name__ == "__main__":
    main()
