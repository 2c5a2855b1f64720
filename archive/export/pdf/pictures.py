"""The photos of a report as they are embedded: as they came, or made by workers."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.export.pdf import jpegs
from archive.export.pdf.jpegs import embeddable
from archive.export.pdf.keeping import Kept, Made
from archive.export.pdf.rendering import CHANGED, QUALITY
from archive.export.pdf.spool import PictureFile
from archive.export.stamps import ALL
from archive.export.stamps import QUALITY as FULL_QUALITY
from archive.originals import Stored, path_of
from archive.photos import chunks
from archive.sqlite import sqlite3
from archive.workers import Outcome, run_jobs

_Job = tuple[str, int, int, int, tuple[str, str, float] | None, int]
RENDER = "archive.export.pdf.rendering:render"
WORKERS = 2
AS_IS = 4096  # pixels: the longest side of what is no JPEG, where all stay as they are
SLACK = 1.15  # a photo that is hardly larger than wanted is not encoded again for that
MISSING = "missing"  # a reason that is said in the reader's words
NO_POSTER = "it has no picture"


@dataclass(frozen=True, slots=True)
class Source:
    """The file of a photo.

    :param turn: EXIF value that brings its pixels upright, with the person's rotation
    :param longest: its longest side, pixels
    :param damaged: it looked so when it came
    """

    path: Path
    media_type: str
    crc32: int
    rotation: int
    turn: int
    longest: int
    damaged: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that can be placed on pages.

    :param object: its number in the file of pictures
    :param width: as shown, like ``height``
    :param turn: EXIF value that is still to be applied where it is placed
    """

    object: int
    width: int
    height: int
    turn: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A photo to be embedded, and how long its longest side is to be; 0: as it is.

    :param stamp: text, corner and least size of its letters in pixels, or None
    """

    id: int
    source: Source
    longest: int
    stamp: tuple[str, str, float] | None = None


def sources_of(
    connection: sqlite3.Connection, originals: Path, ids: Sequence[int]
) -> dict[int, Source]:
    """Return the files of photos; of those without one nothing."""
    from archive.renditions import upright

    found = {}
    for some in chunks(ids):
        marks = ", ".join("?" * len(some))
        rows = connection.execute(
            f"""
            select p.id, o.sha256, o.extension, o.media_type, o.crc32, p.rotation,
                o.turned, coalesce(max(o.width, o.height), 0), o.damage is not null
            from photos p join originals o on o.id = p.original_id
            where p.id in ({marks})
            """,
            some,
        )
        for number, sha256, extension, kind, crc32, rotation, turned, *rest in rows:
            path = path_of(originals, Stored(sha256, extension))
            turn = upright(turned, rotation)
            found[number] = Source(path, kind, crc32, rotation, turn, *rest)
    return found


def gather(
    wanted: Iterable[Wanted],
    file: PictureFile,
    tell: Callable[[int], None],
    kept: Kept | None = None,
) -> dict[int, Picture | str]:
    """Bring photos into the file of pictures: as they are, or made by workers.

    :param tell: is told how many are done, after each; raises to end it
    :param kept: what was made before it was cut off, and where to keep what is made
    :returns: for each id its picture, or why there is none
    """
    found: dict[int, Picture | str] = {}
    asked: dict[int, tuple[_Job, int]] = {}

    def left() -> Iterator[tuple[int, _Job]]:
        for one in wanted:
            job, crc = _job(one), one.source.crc32
            picture = None if one.stamp else _as_it_is(one, file)
            if picture is None and kept and crc:
                asked[one.id] = job, crc
                before = kept.find(asked[one.id])
                picture = _embedded(before, file) if before else None
            if picture is None:
                yield one.id, job
            else:
                found[one.id] = picture
                tell(len(found))

    def keep(number: int, value: Any) -> None:  # noqa: ANN401
        if kept and number in asked:
            kept.keep(asked.pop(number), value)

    for key, picture in made(RENDER, left(), file, keep):
        found[key] = picture
        tell(len(found))
    return found


def made(
    function: str,
    jobs: Iterable[tuple[int, tuple[Any, ...]]],
    file: PictureFile,
    keep: Callable[[int, Any], None] = lambda _key, _value: None,
) -> Iterator[tuple[int, Picture | str]]:
    """Let workers make pictures, bring them into the file, and yield each as it comes.

    :param function: returns width, height, components and the bytes of a JPEG
    :param keep: is given what was made, if it is a picture
    """
    with closing(run_jobs(function, jobs, WORKERS)) as outcomes:  # type: ignore[type-var]
        for outcome in outcomes:
            picture = _made(outcome, file)
            if isinstance(picture, Picture):
                keep(outcome.key, outcome.value)
            yield outcome.key, picture


def _job(one: Wanted) -> _Job:
    """Return what a worker is asked for; at full size only what is stamped there."""
    source, longest, quality = one.source, one.longest, QUALITY
    if not longest:
        full = one.stamp is not None and source.media_type == "image/jpeg"
        longest, quality = (ALL if full else AS_IS), FULL_QUALITY
    film = source.media_type.startswith("video/")  # of which a small part is looked at
    crc32 = 0 if film else source.crc32
    return str(source.path), source.rotation, longest, quality, one.stamp, crc32


def _as_it_is(one: Wanted, file: PictureFile) -> Picture | str | None:
    """Embed a photo as it is, or say why it cannot be; None: a worker is to make it."""
    source = one.source
    try:
        if not _small_enough(one, source.path.stat().st_size):
            return None
        data = source.path.read_bytes()
    except FileNotFoundError:
        return MISSING
    except OSError as error:
        return error.strerror or str(error)
    if zlib.crc32(data) != source.crc32:
        return CHANGED
    jpeg = embeddable(data)
    if jpeg is None:
        return None
    across = source.turn >= 5
    width, height = (jpeg.height, jpeg.width) if across else (jpeg.width, jpeg.height)
    return Picture(file.add(jpeg), width, height, source.turn)


def _small_enough(one: Wanted, size: int) -> bool:
    """Whether a file is a JPEG to be embedded as it is.

    :param size: bytes
    """
    source = one.source
    if source.media_type != "image/jpeg" or source.damaged or size > jpegs.LARGEST:
        return False
    return not one.longest or source.longest <= one.longest * SLACK


def _made(outcome: Outcome, file: PictureFile) -> Picture | str:
    """Take what a worker made, and believe nothing of it."""
    if outcome.error is not None:
        missing = outcome.error.type == "StoreError"
        return MISSING if missing else outcome.error.reason
    if not outcome.value[3]:
        return NO_POSTER
    return _embedded(outcome.value, file) or "its picture could not be made"


def _embedded(made: Made, file: PictureFile) -> Picture | None:
    """Embed what was made; None: it is not what it says."""
    width, height, components, data = made
    jpeg = embeddable(data)
    if jpeg is None or (jpeg.width, jpeg.height, jpeg.components) != (
        width,
        height,
        components,
    ):
        return None
    return Picture(file.add(jpeg), width, height, 1)
