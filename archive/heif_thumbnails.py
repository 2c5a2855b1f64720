"""The thumbnail inside a HEIF file, for when the picture itself cannot be decoded.

Phones write HEIC of 200 megapixels, of which a worker's memory holds no decoded copy.
libheif decodes whichever item the file calls its primary one, so a copy of the file
that names the thumbnail there is all that is needed (ISO 23008-12, 6.4.4).
"""

from __future__ import annotations

from collections.abc import Iterator

from archive.facts.boxes import boxes
from archive.facts.source import Memory


def with_thumbnail_as_primary(data: bytes) -> bytes | None:
    """Return the file with its thumbnail as the primary item; None if it has none."""
    meta = next(_inside(data, 0, len(data), b"meta"), None)
    if meta is None:
        return None
    # meta, pitm and iref begin with a version (1 byte) and flags (3).
    primary = next(_inside(data, meta[0] + 4, meta[1], b"pitm"), None)
    references = next(_inside(data, meta[0] + 4, meta[1], b"iref"), None)
    if primary is None or references is None:
        return None
    at, width = primary[0] + 4, 4 if data[primary[0]] else 2
    found = _thumbnail_of(data, data[at : at + width], references)
    if found is None:
        return None
    reference, item = found
    changed = bytearray(data)
    changed[at : at + width] = item.to_bytes(width, "big")
    # A reference of no known type: libheif shows no thumbnail as a picture of its own.
    changed[reference - 4 : reference] = b"none"
    return bytes(changed)


def _thumbnail_of(
    data: bytes, primary: bytes, references: tuple[int, int]
) -> tuple[int, int] | None:
    """Where the reference to the primary item is, and the thumbnail's item id."""
    start, end = references
    width = 4 if data[start] else 2
    wanted = int.from_bytes(primary, "big")
    for at, stop in _inside(data, start + 4, end, b"thmb"):
        item = int.from_bytes(data[at : at + width], "big")
        masters = range(at + width + 2, stop - width + 1, width)
        if any(int.from_bytes(data[m : m + width], "big") == wanted for m in masters):
            return at, item
    return None


def _inside(
    data: bytes, start: int, end: int, kind: bytes
) -> Iterator[tuple[int, int]]:
    """Begin and end of the content of each box of that kind between two places."""
    for box in boxes(Memory(data[start:end])):
        if box.kind == kind and box.content.size >= 4:
            yield start + box.start, start + box.start + box.content.size
