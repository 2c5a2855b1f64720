"""TIFF, the RAW formats shaped like it, and RAF and CR3, which hold blocks of it.

A RAW file's first directory is often a thumbnail: its size is the largest directory's
that says it is the full picture (NewSubfileType 0, TIFF/EP). Canon's and old Sony's
files say it elsewhere.
"""

from __future__ import annotations

import struct

from archive.facts.boxes import boxes, find
from archive.facts.contents import Contents
from archive.facts.exif import EXIF_POINTER, MAKE
from archive.facts.jpeg import read_jpeg
from archive.facts.source import Part, Source
from archive.facts.tiff import Directory, Header, directories, read_header

_WIDTH, _HEIGHT, _DEPTH, _SUBFILE = 0x0100, 0x0101, 0x0102, 0x00FE
_STRIPS, _STRIP_LENGTHS, _TILES, _TILE_LENGTHS = 0x0111, 0x0117, 0x0144, 0x0145
_SUB_IFDS, _XMP, _IPTC, _ICC = 0x014A, 0x02BC, 0x83BB, 0x8773
_DNG_VERSION, _PRIVATE, _MINOLTA = 0xC612, 0xC634, 0x7250

# extension and media type by the make, for files whose directories look like RAW
_BY_MAKE = (
    ("NIKON", "nef", "image/x-nikon-nef"),
    ("SONY", "arw", "image/x-sony-arw"),
    ("PENTAX", "pef", "image/x-pentax-pef"),
    ("RICOH", "pef", "image/x-pentax-pef"),
    ("SAMSUNG", "srw", "image/x-samsung-srw"),
    ("HASSELBLAD", "3fr", "image/x-hasselblad-3fr"),
    ("KODAK", "dcr", "image/x-kodak-dcr"),
    ("PHASE ONE", "iiq", "image/x-phaseone-iiq"),
    ("LEAF", "mos", "image/x-leaf-mos"),
    ("EPSON", "erf", "image/x-epson-erf"),
)
EXTENSIONS = frozenset(
    {"rw2", "orf", "cr2", "dng", *(extension for _, extension, _ in _BY_MAKE)}
)
# the sample layouts that only sensors have: CFA, and makers' own compressions
_CFA, _LINEAR_RAW = 32803, 34892
_RAW_COMPRESSIONS = frozenset({32767, 34713, 65535, 32769, 32770, 65000})


def read_tiff(source: Source, contents: Contents) -> None:
    """Fill in size, kind, metadata blocks and damage of a TIFF or a RAW like it."""
    header = read_header(source)
    if header is None:
        contents.damaged("the header cannot be read")
        return
    chain = list(directories(source, header))
    if not chain:
        contents.damaged("the file has no directory of its contents")
        return
    first = chain[0]
    contents.keep_exif(source)
    _blocks(source, first, contents)
    pictures = [*chain, *first.all_below(_SUB_IFDS)]
    _kind(source, first, pictures, contents)
    if contents.extension is None:
        contents.details["frames"] = len(chain)
        _size(first, contents)
        _check_pixels(source, first, contents)
    else:
        _raw_size(source, first, pictures, contents)


def _blocks(source: Source, first: Directory, contents: Contents) -> None:
    """XMP, IPTC and the colour profile are tags in TIFF."""
    for tag in (_XMP, _IPTC, _ICC):
        start, length = first.place(tag)
        if not length:
            continue
        if tag == _XMP:
            contents.keep_xmp(Part(source, start, length))
        elif tag == _IPTC:
            contents.iptc = source.read(start, min(length, 1 << 16))
        else:
            contents.profile = source.read(start, min(length, 4096))


def _kind(
    source: Source, first: Directory, pictures: list[Directory], contents: Contents
) -> None:
    """Tell RAW from TIFF by what only RAW has."""
    magic = source.read(0, 12)
    if magic[:4] == b"IIU\0":
        kind = "rw2", "image/x-panasonic-rw2"
    elif magic[:3] in (b"IIR", b"MMO"):
        kind = "orf", "image/x-olympus-orf"
    elif magic[8:10] == b"CR":
        kind = "cr2", "image/x-canon-cr2"
    elif _DNG_VERSION in first:
        kind = "dng", "image/x-adobe-dng"
    elif any(_is_sensor(picture) for picture in pictures):
        make = first.text(MAKE).upper()
        named = (row[1:] for row in _BY_MAKE if make.startswith(row[0]))
        kind = next(named, ("tif", "image/tiff"))
    else:
        kind = "tif", "image/tiff"
    if kind[0] != "tif":
        contents.extension, contents.media_type = kind


