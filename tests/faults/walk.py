"""Cuts off what people do at each operation of the disk, and looks what is left.

usage: python -m tests.faults.walk WORK [--all | --cases N] [--seed S] [--only NAME]…
           [--kind KIND]…

``--all`` walks through each operation on a file of ours, of each scenario, once for
each of ``KINDS``: the process dies there, the operation fails, or writes or reads less.
``--cases`` draws N of these, and of others: SQL statements and what SQLite does to its
files, a disk that stays broken, a second fault while what was left is cleared. A case
takes a tenth of a second, as it is a fork of this process, on a file system in memory.
``--shard 0/2`` does every other case. Prints one JSON object for each case that went
wrong, and one at the end. Deaths at each step there is: ``tests.faults.deaths``.
"""

from __future__ import annotations

import argparse
import errno
import gc
import json
import os
import random
import re
import shutil
import subprocess
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TextIO

from tests.faults import disk
from tests.faults.children import in_a_fork
from tests.faults.disk import Fault, Mode
from tests.faults.lost_power import read_trace

FOREVER = 1 << 40
NEVER = Fault(Mode.KILL, FOREVER, FOREVER)  # steps are counted, statements, too
KILLED = -9
REFUSED = 3  # what was done ended with an error of ours
KINDS = {
    "killed": (Mode.KILL, 0),
    "EIO": (Mode.FAIL, errno.EIO),
    "ENOSPC": (Mode.FAIL, errno.ENOSPC),
    "EROFS": (Mode.FAIL, errno.EROFS),
    "half": (Mode.HALF, 0),
    "half, ENOSPC": (Mode.HALF_THEN_FAIL, errno.ENOSPC),
}
# Files that SQLite alone writes to: its errors are among those that are drawn
DATABASES = re.compile(r"\.db(-wal|-shm|-journal)?$")


@dataclass(frozen=True, slots=True)
class Case:
    """One scenario, cut off.

    :param then: what happens while what was left is cleared
    """

    scenario: str
    kind: str
    fault: Fault
    then: Fault | None = None


def prepared(work: Path, name: str) -> Path:
    """Lay out the room of a scenario, which each case gets a copy of."""
    from tests.faults.scenarios import SCENARIOS

    room = work / f"template-{name}"
    if not room.exists():
        room.mkdir(parents=True)
        assert in_a_fork(lambda: SCENARIOS[name].prepare(room)) == 0, name
    return room


def carried_out(room: Path, name: str, fault: Fault, notes: Path) -> int:
    """Do it while the disk is bent; how that ended."""
    from tests.faults.rooms import WHOLE
    from tests.faults.scenarios import SCENARIOS

    def work() -> None:
        with notes.open("w", buffering=1) as file:
            SCENARIOS[name].act(room, noting(file))
            file.write(f"{WHOLE}\n")

    return bent(room, fault, work)


def noting(file: TextIO) -> Callable[[str], None]:
    """Return what writes lines, each at once."""
    return lambda text: file.write(f"{text}\n") and None


def bent(room: Path, fault: Fault, work: Callable[[], None]) -> int:
    """Do it while the disk is bent: what can die in a fork, all else in this process.

    A fork costs as much as most of what is done in it.
    """

    def ended() -> int:
        disk.bend(room, fault)
        return outcome(work)

    if fault.mode is not Mode.KILL:
        return ended()
    return in_a_fork(lambda: os._exit(ended()))


def outcome(work: Callable[[], None]) -> int:
    """Do it, and say how it ended; well, too, with an error that is a sentence."""
    from archive.commands.failures import sentence

    try:
        work()
    except Exception as error:  # noqa: BLE001 - told
        disk.straighten()
        if sentence(error) is not None:
            return REFUSED
        traceback.print_exc()
        return 1
    finally:
        disk.straighten()
    return 0


def operations(work: Path, name: str) -> list[tuple[str, str]]:
    """The steps of a scenario, readings too: operations with their files, and "sql"."""
    from tests.faults.scenarios import SCENARIOS

    room, trace = fresh(work, name), work / "trace"

    def act() -> None:
        to = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        disk.bend(room, replace(NEVER, reads=True), to)
        SCENARIOS[name].act(room, lambda _: None)
        disk.straighten()

    assert in_a_fork(act) == 0, name
    steps = read_trace(trace, steps=True)
    return [(step.fields[1], step.fields[2]) for step in steps]


def fresh(work: Path, name: str) -> Path:
    """Return a copy of the scenario's room, with nothing beside it."""
    from tests.faults.rooms import beside

    room = work / "room"
    for folder in (room, beside(room)):
        shutil.rmtree(folder, ignore_errors=True)
    template = prepared(work, name)
    beside(room).mkdir()
    return Path(shutil.copytree(template, room, symlinks=True))


def try_case(work: Path, case: Case) -> tuple[int, list[str]]:
    """Return how what was cut off ended, and what is wrong then."""
    room, notes = fresh(work, case.scenario), work / "notes"
    status = carried_out(room, case.scenario, case.fault, notes)
    problems = []
    if status not in (0, REFUSED, KILLED):
        problems.append(f"it ended with {status}")
    if case.then is not None:
        cleared_badly(room, case.then)
    return status, [*problems, *looked_at(room, case.scenario, notes)]


def cleared_badly(room: Path, fault: Fault) -> None:
    """Clear what was left, on a bent disk, too."""
    from tests.faults.rooms import clear

    bent(room, fault, lambda: clear(room))


