"""Imports damaged pictures by the thousand, with readers in their limits. A script.

usage: python -m tests.faults.mutations WORK [--cases 100000] [--seed 0]

Each case is a picture of ours, or a real or hostile one of ../shared/photos, with bits
flipped, bytes set, pieces cut off, doubled, swapped or taken from another file, and
numbers that may be lengths made extreme. ``CHUNK`` of them at a time go through a real
import, renditions included, into an archive of their own. Each has to end there, or to
be refused with a reason that is one of our readers'; what broke its reader, took too
long or too much memory is kept in WORK/found. It goes on where it was stopped:
WORK/chunks.jsonl has one JSON object for each chunk.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import resource
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

from archive.database import create_archive, open_archive
from archive.importing import pipeline
from archive.importing.pipeline import _VERDICTS
from archive.importing.zips import is_zip
from archive.workers import Outcome, run_jobs
from tests.archive import picture_files as build
from tests.archive.import_checks import SHARED, faults, take_in

CHUNK = 500
LARGEST = 120_000  # bytes of a file that is mutated: a large one takes long to render
EXTREME = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000,
    0xFFFFFFFE, 0xFFFFFFFF)  # fmt: skip
HEAD = 4096  # bytes in which most of what readers believe stands

Mutation = Callable[[bytearray, random.Random], None]


# Pictures


@cache
def ours() -> dict[str, bytes]:
    """Small pictures of many kinds, each made here."""
    noise = Image.effect_noise((96, 72), 60)
    colour = Image.merge("RGB", (noise, noise.rotate(90), noise.rotate(180)))
    made = dict(build.samples())
    for name, image, kind, options in (
        ("jpg", colour, "JPEG", {"quality": 60}),
        ("progressive.jpg", colour, "JPEG", {"progressive": True}),
        ("cmyk.jpg", colour.convert("CMYK"), "JPEG", {}),
        ("grey.jpg", noise, "JPEG", {}),
        ("png", colour, "PNG", {}),
        ("palette.png", colour.quantize(16), "PNG", {}),
        ("16.png", noise.convert("I;16"), "PNG", {}),
        ("gif", colour.quantize(16), "GIF", {}),
        ("webp", colour, "WEBP", {}),
        ("lossless.webp", colour, "WEBP", {"lossless": True}),
        ("avif", colour, "AVIF", {}),
        ("bmp", colour, "BMP", {}),
        ("lzw.tif", colour, "TIFF", {"compression": "tiff_lzw"}),
        ("jpeg.tif", colour, "TIFF", {"compression": "jpeg"}),
        ("deflate.tif", colour, "TIFF", {"compression": "tiff_adobe_deflate"}),
        ("group4.tif", noise.convert("1"), "TIFF", {"compression": "group4"}),
        ("jp2", colour, "JPEG2000", {}),
    ):
        target = io.BytesIO()
        image.save(target, kind, **options)
        made[f"made.{name}"] = target.getvalue()
    return made


@cache
def pictures() -> list[tuple[str, bytes]]:
    """What is mutated: ours, and the shared ones that are small enough."""
    found = list(ours().items())
    if SHARED.is_dir():
        lines = (SHARED / "MANIFEST.csv").read_text("utf-8").splitlines()
        names = {line.partition(",")[0] for line in lines}
        for name in sorted(names):
            path = SHARED / name
            if path.is_file() and 0 < path.stat().st_size <= LARGEST:
                found.append((name.replace("/", "-"), path.read_bytes()))
    return found


# Mutations


def flip(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        data[place(data, chance)] ^= 1 << chance.randrange(8)


def set_bytes(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 2, 4))):
        data[place(data, chance)] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))


def set_number(data: bytearray, chance: random.Random) -> None:
    size = chance.choice((2, 4, 8))
    number = chance.choice((*EXTREME, len(data), len(data) - 1, chance.getrandbits(32)))
    number &= (1 << 8 * size) - 1
    at = place(data, chance)
    data[at : at + size] = number.to_bytes(size, chance.choice(("big", "little")))


def cut_off(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(1, len(data) + 1) :]


def take_out(data: bytearray, chance: random.Random) -> None:
    begin, end = piece(data, chance)
    del data[begin:end]


def double(data: bytearray, chance: random.Random) -> None:
    begin, end = piece(data, chance)
    data[begin:begin] = data[begin:end]


def swap(data: bytearray, chance: random.Random) -> None:
    begin, end = piece(data, chance)
    other = chance.randrange(len(data))
    moved = data[begin:end]
    del data[begin:end]
    data[other:other] = moved


def splice(data: bytearray, chance: random.Random) -> None:
    _, other = chance.choice(pictures())
    begin, end = piece(bytearray(other), chance)
    at = place(data, chance)
    data[at : at + chance.choice((0, end - begin))] = other[begin:end]


MUTATIONS: tuple[Mutation, ...] = (
    *(flip, set_bytes, set_number, set_number),
    *(cut_off, take_out, double, swap, splice),
)


def place(data: bytearray, chance: random.Random) -> int:
    """Somewhere, and more often near the beginning."""
    whole = len(data)
    return chance.randrange(min(whole, HEAD) if chance.random() < 0.7 else whole)


def piece(data: bytearray, chance: random.Random) -> tuple[int, int]:
    begin = place(data, chance)
    return begin, min(len(data), begin + chance.choice((1, 2, 4, 12, 64, 1000)))


def mutated(seed: int) -> tuple[str, bytes]:
    """A case: a name, and the bytes."""
    chance = random.Random(seed)
    name, original = chance.choice(pictures())
    data = bytearray(original)
    for _ in range(chance.choice((1, 1, 2, 4))):
        if data:
            chance.choice(MUTATIONS)(data, chance)
    return f"{seed:09}-{name[-60:]}", bytes(data)


# What becomes of them


@dataclass(slots=True)
class Told:
    """What became of some cases.

    :param broken: file: how its reader ended, where that was not as it should be
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    broken: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def try_some(work: Path, seeds: Iterable[int]) -> Told:
    """Import the cases of some seeds into an archive of their own."""
    told = Told()
    source, folder = work / "source", work / "archive"
    for path in (source, folder):
        shutil.rmtree(path, ignore_errors=True)
    source.mkdir(parents=True)
    for seed in seeds:
        name, data = mutated(seed)
        (source / name).write_bytes(data)
    create_archive(folder, "Mutations")
    with watched(told), open_archive(folder) as archive:
        report = take_in(archive, source, renditions=True)
        told.outcomes["archived"] = len(report.imported)
        told.outcomes["duplicates"] = len(report.duplicates)
        told.outcomes["refused"] = len(report.refused)
        ended = [Path(path).name for path, _ in report.imported + report.duplicates]
        ended += [Path(refusal.path).name for refusal in report.refused]
        missed = {path.name for path in source.iterdir() if not is_zip(str(path))}
        missed -= set(ended)  # of a zip the files in it are told of
        told.problems += [f"nothing is said of {name}" for name in sorted(missed)]
        told.problems += [
            f"{refusal.path}: {refusal.reason}"
            for refusal in report.refused
            if not refusal.reason or "makes no sense" in refusal.reason
        ]
        told.problems += faults(archive)
    for name in told.broken:
        (work / "found").mkdir(exist_ok=True)
        shutil.copyfile(source / name, work / "found" / name)
    return told


