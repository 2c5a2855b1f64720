"""Thumbnail, medium and preview of a photo: upright, sRGB, and without metadata.

One decode (reduced while decoding where the format can), then a cascade of Lanczos
resizes 1600 > 720 > 240, turned once at 1600. The JPEGs are baseline: progressive
costs five times the encoding, and WebP pays only at 240 pixels.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, UnidentifiedImageError

from archive.colour import resizable, to_srgb
from archive.decoding import Decoded, TooLarge, blank, check, decode, lenient
from archive.errors import DamagedFile, FileProblem, StoreError
from archive.heif_thumbnails import with_thumbnail_as_primary
from archive.pictures import NAMES, SIZES, Rendition, Size
from archive.resizing import fitted, resize

if TYPE_CHECKING:
    from archive.facts import Facts

__all__ = ["NAMES", "SIZES", "Rendition", "make_renditions", "render", "type_tiles"]


# A HEIF file that cannot be decoded is read whole to find the thumbnail in it.
LARGEST_HEIF = 128 << 20

TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# EXIF orientation after one more quarter turn clockwise.
_QUARTER_TURN = {1: 6, 6: 3, 3: 8, 8: 1, 2: 7, 7: 4, 4: 5, 5: 2}


def make_renditions(
    path: Path, facts: Facts, rotation: int = 0, names: Collection[str] = NAMES
) -> tuple[Rendition, ...]:
    """Make the named renditions of one file, the largest first.

    A RAW file gives its embedded preview and a video its poster; where there is none,
    the result is tiles (``is_tile``). A small picture is never enlarged.

    :param rotation: the person's, degrees clockwise, on top of EXIF's: 0/90/180/270
    :raises DamagedFile: nothing of the picture can be shown; the reason says why
    :raises StoreError: the file cannot be read
    """
    longest = max(SIZES[name].longest for name in names)
    with lenient():
        try:
            reduced = _reduced(_open(path, facts, longest), longest)
            if reduced is None:
                return type_tiles(facts.extension, names)
            turn = upright(reduced.orientation or facts.orientation, rotation)
            made = _render(reduced, turn, names)
        except Exception as error:
            raise _damaged(path, error) from error
    if _looks_blank(made) and facts.kind == "image":
        _refuse_if_nothing_decodes(path, facts)
    return made


def picture_of(
    path: Path, facts: Facts, longest: int, rotation: int = 0
) -> Image.Image | None:
    """Decode a photo: upright, sRGB, at most ``longest`` pixels; None: no picture.

    :raises DamagedFile: nothing of it can be shown
    :raises StoreError: the file cannot be read
    """
    with lenient():
        try:
            reduced = _reduced(_open(path, facts, longest), longest)
            if reduced is None:
                return None
            turn = upright(reduced.orientation or facts.orientation, rotation)
            return _turned(reduced, turn)[0]
        except Exception as error:
            raise _damaged(path, error) from error


def type_tiles(extension: str, names: Collection[str] = NAMES) -> tuple[Rendition, ...]:
    """Tiles with the type's name for a file of which no picture can be had."""
    return tuple(_tile(extension, name) for name in SIZES if name in names)


def render(
    path: str, rotation: int = 0, names: Collection[str] = NAMES
) -> tuple[Rendition, ...]:
    """Read the facts and make the named renditions: the job of a worker process.

    :raises FileProblem: see ``read_facts`` and ``make_renditions``
    """
    from archive.facts import read_facts

    file = Path(path)
    return make_renditions(file, read_facts(file), rotation, names)