def looked_at(room: Path, name: str, notes: Path) -> list[str]:
    """Return what is wrong now, after clearing, and after it was done again.

    In this process, which costs half of what a fork does: nothing is cut off any more.
    """
    from tests.faults.rooms import WHOLE, close

    noted = [text for text in notes.read_text().splitlines() if text != WHOLE]
    problems: list[str] = []
    try:
        problems += _looked_at(room, name, noted)
    except Exception:  # noqa: BLE001 - told, and the next case comes
        problems += ["what came after it failed", traceback.format_exc()]
    finally:
        close()
    return problems


def _looked_at(room: Path, name: str, noted: list[str]) -> Iterator[str]:
    from tests.faults.rooms import WHOLE, clear, sound
    from tests.faults.scenarios import SCENARIOS

    scenario = SCENARIOS[name]
    damaged = name == "mend"  # until it is mended

    def look(when: str, *faults: Iterable[str]) -> Iterator[str]:
        return (f"{when}: {fault}" for fault in chain(*faults))

    found = [] if damaged else sound(room, cleared=False)
    yield from look("cut off", found, scenario.look(room, noted))
    clear(room)
    found = [] if damaged else sound(room, verified=True)
    yield from look("cleared", found, scenario.look(room, noted))
    scenario.act(room, noted.append)
    found = sound(room, verified=damaged)
    yield from look("again", found, scenario.look(room, [*noted, WHOLE]))


# --- which cases


def every_case(
    work: Path, names: Sequence[str], kinds: Sequence[str]
) -> Iterator[Case]:
    """Each operation on a file of ours, of each scenario, with each kind of fault."""
    for name in names:
        for at, (what, path) in enumerate(operations(work, name)):
            if what == "sql" or DATABASES.search(path):
                continue
            for kind in kinds:
                mode, code = KINDS[kind]
                if "half" in kind and what not in ("read", "write"):
                    continue
                last = FOREVER if mode is Mode.HALF_THEN_FAIL else at + 1
                yield Case(name, kind, Fault(mode, at, last, code, reads=True))


def drawn(work: Path, names: Sequence[str], seeds: Iterable[int]) -> Iterator[Case]:
    """Cases by their seeds."""
    counts = {name: len(operations(work, name)) for name in names}
    for seed in seeds:
        chance = random.Random(seed)
        name = chance.choice(names)
        fault, kind = _drawn(chance, counts[name])
        then = _drawn(chance, 60)[0] if chance.random() < 0.3 else None
        yield Case(name, kind, fault, then)


def _drawn(chance: random.Random, count: int) -> tuple[Fault, str]:
    kind = chance.choice(list(KINDS))
    mode, code = KINDS[kind]
    at = chance.randrange(count)
    until = at + chance.choice((1, 1, 1, 2, 5, FOREVER))
    if mode is Mode.HALF:
        until = min(until, at + 5)
    return Fault(mode, at, until, code, reads=True), kind


def tried(work: Path, cases: Iterable[Case], shard: tuple[int, int]) -> Counter[str]:
    """Try cases, tell those that went wrong, and count."""
    counts: Counter[str] = Counter()
    for number, case in enumerate(cases):
        if number % shard[1] != shard[0]:
            continue
        status, problems = try_case(work, case)
        counts["cases"] += 1
        counts[f"{case.scenario}, {case.kind}"] += 1
        how = {0: "done all the same", REFUSED: "refused", KILLED: "died"}
        counts[how.get(status, "ended otherwise")] += 1
        if counts["cases"] % 100 == 0:
            sys.stderr.write(f"{counts['cases']} cases, {counts['wrong']} wrong\n")
        if problems:
            counts["wrong"] += 1
            told = {"case": asdict(case), "status": status, "problems": problems}
            sys.stdout.write(f"{json.dumps(told)}\n")
            sys.stdout.flush()
    return counts


def warm(work: Path, names: Iterable[str]) -> None:
    """Do everything once in this process: what is loaded then, the forks have, too."""
    from tests.faults.scenarios import SCENARIOS

    disk.statements()
    for name in names:
        room, notes = fresh(work, name), work / "notes"
        noted: list[str] = []
        SCENARIOS[name].act(room, noted.append)
        notes.write_text("\n".join(noted))
        problems = looked_at(room, name, notes)
        assert problems == [], problems
    gc.collect()
    gc.freeze()  # else every fork copies what is looked through


def main() -> None:
    parser = argparse.ArgumentParser(usage=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("work", type=Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--kind", action="append", default=[])
    parser.add_argument("--shard", default="0/1")
    given = parser.parse_args()
    work: Path = given.work
    work.mkdir(parents=True, exist_ok=True)
    if disk.VARIABLE not in os.environ:
        words = [sys.executable, "-m", "tests.faults.walk", *sys.argv[1:]]
        sys.exit(
            subprocess.run(words, env=disk.environment(work), check=False).returncode
        )
    from tests.faults.rooms import in_this_process
    from tests.faults.scenarios import SCENARIOS

    in_this_process()
    names = given.only or list(SCENARIOS)
    warm(work, names)
    seeds = range(given.seed, given.seed + given.cases)
    kinds = given.kind or list(KINDS)
    walked = every_case(work, names, kinds) if given.all else None
    cases = walked or drawn(work, names, seeds)
    part, of = map(int, given.shard.split("/"))
    counts = tried(work, cases, (part, of))
    sys.stdout.write(f"{json.dumps({'counts': counts})}\n")
    sys.exit(counts["wrong"] > 0)


if __name__ == "__main__":
    main()
