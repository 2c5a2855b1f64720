"""Very many rows: into an empty archive, in bulk and through the triggers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bench.environment import CONTESTANTS
from bench.measure import Sample, run_script
from bench.plan import Plan
from bench.race import Contestant, Goal, Row, Run, judge, race

BULK, TRIGGERS = "bulk", "through triggers"
GOALS = (Goal("rows into an empty archive", BULK, 0.4, TRIGGERS),)


def rows(plan: Plan) -> Iterator[Row]:
    """One row; one round, because both take long and the difference is large."""
    contestants = [
        Contestant(TRIGGERS, filled(plan, one_by_one=True)),
        Contestant(BULK, filled(plan, one_by_one=False)),
    ]
    outcomes = race(plan.environment, contestants, rounds=1)
    title = f"{plan.rows:,} rows into an empty archive, cost of a row"
    yield Row("million", title, outcomes, judge(GOALS, outcomes), TRIGGERS)


def filled(plan: Plan, *, one_by_one: bool) -> Run:
    """An archive of made-up rows."""

    def run(folder: Path) -> Sample:
        return fill(plan, folder / "archive", plan.rows, one_by_one=one_by_one)

    return run


def fill(plan: Plan, archive: Path, count: int, *, one_by_one: bool = False) -> Sample:
    """Make an archive of made-up rows; the archive stays."""
    task = {"archive": str(archive), "rows": count, "one_by_one": one_by_one}
    script = CONTESTANTS / "our_rows.py"
    sample = run_script(sys.executable, script, task, plan.env)
    size = sample.extra["megabytes"]
    says = f"{sample.cpu:.0f} s in all, {size:.0f} MB"
    return replace(sample, extra={**sample.extra, "says": says})
