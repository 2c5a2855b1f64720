"""Writing what people know of a photo into the EXIF of a copy of it.

Jobs of a worker (archive/workers.py): the file is a stranger's, and reading hostile
EXIF with piexif takes minutes and gigabytes. The values are those of EXIF 2.32 (CIPA
DC-008).
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import piexif

from archive.errors import DamagedFile
from archive.export.segments import (
    APP0,
    APP1,
    APP2,
    APP14,
    CODED,
    EOI,
    EXIF,
    MOST,
    NEEDED,
    SOS,
    Piece,
    Segment,
    joined,
    segment,
    segments,
)

_IMAGE, _CAMERA, _GPS = piexif.ImageIFD, piexif.ExifIFD, piexif.GPSIFD
_IFDS = ("0th", "Exif", "GPS", "Interop", "1st")
_JFIF, _ICC, _ADOBE = b"JFIF\0", b"ICC_PROFILE\0", b"Adobe"
_LEFT = ("orientation", "taken_at", "taken_offset")  # of a stripped copy
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
# Tells a viewer that it may look around; of nobody's camera.
_SPHERE = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF \
xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" \
xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" \
GPano:ProjectionType="equirectangular" GPano:UsePanoramaViewer="True"/></rdf:RDF>\
</x:xmpmeta>"""


def captioned(path: str, known: dict[str, Any]) -> list[Piece]:
    """Return the pieces of a JPEG with what is known written into its EXIF.

    All else stays: colour, XMP, IPTC, what the camera says of the exposure. The maker's
    note goes, since the places in it would no longer fit; so does a block that piexif
    cannot write.

    :param known: ``description``; ``orientation`` (1 to 8); ``taken_at``,
        ``taken_offset``; ``latitude``, ``longitude``, ``direction``; None: not known
    :raises DamagedFile: the file is no whole JPEG
    """
    with _mapped(path) as data:
        parts = list(segments(data))
        scan = next((part.start for part in parts if part.marker == SOS), len(data))
        header = [part for part in parts if part.start < scan]
        old = [
            part for part in header if part.marker == APP1 and _begins(data, part, EXIF)
        ]
        exif = _loaded(data, old[0]) if old else {}
        first = header[1:2] if header[1].marker == APP0 else []
        kept = [part for part in header[1 + len(first) :] if part not in old]
        return joined(
            [
                *((part.start, part.stop) for part in (header[0], *first)),
                segment(APP1, _dumped(_with(exif, known))),
                *((part.start, part.stop) for part in kept),
                (scan, len(data)),
            ]
        )


def stripped(path: str, known: dict[str, Any]) -> list[Piece]:
    """Return the pieces of a JPEG with nothing but its picture.

    Kept are what a decoder needs and the colour profile; new are how it is turned and
    when it was taken. Whatever else it holds goes: EXIF, its thumbnail, maker's notes,
    XMP, IPTC, comments, further pictures and films behind its end.

    :param known: ``orientation``; ``taken_at``, ``taken_offset``; ``sphere``: whether
        one can look around in it
    :raises DamagedFile: the file is no whole JPEG
    """
    with _mapped(path) as data:
        parts = list(segments(data))
        told = {name: known[name] for name in _LEFT}
        new = segment(APP1, _dumped(_with({}, told)))
        if known.get("sphere"):
            new += segment(APP1, _XMP + _SPHERE)
        kept = [(part.start, part.stop) for part in parts if _is_needed(data, part)]
        return joined([(0, 2), _jfif(data, parts[1]), new, *kept])


