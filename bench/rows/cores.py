"""Whether an import uses two cores. Wall time: says nothing where a core is taken."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bench.measure import Sample
from bench.plan import Plan
from bench.race import Contestant, Goal, Row, Run, judge, race
from bench.rows.imports import Load, further_photos, import_once, new_archive

ONE, TWO = "one core", "two cores"
GOALS = (Goal("wall time, 1.7 × one core's speed", TWO, 1 / 1.7, ONE, "wall_ms"),)


def rows(plan: Plan) -> Iterator[Row]:
    """One row: the same import with two jobs, kept to one core and free."""
    paths = plan.load("12mp", plan.photos)
    contestants = [
        Contestant(ONE, noting_others(paths, our_import(plan, "taskset", "-c", "0"))),
        Contestant(TWO, noting_others(paths, our_import(plan))),
    ]
    outcomes = race(plan.environment, contestants, plan.rounds)
    title = f"Both cores: import of {len(paths)} photos, 12mp, wall time"
    yield Row("cores", title, outcomes, judge(GOALS, outcomes), ONE)


def our_import(plan: Plan, *on: str) -> Load:
    """An import with two jobs, and how many cores others took meanwhile."""

    def load(source: Path, place: Path, count: int) -> Sample:
        archive = new_archive(plan, place)
        before = busy_seconds()
        began = time.perf_counter()
        sample = import_once(plan, archive, source, count, jobs=2, on=on)
        elapsed = time.perf_counter() - began
        others = max(0.0, busy_seconds() - before - sample.cpu) / elapsed
        return replace(sample, extra={"others": others})

    return load


def noting_others(paths: Sequence[Path], load: Load) -> Run:
    """What each further photo costs; starting uses one core whatever is done then."""
    measured = further_photos(paths, load)

    def run(folder: Path) -> Sample:
        sample = measured(folder)
        says = f"others took {sample.extra['others']:.1f} cores"
        return replace(sample, extra={**sample.extra, "says": says})

    return run


def busy_seconds() -> float:
    """CPU seconds that all processes of the machine have used (Linux)."""
    user, nice, system, _idle, _wait, irq, soft = (
        int(field) for field in Path("/proc/stat").read_text().split()[1:8]
    )
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")
