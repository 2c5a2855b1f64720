"""Where the sun stands, what colour the light has, and how the sky looks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from .geometry import Colour, Face, Point, dot, heading_vector

WEATHER = ("clear", "fair", "overcast", "rain", "fog", "snow")


@dataclass(frozen=True, slots=True)
class Light:
    """What falls on a face: colours are factors (1 leaves a colour as it is)."""

    sun: Point  # unit vector towards the sun or lamp
    sunlight: Colour
    sky: Colour  # from above and all around
    haze: Colour  # 0..255, what far things fade into
    thickness: float  # share of haze added per metre
    zenith: Colour = (90, 130, 190)
    horizon: Colour = (200, 210, 220)
    clouds: float = 0.0  # 0 none .. 1 closed


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """``a`` with ``share`` (0..1) of ``b``."""
    return (
        a[0] + (b[0] - a[0]) * share,
        a[1] + (b[1] - a[1]) * share,
        a[2] + (b[2] - a[2]) * share,
    )


def scale(a: Colour, factor: float) -> Colour:
    """A lighter or darker ``a``."""
    return (a[0] * factor, a[1] * factor, a[2] * factor)


def sun_position(when: datetime, latitude: float) -> tuple[float, float]:
    """Heading and height of the sun, degrees, good to a few degrees.

    The clock is taken for solar time less 15 minutes, and daylight saving for what it
    is between April and October: a picture needs no better.
    """
    day = when.timetuple().tm_yday
    hour = when.hour + when.minute / 60 - (0.75 if 90 < day < 305 else -0.25)
    declination = math.radians(-23.44 * math.cos(math.radians(360 / 365 * (day + 10))))
    angle, lat = math.radians(15 * (hour - 12)), math.radians(latitude)
    sine = math.sin(lat) * math.sin(declination) + math.cos(lat) * math.cos(
        declination
    ) * math.cos(angle)
    height = math.asin(sine)
    heading = math.atan2(
        -math.sin(angle),
        math.tan(declination) * math.cos(lat) - math.sin(lat) * math.cos(angle),
    )
    return math.degrees(heading) % 360, math.degrees(height)


_SKIES: dict[str, tuple[Colour, Colour, float, float, float]] = {
    # zenith, horizon, clouds, direct sun, haze a metre
    "clear": ((72, 122, 188), (190, 212, 230), 0.12, 1.0, 0.0008),
    "fair": ((86, 134, 192), (202, 216, 228), 0.5, 0.85, 0.001),
    "overcast": ((152, 162, 174), (208, 212, 216), 0.85, 0.12, 0.0016),
    "rain": ((112, 122, 134), (168, 176, 184), 0.95, 0.04, 0.003),
    "fog": ((196, 200, 204), (214, 216, 218), 0.0, 0.05, 0.0045),
    "snow": ((176, 186, 198), (220, 224, 230), 0.6, 0.25, 0.002),
}
_EVENING: Colour = (255, 176, 110)


def daylight(when: datetime, latitude: float, weather: str) -> Light:
    """The light outdoors at a local time."""
    heading, height = sun_position(when, latitude)
    zenith, horizon, clouds, direct, thickness = _SKIES[weather]
    low = max(0.0, 1 - max(height, 0.0) / 26)  # 1 at the horizon, 0 well up
    bright = min(1.0, 0.62 + max(height, 0.0) / 55)
    horizon = mix(horizon, _EVENING, 0.5 * low * direct)
    zenith = scale(mix(zenith, (70, 80, 120), 0.3 * low), bright)
    warm = mix((1.0, 0.97, 0.9), (1.0, 0.7, 0.42), low)
    flat = 0.56 + 0.4 * (1 - direct)
    return Light(
        sun=heading_vector(heading, max(height, 7.0)),
        sunlight=scale(warm, 0.85 * direct * min(1.0, 0.55 + height / 30)),
        sky=scale(mix((0.9, 0.97, 1.06), (1, 1, 1), 1 - direct), flat * bright),
        haze=scale(horizon, min(1.0, bright + 0.08)),
        thickness=thickness,
        zenith=zenith,
        horizon=scale(horizon, min(1.0, bright + 0.08)),
        clouds=clouds,
    )


def indoors(towards: float, warmth: float, strength: float = 1.0) -> Light:
    """The light in a room: from a window at heading ``towards`` and from lamps."""
    lamp = mix((0.96, 1.0, 1.05), (1.06, 0.98, 0.84), warmth)
    return Light(
        sun=heading_vector(towards, 32),
        sunlight=scale(lamp, 0.4 * strength),
        sky=scale(lamp, 0.72 * strength),
        haze=scale((236, 240, 244), strength),
        thickness=0.004,
    )


def shaded(face: Face, light: Light, distance: float) -> tuple[int, int, int]:
    """The face's colour under the light, seen from ``distance`` metres."""
    direct = max(0.0, dot(face.normal, light.sun))
    if face.two_sided:
        direct = abs(dot(face.normal, light.sun)) * 0.8
    around = 0.8 + 0.2 * face.normal[2]
    fade = 1 - math.exp(-distance * light.thickness)
    out = []
    for i in range(3):
        lit = light.sky[i] * around + light.sunlight[i] * direct
        value = face.colour[i] * (face.glow + (1 - face.glow) * lit)
        value += (light.haze[i] - value) * fade
        out.append(max(0, min(255, int(value))))
    return (out[0], out[1], out[2])
