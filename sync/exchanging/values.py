"""Values of a bundle's lines, checked as the same values are when a person types them.

Each function returns the value as it is kept, and raises ``InvalidInput`` when it is
none.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from archive.editing import MAX_DESCRIPTION
from archive.errors import InvalidInput
from archive.identity import clean_name, clean_text
from archive.moments import check_offset, parse_date, parse_moment
from archive.ordering import DIGITS
from sync.exchanging.drawn import shape_of, text_of
from sync.exchanging.model import COMMENT, MARKUP, TALK, Any_, plain

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_MOST = 1_000  # members of a list; characters of a short text
_LONGEST_NAME = 4_096  # of a file; each undecodable byte of one takes four, as \xNN


def some(value: object) -> list[Any]:
    """Check a list."""
    if not isinstance(value, list) or len(value) > _MOST:
        raise InvalidInput("a list of a record is not what it should be")
    return value


def _text(value: Any) -> str:  # noqa: ANN401
    if not isinstance(value, str) or len(value) > MAX_DESCRIPTION:
        raise InvalidInput("a text is none, or far too long")
    return clean_text(value)


def _said(value: Any) -> str:  # noqa: ANN401
    text = _text(value)
    if not text.strip():
        raise InvalidInput("a comment is empty")
    return text


def _as_it_is(value: Any) -> Any_:  # noqa: ANN401
    return value  # type: ignore[no-any-return]


def words(value: Any) -> str:  # noqa: ANN401
    """Check somebody's name, or ""."""
    return "" if value == "" else clean_name(_text(value), "person")


def uuid_of(value: Any) -> str:  # noqa: ANN401
    """Check a uuid."""
    if not isinstance(value, str) or not UUID.fullmatch(value):
        raise InvalidInput("a uuid is none")
    return value


def _maybe(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else check(value)


def no_value(value: Any) -> None:  # noqa: ANN401, ARG001
    """Take no value, whatever it is."""
    return


def _flag(value: Any) -> bool:  # noqa: ANN401
    if not isinstance(value, bool):
        raise InvalidInput("a mark is neither yes nor no")
    return value


def one_of(value: Any, *allowed: Any) -> Any:  # noqa: ANN401
    """Check one of some values."""
    if value not in allowed or isinstance(value, bool):
        raise InvalidInput(f"{str(value)[:20]!r} is none of {allowed}")
    return value


def _day(value: Any) -> str:  # noqa: ANN401
    return parse_date(_text(value))


def time_of(value: Any) -> str:  # noqa: ANN401
    """Check a moment in UTC, as every ``*_at`` column has it."""
    try:
        found = datetime.strptime(_text(value), "%Y-%m-%dT%H:%M:%S.%fZ")  # noqa: DTZ007
    except ValueError:
        raise InvalidInput("a time is none") from None
    return f"{found.isoformat(timespec='milliseconds')}Z"


def local_of(value: Any) -> str:  # noqa: ANN401
    """Check a local time, without an offset."""
    moment, offset = parse_moment(_text(value))
    if offset is not None:
        raise InvalidInput("a local time has an offset")
    return moment


def _taken(value: Any) -> Any_:  # noqa: ANN401
    """Check [local time, offset, source]."""
    parts = some(value)
    if len(parts) != 3:
        raise InvalidInput("a date is not told as it should be")
    offset = None if parts[1] is None else check_offset(_text(parts[1]))
    local = None if parts[0] is None else local_of(parts[0])
    source = None if parts[2] is None else clean_name(_text(parts[2]), "source")
    return (local, offset, source)


def _place(value: Any) -> Any_:  # noqa: ANN401
    """Check [latitude, longitude, source, direction]."""
    parts = some(value)
    if len(parts) != 4:
        raise InvalidInput("a place is not told as it should be")
    latitude, longitude = _within(parts[0], 90), _within(parts[1], 180)
    direction = _within(parts[3], 360)
    if (latitude is None) != (longitude is None) or not (
        direction is None or 0 <= direction < 360
    ):
        raise InvalidInput("a place is none on earth")
    source = None if parts[2] is None else clean_name(_text(parts[2]), "source")
    return (latitude, longitude, source, direction)


def _within(value: Any, most: float) -> float | None:  # noqa: ANN401
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or abs(value) > most:
        raise InvalidInput("a place is none on earth")
    return float(value)


def _members(value: Any) -> frozenset[str]:  # noqa: ANN401
    return frozenset(uuid_of(one) for one in some(value))


def _position(value: Any) -> str:  # noqa: ANN401
    text = _text(value)
    if not text or len(text) > _MOST or text.endswith("0") or set(text) - set(DIGITS):
        raise InvalidInput("a place in the order of albums is none")
    return text


def _named(what: str) -> Callable[[Any], str]:
    return lambda value: clean_name(_text(value), what)


def _filename(value: Any) -> str:  # noqa: ANN401
    text = _text(value)
    if not text or len(text) > _LONGEST_NAME:
        raise InvalidInput("a file's name is none")
    return text


CHECKS: Mapping[tuple[str, str], Callable[[Any], Any_]] = {
    ("photo", "description"): _text,
    ("photo", "album"): _maybe(uuid_of),
    ("photo", "location"): _maybe(uuid_of),
    ("photo", "trades"): _members,
    ("photo", "private"): _flag,
    ("photo", "starred"): _flag,
    ("photo", "log_date"): _maybe(_day),
    ("photo", "rotation"): lambda value: one_of(value, 0, 90, 180, 270),
    ("photo", "filename"): _filename,
    ("photo", "taken"): _maybe(_taken),
    ("photo", "place"): _maybe(_place),
    ("photo", "projection"): lambda value: one_of(value, "regular", "360", "unknown"),
    ("photo", TALK): no_value,
    ("album", "name"): _named("album"),
    ("album", "private"): _flag,
    ("album", "cover"): _maybe(uuid_of),
    ("album", "position"): _position,
    ("location", "name"): _named("location"),
    ("location", "parent"): _maybe(uuid_of),
    ("trade", "name"): _named("trade"),
    ("trade", "active"): _flag,
    (COMMENT, "body"): _said,
    (MARKUP, "shape"): shape_of,
    # these hold together with the shape (drawable)
    **dict.fromkeys(
        [(MARKUP, name) for name in ("colour", "width", "text")], _as_it_is
    ),
}


def fits(kind: str, name: str, value: Any_) -> bool:
    """Whether a merge may make this text or set: somebody could have told it."""
    check = text_of if kind == MARKUP else CHECKS[kind, name]
    try:
        return check(plain(value)) == value
    except InvalidInput:
        return False
