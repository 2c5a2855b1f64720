"""Directories of TIFF, which EXIF, most RAW formats and TIFF itself are made of.

A directory is a list of entries (tag, type, count, value or place of the value); the
layout is TIFF 6.0, section 2. An entry is looked at only when somebody asks for it,
and every place and length is compared with what is there first.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from archive.facts.source import Source
from archive.facts.texts import decode, number

MOST_ENTRIES = 1000
MOST_DIRECTORIES = 64
_MOST_NUMBERS = 16

_ASCII, _UNDEFINED, _RATIONAL, _SRATIONAL = 2, 7, 5, 10
# type -> (bytes, struct letter); BYTE, ASCII, SHORT, LONG, RATIONAL, SBYTE,
# UNDEFINED, SSHORT, SLONG, SRATIONAL, FLOAT, DOUBLE, IFD
_TYPES = {
    1: (1, "B"),
    2: (1, "s"),
    3: (2, "H"),
    4: (4, "I"),
    5: (8, "II"),
    6: (1, "b"),
    7: (1, "B"),
    8: (2, "h"),
    9: (4, "i"),
    10: (8, "ii"),
    11: (4, "f"),
    12: (8, "d"),
    13: (4, "I"),
}
# "II" and "MM" with 42; Olympus ORF (IIRO, IIRS, MMOR) and Panasonic RW2 (IIU) have
# their own numbers and the same layout.
_MAGICS = {
    b"II*\0": "<",
    b"MM\0*": ">",
    b"IIRO": "<",
    b"IIRS": "<",
    b"MMOR": ">",
    b"IIU\0": "<",
}
_NUMBER_IN_TEXT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)", re.ASCII)


class Header(NamedTuple):
    """What stands before the directories."""

    order: str  # "<" or ">", as struct writes it
    first: int  # where the first directory is


def read_header(source: Source) -> Header | None:
    """The byte order and the first directory's place; None when it is no TIFF."""
    head = source.read(0, 8)
    order = _MAGICS.get(head[:4])
    if order is None or len(head) < 8:
        return None
    return Header(order, struct.unpack(order + "I", head[4:])[0])


class Directory:
    """One directory: entries by tag, the first of a kind winning."""

    __slots__ = ("_source", "complete", "entries", "next", "offset", "order")

    def __init__(self, source: Source, order: str, offset: int) -> None:
        """Read the entries at ``offset``; a bad place gives an empty directory."""
        self._source = source
        self.order = order
        self.offset = offset
        self.entries: dict[int, tuple[int, int, int, bytes]] = {}
        self.next = 0
        self.complete = False
        start = source.read(offset, 2)
        if len(start) < 2 or offset < 8:
            return
        count = struct.unpack(order + "H", start)[0]
        if not count or count > MOST_ENTRIES:
            self.complete = not count
            return
        raw = source.read(offset + 2, 12 * count + 4)
        self.complete = len(raw) >= 12 * count
        if len(raw) == 12 * count + 4:
            self.next = struct.unpack_from(order + "I", raw, 12 * count)[0]
        whole = raw[: min(len(raw), 12 * count) // 12 * 12]
        found = list(struct.iter_unpack(order + "HHI4s", whole))
        found.reverse()
        self.entries = {entry[0]: entry for entry in found}

    def __contains__(self, tag: int) -> bool:
        return tag in self.entries

    def raw(self, tag: int, most: int) -> bytes:
        """The value's bytes, at most ``most`` of them; empty when not there."""
        entry = self.entries.get(tag)
        if entry is None:
            return b""
        _, kind, count, inline = entry
        width = _TYPES.get(kind, (0, ""))[0]
        length = width * count
        if length <= 4:
            return inline[:length]
        offset = struct.unpack(self.order + "I", inline)[0]
        if offset + length > self._source.size:
            return b""
        return self._source.read(offset, min(length, most))

    def place(self, tag: int) -> tuple[int, int]:
        """Where a long value is and how many bytes of it are there: (0, 0) if none."""
        entry = self.entries.get(tag)
        if entry is None:
            return 0, 0
        length = _TYPES.get(entry[1], (0, ""))[0] * entry[2]
        offset = struct.unpack(self.order + "I", entry[3])[0]
        if length <= 4 or offset >= self._source.size:
            return 0, 0
        return offset, min(length, self._source.size - offset)

    def text(self, tag: int) -> str:
        """Text of an ASCII, BYTE or UNDEFINED value; empty when it is another type."""
        entry = self.entries.get(tag)
        if entry is None or entry[1] not in (_ASCII, 1, _UNDEFINED):
            return ""
        return decode(self.raw(tag, 8000))

    def numbers(self, tag: int, most: int = _MOST_NUMBERS) -> list[float | None]:
        """The values as numbers; None for one that is none (0/0, n/0, NaN, infinite).

        Numbers written as text (which some programs do) are read as such.
        """
        entry = self.entries.get(tag)
        if entry is None:
            return []
        kind = entry[1]
        if kind == _ASCII:
            found = _NUMBER_IN_TEXT.findall(self.text(tag))
            return [number(text) for text in found[:most]]
        width, letter = _TYPES.get(kind, (0, ""))
        if not width:
            return []
        raw = self.raw(tag, most * width)
        count = len(raw) // width
        values = struct.unpack_from(f"{self.order}{letter * count}", raw)
        if kind in (_RATIONAL, _SRATIONAL):
            pairs = zip(values[::2], values[1::2], strict=True)
            return [over / under if under else None for over, under in pairs]
        return [value if math.isfinite(value) else None for value in values]

    def number(self, tag: int) -> float | None:
        """The first value as a number."""
        if tag not in self.entries:
            return None
        values = self.numbers(tag, 1)
        return values[0] if values else None

    def integer(self, tag: int) -> int | None:
        """The first value when it is a whole number and no text."""
        entry = self.entries.get(tag)
        if entry is None or entry[1] == _ASCII:
            return None
        if entry[1] == 3 and entry[2] == 1:  # by far the most common
            return int(struct.unpack(self.order + "H", entry[3][:2])[0])
        value = self.number(tag)
        return int(value) if value is not None and value == int(value) else None

    def below(self, tag: int) -> Directory | None:
        """The directory whose place the tag's value is (EXIF, GPS)."""
        entry = self.entries.get(tag)
        if entry is None or entry[1] not in (4, 13) or not entry[2]:
            return None
        offset = struct.unpack(self.order + "I", self.raw(tag, 4) or b"\0\0\0\0")[0]
        return Directory(self._source, self.order, offset)

    def all_below(self, tag: int) -> list[Directory]:
        """Every directory that the tag points to (SubIFDs), at most eight."""
        entry = self.entries.get(tag)
        if entry is None or entry[1] not in (4, 13):
            return []
        places = [int(value) for value in self.numbers(tag, 8) if value]
        return [Directory(self._source, self.order, place) for place in places]


def directories(source: Source, header: Header) -> Iterator[Directory]:
    """The chain of directories; a loop or an empty one ends it."""
    seen: set[int] = set()
    offset = header.first
    while offset and offset not in seen and len(seen) < MOST_DIRECTORIES:
        seen.add(offset)
        directory = Directory(source, header.order, offset)
        if not directory.entries:
            return
        yield directory
        offset = directory.next
