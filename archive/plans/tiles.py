"""One tile of a map, whatever kind of file it is in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from archive.plans import mbtiles, pmtiles
from archive.plans.inspecting import sniff_tile
from archive.plans.records import Plan


@dataclass(frozen=True, slots=True)
class Tile:
    """A picture of 256 or 512 pixels."""

    media_type: str
    data: bytes


def read_tile(plan: Plan, folder: Path, zoom: int, x: int, y: int) -> Tile | None:
    """Return a tile of a plan's file; None: there is none, or it is no picture.

    :param folder: of the archive
    :param y: from the north
    :raises DamagedFile: the file is not what it was
    """
    if plan.zooms is None or not plan.zooms[0] <= zoom <= plan.zooms[1]:
        return None
    if not (0 <= x < 1 << zoom and 0 <= y < 1 << zoom):
        return None
    path = plan.path(folder)
    if not path.is_file():
        return None
    read = pmtiles.read_tile if plan.kind == "pmtiles" else mbtiles.read_tile
    data = read(path, zoom, x, y)
    media_type = sniff_tile(data) if data else None
    return Tile(media_type, data) if data and media_type else None
