"""What a worker process does for a report: photos made as large as they are printed.

And the tiles of a map, put together to lie below the pins of a key plan.
"""

from __future__ import annotations

import io
from pathlib import Path

from archive.copying import crc32_of
from archive.errors import DamagedFile

CHANGED = "is not what it was when it was archived"
QUALITY = 85  # of JPEG: paper shows less than a screen
MAP_QUALITY = 90  # lines and letters
TILE = 256  # pixels of a side


def render(  # noqa: PLR0917 - plain values, as a job has them
    path: str,
    rotation: int,
    longest: int,
    quality: int = QUALITY,
    stamp: tuple[str, str, float] | None = None,
    crc32: int = 0,
) -> tuple[int, int, int, bytes]:
    """Return a photo upright, in sRGB: width, height, components, JPEG.

    The bytes are empty when there is no picture in the file (a video without a poster).

    :param stamp: what ``burn`` takes: a text, a corner, and the least size of letters
    :param crc32: of the file when it was archived; 0: not known
    :raises FileProblem: nothing of it can be shown, or it is another file now
    """
    from archive.facts import read_facts
    from archive.renditions import picture_of

    file = Path(path)
    if crc32 and crc32_of(file)[0] != crc32:
        raise DamagedFile(file, CHANGED)
    image = picture_of(file, read_facts(file), longest, rotation)
    if image is None:
        return 0, 0, 0, b""
    if stamp is not None:
        from archive.export.stamps import burn

        burn(image, *stamp)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return *image.size, len(image.getbands()), buffer.getvalue()


def mosaic(  # noqa: PLR0917 - plain values, as a job has them
    path: str, kind: str, zoom: int, left: int, top: int, columns: int, rows: int
) -> tuple[int, int, int, bytes]:
    """Return tiles as one picture: width, height, components, JPEG. A worker's job.

    The bytes are empty when the file has none of them.
    """
    from PIL import Image

    from archive.decoding import decode, lenient
    from archive.plans import mbtiles, pmtiles
    from archive.plans.inspecting import sniff_tile

    whole = Image.new("RGB", (columns * TILE, rows * TILE), "white")
    read = pmtiles.read_tile if kind == "pmtiles" else mbtiles.read_tile
    seen, side = 0, 1 << zoom
    for number in range(columns * rows):
        x, y = left + number % columns, top + number // columns
        if not 0 <= y < side:
            continue
        data = read(Path(path), zoom, x % side, y)
        media_type = sniff_tile(data) if data else None
        if not data or not media_type:
            continue
        with lenient():
            image = decode(io.BytesIO(data), media_type, TILE * 2).image
        tile = image.convert("RGBA").resize((TILE, TILE))
        whole.paste(tile, ((x - left) * TILE, (y - top) * TILE), tile)
        seen += 1
    if not seen:
        return 0, 0, 0, b""
    buffer = io.BytesIO()
    whole.save(buffer, "JPEG", quality=MAP_QUALITY)
    return *whole.size, 3, buffer.getvalue()
