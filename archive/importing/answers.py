"""What worker processes say of a file, believed in nothing.

They have read hostile files by then: an answer that our readers do not give must not
become a path, a row or an error that ends the import.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from archive.facts import Facts
from archive.importing.model import Found
from archive.originals import Staged

_FACTS = frozenset(f.name for f in fields(Facts))
_MEDIA_TYPE = re.compile(r"(image|video)/[a-z0-9.+-]{1,60}")
_EXTENSION = re.compile(r"[a-z0-9]{1,8}")
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?")
_OFFSET = re.compile(r"[+-]\d\d:\d\d")
_LONGEST = 1 << 20  # characters of one text; details are bounded far below


@dataclass(frozen=True, slots=True)
class Ready:
    """A staged file with its facts, ready to be recorded.

    :param failure: why it has no renditions, or ""
    """

    found: Found
    staged: Staged
    facts: Facts
    failure: str


def facts_from(answer: Any) -> Facts:  # noqa: ANN401
    """Return facts as a worker process answered them.

    :raises ValueError: they are not such as our readers give
    """
    raw = answer.get("facts") if isinstance(answer, dict) else None
    if not isinstance(raw, dict) or set(raw) != _FACTS:
        raise ValueError("these are no facts")
    for name, holds in _RULES.items():
        if not holds(raw[name]):
            raise ValueError(f"{name} cannot be {str(raw[name])[:40]!r}")
    if (raw["latitude"] is None) != (raw["longitude"] is None):
        raise ValueError("half a position")
    facts = Facts(**{**raw, "warnings": tuple(raw["warnings"])})
    if not 1 <= facts.turned <= 8:
        raise ValueError("turned in a way that there is not")
    return facts


def failure_from(answer: Any) -> str:  # noqa: ANN401
    """Return why there are no renditions, or "".

    :raises ValueError: it is no text
    """
    failure = answer.get("failure", "")
    if not _is_text(failure):
        raise ValueError("a failure without words")
    return str(failure)


def _is_text(value: object) -> bool:
    """A text that SQLite and JSON can hold."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        return False
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _matching(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and bool(pattern.fullmatch(value))


def _number(low: float, high: float) -> Callable[[object], bool]:
    return lambda value: (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and math.isfinite(value)
        and low <= value <= high
    )


def _whole(low: int, high: int) -> Callable[[object], bool]:
    return lambda value: type(value) is int and low <= value <= high


def _one_of(*values: str) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and value in values


def _or_none(holds: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value is None or holds(value)


def _is_detail(value: object) -> bool:
    if isinstance(value, str):
        return _is_text(value)
    return _number(-(2.0**62), 2.0**62)(value)


def _are_details(value: object) -> bool:
    return isinstance(value, dict) and all(
        _is_text(key) and _is_detail(item) for key, item in value.items()
    )


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


_RULES: dict[str, Callable[[object], bool]] = {
    "media_type": _matching(_MEDIA_TYPE),
    "extension": _matching(_EXTENSION),
    "kind": _one_of("image", "raw", "video"),
    "width": _or_none(_whole(0, 1 << 40)),
    "height": _or_none(_whole(0, 1 << 40)),
    "orientation": _or_none(_whole(1, 8)),
    "taken_at": _or_none(_matching(_LOCAL)),
    "taken_offset": _or_none(_matching(_OFFSET)),
    "taken_source": _or_none(_is_text),
    "latitude": _or_none(_number(-90, 90)),
    "longitude": _or_none(_number(-180, 180)),
    "altitude": _or_none(_number(-1e12, 1e12)),
    "position_source": _or_none(_is_text),
    "direction": _or_none(_number(0, math.nextafter(360, 0))),
    "camera_make": _or_none(_is_text),
    "camera_model": _or_none(_is_text),
    "lens": _or_none(_is_text),
    "projection": _one_of("regular", "360", "unknown"),
    "damage": _or_none(_is_text),
    "details": _are_details,
    "warnings": _are_texts,
}
