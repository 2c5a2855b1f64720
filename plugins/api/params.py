"""Query parameters: what an endpoint takes, read in every syntax that clients use.

Names: ``filters[id][]=1&filters[id][]=2``, ``filters[id]=1,2``, the same name again
and again, ``filters[id][0]=1`` and ``filters__id=1`` are one.
Ranges ``a...b`` include both ends, to the second; a single date is that day, in UTC;
quotes around a value do not count (contract 6.3 and 8.12 to 8.15).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qsl

from archive.search.wanted import Days, Moments
from plugins.api.errors import bad_request

MOST_VALUES = 2_000  # in one array, and parameters in one address
MAX_ID = 2**63 - 1
_LONGEST = 1_000  # characters of one value

Read = Callable[[Sequence[str]], Any]

_NUMBER = re.compile(r"[0-9]{1,19}", re.ASCII)
_LAST_BRACKET = re.compile(r"\[[0-9]*\]$")
_UNDERSCORED = re.compile(r"filters__([a-z_]+?)(?:__)?$")
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(\.\d{1,9})? ?"
    r"(Z|z|[+ -]?\d\d:?\d\d)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """How values are read.

    :param read: from all texts given under the name; ValueError when they cannot be
    :param schema: as JSON Schema, for programs
    """

    read: Read
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter that an endpoint takes.

    :param name: as sent: ``page``, ``filters[private]``
    :param about: one sentence for programs' authors
    """

    name: str
    kind: Kind
    about: str = ""
    required: bool = False

    @property
    def is_filter(self) -> bool:
        """Whether it narrows a list."""
        return self.name.startswith("filters[")


def stamps(window: Moments) -> tuple[str | None, str | None]:
    """Return a window as the archive writes times, to the last millisecond of it."""
    first, last = window.first, window.last
    return (
        f"{first.isoformat()[:19]}.000Z" if first else None,
        f"{last.isoformat()[:19]}.999Z" if last else None,
    )


def holds(window: Moments | None, stamp: str) -> bool:
    """Whether a time of the archive's lies in a window; in none, it always does."""
    if window is None:
        return True
    first, last = stamps(window)
    return (first is None or first <= stamp) and (last is None or stamp <= last)


def given(query: str) -> dict[str, list[str]]:
    """Return the texts given under each name, its spelling made the plain one.

    :raises ApiError: too many of them, or bytes that are no text
    """
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, max_num_fields=MOST_VALUES, errors="strict"
        )
    except ValueError:
        raise bad_request("The query cannot be read") from None
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(plain_name(name), []).append(value)
    return found


def plain_name(name: str) -> str:
    """Return ``filters[id]`` for all that is a spelling of it."""
    underscored = _UNDERSCORED.fullmatch(name)
    if underscored:
        return f"filters[{underscored[1]}]"
    while "[" in name and _LAST_BRACKET.search(name):
        name = _LAST_BRACKET.sub("", name)
    return name


