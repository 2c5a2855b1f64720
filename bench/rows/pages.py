"""Pages over HTTP: a large archive against a small one, and Datasette's own table page.

Both archives are served at once and asked in turns, so that what else the machine does
strikes both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from random import Random

from bench.doors import PAGES, SEARCHES, TABLE, WHOLE, doors
from bench.environment import Absent, say
from bench.measure import Failed, Sample
from bench.plan import Plan
from bench.race import Goal, Outcome, Row, judge
from bench.rows.million import fill
from bench.serving import Answer, Door, Server, ask_rightly, sample_of, served

SMALL = 10_000
PAGE_GROWS, SEARCH_GROWS = 1.5, 2
WARM, TIMES = 5, 40  # requests a door and round
Samples = dict[str, Sample]


@dataclass(frozen=True, slots=True)
class Side:
    """One archive: its server, a connection to it, and what is asked."""

    server: Server
    client: HTTPConnection
    doors: Sequence[Door]


def rows(plan: Plan) -> Iterator[Row]:
    """One row; every page is asked for many times in each round."""
    title = f"Pages out of {plan.rows:,} photos over HTTP, one each"
    outcomes = asked(plan)
    yield Row("pages", title, outcomes, judge(list(goals()), outcomes), TABLE)


def goals() -> Iterator[Goal]:
    """How many times the median CPU of an answer out of the small archive.

    Not its time on the clock: other work on the machine moves that several times over.
    """
    for names, most in ((PAGES, PAGE_GROWS), (SEARCHES, SEARCH_GROWS)):
        for name in names:
            what = f"{name}, against {SMALL:,} photos"
            yield Goal(what, name, most, small(name), "cost")


def small(name: str) -> str:
    """The same page of the small archive."""
    return f"{name} ({SMALL:,})"


def asked(plan: Plan) -> tuple[Outcome, ...]:
    """Fill and serve both archives, ask in rounds, sort the answers by page."""
    names = [
        each
        for name in (TABLE, *PAGES, *SEARCHES, *WHOLE)
        for each in (name, small(name))
    ]
    samples: dict[str, list[Sample]] = {name: [] for name in names}
    absent: dict[str, str] = {}
    try:
        with plan.environment.scratch("pages") as folder, ExitStack() as stack:
            large, little = (
                begin(plan, stack, folder / name, count)
                for name, count in (("large", plan.rows), ("small", SMALL))
            )
            for number in range(plan.rounds):
                say(f"  round {number + 1}/{plan.rounds}: all pages")
                for name, sample in one_round(large, little, absent).items():
                    samples[name].append(sample)
    except (Absent, Failed) as error:
        absent = dict.fromkeys(names, str(error).splitlines()[-1])
    return tuple(
        Outcome(name, tuple(samples[name]), absent.get(name, "")) for name in names
    )


def begin(plan: Plan, stack: ExitStack, archive: Path, count: int) -> Side:
    """Make an archive and serve it."""
    fill(plan, archive, count)
    server = stack.enter_context(served(archive, plan.env))
    client = server.connect()
    stack.callback(client.close)
    return Side(server, client, doors(archive, Random(plan.seed)))


def one_round(large: Side, little: Side, absent: dict[str, str]) -> Samples:
    """Every door of both, many times.

    :param absent: those that cannot be measured, with the reason; gets further ones
    """
    told: Samples = {}
    for ours, theirs in zip(large.doors, little.doors, strict=True):
        if ours.name in absent:
            continue
        try:
            pair = in_turns((large, ours), (little, theirs))
        except (Absent, Failed) as error:
            say(f"  {ours.name}: {error}")
            absent |= dict.fromkeys((ours.name, small(ours.name)), str(error))
            continue
        told |= dict(zip((ours.name, small(ours.name)), pair, strict=True))
    return beside_the_table(told)


def in_turns(*sides: tuple[Side, Door]) -> tuple[Sample, ...]:
    """Ask one server, then the other, after some answers to warm up."""
    answers: list[list[Answer]] = [[] for _ in sides]
    for number in range(WARM + TIMES):
        for (side, door), kept in zip(sides, answers, strict=True):
            answer = ask_rightly(side.server, side.client, door)
            if number >= WARM:
                kept.append(answer)
    return tuple(
        sample_of(kept, side.server.peak_mb())
        for (side, _), kept in zip(sides, answers, strict=True)
    )


def beside_the_table(told: Mapping[str, Sample]) -> Samples:
    """The samples of a round, each with what it says of itself.

    ``table`` is the median on the clock as a multiple of that of Datasette's table
    page, in the same round and archive.
    """
    return {
        name: compared(sample, table_of(name, told)) for name, sample in told.items()
    }


def table_of(name: str, told: Mapping[str, Sample]) -> Sample | None:
    """The table page of the same archive; None: there is no figure."""
    is_small = name.endswith(small(""))
    return told.get(small(TABLE) if is_small else TABLE)


def compared(sample: Sample, table: Sample | None) -> Sample:
    """One sample beside that of the table page."""
    extra = dict(sample.extra)
    says = f"clock: median {extra['p50']:.1f} ms, p95 {extra['p95']:.1f} ms"
    if table:
        extra["table"] = extra["p50"] / table.extra["p50"]
        says += f", {extra['table']:.2f} × the table page"
    return replace(sample, extra={**extra, "says": says})
