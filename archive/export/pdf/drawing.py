"""The pages of a report, drawn: cover, contents, photos with captions, appendix."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from archive.export.pdf.canvas import GREY, Canvas, Link, Tag
from archive.export.pdf.captions import Caption, caption_of
from archive.export.pdf.charting import Guide, compass, draw_key_plan
from archive.export.pdf.charts import KeyPlan
from archive.export.pdf.covers import Cover, draw_cover, said
from archive.export.pdf.layout import (
    BOTTOM,
    CONTENTS_LINE,
    HEADING,
    MARGIN,
    PADDING,
    QR_SIDE,
    TOP,
    Box,
    Cell,
    Heading,
    Sheet,
    body,
    contents_lines,
    contents_pages,
    grid,
)
from archive.export.pdf.markups import draw_markups
from archive.export.pdf.pictures import Picture
from archive.export.pdf.sections import Item, Section
from archive.export.pdf.template import Template
from archive.export.words import Words
from archive.markup_shapes import Shape

BASE = 9.0  # points
SMALL = 7.0
TWO_LINES = 8.0  # millimetres of them
PLACEHOLDER = 8.0
LONG = 1500  # letters of a piece of the appendix: a third of a page


@dataclass(frozen=True, slots=True)
class Story:
    """All that a report says.

    :param pictures: of the photos by id, or why there is none
    :param key: the pages of the key plan
    :param grounds: what lies below their pins, by the number of the chart
    :param markups: what is drawn on photos, by their ids
    """

    template: Template
    words: Words
    cover: Cover | None
    title: str
    sections: Sequence[Section]
    sheets: Sequence[Sheet]
    pictures: Mapping[int, Picture | str]
    key: KeyPlan | None = None
    grounds: Mapping[int, Picture | str] = field(default_factory=dict)
    markups: Mapping[int, Sequence[Shape]] = field(default_factory=dict)

    @property
    def contents(self) -> int:
        """How many pages the table of contents takes."""
        more = 1 if self.key else 0
        return contents_pages(len(self.sections), self.template, more)

    @property
    def charts_at(self) -> int:
        """On which page the key plan begins, counted from 0."""
        return (1 if self.cover else 0) + self.contents

    @property
    def photos_at(self) -> int:
        """On which page the photos begin, counted from 0."""
        return self.charts_at + (self.key.pages if self.key else 0)


def draw(canvas: Canvas, story: Story, check: Callable[[], None]) -> None:
    """Draw all pages.

    :param check: called between two; raises to end it
    """
    if story.cover:
        draw_cover(canvas, story.words, story.cover)
    _contents(canvas, story)
    if story.key:
        draw_key_plan(canvas, _guide(story, story.key), check)
    cut = _photos(canvas, story, check)
    if cut:
        _appendix(canvas, story, cut)
    left = story.template.footer or story.title
    canvas.feet(1 if story.cover else 0, left, story.words.texts["page"])


# The table of contents


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the contents, and the page that it leads to, counted from 0."""

    title: str
    told: str
    page: int


def _contents(canvas: Canvas, story: Story) -> None:
    if not story.contents:
        return
    entries = list(_entries(story))
    lines = contents_lines(story.template)
    title = story.words("contents")
    toc = canvas.tags.add("Sect")
    for start in range(0, len(entries), lines):
        canvas.new_page()
        area = body(story.template)
        if not start:
            canvas.outline.append((title, canvas.page))
            box = Box(area.x, area.y, area.w, HEADING)
            said(canvas, toc.add("H1"), box, title, 16)
            listed = toc.add("TOC")
        y = area.y + HEADING
        for entry in entries[start : start + lines]:
            _entry(canvas, story, listed, entry, y)
            y += CONTENTS_LINE


def _entries(story: Story) -> Iterator[_Entry]:
    if story.key:
        yield _Entry(story.words("key_plan"), "", story.charts_at)
    begins = {
        part.section: story.photos_at + at
        for at, sheet in reversed(list(enumerate(story.sheets)))
        for part in sheet.parts
        if isinstance(part, Heading) and not part.continued
    }
    for number, section in enumerate(story.sections):
        count = story.words.count(len(section.items))
        yield _Entry(section.title, count, begins[number])


