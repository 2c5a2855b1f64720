"""``python -m tests.sync.simulator.soak``: weeks offline, with many photos, for hours.

Layer V7 of the sync design (§3.1): three laptops, and requests that take as long as a
limit of 600 an hour makes them on average (how a limit is kept is tested with the
driver). People write on all sides every day; one laptop syncs daily, one weekly, one
not before the end. Lines go wrong, programs are killed, laptops sleep. In the end all
hold the same, nothing is lost and nothing is there twice (P1 to P6).
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from dataclasses import dataclass

from sync.effects import Ask, Effect
from sync.engine import Order
from tests.sync.simulator.faults import Fault, Weather
from tests.sync.simulator.habits import Habits
from tests.sync.simulator.seeds import BRAKES, Story
from tests.sync.simulator.world import SETTLE, Laptop, World

DAY, HOUR = 86_400, 3_600
WEATHER = Weather(
    requests=0.02,
    kinds=dict.fromkeys(Fault, 1.0),
    crash=0.0005,
    sleep=0.001,
    files=0.02,
    again=0.01,
)
# What a person does on a day; albums and places seldom
_ACTS = {
    "describe": 6,
    "add": 4,
    "tag": 3,
    "move": 3,
    "put": 3,
    "star": 2,
    "log": 1,
    "recycle": 2,
    "retrieve": 1,
    "comment": 1,
    "private": 1,
    "add album": 0.3,
    "rename album": 0.3,
    "add place": 0.3,
    "rename place": 0.3,
}


@dataclass(frozen=True)
class Plan:
    """How much there is of everything.

    :param edits: of each side on a day
    :param rate: requests that a laptop sends within an hour
    """

    photos: int = 10_000
    weeks: int = 8
    edits: int = 12
    rate: int = 600


@dataclass
class Soak:
    """A long story under way."""

    plan: Plan
    story: Story
    requests: int = 0

    @property
    def world(self) -> World:
        """All there is."""
        return self.story.world

    def last(self) -> None:
        """Let the weeks pass, and everybody come to rest.

        :raises AssertionError: it does not end well
        """
        daily, weekly, _ = self.world.laptops
        for day in range(self.plan.weeks * 7):
            self._edit()
            self.world.pass_time(DAY)
            self._sync(daily)
            if day % 7 == 6:
                self._sync(weekly)
        self.story.end()

    def _edit(self) -> None:
        sides = [*(one.side for one in self.world.laptops), self.world.web]
        for side in sides:
            for act in self.story.chance.choices(
                list(_ACTS), list(_ACTS.values()), k=self.plan.edits
            ):
                self.world.crowd.act(side, act)

    def _sync(self, laptop: Laptop) -> None:
        order = Order(confirmed=BRAKES, settle=SETTLE)
        self.world.sync(laptop, order)

    def count(self, _: Laptop, effect: Effect) -> None:
        """Let a request take its time: as long as the next one would have to wait."""
        if isinstance(effect, Ask):
            self.requests += 1
            self.world.pass_time(HOUR / self.plan.rate)


def begin(seed: int, plan: Plan) -> Soak:
    """Return the beginning: a remote that has photos, and laptops that have them, too.

    The third has nothing yet.
    """
    chance = random.Random(f"soak {seed}")
    world = World(chance, Habits(), most_steps=1_000 + 20 * plan.photos)
    for _ in range(3):
        world.add_laptop()
    story = Story(seed, world, chance, [], [])
    for act in ("add album", "add album", "add place", "add place", "add trade"):
        world.crowd.act(world.web, act)
    for _ in range(plan.photos):
        world.crowd.act(world.web, "add")
        world.pass_time(1)
    soak = Soak(plan, story)
    world.on_effect = soak.count
    for laptop in world.laptops[:2]:
        soak._sync(laptop)
    world.weather = WEATHER
    return soak


def main() -> int:
    """Run as a program."""
    parser = argparse.ArgumentParser(prog="python -m tests.sync.simulator.soak")
    parser.add_argument("--seeds", default="0..0", metavar="A..B")
    for name, what in (("photos", int), ("weeks", int), ("edits", int), ("rate", int)):
        parser.add_argument(f"--{name}", type=what, default=getattr(Plan, name))
    args = parser.parse_args()
    plan = Plan(args.photos, args.weeks, args.edits, args.rate)
    first, last = (int(one) for one in args.seeds.split(".."))
    failed = 0
    for seed in range(first, last + 1):
        began, soak, why = time.process_time(), begin(seed, plan), "ends well"
        try:
            soak.last()
        except Exception as error:  # noqa: BLE001  whatever it is, it is the finding
            failed, why = failed + 1, f"{type(error).__name__}: {error}"
        took = time.process_time() - began
        struck = ", ".join(f"{n} of {what}" for what, n in soak.world.struck.items())
        told = f"{soak.requests:,} requests, {soak.world.effects:,} steps ({struck})"
        print(f"seed {seed}: {told}, {took:,.0f} s of CPU: {why}", flush=True)  # noqa: T201
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
