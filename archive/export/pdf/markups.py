"""What people drew on photos, over their pictures: vectors and letters of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archive.export.pdf.canvas import Canvas, Tag
from archive.export.pdf.layout import Box
from archive.export.pdf.shapes import Colour, Pen
from archive.markup_shapes import (
    COLOURS,
    EDGE,
    FRAME,
    LEADING,
    Outline,
    Shape,
    edge_of,
    frame_of,
    lettering,
    outlines,
    turned,
)
from archive.markup_svg import ASCENT


def draw_markups(
    canvas: Canvas, place: Box, shapes: Sequence[Shape], rotation: int, tag: Tag
) -> None:
    """Draw shapes over a picture, within its edges.

    :param rotation: of the photo, by a person
    """
    frame = frame_of(round(place.w * 1000), round(place.h * 1000))
    with canvas.tagged(tag), canvas.clipped(place):
        for shape in shapes:
            shown = replace(shape, points=turned(shape.points, rotation))
            if shape.kind == "text":
                _letters(canvas, place, shown, frame)
            else:
                _paths(canvas, place, shown, frame)


def _paths(
    canvas: Canvas, place: Box, shape: Shape, frame: tuple[float, float]
) -> None:
    pen, scale = Pen(canvas.size[1]), _scale(place)
    colour, edge = _rgb(COLOURS[shape.colour]), _rgb(edge_of(shape.colour))
    found = [(o, _path(pen, place, o)) for o in outlines(shape, frame)]
    for outline, path in found:
        width = (0 if outline.filled else shape.width) + 2 * EDGE
        canvas.draw(pen.drawn(path, edge, width * scale))
    for outline, path in found:
        if outline.filled:
            canvas.draw(pen.filled(path, colour))
        else:
            canvas.draw(pen.drawn(path, colour, shape.width * scale))


def _path(pen: Pen, place: Box, outline: Outline) -> str:
    scale = _scale(place)
    operators = {"M": "m", "L": "l", "C": "c", "Z": "h"}
    return " ".join(
        " ".join(pen.spot(place.x + x * scale, place.y + y * scale) for x, y in points)
        + f" {operators[letter]}"
        for letter, points in ((s.letter, s.points) for s in outline.steps)
    )


def _letters(
    canvas: Canvas, place: Box, shape: Shape, frame: tuple[float, float]
) -> None:
    stands, scale = lettering(shape, frame), _scale(place)
    x, y = (place.x + stands.at[0] * scale, place.y + stands.at[1] * scale)
    size = stands.size * scale
    colours = _rgb(COLOURS[shape.colour]), _rgb(edge_of(shape.colour))
    with canvas.turned((x, y), stands.angle):
        for n, words in enumerate(stands.lines):
            base = y + size * (ASCENT + n * LEADING)
            canvas.letters((x, base), words, size, colours, 2 * EDGE * scale)


def _scale(place: Box) -> float:
    """Return how many millimetres a unit of the frame is."""
    return max(place.w, place.h) / FRAME


def _rgb(colour: str) -> Colour:
    red, green, blue = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    return red, green, blue
