"""The pages of a key plan, drawn: the plan or map, and a pin for each photo on it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from archive.export.pdf.canvas import GREY, Canvas, Link, Tag
from archive.export.pdf.charts import FOOT_LINE, Chart, KeyPlan, north_in, scale_in
from archive.export.pdf.layout import HEADING, Box, body
from archive.export.pdf.pictures import Picture
from archive.export.pdf.pins import BEAK, HEIGHT, Pin, ranges
from archive.export.pdf.shapes import Colour, Pen
from archive.export.pdf.template import Template
from archive.export.words import Words

RED: Colour = (0.72, 0.09, 0.11)
WHITE: Colour = (1.0, 1.0, 1.0)
INK: Colour = (0.13, 0.13, 0.13)
PALE: Colour = (0.97, 0.97, 0.96)
GRID: Colour = (0.86, 0.87, 0.87)
EDGE: Colour = (0.55, 0.55, 0.55)
NUMBER = 6.8  # points
SMALL = 8.0
_SQUARES = 56.0  # millimetres of a square of a map without tiles, at most
_FOOT = 0.3048  # metres
_POINTS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")


@dataclass(frozen=True, slots=True)
class Guide:
    """What a key plan says, and where it leads to.

    :param grounds: pictures of plans and tiles, by the number of the chart
    :param leads: the page of each photo, by its number; counted from 0
    :param says: what stands below each photo in few words, by its number
    """

    template: Template
    words: Words
    key: KeyPlan
    grounds: Mapping[int, Picture | str]
    leads: Mapping[int, int]
    says: Mapping[int, str]


def draw_key_plan(canvas: Canvas, guide: Guide, check: Callable[[], None]) -> None:
    """Draw all pages of a key plan."""
    key, part = guide.key, canvas.tags.add("Sect")
    for number, chart in enumerate(key.charts):
        check()
        _page(canvas, guide, part, first=number == 0, told=_told(guide, chart))
        _chart(canvas, guide, chart, guide.grounds.get(number), part)
    if key.below and key.unplaced:
        chart = key.charts[-1]
        text = guide.words("no_position", numbers=key.unplaced)
        y = _foot_of(chart) + FOOT_LINE * 2
        box = Box(body(guide.template).x, y, body(guide.template).w, 60)
        with canvas.tagged(part.add("P")):
            canvas.text(box, text, SMALL)
    for number, numbers in enumerate(key.texts):
        _page(canvas, guide, part, first=not key.charts and not number, told="")
        area = body(guide.template)
        box = Box(area.x, area.y + HEADING, area.w, area.h - HEADING)
        with canvas.tagged(part.add("P")):
            canvas.text(box, guide.words("no_position", numbers=numbers), SMALL)


def _page(canvas: Canvas, guide: Guide, part: Tag, *, first: bool, told: str) -> None:
    """Begin a page with its title."""
    canvas.new_page()
    area, title = body(guide.template), guide.words("key_plan")
    box = Box(area.x, area.y - 0.6, area.w / 2, 7)
    if first:
        canvas.outline.append((title, canvas.page))
        with canvas.tagged(part.add("H1")):
            canvas.text(box, title, 13, bold=True)
    else:
        with canvas.artifact():
            canvas.text(box, title, 13, bold=True)
    if told:
        right = Box(area.x + area.w / 2, area.y + 0.6, area.w / 2, 5)
        with canvas.tagged(part.add("P")):
            canvas.text(right, told, 9, grey=GREY, align="R")
    canvas.line(area.x, area.y + 7.4, area.w)


def _told(guide: Guide, chart: Chart) -> str:
    """Return what stands beside the title: the plan's name, and which part it is."""
    name = chart.plan.name if chart.plan else ""
    part, of = chart.part
    parts = guide.words("part", n=part, of=of) if of > 1 else ""
    count = guide.words.count(sum(len(_of(pin)) for pin in chart.pins))
    return " · ".join(text for text in (name, parts, count) if text)


def _numbers(chart: Chart) -> str:
    return ranges([n for pin in chart.pins for n in _of(pin)])


