"""Words as pixels: shaped by HarfBuzz, in whatever script our fonts have.

The same letters as in reports (``archive.export.pdf.fonts``), for what is burned into
copies of photos. Nothing here knows pictures: what comes out is how much of each pixel
is covered.
"""

from __future__ import annotations

import io
import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

from archive.export.pdf.fonts import (
    BOLD,
    FOLDER,
    Fonts,
    breaks_anywhere,
    fonts_for,
    has_letter,
    is_rtl,
    shown,
)

LEADING = 1.3  # from line to line, in sizes of the letters
ELLIPSIS = "…"
_ISOLATES = "\u2068\u2069"  # around what is a whole in itself (UAX 9, 2.4)
_ASCENT, _DESCENT = 1.0, 0.3  # of what stands above and below a line, in sizes


@dataclass(frozen=True, slots=True)
class Lettering:
    """A drawn text: a byte for each pixel, 255 where a letter covers it all.

    :param coverage: row by row from the top
    """

    width: int
    height: int
    coverage: bytes


def lettering(text: str, size: float, width: float, most: int = 4) -> Lettering | None:
    """Draw a text in lines of at most a width; None: it has no letters.

    :param size: of the letters, pixels
    :param most: lines; what is more is cut, with … at its end
    """
    fonts = fonts_for([text, ELLIPSIS])
    plain = "".join(
        part if part in _ISOLATES else shown(part, fonts)
        for part in re.split(f"([{_ISOLATES}])", text)
    ).strip()
    lines = _lines(plain, fonts, width / size, most)
    if not lines:
        return None
    widths = [_width(line, fonts) * size for line in lines]
    across = int(max(widths)) + 2
    down = int((_ASCENT + _DESCENT + LEADING * (len(lines) - 1)) * size) + 2
    drawn = _Drawing(across, down, size, fonts)
    for number, (line, wide) in enumerate(zip(lines, widths, strict=True)):
        left = across - 1 - wide if is_rtl(line) else 1.0
        drawn.line(line, left, (_ASCENT + LEADING * number) * size + 1)
    return Lettering(across, down, drawn.coverage())


def lines_at(
    lines: Sequence[tuple[str, float]],
    size: float,
    at: tuple[float, float],
    angle: float,
    box: tuple[int, int, int, int],
) -> bytes:
    """Draw lines that run at an angle, as far as they lie in a box.

    :param lines: each with how far its base lies below where the text begins, pixels
    :param size: of the letters, pixels
    :param at: where the text begins, at its top
    :param angle: degrees clockwise
    :param box: left, top, right and bottom, pixels; of them is the coverage
    """
    fonts = fonts_for([text for text, _ in lines])
    left, top, right, bottom = box
    drawn = _Drawing(right - left, bottom - top, size, fonts)
    along = (math.cos(math.radians(angle)), math.sin(math.radians(angle)))
    for text, base in lines:
        x = at[0] - left - base * along[1]
        y = at[1] - top + base * along[0]
        drawn.line(shown(text, fonts), x, y, along)
    return drawn.coverage()


def width_of(text: str) -> float:
    """Return how wide a line is, in sizes of its letters."""
    fonts = fonts_for([text])
    return _width(shown(text, fonts), fonts)


# Lines


def _lines(text: str, fonts: Fonts, width: float, most: int) -> list[str]:
    """Break a text into lines.

    :param width: in sizes of the letters
    """
    found: list[str] = []
    for paragraph in text.split("\n") if text.strip(_ISOLATES) else ():
        left = paragraph.strip()
        while left:
            if len(found) == most:
                found[-1] = _cut(found[-1] + ELLIPSIS, fonts, width)
                return found
            end = _end(left, fonts, width)
            found.append(left[:end].rstrip())
            left = left[end:].lstrip()
    return found


def _end(text: str, fonts: Fonts, width: float) -> int:
    """Return how much of a text stands in one line: whole words where that can be."""
    end = _most(text, fonts, width)
    if end == len(text) or breaks_anywhere(text):
        return end
    space = text.rfind(" ", 1, end + 1)
    return space if space > 0 else end


