"""EXIF: what the directories of a TIFF block say (CIPA DC-008, EXIF 2.32)."""

from __future__ import annotations

from dataclasses import dataclass, field

from archive.facts import positions
from archive.facts.model import Detail
from archive.facts.moments import Moment, parse_exif
from archive.facts.positions import Position, Unusable
from archive.facts.source import Source
from archive.facts.texts import decode, decode_utf16
from archive.facts.tiff import Directory, Header, read_header

EXIF_POINTER, GPS_POINTER = 0x8769, 0x8825
MAKE, MODEL, ORIENTATION = 0x010F, 0x0110, 0x0112
_MAKER_NOTE, _USER_COMMENT = 0x927C, 0x9286
_LENS_MODEL, _LENS_SPECIFICATION = 0xA434, 0xA432
_THUMBNAIL = 0x0201

# date, sub-seconds and offset tags that belong together, with the date's name
_ORIGINAL = (0x9003, 0x9291, 0x9011, "EXIF DateTimeOriginal")
_DIGITIZED = (0x9004, 0x9292, 0x9012, "EXIF DateTimeDigitized")
_MODIFIED = (0x0132, 0x9290, 0x9010, "EXIF ModifyDate")

_FIRST_TEXTS = (
    (0x0131, "software"),
    (0x013B, "artist"),
    (0x8298, "copyright"),
    (0x010E, "caption"),
)
_EXIF_TEXTS = (
    (0xA430, "owner"),
    (0xA431, "body_serial"),
    (0xA435, "lens_serial"),
    (0xA433, "lens_make"),
    (0xA420, "image_id"),
)
# Windows' own texts, in UTF-16 and little-endian whatever the block's order is
_WINDOWS_TEXTS = (
    (0x9C9B, "title"),
    (0x9C9C, "comment"),
    (0x9C9D, "artist"),
    (0x9C9E, "keywords"),
    (0x9C9F, "subject"),
)
_EXIF_NUMBERS = (
    (0x829A, "exposure_time", 0.0, 1e5),
    (0x829D, "f_number", 0.0, 1e3),
    (0x920A, "focal_length", 0.0, 1e5),
    (0x9204, "exposure_bias", -100.0, 100.0),
)
_COLOUR_SPACES = {1: "sRGB", 2: "Adobe RGB"}


@dataclass(slots=True)
class Exif:
    """What one block says; its own picture sizes are left to the caller."""

    first: Directory | None = None
    exif: Directory | None = None
    orientation: int | None = None
    make: str = ""
    model: str = ""
    lens: str = ""
    moment: tuple[Moment, str] | None = None
    other_dates: list[str] = field(default_factory=list)
    position: Position | None = None
    direction: float | None = None
    details: dict[str, Detail] = field(default_factory=dict)
    windows: dict[str, Detail] = field(default_factory=dict)  # for want of others
    warnings: list[str] = field(default_factory=list)


def read_exif(source: Source, header: Header | None = None) -> Exif | None:
    """Read a block; None when it has no TIFF header or no directory."""
    header = header or read_header(source)
    if header is None:
        return None
    first = Directory(source, header.order, header.first)
    if not first.entries:
        return Exif() if first.complete else None
    gps = first.below(GPS_POINTER)
    result = interpret(first, first.below(EXIF_POINTER), gps)
    if gps is not None and not gps.entries and not gps.complete:
        result.warnings.append("the EXIF GPS directory cannot be read")
    if not first.complete:
        result.warnings.append("the EXIF is cut off")
    if _THUMBNAIL in Directory(source, header.order, first.next):
        result.details["has_thumbnail"] = 1
    return result


def interpret(first: Directory, exif: Directory | None, gps: Directory | None) -> Exif:
    """What the three directories mean (they lie apart in CR3)."""
    result = Exif(first, exif)
    orientation = first.integer(ORIENTATION)
    if orientation is not None and 1 <= orientation <= 8:
        result.orientation = orientation
    result.make, result.model = first.text(MAKE), first.text(MODEL)
    _texts(first, _FIRST_TEXTS, result)
    for tag, name in _WINDOWS_TEXTS:
        if tag in first.entries and (text := decode_utf16(first.raw(tag, 8000))):
            result.windows[name] = text
    _dates(first, exif, result)
    if exif is not None:
        _camera(exif, result)
    if gps is not None and gps.entries:
        _gps(gps, result)
    return result


def _texts(
    directory: Directory, wanted: tuple[tuple[int, str], ...], result: Exif
) -> None:
    for tag, name in wanted:
        if tag in directory.entries and (text := directory.text(tag)):
            result.details[name] = text


