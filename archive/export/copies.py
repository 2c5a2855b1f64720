"""Copies of originals that are given away: with captions in them, or with little else.

The files are strangers', so a limited process looks at each and says of which pieces
the copy is made; here it is put together. The coded picture is that of the original.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.errors import InvalidInput, StoreError
from archive.export.segments import Piece
from archive.export.zips import PIECE
from archive.photos import Photo
from archive.workers import Outcome, run_jobs

CAPTIONED, STRIPPED = "captioned", "stripped"
KINDS = (CAPTIONED, STRIPPED)
COPIED = "image/jpeg"
# Clockwise quarters, as EXIF numbers them: upright pictures, and mirrored ones
_TURNS = ((1, 6, 3, 8), (2, 7, 4, 5))


@dataclass(frozen=True, slots=True)
class Copy:
    """A file that is made of pieces of another.

    :param path: of the other
    """

    path: Path
    pieces: tuple[Piece, ...]
    size: int
    crc32: int
    sha256: str

    def __call__(self) -> Iterator[bytes]:
        """Yield its bytes."""
        return _bytes(self.path, self.pieces)


def check_kind(kind: str) -> None:
    """Refuse a kind of copies that there is not.

    :raises InvalidInput: says which there are
    """
    if kind and kind not in KINDS:
        raise InvalidInput(f"copies are {' or '.join(KINDS)}, not {kind!r}")


def copies_of(
    photos: Sequence[tuple[Photo, Path, int]], kind: str
) -> dict[int, Copy | str]:
    """Return copies of JPEGs by the photos' ids; or why there is none.

    :param photos: with their files, and how those are turned (1 to 8, as in EXIF)
    :raises StoreError: a file cannot be read
    """
    known = _captions if kind == CAPTIONED else little
    paths = {photo.id: path for photo, path, _ in photos}
    jobs = ((p.id, (str(path), known(p, turned))) for p, path, turned in photos)
    found: dict[int, Copy | str] = {}
    for outcome in run_jobs(f"archive.export.exif:{kind}", jobs):
        found[outcome.key] = made_of(paths[outcome.key], outcome)
    return found


def orientation(turned: int, rotation: int) -> int:
    """Return how a picture is turned that somebody turned further (degrees)."""
    row = next(row for row in _TURNS if turned in row)
    return row[(row.index(turned) + rotation // 90) % 4]


def _captions(photo: Photo, turned: int) -> dict[str, Any]:
    return {
        **little(photo, turned),
        "description": photo.description,
        "latitude": photo.latitude,
        "longitude": photo.longitude,
        "direction": photo.direction,
    }


def little(photo: Photo, turned: int) -> dict[str, Any]:
    """Return what a stripped copy says of a photo, as the job in ``exif`` takes it."""
    return {
        "orientation": orientation(turned, photo.rotation),
        "taken_at": photo.taken_at,
        "taken_offset": photo.taken_offset,
        "sphere": photo.projection == "360",
    }


def made_of(path: Path, outcome: Outcome) -> Copy | str:
    """Return the copy of a file that a job has looked at; or why there is none."""
    if outcome.error:
        return outcome.error.reason
    pieces = _checked(outcome.value, path)
    if pieces is None:
        return "crashed the reader (garbled answer)"
    crc = size = 0
    digest = hashlib.sha256()
    for some in _bytes(path, pieces):
        crc, size = zlib.crc32(some, crc), size + len(some)
        digest.update(some)
    return Copy(path, pieces, size, crc, digest.hexdigest())


def _checked(value: object, path: Path) -> tuple[Piece, ...] | None:
    """Return the pieces that a process named which has read a stranger's file."""
    found: list[Piece] = []
    whole = path.stat().st_size
    for piece in value if isinstance(value, list) else [None]:
        if isinstance(piece, bytes):
            found.append(piece)
            continue
        match piece:
            case [int(start), int(stop)] if 0 <= start <= stop <= whole:
                found.append((start, stop))
            case _:
                return None
    return tuple(found)


def _bytes(path: Path, pieces: Sequence[Piece]) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            for piece in pieces:
                if isinstance(piece, bytes):
                    yield piece
                    continue
                left = piece[1] - file.seek(piece[0])
                while left > 0 and (some := file.read(min(PIECE, left))):
                    left -= len(some)
                    yield some
    except OSError as error:
        raise StoreError(path, error.strerror or str(error)) from error
