"""Cuts the power at every moment, and looks what a disk may then hold. A script.

usage: python -m tests.faults.power WORK [--draws 3] [--seed 0] [--every 1]
           [--only NAME]…

Each scenario runs once while ``disk.c`` writes down all that is done to its files, by
us and by SQLite alike. Then the disk is made again as a power cut may leave it before
each of these changes: what was synced; that and all names without the bytes; that and
the bytes without the names; and ``--draws`` times any part of the rest, with writes
torn in sectors. In each of these worlds the archive has to open, to be sound, and to
have all that was reported as done by then; and the same, done again, has to succeed.
Prints one JSON object for each world that is wrong, and one at the end.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.faults import disk
from tests.faults.children import in_a_fork
from tests.faults.lost_power import Disk, Event, Tree, read_trace
from tests.faults.walk import NEVER, fresh, looked_at, warm

# What does the same many times: the power goes before one in so many of its changes
SPARSE = {"package": 32, "init": 8, "sync": 8, "edit": 4, "import": 2, "finish": 2}
SHARED_MEMORY = "-shm"  # of SQLite: made anew by who opens the database first


class World(NamedTuple):
    """What is left of a room.

    :param at: number of the change before which the power went
    :param noted: what had been reported by then
    """

    at: int
    kind: str
    tree: Tree
    noted: tuple[str, ...]


def recorded(work: Path, name: str) -> tuple[Disk, list[Event], int]:
    """Carry a scenario out; the disk as it was before, and all that was done to it.

    At the end how many steps there were: operations of the disk, and SQL statements.
    """
    from tests.faults.scenarios import SCENARIOS

    room, trace, log = fresh(work, name), work / "trace", work / "count"
    before = Disk(str(room))
    for path in sorted(room.rglob("*")):
        content = None if path.is_dir() else path.read_bytes()
        before.there(str(path), str(path.stat().st_ino), content)

    def act() -> None:
        to = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        disk.bend(room, NEVER, to)
        SCENARIOS[name].act(room, disk.note)
        log.write_text(str(disk.count()))
        disk.straighten()

    assert in_a_fork(act) == 0, name
    return before, list(read_trace(trace)), int(log.read_text())


def worlds(
    before: Disk, events: list[Event], draws: int, seed: int, every: int
) -> Iterator[World]:
    """What may be left, at each moment; the same is given once only."""
    seen = set()
    noted: list[str] = []
    for number, event in enumerate(events):
        tried = cuts(before, number, draws, seed) if number % every == 0 else ()
        for kind, tree in tried:
            digest = hashlib.sha256(repr((sorted(tree.items()), noted)).encode())
            if digest.digest() not in seen:
                seen.add(digest.digest())
                yield World(number, kind, tree, tuple(noted))
        if event.what == "A":
            noted.append(event.fields[0])
        else:
            before.take(number, event)
    yield World(len(events), "end", before.left(_no, _no, None), tuple(noted))


def cuts(now: Disk, number: int, draws: int, seed: int) -> Iterator[tuple[str, Tree]]:
    """The same moment, with different luck."""
    yield "only what was synced", now.left(_no, _no, None)
    yield "names without bytes", now.left(_all, _no, None)
    yield "bytes without names", now.left(_no, _all, None)
    for draw in range(draws):
        chance = random.Random(f"{seed} {number} {draw}")
        share = chance.random()
        lucky = {n for n in range(number) if chance.random() < share}
        pick = lucky.__contains__
        # names reach a disk in their order, or in any
        first = chance.randrange(number + 1)
        names = pick if chance.random() < 0.5 else first.__gt__
        yield f"draw {draw}", now.left(names, pick, chance)


def _no(_: int) -> bool:
    return False


def _all(_: int) -> bool:
    return True


def lay(tree: Tree, room: Path) -> None:
    """Make files of what is left."""
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir()
    for name, content in tree.items():
        path = room / name
        if content is None:
            path.mkdir()
        elif not name.endswith(SHARED_MEMORY):
            path.write_bytes(content)
            path.chmod(0o444 if "/originals/" in name else 0o644)


def try_world(work: Path, name: str, world: World) -> list[str]:
    """Return what is wrong in a world."""
    room, notes = work / "room", work / "notes"
    lay(world.tree, room)
    notes.write_text("".join(f"{text}\n" for text in world.noted))
    return looked_at(room, name, notes)


def tried(work: Path, name: str, draws: int, seed: int, every: int) -> Counter[str]:
    """Try all worlds of a scenario, tell the wrong ones, and count."""
    before, events, _ = recorded(work, name)
    counts = Counter({f"changes of {name}": len(events)})
    for world in worlds(before, events, draws, seed, every * SPARSE.get(name, 1)):
        problems = try_world(work, name, world)
        counts["worlds"] += 1
        counts[f"worlds of {name}"] += 1
        if counts["worlds"] % 100 == 0:
            sys.stderr.write(f"{name}: {counts['worlds']}, {counts['wrong']} wrong\n")
        if problems:
            counts["wrong"] += 1
            shown = [str(event[:2])[:160] for event in events[: world.at][-3:]]
            told = {"name": name, "at": world.at, "kind": world.kind, "after": shown}
            line = json.dumps({**told, "noted": world.noted, "problems": problems})
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(usage=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("work", type=Path)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--only", action="append", default=[])
    given = parser.parse_args()
    work: Path = given.work
    work.mkdir(parents=True, exist_ok=True)
    if disk.VARIABLE not in os.environ:
        words = [sys.executable, "-m", "tests.faults.power", *sys.argv[1:]]
        sys.exit(
            subprocess.run(words, env=disk.environment(work), check=False).returncode
        )
    from tests.faults.rooms import in_this_process
    from tests.faults.scenarios import SCENARIOS

    in_this_process()
    names = given.only or list(SCENARIOS)
    warm(work, names)
    counts: Counter[str] = Counter()
    for name in names:
        counts += tried(work, name, given.draws, given.seed, given.every)
    sys.stdout.write(f"{json.dumps({'counts': counts})}\n")
    sys.exit(counts["wrong"] > 0)


if __name__ == "__main__":
    main()
