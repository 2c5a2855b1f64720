"""The pages of a key plan: which photos stand on which plan or map, and where.

Nothing is drawn here. Places are taken to a web mercator plane (east and north in
radians), in which site plans are placed, too, and from there to millimetres of a page.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from archive.export.pdf.layout import HEADING, Box, body
from archive.export.pdf.pins import Pin, ranges, spread
from archive.export.pdf.sections import Section
from archive.export.pdf.sheets import Sheet, by_sheet, centred, closer
from archive.export.pdf.spots import (
    EARTH,
    Located,
    Spot,
    apart,
    around,
    joined,
    located,
    minus,
    pins_of,
    unit,
)
from archive.export.pdf.template import Template
from archive.export.pdf.tiling import Tiles, tiles_for
from archive.plans.records import Plan

FOOT = 9.0  # millimetres below a chart: scale, what the pins mean, whose map
FOOT_LINE = 4.0
FOOT_TEXT = 900  # characters that stand there; more has pages of its own
PAGE_TEXT = 5000
MOST_PINS = 80  # of a page
EDGE = 9.0  # millimetres between the photos and the frame of a map
LONGEST_BAR = 62.0  # millimetres of a scale
LEAST_SCALE = 500  # 1 : 500; phones know their place by some metres
_NICE = (1.0, 2.0, 2.5, 5.0)


@dataclass(frozen=True, slots=True)
class Chart:
    """A page of a key plan.

    :param frame: in which all is drawn
    :param pins: with their places on the page
    :param north: unit vector on the page
    :param metre: how long one is, in millimetres
    :param scale: 1 to so many; 0: no round one
    :param plan: that lies below; None: a map
    :param ground: where all of the plan or of the tiles' picture lies; more than the
        frame is not shown
    :param part: which part of how many
    """

    frame: Box
    pins: tuple[Pin, ...]
    north: Spot
    metre: float
    scale: int = 0
    plan: Plan | None = None
    tiles: Tiles | None = None
    ground: Box | None = None
    part: tuple[int, int] = (1, 1)


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """All pages of a key plan.

    :param unplaced: numbers of photos without a position, in words
    :param below: whether these stand below the last chart
    """

    charts: tuple[Chart, ...]
    unplaced: str

    @property
    def below(self) -> bool:
        """Whether these stand below the last chart."""
        return bool(self.charts) and len(self.unplaced) <= FOOT_TEXT

    @property
    def texts(self) -> list[str]:
        """What stands on pages of its own, one for each."""
        if self.below or not self.unplaced:
            return []
        return _pieces(self.unplaced)

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return len(self.charts) + len(self.texts)

    def page_of(self) -> dict[int, int]:
        """Return on which of them each photo's number stands, counted from 0."""
        return {
            number: page
            for page, chart in enumerate(self.charts)
            for pin in chart.pins
            for number in range(pin.numbers[0], pin.numbers[1] + 1)
        }


def _pieces(text: str) -> list[str]:
    """Break a list of numbers into pages."""
    found = [""]
    for word in text.split(" "):
        if len(found[-1]) + len(word) > PAGE_TEXT:
            found.append("")
        found[-1] += f" {word}" if found[-1] else word
    return found


def key_plan(
    sections: Sequence[Section], template: Template, plans: Sequence[Plan]
) -> KeyPlan:
    """Return the pages that show where the photos of a report were taken.

    :param plans: of the archive, in any order
    """
    items = {item.number: item for one in sections for item in one.items}
    photos = [found for n in sorted(items) if (found := located(items[n]))]
    numbers = {photo.item.number for photo in photos}
    unplaced = ranges([number for number in items if number not in numbers])
    sheets = [Sheet(plan) for plan in plans if plan.corners]
    area = _area(template, unplaced)
    charts: list[Chart] = []
    for sheet, some in by_sheet(photos, sheets):
        for near in [some] if sheet else apart(some):
            parts = _halved(near)
            for number, part in enumerate(parts, 1):
                chart = _plan(part, area, sheet) if sheet else _map(part, area, plans)
                charts.append(replace(chart, part=(number, len(parts))))
    return KeyPlan(tuple(charts), unplaced)