def _dates(first: Directory, exif: Directory | None, result: Exif) -> None:
    """The capture time, and every other date. ModifyDate is never a capture time.

    DateTimeOriginal may stand in the first directory too (TIFF/EP). Each date has an
    offset and a sub-second tag of its own; another date's say nothing about it.
    """
    seen = [directory for directory in (exif, first) if directory is not None]
    for date, subsec, offset, name in (_ORIGINAL, _DIGITIZED, _MODIFIED):
        for directory in seen:
            if date not in directory.entries:
                continue
            text = directory.text(date)
            beside = exif or directory
            moment = parse_exif(text, beside.text(subsec), beside.text(offset))
            if moment is None:
                if text.strip(" :0"):
                    result.warnings.append(f"{name} is not a date")
                continue
            if result.moment is None and name is not _MODIFIED[3]:
                result.moment = moment, name
                if moment.subsec:
                    result.details["subsec"] = moment.subsec
            else:
                result.other_dates.append(f"{name} {moment.text}{moment.offset or ''}")
            break


def _camera(exif: Directory, result: Exif) -> None:
    """How the picture was taken."""
    details, entries = result.details, exif.entries
    for tag, name, low, high in _EXIF_NUMBERS:
        if tag in entries:
            value = exif.number(tag)
            if value is not None and low <= value < high and (value or low < 0):
                details[name] = round(value, 6)
    for tag, name in ((0x8827, "iso"), (0xA405, "focal_length_35mm")):
        if tag in entries and (value := exif.integer(tag)):
            details[name] = int(value)
    if 0x9209 in entries and (flash := exif.integer(0x9209)) is not None:
        details["flash"] = "fired" if flash & 1 else "not fired"
    if 0xA001 in entries and (space := exif.integer(0xA001)) in _COLOUR_SPACES:
        details["colour_space"] = _COLOUR_SPACES[space]
    if _MAKER_NOTE in entries:
        details["has_maker_note"] = 1
    _texts(exif, _EXIF_TEXTS, result)
    result.lens = exif.text(_LENS_MODEL) or _lens_range(exif)
    if _USER_COMMENT in entries and (comment := _user_comment(exif)):
        details.setdefault("comment", comment)


def _lens_range(exif: Directory) -> str:
    """``24-70 mm f/2.8`` from LensSpecification, for want of a name."""
    if _LENS_SPECIFICATION not in exif.entries:
        return ""
    values = exif.numbers(_LENS_SPECIFICATION, 4)
    if len(values) != 4 or not values[0] or not values[1]:
        return ""
    short, long, widest = values[0], values[1], values[2]
    length = f"{short:g}" if short == long else f"{short:g}-{long:g}"
    return f"{length} mm f/{widest:g}" if widest else f"{length} mm"


def _user_comment(exif: Directory) -> str:
    """UserComment: eight bytes that name the encoding, then the text (4.6.5)."""
    raw = exif.raw(_USER_COMMENT, 8000)
    code, text = raw[:8], raw[8:]
    if code.startswith(b"UNICODE"):
        return decode_utf16(text, exif.order)
    if code.startswith((b"ASCII", b"\0\0\0\0")):
        return decode(text)
    return "" if code.startswith(b"JIS") else decode(raw)


def _gps(gps: Directory, result: Exif) -> None:
    """Position, altitude, direction and the GPS clock."""
    if 2 in gps.entries or 4 in gps.entries:
        _position(gps, result)
    if 0x11 in gps.entries:
        result.direction = positions.checked_direction(gps.number(0x11))
        if result.direction is not None and gps.text(0x10) == "M":
            result.details["direction_reference"] = "magnetic north"
    if clock := _clock(gps):
        result.details["gps_utc"] = clock
    if 0x1F in gps.entries:
        error = gps.number(0x1F)
        if error is not None and 0 <= error < 1e6:
            result.details["position_error_metres"] = round(error, 2)


def _position(gps: Directory, result: Exif) -> None:
    """The position, or a warning why there is none."""
    try:
        place = positions.from_degrees(
            _degrees(gps, 2), gps.text(1), _degrees(gps, 4), gps.text(3)
        )
    except Unusable as reason:
        result.warnings.append(str(reason))
        return
    altitude = positions.checked_altitude(gps.number(6), below=gps.integer(5) == 1)
    result.position = place._replace(altitude=altitude)
    if _is_text(gps, 2) or _is_text(gps, 4):
        result.warnings.append("the position is text, not numbers: it may be misread")


def _degrees(gps: Directory, tag: int) -> list[float | None]:
    """Degrees, minutes, seconds; of text, its first three numbers, as exiftool does."""
    return gps.numbers(tag, 3 if _is_text(gps, tag) else 4)


def _is_text(gps: Directory, tag: int) -> bool:
    return tag in gps.entries and gps.entries[tag][1] == 2


def _clock(gps: Directory) -> str:
    """GPSDateStamp and GPSTimeStamp, in UTC, as ``YYYY-MM-DDTHH:MM:SS[.fff]Z``."""
    if 0x1D not in gps.entries or 7 not in gps.entries:
        return ""
    time = gps.numbers(7, 3)
    if len(time) != 3 or any(part is None or not 0 <= part < 60 for part in time):
        return ""
    hours, minutes, seconds = (part or 0.0 for part in time)
    clock = f"{hours:02.0f}:{minutes:02.0f}:{int(seconds):02}"
    moment = parse_exif(f"{gps.text(0x1D)} {clock}", f"{seconds % 1:.3f}"[2:])
    if moment is None:
        return ""
    return f"{moment.text.removesuffix('.000')}Z"
