"""Which tiles of a map that people have lie below the pins of a key plan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from archive.export.pdf.layout import Box
from archive.export.pdf.rendering import TILE
from archive.plans.records import Plan

_MOST = 120  # tiles of a page
_FINE = 6.0  # pixels a millimetre: 150 dots per inch
_COARSE = 3  # zooms that a tile is stretched by, at most: beyond, it shows nothing


@dataclass(frozen=True, slots=True)
class Tiles:
    """Tiles of a file: so many from a column and a row on, at a zoom."""

    plan: Plan
    zoom: int
    left: int
    top: int
    columns: int
    rows: int


def tiles_for(
    plans: Sequence[Plan],
    middle: tuple[float, float],
    page: tuple[Box, float],
) -> tuple[Tiles | None, Box | None]:
    """Return the tiles that lie below a frame, and where all of them do.

    :param middle: of the frame: radians east, and north on the mercator plane
    :param page: the frame, and how many millimetres a radian is
    """
    frame, step = page
    wanted = math.log2(math.tau * step * _FINE / TILE)
    fit = [plan for plan in plans if _covers(plan, middle) and _deep(plan, wanted)]
    if not fit:
        return None, None
    plan = max(fit, key=lambda one: (one.zooms or (0, 0))[1])
    low, high = plan.zooms or (0, 0)
    zoom = max(low, min(high, math.ceil(wanted)))
    tiles = _tiles(plan, middle, page, zoom)
    while tiles.columns * tiles.rows > _MOST and zoom > low:
        zoom -= 1
        tiles = _tiles(plan, middle, page, zoom)
    if tiles.columns * tiles.rows > _MOST:
        return None, None
    side = math.tau * step / 2**zoom
    x = frame.x + frame.w / 2 + tiles.left * side - (middle[0] + math.pi) * step
    y = frame.y + frame.h / 2 + tiles.top * side - (math.pi - middle[1]) * step
    return tiles, Box(x, y, tiles.columns * side, tiles.rows * side)


def _covers(plan: Plan, middle: tuple[float, float]) -> bool:
    if plan.window is None:
        return False
    latitude = math.degrees(math.atan(math.sinh(middle[1])))
    longitude = math.degrees(middle[0])
    window = plan.window
    return (
        window.south <= latitude <= window.north
        and window.west <= longitude <= window.east
    )


def _deep(plan: Plan, wanted: float) -> bool:
    return (plan.zooms or (0, 0))[1] >= wanted - _COARSE


def _tiles(
    plan: Plan, middle: tuple[float, float], page: tuple[Box, float], zoom: int
) -> Tiles:
    frame, step = page
    side = math.tau * step / 2**zoom  # of a tile, millimetres
    across = (middle[0] + math.pi) * step / side
    down = (math.pi - middle[1]) * step / side
    half = frame.w / 2 / side, frame.h / 2 / side
    left, top = math.floor(across - half[0]), math.floor(down - half[1])
    right, bottom = math.floor(across + half[0]), math.floor(down + half[1])
    return Tiles(plan, zoom, left, top, right - left + 1, bottom - top + 1)
