"""What can be drawn on a photo, and its outlines: points in, lines and curves out.

A shape's points lie in the picture upright as its file has it, in 1/100,000 of its
width and height, so that they hold for every rendition. Whoever shows a photo turns
them as the photo is turned (``turned``), and asks for outlines in a frame whose longer
side is 1,000 (``frame_of``). ``plugins/static/markup-shapes.js`` draws the same; a test
holds the two together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

UNIT = 100_000  # a picture's width, and its height, in the units of points
FRAME = 1000.0  # the longer side of the frame that outlines are in

# kind: how many points it has, at least and at most. Of line and arrow the ends, of
# rectangle, ellipse and cloud two corners; of text where it begins (at its top), and a
# point towards which its lines run.
POINTS = {
    "pen": (2, 1000),
    "line": (2, 2),
    "arrow": (2, 2),
    "rectangle": (2, 2),
    "ellipse": (2, 2),
    "cloud": (2, 2),
    "text": (2, 2),
}
# As red, green and blue. Each stands out on a photo by the edge around it (edge_of).
COLOURS = {
    "red": "#e5241b",
    "orange": "#ff8a00",
    "yellow": "#ffd800",
    "green": "#1f9d3a",
    "blue": "#1669e0",
    "violet": "#8e3ccf",
    "black": "#000000",
    "white": "#ffffff",
}
_LIGHT = ("orange", "yellow", "white")
WIDTHS = (2, 4, 8)  # that are offered: thin, medium, thick
LETTERS = 7  # a line of text is as many widths high
LEADING = 1.25  # from line to line, in heights
EDGE = 1.5  # of the edge on either side, in 1/1,000 of the longer side
_HEAD = 5.0  # the length of an arrow's head, in widths, if it is long enough
_BUMP = 6.0  # the length of a cloud's bump, in widths
_MOST_BUMPS = 80  # along one side
_KAPPA = 0.5522847498  # a quarter of a circle as one curve (4/3 (sqrt 2 - 1))

Point = tuple[float, float]
Points = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """One thing that is drawn.

    :param points: in units of the picture; ``width`` in 1/1,000 of its longer side
    """

    kind: str
    colour: str
    width: int
    points: Points
    text: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A piece of an outline: to (M), line (L), curve (C) or back to its start (Z)."""

    letter: str
    points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """A path, in the units of the frame.

    :param filled: it is an area of the colour, not a line
    """

    steps: tuple[Step, ...]
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Lettering:
    """Where the lines of a text stand, in the units of the frame.

    :param at: where the first line begins, at its top
    :param angle: of the lines, in degrees clockwise
    :param size: of the letters; each line lies ``LEADING`` sizes below the last
    """

    lines: tuple[str, ...]
    at: Point
    angle: float
    size: float


def edge_of(colour: str) -> str:
    """Return the colour of the edge that lets a colour stand out on any picture."""
    return "#000000" if colour in _LIGHT else "#ffffff"


