"""A short week of the long run (``make soak``)."""

from __future__ import annotations

from dataclasses import replace

from tests.sync.simulator.soak import WEATHER, Plan, begin


def test_a_week_of_laptops_that_meet_seldom_ends_well() -> None:
    soak = begin(2, Plan(photos=40, weeks=1, edits=3))
    # so short a time needs worse weather for everything to go wrong
    soak.world.weather = replace(WEATHER, requests=0.1, crash=0.01, sleep=0.01)
    soak.last()
    assert {what for what, n in soak.world.struck.items() if n} == {
        "fault",
        "crash",
        "sleep",
    }
