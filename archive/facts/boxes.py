"""Boxes, of which HEIF, AVIF, JPEG 2000, MP4, QuickTime and CR3 are made.

A box is a length, a four-letter name and content, which may be boxes again
(ISO 14496-12, 4.2).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from archive.facts.source import Part, Source

MOST_BOXES = 2000


class Box(NamedTuple):
    """One box: its name and what is in it."""

    kind: bytes
    content: Part
    start: int  # of the content, in the source that the boxes are read from
    missing: int  # bytes that the box claims beyond the end


def boxes(source: Source, start: int = 0) -> Iterator[Box]:
    """The boxes of a source from ``start`` on, one level; damage ends them."""
    for _ in range(MOST_BOXES):
        head = source.read(start, 16)
        if len(head) < 8:
            return
        length, used = int.from_bytes(head[:4], "big"), 8
        if length == 1:
            length, used = int.from_bytes(head[8:16], "big"), 16
        elif length == 0:  # to the end
            length = source.size - start
        if length < used:
            return
        content = Part(source, start + used, length - used)
        missing = length - used - content.size
        yield Box(head[4:8], content, start + used, missing)
        start += length


def find(source: Source, *path: bytes, start: int = 0) -> Part | None:
    """The content of the first box at that path of names."""
    found: Source = source
    for kind in path:
        inner = next((box for box in boxes(found, start) if box.kind == kind), None)
        if inner is None:
            return None
        found, start = inner.content, 0
    return found if isinstance(found, Part) else None
