"""MP4 and QuickTime (ISO 14496-12; QuickTime File Format), and Matroska/WebM."""

from __future__ import annotations

import struct

from archive.facts.boxes import Box, boxes, find
from archive.facts.contents import Contents
from archive.facts.moments import from_quicktime, parse_iso
from archive.facts.positions import Unusable, from_iso6709
from archive.facts.source import Part, Source
from archive.facts.texts import decode
from archive.facts.xmp import projection_of

MOST_VALUE = 8000
MOST_ELEMENTS = 5000
_SPHERICAL = bytes.fromhex("ffcc8263f8554a938814587a02521fdd")
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_APPLE = "com.apple.quicktime."

# the matrix of tkhd (a, b, c, d of QFF "Track header") -> EXIF orientation
_MATRICES = {
    (1, 0, 0, 1): 1,
    (-1, 0, 0, 1): 2,
    (-1, 0, 0, -1): 3,
    (1, 0, 0, -1): 4,
    (0, 1, 1, 0): 5,
    (0, 1, -1, 0): 6,
    (0, -1, -1, 0): 7,
    (0, -1, 1, 0): 8,
}


def read_movie(source: Source, contents: Contents) -> None:
    """Fill in what an MP4 or QuickTime movie says of itself."""
    movie = None
    data = False
    for box in boxes(source):
        if box.kind == b"moov" and movie is None:
            movie = box.content
        elif box.kind in (b"mdat", b"moof"):
            data = True
        elif box.kind == b"uuid" and box.content.read(0, 16) == _XMP_UUID:
            contents.keep_xmp(Part(box.content, 16, box.content.size))
        if box.missing:
            contents.damaged("the file was cut off: it is shorter than it says")
    if movie is None:
        contents.damaged("the video has no index (moov): recording was interrupted")
        return
    if not data:
        contents.damaged("the video has no pictures (mdat)")
    _movie(movie, contents)


def _movie(movie: Part, contents: Contents) -> None:
    """The index of the movie: its clock, its tracks, and what is written about it."""
    values: dict[str, str] = {}
    created = 0
    for box in boxes(movie):
        if box.kind == b"mvhd":
            created = _movie_header(box.content, contents)
        elif box.kind == b"trak":
            _track(box.content, contents)
        elif box.kind == b"meta":
            values = values | _keys(box.content)
        elif box.kind == b"udta":
            values = _user_data(box.content, contents) | values
    _interpret(values, created, contents)


def _movie_header(box: Part, contents: Contents) -> int:
    """Seconds since 1904 of the recording; the duration goes to the details."""
    raw = box.read(0, 36)
    if len(raw) < 32:
        return 0
    if raw[0] == 1:
        created, _, scale, duration = struct.unpack_from(
            ">QQIQ", raw.ljust(36, b"\0"), 4
        )
    else:
        created, _, scale, duration = struct.unpack_from(">IIII", raw, 4)
    if scale and 0 < duration < 0xFFFFFFFF:
        contents.details["duration_seconds"] = round(duration / scale, 3)
    return int(created)


def _track(box: Part, contents: Contents) -> None:
    """Size, turning, codec and projection of the first picture track."""
    handler = find(box, b"mdia", b"hdlr")
    if handler is None or handler.read(8, 4) != b"vide":
        return
    if contents.width is not None:
        return
    header = find(box, b"tkhd")
    raw = header.read(0, 104) if header else b""
    at = 52 if raw[:1] == b"\1" else 40
    if len(raw) >= at + 44:
        numbers = struct.unpack_from(">9iII", raw, at)
        contents.width, contents.height = numbers[9] >> 16, numbers[10] >> 16
        a, b, c, d = (round(numbers[n] / 65536) for n in (0, 1, 3, 4))
        contents.details["container_orientation"] = _MATRICES.get((a, b, c, d), 1)
    described = find(box, b"mdia", b"minf", b"stbl", b"stsd")
    if described is not None:
        _description(described.read(0, 4096), contents)
    for inner in boxes(box):
        if inner.kind == b"uuid" and inner.content.read(0, 16) == _SPHERICAL:
            contents.spherical = projection_of(inner.content.read(16, 1 << 16))


def _description(raw: bytes, contents: Contents) -> None:
    """Codec and stored size of the first sample description (QFF "stsd")."""
    if len(raw) < 44:
        return
    codec = decode(raw[12:16])
    if codec:
        contents.details["video_codec"] = codec
    width, height = struct.unpack(">HH", raw[40:44])
    if width and height:  # tkhd has the size as shown, this is the stored one
        contents.width, contents.height = width, height
    if b"sv3d" in raw and b"equi" in raw:  # Spherical Video V2
        contents.spherical = "equirectangular"


def _keys(meta: Part) -> dict[str, str]:
    """QuickTime's key-value metadata ("mdta"): names from keys, values from ilst."""
    start = 4 if meta.read(4, 4) not in (b"hdlr", b"keys", b"ilst") else 0
    inside = {box.kind: box for box in boxes(meta, start)}
    if b"keys" not in inside or b"ilst" not in inside:
        return {}
    names = [
        decode(box.content.read(0, 256)) for box in boxes(inside[b"keys"].content, 8)
    ]
    found: dict[str, str] = {}
    for item in boxes(inside[b"ilst"].content):
        index = int.from_bytes(item.kind, "big")
        data = find(item.content, b"data")
        if data is None or not 0 < index <= len(names):
            continue
        if data.read(0, 4) == b"\0\0\0\1":  # UTF-8
            found.setdefault(names[index - 1], decode(data.read(8, MOST_VALUE)))
    return found


