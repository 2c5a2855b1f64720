"""Small files in every format, built byte by byte, for tests of the readers."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence

Value = str | bytes | int | Sequence[tuple[int, int]]
Tags = Mapping[int, Value]

EXIF_POINTER, GPS_POINTER = 0x8769, 0x8825


def entry(tag: int, value: Value, order: str) -> tuple[int, int, int, bytes]:
    """Tag, type, count and bytes: text, UNDEFINED, SHORT or LONG, or rationals."""
    if isinstance(value, str):
        raw = value.encode() + b"\0"
        return tag, 2, len(raw), raw
    if isinstance(value, bytes):
        return tag, 7, len(value), value
    if isinstance(value, int):
        wide = value > 0xFFFF or tag in (EXIF_POINTER, GPS_POINTER)
        return tag, 4 if wide else 3, 1, struct.pack(order + "HI"[wide], value)
    raw = b"".join(struct.pack(order + "II", *pair) for pair in value)
    return tag, 5, len(value), raw


def directory(tags: Tags, start: int, order: str, following: int = 0) -> bytes:
    """One directory that stands at ``start``, with its long values behind it."""
    entries = [entry(tag, tags[tag], order) for tag in sorted(tags)]
    behind = start + 2 + 12 * len(entries) + 4
    head, tail = struct.pack(order + "H", len(entries)), b""
    for tag, kind, count, raw in entries:
        head += struct.pack(order + "HHI", tag, kind, count)
        if len(raw) <= 4:
            head += raw.ljust(4, b"\0")
        else:
            head += struct.pack(order + "I", behind + len(tail))
            tail += raw + b"\0" * (len(raw) & 1)
    return head + struct.pack(order + "I", following) + tail


def exif_block(
    first: Tags | None = None,
    exif: Tags | None = None,
    gps: Tags | None = None,
    order: str = "<",
) -> bytes:
    """A TIFF block with up to three directories."""
    tags = dict(first or {})
    for pointer, below in ((EXIF_POINTER, exif), (GPS_POINTER, gps)):
        if below is not None:
            tags[pointer] = 0xFFFFFFF
    at = 8 + len(directory(tags, 8, order))
    tail = b""
    for pointer, below in ((EXIF_POINTER, exif), (GPS_POINTER, gps)):
        if below is not None:
            tags[pointer] = at + len(tail)
            tail += directory(below, at + len(tail), order)
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(order + "I", 8) + directory(tags, 8, order) + tail


def segment(marker: int, content: bytes) -> bytes:
    """A JPEG segment."""
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def jpeg(
    exif: bytes | None = None,
    xmp: str | None = None,
    *more: bytes,
    size: tuple[int, int] = (40, 30),
    scan: bytes = b"\x12\x34" * 200,
    tail: bytes = b"\xff\xd9",
) -> bytes:
    """A JPEG whose picture is nonsense and whose headers are right."""
    parts = [b"\xff\xd8"]
    if exif is not None:
        parts.append(segment(0xE1, b"Exif\0\0" + exif))
    if xmp is not None:
        parts.append(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp.encode()))
    parts += more
    width, height = size
    parts.append(segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0"))
    parts.append(segment(0xDA, b"\1\1\0\0\x3f\0") + scan + tail)
    return b"".join(parts)


def chunk(kind: bytes, content: bytes) -> bytes:
    """A PNG chunk."""
    crc = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", crc)


def png(*chunks: bytes, size: tuple[int, int] = (40, 30), end: bool = True) -> bytes:
    """A PNG with more chunks between its header and its picture."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0))
    picture = chunk(b"IDAT", zlib.compress(b"\0" * (size[0] * 3 + 1) * size[1]))
    start = b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + picture
    return start + chunk(b"IEND", b"") * end


def bomb(side: int) -> bytes:
    """A square PNG in black: very many pixels in few bytes.

    :param side: pixels, a multiple of 8
    """
    row, packer = bytes(1 + side // 8), zlib.compressobj(1)
    packed = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    start = b"\x89PNG\r\n\x1a\n" + header
    return start + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def riff(kind: bytes, content: bytes) -> bytes:
    """A RIFF chunk."""
    padding = b"\0" * (len(content) & 1)
    return kind + struct.pack("<I", len(content)) + content + padding


def webp(*chunks: bytes, size: tuple[int, int] = (40, 30)) -> bytes:
    """An extended WebP with a lossless picture."""
    width, height = size
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    bits = (width - 1) | (height - 1) << 14
    picture = riff(b"VP8L", b"\x2f" + bits.to_bytes(4, "little") + b"\0" * 9)
    inside = riff(b"VP8X", b"\0" * 4 + canvas) + picture + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(inside)) + b"WEBP" + inside


def box(kind: bytes, *content: bytes) -> bytes:
    """A box of ISO 14496-12."""
    inside = b"".join(content)
    return struct.pack(">I", 8 + len(inside)) + kind + inside


