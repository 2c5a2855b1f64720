"""Markups as SVG, to be laid over a picture: with everything in it that it needs.

Without styles and scripts, so that a strict policy of a page has nothing against it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from archive.markup_shapes import (
    COLOURS,
    EDGE,
    LEADING,
    Outline,
    Shape,
    edge_of,
    frame_of,
    lettering,
    outlines,
    turned,
)
from archive.pictures import SIZES

# What is no character in XML; such words are shown with a sign for it
_NO_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
ASCENT = 0.93  # from the top of a line of text to its baseline, in sizes
LETTERS = 'font-family="system-ui, sans-serif" font-weight="600"'
_CAPS = 'fill="none" stroke-linecap="round" stroke-linejoin="round"'


def svg(
    shapes: Sequence[Shape],
    size: tuple[int, int],
    rotation: int,
    *,
    label: str,
    attributes: str = 'class="markups"',
) -> str:
    """Return the layer of a photo's markups.

    :param size: of the photo as it is shown, turned. The layer is as large as its
        preview, so that style sheets do to it what they do to the picture
    :param rotation: of the photo, by a person
    :param label: says what it is to those who do not see it
    """
    frame = frame_of(*size)
    drawn = "".join(
        _drawn(replace(_plain(shape), points=turned(shape.points, rotation)), frame)
        for shape in shapes
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}'
        f' viewBox="0 0 {_n(frame[0])} {_n(frame[1])}" {_sides(size)}'
        f' role="img" aria-label="{_text(label)}">{drawn}</svg>'
    )


def _sides(size: tuple[int, int]) -> str:
    scale = min(1.0, SIZES["preview"].longest / max(size))
    width, height = (max(1, round(side * scale)) for side in size)
    return f'width="{width}" height="{height}"'


def _plain(shape: Shape) -> Shape:
    return Shape(shape.kind, shape.colour, shape.width, shape.points, shape.text)


def _drawn(shape: Shape, frame: tuple[float, float]) -> str:
    colour, edge = COLOURS[shape.colour], edge_of(shape.colour)
    if shape.kind == "text":
        return _letters(shape, frame, colour, edge)
    paths = [(_path(outline), outline) for outline in outlines(shape, frame)]
    below = "".join(
        f'<path d="{d}" stroke-width="{_n(_line(shape, outline) + 2 * EDGE)}"/>'
        for d, outline in paths
    )
    above = "".join(
        f'<path d="{d}" fill="{colour}" stroke="none"/>'
        if outline.filled
        else f'<path d="{d}" stroke-width="{shape.width}"/>'
        for d, outline in paths
    )
    return (
        f'<g {_CAPS}><g stroke="{edge}">{below}</g><g stroke="{colour}">{above}</g></g>'
    )


def _line(shape: Shape, outline: Outline) -> float:
    return 0 if outline.filled else shape.width


def _letters(shape: Shape, frame: tuple[float, float], colour: str, edge: str) -> str:
    stands = lettering(shape, frame)
    lines = "".join(
        f'<tspan x="0" y="{_n(stands.size * (ASCENT + n * LEADING))}">{_text(line)}'
        "</tspan>"
        for n, line in enumerate(stands.lines)
    )
    x, y = stands.at
    return (
        f'<text transform="translate({_n(x)} {_n(y)}) rotate({_n(stands.angle)})"'
        f' font-size="{_n(stands.size)}" {LETTERS} fill="{colour}" stroke="{edge}"'
        f' stroke-width="{_n(2 * EDGE)}" stroke-linejoin="round" paint-order="stroke"'
        f' xml:space="preserve">{lines}</text>'
    )


def _path(outline: Outline) -> str:
    return "".join(_steps(outline))


def _steps(outline: Outline) -> Iterator[str]:
    for step in outline.steps:
        yield step.letter + " ".join(f"{_n(x)},{_n(y)}" for x, y in step.points)


def _n(number: float) -> str:
    """Return a number with two digits after the point at most."""
    return f"{round(number, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def _text(words: str) -> str:
    return html.escape(_NO_TEXT.sub("\ufffd", words), quote=True)


def words_on(shapes: Iterable[Shape]) -> list[str]:
    """Return what is written on a picture, for those who do not see it."""
    return [" ".join(shape.text.split()) for shape in shapes if shape.text]