def _most(text: str, fonts: Fonts, width: float) -> int:
    """Return how many letters fit into a width; one at least."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if _width(text[:middle], fonts) <= width:
            low = middle
        else:
            high = middle - 1
    return low


def _cut(line: str, fonts: Fonts, width: float) -> str:
    """Return a line that ends with …, as long as there is room."""
    while len(line) > 2 and _width(line, fonts) > width:
        line = line[:-2].rstrip() + ELLIPSIS
    return line


# Letters


@dataclass(frozen=True, slots=True)
class _Run:
    """Letters of one font and direction."""

    text: str
    font: str
    rtl: bool


@lru_cache(maxsize=512)
def _runs(line: str, fonts: Fonts) -> tuple[_Run, ...]:
    """Return a line from left to right, as it is seen (UAX 9)."""
    from fpdf.bidi import BidiParagraph
    from fpdf.enums import TextDirection

    base = TextDirection.RTL if is_rtl(line) else TextDirection.LTR
    paragraph = BidiParagraph(line, base, preserve_bn_chars=True)
    seen = paragraph.get_reordered_characters()
    found: list[_Run] = []
    for level, letters in groupby(seen, key=lambda one: one.embedding_level):
        text = "".join(one.character for one in letters)
        if level % 2:  # shaped as it is read, then laid from right to left
            parts = [_Run(t, f, rtl=True) for t, f in _by_font(text[::-1], fonts)]
            found += reversed(parts)
        else:
            found += [_Run(t, f, rtl=False) for t, f in _by_font(text, fonts)]
    return tuple(found)


def _by_font(text: str, fonts: Fonts) -> Iterator[tuple[str, str]]:
    """Yield pieces of a text with the font of each; marks stay with their letter."""
    piece, last = "", BOLD
    for letter in text:
        mark = unicodedata.category(letter) in ("Mn", "Mc", "Me", "Cf")
        kept = mark and piece and has_letter(last, letter)
        font = last if kept else _font(letter, fonts)
        if font != last and piece:
            yield piece, last
            piece = ""
        piece, last = piece + letter, font
    if piece:
        yield piece, last


def _font(letter: str, fonts: Fonts) -> str:
    names = (BOLD, *fonts.fallbacks)
    return next((name for name in names if has_letter(name, letter)), BOLD)


def _width(line: str, fonts: Fonts) -> float:
    """Return how wide a line is, in sizes of the letters."""
    runs = _runs(line, fonts)
    return sum(glyph.advance for run in runs for glyph in _shaped(run))


@dataclass(frozen=True, slots=True)
class _Glyph:
    """A shape of a font, and where it stands: in sizes of the letters."""

    number: int
    x: float
    y: float
    advance: float


@lru_cache(maxsize=512)
def _shaped(run: _Run) -> tuple[_Glyph, ...]:
    import uharfbuzz

    font = _opened(run.font)
    buffer = uharfbuzz.Buffer()
    buffer.add_str(run.text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if run.rtl else "ltr"
    uharfbuzz.shape(font, buffer)
    unit = font.scale[0]
    placed: Sequence[Any] = buffer.glyph_positions or ()
    return tuple(
        _Glyph(
            info.codepoint, at.x_offset / unit, at.y_offset / unit, at.x_advance / unit
        )
        for info, at in zip(buffer.glyph_infos, placed, strict=True)
    )


@lru_cache(maxsize=32)
def _opened(name: str) -> Any:  # noqa: ANN401 - a uharfbuzz.Font
    import uharfbuzz

    path = FOLDER / name
    if path.suffix == ".woff":  # packed, which HarfBuzz does not read
        from fontTools.ttLib import TTFont

        with TTFont(path) as packed:
            packed.flavor = None
            plain = io.BytesIO()
            packed.save(plain, reorderTables=None)
        return uharfbuzz.Font(uharfbuzz.Face(plain.getvalue()))
    blob = uharfbuzz.Blob.from_file_path(str(path))
    return uharfbuzz.Font(uharfbuzz.Face(blob))


class _Drawing:
    """Lines of letters, drawn one after the other."""

    def __init__(self, width: int, height: int, size: float, fonts: Fonts) -> None:
        import uharfbuzz

        self._size, self._fonts = size, fonts
        self._width, self._height = width, height
        self._raster = uharfbuzz.RasterDraw()
        self._raster.extents = uharfbuzz.RasterExtents(0, 0, width, height, width)

    def line(
        self,
        text: str,
        left: float,
        base: float,
        along: tuple[float, float] = (1.0, 0.0),
    ) -> None:
        """Draw a line; ``base`` is counted from the top.

        :param along: where it runs, as cosine and sine of its angle clockwise
        """
        cosine, sine = along
        far = self._size * 3  # beyond it no letter reaches in
        for run in _runs(text, self._fonts):
            font = _opened(run.font)
            scale = self._size / font.scale[0]
            turn = (scale * cosine, -scale * sine, scale * sine, scale * cosine)
            for glyph in _shaped(run):
                across, up = glyph.x * self._size, glyph.y * self._size
                x = left + across * cosine + up * sine
                y = base + across * sine - up * cosine
                if -far < x < self._width + far and -far < y < self._height + far:
                    self._raster.transform = (*turn, x, self._height - y)
                    self._raster.draw_glyph(font, glyph.number)
                left += glyph.advance * self._size * cosine
                base += glyph.advance * self._size * sine

    def coverage(self) -> bytes:
        """Return all that was drawn, from the top."""
        image = self._raster.render()
        width, height, stride = (getattr(image.extents, n) for n in _EXTENTS)
        raw = image.buffer
        rows = range((height - 1) * stride, -1, -stride)
        return b"".join(raw[at : at + width] for at in rows)


_EXTENTS = ("width", "height", "stride")
