"""Two places, and how far one is from the other."""

from __future__ import annotations

import math

from archive.grouping import pixel

SITE = (59.91, 10.75)


NEAR = (59.912, 10.754)


def across(one: tuple[float, float], other: tuple[float, float]) -> float:
    return math.dist(pixel(*one, 22), pixel(*other, 22))
