"""Site plans as they lie on the mercator plane, and which of them a photo stands on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from archive.export.pdf.layout import Box
from archive.export.pdf.spots import Located, Spot, around, minus
from archive.identity import name_key
from archive.plans.placing import mercator
from archive.plans.records import Plan

_WORDS = re.compile(r"\w+")
_DIGITS = re.compile(r"\d+")
_CLOSE = 30.0  # millimetres: photos in a smaller part of a plan are shown larger
_CLOSER = 4.0


class Sheet:
    """A plan as it lies in the plane."""

    def __init__(self, plan: Plan) -> None:
        assert plan.corners is not None  # noqa: S101 - checked by who calls
        assert plan.size is not None  # noqa: S101
        self.plan = plan
        self.size = plan.size
        self.origin, right, down = (mercator(corner) for corner in plan.corners)
        self.across = minus(right, self.origin)
        self.down = minus(down, self.origin)
        self.latitude = plan.corners[0][0]
        self.area = self.across[0] * self.down[1] - self.across[1] * self.down[0]

    def on(self, vector: Spot) -> Spot:
        """Return a vector of the plane in shares of the plan's width and height."""
        return (
            (vector[0] * self.down[1] - vector[1] * self.down[0]) / self.area,
            (self.across[0] * vector[1] - self.across[1] * vector[0]) / self.area,
        )

    def share(self, spot: Spot) -> Spot:
        """Return where on the plan a place is; beyond 0 to 1 it is not on it."""
        return self.on(minus(spot, self.origin))

    def has(self, spot: Spot) -> bool:
        """Whether a place is on the plan."""
        return all(0 <= share <= 1 for share in self.share(spot))


def centred(area: Box, width: float, height: float) -> Box:
    """Return the largest place of a shape at the top of an area, in its middle."""
    scale = min(area.w / width, area.h / height)
    w, h = width * scale, height * scale
    return Box(area.x + (area.w - w) / 2, area.y, w, h)


def closer(
    whole: Box, shares: Sequence[Spot], area: Box, photos: int
) -> tuple[Box, Box]:
    """Return where a plan lies, and the frame: larger where photos are in one part."""
    low, high = around(shares)
    long = max((high[0] - low[0]) * whole.w, (high[1] - low[1]) * whole.h)
    if photos <= 3 or long > _CLOSE:
        return whole, whole
    factor = min(_CLOSER, 2 * _CLOSE / max(long, 1e-6))
    w, h = whole.w * factor, whole.h * factor
    frame = Box(area.x, area.y, min(area.w, w), min(area.h, h))
    frame = frame._replace(x=area.x + (area.w - frame.w) / 2)
    x = frame.x + frame.w / 2 - (low[0] + high[0]) / 2 * w
    y = frame.y + frame.h / 2 - (low[1] + high[1]) / 2 * h
    x = min(frame.x, max(x, frame.x + frame.w - w))
    y = min(frame.y, max(y, frame.y + frame.h - h))
    return Box(x, y, w, h), frame


def by_sheet(
    photos: Sequence[Located], sheets: Sequence[Sheet]
) -> list[tuple[Sheet | None, list[Located]]]:
    """Return which photos stand on which plan; None: on a map.

    That is the plan with the name of their place in the tree, else the one that has
    most of the photos; never one with the name of another place.
    """
    branches = {n for photo in photos for n in _branches(_path(photo))}
    of = {id(sheet): _named_by(sheet, branches) for sheet in sheets}
    on = {
        photo.item.number: [
            (depth, sheet)
            for sheet in sheets
            if sheet.has(photo.spot)
            and (depth := _depth(_path(photo), of[id(sheet)])) is not None
        ]
        for photo in photos
    }
    most = Counter(id(sheet) for some in on.values() for _, sheet in some)
    found: dict[int, tuple[Sheet | None, list[Located]]] = {}
    for photo in photos:
        some = on[photo.item.number]
        sheet = max(
            some,
            key=lambda one: (one[0], most[id(one[1])], -abs(one[1].area)),
            default=(0, None),
        )[1]
        found.setdefault(id(sheet), (sheet, []))[1].append(photo)
    # by name, as plans are listed; maps last
    return sorted(
        found.values(),
        key=lambda one: (one[0] is None, name_key(one[0].plan.name) if one[0] else ""),
    )


_Path = tuple[str, ...]


def _path(photo: Located) -> _Path:
    location = photo.item.photo.location or ""
    return tuple(name_key(name) for name in location.split(">") if name.strip())


def _branches(path: _Path) -> list[_Path]:
    """Return a place in the tree and all that it is in."""
    return [path[:length] for length in range(1, len(path) + 1)]


def _named_by(sheet: Sheet, branches: set[_Path]) -> list[_Path]:
    """Return the places that a plan's name names: ``Tower 4, Level 3`` one or none."""
    words = f" {' '.join(_WORDS.findall(name_key(sheet.plan.name)))} "

    def says(name: str) -> bool:
        return f" {' '.join(_WORDS.findall(name))} " in words

    counts = {path: sum(map(says, path)) for path in branches if says(path[-1])}
    most = max(counts.values(), default=0)
    return [path for path, count in counts.items() if count == most]


def _depth(path: _Path, named: Sequence[_Path]) -> int | None:
    """Return how exactly a plan is that of a place; None: it is that of another."""
    fit = [len(one) for one in named if path[: len(one)] == one]
    if fit or not path:
        return max(fit, default=0)
    return None if any(_excludes(one, path) for one in named) else 0


def _excludes(one: _Path, path: _Path) -> bool:
    """Whether a plan of one place shows nothing of another.

    One of a room or floor within a building does not; nor does that of level 1 show
    level 5. A plan that is called like a top of the tree may show all: ``Site plan``.
    """
    alike = (_DIGITS.sub("", name) for name in (one[0], path[0]))
    return len(one) > 1 or len(set(alike)) == 1
