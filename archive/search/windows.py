"""Walking through time in windows, so that no search has to sort all that it found.

The index yields photos by number, people want them by date. Each window is a run of
days that tokens of the index cover; the first is one day, and they grow while they
yield little, so that a common word is answered from a few days and a rare one is not
asked for day by day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from archive.search.ranges import tokens

_GROWTH = 4  # a window that turns out too rich is cut, so they may grow fast
MARGIN = 1.25  # a little more than seems needed, so that no further window is
_SMALL_DAYS = 31  # days that are named one by one; wider windows are whole months
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


def next_window(first: date, last: date, size: int, *, newest: bool) -> Window:
    """Return the window to look at next: about ``size`` of the days left."""
    return _newest(first, last, size) if newest else _oldest(first, last, size)


def grown(size: int, found: int, missing: int) -> int:
    """Return how many days to look at next, going by what the last ones held."""
    if not found:
        return size * _GROWTH
    return max(1, min(size * _GROWTH, ceil(size * missing * MARGIN / found)))


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
