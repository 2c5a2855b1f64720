"""The records of a package, believed in nothing: each value is what it may be.

A package is made by another archive, or by somebody who writes JSON by hand.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from archive.editing import MAX_DESCRIPTION
from archive.errors import InvalidInput
from archive.identity import clean_name, clean_text
from archive.markups import MAX_MARKUPS
from archive.markups import checked as checked_shape
from archive.moments import check_offset, parse_moment

Record = Mapping[str, Any]
Rule = Callable[[Any], Any]

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HEX = re.compile(r"([0-9A-F]{2}){1,4096}")
_MOST_COMMENTS = 100_000


def parsed(data: bytes) -> Record:
    """Return the object that a file of JSON holds.

    :raises InvalidInput: it holds none
    """
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"it is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise InvalidInput("it is no object of JSON")
    return found


def checked(record: Any, rules: Mapping[str, Rule]) -> dict[str, Any]:  # noqa: ANN401
    """Return the values of a record that there are rules for, as they are stored.

    :raises InvalidInput: one is not what it may be; says which
    """
    if not isinstance(record, dict):
        raise InvalidInput("it is no record")
    found = {}
    for name, rule in rules.items():
        try:
            found[name] = rule(record.get(name))
        except (ValueError, TypeError, OverflowError, InvalidInput) as error:
            raise InvalidInput(f"{name} cannot be so: {error}") from None
    return found


def _refuse(value: object) -> Any:  # noqa: ANN401
    raise ValueError(repr(value)[:80])


def _like(pattern: re.Pattern[str]) -> Rule:
    def rule(value: Any) -> str:  # noqa: ANN401
        if not isinstance(value, str) or not pattern.fullmatch(value):
            _refuse(value)
        return str(value)

    return rule


def _or_none(rule: Rule) -> Rule:
    return lambda value: None if value is None else rule(value)


def _named(what: str) -> Rule:
    def rule(value: Any) -> str:  # noqa: ANN401
        return clean_name(value if isinstance(value, str) else _refuse(value), what)

    return rule


def _text(most: int = MAX_DESCRIPTION, *, needed: bool = False) -> Rule:
    def rule(value: Any) -> str:  # noqa: ANN401
        if not isinstance(value, str) or len(value) > most or (needed and not value):
            _refuse(value)
        return clean_text(value)

    return rule


def _flag(value: Any) -> int:  # noqa: ANN401
    # (1 is equal to True, and would have said "not private" here)
    return int(bool(value if value is None or type(value) is bool else _refuse(value)))


def _number(low: float, high: float) -> Rule:
    def rule(value: Any) -> float:  # noqa: ANN401
        right = type(value) in (int, float) and math.isfinite(value)
        if not right or not low <= value <= high:
            _refuse(value)
        return float(value)

    return rule


def _one_of(*values: Any) -> Rule:  # noqa: ANN401
    kinds = {type(one) for one in values}
    return lambda value: (
        value if type(value) in kinds and value in values else _refuse(value)
    )


def _at(value: Any) -> str:  # noqa: ANN401
    datetime.fromisoformat(_like(_UTC)(value)[:19])
    return str(value)


def _local(value: Any) -> str:  # noqa: ANN401
    moment, offset = parse_moment(value if isinstance(value, str) else _refuse(value))
    return moment if offset is None else _refuse(value)


def _day(value: Any) -> str:  # noqa: ANN401
    return date.fromisoformat(value if isinstance(value, str) else "").isoformat()


def _offset(value: Any) -> str:  # noqa: ANN401
    return check_offset(value if isinstance(value, str) else _refuse(value))


def _reference(value: Any) -> str:  # noqa: ANN401
    return str(uuid(value.get("uuid") if isinstance(value, dict) else None))


def _list_of(rule: Rule, most: int = _MOST_COMMENTS) -> Rule:
    def each(value: Any) -> list[Any]:  # noqa: ANN401
        if not isinstance(value, list) or len(value) > most:
            _refuse(value)
        return [rule(one) for one in value]

    return each


uuid = _like(_UUID)

COMMENT: dict[str, Rule] = {
    "uuid": uuid,
    "author": _or_none(_reference),
    "body": _text(needed=True),
    "created_at": _at,
    "edited_at": _or_none(_at),
    "mentions": _list_of(_reference),
}
MARKUP: dict[str, Rule] = {
    "uuid": uuid,
    "author": _or_none(_reference),
    "created_at": _at,
    "edited_at": _or_none(_at),
}


def _markup(value: Any) -> dict[str, Any]:  # noqa: ANN401
    return {**checked(value, MARKUP), "shape": checked_shape(value)}


def _markups(value: Any) -> list[Any]:  # noqa: ANN401
    # (packages that are older than markups have none)
    return [] if value is None else _list_of(_markup, MAX_MARKUPS)(value)


PHOTO: dict[str, Rule] = {
    "uuid": uuid,
    "file": _or_none(_text(4096, needed=True)),
    "filename": _text(4096, needed=True),
    "filename_hex": _or_none(_like(_HEX)),
    "description": _text(),
    "private": _flag,
    "starred": _flag,
    "taken_at": _or_none(_local),
    "taken_offset": _or_none(_offset),
    "taken_source": _or_none(_named("source")),
    "assumed_at": _local,
    "log_date": _or_none(_day),
    "latitude": _or_none(_number(-90, 90)),
    "longitude": _or_none(_number(-180, 180)),
    "position_source": _or_none(_named("source")),
    "direction": _or_none(_number(0, math.nextafter(360, 0))),
    "projection": _one_of("regular", "360", "unknown"),
    "camera": _or_none(_text(400, needed=True)),
    "rotation": _one_of(0, 90, 180, 270),
    "uploaded_at": _at,
    "recycled_at": _or_none(_at),
    "album": _reference,
    "location": _or_none(_reference),
    "trades": _list_of(_reference),
    "uploader": _or_none(_reference),
    "recycled_by": _or_none(_reference),
    "comments": _list_of(lambda one: checked(one, COMMENT)),
    "markups": _markups,
    "original": _or_none(lambda one: checked(one, {"sha256": _like(_SHA256)})),
}
PERSON: dict[str, Rule] = {"uuid": uuid, "name": _named("person")}
ALBUM: dict[str, Rule] = {
    "uuid": uuid,
    "name": _named("album"),
    "private": _flag,
    "cover": _or_none(uuid),
    "unclassified": _one_of(0, 1),
}
LOCATION: dict[str, Rule] = {
    "uuid": uuid,
    "name": _named("location"),
    "parent": _or_none(uuid),
}
TRADE: dict[str, Rule] = {"uuid": uuid, "name": _named("trade"), "active": _flag}
PLAN: dict[str, Rule] = {
    "uuid": uuid,
    "name": _named("plan"),
    "file": _text(400, needed=True),
    "opacity": _number(0, 1),
    "attribution": _text(10_000),
}
PACKAGE: dict[str, Rule] = {
    "uuid": uuid,
    "archive_uuid": uuid,
    "title": _text(1000, needed=True),
    "made_at": _at,
    "made_by": _text(1000, needed=True),
    "complete": _flag,
}
EARLIER: dict[str, Rule] = {**PACKAGE, "seal": _like(_SHA256)}
