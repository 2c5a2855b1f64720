"""Key plans: each number where its photo was taken, on which plan, none on another."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.export.pdf import Template
from archive.export.pdf.charts import MOST_PINS, KeyPlan, key_plan
from archive.export.pdf.layout import Box, paper
from archive.export.pdf.pins import Pin, overlap, ranges, spread
from archive.export.pdf.sections import Item, Section
from archive.plans import Plan, between
from archive.search.regions import Window
from tests.archive.shots import CHARTED, shot


def charted(
    photos: list[Any], plans: list[Plan] | None = None, template: Template = CHARTED
) -> KeyPlan:
    items = tuple(Item(photo, n) for n, photo in enumerate(photos, 1))
    return key_plan([Section("all", items)], template, plans or [])


def plan(
    name: str, number: int = 1, *, metres: float = 200, turned: bool = False
) -> Plan:
    """A plan around the place, its top north; or, turned, its top east."""
    south, west = shot(-metres / 2, -metres / 2), shot(metres / 2, metres / 2)
    corners = between(
        (south.latitude, south.longitude), (west.latitude, west.longitude)
    )
    if turned:
        top_left, top_right, bottom_left = corners
        bottom_right = (bottom_left[0], top_right[1])
        corners = (top_right, bottom_right, top_left)
    return Plan(
        id=number,
        uuid="",
        name=name,
        kind="image",
        sha256="0" * 64,
        extension="png",
        bytes=1,
        media_type="image/png",
        opacity=1,
        attribution="",
        size=(1000, 1000),
        corners=corners,
    )


def pins(key: KeyPlan) -> dict[str, Pin]:
    return {pin.label: pin for chart in key.charts for pin in chart.pins}


# Where they stand


def test_pins_stand_where_photos_were_taken_and_look_where_they_looked() -> None:
    key = charted(
        [shot(0, 0, direction=90), shot(40, 0, direction=0), shot(0, 40, direction=225)]
    )
    (chart,) = key.charts
    found = pins(key)
    middle, east, north = (found[str(n)] for n in (1, 2, 3))
    assert east.at[0] - middle.at[0] == pytest.approx(40 * chart.metre, rel=0.01)
    assert middle.at[1] - north.at[1] == pytest.approx(40 * chart.metre, rel=0.01)
    assert middle.looks == pytest.approx((1, 0), abs=1e-9)
    assert east.looks == pytest.approx((0, -1), abs=1e-9)
    assert north.looks == pytest.approx((-math.sqrt(0.5), math.sqrt(0.5)), abs=1e-9)


def test_on_a_plan_that_is_turned_all_turns_with_it() -> None:
    key = charted([shot(50, 0, direction=0)], [plan("Site", turned=True)])
    (chart,) = key.charts
    (pin,) = chart.pins
    assert chart.north == pytest.approx((-1, 0), abs=1e-6)  # its top is east
    assert pin.looks == pytest.approx((-1, 0), abs=1e-6)
    assert pin.at[0] == pytest.approx(chart.frame.x + chart.frame.w / 2, abs=0.1)
    assert pin.at[1] == pytest.approx(chart.frame.y + chart.frame.h / 4, abs=0.3)
    assert chart.metre == pytest.approx(chart.frame.w / 200, rel=0.01)


def test_photos_far_apart_have_pages_of_their_own() -> None:
    key = charted([shot(), shot(5000, 0), shot(30, 0), shot(5030, 20)])
    assert [[pin.label for pin in chart.pins] for chart in key.charts] == [
        ["1", "3"],
        ["2", "4"],
    ]
    assert {chart.scale for chart in key.charts} == {500}


def test_more_pins_than_a_page_takes_go_on_on_the_next() -> None:
    key = charted([shot(n % 30 * 9, n // 30 * 9) for n in range(300)])
    assert len(key.charts) > 3
    assert all(len(chart.pins) <= MOST_PINS for chart in key.charts)
    assert sorted(map(int, pins(key))) == list(range(1, 301))
    assert key.charts[0].part == (1, len(key.charts))


def test_photos_of_one_view_share_a_pin() -> None:
    key = charted([*(shot(direction=10) for _ in range(3)), shot(direction=200)])
    assert list(pins(key)) == ["1–3", "4"]
    assert key.page_of() == {1: 0, 2: 0, 3: 0, 4: 0}


def test_photos_without_a_position_are_named() -> None:
    photos = [shot(), *(shot(nowhere=True) for _ in range(3)), shot()]
    key = charted(photos)
    assert key.unplaced == "2–4"
    assert key.pages == 1
    lost = charted(
        [shot(n % 40 * 15, n // 40 * 15, nowhere=n % 2 == 0) for n in range(2000)]
    )
    numbers = ", ".join(lost.texts).replace(" ", "").replace(",,", ",")
    assert len(lost.texts) == 2
    assert [int(n) for n in numbers.split(",")] == list(range(1, 2001, 2))
    assert charted([shot(nowhere=True)]).pages == 1


# On which plan


@pytest.mark.parametrize(
    ("names", "location", "wanted"),
    [
        (["Site", "Level 1"], "Tower>Level 1>Lobby", "Level 1"),
        (["Site plan", "Tower Level 1"], "Tower>Level 1", "Tower Level 1"),
        (["Site plan", "Tower Level 1"], "Tower>Level 5", "Site plan"),
        (["Tower Level 1"], "Tower>Level 5", None),
        (["Level 1"], "Level 5", None),
        (["Level 1"], None, "Level 1"),
        (["Site plan"], "Tower>Level 5", "Site plan"),
        (["Level 1", "Level 10"], "Level 10", "Level 10"),
        (["Levels"], "Tower>Level 1", "Levels"),
    ],
)
def test_a_photo_stands_on_the_plan_of_its_place(
    names: list[str], location: str | None, wanted: str | None
) -> None:
    tree = [
        shot(9000, 0, location=where) for where in ("Site", "Tower>Level 1", "Tower")
    ]
    plans = [plan(name, number) for number, name in enumerate(names, 1)]
    key = charted([shot(location=location), *tree], plans)
    (chart,) = (c for c in key.charts if any(pin.label == "1" for pin in c.pins))
    assert (chart.plan.name if chart.plan else None) == wanted


def test_beyond_the_plan_there_is_a_map() -> None:
    key = charted([shot(), shot(150, 0)], [plan("Site")])
    assert [chart.plan is None for chart in key.charts] == [False, True]


def test_photos_in_a_corner_of_a_plan_are_shown_larger() -> None:
    photos = [shot(n, 60) for n in range(8)]
    (chart,) = charted(photos, [plan("Site", metres=2000)]).charts
    assert chart.ground is not None
    assert chart.ground.w > 2 * chart.frame.w
    assert all(_within(Box(*pin.at, 0, 0), chart.frame) for pin in chart.pins)


# Room for each


@given(
    st.lists(
        st.tuples(
            st.floats(-90, 90), st.floats(-90, 90), st.none() | st.floats(0, 359)
        ),
        min_size=1,
        max_size=60,
    ),
    st.floats(0.01, 3),
)
def test_no_pin_covers_another(
    spots: list[tuple[float, float, float | None]], apart: float
) -> None:
    photos = [shot(x * apart, y * apart, direction=d) for x, y, d in spots]
    for chart in charted(photos).charts:
        assert _within(chart.frame, Box(0, 0, *paper(CHARTED)))
        for pin in chart.pins:
            assert _within(pin.room(), chart.frame)
            assert _within(Box(*pin.at, 0, 0), chart.frame)
        for one, other in combinations(chart.pins, 2):
            assert not overlap(one.box(), other.box())


def _within(box: Box, frame: Box) -> bool:
    return (
        box.x >= frame.x - 1e-6
        and box.y >= frame.y - 1e-6
        and box.x + box.w <= frame.x + frame.w + 1e-6
        and box.y + box.h <= frame.y + frame.h + 1e-6
    )


def test_pins_without_room_still_stand_in_the_frame() -> None:
    crowd = [Pin((n, n), (10.0, 10.0), None) for n in range(30)]
    frame = Box(0, 0, 20, 20)
    assert all(_within(pin.box(), frame) for pin in spread(crowd, frame))


@pytest.mark.parametrize(
    ("numbers", "said"), [([3, 1, 2], "1–3"), ([1, 2, 7], "1–2, 7"), ([], "")]
)
def test_numbers_are_told_in_runs(numbers: list[int], said: str) -> None:
    assert ranges(numbers) == said


def test_tiles_cover_the_frame() -> None:
    streets = replace(
        plan("Streets"),
        kind="pmtiles",
        corners=None,
        size=None,
        window=Window(-85, -180, 85, 180),
        zooms=(0, 19),
    )
    (chart,) = charted([shot(), shot(300, 100)], [streets]).charts
    assert chart.ground is not None
    assert chart.tiles is not None
    assert _within(chart.frame, chart.ground)
    assert chart.tiles.columns * chart.tiles.rows <= 120
