"""The first page of a report."""

from __future__ import annotations

from dataclasses import dataclass

from archive.export.pdf.canvas import BLACK, GREY, Canvas, Tag
from archive.export.pdf.layout import Box
from archive.export.pdf.pictures import Picture
from archive.export.words import Words


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands on the first page.

    :param facts: labels and what they say
    :param photo: the project's, with what it shows in words
    """

    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    lines: tuple[str, ...]
    made: str
    logo: Picture | None
    photo: Picture | None
    photo_text: str = ""


def draw_cover(canvas: Canvas, words: Words, cover: Cover) -> None:
    """Draw the first page."""
    canvas.new_page()
    canvas.outline.append((cover.title, 0))
    part = canvas.tags.add("Sect")
    width, height = canvas.size
    area = Box(20, 22, width - 40, height - 44)
    y = area.y
    if cover.logo:
        place = Box(area.x, y, 70, 24)
        tag = part.add("Figure", words("logo"))
        canvas.picture(place, cover.logo, tag)
        y += 34
    y += said(canvas, part.add("H1"), Box(area.x, y, area.w, 40), cover.title, 26) + 2
    if cover.subtitle:
        box = Box(area.x, y, area.w, 20)
        y += said(canvas, part.add("P"), box, cover.subtitle, 14, bold=False) + 2
    y += 5
    canvas.line(area.x, y, area.w)
    y += 6
    below = 9.0 * len(cover.facts) + 6.0 * len(cover.lines) + 14
    if cover.photo:
        box = Box(area.x, y, area.w, area.y + area.h - y - below - 6)
        tag = part.add("Figure", cover.photo_text)
        place = canvas.picture(box, cover.photo, tag)
        y = min(place.y + place.h, box.y + box.h) + 8
    for label, text in cover.facts:
        with canvas.tagged(part.add("P")):
            canvas.text(Box(area.x, y, 40, 6), label, 10, grey=GREY)
            box = Box(area.x + 42, y, area.w - 42, 10)
            y += max(canvas.text(box, text, 10), 4.4) + 1.6
    y += 2
    for line in cover.lines:
        box = Box(area.x, y, area.w, 10)
        y += said(canvas, part.add("P"), box, line, 10, bold=False) + 1.2
    foot = Box(area.x, area.y + area.h - 4, area.w, 5)
    said(canvas, part.add("P"), foot, cover.made, 9, bold=False, grey=GREY)


def said(
    canvas: Canvas,
    tag: Tag,
    box: Box,
    text: str,
    size: float,
    *,
    bold: bool = True,
    grey: int = BLACK,
) -> float:
    """Write a text as a part of the document; returns the height it took."""
    with canvas.tagged(tag):
        return canvas.text(box, text, size, bold=bold, grey=grey)