def _user_data(udta: Part, contents: Contents) -> dict[str, str]:
    """The older ``©xyz`` texts, under the names that the newer keys have."""
    named = {
        b"\xa9day": "creationdate",
        b"\xa9xyz": "location.ISO6709",
        b"\xa9mak": "make",
        b"\xa9mod": "model",
        b"\xa9swr": "software",
        b"\xa9nam": "title",
        b"\xa9cmt": "comment",
        b"\xa9des": "description",
    }
    found: dict[str, str] = {}
    for box in boxes(udta):
        if box.kind in named:
            found[_APPLE + named[box.kind]] = _text(box)
        elif box.kind == b"XMP_":
            contents.keep_xmp(box.content)
        elif box.kind == b"meta":
            found = _keys(box.content) | found
    return {name: value for name, value in found.items() if value}


def _text(box: Box) -> str:
    """A length, a language and the text (QFF "User data text strings")."""
    raw = box.content.read(0, MOST_VALUE)
    length = int.from_bytes(raw[:2], "big")
    return decode(raw[4 : 4 + length])


def _interpret(values: dict[str, str], created: int, contents: Contents) -> None:
    """Date, place and camera. Local time with its offset beats the UTC clock."""
    moment = parse_iso(values.get(_APPLE + "creationdate", ""))
    if moment is not None:
        contents.moment = moment, "QuickTime Keys:CreationDate"
    elif utc := from_quicktime(created):
        contents.moment = utc, "QuickTime CreateDate"
    place = values.get(_APPLE + "location.ISO6709", "")
    if place:
        try:
            contents.position = from_iso6709(place), "QuickTime ISO6709"
        except Unusable as reason:
            contents.warn(str(reason))
    contents.make = values.get(_APPLE + "make", "")
    contents.model = values.get(_APPLE + "model", "")
    for name in ("software", "title", "comment", "description"):
        value = values.get(_APPLE + name)
        if value:
            kept = "caption" if name == "description" else name
            contents.details.setdefault(kept, value)


def read_matroska(source: Source, contents: Contents) -> None:
    """Size, date and duration of Matroska and WebM (RFC 9559)."""
    _ebml(source, contents, {}, 0)
    if contents.width is None:
        contents.damaged("the video has no index of its tracks")


# masters that are entered: Segment, Info, Tracks, TrackEntry, Video
_MASTERS = frozenset({0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0})
_CLUSTER = 0x1F43B675
_MATROSKA_EPOCH = 978_307_200  # 2001-01-01 in Unix time


def _ebml(source: Source, contents: Contents, seen: dict[int, int], depth: int) -> None:
    """Walk the elements of one level; what is needed comes before the clusters.

    :param seen: numbers by their element, and how many elements were looked at (0)
    """
    at = 0
    while seen.setdefault(0, 0) < MOST_ELEMENTS:
        seen[0] += 1
        kind, at = _vint(source, at, keep=True)
        length, at = _vint(source, at, keep=False)
        if kind < 0 or length < 0 or kind == _CLUSTER:
            return
        inner = Part(source, at, length)
        if kind in _MASTERS and depth < 5:
            _ebml(inner, contents, seen, depth + 1)
        elif kind in (0xB0, 0xBA, 0x2AD7B1, 0x4461):
            seen[kind] = int.from_bytes(inner.read(0, 8), "big", signed=kind == 0x4461)
            _matroska_value(kind, seen[kind], contents)
        elif kind == 0x4489 and length in (4, 8):
            raw = inner.read(0, length)
            if len(raw) == length:
                ticks = struct.unpack(">f" if length == 4 else ">d", raw)[0]
                seconds = ticks * seen.get(0x2AD7B1, 1_000_000) / 1e9
                if 0 < seconds < 1e8:
                    contents.details["duration_seconds"] = round(seconds, 3)
        elif kind == 0x86:
            contents.details.setdefault("video_codec", decode(inner.read(0, 64)))
        at += length


def _matroska_value(kind: int, value: int, contents: Contents) -> None:
    """PixelWidth, PixelHeight, and DateUTC (nanoseconds since 2001)."""
    if kind == 0xB0 and contents.width is None:
        contents.width = value
    elif kind == 0xBA and contents.height is None:
        contents.height = value
    elif kind == 0x4461:
        seconds = value // 10**9 + _MATROSKA_EPOCH + 2_082_844_800
        if moment := from_quicktime(seconds):
            contents.moment = moment, "Matroska DateUTC"


def _vint(source: Source, at: int, *, keep: bool) -> tuple[int, int]:
    """A number of variable length (RFC 8794, 4); -1 at the end or when unknown."""
    first = source.read(at, 1)
    if not first or not first[0]:
        return -1, at
    width = 9 - first[0].bit_length()
    raw = source.read(at, width)
    if len(raw) < width:
        return -1, at
    value = int.from_bytes(raw, "big")
    if not keep:
        value &= (1 << 7 * width) - 1
        if value == (1 << 7 * width) - 1:  # unknown: to the end
            value = max(0, source.size - at - width)
    return value, at + width
