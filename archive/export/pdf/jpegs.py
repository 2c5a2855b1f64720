"""JPEG files as they are embedded: what a page needs of them, byte for byte.

Marker segments are walked, nothing is decoded (ITU-T T.81, annex B). Left out are EXIF,
XMP, IPTC, comments, thumbnails and whatever is appended: places and serial numbers do
not leave with a report. Kept are the tables, the scans, Adobe's colour transform, and
the colour profile, which PDF has beside the picture.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

LARGEST = 64 << 20  # bytes of a file that is read whole
LARGEST_PROFILE = 1 << 20
_SIZES = {0xC0, 0xC1, 0xC2}  # Huffman: baseline, extended, progressive
_OTHER_SIZES = {0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)}
_TABLES = {0xC4, 0xDB, 0xDD}
_SCAN, _END = 0xDA, 0xD9
_NEXT = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # in a scan: what is no data
_PROFILE = b"ICC_PROFILE\0"
_MOST_SEGMENTS = 10_000
_CLASSES = (b"scnr", b"mntr", b"prtr", b"spac")


@dataclass(frozen=True, slots=True)
class Jpeg:
    """A JPEG without all that is no picture.

    :param components: 1 is grey, 3 is colour
    :param parts: its bytes, most of them as views of the file's: no copies are made
    :param profile: ICC profile that fits them; b"": sRGB, or grey
    """

    width: int
    height: int
    components: int
    parts: tuple[bytes | memoryview, ...]
    profile: bytes

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return sum(map(len, self.parts))

    @property
    def data(self) -> bytes:
        """Its bytes, as a file."""
        return b"".join(self.parts)


def embeddable(data: bytes) -> Jpeg | None:
    """Return a JPEG as a PDF takes it; None: not as it is.

    That is one of 8 bits in grey or colour whose end is there.
    """
    try:
        return _walked(data)
    except (IndexError, struct.error):
        return None


def _walked(data: bytes) -> Jpeg | None:
    kept: list[bytes | memoryview] = [b"\xff\xd8"]
    size: tuple[int, int, int] | None = None
    profile: dict[int, bytes] = {}
    for marker, segment in _segments(data):
        if marker in _OTHER_SIZES or (marker in _SIZES and size):
            return None
        if marker in _SIZES:
            size = _size(segment)
        if marker == 0xE2 and bytes(segment[4:16]) == _PROFILE:
            profile[segment[16]] = bytes(segment[18:])
        if marker in _SIZES | _TABLES | {_SCAN} or _is_adobe(marker, segment):
            kept.append(segment)
        if marker == _END and size and any(one[1] == _SCAN for one in kept):
            return _whole(kept, size, profile)
    return None


def _segments(data: bytes) -> Iterator[tuple[int, memoryview]]:
    """Yield markers with their segments, scans with their data, to the end.

    A file that is cut short, or is none, ends before it.
    """
    at, view = 2 if data[:2] == b"\xff\xd8" else len(data), memoryview(data)
    for _ in range(_MOST_SEGMENTS):
        while data[at] == data[at + 1] == 0xFF:  # padding
            at += 1
        marker = data[at + 1] if data[at] == 0xFF else _END
        if marker == _END:
            if data[at] == 0xFF:
                yield _END, view[:0]
            return
        (length,) = struct.unpack_from(">H", data, at + 2)
        end = at + 2 + length
        if marker == _SCAN:
            found = _NEXT.search(data, end)
            end = found.start() if found else len(data) + 1
        if length < 2 or end > len(data):
            return
        yield marker, view[at:end]
        at = end


def _size(segment: memoryview) -> tuple[int, int, int] | None:
    bits, height, width, components = struct.unpack_from(">BHHB", segment, 4)
    fits = bits == 8 and height and width and components in (1, 3)
    return (width, height, components) if fits else None


def _is_adobe(marker: int, segment: memoryview) -> bool:
    return marker == 0xEE and bytes(segment[4:9]) == b"Adobe" and len(segment) <= 16


def _whole(
    kept: list[bytes | memoryview], size: tuple[int, int, int], chunks: dict[int, bytes]
) -> Jpeg:
    profile = b"".join(chunks[number] for number in sorted(chunks))
    if not fits(profile, size[2]):
        profile = b""
    return Jpeg(*size, (*kept, b"\xff\xd9"), profile)


def fits(profile: bytes, components: int) -> bool:
    """Whether a colour profile is one for so many components (ICC.1, 7.2)."""
    return (
        128 <= len(profile) <= LARGEST_PROFILE
        and struct.unpack_from(">L", profile)[0] == len(profile)
        and profile[36:40] == b"acsp"
        and profile[8] <= 4
        and profile[12:16] in _CLASSES
        and profile[16:20] == {1: b"GRAY", 3: b"RGB "}[components]
    )