def _entry(canvas: Canvas, story: Story, listed: Tag, entry: _Entry, y: float) -> None:
    """Write a line of the contents, so far down."""
    area = body(story.template)
    link = listed.add("TOCI").add("Reference").add("Link", entry.title)
    with canvas.tagged(link):
        canvas.text(Box(area.x, y, area.w - 52, 5), entry.title, 10)
        box = Box(area.x + area.w - 50, y, 34, 5)
        canvas.text(box, entry.told, 9, grey=GREY, align="R")
        box = Box(area.x + area.w - 14, y, 14, 5)
        canvas.text(box, str(entry.page + 1), 10, align="R")
    place = Box(area.x, y - 0.8, area.w, CONTENTS_LINE - 1)
    link.kids.append(Link(canvas.page, place, entry.page, entry.title))
    canvas.line(area.x, y + CONTENTS_LINE - 1.6, area.w, 0xE4)


# The key plan


def _guide(story: Story, key: KeyPlan) -> Guide:
    """Return what the key plan needs to know of the photos."""
    words, leads, says = story.words, {}, {}
    for at, sheet in enumerate(story.sheets, story.photos_at):
        for part in sheet.parts:
            if isinstance(part, Cell) and part.item.number not in leads:
                photo = part.item.photo
                leads[part.item.number] = at
                told = (compass(words, photo.direction), photo.description)
                says[part.item.number] = ", ".join(text for text in told if text)
    return Guide(story.template, words, key, story.grounds, leads, says)


# The photos


def _photos(
    canvas: Canvas, story: Story, check: Callable[[], None]
) -> list[tuple[Item, Caption]]:
    """Draw the pages of photos; returns captions that were cut short."""
    cut: dict[int, tuple[Item, Caption]] = {}
    parts: dict[int, Tag] = {}
    on = story.key.page_of() if story.key else {}
    back = {number: story.charts_at + page for number, page in on.items()}
    for sheet in story.sheets:
        check()
        canvas.new_page()
        for part in sheet.parts:
            if isinstance(part, Heading):
                _heading(canvas, story, part, parts)
            else:
                lead = back.get(part.item.number)
                caption = _cell(canvas, story, part, parts[part.section], lead)
                if caption:
                    cut.setdefault(part.item.number, (part.item, caption))
    return [cut[number] for number in sorted(cut)]


def _heading(
    canvas: Canvas, story: Story, heading: Heading, parts: dict[int, Tag]
) -> None:
    section = story.sections[heading.section]
    box = heading.box
    if heading.continued:
        title = story.words("continued", title=section.title)
        with canvas.artifact():
            canvas.text(Box(box.x, box.y, box.w, 6), title, 10, grey=GREY)
    else:
        canvas.outline.append((section.title, canvas.page))
        part = parts[heading.section] = canvas.tags.add("Sect")
        size = Box(box.x, box.y - 0.6, box.w - 36, 7)
        said(canvas, part.add("H1"), size, section.title, 13)
        count = story.words.count(len(section.items))
        right = Box(box.x + box.w - 34, box.y + 0.6, 34, 5)
        with canvas.tagged(part.add("P")):
            canvas.text(right, count, 9, grey=GREY, align="R")
    canvas.line(box.x, box.y + 7.4, box.w)


def _cell(
    canvas: Canvas, story: Story, cell: Cell, part: Tag, lead: int | None
) -> Caption | None:
    """Draw a photo with its caption; returns the caption when it was cut short.

    :param lead: the page of the key plan that it is on
    """
    caption = caption_of(cell.item, story.template, story.words)
    group = part.add("Div")
    figure = group.add("Figure", caption.alt)
    picture = story.pictures.get(cell.item.photo.id, "missing")
    if isinstance(picture, Picture):
        place = canvas.picture(cell.photo, picture, figure)
        photo = cell.item.photo
        if shapes := story.markups.get(photo.id):
            draw_markups(canvas, place, shapes, photo.rotation, figure)
        side = grid(story.template) == (1, 2)
        base = cell.photo.y if side else place.y + place.h + PADDING
    else:
        _placeholder(canvas, story, cell.photo, picture, figure)
        base = cell.caption.y
    bottom = cell.caption.y + cell.caption.h
    box = Box(cell.caption.x, base, cell.caption.w, bottom - base)
    return caption if _caption(canvas, story, box, caption, group, lead) else None


