"""How long ``asbuilt photos`` takes to start and answer, against sqlite-utils."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from bench.environment import Absent, asbuilt
from bench.measure import Sample, run
from bench.plan import Plan
from bench.race import Contestant, Goal, Row, Run, judge, race
from bench.rows.imports import import_once, lay_out, new_archive

OURS, TOOL = "asbuilt photos", "sqlite-utils rows"
PHOTOS = 100
AGAIN = 5  # starts a round
GOALS = (
    Goal("start and answer", OURS, 1.5, TOOL),
    Goal("start and answer, wall", OURS, 1.5, TOOL, "wall_ms"),
)


def rows(plan: Plan) -> Iterator[Row]:
    """One row: a hundred rows out of a small archive, both from this interpreter."""
    paths = plan.load("small", PHOTOS)
    tool = [str(Path(sys.executable).with_name("sqlite-utils")), "rows"]
    with plan.environment.scratch("start") as folder:
        contestants = [
            Contestant(OURS, start(plan, folder, paths, [])),
            Contestant(TOOL, start(plan, folder, paths, tool)),
        ]
        outcomes = race(plan.environment, contestants, plan.rounds)
    title = f"Start and answer: {PHOTOS} rows as JSON"
    yield Row("start", title, outcomes, judge(GOALS, outcomes), TOOL)


def start(plan: Plan, folder: Path, paths: list[Path], tool: list[str]) -> Run:
    """The mean of some starts of one command on the same archive."""

    def measure(_folder: Path) -> Sample:
        archive = small_archive(plan, folder, paths)
        ours = [*asbuilt("photos"), archive, "--format", "jsonl"]
        theirs = [*tool, archive / "archive.db", "photos"]
        command = [*(theirs if tool else ours), "--limit", str(PHOTOS)]
        done = [counted(*run(command, plan.env)) for _ in range(AGAIN)]
        cpu, wall = sum(s.cpu for s in done), sum(s.wall for s in done)
        return Sample(cpu, wall, max(s.rss for s in done), AGAIN)

    return measure


def counted(sample: Sample, said: str) -> Sample:
    """A start that answered with all the rows.

    :raises Absent: when it did not
    """
    rows = said.count('"uuid"')
    if rows != PHOTOS:
        raise Absent(f"answers {rows} rows, not {PHOTOS}")
    return sample


def small_archive(plan: Plan, folder: Path, paths: list[Path]) -> Path:
    """An archive with the small photos; made once for the row."""
    archive = folder / "archive"
    if not archive.exists():
        lay_out(paths, folder / "source")
        new_archive(plan, folder)
        import_once(plan, archive, folder / "source", len(paths))
    return archive
