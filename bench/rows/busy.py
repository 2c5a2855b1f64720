"""Pages and edits while an import runs, against the same while nothing does.

The server is kept to one core and the import to another; half of the idle answers come
before the import and half after it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from random import Random

from bench.doors import ALBUM, COMMON, EDIT, GALLERY, PHOTO, doors, edits
from bench.environment import Absent, say
from bench.measure import Failed, Sample
from bench.plan import Plan
from bench.race import Goal, Outcome, Row, judge
from bench.rows.imports import import_once
from bench.rows.million import fill
from bench.serving import Answer, Door, Server, ask, ask_rightly, sample_of, served

ASKED = (GALLERY, ALBUM, PHOTO, COMMON)
ALL = (*ASKED, EDIT)
SLOWER = 3  # than idle, at the 95th percentile
IMPORT, WHOLE = "asbuilt import meanwhile", "all answers during the import"
WARM, IDLE = 5, 30  # turns of all doors; idle ones before the import, and after it
FEWEST = 10  # turns during the import, for a percentile
Answers = dict[str, list[Answer]]


def rows(plan: Plan) -> Iterator[Row]:
    """One row; each round imports the photos anew, as other files."""
    title = f"Answers out of {plan.rows:,} photos while {plan.photos} are imported"
    outcomes = measured(plan)
    yield Row("busy", title, outcomes, judge(list(goals()), outcomes))


def goals() -> Iterator[Goal]:
    """How much slower each answer may be; and that none of them fails."""
    for name in ALL:
        yield Goal(f"{name}, p95 against idle", name, SLOWER, idle(name), "p95")
    yield Goal("answers that failed", WHOLE, 0, None, "errors", "")
    yield Goal("times the database was locked", WHOLE, 0, None, "locked", "")


def idle(name: str) -> str:
    """The same answer while nothing is imported."""
    return f"{name} (idle)"


def measured(plan: Plan) -> tuple[Outcome, ...]:
    """Fill and serve an archive; ask it, in rounds, with and without an import."""
    names = [each for name in ALL for each in (name, idle(name))] + [WHOLE, IMPORT]
    samples: dict[str, list[Sample]] = {name: [] for name in names}
    paths = plan.load("12mp", plan.photos)
    try:
        with plan.environment.scratch("busy") as folder:
            archive = folder / "archive"
            fill(plan, archive, plan.rows)
            with served(archive, plan.env, kept_to(0)) as server:
                asked = doors_of(archive, plan)
                for number in range(plan.rounds):
                    say(f"  round {number + 1}/{plan.rounds}: idle, import, idle")
                    source = folder / f"source-{number}"
                    lay_out(paths, source, number)
                    work = partial(
                        import_once, plan, archive, source, len(paths), on=kept_to(1)
                    )
                    for name, sample in one_round(server, asked, work).items():
                        samples[name].append(sample)
    except (Absent, Failed) as error:
        return tuple(Outcome(name, absent=str(error)) for name in names)
    return tuple(Outcome(name, tuple(found)) for name, found in samples.items())


def kept_to(core: int) -> Sequence[str]:
    """What a command line begins with to stay on one core; nothing with one alone."""
    there = sorted(os.sched_getaffinity(0))
    return ("taskset", "-c", str(there[core])) if len(there) > 1 else ()


def doors_of(archive: Path, plan: Plan) -> tuple[Door, ...]:
    """The pages that are asked for, and the edit."""
    rng = Random(plan.seed)
    found = {door.name: door for door in doors(archive, rng)}
    return (*(found[name] for name in ASKED), edits(archive, rng))


def lay_out(paths: Sequence[Path], source: Path, number: int) -> None:
    """A folder with these photos as files of their own."""
    source.mkdir()
    for index, path in enumerate(paths):
        target = source / f"{index:05d}-{path.name}"
        target.write_bytes(as_another(path.read_bytes(), b"round %d" % number))


def as_another(whole: bytes, text: bytes) -> bytes:
    """The same picture as another file: a comment (COM) behind JPEG's first marker."""
    comment = b"\xff\xfe" + (len(text) + 2).to_bytes(2) + text
    return whole[:2] + comment + whole[2:]


def one_round(
    server: Server, asked: Sequence[Door], work: Callable[[], Sample]
) -> dict[str, Sample]:
    """All doors in turns: while nothing else happens, during the import, and again.

    :raises Failed: a wrong answer without an import, or an import too short to tell
    """
    before, during, after = empty(asked), empty(asked), empty(asked)
    locked = server.locked()
    with closing(server.connect()) as client, ThreadPoolExecutor(1) as pool:
        turns(server, client, asked, empty(asked), WARM)
        turns(server, client, asked, before, IDLE)
        running = pool.submit(work)
        while not running.done():
            turn(server, client, asked, during, ask)
        imported = running.result()
        turns(server, client, asked, after, IDLE)
    quiet = {name: before[name] + after[name] for name in before}
    whole = told_whole(during, server, server.locked() - locked)
    return {**told(quiet, during, server), WHOLE: whole, IMPORT: imported}


def empty(asked: Sequence[Door]) -> Answers:
    """No answers yet."""
    return {door.name: [] for door in asked}


def turns(
    server: Server,
    client: HTTPConnection,
    asked: Sequence[Door],
    answers: Answers,
    times: int,
) -> None:
    """So many turns in which nothing may go wrong."""
    for _ in range(times):
        turn(server, client, asked, answers, ask_rightly)


def turn(
    server: Server,
    client: HTTPConnection,
    asked: Sequence[Door],
    answers: Answers,
    how: Callable[[Server, HTTPConnection, Door], Answer],
) -> None:
    """Every door once."""
    for door in asked:
        answers[door.name].append(how(server, client, door))


def told(quiet: Answers, during: Answers, server: Server) -> dict[str, Sample]:
    """The samples of each door, idle and during the import.

    :raises Failed: the import was over too soon
    """
    fewest = min(map(len, during.values()))
    if fewest < FEWEST:
        raise Failed(f"only {fewest} turns during the import: take more photos")
    samples = {}
    for name, answers in during.items():
        for each, some in ((name, answers), (idle(name), quiet[name])):
            samples[each] = saying(sample_of(some, server.peak_mb()))
    return samples


def saying(sample: Sample) -> Sample:
    """A sample with its clock's figures for a person."""
    p50, p95 = sample.extra["p50"], sample.extra["p95"]
    says = f"clock: median {p50:.1f} ms, p95 {p95:.1f} ms, {sample.items} answers"
    return replace(sample, extra={**sample.extra, "says": says})


def told_whole(during: Answers, server: Server, locked: int) -> Sample:
    """What became of all answers during the import: how many failed, and how.

    :param locked: how often the server wrote that the database was locked
    """
    every = [answer for some in during.values() for answer in some]
    wrong = [answer.wrong for answer in every if not answer.right]
    locked += sum("locked" in text for text in wrong)
    says = f"{len(wrong)} of {len(every)} failed"
    if wrong:
        says += f", the first: {wrong[0]}"
    sample = sample_of(every, server.peak_mb())
    figures = {"errors": len(wrong), "locked": locked, "says": says}
    return replace(sample, extra={**sample.extra, **figures})