def upright(orientation: int | None, rotation: int) -> int:
    """The EXIF orientation with the effect of ``orientation``, then ``rotation``."""
    result = orientation if orientation in _QUARTER_TURN else 1
    for _ in range(rotation // 90 % 4):
        result = _QUARTER_TURN[result]
    return result


def _open(path: Path, facts: Facts, longest: int) -> Decoded | None:
    """Decode the picture, the preview or the poster; None when there is none."""
    if facts.media_type in ("image/heic", "image/heif"):
        return _open_heif(path, facts.media_type, longest)
    if facts.kind == "image":
        return decode(str(path), facts.media_type, longest)
    from archive import posters

    if facts.kind == "raw":
        return posters.raw_preview(path, longest)
    poster = posters.video_poster(path, facts.media_type, longest)
    # Players and ffmpeg apply the video's own matrix; nothing is left to turn.
    return replace(poster, orientation=1) if poster else None


def _open_heif(path: Path, media_type: str, longest: int) -> Decoded:
    """Decode a HEIF picture; if that cannot be, the thumbnail inside it."""
    try:
        return decode(str(path), media_type, longest)
    except (TooLarge, SyntaxError, ValueError, RuntimeError) as error:
        if path.stat().st_size > LARGEST_HEIF:
            raise
        smaller = with_thumbnail_as_primary(path.read_bytes())
        if smaller is None:
            raise
        decoded = decode(io.BytesIO(smaller), media_type, longest)
        return replace(decoded, note=f"only its embedded thumbnail: {error}")


def _damaged(path: Path, error: Exception) -> Exception:
    """The error to raise for whatever a reader of hostile bytes raised."""
    if isinstance(error, (MemoryError, FileProblem)):
        return error
    if isinstance(error, OSError) and error.errno is not None:
        return StoreError(path, f"cannot be read: {error.strerror}")
    if isinstance(error, TooLarge):
        return DamagedFile(path, str(error))
    if isinstance(error, UnidentifiedImageError):
        return DamagedFile(path, "cannot be decoded: its header is damaged")
    return DamagedFile(path, f"cannot be decoded: {str(error) or type(error).__name__}")


def _reduced(decoded: Decoded | None, longest: int) -> Decoded | None:
    """Scale down to ``longest``, so that the large picture is let go of at once."""
    if decoded is None:
        return None
    image = resizable(decoded.image)
    return replace(decoded, image=resize(image, fitted(image.size, longest)))


def _render(
    reduced: Decoded, turn: int, names: Collection[str]
) -> tuple[Rendition, ...]:
    image, note = _turned(reduced, turn)
    note = "; ".join(filter(None, (reduced.note, note)))
    return tuple(replace(item, note=note) for item in _cascade(image, names))


def _turned(reduced: Decoded, turn: int) -> tuple[Image.Image, str]:
    """Return a picture upright in sRGB, with a note on its colours."""
    image, note = to_srgb(reduced.image, reduced.profile)
    if turn != 1:
        image = image.transpose(TRANSPOSE[turn])
    # Encoders copy comments and the like from here into the file.
    image.info = {}
    return image, note


def _cascade(image: Image.Image, names: Collection[str]) -> Iterator[Rendition]:
    """Encode each wanted size, the next one made from the last."""
    last: Rendition | None = None
    for name, size in SIZES.items():
        if name not in names:
            continue
        image = resize(image, fitted(image.size, size.longest))
        if last and (*image.size, size.media_type) == _shape(last):
            last = replace(last, name=name)  # a small picture: the same bytes again
        else:
            last = Rendition(name, size.media_type, *image.size, _encode(image, size))
        yield last


def _shape(rendition: Rendition) -> tuple[int, int, str]:
    return rendition.width, rendition.height, rendition.media_type


def _encode(image: Image.Image, size: Size) -> bytes:
    """WebP's method 1: a third of the usual 4's CPU, sharper, a tenth more bytes."""
    buffer = io.BytesIO()
    if size.format == "JPEG":
        image.save(buffer, "JPEG", quality=size.quality)
    else:
        image.save(buffer, "WEBP", quality=size.quality, method=1)
    return buffer.getvalue()


def _looks_blank(made: tuple[Rendition, ...]) -> bool:
    """Whether the smallest rendition shows nothing at all."""
    if len(made[-1].data) > 1500 + made[-1].width * made[-1].height // 40:
        return False  # a picture of one colour is encoded in far less
    with Image.open(io.BytesIO(made[-1].data), formats=("JPEG", "WEBP")) as image:
        return blank(image)


def _refuse_if_nothing_decodes(path: Path, facts: Facts) -> None:
    """A blank picture is a blank wall, or what lenient decoding made of no data."""
    try:
        check(str(path), facts.media_type, SIZES["thumbnail"].longest)
    except Exception as error:
        raise _damaged(path, error) from error


@cache
def _tile(extension: str, name: str) -> Rendition:
    from archive.tiles import draw_tile

    size = SIZES[name]
    image = draw_tile(extension, size.longest)
    data = _encode(image, size)
    return Rendition(name, size.media_type, *image.size, data, is_tile=True)
