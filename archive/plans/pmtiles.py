"""Reading PMTiles, version 3: one file of map tiles with its own directories.

https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md. The file comes from a
stranger: every length is bounded before anything is read, and nothing in it is
believed beyond its place in the file.
"""

from __future__ import annotations

import os
import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from archive.errors import DamagedFile

MAGIC = b"PMTiles\x03"
LARGEST_TILE = 4 << 20  # bytes
DEEPEST_ZOOM = 24
_HEADER = struct.Struct("<7sB11Q6B4iB2i")
_LARGEST_DIRECTORY = 1 << 20  # bytes, packed
_LARGEST_UNPACKED = 8 << 20
_MOST_ENTRIES = 100_000  # of one directory
_DEEPEST = 4  # directories on the way to a tile
_NONE, _GZIP = 1, 2
# tile types that a browser shows as a picture
_TYPES = {2: "image/png", 3: "image/jpeg", 4: "image/webp", 5: "image/avif"}


@dataclass(frozen=True, slots=True)
class Header:
    """What the beginning of the file says, as far as we use it.

    :param bounds: south, west, north, east
    """

    root: tuple[int, int]
    metadata: tuple[int, int]
    leaves: tuple[int, int]
    tiles: tuple[int, int]
    packing: int
    tile_packing: int
    media_type: str
    zooms: tuple[int, int]
    bounds: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Directory:
    """Entries in the order of their tiles."""

    first: tuple[int, ...]
    runs: tuple[int, ...]
    lengths: tuple[int, ...]
    offsets: tuple[int, ...]

    def find(self, tile: int) -> tuple[int, int, int] | None:
        """Return run, offset and length of the entry that a tile is in."""
        at = bisect_right(self.first, tile) - 1
        if at < 0:
            return None
        run = self.runs[at]
        if run and tile - self.first[at] >= run:
            return None
        return run, self.offsets[at], self.lengths[at]


def read_header(file: BinaryIO, shown: Path) -> Header:
    """Return what the file says it is.

    :raises DamagedFile: no PMTiles, or of a kind that no page shows
    """
    raw = file.read(_HEADER.size)
    if len(raw) < _HEADER.size or not raw.startswith(MAGIC):
        raise DamagedFile(shown, "is no PMTiles file of version 3")
    values = _HEADER.unpack(raw)
    numbers, kinds, corners = values[2:13], values[13:19], values[19:23]
    _, packing, tile_packing, tile_type, low, high = kinds
    if tile_type not in _TYPES:
        raise DamagedFile(shown, "has no pictures as tiles (vector maps are not shown)")
    if packing not in (_NONE, _GZIP) or tile_packing not in (0, _NONE, _GZIP):
        raise DamagedFile(shown, "is packed in a way that is not read; use gzip")
    if not low <= high <= DEEPEST_ZOOM:
        raise DamagedFile(shown, "has no zoom levels that a map has")
    west, south, east, north = (corner / 1e7 for corner in corners)
    return Header(
        root=(numbers[0], numbers[1]),
        metadata=(numbers[2], numbers[3]),
        leaves=(numbers[4], numbers[5]),
        tiles=(numbers[6], numbers[7]),
        packing=packing,
        tile_packing=tile_packing,
        media_type=_TYPES[tile_type],
        zooms=(low, high),
        bounds=(south, west, north, east),
    )


def read_metadata(file: BinaryIO, header: Header, shown: Path) -> bytes:
    """Return the JSON in the file, unpacked; not parsed."""
    offset, length = header.metadata
    return _unpacked(_read(file, offset, length, shown), header.packing, shown)


def read_tile(path: Path, zoom: int, x: int, y: int) -> bytes | None:
    """Return a tile's picture; None: the file has none there.

    :raises DamagedFile: the file is not what it says
    """
    with path.open("rb") as file:
        header = read_header(file, path)
        if not header.zooms[0] <= zoom <= header.zooms[1]:
            return None
        state = path.stat()
        changed = (state.st_mtime_ns, state.st_size)
        tile = tile_number(zoom, x, y)
        offset, length = header.root
        for _ in range(_DEEPEST):
            piece = (offset, length)
            found = _directory(path, changed, piece, header.packing).find(tile)
            if found is None:
                return None
            run, inner, length = found
            if run:
                raw = _read(file, header.tiles[0] + inner, length, path)
                return _unpacked(raw, header.tile_packing or _NONE, path)
            offset = header.leaves[0] + inner
    raise DamagedFile(path, "its directories have no end")


def tile_number(zoom: int, x: int, y: int) -> int:
    """Return where a tile stands: along a Hilbert curve, zoom after zoom."""
    number: int = (4**zoom - 1) // 3
    side = 1 << zoom >> 1
    while side:
        right, down = int(x & side > 0), int(y & side > 0)
        number += side * side * (3 * right ^ down)
        if not down:
            if right:
                x, y = side - 1 - x, side - 1 - y
            x, y = y, x
        side >>= 1
    return number


@lru_cache(maxsize=64)
def _directory(
    path: Path, changed: tuple[int, int], piece: tuple[int, int], packing: int
) -> _Directory:
    """Read one directory.

    :param changed: time and size of the file, so that a new one is read anew
    """
    del changed
    with path.open("rb") as file:
        raw = _read(file, *piece, path, _LARGEST_DIRECTORY)
    numbers = _varints(_unpacked(raw, packing, path), path)
    try:
        count = next(numbers)
        if count > _MOST_ENTRIES:
            raise DamagedFile(path, "a directory in it is too large")
        first, last = [], 0
        for _ in range(count):
            last += next(numbers)
            first.append(last)
        runs = [next(numbers) for _ in range(count)]
        lengths = [next(numbers) for _ in range(count)]
        offsets: list[int] = []
        for n in range(count):
            value = next(numbers)
            follows = offsets[-1] + lengths[n - 1] if n else 0
            offsets.append(value - 1 if value else follows)
    except StopIteration:
        raise DamagedFile(path, "a directory in it is cut short") from None
    return _Directory(tuple(first), tuple(runs), tuple(lengths), tuple(offsets))


def _varints(raw: bytes, shown: Path) -> Iterator[int]:
    value = shift = 0
    for byte in raw:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield value
            value = shift = 0
        elif shift > 63:
            raise DamagedFile(shown, "a number in it is too large")


def _read(
    file: BinaryIO, offset: int, length: int, shown: Path, most: int = LARGEST_TILE
) -> bytes:
    if length > most:
        raise DamagedFile(shown, "a piece of it is too large")
    if offset + length > os.fstat(file.fileno()).st_size:
        raise DamagedFile(shown, "is cut short")
    file.seek(offset)
    return file.read(length)


def _unpacked(raw: bytes, packing: int, shown: Path) -> bytes:
    if packing == _NONE:
        return raw
    unpacker = zlib.decompressobj(wbits=31)  # gzip
    try:
        found = unpacker.decompress(raw, _LARGEST_UNPACKED)
    except zlib.error:
        raise DamagedFile(shown, "a piece of it cannot be unpacked") from None
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise DamagedFile(shown, "a piece of it is too large, or cut short")
    return found
