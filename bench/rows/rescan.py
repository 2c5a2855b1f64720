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
# What is looked at is the folder, not the pictures. A start takes some 120 ms of CPU
# and varies by 10: of few photos nothing could be told.
COUNT = 6000
AGAIN = 12  # second runs, of which the least counts

GOALS = (
    Goal("second run, a photo", OURS, 0.3, None, unit="ms"),
    Goal("second run", OURS, 1 / 40, SIGAL),
)


def rows(plan: Plan) -> Iterator[Row]:
    """One row: a folder of many tiny photos."""
    paths = plan.load("tiny", COUNT)
    contestants = [
        Contestant(OURS, further_photos(paths, our_second(plan))),
        Contestant(SIGAL, further_photos(paths, sigal_second(plan))),
    ]
    outcomes = race(plan.environment, contestants, rounds=2)
    title = f"Second run over {len(paths)} unchanged photos"
    yield Row("rescan", title, outcomes, judge(GOALS, outcomes), OURS)


def our_second(plan: Plan) -> Load:
    """The measured import finds that it knows every file."""

    def load(source: Path, place: Path, count: int) -> Sample:
        archive = new_archive(plan, place)
        import_once(plan, archive, source, count, "--no-thumbnails")
        import_once(plan, archive, source, count, expected="duplicates")
        # As quiet as the other: a list of 6,000 photos in JSON is no part of it
        return least(
            import_once(plan, archive, source, count, expected=None)
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
