"""Copies of photos that show what people drew on them, made one at a time.

A limited process decodes the photo and draws (``archive.export.burning``); the original
is only read.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from archive.export.burning import kept
from archive.markup_shapes import Shape
from archive.photos import Photo
from archive.workers import Pool

NO_PICTURE = "it has no picture"
SHAPES = "shapes.json"
_SECONDS = 60.0  # of the processor: 200 large markups on 100 megapixels


class Drawing:
    """Makes such copies; its process is started with the first.

    :param folder: where there is a place for what is to be drawn
    """

    def __init__(self, folder: Path) -> None:
        self._shapes = folder / SHAPES
        self._pool = Pool(1, _SECONDS)

    def __call__(
        self, photo: Photo, path: Path, crc32: int, shapes: Sequence[Shape]
    ) -> bytes | str:
        """Return the JPEG; or why there is none.

        :param path: of the original, whose ``crc32`` it had when it was archived
        """
        self._shapes.write_text(kept(shapes), "utf-8")
        outcome = self._pool.submit(
            "archive.export.burning:drawn_file",
            str(path),
            photo.rotation,
            crc32,
            str(self._shapes),
        )
        if outcome.error:
            return outcome.error.reason
        match outcome.value:
            case [int(), int(), bytes(data)] if data[:2] == b"\xff\xd8":
                return data
        return NO_PICTURE

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()
