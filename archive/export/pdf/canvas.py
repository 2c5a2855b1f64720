"""A page to write on: fpdf2, with every piece of it tagged.

What stands on a page is either a part of the document's structure (a heading, a
paragraph, a figure), which is noted here and written by ``finishing``, or an artifact.
Pictures and links are noted, too: their places are known, and what they point at comes
later. fpdf2 has no public call for a page's own operators, so ``_out`` is used, here
alone; its version is pinned, and tests read what comes out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, cast

from fpdf import FPDF
from fpdf.enums import MethodReturnValue, TextMode, WrapMode, XPos, YPos

from archive.export.pdf.fonts import (
    BOLD,
    FOLDER,
    REGULAR,
    Fonts,
    breaks_anywhere,
    is_rtl,
    needs_shaping,
    shown,
)
from archive.export.pdf.layout import MARGIN, Box, fitted
from archive.export.pdf.pictures import Picture
from archive.export.pdf.shapes import POINT, Colour, Pen

BLACK, GREY, PALE = 0x22, 0x5C, 0xC8
ELLIPSIS = "…"
_MOST_HEIGHTS = 1000  # measured texts that are kept
LEADING = 1.25  # from line to line, in sizes of the letters
# EXIF orientation: a picture's matrix in its place, as factors of the place's width (a,
# c) and height (b, d), and its origin there
_TURNED = {
    1: (1, 0, 0, 1, 0, 0),
    2: (-1, 0, 0, 1, 1, 0),
    3: (-1, 0, 0, -1, 1, 1),
    4: (1, 0, 0, -1, 0, 1),
    5: (0, -1, -1, 0, 1, 1),
    6: (0, -1, 1, 0, 0, 1),
    7: (0, 1, 1, 0, 0, 0),
    8: (0, 1, -1, 0, 1, 0),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A piece of a page that belongs to a tag.

    :param page: counted from 0
    """

    page: int
    number: int


@dataclass(slots=True)
class Tag:
    """A part of the document's structure.

    :param kind: as PDF calls it: H1, P, Figure, TOC …
    :param alt: what a figure shows, in words
    :param box: where a figure is, in millimetres
    """

    kind: str
    kids: list[Tag | Mark | Link] = field(default_factory=list)
    alt: str = ""
    box: Box | None = None

    def add(self, kind: str, alt: str = "") -> Tag:
        """Add a part of it."""
        made = Tag(kind, alt=alt)
        self.kids.append(made)
        return made