def heic(
    exif: bytes, size: tuple[int, int] = (40, 30), *properties: bytes, brand: bytes
) -> bytes:
    """A HEIF file with one picture (item 1) and its EXIF (item 2)."""
    start = box(b"ftyp", brand, b"\0\0\0\0", b"mif1", brand)
    exif = b"\0\0\0\0" + exif
    picture = b"picture!"
    ispe = box(b"ispe", b"\0\0\0\0", struct.pack(">II", *size))
    linked = bytes(range(1, 2 + len(properties)))

    def meta(at: int) -> bytes:
        infe = [
            box(b"infe", b"\2\0\0\0", struct.pack(">HH", number, 0), kind, b"\0")
            for number, kind in ((1, b"hvc1"), (2, b"Exif"))
        ]
        places = struct.pack(">HHHIIHHHII", 1, 0, 1, at, 8, 2, 0, 1, at + 8, len(exif))
        return box(
            b"meta",
            b"\0\0\0\0",
            box(b"hdlr", b"\0" * 8, b"pict", b"\0" * 13),
            box(b"pitm", b"\0\0\0\0\0\1"),
            box(b"iinf", b"\0\0\0\0\0\2", *infe),
            box(b"iloc", b"\0\0\0\0\x44\0\0\2", places),
            box(
                b"iprp",
                box(b"ipco", ispe, *properties),
                box(b"ipma", b"\0" * 7 + b"\1\0\1", bytes([len(linked)]), linked),
            ),
        )

    at = len(start) + len(meta(0)) + 8
    return start + meta(at) + box(b"mdat", picture, exif)


def movie(
    keys: Mapping[str, str] | None = None,
    created: int = 0,
    matrix: Sequence[int] = (1, 0, 0, 1),
    size: tuple[int, int] = (64, 48),
    brand: bytes = b"qt  ",
) -> bytes:
    """A QuickTime movie of one track without samples."""
    names = [box(b"mdta", name.encode()) for name in keys or {}]
    values = [
        box(struct.pack(">I", n), box(b"data", b"\0\0\0\1\0\0\0\0", value.encode()))
        for n, value in enumerate((keys or {}).values(), 1)
    ]
    a, b, c, d = (part << 16 for part in matrix)
    turning = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    sides = struct.pack(">II", size[0] << 16, size[1] << 16)
    described = (
        struct.pack(">I4s", 86, b"avc1") + b"\0" * 24 + struct.pack(">HH", *size)
    )
    stsd = box(b"stsd", b"\0\0\0\0\0\0\0\1", described.ljust(86, b"\0"))
    hdlr = box(b"hdlr", b"\0" * 8, b"vide", b"\0" * 12)
    track = box(
        b"trak",
        box(b"tkhd", b"\0" * 40, turning, sides),
        box(b"mdia", hdlr, box(b"minf", box(b"stbl", stsd))),
    )
    header = struct.pack(">IIIII", 0, created, created, 600, 1500).ljust(100, b"\0")
    meta = box(
        b"meta",
        box(b"hdlr", b"\0" * 8, b"mdta", b"\0" * 12),
        box(b"keys", struct.pack(">II", 0, len(names)), *names),
        box(b"ilst", *values),
    )
    start = box(b"ftyp", brand, b"\0\0\0\0", brand)
    return (
        start
        + box(b"mdat", b"frames")
        + box(b"moov", box(b"mvhd", header), track, meta)
    )


def xmp(inside: str = "", attributes: str = "", namespaces: str = "") -> str:
    """An XMP packet with one description."""
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" {namespaces or NAMESPACES} '
        f"{attributes}>{inside}</rdf:Description></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="w"?>'
    )


NAMESPACES = (
    'xmlns:exif="http://ns.adobe.com/exif/1.0/" '
    'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" '
    'xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:GPano="http://ns.google.com/photos/1.0/panorama/"'
)

DATE = {0x9003: "2024:05:06 07:08:09", 0x9291: "25", 0x9011: "+05:30"}
GPS = {
    1: "S",
    2: [(33, 1), (51, 1), (3126, 100)],
    3: "E",
    4: [(151, 1), (12, 1), (4000, 100)],
    5: b"\0",
    6: [(585, 10)],
    17: [(1805, 10)],
}
CAMERA = {0x010F: "Acme", 0x0110: "SiteCam 1", 0x0112: 6}


def sample_exif(order: str = "<") -> bytes:
    """Camera, turning, date with offset, and a position in Sydney."""
    return exif_block(CAMERA, DATE, GPS, order)


def samples() -> dict[str, bytes]:
    """One small valid file with full metadata for each kind of container."""
    exif = sample_exif()
    first = CAMERA | {0x0100: 40, 0x0101: 30, 0x0111: 8, 0x0117: 10, 0x0102: 8}
    return {
        "jpg": jpeg(exif),
        "png": png(chunk(b"eXIf", exif)),
        "webp": webp(riff(b"EXIF", exif)),
        "heic": heic(exif, brand=b"heic"),
        "avif": heic(exif, brand=b"avif"),
        "tif": exif_block(first, DATE, GPS),
        "mov": movie(
            {
                "com.apple.quicktime.creationdate": "2024-05-06T07:08:09+0530",
                "com.apple.quicktime.location.ISO6709": "-33.8587+151.2111+058.500/",
                "com.apple.quicktime.make": "Acme",
                "com.apple.quicktime.model": "SiteCam 1",
            }
        ),
    }