def read(params: Iterable[Param], found: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the values of an endpoint's parameters by name; None where not given.

    What is sent empty is not given. Other plain parameters do no harm; a filter that
    we do not know would, since the list would not be narrowed by it.

    :raises ApiError: an unknown filter, one that is missing, or what cannot be read
    """
    params = tuple(params)
    _refuse_unknown(params, found)
    return {param.name: _value(param, found.get(param.name, ())) for param in params}


def _refuse_unknown(params: Sequence[Param], found: Iterable[str]) -> None:
    known = {param.name for param in params if param.is_filter}
    for name in found:
        if name.startswith("filters") and name not in known:
            there = ", ".join(sorted(known)) or "none"
            raise bad_request(f"Unknown filter {name[:100]}; there are: {there}", name)


def _value(param: Param, texts: Sequence[str]) -> Any:  # noqa: ANN401
    texts = [_unquoted(text) for text in texts]
    texts = [text for text in texts if text]
    if not texts:
        if param.required:
            raise bad_request(f"{param.name} is missing", param.name)
        return None
    if any(len(text) > _LONGEST for text in texts) and param.kind is not NUMBERS:
        raise bad_request(f"{param.name} is too long", param.name)
    try:
        return param.kind.read(texts)
    except (ValueError, OverflowError) as error:
        why = f"{param.name} cannot be read: {error}"
        raise bad_request(why, param.name) from None


def _unquoted(text: str) -> str:
    text = text.strip()
    inner = text[1:-1]
    if len(text) > 1 and text[0] == text[-1] in "\"'" and text[0] not in inner:
        return inner.strip()
    return text


def number(text: str) -> int:
    """Return a whole number of at most 64 bits; ValueError when it is none."""
    text = text.strip()
    if not _NUMBER.fullmatch(text) or int(text) > MAX_ID:
        raise ValueError(f"{text[:30]!r} is no whole number")
    return int(text)


def whole(value: Any) -> int:  # noqa: ANN401
    """Return a whole number of JSON: ``252``, ``252.0`` (JSON Schema has it so), "252".

    :raises ValueError, TypeError: it is none
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise TypeError("it is no whole number")
    return number(str(value))


def boolean(text: str) -> bool:
    """Return what ``true``, ``False``, ``1`` and the like say."""
    word = text.strip().lower()
    if word in ("true", "1", "t", "yes"):
        return True
    if word in ("false", "0", "f", "no"):
        return False
    raise ValueError(f"{text[:30]!r} is neither true nor false")


def day(text: str) -> date:
    """Return a date; ValueError when there is no such day."""
    text = _unquoted(text)
    if not _DATE.fullmatch(text):
        raise ValueError(f"{text[:30]!r} is no date like 2026-05-11")
    return date.fromisoformat(text)


def _numbers(texts: Sequence[str]) -> tuple[int, ...]:
    items = [item for text in texts for item in _listed(text)]
    if len(items) > MOST_VALUES:
        raise ValueError(f"there are more than {MOST_VALUES:,}")
    return tuple(dict.fromkeys(number(item) for item in items))


def _listed(text: str) -> list[str]:
    """Return the items of ``1,2`` or of ``[1, 2]``."""
    inner = text.strip().removeprefix("[").removesuffix("]")
    return [_unquoted(item) for item in inner.split(",") if item.strip()]


def _number_ranges(texts: Sequence[str]) -> tuple[tuple[int, int], ...]:
    items = [item for text in texts for item in _listed(text)]
    if len(items) > MOST_VALUES:
        raise ValueError(f"there are more than {MOST_VALUES:,}")
    return tuple(dict.fromkeys(_number_range(item) for item in items))


def _number_range(text: str) -> tuple[int, int]:
    first, dots, last = text.partition("...")
    return (number(first), number(last)) if dots else (number(first), number(first))


def _ends(texts: Sequence[str]) -> tuple[str, str]:
    """Return both ends of a range; an open one is ""."""
    if len(texts) == 2:
        return _unquoted(texts[0]), _unquoted(texts[1])
    if len(texts) > 1:
        raise ValueError("it is given more than once")
    first, dots, last = texts[0].partition("...")
    first, last = _unquoted(first), _unquoted(last)
    if not (first or last):
        raise ValueError("both ends are open")
    return (first, last) if dots else (first, first)


def _days(texts: Sequence[str]) -> Days:
    first, last = _ends(texts)
    return Days(_day_of(first), _day_of(last))


def _day_of(text: str) -> date | None:
    if not text:
        return None
    return _moment(text)[0].date() if "T" in text else day(text)


def _moments(texts: Sequence[str]) -> Moments:
    first, last = _ends(texts)
    return Moments(
        _moment(first)[0] if first else None, _moment(last)[1] if last else None
    )


def _moment(text: str) -> tuple[datetime, datetime]:
    """Return the first and the last second that a date or a moment stands for, UTC."""
    if _DATE.fullmatch(text):
        begin = datetime.combine(date.fromisoformat(text), time(), UTC)
        return begin, begin + timedelta(days=1, seconds=-1)
    found = _MOMENT.fullmatch(text)
    if not found:
        raise ValueError(f"{text[:40]!r} is no date and no time in UTC")
    begin = datetime.fromisoformat(f"{found[1]}T{found[2]}{_offset(found[4])}")
    begin = begin.astimezone(UTC)
    return begin, begin


def _offset(text: str | None) -> str:
    """Return an offset as Python reads it; a plus that came as a space is one."""
    if text in (None, "Z", "z"):
        return "+00:00"
    text = str(text)
    return "+" + text.strip() if text[0] not in "+-" else text


def choice(*words: str) -> Kind:
    """Return the kind of a parameter that is one of some words."""

    def chosen(texts: Sequence[str]) -> str:
        if texts[-1] not in words:
            raise ValueError(f"it is none of {', '.join(words)}")
        return texts[-1]

    return Kind(chosen, {"type": "string", "enum": list(words)})


def at_least(low: int) -> Kind:
    """Return the kind of a number that is not smaller."""

    def counted(texts: Sequence[str]) -> int:
        value = number(texts[-1])
        if value < low:
            raise ValueError(f"it is less than {low}")
        return value

    return Kind(counted, {"type": "integer", "minimum": low})


def _range_of(one: str, *examples: str) -> dict[str, Any]:
    """Return the schema of a range, or of a single value; more is understood."""
    pattern = rf"^({one}|{one}\.\.\.({one})?|\.\.\.{one})$"
    return {"type": "string", "pattern": pattern, "examples": list(examples)}


_A_DAY = "[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_A_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
NUMBER = Kind(lambda texts: number(texts[-1]), {"type": "integer", "minimum": 0})
NUMBERS = Kind(_numbers, {"type": "array", "items": {"type": "integer", "minimum": 0}})
NUMBER_RANGES = Kind(
    _number_ranges, {"type": "array", "items": {"type": "integer", "minimum": 0}}
)
BOOLEAN = Kind(lambda texts: boolean(texts[-1]), {"type": "boolean"})
DAY = Kind(lambda texts: day(texts[-1]), {"type": "string", "format": "date"})
DAYS = Kind(_days, _range_of(_A_DAY, "2026-05-01...2026-05-31", "2026-05-11"))
MOMENTS = Kind(
    _moments,
    _range_of(f"{_A_DAY}(T{_A_TIME})?", "2026-05-01T00:00:00Z...2026-05-31T23:59:59Z"),
)
TEXT = Kind(lambda texts: texts[-1], {"type": "string"})
TEXTS = Kind(
    lambda texts: tuple(dict.fromkeys(texts)),
    {"type": "array", "items": {"type": "string"}},
)