def _area(template: Template, unplaced: str) -> Box:
    """Return where charts stand: below the title, above what is told of them."""
    area = body(template)
    foot = FOOT
    if unplaced and len(unplaced) <= FOOT_TEXT:
        foot += FOOT_LINE * (2 + len(unplaced) * 1.6 // area.w)
    return Box(area.x, area.y + HEADING, area.w, area.h - HEADING - foot)


def _halved(photos: Sequence[Located]) -> list[Sequence[Located]]:
    """Split photos along the longer way until the pins of each part have room."""
    if len(joined(photos)) <= MOST_PINS:
        return [photos]
    across = [max(s) - min(s) for s in zip(*(p.spot for p in photos), strict=True)]
    axis = across.index(max(across))
    ordered = sorted(photos, key=lambda p: p.spot[axis] * (1 - 2 * axis))
    half = len(ordered) // 2
    parts = (ordered[:half], ordered[half:])
    return [
        part
        for some in parts
        for part in _halved(sorted(some, key=lambda p: p.item.number))
    ]


# Plans


def _plan(photos: Sequence[Located], area: Box, sheet: Sheet) -> Chart:
    """Return a page with the plan upright, or the part of it where photos are."""
    whole = centred(area, *sheet.size)
    shares = [sheet.share(photo.spot) for photo in photos]
    ground, frame = closer(whole, shares, area, len(photos))
    width, height = ground.w, ground.h

    def place(spot: Spot) -> Spot:
        x, y = sheet.share(spot)
        return ground.x + x * width, ground.y + y * height

    def turn(vector: Spot) -> Spot:
        x, y = sheet.on(vector)
        return unit((x * width, y * height))

    long = math.hypot(*sheet.across) * EARTH * math.cos(math.radians(sheet.latitude))
    return Chart(
        frame,
        _spread(pins_of(photos, place, turn), frame),
        turn((0.0, 1.0)),
        width / long,
        plan=sheet.plan,
        ground=ground,
    )


# Maps


def _map(photos: Sequence[Located], area: Box, plans: Sequence[Plan]) -> Chart:
    """Return a page with north at its top, at a round scale."""
    low, high = around([photo.spot for photo in photos])
    latitude = photos[0].item.photo.latitude or 0.0
    real = EARTH * math.cos(math.radians(latitude)) * 1000  # millimetres a radian
    room = (area.w - 2 * EDGE, area.h - 2 * EDGE)
    needed = max((high[n] - low[n]) * real / room[n] for n in (0, 1))
    scale = _nice(max(needed, LEAST_SCALE))
    step = real / scale
    middle = ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2)
    high_enough = max((high[1] - low[1]) * step + 4 * EDGE, area.w * 0.62)
    frame = area._replace(h=min(area.h, high_enough))
    centre = (frame.x + frame.w / 2, frame.y + frame.h / 2)

    def place(spot: Spot) -> Spot:
        x, y = minus(spot, middle)
        return centre[0] + x * step, centre[1] - y * step

    def turn(vector: Spot) -> Spot:
        return unit((vector[0], -vector[1]))

    tiles, ground = tiles_for(plans, middle, (frame, step))
    return Chart(
        frame,
        _spread(pins_of(photos, place, turn), frame),
        (0.0, -1.0),
        1000 / scale,
        scale=scale,
        tiles=tiles,
        ground=ground,
    )


def _spread(pins: Sequence[Pin], frame: Box) -> tuple[Pin, ...]:
    """Return pins at their places, beside the arrow to the north and the scale."""
    return tuple(spread(pins, frame, (north_in(frame), scale_in(frame))))


def north_in(frame: Box) -> Box:
    """Return where the arrow to the north is: at the top right."""
    return Box(frame.x + frame.w - 15.5, frame.y + 1.5, 14, 14)


def scale_in(frame: Box) -> Box:
    """Return where the bar of a scale may be: at the bottom left."""
    wide = min(LONGEST_BAR, frame.w * 0.4) + 4
    return Box(frame.x + 3, frame.y + frame.h - 10.6, wide, 8.4)


def _nice(least: float) -> int:
    """Return the next round scale."""
    power = 10.0 ** math.floor(math.log10(least))
    return round(next(n * power for n in (*_NICE, 10.0) if n * power >= least - 1e-6))
