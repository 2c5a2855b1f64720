"""Where a plan lies: its corners and points."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from archive.errors import InvalidInput
from archive.grouping import pixel
from archive.plans import Point, between, check_corners, fit
from tests.archive.plans.places import NEAR, SITE


def test_between_two_corners_its_top_is_north() -> None:
    assert between(NEAR, SITE) == ((59.912, 10.75), (59.912, 10.754), (59.91, 10.75))


numbers = st.floats(-3000, 3000)


places = st.tuples(st.floats(-70, 70), st.floats(-170, 170))


@given(
    st.lists(st.tuples(numbers, numbers), min_size=3, max_size=3),
    places,
    st.floats(0, 360),
    st.floats(0.05, 3),
)
def test_a_plan_turned_and_scaled_is_found_back_from_its_points(
    spots: list[tuple[float, float]],
    origin: tuple[float, float],
    turned: float,
    scale: float,
) -> None:
    ahead, aside = (
        (spots[n][0] - spots[0][0], spots[n][1] - spots[0][1]) for n in (1, 2)
    )
    assume(abs(ahead[0] * aside[1] - ahead[1] * aside[0]) > 1000)
    assume(math.hypot(*ahead) > 100)
    start = pixel(*origin, 19)
    sine, cosine = math.sin(math.radians(turned)), math.cos(math.radians(turned))

    def there(x: float, y: float) -> tuple[float, float]:
        east = start[0] + scale * (x * cosine - y * sine)
        south = start[1] + scale * (x * sine + y * cosine)
        size = 256 * 2**19
        north = math.pi * (1 - 2 * south / size)
        return math.degrees(math.atan(math.sinh(north))), east / size * 360 - 180

    known = [Point(x, y, *there(x, y)) for x, y in spots]
    wanted = (there(0, 0), there(4000, 0), there(0, 3000))
    for points in (known, known[:2]):
        for found, right in zip(fit(4000, 3000, points), wanted, strict=True):
            assert found == pytest.approx(right, abs=2e-6)


def test_three_points_may_stretch_it() -> None:
    corners = fit(
        200,
        100,
        [Point(0, 0, 1, 1), Point(100, 0, 1, 1.001), Point(0, 100, 0.99, 1)],
    )
    assert corners == ((1, 1), (1, 1.002), (0.99, 1))


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ([Point(0, 0, 1, 1)], "two or three points"),
        ([Point(0, 0, 1, 1)] * 2, "in one line"),
        (
            [Point(0, 0, 1, 1), Point(1, 1, 2, 2), Point(2, 2, 3, 3)],
            "in one line",
        ),
        ([Point(0, 0, 1, 1), Point(900, 0, 1, 1)], "in one line"),
        ([Point(0, 0, 90, 1), Point(9, 9, 1, 1)], "no latitude"),
        ([Point(0, 0, 80, 179), Point(9, 9, 79, 179.9)], "no place for a plan"),
    ],
)
def test_points_that_place_nothing_are_refused(points: list[Point], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        fit(4000, 3000, points)


@pytest.mark.parametrize(
    "corners",
    [(), ((1, 2), (3, 4)), ((1, 2), (3, 4), (5, "x")), ((1,), (2,), (3,)), 7, None],
)
def test_what_is_no_corners_is_refused(corners: Any) -> None:
    with pytest.raises(InvalidInput):
        check_corners(corners)
