"""PNG (third edition): chunks, with EXIF, XMP and text wherever programs put them."""

from __future__ import annotations

import struct
import zlib

from archive.facts.contents import Contents
from archive.facts.jpeg import iptc_of
from archive.facts.source import Memory, Part, Source
from archive.facts.texts import clean, decode

MOST_CHUNKS = 20_000  # a 500 MB picture in the usual 32 KiB chunks
MOST_TEXT = 1 << 20  # unpacked
MOST_TEXTS = 30  # a second of unpacking at the very worst

_TEXTS = frozenset({b"iTXt", b"zTXt", b"tEXt", b"iCCP"})

# What PNG's own keywords are called here; "Creation Time" has no fixed format.
_KEYWORDS = {
    b"Title": "title",
    b"Author": "artist",
    b"Description": "caption",
    b"Copyright": "copyright",
    b"Software": "software",
    b"Comment": "comment",
}


def read_png(source: Source, contents: Contents) -> None:
    """Fill in size, metadata blocks and damage of a PNG."""
    header = source.read(8, 25)
    if header[4:8] != b"IHDR" or len(header) < 25:
        contents.damaged("the PNG has no header")
        return
    contents.width, contents.height = struct.unpack(">II", header[8:16])
    contents.details["bit_depth"] = header[16]
    position, pixels, texts = 33, False, 0
    for _ in range(MOST_CHUNKS):
        head = source.read(position, 8)
        if len(head) < 8:
            break
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IEND":
            if not pixels:
                contents.damaged("no picture data")
            return
        pixels = pixels or (kind == b"IDAT" and length > 0)
        if position + 12 + length > source.size:
            break
        texts += kind in _TEXTS
        if texts <= MOST_TEXTS or kind not in _TEXTS:
            _chunk(Part(source, position + 8, length), kind, contents)
        position += 12 + length
    cut = "the file was cut off: the end of the picture is missing"
    contents.damaged(cut if pixels else "no picture data")


def _chunk(chunk: Part, kind: bytes, contents: Contents) -> None:
    """Keep what one chunk says."""
    if kind == b"eXIf":
        prefix = 6 if chunk.read(0, 6) == b"Exif\0\0" else 0
        contents.keep_exif(Part(chunk, prefix, chunk.size))
    elif kind == b"acTL":
        contents.details["frames"] = int.from_bytes(chunk.read(0, 4), "big")
    elif kind == b"iCCP":
        _, _, packed = chunk.read(0, 1 << 16).partition(b"\0")
        contents.profile = _unpack(packed[1:], 4096)
    elif kind in _TEXTS:
        keyword, text = _text(chunk.read(0, MOST_TEXT), kind)
        _keep_text(keyword, text, kind, contents)


def _text(raw: bytes, kind: bytes) -> tuple[bytes, bytes]:
    """Keyword and unpacked text of a text chunk (PNG 11.3.3)."""
    keyword, _, rest = raw.partition(b"\0")
    if kind == b"tEXt":
        return keyword, rest
    if kind == b"zTXt":
        return keyword, _unpack(rest[1:], MOST_TEXT)
    packed = rest[:1] == b"\1"
    _, _, rest = rest[2:].partition(b"\0")  # language
    _, _, rest = rest.partition(b"\0")  # keyword in that language
    return keyword, _unpack(rest, MOST_TEXT) if packed else rest


def _unpack(packed: bytes, most: int) -> bytes:
    """Inflate at most ``most`` bytes: a small chunk may claim to hold gigabytes."""
    try:
        return zlib.decompressobj().decompress(packed, most)
    except zlib.error:
        return b""


def _keep_text(keyword: bytes, text: bytes, kind: bytes, contents: Contents) -> None:
    if keyword == b"XML:com.adobe.xmp":
        contents.keep_xmp(Memory(text))
    elif keyword.startswith(b"Raw profile type "):
        _keep_profile(keyword[17:], text, contents)
    elif keyword in _KEYWORDS:
        name = _KEYWORDS[keyword]
        value = decode(text) if kind == b"iTXt" else clean(text[:8000].decode("latin1"))
        if value:
            contents.details.setdefault(name, value)


def _keep_profile(name: bytes, text: bytes, contents: Contents) -> None:
    """ImageMagick's way: a name, a length and hexadecimal digits."""
    _, _, rest = text.lstrip().partition(b"\n")  # the name again
    _, _, digits = rest.lstrip().partition(b"\n")  # the length
    try:
        raw = bytes.fromhex(digits.decode("ascii"))
    except ValueError:
        contents.warn("metadata in hexadecimal digits cannot be read")
        return
    if name in (b"exif", b"APP1", b"app1"):
        if raw.startswith(b"http://ns.adobe.com/xap/1.0/\0"):
            contents.keep_xmp(Memory(raw[29:]))
        else:
            contents.keep_exif(Memory(raw.removeprefix(b"Exif\0\0")))
    elif name == b"xmp":
        contents.keep_xmp(Memory(raw))
    elif name in (b"iptc", b"8bim"):
        contents.iptc = iptc_of(raw) or raw
