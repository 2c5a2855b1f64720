"""Where everything stands on which page: millimetres from the top left corner.

Nothing is drawn and no text is measured here, so that the pages are known before the
first is written: contents can name them, and photos are made as large as they will be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from archive.export.pdf.sections import Item, Section
from archive.export.pdf.template import PAPERS, Template

MARGIN = 14.0
TOP = 14.0
BOTTOM = 18.0  # with the page's number
HEADING = 11.0
GAP = 5.0  # between photos
PADDING = 1.5  # between a photo and its caption
SHAPE = 3 / 4  # of most photos
QR_SIDE = 16.0
LEAST_PHOTO = 0.42  # of a cell's height, however many fields its caption has
FIRST_LINE = 5.0
LINE = 4.3  # of the description
SMALL_LINE = 3.5  # of other fields
CONTENTS_LINE = 7.0

_GRIDS = {1: (1, 1), 2: (1, 2), 4: (2, 2), 6: (2, 3), 9: (3, 3)}
_WIDE_GRIDS = {1: (1, 1), 2: (2, 1), 4: (2, 2), 6: (3, 2), 9: (3, 3)}
_PAIRS = {1: (2, 1), 2: (2, 1), 4: (2, 2), 6: (2, 3), 9: (2, 3)}


class Box(NamedTuple):
    """A rectangle: its top left corner, width and height."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a section.

    :param section: which one
    :param continued: it began on a page before
    """

    section: int
    continued: bool
    box: Box


@dataclass(frozen=True, slots=True)
class Cell:
    """A photo and its caption."""

    section: int
    item: Item
    photo: Box
    caption: Box


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of photos, from top to bottom."""

    parts: tuple[Heading | Cell, ...]


def paper(template: Template) -> tuple[float, float]:
    """Return the width and height of a page."""
    width, height = PAPERS[template.paper]
    return (height, width) if template.landscape else (width, height)


def body(template: Template) -> Box:
    """Return where photos can stand."""
    width, height = paper(template)
    return Box(MARGIN, TOP, width - 2 * MARGIN, height - TOP - BOTTOM)


def grid(template: Template) -> tuple[int, int]:
    """Return how many photos stand beside and below each other."""
    if template.pairs:
        return _PAIRS[template.per_page]
    return (_WIDE_GRIDS if template.landscape else _GRIDS)[template.per_page]


def arrange(sections: Sequence[Section], template: Template) -> list[Sheet]:
    """Return the pages of photos.

    Each page begins with the title of its section; a section begins where the one
    before it ended when a row of photos still fits there.
    """
    area = body(template)
    columns, rows = grid(template)
    # so that a page has room for as many short sections as for rows
    headings = min(rows, len(sections))
    height = (area.h - headings * HEADING - (rows - 1) * GAP) / rows
    sheets: list[list[Heading | Cell]] = []
    y = area.h  # as if a page were full
    for number, section in enumerate(sections):
        for at in range(0, len(section.items), columns):
            begins, fits = at == 0, y + height <= area.h + 1e-6
            if begins:
                fits = y + HEADING + height <= area.h + 1e-6
            if not fits:
                sheets.append([])
                y = 0.0
            if begins or not fits:
                box = Box(area.x, area.y + y, area.w, HEADING)
                sheets[-1].append(Heading(number, not begins, box))
                y += HEADING
            row = Box(area.x, area.y + y, area.w, height)
            some = section.items[at : at + columns]
            sheets[-1] += _row(row, number, some, template)
            y += height + GAP
    return [Sheet(tuple(parts)) for parts in sheets]


def _row(
    row: Box, section: int, items: Sequence[Item], template: Template
) -> Iterator[Cell]:
    columns, _ = grid(template)
    width = (row.w - (columns - 1) * GAP) / columns
    for column, item in enumerate(items):
        cell = Box(row.x + column * (width + GAP), row.y, width, row.h)
        yield Cell(section, item, *split(cell, template))


def split(cell: Box, template: Template) -> tuple[Box, Box]:
    """Return where in a cell the photo is, and where its caption."""
    if grid(template) == (1, 2):  # beside it: a photo is wide, half a page is, too
        width = min(cell.w * 0.64, cell.h / SHAPE)
        left = Box(cell.x, cell.y, width, cell.h)
        x = cell.x + width + 2 * PADDING
        return left, Box(x, cell.y, cell.x + cell.w - x, cell.h)
    least = caption_height(template) + PADDING
    height = max(cell.h - least, cell.h * LEAST_PHOTO)
    top = Box(cell.x, cell.y, cell.w, height)
    y = cell.y + height + PADDING
    return top, Box(cell.x, y, cell.w, cell.y + cell.h - y)


def caption_height(template: Template) -> float:
    """Return what a caption wants: two lines of description, one each of the rest."""
    fields = set(template.fields)
    headed = template.key_plan or fields & {"number", "taken"}
    height = FIRST_LINE if headed else 0.0
    height += 2 * LINE if "description" in fields else 0.0
    height += SMALL_LINE * len(fields - {"number", "taken", "description"})
    if grid(template)[0] > 1:  # what takes two lines there
        height += SMALL_LINE * len(fields & {"sha256", "location", "filename"})
    return max(height, QR_SIDE if template.qr else 0.0)


def fitted(box: Box, width: float, height: float) -> Box:
    """Return the largest place of a shape within a box, in its corner at the top."""
    scale = min(box.w / width, box.h / height)
    return Box(box.x, box.y, width * scale, height * scale)


def pixels(box: Box, width: int, height: int, resolution: int) -> int:
    """Return how long the longest side of a photo is when it is printed in a box."""
    place = fitted(box, width, height)
    return max(1, round(max(place.w, place.h) / 25.4 * resolution))


def contents_pages(sections: int, template: Template, more: int = 0) -> int:
    """Return how many pages the table of contents takes.

    :param more: lines beside those of sections
    """
    if not template.contents or sections < 2:
        return 0
    return -(-(sections + more) // contents_lines(template))


def contents_lines(template: Template) -> int:
    """Return how many sections a page of contents lists."""
    return int((body(template).h - HEADING) // CONTENTS_LINE)