def turned(points: Sequence[tuple[int, int]], rotation: int) -> Points:
    """Return points of the upright picture in the picture turned clockwise.

    :param rotation: 0, 90, 180 or 270; for the way back, 360 less
    """
    found = tuple((int(x), int(y)) for x, y in points)
    for _ in range(rotation % 360 // 90):
        found = tuple((UNIT - y, x) for x, y in found)
    return found


def frame_of(width: int, height: int) -> tuple[float, float]:
    """Return the sides of the frame of a picture of these sides."""
    longer = max(width, height)
    return FRAME * width / longer, FRAME * height / longer


def placed(
    points: Sequence[tuple[int, int]], frame: tuple[float, float]
) -> list[Point]:
    """Return points in the units of a frame."""
    return [(x * frame[0] / UNIT, y * frame[1] / UNIT) for x, y in points]


def outlines(shape: Shape, frame: tuple[float, float]) -> tuple[Outline, ...]:
    """Return the paths of a shape in a frame; none of a text, which is letters."""
    if shape.kind == "text":
        return ()
    points = placed(shape.points, frame)
    if shape.kind in ("pen", "line"):
        return (Outline(tuple(_lines(points))),)
    if shape.kind == "arrow":
        return _arrow(points[0], points[1], shape.width)
    box = _box(points[0], points[1])
    return (Outline((*_around(shape, box), Step("Z"))),)


def lettering(shape: Shape, frame: tuple[float, float]) -> Lettering:
    """Return where a text stands in a frame."""
    at, towards = placed(shape.points, frame)
    angle = math.degrees(math.atan2(towards[1] - at[1], towards[0] - at[0]))
    return Lettering(
        tuple(shape.text.split("\n")), at, angle, float(shape.width * LETTERS)
    )


def _lines(points: Sequence[Point]) -> Iterator[Step]:
    for n, point in enumerate(points):
        yield Step("L" if n else "M", (point,))


def _arrow(start: Point, end: Point, width: int) -> tuple[Outline, ...]:
    """Return the shaft, up to the head, and the head, whose point is the end."""
    across, down = end[0] - start[0], end[1] - start[1]
    length = math.hypot(across, down)
    if not length:
        return (Outline(tuple(_lines([start, end]))),)
    along = (across / length, down / length)
    head = min(_HEAD * width, length)
    base = (end[0] - along[0] * head, end[1] - along[1] * head)
    aside = (-along[1] * head * 0.5, along[0] * head * 0.5)
    left = (base[0] + aside[0], base[1] + aside[1])
    right = (base[0] - aside[0], base[1] - aside[1])
    return (
        Outline(tuple(_lines([start, base]))),
        Outline((*_lines([end, left, right]), Step("Z")), filled=True),
    )


def _box(one: Point, other: Point) -> tuple[float, float, float, float]:
    (x, y), (u, v) = one, other
    return min(x, u), min(y, v), max(x, u), max(y, v)


def _corners(box: tuple[float, float, float, float]) -> list[Point]:
    left, top, right, bottom = box
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _around(shape: Shape, box: tuple[float, float, float, float]) -> Iterator[Step]:
    if shape.kind == "cloud":
        return _cloud(box, shape.width)
    return _ellipse(box) if shape.kind == "ellipse" else _lines(_corners(box))


def _ellipse(box: tuple[float, float, float, float]) -> Iterator[Step]:
    left, top, right, bottom = box
    x, y = (left + right) / 2, (top + bottom) / 2
    a, b = (right - left) / 2 * _KAPPA, (bottom - top) / 2 * _KAPPA
    yield Step("M", ((right, y),))
    yield Step("C", ((right, y + b), (x + a, bottom), (x, bottom)))
    yield Step("C", ((x - a, bottom), (left, y + b), (left, y)))
    yield Step("C", ((left, y - b), (x - a, top), (x, top)))
    yield Step("C", ((x + a, top), (right, y - b), (right, y)))


def _cloud(box: tuple[float, float, float, float], width: int) -> Iterator[Step]:
    """Yield half circles outwards along the sides, as revisions are marked on plans."""
    corners = _corners(box)
    yield Step("M", (corners[0],))
    for start, end in zip(corners, [*corners[1:], corners[0]], strict=True):
        yield from _bumps(start, end, width)


def _bumps(start: Point, end: Point, width: int) -> Iterator[Step]:
    across, down = end[0] - start[0], end[1] - start[1]
    length = math.hypot(across, down)
    count = min(_MOST_BUMPS, max(1, math.floor(length / (_BUMP * width) + 0.5)))
    across, down = across / count, down / count
    # the control points of a half circle lie 4/3 of its radius outside
    out = (down * 2 / 3, -across * 2 / 3)
    x, y = start
    for n in range(1, count + 1):
        to = (start[0] + across * n, start[1] + down * n)
        first = (x + out[0], y + out[1])
        yield Step("C", (first, (to[0] + out[0], to[1] + out[1]), to))
        x, y = to
