"""The sections of a timeline: days, weeks or months, and photos whose date is unknown.

Pure: knows no SQL. A section's key is ``2026-05-11``, ``2026-W19`` or ``2026-05``; with
``-undated`` behind it, it holds the photos of that time of which no date is known: it
is when they were imported.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from archive.errors import InvalidInput

BY = ("day", "week", "month")
UNDATED = "-undated"
_KEY = re.compile(
    r"(?P<year>\d{4})-(?:W(?P<week>\d\d)|(?P<month>\d\d)(?:-(?P<day>\d\d))?)"
    rf"(?P<undated>{UNDATED})?"
)


@dataclass(frozen=True, slots=True)
class Day:
    """What there is of one day.

    :param dated: False: of the day of import, no date is known
    :param width: sum of the tiles' widths at a height of 1000
    """

    day: str
    dated: bool
    photos: int
    width: int


@dataclass(frozen=True, slots=True)
class Section:
    """Photos that stand together; ``width`` as in ``Day``."""

    key: str
    photos: int
    width: int


@dataclass(frozen=True, slots=True)
class Span:
    """What a key means: days, the last one included.

    :param by: one of ``BY``
    """

    by: str
    first: date
    last: date
    dated: bool


def key_of(day: str, by: str, *, dated: bool) -> str:
    """Return the key of the section that a day (``YYYY-MM-DD``) is in."""
    key = day
    if by == "month":
        key = day[:7]
    elif by == "week":
        year, week, _ = date.fromisoformat(day).isocalendar()
        key = f"{year:04d}-W{week:02d}"
    return key if dated else key + UNDATED


def span_of(key: str) -> Span:
    """Return the days of a section.

    :raises InvalidInput: no such section can be
    """
    found = _KEY.fullmatch(key)
    if not found:
        raise InvalidInput(f"{key!r} is no section of a timeline")
    try:
        return Span(*_days(found), dated=not found["undated"])
    except (ValueError, OverflowError):
        raise InvalidInput(f"{key!r} is a time that never was") from None


def _days(found: re.Match[str]) -> tuple[str, date, date]:
    year = int(found["year"])
    if found["week"]:
        monday = date.fromisocalendar(year, int(found["week"]), 1)
        return "week", monday, monday + min(timedelta(days=6), date.max - monday)
    month = int(found["month"])
    if found["day"]:
        day = date(year, month, int(found["day"]))
        return "day", day, day
    first = date(year, month, 1)
    return "month", first, first.replace(day=monthrange(year, month)[1])


def grouped(days: Iterable[Day], by: str, *, newest: bool) -> tuple[Section, ...]:
    """Return the sections of these days, in their order.

    Of one time, those with a date come first.
    """
    sums: dict[tuple[str, bool], tuple[int, int]] = {}
    for one in days:
        key = key_of(one.day, by, dated=True), not one.dated
        photos, width = sums.get(key, (0, 0))
        sums[key] = photos + one.photos, width + one.width
    ordered = sorted(sorted(sums), key=lambda key: key[0], reverse=newest)
    return tuple(
        Section(key + UNDATED * undated, *sums[key, undated])
        for key, undated in ordered
    )
