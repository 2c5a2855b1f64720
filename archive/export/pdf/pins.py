"""Numbered pins on a page: where each stands so that none covers another.

Millimetres, down from the top. A pin stands where its photo was taken, or beside it
with a line to that place.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace

from archive.export.pdf.layout import Box

HEIGHT = 4.8
BEAK = 1.7  # beyond the edge, towards what was photographed
GAP = 0.5
_DIGIT = 1.32  # width of one at the size of the numbers
_LEAST_WIDTH = 4.8
_STEP = 2.1  # from ring to ring of places that are tried
_RINGS = 40
_Cell = tuple[int, int]
_NEAR = 0.4  # a pin this close to its place needs no line


@dataclass(frozen=True, slots=True)
class Pin:
    """Photos that were taken at one place, looking one way.

    :param numbers: first and last
    :param at: where that is
    :param looks: unit vector towards what is seen; None: unknown
    :param place: of the pin's middle
    """

    numbers: tuple[int, int]
    at: tuple[float, float]
    looks: tuple[float, float] | None
    place: tuple[float, float] = (0.0, 0.0)

    @property
    def label(self) -> str:
        """What stands in it."""
        first, last = self.numbers
        return str(first) if first == last else f"{first}–{last}"

    @property
    def width(self) -> float:
        """How wide it is, without its beak."""
        return max(_LEAST_WIDTH, len(self.label) * _DIGIT + 1.6)

    @property
    def moved(self) -> bool:
        """Whether it stands beside its place."""
        return math.dist(self.at, self.place) > _NEAR

    def box(self) -> Box:
        """Return where it is, without its beak."""
        x, y = self.place
        return Box(x - self.width / 2, y - HEIGHT / 2, self.width, HEIGHT)

    def room(self) -> Box:
        """Return what is to be free of others: with its beak."""
        box = self.box()
        left, top, right, bottom = (GAP / 2,) * 4
        if self.looks:
            x, y = self.looks
            left, right = left + BEAK * max(-x, 0), right + BEAK * max(x, 0)
            top, bottom = top + BEAK * max(-y, 0), bottom + BEAK * max(y, 0)
        return Box(
            box.x - left, box.y - top, box.w + left + right, box.h + top + bottom
        )


def spread(pins: Sequence[Pin], frame: Box, kept: Sequence[Box] = ()) -> list[Pin]:
    """Return pins at places of their own within a frame, the first of them first.

    Where there is no room left they lie on each other: a frame has room for hundreds.

    :param kept: where there is something else
    """
    middle = _middle([pin.at for pin in pins])
    taken = {cell for box in kept for cell in _cells(box)}
    found = []
    for pin in pins:
        placed = _placed(pin, middle, frame, taken)
        taken.update(_cells(placed.room()))
        found.append(placed)
    return found


def _placed(
    pin: Pin, middle: tuple[float, float], frame: Box, taken: Container[_Cell]
) -> Pin:
    here = pin.room()
    for x, y in _places(pin.at, middle):
        room = here._replace(x=here.x + x, y=here.y + y)
        if _inside(room, frame) and not any(cell in taken for cell in _cells(room)):
            return replace(pin, place=(x, y))
    return replace(pin, place=_within(pin, frame))


def _cells(box: Box) -> Iterator[_Cell]:
    """Yield the square millimetres that a box lies on."""
    across = range(math.floor(box.x), math.ceil(box.x + box.w))
    down = range(math.floor(box.y), math.ceil(box.y + box.h))
    return ((x, y) for y in down for x in across)


def _places(
    at: tuple[float, float], middle: tuple[float, float]
) -> Iterator[tuple[float, float]]:
    """Yield a place, and rings around it; away from the middle of all first."""
    yield at
    away = math.atan2(at[1] - middle[1], at[0] - middle[0])
    for ring in range(2, _RINGS):
        steps = 6 * ring
        for step in range(steps):
            turn = (step + 1) // 2 * (1 if step % 2 else -1)
            angle = away + turn * math.tau / steps
            reach = ring * _STEP
            yield at[0] + reach * math.cos(angle), at[1] + reach * math.sin(angle)


def _within(pin: Pin, frame: Box) -> tuple[float, float]:
    half = pin.width / 2
    x = min(max(pin.at[0], frame.x + half), frame.x + frame.w - half)
    y = min(max(pin.at[1], frame.y + HEIGHT / 2), frame.y + frame.h - HEIGHT / 2)
    return x, y


def _middle(places: Sequence[tuple[float, float]]) -> tuple[float, float]:
    if not places:
        return 0.0, 0.0
    return (
        sum(x for x, _ in places) / len(places),
        sum(y for _, y in places) / len(places),
    )


def _inside(box: Box, frame: Box) -> bool:
    return (
        box.x >= frame.x
        and box.y >= frame.y
        and box.x + box.w <= frame.x + frame.w
        and box.y + box.h <= frame.y + frame.h
    )


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes lie on each other."""
    return (
        one.x < other.x + other.w
        and other.x < one.x + one.w
        and one.y < other.y + other.h
        and other.y < one.y + one.h
    )


def ranges(numbers: Sequence[int]) -> str:
    """Return numbers as people write them: ``1–3, 7``."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(
        str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs
    )
