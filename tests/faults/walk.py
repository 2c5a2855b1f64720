"""Cuts off what people do at each operation of the disk, and looks what is left.

usage: python -m tests.faults.walk WORK [--all | --cases N] [--seed S] [--only NAME]…
           [--kind KIND]…

``--all`` walks through each operation that changes a file, and each SQL statement, of
each scenario, once for each ``KINDS``: the process dies there, or the operation fails.
``--cases`` draws N of these, and of others: reading that fails, a disk that stays
broken, a second death while what was left is cleared. Cases take milliseconds, as each
is a few forks of this process, on a file system in memory. ``--shard 0/2`` does every
other case. Prints one JSON object for each case that went wrong, and one at the end.
"""

from __future__ import annotations

import argparse
import errno
import gc
import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from tests.faults import disk
from tests.faults.children import in_a_fork
from tests.faults.disk import Fault, Mode

FOREVER = 1 << 40
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
# What does the same many times: one in so many of its operations is walked through
SPARSE = {"package": 32, "init": 8, "edit": 4, "import": 2}


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
    """Do it while the disk is bent; how the process ended."""
    from tests.faults.rooms import WHOLE
    from tests.faults.scenarios import SCENARIOS

    def work() -> None:
        with notes.open("w", buffering=1) as file:
            disk.statements()
            disk.bend(room, fault)
            quietly(lambda: SCENARIOS[name].act(room, noting(file)))
            file.write(f"{WHOLE}\n")

    return in_a_fork(work)


def noting(file: TextIO) -> Callable[[str], None]:
    """Return what writes lines, each at once."""
    return lambda text: file.write(f"{text}\n") and None  # type: ignore[func-returns-value]


def quietly(work: Callable[[], None]) -> None:
    """Do it; an error that a person is told in a sentence is an end like others."""
    from archive.commands.failures import sentence

    try:
        work()
    except Exception as error:
        disk.straighten()
        if sentence(error) is None:
            raise
        os._exit(REFUSED)
    disk.straighten()


def operations(work: Path, name: str, *, reads: bool = False) -> int:
    """How many operations a scenario has."""
    room, log = fresh(work, name), work / "count"

    def count() -> None:
        from tests.faults.scenarios import SCENARIOS

        disk.statements()
        disk.bend(room, Fault(Mode.COUNT, reads=reads))
        # COUNT asks no statement; as a death that never comes they are counted
        disk.bend(room, Fault(Mode.KILL, FOREVER, FOREVER, reads=reads))
        SCENARIOS[name].act(room, lambda _: None)
        log.write_text(str(disk.count()))

    assert in_a_fork(count) == 0, name
    return int(log.read_text())


def fresh(work: Path, name: str) -> Path:
    """Return a copy of the scenario's room."""
    room = work / "room"
    shutil.rmtree(room, ignore_errors=True)
    return Path(shutil.copytree(prepared(work, name), room, symlinks=True))


def try_case(work: Path, case: Case) -> tuple[int, list[str]]:
    """Return how what was cut off ended, and what is wrong then."""
    room, notes, log = fresh(work, case.scenario), work / "notes", work / "log"
    status = carried_out(room, case.scenario, case.fault, notes)
    problems = []
    if status not in (0, REFUSED, KILLED):
        problems.append(f"it ended with {status}")
    if case.then is not None:
        cleared_badly(room, case.then)
    log.unlink(missing_ok=True)
    if in_a_fork(lambda: looked_at(room, case.scenario, notes, log)) != 0:
        return status, [*problems, "what came after it failed"]
    return status, [*problems, *json.loads(log.read_text())]


def cleared_badly(room: Path, fault: Fault) -> None:
    """Clear what was left, on a bent disk, too."""
    from tests.faults.rooms import clear

    def work() -> None:
        disk.bend(room, fault)
        quietly(lambda: clear(room))

    in_a_fork(work)


def looked_at(room: Path, name: str, notes: Path, log: Path) -> None:
    """Write down what is wrong now, after clearing, and after it was done again."""
    from tests.faults.rooms import WHOLE, clear, sound
    from tests.faults.scenarios import SCENARIOS

    scenario = SCENARIOS[name]
    noted = notes.read_text().splitlines()
    cut_off = [text for text in noted if text != WHOLE]
    damaged = name == "mend"  # until it is mended
    problems: list[str] = []

    def look(when: str, faults: Iterable[str]) -> None:
        problems.extend(f"{when}: {fault}" for fault in faults)

    look("cut off", [] if damaged else sound(room, cleared=False))
    look("cut off", scenario.look(room, cut_off))
    clear(room)
    look("cleared", [] if damaged else sound(room, verified=True))
    look("cleared", scenario.look(room, cut_off))
    scenario.act(room, cut_off.append)
    look("again", sound(room, verified=damaged))
    look("again", scenario.look(room, [*cut_off, WHOLE]))
    log.write_text(json.dumps(problems))


# --- which cases


def every_case(
    work: Path, names: Sequence[str], kinds: Sequence[str]
) -> Iterator[Case]:
    """Each operation of each scenario, with each kind of fault."""
    for kind in kinds:
        mode, code = KINDS[kind]
        for name in names:
            for at in range(0, operations(work, name), SPARSE.get(name, 1)):
                last = FOREVER if mode is Mode.HALF_THEN_FAIL else at + 1
                yield Case(name, kind, Fault(mode, at, last, code))


def drawn(work: Path, names: Sequence[str], seeds: Iterable[int]) -> Iterator[Case]:
    """Cases by their seeds."""
    counts = {name: operations(work, name, reads=True) for name in names}
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


def warm() -> None:
    """Keep what is loaded out of the forks' way."""
    gc.collect()
    gc.freeze()
    gc.disable()


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
    warm()
    names = given.only or list(SCENARIOS)
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
