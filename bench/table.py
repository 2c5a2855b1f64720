"""Figures for people (a table of ratios) and for programs (JSON)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bench.race import Outcome, Row, Verdict


def text_of(rows: Sequence[Row]) -> str:
    """All rows as text: figures of each contestant, then the goals of the row."""
    return "\n".join(line for row in rows for line in lines_of(row))


def lines_of(row: Row) -> Iterator[str]:
    """One row's block."""
    yield f"\n{row.title}"
    heads = ("", "cpu ms", "median", "wall ms", "ratio", "RSS MB", "")
    figures = [figures_of(outcome, row) for outcome in row.outcomes]
    yield from aligned([heads, *figures])
    yield from aligned([goal_of(verdict) for verdict in row.verdicts])


def figures_of(outcome: Outcome, row: Row) -> tuple[str, ...]:
    """One contestant's line: the least, the median, the ratio to the reference."""
    if outcome.absent or not outcome.samples:
        return (outcome.name, "-", "-", "-", "-", "-", outcome.absent)
    least = outcome.lowest("cpu_ms")
    ratio = ratio_to(row, least)
    return (
        outcome.name,
        number(least),
        number(outcome.middle("cpu_ms")),
        number(outcome.lowest("wall_ms")),
        "-" if ratio is None else f"{ratio:.2f}",
        f"{outcome.lowest('rss'):.0f}",
        note_of(outcome),
    )


def ratio_to(row: Row, least: float) -> float | None:
    """A figure as a multiple of the row's reference; None where that is absent."""
    for outcome in row.outcomes:
        if outcome.name == row.reference and outcome.samples:
            reference = outcome.lowest("cpu_ms")
            return least / reference if reference else None
    return None


def note_of(outcome: Outcome) -> str:
    """The contestant's note, and what it said about itself."""
    said = outcome.samples[-1].extra.get("says", "")
    return "; ".join(part for part in (outcome.note, said) if part)


def goal_of(verdict: Verdict) -> tuple[str, ...]:
    """One goal's line."""
    goal = verdict.goal
    limit = f"at most {number(goal.at_most)} {goal.unit}"
    if goal.against:
        limit += f" {goal.against}"
    value = "-" if verdict.value is None else f"{number(verdict.value)} {goal.unit}"
    return (f"  goal: {goal.what}", value, limit, verdict.word)


def number(value: float) -> str:
    """Three figures that count, without an exponent."""
    if value >= 100:
        return f"{value:.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def aligned(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns side by side: the first to the left, figures to the right."""
    if not lines:
        return
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        first = line[0].ljust(widths[0])
        pairs = zip(line[1:-1], widths[1:-1], strict=True)
        figures = [cell.rjust(width) for cell, width in pairs]
        yield "  ".join([first, *figures, line[-1]]).rstrip()


def json_of(rows: Sequence[Row], about: dict[str, Any]) -> dict[str, Any]:
    """Everything that was measured, every round of it."""
    return {**about, "rows": [json_row(row) for row in rows]}


def json_row(row: Row) -> dict[str, Any]:
    """One row for a program."""
    return {
        "row": row.name,
        "title": row.title,
        "contestants": [json_outcome(outcome) for outcome in row.outcomes],
        "goals": [json_verdict(verdict) for verdict in row.verdicts],
    }


def json_outcome(outcome: Outcome) -> dict[str, Any]:
    """One contestant for a program: per item, every round."""
    return {
        "name": outcome.name,
        "absent": outcome.absent or None,
        "rounds": [
            {
                "cpu_ms": sample.cpu_ms,
                "wall_ms": sample.wall_ms,
                "rss_mb": sample.rss,
                "items": sample.items,
                **sample.extra,
            }
            for sample in outcome.samples
        ],
    }


def json_verdict(verdict: Verdict) -> dict[str, Any]:
    """One goal for a program."""
    goal = verdict.goal
    return {
        "goal": goal.what,
        "figure": goal.figure,
        "at_most": goal.at_most,
        "against": goal.against,
        "value": verdict.value,
        "verdict": verdict.word,
    }
