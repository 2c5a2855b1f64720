"""Files of map tiles, made here: PMTiles and MBTiles, right and wrong."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from archive.batches import batch
from archive.database import Archive
from archive.identity import new_uuid
from archive.people import owner
from archive.plans.pmtiles import tile_number
from archive.sqlite import sqlite3

Tiles = Mapping[tuple[int, int, int], bytes]  # (zoom, x, y from the north): picture


def picture(
    colour: tuple[int, int, int], size: tuple[int, int] = (256, 256), form: str = "PNG"
) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, form)
    return buffer.getvalue()


def world(zooms: int = 3) -> dict[tuple[int, int, int], bytes]:
    """All tiles of the first zooms; each has its own colour."""
    return {
        (z, x, y): picture((z * 60, x * 30, y * 30))
        for z in range(zooms)
        for x in range(2**z)
        for y in range(2**z)
    }


def make_mbtiles(path: Path, tiles: Tiles, **metadata: str) -> Path:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("create table metadata (name text, value text)")
    connection.execute(
        "create table tiles (zoom_level integer, tile_column integer,"
        " tile_row integer, tile_data blob)"
    )
    connection.executemany("insert into metadata values (?, ?)", metadata.items())
    connection.executemany(
        "insert into tiles values (?, ?, ?, ?)",
        [(z, x, 2**z - 1 - y, data) for (z, x, y), data in tiles.items()],
    )
    connection.close()
    return path


def varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def directory(entries: list[tuple[int, int, int, int]]) -> bytes:
    """Pack entries of (tile, run, length, offset)."""
    numbers, last = [len(entries)], 0
    for tile, *_ in entries:
        numbers.append(tile - last)
        last = tile
    for column in (1, 2):
        numbers += [entry[column] for entry in entries]
    for n, (_, _, _, offset) in enumerate(entries):
        before = entries[n - 1] if n else None
        follows = before is not None and before[3] + before[2] == offset
        numbers.append(0 if follows else offset + 1)
    return gzip.compress(b"".join(map(varint, numbers)))


def make_pmtiles(
    path: Path,
    tiles: Tiles,
    *,
    leaf: int = 0,
    header: Mapping[str, int] | None = None,
    root: bytes | None = None,
    **metadata: Any,
) -> Path:
    """Write a file of tiles.

    :param leaf: entries in a leaf directory; 0: all in the root
    :param header: fields of the header to set otherwise
    :param root: a root directory in place of the right one
    """
    data, entries = b"", []
    for number, picture_ in sorted(
        (tile_number(*at), data) for at, data in tiles.items()
    ):
        entries.append((number, 1, len(picture_), len(data)))
        data += picture_
    top, leaves = in_leaves(entries, leaf) if leaf else (entries, b"")
    root = directory(top) if root is None else root
    told = gzip.compress(json.dumps(metadata).encode())
    fields = {
        **header_of(tiles, len(root), len(told), len(leaves), len(data)),
        **(header or {}),
    }
    packed = struct.pack("<7sB11Q6B4iB2i", b"PMTiles", 3, *fields.values())
    path.write_bytes(packed + root + told + leaves + data)
    return path


def in_leaves(
    entries: list[tuple[int, int, int, int]], most: int
) -> tuple[list[tuple[int, int, int, int]], bytes]:
    """Put entries into leaf directories; returns what leads to them, and them."""
    top, leaves = [], b""
    for start in range(0, len(entries), most):
        packed = directory(entries[start : start + most])
        top.append((entries[start][0], 0, len(packed), len(leaves)))
        leaves += packed
    return top, leaves


def header_of(
    tiles: Tiles, root: int, told: int, leaves: int, data: int
) -> dict[str, int]:
    """The header's fields in their order, of parts that are so many bytes long."""
    zooms = [z for z, _, _ in tiles] or [0]
    return {
        "root": 127,
        "root_length": root,
        "metadata": 127 + root,
        "metadata_length": told,
        "leaves": 127 + root + told,
        "leaves_length": leaves,
        "tiles": 127 + root + told + leaves,
        "tiles_length": data,
        "addressed": len(tiles),
        "entries": len(tiles),
        "contents": len(tiles),
        "clustered": 1,
        "packing": 2,
        "tile_packing": 1,
        "tile_type": 2,
        "low": min(zooms),
        "high": max(zooms),
        "west": 10_0000000,
        "south": 59_0000000,
        "east": 11_0000000,
        "north": 60_0000000,
        "zoom": 0,
        "x": 0,
        "y": 0,
    }


def add_map(archive: Archive, data: bytes) -> str:
    """Add a plan without looking at it. Returns the name of its file."""
    digest = hashlib.sha256(data).hexdigest()
    (archive.folder / "maps").mkdir(exist_ok=True)
    (archive.folder / "maps" / f"{digest}.png").write_bytes(data)
    with batch(archive.connection, owner(archive.connection)) as opened:
        archive.connection.execute(
            """
            insert into plans (uuid, name, name_key, kind, sha256, extension, bytes,
                media_type, width, height, opacity, created_at, updated_at)
            values (?1, ?1, ?1, 'image', ?2, 'png', ?3, 'image/png', 4, 3, 1, ?4, ?4)
            """,
            (new_uuid(), digest, len(data), opened.at),
        )
    return f"{digest}.png"
