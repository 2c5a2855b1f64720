"""Two laptops, a remote and a stick, in any order, under hypothesis.

Runs go on some steps at a time, requests go wrong, programs are killed after any
effect: a request, or a commit. Bundles are written and taken in between. For a night:
SYNC_MACHINES=20000 (examples), SYNC_MACHINE_STEPS=40.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from sync.errors import RemoteError
from tests.sync.exchanging.beside import World
from tests.sync.exchanging.laptops import Laptop
from tests.sync.simulator.faults import Fault

EXAMPLES = int(os.environ.get("SYNC_MACHINES", "6"))
STEPS = int(os.environ.get("SYNC_MACHINE_STEPS", "16"))
WHO = st.integers(0, 1)
ANYWHERE = st.sampled_from([0, 1, None])  # a laptop, or the browser there


class Meeting(RuleBasedStateMachine):
    """The rules are what people, programs and bad lines do."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp())
        self.world = World(self.folder, 1)
        for where in (self.world.laptops[0], None):
            self.world.add(where)

    def where(self, number: int | None) -> Laptop | None:
        return None if number is None else self.world.laptops[number]

    @rule(where=ANYWHERE, what=st.sampled_from(["write", "star", "add", "recycle"]))
    def somebody_acts(self, where: int | None, what: str) -> None:
        getattr(self.world, what)(self.where(where))

    @rule(who=WHO, steps=st.integers(1, 40), fault=st.sampled_from([None, *Fault]))
    def a_run_goes_on(self, who: int, steps: int, fault: Fault | None) -> None:
        one = self.world.laptops[who]
        self.world.begin(one)
        self.world.fault = fault
        with suppress(RemoteError):
            for _ in range(steps):
                if self.world.step(one) is not None:
                    break
        self.world.fault = None

    @rule(who=WHO)
    def it_is_killed(self, who: int) -> None:
        self.world.kill(self.world.laptops[who])

    @rule(who=WHO)
    def a_bundle_is_written(self, who: int) -> None:
        one = self.world.laptops[who]
        self.world.told.append((one, one.tell()))

    @rule(who=WHO, which=st.integers(0, 20))
    def a_bundle_is_taken_in(self, who: int, which: int) -> None:
        one = self.world.laptops[who]
        others = [told for by, told in self.world.told if by is not one]
        if others:
            one.hear(others[which % len(others)])

    def teardown(self) -> None:
        try:
            for one in self.world.laptops:
                self.world.kill(one)
            self.world.come_to_rest()
            self.world.check()
        finally:
            for one in self.world.laptops:
                one.close()
            rmtree(self.folder)


def test_laptops_a_remote_and_a_stick_end_with_the_same_and_lose_nothing() -> None:
    some = settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None)
    run_state_machine_as_test(Meeting, settings=some)