@dataclass(frozen=True, slots=True)
class Link:
    """A place to click on, and the page that it leads to; both counted from 0."""

    page: int
    box: Box
    target: int
    title: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture on a page, under a name there."""

    page: int
    name: str
    picture: Picture


class Canvas:
    """The pages of a report, from the first to the last.

    :param size: of a page, millimetres
    """

    def __init__(self, size: tuple[float, float], fonts: Fonts) -> None:
        self.fonts = fonts
        self.size = size
        self.tags = Tag("Document")
        self.placed: list[Placed] = []
        self.outline: list[tuple[str, int]] = []
        self._marks = 0
        self._names: dict[int, str] = {}
        self._heights: dict[tuple[str, float, float, str], float] = {}
        self._pdf = _document(size, fonts)

    @property
    def page(self) -> int:
        """The page that is written on, counted from 0."""
        return self._pdf.page - 1

    def new_page(self) -> None:
        """Begin the next page."""
        self._pdf.add_page()
        self._marks = 0

    def output(self) -> bytes:
        """Return the pages as a PDF, without pictures, links and structure; once."""
        made = bytes(self._pdf.output())
        del self._pdf  # its pages take as much memory as the photos' records
        self._heights.clear()
        return made

    @contextmanager
    def tagged(self, tag: Tag) -> Iterator[None]:
        """Let what is written in the body belong to a tag."""
        mark = Mark(self.page, self._marks)
        self._marks += 1
        tag.kids.append(mark)
        self._pdf._out(f"/{tag.kind} <</MCID {mark.number}>> BDC")  # noqa: SLF001
        yield
        self._pdf._out("EMC")  # noqa: SLF001

    @contextmanager
    def artifact(self) -> Iterator[None]:
        """Let what is written in the body be no part of the document."""
        self._pdf._out("/Artifact BMC")  # noqa: SLF001
        yield
        self._pdf._out("EMC")  # noqa: SLF001

    def text(
        self,
        box: Box,
        text: str,
        size: float,
        *,
        bold: bool = False,
        grey: int = BLACK,
        align: Literal["L", "C", "R", ""] = "",
    ) -> float:
        """Write as much of a text as fits into a box; returns the height it took.

        :param size: points
        :param align: "": as its script goes
        """
        plain = shown(text, self.fonts).strip()
        if not plain:
            return 0.0
        self._style(size, bold=bold, grey=grey)
        line = size / POINT * LEADING
        plain = self._cut(plain, box, line)
        return self._lines(plain, box, line, align, dry_run=False)

    def fits(self, text: str, size: float, box: Box) -> bool:
        """Whether the whole of a text has room in a box."""
        return self.height_of(text, size, box) <= box.h + 0.01

    def height_of(self, text: str, size: float, box: Box) -> float:
        """Return how high a text is in a box of this width."""
        plain = shown(text, self.fonts).strip()
        self._style(size)
        return self._height(plain, box, size / POINT * LEADING) if plain else 0.0

    def _style(self, size: float, *, bold: bool = False, grey: int = BLACK) -> None:
        self._pdf.set_font("text", style="B" if bold else "", size=size)
        self._pdf.set_text_color(grey)

    def _cut(self, text: str, box: Box, line: float) -> str:
        """Return a text, or its beginning and an ellipsis where the box is too low."""
        room = max(box.h, line) + 0.01
        # more than that fits in no box: measuring takes long
        most = int(box.w * room / line * 3) + 80
        if len(text) <= most and self._height(text, box, line) <= room:
            return text
        low, high = 0, min(len(text), most)
        while low < high:
            middle = (low + high + 1) // 2
            if self._height(_beginning(text, middle), box, line) <= room:
                low = middle
            else:
                high = middle - 1
        return _beginning(text, low)

    def _height(self, text: str, box: Box, line: float) -> float:
        """Measure a text; fpdf2 shapes every letter for that, so it is kept."""
        key = (text, round(box.w, 2), self._pdf.font_size_pt, self._pdf.font_style)
        if key not in self._heights:
            if len(self._heights) > _MOST_HEIGHTS:
                self._heights.clear()
            self._heights[key] = self._lines(text, box, line, "", dry_run=True)
        return self._heights[key]

    def _lines(
        self, text: str, box: Box, line: float, align: str, *, dry_run: bool
    ) -> float:
        pdf, y, height = self._pdf, box.y, 0.0
        for paragraph in text.split("\n"):
            if not paragraph.strip():
                height += line / 2
                continue
            self._shape(needs_shaping(paragraph))
            pdf.set_xy(box.x, y + height)
            took = pdf.multi_cell(
                box.w,
                line,
                paragraph,
                align=align or ("R" if is_rtl(paragraph) else "L"),
                wrapmode=WrapMode.CHAR if breaks_anywhere(paragraph) else WrapMode.WORD,
                padding=0,
                new_x=XPos.LEFT,
                new_y=YPos.NEXT,
                dry_run=dry_run,
                output=MethodReturnValue.HEIGHT,
            )
            height += cast("float", took)
        return height

    def _shape(self, wanted: bool) -> None:  # noqa: FBT001
        """Let HarfBuzz shape what is written next, or not: that takes five times."""
        if wanted != bool(self._pdf.text_shaping):
            self._pdf.set_text_shaping(use_shaping_engine=wanted)

    def line(self, x: float, y: float, width: float, grey: int = PALE) -> None:
        """Draw a rule, as an artifact."""
        with self.artifact():
            self._pdf.set_draw_color(grey)
            self._pdf.set_line_width(0.2)
            self._pdf.line(x, y, x + width, y)

    def frame(self, box: Box) -> None:
        """Draw an empty box, as an artifact."""
        with self.artifact():
            self._pdf.set_draw_color(PALE)
            self._pdf.set_line_width(0.2)
            self._pdf.rect(*box)

    def picture(self, box: Box, picture: Picture, tag: Tag) -> Box:
        """Place a picture in the corner of a box; returns where it is."""
        place = fitted(box, picture.width, picture.height)
        name = self._names.setdefault(picture.object, f"Ph{picture.object}")
        a, b, c, d, e, f = _TURNED[picture.turn]
        w, h = place.w * POINT, place.h * POINT
        x, y = place.x * POINT, (self.size[1] - place.y - place.h) * POINT
        matrix = (a * w, b * h, c * w, d * h, x + e * w, y + f * h)
        tag.box = place
        with self.tagged(tag):
            numbers = " ".join(f"{value:.3f}" for value in matrix)
            self._pdf._out(f"q {numbers} cm /{name} Do Q")  # noqa: SLF001
        self.placed.append(Placed(self.page, name, picture))
        return place

    def ground(self, box: Box, frame: Box, picture: Picture, tag: Tag) -> None:
        """Place an upright picture so that it fills a box; a frame shows a part."""
        name = self._names.setdefault(picture.object, f"Ph{picture.object}")
        pen = Pen(self.size[1])
        matrix = f"{box.w * POINT:.3f} 0 0 {box.h * POINT:.3f}"
        corner = pen.spot(box.x, box.y + box.h)
        with self.tagged(tag):
            self.draw(f"q {pen.rectangle(frame)} W n {matrix} {corner} cm /{name} Do Q")
        self.placed.append(Placed(self.page, name, picture))

    def draw(self, *shapes: str) -> None:
        """Draw shapes within what is tagged, or an artifact; as ``Pen`` gives them."""
        for shape in shapes:
            self._pdf._out(shape)  # noqa: SLF001

    @contextmanager
    def clipped(self, box: Box) -> Iterator[None]:
        """Let what is drawn be seen within a box alone."""
        with self._pdf.local_context():
            self.draw(f"{Pen(self.size[1]).rectangle(box)} W n")
            yield

    @contextmanager
    def turned(self, at: tuple[float, float], angle: float) -> Iterator[None]:
        """Let what is drawn be turned about a place, degrees clockwise."""
        with self._pdf.rotation(-angle, *at):
            yield

    def letters(
        self,
        base: tuple[float, float],
        text: str,
        size: float,
        colours: tuple[Colour, Colour],
        edge: float,
    ) -> None:
        """Write one line from a place on its baseline, with an edge around its letters.

        :param size: millimetres, like ``edge``, the width of the edge on both sides
        :param colours: of the letters, and of the edge
        """
        pdf, plain = self._pdf, shown(text, self.fonts).rstrip()
        if not plain.strip():
            return
        fill, around = (tuple(round(255 * part) for part in c) for c in colours)
        self._shape(needs_shaping(plain))
        pdf.set_font("text", style="B", size=size * POINT)
        for mode, colour in ((TextMode.STROKE, around), (TextMode.FILL, fill)):
            with pdf.local_context():
                pdf.text_mode = mode
                pdf.set_line_width(edge)
                pdf.set_draw_color(*colour)
                pdf.set_text_color(*colour)
                self.draw("1 j")
                pdf.set_xy(base[0], base[1] - 0.8 * size)
                pdf.cell(h=size, text=plain)

    def squares(self, box: Box, rows: list[list[bool]], tag: Tag) -> None:
        """Draw the dark squares of a pattern, such as a QR code."""
        side = box.w / len(rows) * POINT
        x, y = box.x * POINT, (self.size[1] - box.y) * POINT
        tag.box = box
        with self.tagged(tag):
            self._pdf._out("q 0 g")  # noqa: SLF001
            for number, row in enumerate(rows, 1):
                for start, end in _runs(row):
                    corner = f"{x + start * side:.3f} {y - number * side:.3f}"
                    size = f"{(end - start) * side:.3f} {side:.3f}"
                    self._pdf._out(f"{corner} {size} re")  # noqa: SLF001
            self._pdf._out("f Q")  # noqa: SLF001

    def feet(self, first: int, left: str, right: str) -> None:
        """Write the foot of all pages from one on; called last, when all are known.

        :param first: counted from 0
        :param right: ``{n}`` becomes a page's number, ``{of}`` that of the last one
        """
        last = self._pdf.page
        width, height = self.size
        half = (width - 2 * MARGIN) / 2
        for page in range(first + 1, last + 1):
            self._pdf.page = page
            self._style(1)  # another one first: fpdf2 names a font on a page once
            with self.artifact():
                box = Box(MARGIN, height - 12, half, 4)
                self.text(box, left, 8, grey=GREY)
                text = right.format(n=page, of=last)
                box = Box(MARGIN + half, height - 12, half, 4)
                self.text(box, text, 8, grey=GREY, align="R")


def _document(size: tuple[float, float], fonts: Fonts) -> FPDF:
    pdf = FPDF(unit="mm", format=size)
    pdf.set_auto_page_break(auto=False)
    pdf.set_margin(0)
    pdf.c_margin = 0
    pdf.add_font("text", "", FOLDER / REGULAR)
    pdf.add_font("text", "B", FOLDER / BOLD)
    for name in fonts.fallbacks:
        pdf.add_font(_family(name), "", FOLDER / name)
    pdf.set_fallback_fonts(["text", *map(_family, fonts.fallbacks)], exact_match=False)
    pdf.set_text_shaping(use_shaping_engine=True)
    pdf.alias_nb_pages("")  # else {nb} in a caption would become a number
    pdf.set_font("text", size=9)
    return pdf


def _family(file: str) -> str:
    """Return a name in lower case: capitals B and I are styles to fpdf2."""
    return file.partition(".")[0].lower()


def _beginning(text: str, length: int) -> str:
    """Return the first letters of a text, to the end of a word where one is near."""
    if length >= len(text):
        return text
    part = text[:length]
    word = part.rpartition(" ")[0]
    if len(word) > length - 20:
        part = word
    return part.rstrip(" ,;:.\n") + ELLIPSIS


def _runs(row: list[bool]) -> Iterator[tuple[int, int]]:
    """Yield where dark squares that stand side by side begin and end."""
    start = None
    for at, dark in enumerate([*row, False]):
        if dark and start is None:
            start = at
        elif not dark and start is not None:
            yield start, at
            start = None
