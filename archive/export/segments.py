"""The parts of a JPEG (ITU T.81), and copies with other parts around its picture.

A copy is told as pieces: new bytes, and ranges of the file that stay as they are, so
the coded picture is never read into memory, and cannot change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from archive.errors import DamagedFile

Piece = bytes | tuple[int, int]  # new bytes, or first and last + 1 of those that stay

SOI, EOI, SOS, DRI = 0xD8, 0xD9, 0xDA, 0xDD
APP0, APP1, APP2, APP14 = 0xE0, 0xE1, 0xE2, 0xEE
CODED = 0  # what stands between a scan's header and the next marker
# Tables and headers that a decoder needs: SOFn, DHT, DAC, SOS, DQT, DNL, DRI, DHP, EXP
NEEDED = frozenset(range(0xC0, 0xD0)) | frozenset(range(0xDA, 0xE0))
EXIF = b"Exif\0\0"
MOST = 65_533  # bytes of content in one segment
_ALONE = frozenset(range(0xD0, 0xD8)) | {0x01}
# Within the coded picture FF is followed by 00, or by the number of a restart.
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
_MOST_SEGMENTS = 10_000


class Segment(NamedTuple):
    """A part of a JPEG: its marker (``CODED`` for none), and where it stands."""

    marker: int
    start: int
    stop: int


def segments(data: bytes) -> Iterator[Segment]:
    """Yield the parts of a JPEG, from SOI to EOI.

    :param data: the whole file, or a map of it
    :raises DamagedFile: it is none, or ends too early
    """
    if data[:2] != b"\xff\xd8":
        raise DamagedFile("", "is no JPEG")
    yield Segment(SOI, 0, 2)
    at = 2
    for _ in range(_MOST_SEGMENTS):
        found = _MARKER.search(data, at)
        if not found:
            raise DamagedFile("", "the end of the picture is missing")
        at, marker = found.start(), data[found.start() + 1]
        if marker == EOI:
            yield Segment(EOI, at, at + 2)
            return
        stop = at + 2 if marker in _ALONE else at + 2 + _length(data, at)
        yield Segment(marker, at, stop)
        at = stop
        if marker == SOS:
            end = _MARKER.search(data, at)
            at = end.start() if end else len(data)
            yield Segment(CODED, stop, at)
    raise DamagedFile("", "has too many parts")


def _length(data: bytes, at: int) -> int:
    length = int.from_bytes(data[at + 2 : at + 4])
    if length < 2 or at + 2 + length > len(data):
        raise DamagedFile("", "ends inside its header")
    return length


def segment(marker: int, content: bytes) -> bytes:
    """Return a segment with its marker and length.

    :raises ValueError: the content is too long for one
    """
    if len(content) > MOST:
        raise ValueError(f"{len(content)} bytes do not fit into a JPEG segment")
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2) + content


def joined(pieces: list[Piece]) -> list[Piece]:
    """Return pieces with ranges that follow each other as one."""
    found: list[Piece] = []
    for piece in pieces:
        last = found[-1] if found else b""
        if isinstance(piece, tuple) and isinstance(last, tuple) and last[1] == piece[0]:
            found[-1] = (last[0], piece[1])
        elif piece:
            found.append(piece)
    return found
