"""The gallery of the sample project in a browser: how long until something is seen."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bench.environment import CONTESTANTS, Absent, asbuilt
from bench.measure import Sample, run, run_script
from bench.plan import Plan
from bench.race import Contestant, Goal, Row, judge, race
from bench.serving import served

OURS = "gallery with thumbnails"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FEW, MANY = 60, 400  # photos of the sample project
TIMES = 7  # paints a round
GOALS = (Goal("all thumbnails in view", OURS, 1000, None, "thumbnails", "ms"),)


def rows(plan: Plan) -> Iterator[Row]:
    """One row; what it says depends on what else the machine does."""
    photos = MANY if plan.full else FEW
    with plan.environment.scratch("paint") as folder:

        def measure(_folder: Path) -> Sample:
            return painted(plan, sample_project(plan, folder, photos))

        outcomes = race(plan.environment, [Contestant(OURS, measure)], plan.rounds)
    title = f"First paint of a gallery of {photos} photos, CPU is the server's"
    yield Row("paint", title, outcomes, judge(GOALS, outcomes))


def sample_project(plan: Plan, folder: Path, photos: int) -> Path:
    """``asbuilt demo``, with all thumbnails; drawn once for the row."""
    archive = folder / "demo"
    if not archive.exists():
        options = ["--photos", str(photos), "--no-serve"]
        run([*asbuilt("demo"), archive, *options], plan.env)
    return archive


def painted(plan: Plan, archive: Path) -> Sample:
    """Some paints by a browser that has never been there."""
    browser = chromium()
    script = CONTESTANTS / "first_paint.py"
    with served(archive, plan.env) as server:
        task = {"url": server.url, "chromium": browser, "times": TIMES}
        task["picture"] = str(archive.parent / "painted.png")
        before = server.cpu()
        sample = run_script(sys.executable, script, task, plan.env)
        cpu = (server.cpu() - before) * TIMES / (TIMES + 1)  # one warms up
        return saying(replace(sample, cpu=cpu))


def chromium() -> str:
    """The path of the system's browser; ``CHROMIUM`` names another one.

    :raises Absent: there is none
    """
    found = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, BROWSERS)), None
    )
    if not found:
        raise Absent("chromium is not installed (apt install chromium)")
    return found


def saying(sample: Sample) -> Sample:
    """The medians of a round for a person."""
    told = {
        key: sample.extra[key] for key in ("html", "first", "largest", "thumbnails")
    }
    says = ", ".join(f"{key} {ms:.0f} ms" for key, ms in told.items())
    says += f" ({sample.extra['pictures']:.0f} in view)"
    return replace(sample, extra={**sample.extra, "says": says})
