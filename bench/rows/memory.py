"""Memory of an import's largest process on 24 MP photos: few, then many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.measure import Sample
from bench.plan import Plan
from bench.race import Contestant, Goal, Row, Run, judge, race
from bench.rows.imports import import_once, lay_out, new_archive

FEW, MANY, FULL = 8, 32, 500


def rows(plan: Plan) -> Iterator[Row]:
    """One row; more photos must not need more memory."""
    many = FULL if plan.full else MANY
    few, lot = f"{FEW} photos", f"{many} photos"
    contestants = [
        Contestant(few, peak(plan, plan.load("24mp", FEW))),
        Contestant(lot, peak(plan, plan.load("24mp", many))),
    ]
    goals = (
        Goal("largest process", lot, 80, None, "rss", "MB"),
        Goal("many photos need no more than few", lot, 1.1, few, "rss"),
    )
    outcomes = race(plan.environment, contestants, rounds=1)
    title = "Peak memory of an import's largest process, 24mp"
    yield Row("memory", title, outcomes, judge(goals, outcomes), few)


def peak(plan: Plan, paths: list[Path]) -> Run:
    """One import with one job."""

    def measure(folder: Path) -> Sample:
        lay_out(paths, folder / "source")
        archive = new_archive(plan, folder)
        return import_once(plan, archive, folder / "source", len(paths))

    return measure
