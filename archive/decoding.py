"""Opening untrusted pictures with Pillow: one reader a type, within a memory budget.

Only what the bytes were sniffed as is tried, so that a file called ``safe.png`` never
reaches the EPS, PDF or WMF readers (Pillow itself goes by content, whatever the name).
"""

from __future__ import annotations

import importlib
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import IO, BinaryIO, cast

from PIL import Image, ImageFile

from archive.facts.heif import unusual
from archive.facts.source import FileSource
from archive.resizing import Size, fitted

# media type: Pillow's names of the formats, and the modules that read them
READERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "image/jpeg": (("JPEG",), ("PIL.JpegImagePlugin",)),
    "image/png": (("PNG",), ("PIL.PngImagePlugin",)),
    "image/webp": (("WEBP",), ("PIL.WebPImagePlugin",)),
    "image/avif": (("AVIF",), ("PIL.AvifImagePlugin",)),
    "image/gif": (("GIF",), ("PIL.GifImagePlugin",)),
    "image/tiff": (("TIFF",), ("PIL.TiffImagePlugin",)),
    "image/bmp": (("BMP", "DIB"), ("PIL.BmpImagePlugin",)),
    "image/heic": (("HEIF",), ("pi_heif",)),
    "image/heif": (("HEIF",), ("pi_heif",)),
    "image/jp2": (("JPEG2000",), ("PIL.Jpeg2KImagePlugin",)),
    "image/x-jp2-codestream": (("JPEG2000",), ("PIL.Jpeg2KImagePlugin",)),
    "image/x-portable-bitmap": (("PPM",), ("PIL.PpmImagePlugin",)),
    "image/x-portable-graymap": (("PPM",), ("PIL.PpmImagePlugin",)),
    "image/x-portable-pixmap": (("PPM",), ("PIL.PpmImagePlugin",)),
}

# A worker has 1 GiB of address space, of which Python and the codecs take about 200 MB.
LARGEST_DECODED = 720 << 20
# Even at 1/8 a JPEG has to be read through; at about 100 MP/s this is ten seconds.
LARGEST_STORED_PIXELS = 1_000_000_000

# What one pixel takes while it is decoded and brought into a mode that can be resized.
# Pillow keeps RGB in four bytes; HEIF holds YCbCr, RGB and Pillow's copy at once.
_BYTES_PER_PIXEL = {"1": 2, "L": 1, "P": 5, "I;16": 11, "I": 9, "F": 9, "LA": 8}
_HEIF_BYTES_PER_PIXEL = 9


class TooLarge(ValueError):
    """The picture has more pixels than a worker's memory can hold."""


class Unusual(ValueError):
    """A file of a kind that no camera writes, in which decoders had most faults."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """First frame of a picture, at or above the size that was asked for.

    :param orientation: EXIF value still to be applied; None when the file's own
        (from its EXIF) is to be taken, 1 when the reader has turned it already
    :param note: what a person should know about it, else ""
    """

    image: Image.Image
    profile: bytes | None
    orientation: int | None
    note: str = ""


def decode(source: str | IO[bytes], media_type: str, longest: int) -> Decoded:
    """Decode the first frame, scaled while decoding where the format can do that.

    What is there of a truncated file is decoded, the rest is grey.

    :param longest: the longest side that will be needed, pixels
    :raises TooLarge: over the budget; decided before anything is decoded
    :raises Unusual: no decoder is to see it
    """
    if isinstance(source, str):
        with open(source, "rb") as file:  # noqa: PTH123 - closed when we are done
            return decode(file, media_type, longest)
    _refuse_unusual(source, media_type)
    image = Image.open(source, formats=_formats(media_type))
    stored = image.size
    image.draft(None, fitted(stored, longest))
    _check_budget(stored, image)
    orientation = _pending_orientation(image)
    profile = image.info.get("icc_profile")
    image.load()
    return Decoded(image, profile if isinstance(profile, bytes) else None, orientation)


def check(source: str, media_type: str, longest: int) -> None:
    """Decode without leniency, so that a file cut short raises.

    Opening stays lenient: a strange comment does not make a picture a damaged one.
    """
    with open(source, "rb") as file:  # noqa: PTH123
        _refuse_unusual(file, media_type)
        with lenient():
            image = Image.open(file, formats=_formats(media_type))
        with lenient(truncated=False):
            image.draft(None, fitted(image.size, longest))
            image.load()


def _refuse_unusual(file: IO[bytes], media_type: str) -> None:
    if READERS.get(media_type, ((), ()))[1] != ("pi_heif",):
        return
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    why = unusual(FileSource(cast("BinaryIO", file), size))
    file.seek(0)
    if why:
        raise Unusual(f"it is not shown: {why}")


@cache
def _formats(media_type: str) -> tuple[str, ...]:
    """Load the readers for ``media_type`` and name them as Pillow does."""
    try:
        formats, modules = READERS[media_type]
    except KeyError:
        raise ValueError(f"there is no reader for {media_type}") from None
    for module in modules:
        loaded = importlib.import_module(module)
        if module == "pi_heif":
            # One thread: each would bring a stack and an arena of its own.
            loaded.register_heif_opener(decode_threads=1, thumbnails=False)
    return formats


def _check_budget(size: Size, image: Image.Image) -> None:
    """Refuse what would not fit into memory.

    :param size: as stored; ``image.size`` is what it is reduced to while decoding
    """
    pixels = size[0] * size[1]
    each = _BYTES_PER_PIXEL.get(image.mode, 4)
    if image.format == "HEIF":
        each = _HEIF_BYTES_PER_PIXEL
    needed = image.width * image.height * each
    if pixels > LARGEST_STORED_PIXELS or needed > LARGEST_DECODED:
        raise TooLarge(f"{size[0]} × {size[1]} pixels are more than can be decoded")


def _pending_orientation(image: Image.Image) -> int | None:
    """What Pillow's readers leave to be done, format by format.

    pi-heif turns by the container's irot and imir (the EXIF value then must not be
    used), Pillow's TIFF reader by the tag; its AVIF reader hands irot and imir over
    as an EXIF value in place of the one in the file.
    """
    if image.format in ("HEIF", "TIFF"):
        return 1
    if image.format == "AVIF":
        return int(image.getexif().get(0x0112, 1))
    return None


@contextmanager
def lenient(*, truncated: bool = True) -> Iterator[None]:
    """Decode truncated files as far as they go, and judge sizes by our own budget.

    These are switches of the whole Pillow module: they are put back at the end, and
    a process that decodes in several threads should not rely on them elsewhere.
    """
    before = ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS = truncated, None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS = before


def blank(image: Image.Image) -> bool:
    """Whether there is as good as nothing to be seen, as of a file with no data.

    Judged by a grid of points: libjpeg makes some pattern in the first block of
    nothing, and grey of the rest.
    """
    points = image.resize((64, 64), Image.Resampling.NEAREST).convert("L")
    counts = points.histogram()
    most = counts.index(max(counts))
    return sum(counts[max(most - 2, 0) : most + 3]) > 0.985 * 64 * 64
