"""Which letter each glyph of a font stands for, so that text can be found and spoken.

PDF/A wants that of every glyph (ISO 19005-2, 6.2.11.7.2). Where several glyphs are one
letter together, fpdf2 tells it of the first; of the others we say that they add none.
"""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence

from pikepdf import Object, Stream

NOTHING = "200B"  # a space of no width
_MOST = 100  # lines of a block (Adobe technical note 5014)
_LINE = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>")
_NULL = re.compile(rb"<0000> <0000>\n?")  # of the glyph that is no letter; unused


def complete(pages: Iterable[Object]) -> None:
    """Let the fonts of these pages say of each of their glyphs what it stands for."""
    seen = set()
    for page in pages:
        for font in page.Resources.get("/Font", {}).values():
            if font.objgen not in seen:
                seen.add(font.objgen)
                _complete(font)


def _complete(font: Object) -> None:
    told: Stream = font.ToUnicode  # type: ignore[assignment]
    text = told.read_bytes()
    known = {int(code, 16) for code, _ in _LINE.findall(text)}
    blocks = "".join(_blocks([code for code in _codes(font) if code not in known]))
    head, end, tail = _NULL.sub(b"<0000> <FFFD>\n", text).rpartition(b"endcmap")
    told.write(head + blocks.encode() + end + tail)


def _codes(font: Object) -> Iterator[int]:
    """Yield the codes that lead to a glyph of the font."""
    glyphs = array("H", font.DescendantFonts[0].CIDToGIDMap.read_bytes())
    if sys.byteorder == "little":
        glyphs.byteswap()
    return (code for code, glyph in enumerate(glyphs) if glyph)


def _blocks(codes: Sequence[int]) -> Iterator[str]:
    for start in range(0, len(codes), _MOST):
        some = codes[start : start + _MOST]
        lines = "".join(f"<{code:04X}> <{NOTHING}>\n" for code in some)
        yield f"{len(some)} beginbfchar\n{lines}endbfchar\n"
