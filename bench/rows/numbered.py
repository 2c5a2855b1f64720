"""Pages by number, as programs ask for them: any page, under any filter."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.environment import CONTESTANTS, Absent, say
from bench.measure import Failed, Sample, run_script
from bench.plan import Plan
from bench.race import Goal, Outcome, Row, judge
from bench.rows.million import fill

FILTERS = (
    "no filter",
    "album",
    "private",
    "starred",
    "location",
    "location and below",
    "trade",
    "uploader",
    "projection",
    "text",
    "ids",
    "log_date",
    "created_at",
    "updated_at",
)
SLOWER = 3  # than a plain keyset page of the same photos, both serialised


def rows(plan: Plan) -> Iterator[Row]:
    """One row; of every filter some questions and any pages of them in each round."""
    title = f"Pages by number out of {plan.rows:,} rows, with exact totals, serialised"
    outcomes = asked(plan)
    yield Row("numbered", title, outcomes, judge(list(goals()), outcomes))


def goals() -> Iterator[Goal]:
    """How many times the slow answers of keyset pages ours are."""
    for name in FILTERS:
        yield Goal(f"{name}, p95 against keyset", name, SLOWER, plain(name), "p95")


def plain(name: str) -> str:
    """The same photos as pages that follow a key."""
    return f"{name} (keyset)"


def asked(plan: Plan) -> tuple[Outcome, ...]:
    """Fill the archive, ask in rounds, and sort the answers by filter."""
    samples: dict[str, list[Sample]] = {}
    for name in FILTERS:
        samples |= {name: [], plain(name): []}
    try:
        with plan.environment.scratch("numbered") as folder:
            fill(plan, folder / "archive", plan.rows)
            for number in range(plan.rounds):
                say(f"  round {number + 1}/{plan.rounds}: all filters")
                for name, sample in ask(plan, folder / "archive"):
                    samples[name].append(sample)
    except (Absent, Failed) as error:
        reason = str(error).splitlines()[-1]
        return tuple(Outcome(name, absent=reason) for name in samples)
    return tuple(Outcome(name, tuple(found)) for name, found in samples.items())


def ask(plan: Plan, archive: Path) -> Iterator[tuple[str, Sample]]:
    """All questions in a process of their own."""
    script = CONTESTANTS / "our_numbered.py"
    whole = run_script(sys.executable, script, {"archive": str(archive)}, plan.env)
    for name, told in whole.extra["questions"].items():
        yield name, sample_of(told["ours"], whole.rss)
        yield plain(name), sample_of(told["plain"], whole.rss)


def sample_of(told: Mapping[str, float], rss: float) -> Sample:
    """What was told of one way of asking.

    ``first``: when nothing was remembered; ``changed``: after an edit of a photo.
    """
    says = f"p95 {told['p95']:.2f} ms, {told['found']:.0f} found"
    if "first" in told:
        says += f"; first page of a question up to {told['first']:.0f} ms"
        says += f", after an edit {told['changed']:.0f}"
    extra = {"p50": told["p50"], "p95": told["p95"], "says": says}
    return Sample(told["cpu"], told["wall"], rss, int(told["items"]), extra)
