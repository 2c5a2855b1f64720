"""What a file is, from its first bytes. An allow-list: all else is refused by name."""

from __future__ import annotations

import re
from typing import NamedTuple

from archive.facts.bitmaps import read_bmp, read_pnm
from archive.facts.contents import Reader
from archive.facts.gif import read_gif
from archive.facts.heif import read_heif
from archive.facts.jpeg import read_jpeg
from archive.facts.jpeg2000 import read_codestream, read_jp2
from archive.facts.png import read_png
from archive.facts.raws import EXTENSIONS as RAWS
from archive.facts.raws import read_cr3, read_raf, read_tiff
from archive.facts.riff import read_avi, read_webp
from archive.facts.videos import read_matroska, read_movie

HEAD = 1024  # bytes that are enough to tell


class Format(NamedTuple):
    """A type of file that is archived."""

    media_type: str
    extension: str
    kind: str  # "image", "raw" or "video"
    read: Reader


JPEG = Format("image/jpeg", "jpg", "image", read_jpeg)
PNG = Format("image/png", "png", "image", read_png)
WEBP = Format("image/webp", "webp", "image", read_webp)
AVIF = Format("image/avif", "avif", "image", read_heif)
HEIC = Format("image/heic", "heic", "image", read_heif)
HEIF = Format("image/heif", "heif", "image", read_heif)
GIF = Format("image/gif", "gif", "image", read_gif)
TIFF = Format("image/tiff", "tif", "image", read_tiff)
BMP = Format("image/bmp", "bmp", "image", read_bmp)
JP2 = Format("image/jp2", "jp2", "image", read_jp2)
J2K = Format("image/x-jp2-codestream", "j2k", "image", read_codestream)
RAF = Format("image/x-fuji-raf", "raf", "raw", read_raf)
CR3 = Format("image/x-canon-cr3", "cr3", "raw", read_cr3)
MP4 = Format("video/mp4", "mp4", "video", read_movie)
MOV = Format("video/quicktime", "mov", "video", read_movie)
AVI = Format("video/x-msvideo", "avi", "video", read_avi)
MKV = Format("video/x-matroska", "mkv", "video", read_matroska)
WEBM = Format("video/webm", "webm", "video", read_matroska)
_PNM = {
    b"14": Format("image/x-portable-bitmap", "pbm", "image", read_pnm),
    b"25": Format("image/x-portable-graymap", "pgm", "image", read_pnm),
    b"36": Format("image/x-portable-pixmap", "ppm", "image", read_pnm),
}
# all that a stored file may have
EXTENSIONS = RAWS | {
    known.extension
    for known in (
        *(JPEG, PNG, WEBP, AVIF, HEIC, HEIF, GIF, TIFF, BMP, JP2, J2K, RAF, CR3),
        *(MP4, MOV, AVI, MKV, WEBM),
        *_PNM.values(),
    )
}

_MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"\xff\xd8", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"IIRO", TIFF),
    (b"IIRS", TIFF),
    (b"MMOR", TIFF),
    (b"IIU\0", TIFF),
    (b"\0\0\0\x0cjP  \r\n\x87\n", JP2),
    (b"\xff\x4f\xff\x51", J2K),
    (b"FUJIFILMCCD-RAW ", RAF),
)
# brands of an ftyp box; any other is a movie (isom, mp42, 3gp5, M4V, …)
_BRANDS = {
    b"avif": AVIF,
    b"avis": AVIF,
    b"heic": HEIC,
    b"heix": HEIC,
    b"heim": HEIC,
    b"heis": HEIC,
    b"hevc": HEIC,
    b"hevx": HEIC,
    b"mif1": HEIF,
    b"msf1": HEIF,
    b"miaf": HEIF,
    b"qt  ": MOV,
    b"crx ": CR3,
}
_STRUCTURES = (b"mif1", b"msf1", b"miaf")  # say nothing about the coding
_AUDIO_BRANDS = (b"M4A ", b"M4B ", b"M4P ", b"aax ")
_MOVIE_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_BMP_HEADERS = frozenset({12, 16, 40, 52, 56, 64, 108, 120, 124})
_PNM_START = re.compile(rb"P([1-6])[\s#]")


def sniff(head: bytes) -> Format | None:
    """The type of a file that begins with ``head`` (1 KiB will do); None: refused."""
    for magic, known in _MAGIC:
        if head.startswith(magic):
            return known
    return _by_brand(head) if head[4:8] == b"ftyp" else _by_structure(head)


def _by_structure(head: bytes) -> Format | None:
    """What is not told by its first bytes alone."""
    known: Format | None = None
    if head[:4] == b"RIFF":
        known = {b"WEBP": WEBP, b"AVI ": AVI}.get(head[8:12])
    elif head[:4] == b"\x1aE\xdf\xa3":
        known = WEBM if b"webm" in head[:64] else MKV
    elif head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        known = BMP
    elif match := _PNM_START.match(head):
        known = next(one for digits, one in _PNM.items() if match[1] in digits)
    elif head[4:8] in _MOVIE_BOXES and len(head) >= 16:
        known = MOV
    return known


def _by_brand(head: bytes) -> Format | None:
    """HEIF, RAW or movie: by the major brand, then by the compatible ones."""
    major, length = head[8:12], int.from_bytes(head[:4], "big")
    if major in _AUDIO_BRANDS:
        return None
    if major in _STRUCTURES:
        others = (head[at : at + 4] for at in range(16, min(length, 256), 4))
        named = (_BRANDS[one] for one in others if one in _BRANDS)
        return next((known for known in named if known is not HEIF), HEIF)
    return _BRANDS.get(major, MP4)


# Pictures, but not such as are archived
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"8BPS", "it is a Photoshop document; export it as TIFF or JPEG"),
    (b"\xff\x0a", "it is a JPEG XL picture, which cannot be read yet"),
    (b"\0\0\0\x0cJXL ", "it is a JPEG XL picture, which cannot be read yet"),
)
_REFUSED: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\0\0\1\0", "an icon"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"SQLite format 3", "a database"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"ID3", "a sound file"),
    (b"OggS", "a sound file"),
    (b"fLaC", "a sound file"),
    (b"RIFF", "a sound file or another kind of RIFF file"),
)
_MARKUP: tuple[tuple[bytes, str], ...] = (
    (b"<svg", "an SVG drawing"),
    (b"<x:xmpmeta", "an XMP sidecar"),
    (b"<?xpacket", "an XMP sidecar"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<script", "a web page"),
    (b"<?php", "a program"),
    (b"<?xml", "an XML document"),
)


def describe_refused(head: bytes) -> str:
    """What a file is that ``sniff`` does not know, as a reason for the report."""
    for magic, reason in _OTHERS:
        if head.startswith(magic):
            return reason
    what = _what(head)
    if what is None:
        return "it is no known type of photo or video"
    return f"it is {what}, not a photo"


def _what(head: bytes) -> str | None:
    for magic, what in _REFUSED:
        if head.startswith(magic):
            return what
    if head[4:8] == b"ftyp":
        return "a sound file"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(b"<"):
        marks = (what for mark, what in _MARKUP if mark in start)
        return next(marks, "a text file with markup")
    return "a text file" if _is_text(head) else None


def _is_text(head: bytes) -> bool:
    return not head.translate(None, bytes(range(32, 256)) + b"\t\n\r\f\x1b")
