"""Photos with positions on a plane: who stands together, and whom a pin stands for."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from archive.export.pdf.pins import Pin
from archive.export.pdf.sections import Item
from archive.plans.placing import mercator

EARTH = 6_378_137.0  # metres (WGS 84)
NEAR = 400.0  # metres: photos farther apart than that have pages of their own
SAME = 1e-7  # radians: 0.6 m; photos are taken to be at one place
ALIKE = 20.0  # degrees between directions that are taken to be one
EDGE = 85.0  # degrees of latitude: beyond, the plane has no end

Spot = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Located:
    """A photo with a position: radians east, and north on the mercator plane."""

    item: Item
    spot: Spot


def located(item: Item) -> Located | None:
    """Return a photo on the plane; None: nobody knows where it was taken."""
    photo = item.photo
    if photo.latitude is None or photo.longitude is None or abs(photo.latitude) > EDGE:
        return None
    return Located(item, mercator((photo.latitude, photo.longitude)))


def apart(photos: Sequence[Located]) -> list[list[Located]]:
    """Return photos that lie near each other, those of the first numbers first.

    Cells as large as ``NEAR`` that touch each other are joined.
    """
    cells: dict[tuple[int, int], list[Located]] = {}
    for photo in photos:
        narrow = NEAR / EARTH / math.cos(math.radians(photo.item.photo.latitude or 0))
        cell = (int(photo.spot[0] // narrow), int(photo.spot[1] // narrow))
        cells.setdefault(cell, []).append(photo)
    found = []
    while cells:
        todo, group = [next(iter(cells))], []
        while todo:
            x, y = todo.pop()
            group += cells.pop((x, y), [])
            beside = ((x + i, y + j) for i in (-1, 0, 1) for j in (-1, 0, 1))
            todo += [cell for cell in beside if cell in cells]
        found.append(sorted(group, key=lambda p: p.item.number))
    return sorted(found, key=lambda group: group[0].item.number)


def pins_of(
    photos: Sequence[Located],
    place: Callable[[Spot], Spot],
    turn: Callable[[Spot], Spot],
) -> list[Pin]:
    """Return the pins of photos, not yet spread."""
    found = []
    for some in joined(photos):
        first, last = some[0], some[-1]
        direction = first.item.photo.direction
        looks = None
        if direction is not None:
            angle = math.radians(direction)
            looks = turn((math.sin(angle), math.cos(angle)))
        numbers = (first.item.number, last.item.number)
        found.append(Pin(numbers, place(first.spot), looks))
    return found


def joined(photos: Sequence[Located]) -> list[list[Located]]:
    """Return photos that one pin stands for: one after the other, of one view."""
    found: list[list[Located]] = []
    for photo in photos:
        if found and _follows(found[-1], photo):
            found[-1].append(photo)
        else:
            found.append([photo])
    return found


def _follows(some: Sequence[Located], photo: Located) -> bool:
    first, last = some[0], some[-1]
    if photo.item.number != last.item.number + 1:
        return False
    if math.dist(first.spot, photo.spot) > SAME:
        return False
    one, other = first.item.photo.direction, photo.item.photo.direction
    if one is None or other is None:
        return one is other
    return abs((one - other + 180) % 360 - 180) <= ALIKE


def around(spots: Iterable[Spot]) -> tuple[Spot, Spot]:
    """Return the lowest and the highest corner around some spots."""
    xs, ys = zip(*spots, strict=True)
    return (min(xs), min(ys)), (max(xs), max(ys))


def minus(one: Spot, other: Spot) -> Spot:
    """Return the way from the other to the one."""
    return one[0] - other[0], one[1] - other[1]


def unit(vector: Spot) -> Spot:
    """Return a vector as long as 1."""
    long = math.hypot(*vector)
    return vector[0] / long, vector[1] / long
