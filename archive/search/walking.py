"""Looking for photos window by window through time (windows.py)."""

from __future__ import annotations

from datetime import date, timedelta

from archive.errors import InvalidInput
from archive.search.compiling import days_held
from archive.search.keys import Ask, from_numbers, from_words, numbers
from archive.search.matching import both, refs, without
from archive.search.orders import Key
from archive.search.windows import Window, grown, next_window

_MOST_IN_WINDOW = 2_000  # hits in a window before it is cut in two


def walk(ask: Ask, count: int) -> list[Key]:
    """Collect keys window by window until there are enough."""
    first, last = days_to_walk(ask)
    found: list[Key] = []
    size = 1
    while first <= last and len(found) < count:
        window = next_window(first, last, size, newest=ask.newest)
        missing = count - len(found)
        keys = _in_window(ask, window, missing)
        found += keys
        if window == Window(first, last):  # beside it may be no day that can be named
            break
        size = grown(size, len(keys), missing - len(keys))
        if ask.newest:
            last = window.first - timedelta(days=1)
        else:
            first = window.last + timedelta(days=1)
    return found


def _in_window(ask: Ask, window: Window, count: int) -> list[Key]:
    """Collect keys of a window, in pieces when it holds too many to sort."""
    wanted = both([*ask.plan.timeless(), refs(window.tokens())])
    expression = without(wanted, ask.plan.barred)
    most = _MOST_IN_WINDOW
    if window.first == window.last:
        return from_words(ask, expression, count)
    numbered = numbers(ask.connection, expression, most + 1)
    if len(numbered) <= most:
        return from_numbers(ask, numbered, count)
    found: list[Key] = []
    for half in window.halves(newest=ask.newest):
        if len(found) < count:
            found += _in_window(ask, half, count - len(found))
    return found


def days_to_walk(ask: Ask) -> tuple[date, date]:
    """Return the first and the last day on which anything of a page can be.

    :raises InvalidInput: it begins after what is no time
    """
    plan = ask.plan
    first, last = days_held(ask.connection, plan)
    if plan.low is not None:
        first = max(first, date.fromisoformat(plan.low[:10]))
    if plan.high is not None:
        last = min(last, date.fromisoformat(plan.high[:10]))
    if ask.start is None:
        return first, last
    day = _day(ask.start[0])
    return (first, min(last, day)) if ask.newest else (max(first, day), last)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise InvalidInput("'after' is not the end of a page of this search") from None
