"""Walking through time in windows, so that no search has to sort all that it found.

The index yields photos by number, people want them by date. Each window is a run of
days that tokens of the index cover; the first is one day, and they grow while they
yield little, so that a common word is answered from a few days and a rare one is not
asked for day by day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from archive.search.ranges import tokens

_SMALL_DAYS = 8  # days that are named one by one; wider windows are whole months
_ALL_TOKENS = 9_999 + 2 * (11 + 30)  # every year, and what sticks out at both ends


@dataclass(frozen=True, slots=True)
class Window:
    """A run of days, both included."""

    first: date
    last: date

    def tokens(self) -> list[str]:
        """Return the index's tokens for exactly these days."""
        found = tokens(self.first, self.last, year="y", most=_ALL_TOKENS)
        return found or []

    def halves(self, *, newest: bool) -> tuple[Window, Window]:
        """Cut it in two, the one to look at first first."""
        middle = self.first + (self.last - self.first) // 2
        early = Window(self.first, middle)
        late = Window(middle + timedelta(days=1), self.last)
        return (late, early) if newest else (early, late)


def windows(first: date, last: date, *, newest: bool) -> Iterator[Window]:
    """Yield windows from ``first`` to ``last``, in order, growing."""
    size = 1
    while first <= last:
        found = _newest(first, last, size) if newest else _oldest(first, last, size)
        yield found
        if newest:
            if found.first <= first:
                return
            last = found.first - timedelta(days=1)
        else:
            if found.last >= last:
                return
            first = found.last + timedelta(days=1)
        size *= 2


def _newest(first: date, last: date, size: int) -> Window:
    start = _back(last, size)
    if size > _SMALL_DAYS:
        start = start.replace(day=1)
    return Window(max(start, first), last)


def _oldest(first: date, last: date, size: int) -> Window:
    end = _forward(first, size)
    if size > _SMALL_DAYS:
        end = _month_end(end)
    return Window(first, min(end, last))


def _back(day: date, size: int) -> date:
    return day - timedelta(days=min(size - 1, (day - date.min).days))


def _forward(day: date, size: int) -> date:
    return day + timedelta(days=min(size - 1, (date.max - day).days))


def _month_end(day: date) -> date:
    if day.month == 12:
        return day.replace(day=31)
    return day.replace(month=day.month + 1, day=1) - timedelta(days=1)
