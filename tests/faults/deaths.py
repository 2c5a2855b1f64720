"""Looks at what a process that dies leaves behind, wherever it dies. A script.

usage: python -m tests.faults.deaths WORK [--only NAME]… [--shard 0/2]

Each scenario runs once, while ``disk.c`` writes down all that is done to its files and
each SQL statement. Whoever is killed leaves the files as they are at that moment: they
are laid out as they were before each of these steps, and looked at as by ``walk``.
Steps between which no file changes and nothing is reported leave the same, which is
tried once. Real deaths, at steps drawn at random, are among the cases of ``walk``.
Prints one JSON object for each that is wrong, and one at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.faults import disk
from tests.faults.lost_power import Disk, Event, Tree
from tests.faults.power import SHARED_MEMORY, World, recorded, try_world
from tests.faults.walk import warm


def leavings(before: Disk, events: list[Event]) -> Iterator[World]:
    """What is left before each step, and at the end; the same is given once only."""
    seen = set()
    noted: list[str] = []
    for number, event in enumerate([*events, Event("A", ("end",))]):
        state = hash((tuple(files(before)), len(noted)))
        if state not in seen:
            seen.add(state)
            yield World(number, "killed", tree_of(before), tuple(noted))
        if event.what == "A":
            noted.append(event.fields[0])
        else:
            before.take(number, event)
            before.settle()


def tree_of(now: Disk) -> Tree:
    """Everything as the process sees it."""
    return now.left(_none, _none, None)


def files(now: Disk) -> Iterator[tuple[str, bytes]]:
    """The files, but for those that SQLite makes anew."""
    for path, data in sorted(tree_of(now).items()):
        if data is not None and is_kept(path):
            yield path, data


def is_kept(name: str) -> bool:
    """Whether a file is more than SQLite's memory."""
    return not name.endswith(SHARED_MEMORY)


def _none(_: int) -> bool:
    return False


def tried(work: Path, name: str, shard: tuple[int, int]) -> Counter[str]:
    """Try all deaths of a scenario, tell the wrong ones, and count."""
    before, events, steps = recorded(work, name)
    room = work / "room"
    really = {path: path.read_bytes() for path in room.rglob("*") if path.is_file()}
    counts = Counter({"steps": steps, f"steps of {name}": steps})
    for number, world in enumerate(leavings(before, events)):
        if number % shard[1] != shard[0]:
            continue
        problems = try_world(work, name, world)
        counts.update(cases=1, **{f"states of {name}": 1})
        if counts["cases"] % 100 == 0:
            sys.stderr.write(f"{name}: {counts['cases']}, {counts['wrong']} wrong\n")
        if problems:
            counts["wrong"] += 1
            shown = [str(event[:2])[:160] for event in events[: world.at][-3:]]
            told = {"name": name, "at": world.at, "after": shown}
            line = json.dumps({**told, "noted": world.noted, "problems": problems})
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
    assert {room / path: data for path, data in files(before)} == {
        path: data for path, data in really.items() if is_kept(path.name)
    }, "what was written down is not what happened"
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(usage=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("work", type=Path)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--shard", default="0/1")
    given = parser.parse_args()
    work: Path = given.work
    work.mkdir(parents=True, exist_ok=True)
    if disk.VARIABLE not in os.environ:
        words = [sys.executable, "-m", "tests.faults.deaths", *sys.argv[1:]]
        sys.exit(
            subprocess.run(words, env=disk.environment(work), check=False).returncode
        )
    from tests.faults.rooms import in_this_process
    from tests.faults.scenarios import SCENARIOS

    in_this_process()
    names = given.only or list(SCENARIOS)
    warm(work, names)
    part, of = map(int, given.shard.split("/"))
    counts: Counter[str] = Counter()
    for name in names:
        counts += tried(work, name, (part, of))
    sys.stdout.write(f"{json.dumps({'counts': counts})}\n")
    sys.exit(counts["wrong"] > 0)


if __name__ == "__main__":
    main()
