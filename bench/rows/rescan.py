"""A second run over a folder in which nothing changed, against a gallery's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.measure import Sample
from bench.plan import Plan
from bench.race import Contestant, Goal, Row, judge, race
from bench.rows.imports import (
    Load,
    build_once,
    further_photos,
    import_once,
    new_archive,
)

OURS = "asbuilt import again"
SIGAL = "sigal build again"
SMALL = 1000  # photos of 640 px in a quick run: what is looked at is the folder
AGAIN = 3  # second runs; the least counts, for they take no longer than a start

GOALS = (
    Goal("second run, a photo", OURS, 0.3, None, unit="ms"),
    Goal("second run", OURS, 1 / 40, SIGAL),
)


def rows(plan: Plan) -> Iterator[Row]:
    """One row: the load itself in a full run, small photos else."""
    kind = "12mp" if plan.full else "small"
    paths = plan.load(kind, plan.photos if plan.full else SMALL)
    contestants = [
        Contestant(OURS, further_photos(paths, our_second(plan))),
        Contestant(SIGAL, further_photos(paths, sigal_second(plan))),
    ]
    outcomes = race(plan.environment, contestants, rounds=2)
    title = f"Second run over {len(paths)} unchanged photos, {kind}"
    yield Row("rescan", title, outcomes, judge(GOALS, outcomes), OURS)


def our_second(plan: Plan) -> Load:
    """The measured import finds that it knows every file."""

    def load(source: Path, place: Path, count: int) -> Sample:
        archive = new_archive(plan, place)
        import_once(plan, archive, source, count)
        return least(
            import_once(plan, archive, source, count, expected="duplicates")
            for _ in range(AGAIN)
        )

    return load


def sigal_second(plan: Plan) -> Load:
    """The measured build finds every file made."""

    def load(source: Path, place: Path, count: int) -> Sample:
        build_once(plan, source, place, count)
        return least(build_once(plan, source, place, count) for _ in range(AGAIN))

    return load


def least(samples: Iterable[Sample]) -> Sample:
    """The one that was disturbed least."""
    return min(samples, key=lambda sample: sample.cpu)
