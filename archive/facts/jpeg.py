"""JPEG (ITU T.81) and its relatives: the segments before the picture, and its end.

Only headers are read; the compressed picture is skipped. Segments that are not
wanted are jumped over, however long they are.
"""

from __future__ import annotations

from collections.abc import Callable

from archive.facts.contents import Contents
from archive.facts.source import Memory, Part, Source
from archive.facts.texts import decode
from archive.facts.tiff import Directory, read_header

MOST_SEGMENTS = 2000
MOST_GARBAGE = 64 * 1024
_TAIL = 64 * 1024
_MOST_TRAILER = 256 * 1024 * 1024

_EXIF = b"Exif\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_PHOTOSHOP = b"Photoshop 3.0\0"
_ICC = b"ICC_PROFILE\0"
_MPF = b"MPF\0"

# start of frame: every coding except DHT (C4), JPG (C8) and DAC (CC)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset(range(0xD0, 0xD9)) | {0x01}  # markers without a length
_END, _SCAN = 0xD9, 0xDA


def read_jpeg(source: Source, contents: Contents) -> None:
    """Fill in size, metadata blocks and damage of a JPEG."""
    position = 2
    for _ in range(MOST_SEGMENTS):
        head = source.read(position, 20)
        if len(head) < 4 or head[0] != 0xFF or head[1] in (0x00, 0xFF):
            position = _next_marker(source, position, contents)
            if position < 0:
                break
        elif head[1] == _SCAN:
            _look_at_end(source, position, contents)
            return
        elif head[1] == _END:
            break
        elif head[1] in _ALONE:
            position += 2
        else:
            position = _segment(source, position, head, contents)
            if position > source.size:
                break
    contents.damaged("no picture data")


def _segment(source: Source, position: int, head: bytes, contents: Contents) -> int:
    """Keep what a segment says; where the next one is, beyond the end if nowhere.

    :param head: the segment's first bytes, from the marker on
    """
    marker, length = head[1], head[2] << 8 | head[3]
    if length < 2:
        contents.damaged("a JPEG segment has an impossible length")
        return source.size + 1
    if position + 2 + length > source.size:
        contents.damaged("the file ends inside its header")
    if marker in _KEPT:
        _KEPT[marker](source, position + 4, length - 2, head, contents)
    return position + 2 + length


def _frame(
    _source: Source, _start: int, length: int, head: bytes, contents: Contents
) -> None:
    """The picture's size and depth; a thumbnail's frame never stands here."""
    if contents.width is None and length >= 6 and len(head) >= 9:
        contents.details["bit_depth"] = head[4]
        contents.height = head[5] << 8 | head[6]
        contents.width = head[7] << 8 | head[8]


def _app1(
    source: Source, start: int, length: int, head: bytes, contents: Contents
) -> None:
    """EXIF, which is read in place, or XMP."""
    if head.startswith(_EXIF, 4):
        contents.keep_exif(Part(source, start + 6, length - 6))
    elif head.startswith(_XMP[:16], 4) and source.read(start, len(_XMP)) == _XMP:
        contents.keep_xmp(Part(source, start + len(_XMP), length - len(_XMP)))


def _app2(
    source: Source, start: int, length: int, head: bytes, contents: Contents
) -> None:
    """A colour profile's beginning, or the index of several pictures."""
    if head.startswith(_ICC, 4) and not contents.profile:
        contents.profile = source.read(start + 14, min(length - 14, 4096))
    elif head.startswith(_MPF, 4):
        contents.details["frames"] = _frames(source.read(start + 4, 128))


def _app13(
    source: Source, start: int, length: int, head: bytes, contents: Contents
) -> None:
    """Photoshop's resources, which hold IPTC."""
    if head.startswith(_PHOTOSHOP, 4) and not contents.iptc:
        contents.iptc = iptc_of(source.read(start + 14, length - 14))


def _comment(
    source: Source, start: int, length: int, _head: bytes, contents: Contents
) -> None:
    if "comment" not in contents.details:
        comment = decode(source.read(start, min(length, 8000)))
        if comment:
            contents.details["comment"] = comment