class watched:  # noqa: N801 - used as a function
    """Notes, meanwhile, each reader that ended otherwise than with a verdict."""

    def __init__(self, told: Told) -> None:
        self.told = told

    def __enter__(self) -> None:
        pipeline.run_jobs = self.run_jobs

    def __exit__(self, *_: object) -> None:
        pipeline.run_jobs = run_jobs

    def run_jobs(self, *args: Any) -> Iterator[Outcome]:
        for outcome in run_jobs(*args):
            error = outcome.error
            if error is not None and error.type not in _VERDICTS:
                name = Path(outcome.key[0].shown).name
                self.told.broken[name] = f"{error.kind} {error.type} {error.reason}"
                self.told.outcomes[f"readers: {error.kind}"] += 1
            elif error is None and outcome.value.get("failure"):
                self.told.outcomes["without a picture"] += 1
            yield outcome


def main() -> None:
    parser = argparse.ArgumentParser(usage=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("work", type=Path)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    chunks = given.work / "chunks.jsonl"
    done = CHUNK * len(chunks.read_text().splitlines()) if chunks.exists() else 0
    for begin in range(given.seed + done, given.seed + given.cases, CHUNK):
        told = try_some(given.work, range(begin, begin + CHUNK))
        line = json.dumps(
            {
                "first": begin,
                "cases": CHUNK,
                **told.outcomes,
                "broken": told.broken,
                "problems": told.problems,
                "mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10,
                "parent_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
            }
        )
        with chunks.open("a") as file:
            file.write(f"{line}\n")
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    summary = summed(chunks.read_text().splitlines())
    sys.stdout.write(f"{json.dumps({'counts': summary})}\n")
    sys.exit(summary["wrong"] > 0)


def summed(lines: Iterable[str]) -> Counter[str]:
    """Return what became of all cases; ``mb`` is the most that a reader took."""
    counts: Counter[str] = Counter()
    most = 0
    for line in lines:
        told = json.loads(line)
        counts["wrong"] += len(told.pop("problems"))
        most = max(most, told.pop("mb"))
        for left_out in ("first", "broken", "parent_mb"):
            told.pop(left_out)
        counts.update(told)
    counts["mb"] = most
    return counts


if __name__ == "__main__":
    main()
