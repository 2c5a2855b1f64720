"""The wanted properties of an XMP packet, without an XML parser.

A packet comes from strangers, so no entity but XML's own five is ever replaced, nothing
is fetched, and a packet that is not closed is read as far as it goes. Namespaces
count, their prefixes do not (XMP part 1, 7). A property is found in both of its forms,
as an attribute and as an element with text or a list; words that merely look like a
property inside text are not one.
"""

from __future__ import annotations

import re

from archive.facts.texts import clean, decode

MOST_PACKET = 1 << 20
MOST_TAGS = 5000
_MOST_LIST = 1 << 16

EXIF = b"http://ns.adobe.com/exif/1.0/"
EXIF_EX = b"http://cipa.jp/exif/1.0/"
TIFF = b"http://ns.adobe.com/tiff/1.0/"
AUX = b"http://ns.adobe.com/exif/1.0/aux/"
XMP = b"http://ns.adobe.com/xap/1.0/"
PHOTOSHOP = b"http://ns.adobe.com/photoshop/1.0/"
DC = b"http://purl.org/dc/elements/1.1/"
GPANO = b"http://ns.google.com/photos/1.0/panorama/"
DRONE = b"http://www.dji.com/drone-dji/1.0/"

# The property's own name here, by namespace and name there.
WANTED: dict[bytes, dict[bytes, str]] = {
    EXIF: {
        b"DateTimeOriginal": "exif:DateTimeOriginal",
        b"DateTimeDigitized": "exif:DateTimeDigitized",
        b"GPSLatitude": "latitude",
        b"GPSLongitude": "longitude",
        b"GPSAltitude": "altitude",
        b"GPSAltitudeRef": "altitude_ref",
        b"GPSImgDirection": "direction",
    },
    EXIF_EX: {b"LensModel": "lens", b"BodySerialNumber": "body_serial"},
    TIFF: {b"Make": "make", b"Model": "model"},
    AUX: {b"Lens": "lens", b"SerialNumber": "body_serial"},
    XMP: {
        b"CreateDate": "xmp:CreateDate",
        b"CreatorTool": "software",
        b"Rating": "rating",
    },
    PHOTOSHOP: {b"DateCreated": "photoshop:DateCreated", b"Headline": "headline"},
    DC: {
        b"title": "title",
        b"description": "caption",
        b"subject": "keywords",
        b"creator": "artist",
        b"rights": "copyright",
    },
    GPANO: {
        b"ProjectionType": "projection",
        b"PoseHeadingDegrees": "pose_heading",
    },
    DRONE: {
        b"RelativeAltitude": "relative_altitude",
        b"GimbalYawDegree": "gimbal_yaw",
        b"GimbalPitchDegree": "gimbal_pitch",
    },
}

_DECLARED = re.compile(rb"""xmlns:([\w.-]{1,40})\s*=\s*["']([^"'<>]{1,200})["']""")
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)|<!DOCTYPE.*?(?:\]\s*>|\Z)", re.DOTALL)
# Possessive throughout: a tag is matched at once or not at all.
_TAG = re.compile(
    rb"""<(/?)([\w.-]++(?::[\w.-]++)?)((?:[^<>"'/]++|"[^"<]*+"|'[^'<]*+'|/(?!>))*+)(/?)>"""
)
_ATTRIBUTE = re.compile(
    rb"""(?<![\w.:-])([\w.-]++:[\w.-]++)\s*=\s*(?:"([^"]*+)"|'([^']*+)')"""
)
_ITEM = re.compile(rb"<[\w.-]+:li(?:\s[^<>]*+)?>([^<]*+)<")
_SPHERE = re.compile(rb":ProjectionType>([^<]*+)<")
_ENTITY = re.compile(r"&(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|(amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


def read_xmp(packet: bytes) -> dict[str, str]:
    """Our name and the text of every wanted property; a list comes as ``a; b``."""
    packet = packet[:MOST_PACKET]
    if packet[:2] in (b"\xff\xfe", b"\xfe\xff"):
        packet = packet.decode("utf-16", "replace").encode()
    if b"<!" in packet:
        packet = _COMMENT.sub(b"", packet)
    wanted = {
        match[1] + b":" + name: ours
        for match in _DECLARED.finditer(packet)
        for name, ours in WANTED.get(match[2], {}).items()
    }
    return _properties(packet, wanted) if wanted else {}


def projection_of(packet: bytes) -> str:
    """The projection that a video's spherical metadata (V1, XML of its own) states."""
    match = _SPHERE.search(packet)
    return decode(match[1]) if match else ""


def _properties(packet: bytes, wanted: dict[bytes, str]) -> dict[str, str]:
    """Walk the tags; properties stand in or right below a description.

    Deeper ones belong to another thing: the place that a picture *shows* is not the
    one where it was taken.
    """
    found: dict[str, str] = {}
    depth, top = 0, MOST_TAGS
    for count, tag in enumerate(_TAG.finditer(packet)):
        if count > MOST_TAGS:
            break
        closing, name, attributes, empty = tag.groups()
        if closing:
            depth -= 1
            continue
        if name.endswith(b":RDF"):
            top = depth + 1
        elif depth == top:
            for key, double, single in _ATTRIBUTE.findall(attributes):
                if key in wanted:
                    found.setdefault(wanted[key], _unescape(decode(double or single)))
        elif depth == top + 1 and name in wanted and not empty:
            ours = wanted[name]
            # the first alone is looked into: thousands of them cost nothing
            found[ours] = (
                found[ours] if ours in found else _text(packet, tag.end(), name)
            )
        depth += not empty
    return {name: text for name, text in found.items() if text}


def _text(packet: bytes, start: int, name: bytes) -> str:
    """Text of an element that begins at ``start``, or of the items of a list in it."""
    stop = packet.find(b"<", start)
    inside = packet[start : stop if stop >= 0 else None].strip()
    if inside:
        return _unescape(decode(inside))
    end = packet.find(b"</" + name, start, start + _MOST_LIST)
    stop = end if end >= 0 else start + _MOST_LIST
    items = [item[1] for item in _ITEM.finditer(packet, start, stop)][:200]
    return clean("; ".join(text for item in items if (text := _unescape(decode(item)))))


def _unescape(text: str) -> str:
    """XML's five entities and character numbers as characters; no other is known."""
    if "&" not in text:
        return text
    return decode(_ENTITY.sub(_character, text).encode("utf-8", "replace"))


def _character(match: re.Match[str]) -> str:
    if match[3]:
        return _NAMED[match[3]]
    code = int(match[1]) if match[1] else int(match[2], 16)
    return chr(code) if code < 0x110000 else ""
