"""A photo made as large as it is printed: what a worker process does for a report."""

from __future__ import annotations

import io
from pathlib import Path

QUALITY = 85  # of JPEG: paper shows less than a screen


def render(
    path: str,
    rotation: int,
    longest: int,
    quality: int = QUALITY,
    stamp: tuple[str, str, float] | None = None,
) -> tuple[int, int, int, bytes]:
    """Return a photo upright, in sRGB: width, height, components, JPEG.

    The bytes are empty when there is no picture in the file (a video without a poster).

    :param stamp: what ``burn`` takes: a text, a corner, and the least size of letters
    :raises FileProblem: nothing of it can be shown
    """
    from archive.facts import read_facts
    from archive.renditions import picture_of

    file = Path(path)
    image = picture_of(file, read_facts(file), longest, rotation)
    if image is None:
        return 0, 0, 0, b""
    if stamp is not None:
        from archive.export.stamps import burn

        burn(image, *stamp)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return *image.size, len(image.getbands()), buffer.getvalue()
