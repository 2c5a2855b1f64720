"""A short week of the long run (``make soak``)."""

from __future__ import annotations

from tests.sync.simulator.soak import Plan, begin


def test_a_week_of_laptops_that_meet_seldom_ends_well() -> None:
    soak = begin(2, Plan(photos=40, weeks=1, edits=3))
    soak.last()
    assert soak.requests
