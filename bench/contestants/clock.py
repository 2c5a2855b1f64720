"""How a contestant that is a script takes its task and tells what it cost.

The task comes as JSON on standard input, the answer is one JSON line at the end.
Only what runs under the clock counts: not the interpreter's start, not imports.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from types import TracebackType
from typing import Any, Self


class Clock:
    """Adds up CPU and wall time of ``with clock:`` blocks, children included."""

    def __init__(self) -> None:
        self.cpu = 0.0
        self.wall = 0.0

    def __enter__(self) -> Self:
        self._wall = time.perf_counter()
        self._cpu = cpu_so_far()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cpu += cpu_so_far() - self._cpu
        self.wall += time.perf_counter() - self._wall


def cpu_so_far() -> float:
    """Seconds of CPU of this process and of the children it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def read_task() -> dict[str, Any]:
    """What the benchmark asks for."""
    task: dict[str, Any] = json.load(sys.stdin)
    return task


def peak_mb() -> float:
    """Peak resident size of this very process in MB (Linux counts in kB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def tell(clock: Clock, items: int, **more: object) -> None:
    """The last line: what it cost, and whatever else there is to say."""
    print(json.dumps({"cpu": clock.cpu, "wall": clock.wall, "items": items, **more}))
