"""Where a plan lies on the map: from points that somebody knows. Pure arithmetic.

A picture is laid on a web mercator map as a parallelogram, so three of its corners say
it all. Two points give a plan that is turned and scaled, three also one that is
stretched.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from archive.errors import InvalidInput

Place = tuple[float, float]  # latitude, longitude: degrees
Corners = tuple[Place, Place, Place]  # top left, top right, bottom left
_Vector = tuple[float, float]
_EDGE = 85.0  # degrees of latitude; a plan beyond is none
_SMALLEST = 1e-12  # of the parallelogram's area, in radians squared: about 7 m by 7 m


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the picture, in pixels from its top left, and where that is."""

    x: float
    y: float
    latitude: float
    longitude: float


def fit(width: int, height: int, points: Sequence[Point]) -> Corners:
    """Return the corners of a picture of which two or three points are known.

    :raises InvalidInput: another number of points, or points in one place or line
    """
    if len(points) == 2:
        points = [*points, _turned(*points)]
    if len(points) != 3:
        raise InvalidInput("a plan is placed by two or three points")
    first, *others = points
    ahead = [(p.x - first.x, p.y - first.y) for p in others]
    there = [_minus(_project(p), _project(first)) for p in others]
    area = ahead[0][0] * ahead[1][1] - ahead[0][1] * ahead[1][0]
    if abs(area) < 1:
        raise InvalidInput(
            "the points of the plan must not lie in one line", key="plan_line"
        )

    def at(x: float, y: float) -> Place:
        dx, dy = x - first.x, y - first.y
        one = (dx * ahead[1][1] - dy * ahead[1][0]) / area
        two = (dy * ahead[0][0] - dx * ahead[0][1]) / area
        base = _project(first)
        return _place(
            (
                base[0] + one * there[0][0] + two * there[1][0],
                base[1] + one * there[0][1] + two * there[1][1],
            )
        )

    return check_corners((at(0, 0), at(width, 0), at(0, height)))


def between(one: Place, other: Place) -> Corners:
    """Return the corners of a picture whose top is north, between two corners."""
    south, north = sorted((one[0], other[0]))
    west, east = sorted((one[1], other[1]))
    return check_corners(((north, west), (north, east), (south, west)))


def check_corners(corners: Sequence[Sequence[float]]) -> Corners:
    """Return three corners as they are kept: to a centimetre.

    :raises InvalidInput: they are not three places on the map with room between them
    """
    try:
        top_left, top_right, bottom_left = (
            (round(float(latitude), 7), round(float(longitude), 7))
            for latitude, longitude in corners
        )
    except (TypeError, ValueError):
        raise InvalidInput("a plan has three corners: latitude and longitude") from None
    found = (top_left, top_right, bottom_left)
    for latitude, longitude in found:
        if not (abs(latitude) <= _EDGE and abs(longitude) <= 180):
            raise InvalidInput(
                f"{latitude}, {longitude} is no place for a plan",
                key="no_place",
                place=f"{latitude}, {longitude}",
            )
    across = _minus(mercator(top_right), mercator(top_left))
    down = _minus(mercator(bottom_left), mercator(top_left))
    if abs(across[0] * down[1] - across[1] * down[0]) < _SMALLEST * 1e-3:
        raise InvalidInput(
            "the corners of a plan must not lie in one line", key="plan_line"
        )
    return found


def _turned(one: Point, other: Point) -> Point:
    """Return the point a quarter turn from the way between two: no stretching."""
    x, y = other.x - one.x, other.y - one.y
    here = _project(one)
    ahead = _minus(_project(other), here)
    latitude, longitude = _place((here[0] + ahead[1], here[1] - ahead[0]))
    return Point(one.x - y, one.y + x, latitude, longitude)


def _project(point: Point) -> _Vector:
    return mercator((point.latitude, point.longitude))


def mercator(place: Place) -> _Vector:
    """East and north on the map, radians."""
    if abs(place[0]) >= 90:
        raise InvalidInput(f"{place[0]} is no latitude for a plan")
    east = math.radians(place[1])
    return east, math.asinh(math.tan(math.radians(place[0])))


def _place(at: _Vector) -> Place:
    return math.degrees(math.atan(math.sinh(at[1]))), math.degrees(at[0])


def _minus(one: _Vector, other: _Vector) -> _Vector:
    return one[0] - other[0], one[1] - other[1]
