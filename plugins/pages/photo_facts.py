"""The facts of a photo's file, one by one, in the words and numbers of a person."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from plugins import actors, texts
from plugins.templating import text

_FACTS = (
    *("width", "height", "orientation", "taken_at", "taken_offset", "taken_source"),
    *("latitude", "longitude", "altitude", "make", "model", "lens"),
)

# What the readers call them (archive/facts/model.py): the text of the number
_UNITS: dict[str, Callable[[float], str]] = {
    "exposure_time": lambda s: f"1/{1 / s:.0f} s" if 0 < s < 0.3 else f"{s:g} s",
    "f_number": lambda n: f"f/{n:g}",
    "exposure_bias": lambda n: f"{n:+.3g} EV",
    "focal_length": lambda mm: f"{mm:g} mm",
    "focal_length_35mm": lambda mm: f"{mm:g} mm",
    "duration_seconds": lambda s: f"{int(s) // 60}:{int(s) % 60:02}",
    "position_error_metres": lambda m: f"{m:g} m",
    "relative_altitude": lambda m: f"{m:g} m",
    "gimbal_yaw": lambda d: f"{d:g}°",
    "gimbal_pitch": lambda d: f"{d:g}°",
}
# Values that are words of ours, or marks that are 1 where they hold
_WORDS = {"fired", "not fired", "magnetic north"}
_MARKS = {"has_thumbnail", "has_maker_note"}


def load_facts(connection: Any, number: int, *, past: bool) -> dict[str, Any]:  # noqa: ANN401
    """Return the facts of a photo's file as they were read from it; {} without one.

    :param past: also when its bytes first came, perhaps as somebody's private photo
    """
    row = connection.execute(
        """
        select o.width, o.height, o.orientation, o.taken_at, o.taken_offset,
            o.taken_source, o.latitude, o.longitude, o.altitude, o.camera_make,
            o.camera_model, o.lens, o.details, o.stored_at
        from photos p join originals o on o.id = p.original_id where p.id = ?
        """,
        (number,),
    ).fetchone()
    if row is None:
        return {}
    return {
        **dict(zip(_FACTS, row[:12], strict=True)),
        "more": json.loads(row[12]),
        **({"stored_at": row[13]} if past else {}),
    }


def further(more: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (what it is, its value) of each further fact, for a person."""
    return [(_label(name), _value(name, value)) for name, value in more.items()]


def _label(name: str) -> str:
    known = f"fact.{name}"
    if known in texts.complete(actors.language()):
        return text(known)
    return name.replace("_", " ").capitalize()


def _value(name: str, value: Any) -> str:  # noqa: ANN401 - whatever stands in the JSON
    if name in _MARKS:
        return text("common.yes")
    if isinstance(value, str):
        return (
            text(f"fact.words.{value.replace(' ', '_')}") if value in _WORDS else value
        )
    if name in _UNITS and isinstance(value, (int, float)):
        return _UNITS[name](value)
    return texts.number(actors.language(), value) if type(value) is int else str(value)
