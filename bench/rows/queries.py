"""Pages, facets and searches: what one answer takes in a large archive and a small."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from bench.environment import CONTESTANTS, Absent, say
from bench.measure import Failed, Sample, run_script
from bench.plan import Plan
from bench.race import Goal, Outcome, Row, judge
from bench.rows.million import fill

SMALL = 10_000
PAGES = ("first page", "next page anywhere", "one album")
WHOLE = ("next page with every field",)  # no goal of its own: for the reader
FACETS = ("a facet at any place",)
SEARCHES = (
    "common word, newest first",
    "rare word, ranked",
    "prefix, newest first",
    "prefix, ranked",
    "word and album",
)
QUESTIONS = PAGES + WHOLE + FACETS + SEARCHES
PAGE_MS, SEARCH_MS = 0.5, 10
SLOWER = 1.5  # than with 10,000 rows


def rows(plan: Plan) -> Iterator[Row]:
    """One row; every question is asked many times in each round."""
    title = f"Answers out of {plan.rows:,} rows, one each (p95 on the clock beside it)"
    outcomes = asked(plan)
    yield Row("queries", title, outcomes, judge(list(goals()), outcomes))


def goals() -> Iterator[Goal]:
    """The time of an answer; pages also against the small archive."""
    for names, most in ((PAGES + FACETS, PAGE_MS), (SEARCHES, SEARCH_MS)):
        for name in names:
            yield Goal(f"{name}, p95", name, most, None, "p95", "ms")
    for name in PAGES:
        what = f"{name}, median against {SMALL:,} rows"
        yield Goal(what, name, SLOWER, small(name), "p50")


def small(name: str) -> str:
    """The same question to the small archive."""
    return f"{name} ({SMALL:,})"


def asked(plan: Plan) -> tuple[Outcome, ...]:
    """Fill both archives, ask in rounds, and sort the answers by question."""
    samples: dict[str, list[Sample]] = {}
    for name in QUESTIONS:
        samples |= {name: [], small(name): []}
    try:
        with plan.environment.scratch("queries") as folder:
            fill(plan, folder / "large", plan.rows)
            fill(plan, folder / "small", SMALL)
            for number in range(plan.rounds):
                say(f"  round {number + 1}/{plan.rounds}: all questions")
                for name, sample in ask(plan, folder / "large", folder / "small"):
                    samples[name].append(sample)
    except (Absent, Failed) as error:
        reason = str(error).splitlines()[-1]
        return tuple(Outcome(name, absent=reason) for name in samples)
    return tuple(Outcome(name, tuple(found)) for name, found in samples.items())


def ask(plan: Plan, large: Path, small_one: Path) -> Iterator[tuple[str, Sample]]:
    """All questions to both archives in turns, in a process of their own."""
    script = CONTESTANTS / "our_queries.py"
    task = {"archives": [str(large), str(small_one)]}
    whole = run_script(sys.executable, script, task, plan.env)
    for name, told in whole.extra["questions"].items():
        yield name, _sample(told[0], whole.rss)
        yield small(name), _sample(told[1], whole.rss)


def _sample(told: dict[str, float], rss: float) -> Sample:
    says = f"p95 {told['p95']:.2f} ms, {told['found']:.0f} found"
    extra = {"p50": told["p50"], "p95": told["p95"], "says": says}
    return Sample(told["cpu"], told["wall"], rss, int(told["items"]), extra)
