"""Contestants side by side in rounds, and what their figures say about the goals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from bench.environment import Absent, Environment, say
from bench.measure import Failed, Sample

OWN = ("cpu_ms", "wall_ms", "rss")  # figures that every sample has
Run = Callable[[Path], Sample]


@dataclass(frozen=True, slots=True)
class Contestant:
    """Something that does the work of a row; ``run`` gets an empty folder."""

    name: str
    run: Run
    note: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """All rounds of one contestant, or why there are none."""

    name: str
    samples: tuple[Sample, ...] = ()
    absent: str = ""
    note: str = ""

    @property
    def least(self) -> Sample:
        """The least of everything over the rounds: what disturbs a run only adds.

        Runs and starts each have their least, so that a start that was disturbed
        does not make the rest look cheap.
        """
        return replace(
            self.samples[0],
            cpu=min(sample.cpu for sample in self.samples),
            wall=min(sample.wall for sample in self.samples),
            rss=min(sample.rss for sample in self.samples),
            start_cpu=min(sample.start_cpu for sample in self.samples),
            start_wall=min(sample.start_wall for sample in self.samples),
        )

    def lowest(self, figure: str) -> float:
        """The least value of a figure over the rounds."""
        if figure in OWN:
            return value_of(self.least, figure)
        return min(value_of(sample, figure) for sample in self.samples)

    def middle(self, figure: str) -> float:
        """The median of a figure over the rounds."""
        return median(value_of(sample, figure) for sample in self.samples)


@dataclass(frozen=True, slots=True)
class Goal:
    """At most so much: of another contestant's figure, or as it stands.

    :param figure: ``cpu_ms``, ``wall_ms``, ``rss``, or a key of the sample's extra
    :param against: the contestant that counts as 1; None: ``at_most`` is in units
    """

    what: str
    ours: str
    at_most: float
    against: str | None = None
    figure: str = "cpu_ms"
    unit: str = "×"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A goal and what came of it; ``value`` is None where it cannot be told."""

    goal: Goal
    value: float | None
    why: str = ""

    @property
    def word(self) -> str:
        """``ok``, ``over``, or the reason why there is no figure."""
        if self.value is None:
            return self.why
        return "ok" if self.value <= self.goal.at_most else "over"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the issue's table, after it was run."""

    name: str
    title: str
    outcomes: tuple[Outcome, ...]
    verdicts: tuple[Verdict, ...]
    reference: str | None = None


def value_of(sample: Sample, figure: str) -> float:
    """A figure of a sample by its name."""
    if figure in OWN:
        return float(getattr(sample, figure))
    return float(sample.extra[figure])


def race(
    environment: Environment, contestants: Sequence[Contestant], rounds: int
) -> tuple[Outcome, ...]:
    """Run every contestant once a round, so that a busy minute strikes them all.

    One that cannot run, or fails, is left out with its reason; the rest go on.
    """
    samples: dict[str, list[Sample]] = {c.name: [] for c in contestants}
    absent: dict[str, str] = {}
    for number in range(rounds):
        for contestant in contestants:
            if contestant.name in absent:
                continue
            say(f"  round {number + 1}/{rounds}: {contestant.name}")
            try:
                with environment.scratch("race") as folder:
                    samples[contestant.name].append(contestant.run(folder))
            except Absent as error:
                absent[contestant.name] = str(error)
            except Failed as error:
                say(f"  {contestant.name} failed: {error}")
                absent[contestant.name] = f"failed: {str(error).splitlines()[-1]}"
    return tuple(
        Outcome(c.name, tuple(samples[c.name]), absent.get(c.name, ""), c.note)
        for c in contestants
    )


def judge(goals: Sequence[Goal], outcomes: Sequence[Outcome]) -> tuple[Verdict, ...]:
    """Hold each goal against the figures."""
    by_name = {outcome.name: outcome for outcome in outcomes}
    return tuple(judge_one(goal, by_name) for goal in goals)


def judge_one(goal: Goal, by_name: dict[str, Outcome]) -> Verdict:
    """One goal: the ratio of the least figures of both, or ours as it stands."""
    for name in filter(None, (goal.ours, goal.against)):
        outcome = by_name.get(name)
        if outcome is None or outcome.absent or not outcome.samples:
            return Verdict(goal, None, f"no figure for {name}")
    ours = by_name[goal.ours].lowest(goal.figure)
    if goal.against is None:
        return Verdict(goal, ours)
    against = by_name[goal.against].lowest(goal.figure)
    return Verdict(goal, ours / against if against else None, "the reference took 0")
