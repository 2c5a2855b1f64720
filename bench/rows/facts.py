"""Facts from a file, against exiftool in one process for all files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.environment import CONTESTANTS, program
from bench.measure import Sample, run, run_script, without_start
from bench.plan import Plan
from bench.race import Contestant, Goal, Row, Run, judge, race

ONES = 5  # runs with one photo a round; the least is what a start costs
OURS = "archive.facts"
EXIFTOOL = "exiftool -json -fast2"

# What Facts holds, in exiftool's words.
TAGS = """
    MIMEType ImageWidth ImageHeight Orientation Make Model LensModel
    DateTimeOriginal SubSecTimeOriginal OffsetTimeOriginal GPSLatitude GPSLongitude
    GPSAltitude GPSImgDirection ProjectionType ExposureTime FNumber ISO FocalLength
"""

GOALS = (
    Goal("facts, a photo", OURS, 0.2, None, unit="ms"),
    Goal("facts", OURS, 1 / 25, EXIFTOOL),
    Goal("photos not as exiftool says", OURS, 0, None, "differ", ""),
)


def rows(plan: Plan) -> Iterator[Row]:
    """One row over the 12 MP photos."""
    paths = plan.load("12mp", plan.photos)
    truth: list[dict[str, Any]] = []
    contestants = [
        Contestant(EXIFTOOL, exiftool(plan, paths, truth), "less its start"),
        Contestant(OURS, ours(plan, paths, truth)),
    ]
    outcomes = race(plan.environment, contestants, plan.rounds)
    title = f"Facts of {len(paths)} photos"
    yield Row("facts", title, outcomes, judge(GOALS, outcomes), EXIFTOOL)


def exiftool(plan: Plan, paths: list[Path], truth: list[dict[str, Any]]) -> Run:
    """One process for all photos, less one process for one photo."""

    def read(some: list[Path], folder: Path) -> tuple[Sample, str]:
        listing = folder / "paths.txt"
        listing.write_text("".join(f"{path}\n" for path in some))
        tags = [f"-{tag}#" for tag in TAGS.split()]
        command = [program("exiftool"), "-json", "-fast2", *tags, "-@", listing]
        return run(command, plan.env, len(some))

    def measure(folder: Path) -> Sample:
        ones = [read(paths[:1], folder)[0] for _ in range(ONES)]
        many, said = read(paths, folder)
        truth[:] = json.loads(said)
        return without_start(many, ones)

    return measure


def ours(plan: Plan, paths: list[Path], truth: list[dict[str, Any]]) -> Run:
    """``read_facts`` in one process; what it read is held against exiftool."""

    def measure(_folder: Path) -> Sample:
        task = {"photos": [str(path) for path in paths]}
        sample = run_script(
            sys.executable, CONTESTANTS / "our_facts.py", task, plan.env
        )
        facts = sample.extra.pop("facts")
        if truth:
            pairs = zip(facts, truth, strict=True)
            sample.extra["differ"] = sum(not same(*pair) for pair in pairs)
        return sample

    return measure


def same(facts: dict[str, Any], truth: dict[str, Any]) -> bool:
    """Whether our facts say what exiftool's tags say."""
    taken = truth["DateTimeOriginal"].replace(":", "-", 2).replace(" ", "T")
    taken += f".{truth['SubSecTimeOriginal']}"
    words = {
        "media_type": "MIMEType",
        "width": "ImageWidth",
        "height": "ImageHeight",
        "orientation": "Orientation",
        "taken_offset": "OffsetTimeOriginal",
        "camera_make": "Make",
        "camera_model": "Model",
        "lens": "LensModel",
    }
    numbers = {
        "latitude": "GPSLatitude",
        "longitude": "GPSLongitude",
        "altitude": "GPSAltitude",
        "direction": "GPSImgDirection",
    }
    return (
        facts["taken_at"] == taken
        and all(facts[ours] == truth[theirs] for ours, theirs in words.items())
        and all(
            abs(facts[ours] - truth[theirs]) < 1e-6 for ours, theirs in numbers.items()
        )
    )
