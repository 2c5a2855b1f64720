"""Lines and filled shapes as operators of a page (ISO 32000-1, 8.5).

Millimetres from the top left go in, points from the bottom left come out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.export.pdf.layout import Box

POINT = 72 / 25.4  # points a millimetre
_ROUND = 0.5523  # of a Bézier curve that is a quarter of a circle

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Pen:
    """Draws on pages of one height, millimetres."""

    height: float

    def spot(self, x: float, y: float) -> str:
        """Return a place as operators take it."""
        return f"{x * POINT:.2f} {(self.height - y) * POINT:.2f}"

    def filled(self, path: str, colour: Colour) -> str:
        """Fill a path."""
        return f"q {_numbers(colour)} rg {path} f Q"

    def drawn(self, path: str, colour: Colour, width: float) -> str:
        """Draw along a path, with round ends."""
        return f"q {_numbers(colour)} RG {width * POINT:.2f} w 1 J 1 j {path} S Q"

    def line(self, *spots: tuple[float, float]) -> str:
        """Return a path from place to place."""
        first, *others = (self.spot(*spot) for spot in spots)
        return f"{first} m " + " ".join(f"{spot} l" for spot in others)

    def polygon(self, spots: Sequence[tuple[float, float]]) -> str:
        """Return a closed path."""
        return f"{self.line(*spots)} h"

    def rectangle(self, box: Box) -> str:
        """Return the edge of a box."""
        corner = self.spot(box.x, box.y + box.h)
        return f"{corner} {box.w * POINT:.2f} {box.h * POINT:.2f} re"

    def pill(self, box: Box) -> str:
        """Return a box with round ends; of a square it is a circle."""
        r = box.h / 2
        k = r * (1 - _ROUND)
        left, top, right, bottom = box.x, box.y, box.x + box.w, box.y + box.h
        middle = top + r
        start = self.spot(left + r, top)
        curves = (
            (right - r, top, right - k, top, right, top + k, right, middle),
            (right, middle, right, bottom - k, right - k, bottom, right - r, bottom),
            (left + r, bottom, left + k, bottom, left, bottom - k, left, middle),
            (left, middle, left, top + k, left + k, top, left + r, top),
        )
        path = [f"{start} m"]
        for x0, y0, x1, y1, x2, y2, x3, y3 in curves:
            ends = (self.spot(x, y) for x, y in ((x1, y1), (x2, y2), (x3, y3)))
            path.append(f"{self.spot(x0, y0)} l {' '.join(ends)} c")
        return f"{' '.join(path)} h"

    def disc(self, x: float, y: float, radius: float) -> str:
        """Return a circle."""
        return self.pill(Box(x - radius, y - radius, 2 * radius, 2 * radius))


def _numbers(values: Sequence[float]) -> str:
    return " ".join(f"{value:.3f}" for value in values)
