"""``python -m tests.sync.simulator.pairs``: every pair of acts, a crash at every point.

Two people act, one on the laptop and one in the browser there: out of each other's
sight, or one after the other with a run between them. The run that meets what they did
is killed before one of its effects, or after it; or the act there comes in its midst.
That is done at every effect, and each of these worlds is told to its end (P1 to P6).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from enum import StrEnum, unique
from itertools import count, product

from sync.effects import Effect
from sync.records import Kind
from tests.sync.simulator.acting import ACTS
from tests.sync.simulator.scripted import Script, script
from tests.sync.simulator.world import Laptop


@unique
class How(StrEnum):
    """In which order two people act, and what befalls the run that meets it.

    Between the acts of ``HERE`` and ``THERE`` there is a run, so that who comes second
    has seen the other's; in ``DURING`` the act there comes before an effect of the run.
    """

    APART = "apart"
    HERE = "here first"
    THERE = "there first"
    DURING = "during the run"


PAIRS = tuple(product(ACTS, ACTS))


def prepared() -> Script:
    """Return a small world with one of everything, and a photo in the bin."""
    told = script()
    crowd, world = told.world.crowd, told.world
    for act in ("add place", "add trade"):
        crowd.act(world.web, act)
    number = int(told.add_photo())
    told.sync(told.laptop)
    world.words.saw(world.web.fields(Kind.PHOTO, number))
    world.remote.recycle(number)
    told.sync(told.laptop)
    world.pass_time(1000)
    return told


def tell(here: str, there: str, how: How, at: int) -> bool:
    """Tell one world to its end. Returns whether the run came as far as ``at``.

    :param at: number of an effect; negative: killed before it, else after it
    """
    told = prepared()
    world, laptop = told.world, told.laptop
    acts = [(laptop.side, here), (world.web, there)]
    if how is How.THERE:
        acts.reverse()
    for number, (side, act) in enumerate(acts):
        if how is How.DURING and side is world.web:
            continue
        if number and how in (How.HERE, How.THERE):
            told.sync(laptop)
        world.crowd.act(side, act)
        world.pass_time(1000)
    world.effects = 0
    if how is How.DURING:
        _act_within(told, there, at)
    else:
        world.crash_at = at
    world.sync(laptop, told.order())
    world.on_effect = None
    reached = abs(at) <= world.effects
    told.end_well()
    return reached


def _act_within(told: Script, act: str, at: int) -> None:
    """Let somebody act there as the run is about to have this effect."""
    world = told.world

    def note(_: Laptop, __: Effect) -> None:
        if world.effects == at:
            world.crowd.act(world.web, act)

    world.on_effect = note


def points(how: How) -> Iterator[int]:
    """Yield every point of a run, for as long as it lasts."""
    for at in count(1):
        yield at
        if how is not How.DURING:
            yield -at


def tell_all(here: str, there: str, how: How) -> tuple[int, list[str]]:
    """Tell all worlds of a pair. Returns how many they are, and what is wrong."""
    wrong = []
    for worlds, at in enumerate(points(how), 1):
        try:
            if not tell(here, there, how, at):
                return worlds, wrong
        except Exception as error:  # noqa: BLE001  whatever it is, it is the finding
            wrong.append(f"{here} | {there}, {how}, at {at}: {error!r}")
    raise AssertionError("a run without an end")


def main() -> int:
    """Run as a program."""
    parser = argparse.ArgumentParser(prog="python -m tests.sync.simulator.pairs")
    parser.add_argument("--shard", default="0/1", metavar="N/OF")
    shard, of = (int(one) for one in parser.parse_args().shard.split("/"))
    began = time.monotonic()
    worlds = failures = 0
    for number, (here, there) in enumerate(PAIRS):
        if number % of != shard:
            continue
        for how in How:
            some, wrong = tell_all(here, there, how)
            worlds, failures = worlds + some, failures + len(wrong)
            for line in wrong:
                say(line)
        seconds = time.monotonic() - began
        say(
            f"{number + 1} pairs, {worlds:,} worlds, {failures} failed, {seconds:.0f} s"
        )
    return int(failures > 0)


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
