"""The simulator under hypothesis, which makes what it finds small."""

from __future__ import annotations

import random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from sync.engine import Order
from tests.sync.simulator.acting import ACTS
from tests.sync.simulator.seeds import BRAKES, Story
from tests.sync.simulator.world import SETTLE, World

EXAMPLES, STEPS = 4, 12


class Worlds(RuleBasedStateMachine):
    """Two laptops and a remote; the rules are what people and programs do."""

    def __init__(self) -> None:
        super().__init__()
        chance = random.Random(1)
        self.world = World(chance)
        self.laptops = [self.world.add_laptop(), self.world.add_laptop()]
        self.story = Story(0, self.world, chance, [], [])
        for act in ("add album", "add place", "add trade", "add", "add"):
            self.world.crowd.act(self.world.web, act)

    @rule(act=st.sampled_from(sorted(ACTS)), where=st.integers(0, 2))
    def somebody_edits(self, act: str, where: int) -> None:
        sides = [*(one.side for one in self.laptops), self.world.web]
        self.world.crowd.act(sides[where], act)

    @rule(which=st.integers(0, 1), steps=st.integers(1, 60))
    def a_run_goes_on(self, which: int, steps: int) -> None:
        laptop = self.laptops[which]
        if laptop.steps is None:
            order = Order(confirmed=BRAKES, settle=SETTLE, patient=False)
            self.world.start(laptop, order)
        for _ in range(steps):
            if laptop.steps is not None:
                self.world.step(laptop)

    @rule(which=st.integers(0, 1))
    def it_is_killed(self, which: int) -> None:
        self.world.crash(self.laptops[which])

    @rule(seconds=st.sampled_from([1.0, 200.0, 100_000.0]))
    def time_passes(self, seconds: float) -> None:
        self.world.pass_time(seconds)

    def teardown(self) -> None:
        self.story.end()


def test_whatever_happens_in_whatever_order_ends_well() -> None:
    some = settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None)
    run_state_machine_as_test(Worlds, settings=some)