def _is_sensor(directory: Directory) -> bool:
    photometric, compression = directory.integer(0x0106), directory.integer(0x0103)
    return (
        photometric in (_CFA, _LINEAR_RAW)
        or compression in _RAW_COMPRESSIONS
        or 0x828E in directory  # CFAPattern
    )


def _size(directory: Directory, contents: Contents) -> None:
    width, height = directory.integer(_WIDTH), directory.integer(_HEIGHT)
    if width and height and 0 < width < 1 << 31 and 0 < height < 1 << 31:
        contents.width, contents.height = width, height
    depth = directory.integer(_DEPTH)
    if depth and 0 < depth <= 64:
        contents.details["bit_depth"] = depth


def _raw_size(
    source: Source, first: Directory, pictures: list[Directory], contents: Contents
) -> None:
    """The full picture's size, as the maker states it."""
    if contents.extension == "cr2" and _exif_size(first, contents):
        return
    if contents.extension == "arw" and _minolta_size(source, first, contents):
        return
    if contents.extension == "rw2":
        top, left, bottom, right = (first.integer(tag) or 0 for tag in (4, 5, 6, 7))
        if right > left and bottom > top:
            contents.width, contents.height = right - left, bottom - top
        return
    full = [one for one in pictures if one.integer(_SUBFILE) in (0, None)]
    for one in sorted(full, key=lambda one: one.integer(_WIDTH) or 0):
        _size(one, contents)


def _exif_size(first: Directory, contents: Contents) -> bool:
    """Canon's: the first directory is a preview, EXIF has the picture's size."""
    exif = first.below(EXIF_POINTER)
    if exif is None:
        return False
    width, height = exif.integer(0xA002), exif.integer(0xA003)
    if not width or not height:
        return False
    contents.width, contents.height = width, height
    return True


def _minolta_size(source: Source, first: Directory, contents: Contents) -> bool:
    """The first Sony models': Minolta's block with the size without the frame."""
    private = int.from_bytes(first.raw(_PRIVATE, 4), "little")
    start, _ = Directory(source, first.order, private).place(_MINOLTA)
    block = source.read(start, 64) if start else b""
    at = block.find(b"\0PRD")
    if block[:3] != b"\0MR" or at < 0 or len(block) < at + 24:
        return False
    order = "<" if block[3:4] == b"I" else ">"
    height, width = struct.unpack_from(order + "HH", block, at + 8 + 12)
    contents.width, contents.height = width, height
    return bool(width and height)


def _check_pixels(source: Source, first: Directory, contents: Contents) -> None:
    """See whether the strips or tiles lie inside the file."""
    for places, lengths in ((_STRIPS, _STRIP_LENGTHS), (_TILES, _TILE_LENGTHS)):
        if places not in first:
            continue
        starts = first.numbers(places, 4096)
        sizes = first.numbers(lengths, 4096) if lengths in first else [1.0]
        ends = [(a or 0) + (b or 0) for a, b in zip(starts, sizes, strict=False)]
        if not ends:
            contents.damaged("no picture data")
        elif max(ends) > source.size:
            contents.damaged("the file was cut off: picture data is missing")
        return
    contents.damaged("no picture data")


def read_raf(source: Source, contents: Contents) -> None:
    """Fujifilm's RAF: a whole JPEG with EXIF, then the sensor's data."""
    start = int.from_bytes(source.read(84, 4), "big")
    length = int.from_bytes(source.read(88, 4), "big")
    if not start or start >= source.size:
        contents.damaged("the file ends inside its header")
        return
    inner = Part(source, start, length)
    if inner.read(0, 2) == b"\xff\xd8":
        read_jpeg(inner, contents)
    table = int.from_bytes(source.read(92, 4), "big")
    at = table + 4
    for _ in range(min(int.from_bytes(source.read(table, 4), "big"), 255)):
        head = source.read(at, 8)
        if len(head) < 8:
            break
        tag, size = struct.unpack(">HH", head[:4])
        if tag == 0x0111:  # size without the frame
            contents.height, contents.width = struct.unpack(">HH", head[4:])
        at += 4 + size


_CR3 = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")


def read_cr3(source: Source, contents: Contents) -> None:
    """Canon's CR3: four TIFF blocks in the movie box, and the picture in mdat."""
    movie = find(source, b"moov")
    if movie is None:
        contents.damaged("the file has no index (moov)")
        return
    for box in boxes(movie):
        if box.kind == b"uuid" and box.content.read(0, 16) == _CR3:
            for block in boxes(box.content, 16):
                if block.kind in (b"CMT1", b"CMT2", b"CMT4"):
                    contents.keep_exif(block.content)
                if block.kind == b"CMT1":
                    header = read_header(block.content) or Header("<", 0)
                    _size(Directory(block.content, *header), contents)
    for box in boxes(source):
        if box.missing:
            contents.damaged("the file was cut off: it is shorter than it says")
