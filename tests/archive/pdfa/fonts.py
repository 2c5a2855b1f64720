"""Fonts (6.2.11): embedded, with right widths, and telling what each letter is."""

from __future__ import annotations

import io
import re
from array import array
from collections.abc import Iterator
from typing import Any

import pikepdf
from fontTools.ttLib import TTFont

from tests.archive.pdfa.content import Drawn

_BLOCK = re.compile(rb"beginbf(char|range)(.*?)endbf\1", re.DOTALL)
_PART = re.compile(rb"<([0-9A-Fa-f\s]*)>")
_FORBIDDEN = {0, 0xFEFF, 0xFFFE}  # 6.2.11.7.2
_SLACK = 1.0  # thousandths of the font's size, 6.2.11.5


def problems(pdf: pikepdf.Pdf, drawn: Drawn, level: str) -> Iterator[str]:
    """Yield what is wrong with fonts that are used."""
    for number, codes in sorted(drawn.codes.items()):
        font = pdf.get_object(number)
        name = str(font.get("/BaseFont", "a font"))
        for one in _font(font, codes, level):
            yield f"{one} ({name})"


def _font(font: Any, codes: set[int], level: str) -> Iterator[str]:
    if font.get("/Subtype") != "/Type0" or font.get("/Encoding") != "/Identity-H":
        yield "6.2.11.3: not a font of the one kind that ours are"
        return
    below = font.DescendantFonts[0]
    if below.get("/Subtype") != "/CIDFontType2" or "/CIDSystemInfo" not in below:
        yield "6.2.11.3.1: what is below it does not fit"
        return
    descriptor = below.get("/FontDescriptor", {})
    names = {str(font.BaseFont), str(below.BaseFont), str(descriptor.get("/FontName"))}
    if len(names) != 1:
        yield "6.2.11.2: it has several names"
    if "/CIDSet" in descriptor:
        yield "6.2.11.4.2: a CIDSet, which ours do without"
    if "/FontFile2" not in descriptor:
        yield "6.2.11.4.1: it is not embedded"
        return
    try:
        program = TTFont(io.BytesIO(descriptor.FontFile2.read_bytes()))
        yield from _glyphs(below, program, codes)
    except Exception as error:  # noqa: BLE001 - a broken font fails in any way
        yield f"6.2.11.2: the embedded program cannot be read: {error!r}"
    if level in ("A", "U"):
        yield from _letters(font, codes)


def _glyphs(below: Any, program: TTFont, codes: set[int]) -> Iterator[str]:
    glyphs = _glyph_of(below.get("/CIDToGIDMap"))
    if glyphs is None:
        yield "6.2.11.3.2: no map from letters to glyphs"
        return
    widths = _widths(below)
    advances, scale = program["hmtx"], 1000 / program["head"].unitsPerEm
    order = program.getGlyphOrder()
    usual = float(below.get("/DW", 1000))
    for code in sorted(codes):
        glyph = glyphs(code)
        if not 0 < glyph < len(order):
            yield f"6.2.11.8: the letter {code} has no glyph"
            continue
        advance = advances[order[glyph]][0] * scale
        if abs(widths.get(code, usual) - advance) > _SLACK:
            yield f"6.2.11.5: {code} is told to be {widths.get(code, usual)} wide, and"
            yield f"6.2.11.5: {code} is {advance} wide"


def _glyph_of(told: Any) -> Any:
    if told == "/Identity":
        return lambda code: code
    if not isinstance(told, pikepdf.Stream):
        return None
    glyphs = array("H", told.read_bytes())
    glyphs.byteswap()
    return lambda code: glyphs[code] if code < len(glyphs) else 0


def _widths(below: Any) -> dict[int, float]:
    """Return widths by code: ``[first [w w w] first last w]``."""
    found: dict[int, float] = {}
    todo = list(below.get("/W", []))
    while todo:
        first, second = int(todo.pop(0)), todo.pop(0)
        if isinstance(second, pikepdf.Array):
            found.update(enumerate(map(float, second), first))
        else:
            width = float(todo.pop(0))
            found.update(dict.fromkeys(range(first, int(second) + 1), width))
    return found


def _letters(font: Any, codes: set[int]) -> Iterator[str]:
    told = font.get("/ToUnicode")
    if not isinstance(told, pikepdf.Stream):
        yield "6.2.11.7.2: it does not say which letters it has"
        return
    letters = _unicode(told.read_bytes())
    for code in sorted(codes):
        said = letters.get(code, "")
        if not said or any(ord(one) in _FORBIDDEN for one in said):
            yield f"6.2.11.7.2: it does not say which letter {code} is"
        elif any("\ue000" <= one <= "\uf8ff" or one >= "\U000f0000" for one in said):
            yield f"6.2.11.7.3: {code} is a letter of nobody's"


def _unicode(data: bytes) -> dict[int, str]:
    found: dict[int, str] = {}
    for block in _BLOCK.finditer(data):
        parts = [bytes.fromhex(one.decode()) for one in _PART.findall(block[2])]
        if block[1] == b"char":
            for code, text in zip(parts[::2], parts[1::2], strict=True):
                found[int.from_bytes(code)] = text.decode("utf-16-be")
        else:
            for first, last, text in zip(*(parts[n::3] for n in range(3)), strict=True):
                start = int.from_bytes(text)
                for n, code in enumerate(
                    range(int.from_bytes(first), int.from_bytes(last) + 1)
                ):
                    found[code] = (start + n).to_bytes(len(text)).decode("utf-16-be")
    return found
