"""A zip as a stream of pieces, whose length is known before the first.

Photos are stored as they are (they do not deflate), and their CRC-32 stands in the
database since they were imported, so each header is whole when it is written: no file
is read twice, and a download shows how far it is. Written by APPNOTE.TXT 6.3.10 of
PKWARE; sizes and places past 4 GB as ZIP64.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.errors import DamagedFile, StoreError

# Bytes read at a time. Of larger ones each is new memory, which the system has to find:
# with a megabyte a zip took twice the CPU
PIECE = 1 << 16
_LOCAL = struct.Struct("<4sHHHHHLLLHH")
_CENTRAL = struct.Struct("<4sHHHHHHLLLHHHHHLL")
_END = struct.Struct("<4sHHHHLLH")
_END64 = struct.Struct("<4sQHHLLQQQQ")
_LOCATOR64 = struct.Struct("<4sLQL")
_UTF8 = 0x0800  # flag: the name is UTF-8
_REGULAR = 0o100644 << 16  # what Unix shows for the file
_MOST = 0xFFFFFFFF
_MANY = 0xFFFF

Source = Path | bytes | Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A file to be.

    :param name: in the zip, ``/`` between folders
    :param source: where its bytes are, they themselves, or what yields them
    :param modified: local time, as zip has it: 1980 to 2107, every other second
    """

    name: str
    source: Source
    size: int
    crc32: int
    modified: datetime


def entry_of(name: str, data: bytes, modified: datetime) -> Entry:
    """Return the entry of bytes that are in memory."""
    return Entry(name, data, len(data), zlib.crc32(data), modified)


def length(entries: Sequence[Entry]) -> int:
    """Return how many bytes ``stream`` will yield in all."""
    place = 0
    central = 0
    for entry in entries:
        central += len(_central(entry, place))
        place += len(_local(entry)) + entry.size
    return place + central + len(_end(len(entries), central, place))


def stream(entries: Iterable[Entry]) -> Iterator[bytes]:
    """Yield the zip, in pieces of at most 64 kB.

    :raises StoreError: a file cannot be read; the zip must then be thrown away
    :raises DamagedFile: one is not what it was when it was archived; likewise
    """
    for entry, head in parts(entries):
        yield head
        if entry is not None:
            yield from body(entry)


def parts(entries: Iterable[Entry]) -> Iterator[tuple[Entry | None, bytes]]:
    """Yield each entry with what stands before its bytes; then None, and the end."""
    central = bytearray()  # a hundred bytes a file
    place = count = 0
    for entry in entries:
        central += _central(entry, place)
        head = _local(entry)
        yield entry, head
        place += len(head) + entry.size
        count += 1
    yield None, bytes(central) + _end(count, len(central), place)


def body(entry: Entry) -> Iterator[bytes]:
    """Yield the bytes of an entry; errors as for ``stream``."""
    crc = size = 0
    for piece in _pieces(entry.source):
        crc = zlib.crc32(piece, crc)
        size += len(piece)
        if size > entry.size:
            break
        yield piece
    if (size, crc) != (entry.size, entry.crc32):
        raise DamagedFile(entry.name, "is not what it was when it was archived")


def _pieces(source: Source) -> Iterable[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    if not isinstance(source, Path):
        yield from source()
        return
    try:
        with source.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece
    except OSError as error:
        raise StoreError(source, error.strerror or str(error)) from error


def _local(entry: Entry) -> bytes:
    name = entry.name.encode()
    large = entry.size >= _MOST
    extra = struct.pack("<HHQQ", 1, 16, entry.size, entry.size) if large else b""
    size = _MOST if large else entry.size
    return (
        _LOCAL.pack(
            b"PK\x03\x04",
            45 if large else 20,
            _UTF8,
            0,
            *_dos(entry.modified),
            entry.crc32,
            size,
            size,
            len(name),
            len(extra),
        )
        + name
        + extra
    )


def _central(entry: Entry, place: int) -> bytes:
    """Return the record in the directory; ``place`` is where the entry begins."""
    name = entry.name.encode()
    wide = [entry.size] * 2 if entry.size >= _MOST else []
    far = [place] if place >= _MOST else []
    values = [*wide, *far]
    extra = struct.pack(f"<HH{len(values)}Q", 1, 8 * len(values), *values)
    extra = extra if values else b""
    size = _MOST if wide else entry.size
    version = 45 if values else 20
    return (
        _CENTRAL.pack(
            b"PK\x01\x02",
            (3 << 8) | version,
            version,
            _UTF8,
            0,
            *_dos(entry.modified),
            entry.crc32,
            size,
            size,
            len(name),
            len(extra),
            0,
            0,
            0,
            _REGULAR,
            _MOST if far else place,
        )
        + name
        + extra
    )


def _end(count: int, central: int, place: int) -> bytes:
    """Return what ends a zip, whose directory of ``central`` bytes is at ``place``."""
    before = b""
    if count >= _MANY or central >= _MOST or place >= _MOST:
        before = _END64.pack(
            b"PK\x06\x06", 44, (3 << 8) | 45, 45, 0, 0, count, count, central, place
        ) + _LOCATOR64.pack(b"PK\x06\x07", 0, place + central, 1)
    few = min(count, _MANY)
    return before + _END.pack(
        b"PK\x05\x06", 0, 0, few, few, min(central, _MOST), min(place, _MOST), 0
    )


def _dos(when: datetime) -> tuple[int, int]:
    """Return a time as zip has it: (time, date)."""
    year = min(max(when.year, 1980), 2107)
    time = when.hour << 11 | when.minute << 5 | when.second // 2
    return time, (year - 1980) << 9 | when.month << 5 | when.day
