"""RIFF: WebP (RFC 9649), still and animated, and AVI."""

from __future__ import annotations

from collections.abc import Iterator

from archive.facts.contents import Contents
from archive.facts.source import Part, Source

MOST_CHUNKS = 20_000


def read_webp(source: Source, contents: Contents) -> None:
    """Fill in size, metadata blocks and damage of a WebP."""
    frames = pictures = 0
    for kind, chunk in _chunks(source, 12, contents):
        if kind == b"ANMF":
            frames += 1
        elif kind in (b"VP8 ", b"VP8L"):
            pictures += 1
            _bitstream(kind, chunk.read(0, 10), contents)
        else:
            _metadata(kind, chunk, contents)
    if frames:
        contents.details["frames"] = frames
    if not pictures and not frames:
        contents.damaged("no picture data")


def _metadata(kind: bytes, chunk: Part, contents: Contents) -> None:
    """The canvas's size and the blocks of metadata (RFC 9649, 2.7)."""
    if kind == b"VP8X":
        head = chunk.read(0, 10)
        if len(head) == 10:
            contents.width = 1 + int.from_bytes(head[4:7], "little")
            contents.height = 1 + int.from_bytes(head[7:10], "little")
    elif kind == b"EXIF":
        prefix = 6 if chunk.read(0, 6) == b"Exif\0\0" else 0
        contents.keep_exif(Part(chunk, prefix, chunk.size))
    elif kind == b"XMP ":
        contents.keep_xmp(chunk)
    elif kind == b"ICCP":
        contents.profile = chunk.read(0, 4096)


def _bitstream(kind: bytes, head: bytes, contents: Contents) -> None:
    """Size in the picture's own header (RFC 6386, 9.1; RFC 9649, 3.4)."""
    if contents.width is not None or len(head) < 5:
        return
    if kind == b"VP8L" and head[0] == 0x2F:
        bits = int.from_bytes(head[1:5], "little")
        contents.width = (bits & 0x3FFF) + 1
        contents.height = (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 " and head[3:6] == b"\x9d\x01\x2a" and len(head) == 10:
        contents.width = int.from_bytes(head[6:8], "little") & 0x3FFF
        contents.height = int.from_bytes(head[8:10], "little") & 0x3FFF


def read_avi(source: Source, contents: Contents) -> None:
    """Fill in size, duration and damage of an AVI; it has no date or place."""
    for kind, chunk in _chunks(source, 12, contents):
        if kind == b"LIST" and chunk.read(0, 8) == b"hdrlavih":
            head = chunk.read(12, 40)
            if len(head) == 40:
                words = [
                    int.from_bytes(head[at : at + 4], "little")
                    for at in range(0, 40, 4)
                ]
                contents.width, contents.height = words[8], words[9]
                contents.details["duration_seconds"] = round(
                    words[0] * words[4] / 1e6, 3
                )
            break


def _chunks(
    source: Source, start: int, contents: Contents
) -> Iterator[tuple[bytes, Part]]:
    """Each chunk's name and content; a claimed length beyond the end is damage."""
    end = min(source.size, 8 + int.from_bytes(source.read(4, 4), "little"))
    if 8 + int.from_bytes(source.read(4, 4), "little") > source.size + 1:
        contents.damaged("the file was cut off: it is shorter than it says")
    for _ in range(MOST_CHUNKS):
        head = source.read(start, 8)
        if len(head) < 8 or start >= end:
            return
        length = int.from_bytes(head[4:8], "little")
        yield head[:4], Part(source, start + 8, length)
        start += 8 + length + (length & 1)
