"""Positions on earth as files write them. Pure rules, no files.

A position is a pair of signed decimal degrees. Half of one, one without its
hemisphere, one out of range, 0/0, NaN, and the point 0,0 (what a receiver without a
fix writes) are no positions; the reason is kept as a warning, never the numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_ISO6709 = re.compile(
    r"([+-])(\d{2,6})(\.\d*)?([+-])(\d{3,7})(\.\d*)?(?:([+-]\d+(?:\.\d*)?))?"
    r"(?:CRS[\w:]*)?/?\Z",
    re.ASCII,
)
_XMP = re.compile(
    r"(\d{1,3})(?:,(\d{1,2}(?:\.\d+)?))?(?:,(\d{1,2}(?:\.\d+)?))?([NSEW])\Z", re.ASCII
)
_MOST_METRES = 100_000


class Unusable(ValueError):
    """The file has a position that cannot be one; the text says why."""


class Position(NamedTuple):
    """Signed decimal degrees, north and east positive; metres above the sea."""

    latitude: float
    longitude: float
    altitude: float | None = None


def from_degrees(
    latitude: Sequence[float | None],
    latitude_ref: str,
    longitude: Sequence[float | None],
    longitude_ref: str,
) -> Position:
    """EXIF's degrees, minutes and seconds with N/S and E/W (EXIF 2.32, 4.6.6).

    :raises Unusable: when they do not give a position
    """
    return checked(
        _signed(latitude, latitude_ref, "NS"), _signed(longitude, longitude_ref, "EW")
    )


def from_xmp(latitude: str, longitude: str) -> Position:
    """XMP's ``DDD,MM,SSk`` or ``DDD,MM.mmk`` (XMP Part 2, GPSCoordinate).

    :raises Unusable: when they do not give a position
    """
    return checked(_xmp(latitude, "NS"), _xmp(longitude, "EW"))


def from_iso6709(text: str) -> Position:
    """``+38.1893-119.9558+2004.158/`` (ISO 6709 annex H), as QuickTime writes it.

    :raises Unusable: when it does not give a position
    """
    match = _ISO6709.match(text.strip())
    if match is None:
        raise Unusable("the position cannot be read")
    latitude = _packed(match[1], match[2], match[3], 2)
    longitude = _packed(match[4], match[5], match[6], 3)
    position = checked(latitude, longitude)
    return position._replace(altitude=checked_altitude(float(match[7] or "nan")))


def checked(latitude: float, longitude: float) -> Position:
    """The pair when it is a place on earth.

    :raises Unusable: out of range, NaN, or the null island
    """
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise Unusable("the position is out of range")
    if latitude == 0 and longitude == 0:
        raise Unusable("the position is 0,0: no fix")
    return Position(round(latitude, 8) + 0.0, round(longitude, 8) + 0.0)


def checked_altitude(metres: float | None, *, below: bool = False) -> float | None:
    """Metres above the sea, or None when it cannot be an altitude.

    :param below: EXIF's GPSAltitudeRef 1
    """
    if metres is None or not -_MOST_METRES < metres < _MOST_METRES:
        return None
    return round(-abs(metres) if below else metres, 3) + 0.0


def checked_direction(degrees: float | None) -> float | None:
    """Degrees clockwise from north, at least 0 and less than 360."""
    if degrees is None or not 0 <= degrees <= 360:
        return None
    return round(degrees, 4) % 360


def _signed(values: Sequence[float | None], ref: str, letters: str) -> float:
    """Degrees, minutes, seconds as one number; ``letters`` are plus and minus."""
    ref = ref.strip().upper()
    if not values or not ref:
        raise Unusable("the position is incomplete")
    if len(ref) != 1 or ref not in letters:
        raise Unusable("the position's hemisphere cannot be read")
    if len(values) != 3:
        raise Unusable("the position has not three parts")
    total = 0.0
    for value, unit in zip(values, (1, 60, 3600), strict=True):
        if value is None or not 0 <= value < 1e6:
            raise Unusable("the position holds an impossible number")
        total += value / unit
    return total if ref == letters[0] else -total


def _xmp(text: str, letters: str) -> float:
    match = _XMP.match(text.strip().upper())
    if match is None or match[4] not in letters:
        raise Unusable("the position cannot be read")
    parts = [float(part or 0) for part in match.groups()[:3]]
    return _signed(parts, match[4], letters)


def _packed(sign: str, digits: str, fraction: str | None, width: int) -> float:
    """``DD``, ``DDMM`` or ``DDMMSS`` (``width`` digits of degrees) as degrees."""
    degrees, rest = digits[:width], digits[width:]
    parts = [degrees, rest[:2], rest[2:4]]
    used = 1 + len(rest) // 2
    parts[used - 1] += fraction or ""
    values = [float(part) if part else 0.0 for part in parts]
    total = values[0] + values[1] / 60 + values[2] / 3600
    return -total if sign == "-" else total