def _placeholder(canvas: Canvas, story: Story, box: Box, reason: str, tag: Tag) -> None:
    canvas.frame(box)
    tag.box = box
    if reason == "missing":
        reason = story.words("missing")
    text = story.words("no_picture", reason=reason)
    inner = Box(box.x + 4, box.y + box.h / 2 - 5, box.w - 8, 14)
    with canvas.tagged(tag):
        canvas.text(inner, text, PLACEHOLDER, grey=GREY, align="C")


def _caption(  # noqa: PLR0917
    canvas: Canvas,
    story: Story,
    box: Box,
    caption: Caption,
    group: Tag,
    lead: int | None,
) -> bool:
    """Write a caption; whether some of it did not fit."""
    if caption.qr:
        side = min(QR_SIDE, box.h, box.w / 3)
        place = Box(box.x + box.w - side, box.y, side, side)
        _qr(canvas, story, place, caption.qr, group)
        box = Box(box.x, box.y, box.w - side - 2, box.h)
    tag = group.add("Caption")
    bottom, y, cut = box.y + box.h, box.y, False
    small = sum(canvas.height_of(t, SMALL, box) + 0.2 for t in caption.small)
    if caption.head:
        room = Box(box.x, y, box.w, TWO_LINES)
        y += _head(canvas, story, room, caption.head, tag, lead)
    if caption.description:
        room = Box(box.x, y, box.w, max(bottom - y - small, 4.2))
        cut = not canvas.fits(caption.description, BASE, room)
        with canvas.tagged(tag.add("P")):
            y += canvas.text(room, caption.description, BASE)
    for text in caption.small:
        if y > bottom - 2.6:
            return True
        room = Box(box.x, y, box.w, max(bottom - y, 3.1))
        cut = cut or not canvas.fits(text, SMALL, room)
        with canvas.tagged(tag.add("P")):
            y += canvas.text(room, text, SMALL, grey=GREY) + 0.2
    return cut


def _head(  # noqa: PLR0917
    canvas: Canvas, story: Story, box: Box, head: str, tag: Tag, lead: int | None
) -> float:
    """Write number and date, which lead to the key plan."""
    paragraph = tag.add("P")
    if lead is None:
        return said(canvas, paragraph, box, head, BASE)
    title = story.words("back", number=head)
    link = paragraph.add("Link", title)
    height = said(canvas, link, box, head, BASE)
    link.kids.append(Link(canvas.page, box._replace(h=height), lead, title))
    return height


def _qr(canvas: Canvas, story: Story, box: Box, text: str, group: Tag) -> None:
    import segno

    made = segno.make(text, error="m", micro=False)
    rows = [[bool(dark) for dark in row] for row in made.matrix]
    canvas.squares(box, rows, group.add("Figure", story.words("qr", text=text)))


# What did not fit


def _appendix(
    canvas: Canvas, story: Story, cut: Sequence[tuple[Item, Caption]]
) -> None:
    title = story.words("appendix")
    width, height = canvas.size
    part = canvas.tags.add("Sect")
    y = height
    for item, caption in cut:
        tag = part.add("Div")
        head = story.words("number", n=item.number)
        for text in _pieces(caption):
            box = Box(MARGIN + 16, 0, width - 2 * MARGIN - 16, height - TOP - BOTTOM)
            needed = canvas.height_of(text, BASE, box) + 1.5
            if y + min(needed, 30) > height - BOTTOM:
                y = _appendix_page(canvas, part, title)
            if head:
                with canvas.tagged(tag.add("P")):
                    canvas.text(Box(MARGIN, y, 15, 5), head, BASE, bold=True)
                head = ""
            with canvas.tagged(tag.add("P")):
                y += canvas.text(Box(box.x, y, box.w, needed), text, BASE) + 1.5


def _appendix_page(canvas: Canvas, part: Tag, title: str) -> float:
    canvas.new_page()
    if not part.kids or part.kids[0].kind != "H1":  # type: ignore[union-attr]
        canvas.outline.append((title, canvas.page))
        heading = Tag("H1")
        part.kids.insert(0, heading)
        with canvas.tagged(heading):
            area = Box(MARGIN, TOP, canvas.size[0] - 2 * MARGIN, HEADING)
            canvas.text(area, title, 13, bold=True)
        return TOP + HEADING
    return TOP


def _pieces(caption: Caption) -> Iterator[str]:
    """Yield what a caption says, in pieces that fit on a page."""
    for text in (caption.description, *caption.small):
        for paragraph in text.split("\n"):
            words = paragraph.strip()
            while words:
                yield words[:LONG]
                words = words[LONG:]
