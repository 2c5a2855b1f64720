"""Shapes: turned with their photo, and their outlines inside the frame."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.markup_shapes import (
    COLOURS,
    FRAME,
    POINTS,
    UNIT,
    Outline,
    Shape,
    edge_of,
    frame_of,
    lettering,
    outlines,
    placed,
    turned,
)

ROTATIONS = (0, 90, 180, 270)
PLACES = st.tuples(st.integers(0, UNIT), st.integers(0, UNIT))
SHAPES = st.sampled_from([kind for kind in POINTS if kind != "text"]).flatmap(
    lambda kind: st.builds(
        Shape,
        kind=st.just(kind),
        colour=st.sampled_from(sorted(COLOURS)),
        width=st.integers(1, 50),
        points=st.lists(
            PLACES, min_size=POINTS[kind][0], max_size=min(9, POINTS[kind][1])
        ).map(tuple),
    )
)
SIDES = st.tuples(st.integers(1, 20_000), st.integers(1, 20_000))


@given(st.lists(PLACES).map(tuple), st.sampled_from(ROTATIONS))
def test_points_turned_there_and_back_are_where_they_were(
    points: tuple[tuple[int, int], ...], rotation: int
) -> None:
    assert turned(turned(points, rotation), 360 - rotation) == points


@pytest.mark.parametrize(
    ("rotation", "where"),
    [(0, (100, 300)), (90, (UNIT - 300, 100)), (270, (300, UNIT - 100))],
)
def test_the_top_left_goes_clockwise(rotation: int, where: tuple[int, int]) -> None:
    assert turned([(100, 300)], rotation) == (where,)


@given(SHAPES, SIDES, st.sampled_from(ROTATIONS))
def test_outlines_are_finite_and_begin_with_a_move(
    shape: Shape, sides: tuple[int, int], rotation: int
) -> None:
    turn = Shape(shape.kind, shape.colour, shape.width, turned(shape.points, rotation))
    for outline in outlines(turn, frame_of(*sides)):
        assert [step.letter for step in outline.steps].count("M") == 1
        assert outline.steps[0].letter == "M"
        numbers = [n for step in outline.steps for point in step.points for n in point]
        assert all(math.isfinite(n) and -FRAME < n < 2 * FRAME for n in numbers)


def of_kind(kind: str, *points: tuple[int, int], width: int = 4) -> Shape:
    return Shape(kind, "red", width, points)


def ends(outline: Outline) -> list[tuple[float, float]]:
    return [step.points[-1] for step in outline.steps if step.points]


def test_an_arrow_points_at_its_end() -> None:
    shaft, head = outlines(
        of_kind("arrow", (0, 50_000), (100_000, 50_000)), (1000, 500)
    )
    assert ends(head)[0] == (1000, 250)
    assert head.filled
    assert ends(shaft) == [(0, 250), (980, 250)]


def test_a_short_arrow_is_all_head() -> None:
    shaft, head = outlines(of_kind("arrow", (0, 0), (100, 0), width=8), (1000, 1000))
    assert ends(shaft) == [(0, 0), (0, 0)]
    assert ends(head)[0] == (1, 0)


@pytest.mark.parametrize("kind", ["rectangle", "cloud"])
def test_any_two_corners_give_the_same_box(kind: str) -> None:
    one = outlines(of_kind(kind, (10, 90_000), (70_000, 20)), (1000, 750))
    other = outlines(of_kind(kind, (70_000, 20), (10, 90_000)), (1000, 750))
    assert one == other


def test_a_cloud_s_bumps_lie_outside_its_box_and_meet_at_its_corners() -> None:
    (outline,) = outlines(
        of_kind("cloud", (20_000, 20_000), (80_000, 80_000)), (900, 900)
    )
    assert {(180.0, 180.0), (720.0, 180.0)} <= {
        (round(x, 6), round(y, 6)) for x, y in ends(outline)
    }
    top = outline.steps[1:24]  # 540 long, 24 (six widths) each
    assert top[-1].points[2] == pytest.approx((720, 180))
    assert all(y < 180 for step in top for _, y in step.points[:2])
    gaps = [b[0] - a[0] for a, b in pairwise(ends(outline)[:24])]
    assert max(gaps) == pytest.approx(min(gaps))


def test_a_text_runs_where_it_ran_when_it_was_written() -> None:
    shape = Shape("text", "red", 4, ((10_000, 20_000), (11_000, 20_000)), "A4\nB")
    upright = lettering(shape, (1000, 750))
    assert (upright.lines, upright.at, upright.angle) == (("A4", "B"), (100, 150), 0)
    assert upright.size == 28
    aside = Shape("text", "red", 4, turned(shape.points, 90), "A4")
    assert lettering(aside, (750, 1000)).angle == pytest.approx(90)


def test_the_frame_is_as_long_as_its_longer_side() -> None:
    assert frame_of(4000, 3000) == (1000, 750)
    assert frame_of(3000, 4000) == (750, 1000)
    assert placed([(UNIT, UNIT)], (750, 1000)) == [(750, 1000)]


@pytest.mark.parametrize("colour", COLOURS)
def test_each_colour_stands_out_from_its_edge(colour: str) -> None:
    assert _contrast(COLOURS[colour], edge_of(colour)) >= 3  # WCAG 1.4.11


def _contrast(one: str, other: str) -> float:
    lights = sorted(_light(colour) + 0.05 for colour in (one, other))
    return lights[1] / lights[0]


def _light(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
    ]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