# What is kept of a segment: (source, start of its content, length of it, the first 20
# bytes from the marker on, contents).
_Keep = Callable[[Source, int, int, bytes, Contents], None]
_KEPT: dict[int, _Keep] = dict.fromkeys(_FRAMES, _frame) | {
    0xE1: _app1,
    0xE2: _app2,
    0xED: _app13,
    0xFE: _comment,
}


def _next_marker(source: Source, position: int, contents: Contents) -> int:
    """Skip what is between two segments, as decoders do; -1 when there is no more."""
    rest = source.read(position, MOST_GARBAGE)
    at = rest.find(b"\xff")
    while 0 <= at < len(rest) - 1 and rest[at + 1] in (0x00, 0xFF):
        at = rest.find(b"\xff", at + 1)
    if at < 0 or at >= len(rest) - 1:
        return -1
    if rest[:at].strip(b"\xff"):
        contents.warn("bytes that belong to nothing between the JPEG's segments")
    return position + at


def _look_at_end(source: Source, scan: int, contents: Contents) -> None:
    """See whether the picture's end is there, from the end of the file backwards."""
    if not contents.width and "bit_depth" not in contents.details:
        contents.damaged("the JPEG has no frame header")
        return
    last = source.read(source.size - 2, 2)
    if last == b"\xff\xd9":
        return
    end = _last_end(source, scan)
    if end < 0:
        contents.damaged(_why_cut(source, scan))
        return
    trailer, last = source.read(end, 512), source.read(source.size - 22, 22)
    _look_behind(trailer, last, source.size - end, contents)


def _last_end(source: Source, scan: int) -> int:
    """Where the bytes behind the last end marker begin; -1 when there is none."""
    high = source.size
    scan = max(scan, high - _MOST_TRAILER)
    while high > scan:
        low = max(scan, high - _TAIL)
        at = source.read(low, high - low).rfind(b"\xff\xd9")
        if at >= 0:
            return low + at + 2
        if low == scan:
            break
        high = low + 1
    return -1


def _why_cut(source: Source, scan: int) -> str:
    tail = source.read(max(scan, source.size - _TAIL), _TAIL)
    zeros = len(tail) - len(tail.rstrip(b"\0"))
    if source.size - scan < 16:
        return "no picture data"
    if zeros >= 64:
        return "the end of the file is filled with zeros"
    return "the file was cut off: the end of the picture is missing"


def _look_behind(trailer: bytes, last: bytes, length: int, contents: Contents) -> None:
    """Say what was appended when it is something that does not belong there.

    :param trailer: the first bytes behind the picture
    :param last: the last bytes of the file
    :param length: how many bytes are behind the picture
    """
    text = trailer.lstrip()[:64].lower()
    if trailer.startswith(b"PK\x03\x04") or b"PK\x05\x06" in last:
        contents.warn("a ZIP archive is appended to the picture")
    elif text.startswith((b"<!doctype", b"<html", b"<script", b"<?php", b"<svg")):
        contents.warn("a web page or script is appended to the picture")
    elif trailer.strip(b"\0"):
        contents.details["appended_bytes"] = length


def _frames(block: bytes) -> int:
    """How many pictures a Multi-Picture Format index lists (CIPA DC-007, 5.2.2)."""
    source = Memory(block)
    header = read_header(source)
    if header is None:
        return 1
    index = Directory(source, header.order, header.first)
    return min(index.integer(0xB001) or 1, 1000)


def iptc_of(resources: bytes) -> bytes:
    """The IPTC block (0x0404) among Photoshop's image resources; empty if none."""
    at = 0
    for _ in range(200):
        if resources[at : at + 4] != b"8BIM":
            break
        kind = int.from_bytes(resources[at + 4 : at + 6], "big")
        name = resources[at + 6] if at + 6 < len(resources) else 0
        start = at + 6 + (name + 2 & ~1)
        length = int.from_bytes(resources[start : start + 4], "big")
        if kind == 0x0404:
            return resources[start + 4 : start + 4 + length]
        at = start + 4 + (length + 1 & ~1)
    return b""
