"""The simple ones: BMP and the portable any-maps (PNM)."""

from __future__ import annotations

import re

from archive.facts.contents import Contents
from archive.facts.source import Source

_PNM = re.compile(rb"P([1-6])(?:\s|#[^\n]*\n)+(\d{1,9})(?:\s|#[^\n]*\n)+(\d{1,9})\s")
_CUT = "the file was cut off: it is shorter than it says"


def read_bmp(source: Source, contents: Contents) -> None:
    """Fill in size and damage of a BMP (Windows' or OS/2's header)."""
    head = source.read(0, 54)
    if len(head) < 26:
        contents.damaged("the file ends inside its header")
        return
    start = int.from_bytes(head[10:14], "little")
    if int.from_bytes(head[14:18], "little") == 12:
        width = int.from_bytes(head[18:20], "little")
        height = int.from_bytes(head[20:22], "little")
        depth, packing = int.from_bytes(head[24:26], "little"), 0
    else:
        width = int.from_bytes(head[18:22], "little", signed=True)
        # negative: the rows are stored from the top
        height = abs(int.from_bytes(head[22:26], "little", signed=True))
        depth = int.from_bytes(head[28:30], "little")
        packing = int.from_bytes(head[30:34], "little")
    if width <= 0 or not height:
        contents.damaged("the header holds no possible size")
        return
    contents.width, contents.height = width, height
    contents.details["bit_depth"] = depth
    rows = (width * depth + 31) // 32 * 4 * height
    if packing in (0, 3) and start + rows > source.size:
        contents.damaged(_CUT)


def read_pnm(source: Source, contents: Contents) -> None:
    """Fill in the size of a PBM, PGM or PPM (netpbm's manual pages)."""
    match = _PNM.match(source.read(0, 4096))
    if match is None:
        contents.damaged("the header holds no possible size")
        return
    kind, width, height = (int(group) for group in match.groups())
    contents.width, contents.height = width, height
    if kind == 4:
        least = (width + 7) // 8 * height
    else:
        least = width * height * {1: 1, 2: 2, 3: 6, 5: 1, 6: 3}[kind]
    if match.end() + least > source.size + (kind < 4):
        contents.damaged(_CUT)