@contextmanager
def _mapped(path: str) -> Iterator[Any]:
    with (
        Path(path).open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        yield data


def _begins(data: bytes, part: Segment, words: bytes) -> bool:
    return data[part.start + 4 : part.start + 4 + len(words)] == words


def _is_needed(data: bytes, part: Segment) -> bool:
    if part.marker == APP2:
        return _begins(data, part, _ICC)
    if part.marker == APP14:  # how the colours are coded: 12 bytes and no more
        return _begins(data, part, _ADOBE) and part.stop - part.start == 16
    return part.marker in NEEDED or part.marker in (CODED, EOI)


def _jfif(data: bytes, part: Segment) -> bytes:
    """Return a JFIF header without its thumbnail; nothing where there is none."""
    if part.marker != APP0 or not _begins(data, part, _JFIF):
        return b""
    return segment(APP0, data[part.start + 4 : part.start + 16] + b"\0\0")


def _loaded(data: bytes, part: Segment) -> dict[str, Any]:
    """Return an EXIF block as piexif has it.

    :raises DamagedFile: piexif cannot read it
    """
    try:
        found: dict[str, Any] = piexif.load(data[part.start + 4 : part.stop])
    except Exception as error:  # piexif raises whatever comes
        said = " ".join(str(error).split())  # lines, with tabs
        raise DamagedFile("", f"its EXIF cannot be read ({said})") from error
    return found


def _with(exif: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """Return EXIF with what is known instead of what it said of that."""
    found = {name: dict(exif.get(name) or {}) for name in _IFDS}
    found["Exif"].pop(_CAMERA.MakerNote, None)
    found["0th"][_IMAGE.Orientation] = known["orientation"]
    if _IMAGE.Orientation in found["1st"]:
        found["1st"][_IMAGE.Orientation] = known["orientation"]
    if known.get("description"):
        words = known["description"].replace("\0", " ")
        found["0th"][_IMAGE.ImageDescription] = words.encode("utf-8", "replace")
    if known.get("taken_at"):
        _put_moment(found["Exif"], known["taken_at"], known.get("taken_offset"))
    _put_place(found["GPS"], known)
    return {**found, "thumbnail": exif.get("thumbnail")}


def _put_moment(ifd: dict[int, Any], taken_at: str, offset: str | None) -> None:
    moment, _, fraction = taken_at.partition(".")
    stamp = moment.replace("-", ":").replace("T", " ")
    ifd[_CAMERA.DateTimeOriginal] = stamp.encode()
    for tag, text in (
        (_CAMERA.SubSecTimeOriginal, fraction),
        (_CAMERA.OffsetTimeOriginal, offset),
    ):
        ifd.pop(tag, None)
        if text:
            ifd[tag] = text.encode()


def _put_place(ifd: dict[int, Any], known: dict[str, Any]) -> None:
    latitude, longitude = known.get("latitude"), known.get("longitude")
    if latitude is None or longitude is None:
        ifd.clear()
        return
    ifd[_GPS.GPSVersionID] = (2, 3, 0, 0)
    ifd[_GPS.GPSLatitudeRef] = b"N" if latitude >= 0 else b"S"
    ifd[_GPS.GPSLatitude] = sexagesimal(latitude)
    ifd[_GPS.GPSLongitudeRef] = b"E" if longitude >= 0 else b"W"
    ifd[_GPS.GPSLongitude] = sexagesimal(longitude)
    ifd.pop(_GPS.GPSImgDirection, None)
    if known.get("direction") is not None:
        ifd[_GPS.GPSImgDirectionRef] = b"T"
        ifd[_GPS.GPSImgDirection] = ratio(known["direction"], 100)


def _dumped(exif: dict[str, Any]) -> bytes:
    """Return EXIF as the content of its segment; what cannot be written goes.

    Tags of a wrong type are common, and piexif refuses a whole block for one.
    """
    for smaller in (lambda e: e, _writable, _without_thumbnail):
        exif = smaller(exif)
        try:
            block: bytes = piexif.dump(exif)
        except Exception:  # noqa: BLE001, S112 - piexif raises whatever comes
            continue
        if len(block) <= MOST:
            return block
    raise DamagedFile("", "its EXIF cannot be written")


def _writable(exif: dict[str, Any]) -> dict[str, Any]:
    return {
        **exif,
        **{
            name: {
                tag: v for tag, v in exif[name].items() if _is_writable(name, tag, v)
            }
            for name in _IFDS
        },
    }


def _is_writable(name: str, tag: int, value: object) -> bool:
    try:
        piexif.dump({name: {tag: value}})
    except Exception:  # noqa: BLE001
        return False
    return True


def _without_thumbnail(exif: dict[str, Any]) -> dict[str, Any]:
    return {**exif, "1st": {}, "thumbnail": None}


def ratio(value: float, denominator: int) -> tuple[int, int]:
    """Return a number as EXIF has fractions."""
    fraction = Fraction(round(value * denominator), denominator)
    return fraction.numerator, fraction.denominator


def sexagesimal(degrees: float) -> tuple[tuple[int, int], ...]:
    """Degrees, minutes and seconds as EXIF wants them, to a ten-thousandth second."""
    total = round(abs(degrees) * 36_000_000)
    whole, rest = divmod(total, 36_000_000)
    minutes, seconds = divmod(rest, 600_000)
    return ((whole, 1), (minutes, 1), (seconds, 10_000))
