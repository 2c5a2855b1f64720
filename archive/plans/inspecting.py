"""What a file is that somebody wants to lay on the map. Runs in a worker process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from archive.errors import DamagedFile
from archive.plans import mbtiles, pmtiles

WORLD = (-85.0, -180.0, 85.0, 180.0)
LONGEST_TEXT = 1_000  # characters of an attribution
# What tiles begin with, and so are
_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)


def sniff_tile(data: bytes) -> str | None:
    """Return the media type of a tile by its bytes; None: no picture for a page."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:12] in (b"ftypavif", b"ftypavis"):
        return "image/avif"
    return next((kind for begins, kind in _PICTURES if data.startswith(begins)), None)


def inspect(name: str) -> dict[str, Any]:
    """Return kind, type, extension and size, or bounds and zooms, of a file.

    :raises FileProblem: it is none that can be laid on the map; the reason says why
    """
    path = Path(name)
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith(pmtiles.MAGIC[:7]):
        return _pmtiles(path)
    if head == mbtiles.MAGIC:
        return _mbtiles(path)
    return _image(path)


def _image(path: Path) -> dict[str, Any]:
    from archive.facts import read_facts
    from archive.renditions import make_renditions

    facts = read_facts(path)
    if facts.kind != "image":
        raise DamagedFile(path, "is no picture; a plan is a PNG, JPEG or the like")
    made = make_renditions(path, facts, names=("sphere",))[0]
    size = facts.width or made.width, facts.height or made.height
    lies_over = (size[0] > size[1]) != (made.width > made.height)  # is turned to show
    return {
        "kind": "image",
        "media_type": facts.media_type,
        "extension": facts.extension,
        "size": size[::-1] if lies_over else size,
    }


def _pmtiles(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        header = pmtiles.read_header(file, path)
        try:
            found = json.loads(pmtiles.read_metadata(file, header, path) or b"{}")
        except (ValueError, RecursionError):
            found = {}
    told = found if isinstance(found, dict) else {}
    return {
        "kind": "pmtiles",
        "media_type": header.media_type,
        "extension": "pmtiles",
        "zooms": header.zooms,
        "bounds": _bounds(header.bounds),
        "attribution": _plain(told.get("attribution")),
    }


def _mbtiles(path: Path) -> dict[str, Any]:
    with mbtiles.opened(path) as connection:
        told = mbtiles.read_metadata(connection)
        zooms = mbtiles.zooms(connection)
        if zooms is None or not 0 <= zooms[0] <= zooms[1] <= pmtiles.DEEPEST_ZOOM:
            raise DamagedFile(path, "has no tiles at zooms that a map has")
        media_type = sniff_tile(mbtiles.any_tile(connection, zooms[1]) or b"")
    if media_type is None:
        raise DamagedFile(path, "has no pictures as tiles (vector maps are not shown)")
    west, south, east, north = _numbers(told.get("bounds", ""))
    return {
        "kind": "mbtiles",
        "media_type": media_type,
        "extension": "mbtiles",
        "zooms": zooms,
        "bounds": _bounds((south, west, north, east)),
        "attribution": _plain(told.get("attribution")),
    }


def _numbers(text: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        return WORLD[1], WORLD[0], WORLD[3], WORLD[2]
    return west, south, east, north


def _bounds(
    bounds: tuple[float, float, float, float],
) -> tuple[float, float, float, float]:
    """Return south, west, north, east, or the world where they are nonsense."""
    south, west, north, east = bounds
    if -90 <= south < north <= 90 and -180 <= west < east <= 180:
        return bounds
    return WORLD


def _plain(text: object) -> str:
    """Return an attribution without the HTML that many have in it."""
    import html
    import re

    if not isinstance(text, str):
        return ""
    return html.unescape(re.sub(r"<[^>]*>", "", text)).strip()[:LONGEST_TEXT]
