"""What is known of a photo as XMP, in a file of its own that goes with the photo.

ISO 16684-1, with the properties that other programs look for: Dublin Core, Photoshop,
EXIF (positions by CIPA DC-010) and IPTC Photo Metadata 2024.1. The photo's own bytes
stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from xml.sax.saxutils import escape

from archive.photos import Photo

ENDING = "xmp"
STARRED = 5  # of five: what other programs show as the best
_SPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "xmpDM": "http://ns.adobe.com/xmp/1.0/DynamicMedia/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
}
_DECLARED = "".join(f'\n    xmlns:{name}="{url}"' for name, url in _SPACES.items())
# No begin mark U+FEFF and no padding: the file is no packet inside of another file
_HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="asbuilt">
 <rdf:RDF{_DECLARED}>
  <rdf:Description rdf:about="">
"""
_TAIL = """  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
"""


def xmp(photo: Photo, *, stars: bool = True) -> bytes:
    """Return the sidecar of a photo: UTF-8, what is not known left out.

    :param stars: whether the reader may see stars
    """
    lines = "".join(f"   {line}\n" for line in _properties(photo, stars=stars))
    return f"{_HEAD}{lines}{_TAIL}".encode()


def _properties(photo: Photo, *, stars: bool) -> Iterator[str]:
    yield _plain("dc:identifier", f"urn:uuid:{photo.uuid}")
    yield _in_a_language("dc:title", photo.filename)
    if photo.description:
        yield _in_a_language("dc:description", photo.description)
    if photo.trades:
        yield _bag("dc:subject", photo.trades)
    if photo.location:
        yield _plain("Iptc4xmpCore:Location", photo.location)
    yield _plain("xmpDM:album", photo.album)
    if stars and photo.starred:
        yield _plain("xmp:Rating", str(STARRED))
    yield from _moments(photo)
    yield from _position(photo)


def _moments(photo: Photo) -> Iterator[str]:
    if photo.taken_at:
        moment = photo.taken_at + (photo.taken_offset or "")
        yield _plain("photoshop:DateCreated", moment)
        yield _plain("exif:DateTimeOriginal", moment)
    yield _plain("xmp:MetadataDate", photo.updated_at)


def _position(photo: Photo) -> Iterator[str]:
    if photo.latitude is not None and photo.longitude is not None:
        yield _plain("exif:GPSVersionID", "2.3.0.0")
        yield _plain("exif:GPSLatitude", _degrees(photo.latitude, "NS"))
        yield _plain("exif:GPSLongitude", _degrees(photo.longitude, "EW"))
        yield _plain("exif:GPSMapDatum", "WGS-84")
    if photo.direction is not None:
        whole = Fraction(photo.direction).limit_denominator(10_000)
        yield _plain("exif:GPSImgDirectionRef", "T")
        yield _plain("exif:GPSImgDirection", f"{whole.numerator}/{whole.denominator}")


def _degrees(value: float, signs: str) -> str:
    """Return degrees as ``51,30.123456N``: whole ones, then minutes (CIPA DC-010)."""
    minutes = round(abs(Decimal(repr(value))) * 60, 8)  # to the 20th of a millimetre
    whole = int(minutes // 60)
    return f"{whole},{minutes - whole * 60:.8f}{signs[value < 0]}"


def _plain(name: str, value: str) -> str:
    return f"<{name}>{markup(value)}</{name}>"


def _in_a_language(name: str, value: str) -> str:
    item = f'<rdf:li xml:lang="x-default">{markup(value)}</rdf:li>'
    return f"<{name}><rdf:Alt>{item}</rdf:Alt></{name}>"


def _bag(name: str, values: Iterable[str]) -> str:
    items = "".join(f"<rdf:li>{markup(value)}</rdf:li>" for value in values)
    return f"<{name}><rdf:Bag>{items}</rdf:Bag></{name}>"


def markup(text: str) -> str:
    """Return a text as XML's content; what XML 1.0 cannot say (2.2) becomes U+FFFD."""
    plain = "".join(c if _can_be_said(ord(c)) else "\ufffd" for c in text)
    return escape(plain, {"\r": "&#13;"})


def _can_be_said(code: int) -> bool:
    if code < 0x20:
        return code in (0x9, 0xA, 0xD)
    return not (0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF))