def _of(pin: Pin) -> range:
    return range(pin.numbers[0], pin.numbers[1] + 1)


def _chart(
    canvas: Canvas, guide: Guide, chart: Chart, ground: Picture | str | None, part: Tag
) -> None:
    pen, words = Pen(canvas.size[1]), guide.words
    name = chart.plan.name if chart.plan else words("a_map")
    alt = words("key_plan_alt", numbers=_numbers(chart), name=name)
    figure = part.add("Figure", alt[:1000])
    figure.box = chart.frame
    _ground(canvas, pen, chart, ground, figure)
    with canvas.artifact():
        canvas.draw(*(shape for pin in chart.pins for shape in _leader(pen, pin)))
    for pin in chart.pins:
        _pin(canvas, pen, guide, pin, part)
    with canvas.tagged(figure):
        _north(canvas, pen, chart)
        _scale(canvas, pen, chart)
    _below(canvas, guide, chart, part)


# What lies below


def _ground(
    canvas: Canvas, pen: Pen, chart: Chart, ground: Picture | str | None, figure: Tag
) -> None:
    edge = pen.rectangle(chart.frame)
    if isinstance(ground, Picture) and chart.ground is not None:
        canvas.ground(chart.ground, chart.frame, ground, figure)
    else:
        with canvas.tagged(figure):
            canvas.draw(pen.filled(edge, PALE))
            canvas.draw(*_squares(pen, chart))
    with canvas.tagged(figure):
        canvas.draw(pen.drawn(edge, EDGE, 0.2))


def _squares(pen: Pen, chart: Chart) -> list[str]:
    """Return lines of so many metres, to see how far things are apart."""
    if chart.plan is not None:
        return []
    side = _round_metres(chart.metre, _SQUARES) * chart.metre
    x, y, w, h = chart.frame
    found = []
    for n in range(-int(w / 2 / side), int(w / 2 / side) + 1):
        at = x + w / 2 + n * side
        found.append(pen.drawn(pen.line((at, y), (at, y + h)), GRID, 0.15))
    for n in range(-int(h / 2 / side), int(h / 2 / side) + 1):
        at = y + h / 2 + n * side
        found.append(pen.drawn(pen.line((x, at), (x + w, at)), GRID, 0.15))
    return found


def _round_metres(metre: float, most: float) -> float:
    """Return a round number of metres that is at most so long on paper."""
    power = 10.0 ** math.floor(math.log10(most / metre))
    return max(n * power for n in (1, 2, 5) if n * power <= most / metre)


def _north(canvas: Canvas, pen: Pen, chart: Chart) -> None:
    """Draw where north is, in the corner at the top right."""
    room, (x, y) = north_in(chart.frame), chart.north
    middle = (room.x + room.w / 2, room.y + room.h / 2)
    canvas.draw(
        pen.filled(pen.disc(*middle, 6.4), WHITE),
        pen.drawn(pen.disc(*middle, 6.4), EDGE, 0.15),
    )
    tip = (middle[0] + x * 5.4, middle[1] + y * 5.4)
    tail = (middle[0] + x * 0.6, middle[1] + y * 0.6)
    wings = [(tail[0] - y * s, tail[1] + x * s) for s in (1.5, -1.5)]
    canvas.draw(pen.filled(pen.polygon([tip, *wings]), INK))
    at = (middle[0] - x * 2.6, middle[1] - y * 2.6)
    canvas.text(Box(at[0] - 3, at[1] - 1.8, 6, 4), "N", 8, bold=True, align="C")


def _scale(canvas: Canvas, pen: Pen, chart: Chart) -> None:
    """Draw a bar of a round length, in the corner at the bottom left."""
    room = scale_in(chart.frame)
    metres = _round_metres(chart.metre, room.w - 4)
    long = metres * chart.metre
    x, y = room.x + 2, room.y + 6
    text = f"{metres:,.0f} m  ·  {metres / _FOOT:,.0f} ft"
    plate = room._replace(w=max(long, 27) + 4)
    canvas.draw(
        pen.filled(pen.rectangle(plate), WHITE),
        pen.drawn(pen.rectangle(plate), EDGE, 0.15),
        pen.drawn(pen.rectangle(Box(x, y - 0.9, long, 1.4)), INK, 0.2),
        pen.filled(pen.rectangle(Box(x, y - 0.9, long / 2, 1.4)), INK),
    )
    canvas.text(Box(x, y - 5.2, plate.w, 4), text, 7.5)


