"""What stands too close together on a map becomes one: pure arithmetic, no database."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

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
    :param cells: how many cells they are in
    """

    photos: int
    latitudes: int
    longitudes: int
    window: Window
    photo: int | None = None
    cell: Block | None = None
    cells: int = 1

    @property
    def middle(self) -> tuple[float, float]:
        """Latitude and longitude, degrees."""
        unit = UNIT / self.photos
        return self.latitudes * unit, self.longitudes * unit

    def joined(self, other: Group) -> Group:
        """Return both as one; ``photo`` and ``cell`` stay."""
        return replace(
            self,
            photos=self.photos + other.photos,
            latitudes=self.latitudes + other.latitudes,
            longitudes=self.longitudes + other.longitudes,
            window=_both(self.window, other.window),
            cells=self.cells + other.cells,
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
    left = list(groups)
    while True:
        joined = _joined_once(left, zoom, distance)
        if len(joined) == len(left):
            return joined
        left = joined


def _joined_once(groups: Sequence[Group], zoom: int, distance: float) -> list[Group]:
    """Let each group, from the largest on, take in what is near it."""
    kept: list[Group] = []
    places: list[tuple[float, float]] = []
    squares: dict[tuple[int, int], list[int]] = {}
    for group in sorted(groups, key=lambda g: (-g.photos, g.latitudes, g.longitudes)):
        x, y = pixel(*group.middle, zoom)
        square = int(x // distance), int(y // distance)
        near = _nearest(x, y, square, squares, places)
        if near is not None and math.dist((x, y), places[near]) < distance:
            kept[near] = kept[near].joined(group)
        else:
            squares.setdefault(square, []).append(len(kept))
            kept.append(group)
            places.append((x, y))
    return sorted(kept, key=lambda g: (-g.photos, g.latitudes, g.longitudes))


def _nearest(
    x: float,
    y: float,
    square: tuple[int, int],
    squares: dict[tuple[int, int], list[int]],
    places: list[tuple[float, float]],
) -> int | None:
    """Return the number of the nearest place in a square and those around it."""
    numbers = [
        number
        for across in (-1, 0, 1)
        for down in (-1, 0, 1)
        for number in squares.get((square[0] + across, square[1] + down), ())
    ]
    return min(numbers, key=lambda n: math.dist((x, y), places[n]), default=None)


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
