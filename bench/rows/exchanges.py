"""What goes on a stick: bundles against copying the same files and syncing the disk."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.environment import CONTESTANTS
from bench.measure import Sample, run, run_script
from bench.plan import Plan
from bench.race import Contestant, Goal, Row, judge, race
from bench.rows.exports import SYNCED, Out, copied, further
from bench.rows.imports import import_once, lay_out, new_archive

BUNDLE, FAST = "a bundle", "a bundle, not read again"
READ = "cp, then sync, then sha256sum"
MORE = "a bundle cut off before its last photo"


def rows(plan: Plan) -> Iterator[Row]:
    """One race, on the clock: copying is waiting."""
    paths = plan.load("12mp", plan.photos)
    with plan.environment.scratch("exchanges") as folder:
        lay_out(paths, folder / "source")
        archive = new_archive(plan, folder)
        import_once(plan, archive, folder / "source", len(paths), "--no-thumbnails")
        files = sorted((archive / "originals").glob("??/*"))
        contestants = [
            Contestant(BUNDLE, further(files, bundle(plan)), "read from the disk"),
            Contestant(FAST, further(files, bundle(plan, fast=True))),
            Contestant(SYNCED, further(files, copied(plan, sync=True))),
            Contestant(READ, further(files, summed(plan)), "read from memory"),
            Contestant(MORE, further(files, resumed(plan)), "the rest is read"),
        ]
        outcomes = race(plan.environment, contestants, plan.rounds)
    goals = (
        Goal("a bundle, on the clock", FAST, 1.5, SYNCED, "wall_ms"),
        Goal("a bundle, on the clock", BUNDLE, 1.5, READ, "wall_ms"),
        Goal("going on with one", MORE, 1.0, BUNDLE, "wall_ms"),
        Goal("largest process", BUNDLE, 100, None, "rss", "MB"),
    )
    title = f"Bundle of {len(files)} originals, 12mp"
    yield Row("exchange", title, outcomes, judge(goals, outcomes), SYNCED)


def bundle(plan: Plan, *, fast: bool = False) -> Out:
    """A new bundle."""

    def write(some: Sequence[Path], place: Path) -> Sample:
        photos = [str(path) for path in some]
        task = {"photos": photos, "out": str(place), "fast": fast}
        return run_script(sys.executable, CONTESTANTS / "our_bundle.py", task, plan.env)

    return write


def resumed(plan: Plan) -> Out:
    """The same where all but one lie there from a run that was cut off."""

    def write(some: Sequence[Path], place: Path) -> Sample:
        bundle(plan, fast=True)(some, place)
        (whole,) = place.glob("phb1-*")
        max((whole / "objects").glob("??/*"), key=lambda path: path.name).unlink()
        whole.rename(f"{whole}.part")
        return bundle(plan)(some, place)

    return write


def summed(plan: Plan) -> Out:
    """``cp``, ``sync`` and ``sha256sum``."""
    shell = 'cp -t "$0" "$@" && sync "$0"/* && sha256sum "$0"/*'

    def write(some: Sequence[Path], place: Path) -> Sample:
        return run(["sh", "-c", shell, place, *some], plan.env, len(some))[0]

    return write
