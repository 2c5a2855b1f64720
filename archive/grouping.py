"""What stands too close together on a map becomes one: pure arithmetic, no database."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from archive.cells import Block
from archive.search.regions import Window

APART = 56  # pixels: a thumb's width, so that each group can be hit
UNIT = 1e-7  # degrees; places are summed in these, as whole numbers
_TILE = 256  # pixels that the world is wide at zoom 0
_EDGE = 85.05112877980659  # degrees of latitude where a web mercator map ends


@dataclass(frozen=True, slots=True)
class Group:
    """Photos that are close together.

    :param latitudes: sum in ``UNIT``; ``longitudes`` too, which lie beyond 180 degrees
        where the map crosses that meridian
    :param window: around them, or around the middles of their cells
    :param photo: one of them, where that is known
    :param cell: the one with most of them, where they come from counters
    :param block: the smallest with all their cells, likewise
    """

    photos: int
    latitudes: int
    longitudes: int
    window: Window
    photo: int | None = None
    cell: Block | None = None
    block: Block | None = None

    @property
    def middle(self) -> tuple[float, float]:
        """Latitude and longitude, degrees."""
        unit = UNIT / self.photos
        return self.latitudes * unit, self.longitudes * unit

    def joined(self, other: Group) -> Group:
        """Return both as one; ``photo`` and ``cell`` stay."""
        return Group(
            self.photos + other.photos,
            self.latitudes + other.latitudes,
            self.longitudes + other.longitudes,
            _both(self.window, other.window),
            self.photo,
            self.cell,
            self.block and other.block and self.block.around(other.block),
        )


def _both(one: Window, other: Window) -> Window:
    return Window(
        min(one.south, other.south),
        min(one.west, other.west),
        max(one.north, other.north),
        max(one.east, other.east),
    )


def pixel(latitude: float, longitude: float, zoom: int) -> tuple[float, float]:
    """Return where a web mercator map has a place: pixels from its north-west."""
    steep = math.radians(min(_EDGE, max(-_EDGE, latitude)))
    x = (longitude + 180) / 360
    y = 0.5 - math.asinh(math.tan(steep)) / (2 * math.pi)
    return x * _TILE * 2.0**zoom, y * _TILE * 2.0**zoom


def apart(groups: Iterable[Group], zoom: int, distance: float = APART) -> list[Group]:
    """Join groups whose middles are closer than that on the map; the largest first."""
    pins = [_Pin(*pixel(*group.middle, zoom), group) for group in groups]
    while True:
        joined = _joined_once(sorted(pins, key=_largest_first), distance)
        if len(joined) == len(pins):
            return [pin.group for pin in sorted(joined, key=_largest_first)]
        pins = [
            pin
            if pin.group is pin.alone
            else _Pin(*pixel(*pin.group.middle, zoom), pin.group)
            for pin in joined
        ]


@dataclass(slots=True)
class _Pin:
    """Where a group stands on the map; ``alone`` is what it was when it came there."""

    x: float
    y: float
    group: Group
    alone: Group = field(init=False)

    def __post_init__(self) -> None:
        self.alone = self.group


def _largest_first(pin: _Pin) -> tuple[int, int, int]:
    group = pin.group
    return -group.photos, group.latitudes, group.longitudes


def _joined_once(pins: Iterable[_Pin], distance: float) -> list[_Pin]:
    """Let each, in their order, take in those after it that are near."""
    kept: list[_Pin] = []
    squares: dict[tuple[int, int], list[_Pin]] = {}
    for pin in pins:
        square = int(pin.x // distance), int(pin.y // distance)
        near = _nearest(pin, square, squares)
        if near is not None and math.dist((pin.x, pin.y), (near.x, near.y)) < distance:
            near.group = near.group.joined(pin.group)
        else:
            squares.setdefault(square, []).append(pin)
            kept.append(pin)
    return kept


_AROUND = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)]


def _nearest(
    pin: _Pin, square: tuple[int, int], squares: dict[tuple[int, int], list[_Pin]]
) -> _Pin | None:
    """Return the nearest pin in a square and those around it."""
    found, least = None, math.inf
    for x, y in _AROUND:
        for other in squares.get((square[0] + x, square[1] + y), ()):
            away = (pin.x - other.x) ** 2 + (pin.y - other.y) ** 2
            if away < least:
                found, least = other, away
    return found


def around(windows: Iterable[Window]) -> Window | None:
    """Return the smallest window around others, across the 180th meridian or not."""
    found = list(windows)
    if not found:
        return None
    south, north = min(w.south for w in found), max(w.north for w in found)
    ends = sorted((w.west, w.east) for w in found)
    first, reach = ends[0]
    gaps = []
    for start, end in ends[1:]:
        gaps.append((start - reach, start, reach + 360))
        reach = max(reach, end)
    gaps.append((first + 360 - reach, first, reach))  # the one at the 180th meridian
    _, west, east = max(gaps, key=lambda gap: gap[0])
    return Window(south, west, north, east)
