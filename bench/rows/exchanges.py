"""What goes on a stick: bundles against copying the same files and syncing the disk.

And what a stick costs two laptops with many photos, and with few.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bench.environment import CONTESTANTS, Absent, asbuilt, say
from bench.measure import Failed, Sample, run, run_script
from bench.plan import Plan
from bench.race import Contestant, Goal, Outcome, Row, judge, race
from bench.rows.exports import SYNCED, Out, copied, further
from bench.rows.imports import import_once, lay_out, new_archive
from bench.rows.million import fill
from bench.rows.syncs import EDITS, SMALL, edit, small

BUNDLE, FAST = "a bundle", "a bundle, not read again"
READ = "cp, then sync, then sha256sum"
MORE = "a bundle cut off before its last photo"
ALL, TAKEN = "all records told", "all of it known there"
EDITED, AGAIN = f"{EDITS:,} edits told", f"{EDITS:,} edits taken in"


def rows(plan: Plan) -> Iterator[Row]:
    """Originals in a race, then records."""
    yield files_row(plan)
    yield records_row(plan)


def files_row(plan: Plan) -> Row:
    """On the clock: copying is waiting."""
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
    return Row("exchange", title, outcomes, judge(goals, outcomes), SYNCED)


def records_row(plan: Plan) -> Row:
    """Two laptops that hold one archive: all of it, then what was edited on one."""
    found: dict[str, Sample] = {}
    why = ""
    try:
        found |= told(plan, plan.rows)
        found |= {small(name): one for name, one in told(plan, SMALL).items()}
    except (Absent, Failed) as error:
        why = str(error).splitlines()[-1]
    outcomes = tuple(
        Outcome(name, (found[name],) if name in found else (), why)
        for each in (ALL, TAKEN, EDITED, AGAIN)
        for name in (each, small(each))
    )
    goals = (
        Goal("CPU of a record", ALL, 1, unit="ms"),
        Goal("memory of all", ALL, 1.5, small(ALL), "rss"),
        Goal("an edit told", EDITED, 1.5, small(EDITED)),
        Goal("an edit taken in", AGAIN, 1.5, small(AGAIN)),
    )
    title = f"A stick between two laptops with {plan.rows:,} photos"
    return Row("exchange-records", title, outcomes, judge(goals, outcomes))


def told(plan: Plan, count: int) -> dict[str, Sample]:
    """What a stick costs: for the first time, and after edits."""
    say(f"  two laptops with {count:,} photos")
    with plan.environment.scratch("exchanges-records") as folder:
        here, there, stick = (folder / name for name in ("here", "there", "stick"))
        stick.mkdir()
        fill(plan, here, count)
        shutil.copytree(here, there)

        def step(what: str, archive: Path, items: int) -> Sample:
            # 3: made-up photos have no files
            shell = ["sh", "-c", '"$@" 2> /dev/null || test $? -eq 3', "sh"]
            command = [*asbuilt("exchange"), what, archive, stick]
            sample = run([*shell, *command], plan.env, items)[0]
            return replace(sample, extra={"says": f"{sample.cpu:.1f} s of CPU"})

        first = step("export", here, count)
        known = step("import", there, count)
        edit(plan.env, here)
        edited = step("export", here, EDITS)
        again = step("import", there, EDITS)
    return {ALL: first, TAKEN: known, EDITED: edited, AGAIN: again}


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
