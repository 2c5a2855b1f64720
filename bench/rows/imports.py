"""Whole imports against the floor, a gallery's build, and stores without pictures.

Programs are measured as whole processes, once with one photo and once with all: what
counts is the cost of the others (starting has a row of its own).
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.environment import Absent, asbuilt, program
from bench.measure import Sample, run, without_start
from bench.plan import Plan
from bench.race import Contestant, Goal, Row, Run, judge, race
from bench.rows.renditions import FLOOR, script

OURS = "asbuilt import"
BARE = "asbuilt import --no-thumbnails"
SIGAL = "sigal build"
ANNEX = "git-annex add"
PHOCKUP = "phockup"

GOALS = (
    Goal("whole import", OURS, 1.7, FLOOR),
    Goal("whole import", OURS, 0.33, SIGAL),
    Goal("import without renditions", BARE, 0.5, ANNEX),
    Goal("import without renditions", BARE, 0.12, PHOCKUP),
)

ONES = 3  # runs with one photo a round; the least is what a start costs
Load = Callable[[Path, Path, int], Sample]  # photos, empty folder, how many


def rows(plan: Plan) -> Iterator[Row]:
    """One row: everything that takes a folder of photos in."""
    paths = plan.load("12mp", plan.photos)
    outcomes = race(plan.environment, contestants(plan, paths), plan.rounds)
    title = f"Import of {len(paths)} photos, 12mp"
    yield Row("import", title, outcomes, judge(GOALS, outcomes), FLOOR)


def contestants(plan: Plan, paths: list[Path]) -> list[Contestant]:
    """Who takes photos in; each gets a folder of its own with them."""

    def each(load: Load) -> Run:
        return further_photos(paths, load)

    floor = script(plan, str(plan.environment.python), "floor3.py", paths)
    return [
        Contestant(FLOOR, floor, "three renditions alone"),
        Contestant(OURS, each(our_import(plan)), "jobs 1"),
        Contestant(SIGAL, each(sigal_build(plan)), "2 sizes, no hash, no index"),
        Contestant(BARE, each(our_import(plan, "--no-thumbnails"))),
        Contestant(ANNEX, each(annex_add(plan)), "no renditions, no facts"),
        Contestant(PHOCKUP, each(phockup(plan)), "no renditions, no hash"),
    ]


def further_photos(paths: Sequence[Path], load: Load) -> Run:
    """All photos less one photo: what each further one costs."""

    def loaded(some: Sequence[Path], folder: Path) -> Sample:
        source, place = folder / "source", folder / "place"
        lay_out(some, source)
        place.mkdir()
        return load(source, place, len(some))

    def measure(folder: Path) -> Sample:
        ones = [loaded(paths[:1], folder / f"one-{n}") for n in range(ONES)]
        return without_start(loaded(paths, folder / "all"), ones)

    return measure


def lay_out(paths: Sequence[Path], folder: Path) -> None:
    """A folder with these photos: copies, because git-annex moves what it adds."""
    for path in paths:
        target = folder / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def our_import(plan: Plan, *more: str) -> Load:
    """``asbuilt import`` into a new archive."""

    def load(source: Path, place: Path, count: int) -> Sample:
        return import_once(plan, new_archive(plan, place), source, count, *more)

    return load


def new_archive(plan: Plan, place: Path) -> Path:
    """An empty archive; making it is not measured."""
    run([*asbuilt("init"), place / "archive"], plan.env)
    return place / "archive"


def import_once(
    plan: Plan,
    archive: Path,
    source: Path,
    count: int,
    *more: str,
    jobs: int = 1,
    on: Sequence[str] = (),
    expected: str | None = "imported",
) -> Sample:
    """One run of the command; it must report ``count`` photos as expected.

    :param on: what the command line begins with, such as ``taskset``
    :param expected: None: it lists no photos, and nothing is checked
    """
    options = ["--jobs", str(jobs), *more]
    command = [*on, *asbuilt("import"), archive, source, *options]
    if expected is None:
        return run(command, plan.env, count)[0]
    sample, said = run([*command, "--json"], plan.env, count)
    check_report(json.loads(said), expected, count)
    return sample


def check_report(report: dict[str, object], expected: str, count: int) -> None:
    """A benchmark of an import that did something else is none."""
    found = report.get(expected)
    number = len(found) if isinstance(found, list) else found
    if number != count:
        raise Absent(f"reports {expected} {number}, not {count}: {str(report)[:200]}")


def sigal_build(plan: Plan) -> Load:
    """``sigal build`` with two sizes in one process."""

    def load(source: Path, place: Path, count: int) -> Sample:
        return build_once(plan, source, place, count)

    return load


def build_once(plan: Plan, source: Path, place: Path, count: int) -> Sample:
    """One run of sigal; a second one in the same place finds nothing to do."""
    config = place / "sigal.conf.py"
    config.write_text("img_size = (1600, 1600)\nthumb_size = (240, 180)\n")
    command = [plan.environment.python.with_name("sigal"), "build", "-q", "-n", "1"]
    folders = [source, place / "gallery"]
    sample, _ = run([*command, "-c", config, *folders], plan.env, count, cwd=place)
    made = sum(1 for _ in (place / "gallery").rglob("*.JPG"))
    if made < 2 * count:
        raise Absent(f"sigal made {made} files of {count} photos")
    return sample


def annex_add(plan: Plan) -> Load:
    """``git annex add`` of files that lie in the repository already."""

    def load(source: Path, place: Path, count: int) -> Sample:
        program("git-annex")
        env = {**plan.env, "HOME": str(place), "GIT_CONFIG_NOSYSTEM": "1"}
        (place / ".gitconfig").write_text("[user]\nname = b\nemail = b@example.org\n")
        run(["git", "init", "-q"], env, cwd=source)
        run(["git", "annex", "init", "-q"], env, cwd=source)
        command = ["git", "annex", "add", "--quiet", "-J1", "."]
        sample, _ = run(command, env, count, cwd=source)
        return sample

    return load


def phockup(plan: Plan) -> Load:
    """phockup, which copies by date with one exiftool process a photo."""

    def load(source: Path, place: Path, count: int) -> Sample:
        command = [program("phockup"), source, place / "out", "--max-concurrency=1"]
        sample, _ = run(command, {**plan.env, "PATH": os.environ["PATH"]}, count)
        return sample

    return load