def _foot_of(chart: Chart) -> float:
    return chart.frame.y + chart.frame.h + 1.6


def _below(canvas: Canvas, guide: Guide, chart: Chart, part: Tag) -> None:
    """Write what the pins mean, the scale, and whose map it is."""
    words, area = guide.words, body(guide.template)
    looking = any(pin.looks for pin in chart.pins)
    source = chart.plan or (chart.tiles.plan if chart.tiles else None)
    told = [
        words("legend_looks") if looking else words("legend"),
        words("scale", n=f"{chart.scale:,}") if chart.scale else "",
        source.attribution if source else "",
    ]
    box = Box(area.x, _foot_of(chart), area.w, FOOT_LINE * 2)
    with canvas.tagged(part.add("P")):
        canvas.text(box, "  ·  ".join(filter(None, told)), SMALL, grey=GREY)


# Pins


def _leader(pen: Pen, pin: Pin) -> list[str]:
    """Return the line from a pin to its place, where it stands beside it."""
    if not pin.moved:
        return []
    line, dot = pen.line(pin.place, pin.at), pen.disc(*pin.at, 0.7)
    return [
        pen.drawn(line, WHITE, 0.9),
        pen.drawn(line, RED, 0.3),
        pen.filled(pen.disc(*pin.at, 1.0), WHITE),
        pen.filled(dot, RED),
    ]


def _pin(canvas: Canvas, pen: Pen, guide: Guide, pin: Pin, part: Tag) -> None:
    """Draw a pin, which leads to its photo."""
    first = pin.numbers[0]
    title = _title(guide, pin)
    link = part.add("Link", title)
    box = pin.box()
    rim = Box(box.x - 0.35, box.y - 0.35, box.w + 0.7, box.h + 0.7)
    with canvas.tagged(link):
        if pin.looks:
            canvas.draw(
                pen.drawn(pen.polygon(_beak(pin, 0.0)), WHITE, 0.7),
                pen.filled(pen.pill(rim), WHITE),
                pen.filled(pen.polygon(_beak(pin, 0.0)), RED),
            )
        else:
            canvas.draw(pen.filled(pen.pill(rim), WHITE))
        canvas.draw(pen.filled(pen.pill(box), RED))
        text = Box(box.x - 1, box.y + 0.85, box.w + 2, 3)
        canvas.text(text, pin.label, NUMBER, bold=True, grey=255, align="C")
    if first in guide.leads:
        link.kids.append(Link(canvas.page, pin.room(), guide.leads[first], title))


def _beak(pin: Pin, more: float) -> list[tuple[float, float]]:
    """Return a triangle at the edge of a pin, towards what was photographed."""
    x, y = pin.looks or (0.0, 0.0)
    half = pin.width / 2 - HEIGHT / 2  # the straight part of a wide pin
    middle = pin.place[0] + max(-half, min(half, x * half * 2)), pin.place[1]
    far, near, wide = HEIGHT / 2 + BEAK + more, HEIGHT / 2 - 1.0, 1.75
    tip = middle[0] + x * far, middle[1] + y * far
    base = middle[0] + x * near, middle[1] + y * near
    sides = [(base[0] - y * s, base[1] + x * s) for s in (wide, -wide)]
    return [tip, *sides]


def _title(guide: Guide, pin: Pin) -> str:
    """Return what is told of a pin to who does not see it."""
    numbers = guide.words("number", n=pin.label)
    said = guide.says.get(pin.numbers[0], "")
    return ", ".join(text for text in (numbers, said) if text)[:300]


def compass(words: Words, direction: float | None) -> str:
    """Return a direction in words: ``looking north-east``; "" where it is not known."""
    if direction is None:
        return ""
    point = _POINTS[round(direction / 45) % 8]
    return words("looking", to=words.compass[point])
