"""Three renditions of a photo: the floor, pyvips, ours; and how good they look."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from bench.environment import CONTESTANTS, PROJECT, Absent
from bench.measure import Sample, run_script
from bench.plan import Plan
from bench.race import Contestant, Goal, Row, Run, judge, race

LOOKED_AT = 8  # photos whose quality is compared; a full decode of each is slow
MOST = 100  # photos a round: more say nothing new

FLOOR = "floor3"
VIPS = "pyvips cascade"
OURS = "asbuilt"

GOALS = (
    Goal("three renditions", OURS, 1.4, FLOOR),
    Goal("three renditions", OURS, 0.65, VIPS),
    Goal("PSNR under full decode, 1600 px", OURS, 0.3, None, "drop_1600", "dB"),
    Goal("PSNR under full decode, 720 px", OURS, 0.3, None, "drop_720", "dB"),
    Goal("PSNR under full decode, 240 px", OURS, 0.3, None, "drop_240", "dB"),
)


def rows(plan: Plan) -> Iterator[Row]:
    """The row for 12 MP photos, and in a full run that for 24 MP."""
    yield one_kind(plan, "12mp", min(plan.photos, MOST))
    if plan.full:
        yield one_kind(plan, "24mp", min(plan.photos, MOST // 2))


def one_kind(plan: Plan, kind: str, count: int) -> Row:
    """One kind of photo, all contestants."""
    paths = plan.load(kind, count)
    outcomes = race(plan.environment, contestants(plan, paths), plan.rounds)
    title = f"Three renditions (1600, 720, 240 px) of {count} photos, {kind}"
    goals = GOALS if kind == "12mp" else GOALS[:2]
    return Row(f"renditions-{kind}", title, outcomes, judge(goals, outcomes), FLOOR)


def contestants(plan: Plan, paths: list[Path]) -> list[Contestant]:
    """Who makes renditions."""
    peers = str(plan.environment.python)
    return [
        Contestant(FLOOR, script(plan, peers, "floor3.py", paths), "no resize"),
        Contestant(VIPS, looked_at(plan, peers, "vips_cascade.py", paths)),
        Contestant(OURS, ours(plan, paths)),
    ]


def ours(plan: Plan, paths: list[Path]) -> Run:
    """Our own, in the project's environment."""
    measured = looked_at(plan, sys.executable, "our_renditions.py", paths)

    def run(folder: Path) -> Sample:
        if not (PROJECT / "archive" / "renditions.py").exists():
            raise Absent("not there yet: archive.renditions")
        return measured(folder)

    return run


def script(plan: Plan, python: str, name: str, paths: list[Path]) -> Run:
    """A script that renders into a folder."""

    def run(folder: Path) -> Sample:
        task = {"photos": [str(p) for p in paths], "out": str(folder)}
        return run_script(python, CONTESTANTS / name, task, plan.env)

    return run


def looked_at(plan: Plan, python: str, name: str, paths: list[Path]) -> Run:
    """The same; what it makes in its first round is compared, too."""
    render = script(plan, python, name, paths)
    seen: dict[str, float] = {}

    def run(folder: Path) -> Sample:
        sample = render(folder)
        if not seen:
            seen.update(quality(plan, folder, paths))
        sample.extra.update(seen, says=f"PSNR {decibels(seen)}")
        return sample

    return run


def quality(plan: Plan, folder: Path, paths: list[Path]) -> dict[str, float]:
    """PSNR and its drop at each size, over the first photos."""
    task = {"photos": [str(p) for p in paths[:LOOKED_AT]], "out": str(folder)}
    script = CONTESTANTS / "quality.py"
    return run_script(plan.environment.python, script, task, plan.env).extra


def decibels(seen: dict[str, float]) -> str:
    """``38.5/36.0/33.9 dB``, at 1600, 720 and 240 px."""
    sizes = (1600, 720, 240)
    return "/".join(f"{seen[f'psnr_{size}']:.1f}" for size in sizes) + " dB"
