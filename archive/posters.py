"""A picture for files whose own pixels we do not decode: RAW previews, video posters.

Camera makers put the preview JPEG of a RAW file wherever they like (TIFF sub-IFDs,
maker notes, Fuji's own header, Canon's boxes). All of them are found by looking
for JPEG headers in the bytes, which asks nothing of the container.
"""

from __future__ import annotations

import io
import mmap
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple

from PIL.ContainerIO import ContainerIO

from archive.decoding import Decoded, TooLarge, blank, decode
from archive.facts.boxes import find
from archive.facts.source import FileSource

Bytes = mmap.mmap | bytes

MOST_HEADERS = 2000  # JPEG headers looked at in one file
MOST_TRIED = 4  # previews decoded before giving up
LARGEST_INDEX = 32 << 20  # of a video's "moov" box
LARGEST_POSTER = 64 << 20
FFMPEG_SECONDS = 8

# The demuxer is named so that ffmpeg guesses nothing: a playlist or a script called
# .mov would make it open other files.
_DEMUXERS = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/3gpp": "mov",
    "video/x-m4v": "mov",
    "video/x-msvideo": "avi",
    "video/avi": "avi",
    "video/webm": "matroska",
    "video/x-matroska": "matroska",
    "video/mp2t": "mpegts",
}


class Embedded(NamedTuple):
    """A JPEG inside another file: where it begins, and its size in pixels."""

    offset: int
    width: int
    height: int


def raw_preview(path: Path, longest: int) -> Decoded | None:
    """The largest preview in a RAW file that can be decoded, or None.

    When there is no JPEG, the small uncompressed picture that begins many TIFF-like
    RAW files (DNG, NEF) is better than none.
    """
    with path.open("rb") as file:
        for preview in _best_first(_previews(file)):
            if decoded := _try(_window(file, preview.offset), "image/jpeg", longest):
                return decoded
    decoded = _try(str(path), "image/tiff", longest)
    return decoded if decoded and decoded.image.mode == "RGB" else None


def _try(source: str | IO[bytes], media_type: str, longest: int) -> Decoded | None:
    """Decode, or None when there is nothing to be seen."""
    try:
        decoded = decode(source, media_type, longest)
    except (MemoryError, TooLarge):
        raise
    except Exception:  # noqa: BLE001 - readers raise whatever they like
        return None
    return None if blank(decoded.image) else decoded


def _window(file: IO[bytes], offset: int) -> IO[bytes]:
    """The rest of ``file`` from ``offset`` on, as a file of its own."""
    end = file.seek(0, io.SEEK_END)
    return ContainerIO(file, offset, end - offset)


def _best_first(found: list[Embedded]) -> list[Embedded]:
    """Largest first; without tiles (many of one size) of a JPEG-compressed DNG."""
    sizes = Counter((item.width, item.height) for item in found)
    single = [item for item in found if sizes[item.width, item.height] < 4]
    single.sort(key=lambda item: item.width * item.height, reverse=True)
    return single[:MOST_TRIED]


def _previews(file: IO[bytes]) -> list[Embedded]:
    if not file.seek(0, io.SEEK_END):
        return []
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        found = (_read_header(data, at) for at in islice(_starts(data), MOST_HEADERS))
        return [item for item in found if item is not None]


def _starts(data: Bytes) -> Iterator[int]:
    """Where JPEG files seem to begin."""
    at = data.find(b"\xff\xd8\xff")
    while at >= 0:
        yield at
        at = data.find(b"\xff\xd8\xff", at + 3)


def _read_header(data: Bytes, start: int) -> Embedded | None:
    """Walk the JPEG markers from ``start`` to the frame header.

    None for anything but 8-bit baseline, extended or progressive JPEG: the sensor's
    own data is often lossless JPEG (SOF3), which is no preview.
    """
    at = start + 2
    for _ in range(64):
        marker = data[at : at + 10]
        if len(marker) < 10 or marker[0] != 0xFF:
            return None
        if marker[1] in (0xC0, 0xC1, 0xC2):
            height = int.from_bytes(marker[5:7], "big")
            width = int.from_bytes(marker[7:9], "big")
            usable = marker[4] == 8 and width and height
            return Embedded(start, width, height) if usable else None
        if marker[1] in (0xC3, 0xD9, 0xDA) or marker[1] < 0xC0:
            return None
        at += 2 + int.from_bytes(marker[2:4], "big")
    return None


def video_poster(path: Path, media_type: str, longest: int) -> Decoded | None:
    """The cover embedded in a video, else a frame by ffmpeg if installed, else None."""
    cover = _cover(path)
    if cover is not None:
        kind = "image/png" if cover.startswith(b"\x89PNG") else "image/jpeg"
        if decoded := _try(io.BytesIO(cover), kind, longest):
            return decoded
    frame = _first_frame(path, media_type, longest)
    return _try(io.BytesIO(frame), "image/jpeg", longest) if frame else None


def _cover(path: Path) -> bytes | None:
    """The ``covr`` picture of an MP4 or QuickTime file (iTunes metadata)."""
    return _cover_in(_index_box(path))


def _cover_in(index: bytes) -> bytes | None:
    """After "covr": size (4 bytes), "data", type (4), locale (4), then the picture."""
    at = index.find(b"covr")
    if at < 0 or index[at + 8 : at + 12] != b"data":
        return None
    size = int.from_bytes(index[at + 4 : at + 8], "big")
    return index[at + 20 : at + 4 + size] or None


def _index_box(path: Path) -> bytes:
    """The content of the top-level ``moov`` box, or nothing."""
    with path.open("rb") as file:
        index = find(FileSource(file, path.stat().st_size), b"moov")
        return index.read(0, LARGEST_INDEX) if index else b""


def _first_frame(path: Path, media_type: str, longest: int) -> bytes | None:
    """One frame as JPEG by the ``ffmpeg`` on PATH; upright, at most ``longest``."""
    program, demuxer = shutil.which("ffmpeg"), _DEMUXERS.get(media_type)
    if program is None or demuxer is None:
        return None
    box = f"w='min({longest},iw)':h='min({longest},ih)'"
    command = [
        *(program, "-v", "error", "-nostdin", "-threads", "1"),
        *("-protocol_whitelist", "file", "-f", demuxer, "-i", f"file:{path}"),
        *("-frames:v", "1", "-an", "-sn", "-dn", "-map_metadata", "-1"),
        *("-vf", f"scale={box}:force_original_aspect_ratio=decrease"),
        *("-c:v", "mjpeg", "-q:v", "2", "-f", "image2pipe", "-"),
    ]
    try:
        done = subprocess.run(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=FFMPEG_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout[:LARGEST_POSTER] or None
