"""The way from a path to facts: sniff, read the container, interpret its metadata."""

from __future__ import annotations

import os
from pathlib import Path

from archive.errors import DamagedFile, NotAPhoto
from archive.facts import positions
from archive.facts.cameras import camera, projection
from archive.facts.contents import Contents
from archive.facts.exif import Exif, interpret, read_exif
from archive.facts.iptc import read_iptc
from archive.facts.model import Detail, Facts
from archive.facts.moments import Moment, parse_iso
from archive.facts.positions import Position, Unusable
from archive.facts.profiles import profile_name
from archive.facts.sniff import CR3, HEAD, Format, describe_refused, sniff
from archive.facts.source import FileSource
from archive.facts.texts import clean, number
from archive.facts.tiff import Directory, read_header
from archive.facts.xmp import read_xmp

# XMP's capture times. xmp:CreateDate is none: programs set it to when a file was made.
_XMP_TIMES = (
    "exif:DateTimeOriginal",
    "photoshop:DateCreated",
    "exif:DateTimeDigitized",
)
_XMP_DETAILS = (
    "software",
    "artist",
    "copyright",
    "caption",
    "title",
    "headline",
    "keywords",
    "body_serial",
)
_XMP_NUMBERS = ("rating", "relative_altitude", "gimbal_yaw", "gimbal_pitch")


def read_facts(path: Path) -> Facts:
    """What the file says about itself.

    It is opened for reading only; the head, and little more, is read, whatever the
    file claims.

    :raises NotAPhoto: not a kind that is archived; the reason says what it is
    :raises DamagedFile: a kind that is archived with nothing in it to keep
    :raises OSError: the file cannot be read
    """
    with path.open("rb", buffering=0) as file:
        source = FileSource(file, os.fstat(file.fileno()).st_size)
        known = _known(path, source)
        contents = Contents()
        known.read(source, contents)
        return _facts(path, known, contents)


def _known(path: Path, source: FileSource) -> Format:
    known = sniff(source.head[:HEAD])
    if known is not None:
        return known
    if not source.size:
        raise DamagedFile(path, "it is empty")
    if not source.head.strip(b"\0"):
        raise DamagedFile(path, "it holds nothing but zeros")
    if source.size < 12:
        raise DamagedFile(path, "it ends inside its header")
    raise NotAPhoto(path, describe_refused(source.head[:HEAD]))


def _facts(path: Path, known: Format, contents: Contents) -> Facts:
    """Interpret what the reader found; EXIF first, then XMP, then the container."""
    exif = _exif(known, contents)
    xmp = _xmp(contents)
    other_dates = exif.other_dates
    taken, taken_source = _taken(exif, xmp, contents, other_dates)
    place, place_source = _place(exif, xmp, contents)
    make, model = camera(
        exif.make or xmp.get("make", "") or contents.make,
        exif.model or xmp.get("model", "") or contents.model,
    )
    if not contents.width or not contents.height:
        reason = contents.damage
        if reason is None or contents.width is not None:
            reason = "the header holds no possible size"
        if not (taken or place or make or model or exif.exif):
            raise DamagedFile(path, f"it is damaged: {reason}")
        contents.width = contents.height = None
        contents.damage = reason
    stated = clean(xmp.get("projection", "") or contents.spherical)
    details = _details(exif, xmp, contents, stated, other_dates)
    return Facts(
        media_type=contents.media_type or known.media_type,
        extension=contents.extension or known.extension,
        kind="raw" if contents.extension else known.kind,
        width=contents.width,
        height=contents.height,
        orientation=exif.orientation,
        taken_at=taken.text if taken else None,
        taken_offset=taken.offset if taken else None,
        taken_source=taken_source,
        latitude=place.latitude if place else None,
        longitude=place.longitude if place else None,
        altitude=place.altitude if place else None,
        position_source=place_source,
        direction=_direction(exif, xmp),
        camera_make=make,
        camera_model=model,
        lens=exif.lens or xmp.get("lens") or None,
        projection=projection(stated, contents.width, contents.height),
        damage=contents.damage,
        details=details,
        warnings=tuple(dict.fromkeys(contents.warnings + exif.warnings)),
    )


def _exif(known: Format, contents: Contents) -> Exif:
    """The first block that can be read. CR3 keeps its directories in three."""
    if known is CR3:
        return _cr3_exif(contents)
    blocks = [read_exif(block) for block in contents.exif]
    for found in blocks:
        if found is not None and found.first is not None:
            return found
    if None in blocks:
        contents.warn("the EXIF cannot be read")
    return Exif()


def _cr3_exif(contents: Contents) -> Exif:
    found: list[Directory] = []
    for block in contents.exif:
        header = read_header(block)
        if header is not None:
            found.append(Directory(block, *header))
    if not found:
        return Exif()
    return interpret(found[0], *(*found[1:3], None, None)[:2])


def _xmp(contents: Contents) -> dict[str, str]:
    """All packets as one; the first to name a property wins."""
    found: dict[str, str] = {}
    for packet in contents.xmp:
        found = read_xmp(packet) | found
    return found


def _taken(
    exif: Exif, xmp: dict[str, str], contents: Contents, other: list[str]
) -> tuple[Moment | None, str | None]:
    """The capture time and which tag it is; what is not it goes to ``other``."""
    best = exif.moment
    for name in _XMP_TIMES:
        moment = parse_iso(xmp[name]) if name in xmp else None
        if moment is None:
            continue
        if best is None:
            best = moment, f"XMP {name}"
        else:
            other.append(f"XMP {name} {moment.text}{moment.offset or ''}")
    if created := xmp.get("xmp:CreateDate"):
        other.append(f"XMP xmp:CreateDate {created}")
    if best is None:
        best = contents.moment
    return best or (None, None)


def _place(
    exif: Exif, xmp: dict[str, str], contents: Contents
) -> tuple[Position | None, str | None]:
    """The position and whose it is."""
    if exif.position is not None:
        return exif.position, "EXIF GPS"
    if "latitude" in xmp and "longitude" in xmp:
        try:
            place = positions.from_xmp(xmp["latitude"], xmp["longitude"])
        except Unusable as reason:
            contents.warn(f"XMP: {reason}")
        else:
            below = xmp.get("altitude_ref") == "1"
            metres = number(xmp.get("altitude", ""))
            altitude = positions.checked_altitude(metres, below=below)
            return place._replace(altitude=altitude), "XMP"
    return contents.position or (None, None)


def _direction(exif: Exif, xmp: dict[str, str]) -> float | None:
    """The direction of view: EXIF's, XMP's, or the middle of a sphere."""
    if exif.direction is not None:
        return exif.direction
    for name in ("direction", "pose_heading"):
        if name in xmp:
            direction = positions.checked_direction(number(xmp[name]))
            if direction is not None:
                return direction
    return None


def _details(
    exif: Exif,
    xmp: dict[str, str],
    contents: Contents,
    stated: str,
    other_dates: list[str],
) -> dict[str, Detail]:
    """Everything else: EXIF's word before XMP's, IPTC's, the container's, Windows'."""
    details = exif.details
    for name in _XMP_DETAILS:
        if name in xmp:
            details.setdefault(name, xmp[name])
    for name in _XMP_NUMBERS:
        if name in xmp and (value := number(xmp[name])) is not None:
            details[name] = value
    if contents.iptc:
        details = read_iptc(contents.iptc) | details
    details = exif.windows | contents.details | details
    if stated:
        details["projection_raw"] = stated
    if other_dates:
        details["other_dates"] = clean("; ".join(other_dates))
    if contents.profile and (name := profile_name(contents.profile)):
        details["colour_profile"] = name
    return details
