"""``python -m tests.sync.simulator --seeds 0..10000 --jobs 2``: stories for hours.

Prints runs, steps, steps a second and the seeds that failed; ``--seed N --verbose``
tells one story to its end. The same seed is the same story wherever it is told.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from tests.sync.simulator import seeds

_BLOCK = 100


@dataclass(frozen=True)
class Block:
    """What came of some seeds.

    :param failed: the seed, and why
    """

    runs: int
    effects: int
    overwritten: int
    failed: tuple[tuple[int, str], ...]


def tell_some(first: int, last: int, steps: int) -> Block:
    """Tell the stories of some seeds, both ends included."""
    effects = overwritten = 0
    failed: list[tuple[int, str]] = []
    for seed in range(first, last + 1):
        story = seeds.begin(seed)
        why = ending(story, steps)
        effects += story.world.effects
        overwritten += len(story.world.words.overwritten)
        if why:
            failed.append((seed, why))
    return Block(last - first + 1, effects, overwritten, tuple(failed))


def ending(story: seeds.Story, steps: int) -> str:
    """Tell a story to its end. Returns what is wrong with it; "": nothing is."""
    try:
        story.go_on(steps)
        story.end()
    except Exception as error:  # noqa: BLE001  whatever it is, it is the finding
        return f"{type(error).__name__}: {error}"
    return ""


def tell_many(first: int, last: int, steps: int, jobs: int) -> Iterator[Block]:
    """Tell the stories of many seeds, in so many processes."""
    begins = range(first, last + 1, _BLOCK)
    with ProcessPoolExecutor(jobs) as pool:
        waiting = {
            pool.submit(tell_some, begin, min(begin + _BLOCK - 1, last), steps)
            for begin in begins
        }
        for one in as_completed(waiting):
            yield one.result()


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)  # noqa: T201


def main() -> int:
    """Run as a program."""
    args = _arguments()
    if os.environ.get("PYTHONHASHSEED") != "0":  # sets are in the same order each time
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(  # noqa: S606
            sys.executable,
            [sys.executable, "-m", "tests.sync.simulator", *sys.argv[1:]],
        )
    if args.seed is not None:
        return _tell_one(args.seed, args.steps, verbose=args.verbose)
    first, last = (int(one) for one in args.seeds.split(".."))
    return _tell_all(first, last, args.steps, args.jobs)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.sync.simulator")
    parser.add_argument("--seeds", default="0..9999", metavar="A..B")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--steps", type=int, default=seeds.STEPS)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args()


def _tell_one(seed: int, steps: int, *, verbose: bool) -> int:
    story = seeds.begin(seed, verbose=verbose)
    why = ending(story, steps)
    for line in story.world.story or ():
        say(line)
    say(f"seed {seed}: {why or 'ends well'}")
    return int(bool(why))


def _tell_all(first: int, last: int, steps: int, jobs: int) -> int:
    began = time.monotonic()
    runs = effects = overwritten = failures = 0
    for block in tell_many(first, last, steps, jobs):
        runs += block.runs
        effects += block.effects
        overwritten += block.overwritten
        failures += len(block.failed)
        for seed, why in block.failed:
            say(f"\nseed {seed}: {why}\n  --seed {seed} --verbose tells how")
        rate = effects / (time.monotonic() - began)
        line = f"{runs:,} runs, {effects:,} steps, {rate:,.0f} steps/s"
        line += f", {overwritten:,} overwritten in the moment, {failures:,} failed"
        say(line)
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
