"""Spans of time as people write them, and the index's tokens that cover them.

``2026``, ``2026-03``, ``2026-03-09``, ``2026-03-09T14:05``, and two of these with
``..`` between, either of which may be left out. A span includes the whole of its last
part.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from archive.errors import InvalidQuery

_PART = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?)?)?")
_EXAMPLE = "write it as 2026, 2026-03, 2026-03-09, 2026-03..2026-05 or ..2026-05"
_MOST_TOKENS = 80  # beyond it a span is so wide that its tokens sift out little


@dataclass(frozen=True, slots=True)
class Span:
    """From ``low`` up to but without ``high``, as text that sorts like the columns.

    :param low: ``YYYY-MM-DD[THH:MM[:SS]]``; None: open
    """

    low: str | None
    high: str | None

    def exact(self) -> bool:
        """Whether it begins and ends with whole days."""
        return all(end is None or len(end) == 10 for end in (self.low, self.high))


def parse_span(text: str) -> Span:
    """Return the span that a text means.

    :raises InvalidQuery: not one, a date that never was, or its end before its start
    """
    first, dots, second = text.partition("..")
    if not dots:
        return Span(*_part(text))
    if not first and not second:
        raise InvalidQuery(
            f"{text!r} has neither start nor end; {_EXAMPLE}", key="span", text=text
        )
    low = _part(first)[0] if first else None
    high = _part(second)[1] if second else None
    if low is not None and high is not None and low >= high:
        raise InvalidQuery(
            f"{text!r} ends before it begins", key="span_backwards", text=text
        )
    return Span(low, high)


def _part(text: str) -> tuple[str, str | None]:
    """Return where one part of a span begins, and where what follows it begins."""
    found = _PART.fullmatch(text)
    if not found:
        raise InvalidQuery(f"{text!r} is not a date; {_EXAMPLE}", key="span", text=text)
    year, month, day, hour, minute, second = (
        int(n) if n else None for n in found.groups()
    )
    try:
        start = datetime(  # noqa: DTZ001 - local, as the columns are
            year or 0, month or 1, day or 1, hour or 0, minute or 0, second or 0
        )
    except ValueError:
        raise InvalidQuery(
            f"{text!r} is a date that does not exist", key="never_was", text=text
        ) from None
    if hour is not None:
        step = timedelta(minutes=1) if second is None else timedelta(seconds=1)
        return start.isoformat(), _text(start, step)
    whole = start.date().isoformat()
    if day is not None:
        return whole, (_text(start, timedelta(days=1)) or "")[:10] or None
    if month is None or month == 12:
        return whole, f"{start.year + 1:04d}-01-01" if start.year < 9999 else None
    return whole, f"{start.year:04d}-{month + 1:02d}-01"


def _text(start: datetime, step: timedelta) -> str | None:
    try:
        return (start + step).isoformat()
    except OverflowError:  # the end of the year 9999
        return None


def tokens(
    first: date,
    last: date,
    *,
    year: str = "",
    month: str = "m",
    day: str = "d",
    most: int = _MOST_TOKENS,
) -> list[str] | None:
    """Return tokens of the index that cover exactly these days, both included.

    :param year: what the year tokens begin with; "": there are none
    :returns: None when they would be too many
    """
    found: list[str] = []
    while first <= last and len(found) <= most:
        digits = first.isoformat().replace("-", "")  # %Y has no zeros before 999
        if year and first == _year_start(first) and _year_end(first) <= last:
            token, end = f"{year}{digits[:4]}", _year_end(first)
        elif first.day == 1 and _month_end(first) <= last:
            token, end = f"{month}{digits[:6]}", _month_end(first)
        else:
            token, end = f"{day}{digits}", first
        found.append(token)
        if end == date.max:
            break
        first = end + timedelta(days=1)
    return found if len(found) <= most else None


def _year_start(day: date) -> date:
    return day.replace(month=1, day=1)


def _year_end(day: date) -> date:
    return day.replace(month=12, day=31)


def _month_end(day: date) -> date:
    following = day.replace(day=28) + timedelta(days=4) if day.month < 12 else None
    if following is None:
        return day.replace(day=31)
    return following.replace(day=1) - timedelta(days=1)


def days_of(span: Span, first: date, last: date) -> tuple[date, date]:
    """Return the first and last day that a span touches, of those that there are."""
    low = date.fromisoformat(span.low[:10]) if span.low else first
    if span.high is None:
        return max(low, first), last
    high = date.fromisoformat(span.high[:10])
    if len(span.high) == 10 or span.high.endswith("T00:00:00"):
        high = high - timedelta(days=1) if high > date.min else high
    return max(low, first), min(high, last)
