"""Bytes to read from, with bounds: a file that is open for reading, or a part of one.

Every reader in this package gets its bytes here, so that three rules hold everywhere:
what lies outside the file comes back as fewer bytes and never as an exception, no
length claimed in a file is allocated before it is compared with what is there, and
nothing is ever written.
"""

from __future__ import annotations

from typing import BinaryIO, Protocol

HEAD = 32 * 1024
WINDOW = 8 * 1024


class Source(Protocol):
    """A run of ``size`` bytes that can be read at any place."""

    size: int

    def read(self, offset: int, length: int) -> bytes:
        """Up to ``length`` bytes at ``offset``; fewer at the end, none outside."""
        ...


class FileSource:
    """An open file: its first 32 KiB, and a small window wherever else is looked at."""

    __slots__ = ("_file", "_start", "_window", "head", "size")

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self.size = size
        self.head = file.read(HEAD)
        self._start = 0
        self._window = b""

    def read(self, offset: int, length: int) -> bytes:
        """See :meth:`Source.read`."""
        end = offset + length
        if offset >= 0 and end <= len(self.head):
            return self.head[offset:end]
        if offset < 0 or length <= 0 or offset >= self.size:
            return b""
        end = min(end, self.size)
        start = offset - self._start
        if start < 0 or end - self._start > len(self._window):
            self._file.seek(offset)
            self._window = self._file.read(max(min(length, end - offset), WINDOW))
            self._start, start = offset, 0
        return self._window[start : end - self._start]


class Part:
    """A part of another source: a segment, a chunk, a box, an embedded file."""

    __slots__ = ("_base", "_whole", "size")

    def __init__(self, whole: Source, base: int, size: int) -> None:
        self._whole = whole
        self._base = base
        self.size = max(0, min(size, whole.size - base))

    def read(self, offset: int, length: int) -> bytes:
        """See :meth:`Source.read`."""
        if offset < 0 or offset >= self.size:
            return b""
        return self._whole.read(self._base + offset, min(length, self.size - offset))


class Memory:
    """Bytes that had to be unpacked first (a compressed chunk, an item in pieces)."""

    __slots__ = ("_data", "size")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read(self, offset: int, length: int) -> bytes:
        """See :meth:`Source.read`."""
        if offset < 0 or length <= 0:
            return b""
        return self._data[offset : offset + length]
