"""What one run of one contestant cost.

CPU time is user plus system time of the whole process tree (the kernel's count for
the child and all descendants that it waited for); memory is the peak resident size
of the largest process in that tree. CPU time is what ratios are made of: on a
machine that is shared, wall time moves threefold and CPU time by some percent.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

from bench.environment import Absent

Extra = dict[str, Any]
# What Python says of a part of the project that is not written yet.
MISSING = re.compile(r"(No module named 'archive|cannot import name .* 'archive).*")


class Failed(Exception):
    """A contestant ended with an error; the text is the end of what it said."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One run. Seconds for ``items`` things, peak resident size in MB.

    :param start_cpu: seconds of it that are the start's, and count for none of them
    """

    cpu: float
    wall: float
    rss: float
    items: int = 1
    extra: Extra = field(default_factory=dict)
    start_cpu: float = 0.0
    start_wall: float = 0.0

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of CPU for one thing."""
        return max(0.0, self.cpu - self.start_cpu) * 1000 / self.items

    @property
    def wall_ms(self) -> float:
        """Milliseconds on the clock for one thing."""
        return max(0.0, self.wall - self.start_wall) * 1000 / self.items


def run(
    command: Sequence[str | Path],
    env: Mapping[str, str],
    items: int = 1,
    cwd: Path | None = None,
    stdin: str = "",
) -> tuple[Sample, str]:
    """Run a command to its end; its cost, and what it wrote to standard output.

    :raises Failed: when it exits with anything but 0
    :raises Absent: when it needs a part of the archive that is not there yet
    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        before = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command],
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=err,
            text=True,
        )
        assert process.stdin is not None
        process.stdin.write(stdin)
        process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - before
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        said, complaint = out.read(), err.read()
    if process.returncode != 0:
        raise_failure(f"exit {process.returncode}", (complaint or said).strip())
    cpu = usage.ru_utime + usage.ru_stime
    return Sample(cpu, wall, usage.ru_maxrss / 1024, items), said


def raise_failure(status: str, complaint: str) -> NoReturn:
    """Tell a part that is not written yet from a failure."""
    missing = MISSING.search(complaint)
    if missing:
        raise Absent(f"not there yet: {missing.group()}")
    raise Failed(f"{status}: {complaint[-800:]}")


def run_script(
    python: Path | str,
    script: Path,
    task: Mapping[str, Any],
    env: Mapping[str, str],
) -> Sample:
    """Run a script that measures itself, without its start-up.

    The script reads its task as JSON from standard input and writes, as its last
    line, an object with ``cpu``, ``wall`` (seconds), ``items`` and whatever else it
    has to say. Memory is the whole process's.
    """
    whole, said = run([python, script], env, stdin=json.dumps(task))
    told = json.loads(said.strip().splitlines()[-1])
    cpu, wall, items = told.pop("cpu"), told.pop("wall"), told.pop("items")
    return Sample(cpu, wall, told.pop("rss", whole.rss), items, told)


def without_start(many: Sample, ones: Sequence[Sample]) -> Sample:
    """The cost of the further items: a run of many, less the least run of one.

    What a program costs to start is then in neither contestant's figure (there is
    a row for that), and a short run says the same as a long one.
    """
    start = min(one.cpu for one in ones)
    says = f"one alone {start:.2f} s"
    return replace(
        many,
        items=many.items - 1,
        extra={**many.extra, "start_cpu": start, "says": says},
        start_cpu=start,
        start_wall=min(one.wall for one in ones),
    )
