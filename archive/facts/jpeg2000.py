"""JPEG 2000: the JP2 container (ITU T.800, annex I) and the bare codestream."""

from __future__ import annotations

import struct

from archive.facts.boxes import boxes
from archive.facts.contents import Contents
from archive.facts.source import Part, Source

_EXIF = b"JpgTiffExif->JP2"
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_IPTC = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")


def read_jp2(source: Source, contents: Contents) -> None:
    """Fill in size, metadata blocks and damage of a JP2."""
    pixels = False
    for box in boxes(source):
        if box.kind == b"jp2h":
            _header(box.content, contents)
        elif box.kind == b"uuid":
            _metadata(box.content, contents)
        elif box.kind == b"jp2c":
            pixels = True
            if contents.width is None:
                read_codestream(box.content, contents)
        if box.missing:
            contents.damaged("the file was cut off: it is shorter than it says")
    if not pixels:
        contents.damaged("no picture data")


def _metadata(content: Part, contents: Contents) -> None:
    """EXIF, XMP and IPTC are told apart by a name of 16 bytes."""
    name = content.read(0, 16)
    inner = Part(content, 16, content.size)
    if name == _EXIF:
        prefix = 6 if inner.read(0, 6) == b"Exif\0\0" else 0
        contents.keep_exif(Part(inner, prefix, inner.size))
    elif name == _XMP:
        contents.keep_xmp(inner)
    elif name == _IPTC:
        contents.iptc = inner.read(0, 1 << 16)


def _header(content: Part, contents: Contents) -> None:
    for box in boxes(content):
        raw = box.content.read(0, 64)
        if box.kind == b"ihdr" and len(raw) >= 11:
            contents.height, contents.width = struct.unpack(">II", raw[:8])
            contents.details["bit_depth"] = (raw[10] & 0x7F) + 1
        elif box.kind == b"colr" and raw[:1] == b"\2":
            contents.profile = box.content.read(3, 4096)


def read_codestream(source: Source, contents: Contents) -> None:
    """The size in the SIZ segment, which comes first (T.800, A.5.1)."""
    head = source.read(0, 24)
    if head[:4] != b"\xff\x4f\xff\x51" or len(head) < 24:
        contents.damaged("no picture data")
        return
    right, bottom, left, top = struct.unpack(">IIII", head[8:24])
    contents.width, contents.height = max(0, right - left), max(0, bottom - top)
