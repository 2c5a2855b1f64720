"""Areas on the map as people and pages write them, and what they ask of the database.

Two corners, ``59.91,10.75..59.92,10.77``: latitude and longitude of the south-western
one, then of the north-eastern one. Or the points of a polygon, joined by ``;``. Either
may cross the 180th meridian. Edges are straight in degrees, and belong to a window;
what lies in a polygon that crosses itself is told by the even-odd rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from archive.cells import LEVELS, Block, block
from archive.errors import InvalidQuery

MOST_POINTS = 64  # of a polygon
MOST_CELLS = 64  # that an area is looked up by
_NUMBER = r"\s*([+-]?\d{1,3}(?:\.\d{1,17})?)\s*"
_PLACE = re.compile(f"{_NUMBER},{_NUMBER}")
_EXAMPLE = (
    "write two corners as 59.91,10.75..59.92,10.77, or the points around it as"
    " 59.91,10.75;59.92,10.75;59.92,10.77 (latitude first)"
)
Condition = tuple[str, tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Window:
    """What lies between two parallels and two meridians, edges included.

    :param west: in -180..180; ``east`` is not below it, and beyond 180 where the window
        crosses that meridian
    """

    south: float
    west: float
    north: float
    east: float

    def __str__(self) -> str:
        return f"{_written(self.south, self.west)}..{_written(self.north, self.east)}"

    def parts(self) -> list[Window]:
        """Return it cut at the 180th meridian: one window, or two."""
        if self.east <= 180:
            return [self]
        rest = Window(self.south, -180.0, self.north, self.east - 360)
        return [Window(self.south, self.west, self.north, 180.0), rest]

    def condition(self) -> Condition:
        """Return the SQL that holds for photos (``p``) in it, and its values."""
        either = " or ".join("p.longitude between ? and ?" for _ in self.parts())
        edges = [edge for part in self.parts() for edge in (part.west, part.east)]
        text = f"(p.latitude between ? and ? and ({either}))"
        return text, (self.south, self.north, *edges)

    def is_point(self) -> bool:
        """Whether there is nothing between its edges."""
        return self.south == self.north and self.west == self.east

    def window(self) -> Window:
        """Return itself; for an area it is what is around it."""
        return self


@dataclass(frozen=True, slots=True)
class Area:
    """A polygon.

    :param points: latitude and longitude; no two neighbours are further than 180
        degrees apart, so longitudes may lie beyond 180
    """

    points: tuple[tuple[float, float], ...]

    def __str__(self) -> str:
        return ";".join(_written(*point) for point in self.points)

    def window(self) -> Window:
        """Return the smallest window around it."""
        latitudes, longitudes = zip(*self.points, strict=True)
        return _window(
            (min(latitudes), min(longitudes)), (max(latitudes), max(longitudes))
        )

    def condition(self) -> Condition:
        """Return the SQL that holds for photos (``p``) in it, and its values.

        A line from the photo to the east crosses the edges an odd number of times.
        """
        around, values = self.window().condition()
        edges = list(pairwise((*self.points, self.points[0])))
        inside = ["0"]
        for turn in self._turns():
            crossings = [_crossing(*edge, turn) for edge in edges]
            inside.append(f"({' + '.join(text for text, _ in crossings)}) % 2")
            values += tuple(value for _, some in crossings for value in some)
        return f"({around} and {' + '.join(inside)} > 0)", values

    def _turns(self) -> list[float]:
        """Return what takes some of it to where longitudes are -180 to 180."""
        longitudes = [longitude for _, longitude in self.points]
        return [
            turn
            for turn in (-360.0, 0.0, 360.0)
            if min(longitudes) + turn <= 180 and max(longitudes) + turn >= -180
        ]


Region = Window | Area


def _written(latitude: float, longitude: float) -> str:
    """Return a place as it is written, to a centimetre."""
    return ",".join(
        f"{value:.7f}".rstrip("0").rstrip(".") for value in (latitude, longitude)
    )


def _crossing(
    start: tuple[float, float], end: tuple[float, float], turn: float
) -> Condition:
    """Return the SQL that says whether a line to the east crosses an edge."""
    (south, west), (north, east) = sorted((start, end))
    slope = (east - west) / (north - south) if north > south else 0.0
    text = (
        "(p.latitude >= ? and p.latitude < ?"
        " and p.longitude < ? + (p.latitude - ?) * ?)"
    )
    return text, (south, north, west + turn, south, slope)


def parse_region(text: str) -> Region:
    """Return the area that a text means.

    :raises InvalidQuery: none, no place on earth, or around a pole
    """
    if ".." in text:
        corners = [_place(part) for part in text.split("..", 1)]
        return _window(*corners)
    places = [_place(part) for part in text.split(";")]
    if not 3 <= len(places) <= MOST_POINTS:
        raise InvalidQuery(
            f"an area has 3 to {MOST_POINTS} points, not {len(places)}; {_EXAMPLE}",
            key="area_points",
            n=MOST_POINTS,
        )
    points = [(places[0][0], _near(places[0][1], 0.0))]
    for latitude, longitude in (*places[1:], places[0]):
        points.append((latitude, _near(longitude, points[-1][1])))
    longitudes = [longitude for _, longitude in points]
    if points.pop()[1] != points[0][1] or max(longitudes) - min(longitudes) >= 360:
        raise InvalidQuery(
            "an area around the earth cannot be looked up", key="area_around"
        )
    return Area(tuple(points))


def _place(text: str) -> tuple[float, float]:
    found = _PLACE.fullmatch(text)
    if not found:
        raise InvalidQuery(
            f"{text!r} is no place; {_EXAMPLE}", key="no_place", place=text
        )
    latitude, longitude = float(found[1]), float(found[2])
    if not (-90 <= latitude <= 90 and -540 <= longitude <= 540):
        raise InvalidQuery(
            f"{text!r} is no place on earth; {_EXAMPLE}", key="no_place", place=text
        )
    return latitude, longitude


def _near(longitude: float, other: float) -> float:
    """Return the name of a meridian that is nearest to another one."""
    while longitude - other > 180:
        longitude -= 360
    while longitude - other < -180:
        longitude += 360
    return longitude


def _window(first: tuple[float, float], second: tuple[float, float]) -> Window:
    """Return the window from one corner to the other: always eastward."""
    south, north = sorted((first[0], second[0]))
    if second[1] - first[1] >= 360:
        return Window(south, -180.0, north, 180.0)
    west = _near(first[1], 0.0)
    width = (second[1] - first[1]) % 360
    return Window(south, west, north, west + width)


def cover(region: Region) -> list[Block]:
    """Return a few cells of the map, as small as can be, that an area lies in."""
    parts = region.window().parts()
    for level in range(LEVELS, 1, -1):
        blocks = [
            block(level, part.south, part.west, part.north, part.east) for part in parts
        ]
        if sum(map(len, blocks)) <= MOST_CELLS:
            return blocks
    return [block(1, p.south, p.west, p.north, p.east) for p in parts]
