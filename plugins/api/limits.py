"""How often a program may ask: so many requests in each window (contract 6.2).

A window begins with the first request in it and is counted in memory: starting anew
forgets it. Who has a token is counted by program and person, whatever the token: a new
one is no new budget. A request that fails counts, too.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from archive.errors import InvalidInput
from plugins.access import Access
from plugins.actors import Actor
from plugins.compat import Datasette, Response, Scope

MOST = 10_000  # who is counted; the one who asked longest ago makes room
_UNITS = {"s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60}
_UNITS |= {"h": 3600, "hour": 3600}
_RATE = re.compile(r"([0-9]{1,9})/([0-9]{0,5})([a-z]+)", re.ASCII)
# Told where nothing is limited: some clients wait when they are told nothing (10.3).
_NOMINAL = 1_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in so many seconds."""

    most: int
    seconds: int


DEFAULT = (Rate(3600, 3600), Rate(60, 10))


@dataclass(slots=True)
class Window:
    """A window of time.

    :param ends: seconds on the clock that counts
    """

    ends: float
    used: int = 0


@dataclass(frozen=True, slots=True)
class Limit:
    """What is left of the window that is closest to its end.

    :param headers: for every answer
    """

    exceeded: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


Counts = OrderedDict[str, dict[Rate, Window]]
_counts: WeakKeyDictionary[Datasette, Counts] = WeakKeyDictionary()


def parse(text: str) -> tuple[Rate, ...]:
    """Read ``3600/hour,60/10s``; ``off`` is no limit.

    :raises InvalidInput: it says no rate
    """
    if text.strip().lower() == "off":
        return ()
    return tuple(_rate(part.strip().lower()) for part in text.split(","))


def _rate(text: str) -> Rate:
    found = _RATE.fullmatch(text)
    unit = _UNITS.get(found[3].removesuffix("s") or "s") if found else None
    seconds = int(found[2] or 1) * unit if found and unit else 0
    if not found or not seconds or not int(found[1]):
        raise InvalidInput(f"{text!r} is no rate like 3600/hour or 60/10s; or off")
    return Rate(int(found[1]), seconds)


def as_config(rates: Iterable[Rate]) -> list[list[int]]:
    """Return rates as the plugin's configuration holds them."""
    return [[rate.most, rate.seconds] for rate in rates]


def rates_of(datasette: Datasette) -> tuple[Rate, ...]:
    """Return the rates that hold: by default none where only the owner comes."""
    found = (datasette.plugin_config("asbuilt") or {}).get("rates")
    if found is None:
        return () if Access.of(datasette).owner else DEFAULT
    return tuple({Rate(most, seconds): None for most, seconds in found})


async def spent(datasette: Datasette, scope: Scope, actor: Actor | None) -> Limit:
    """Count one request of a program; of one without a token, by its address."""
    if actor is None:
        return count(datasette, f"from {(scope.get('client') or ('',))[0]}")
    return count(datasette, f"{actor.get('client', '')} {actor['id']}")


def count(datasette: Datasette, key: str) -> Limit:
    """Count one request.

    :param key: whose
    """
    rates = rates_of(datasette)
    counts = _counts.setdefault(datasette, OrderedDict())
    now = time.monotonic()
    if not rates:
        return Limit(headers=_headers(_NOMINAL, _NOMINAL, 3600))
    windows = counts.pop(key, {})
    counts[key] = {rate: _counted(windows.get(rate), rate, now) for rate in rates}
    if len(counts) > MOST:
        counts.popitem(last=False)
    return _limit(counts[key], now)


def _counted(window: Window | None, rate: Rate, now: float) -> Window:
    """Count one request in a window, or in the next one when that is over."""
    if window is None or window.ends <= now:
        window = Window(now + rate.seconds)
    window.used += 1
    return window


def _limit(windows: Mapping[Rate, Window], now: float) -> Limit:
    """Tell of the window of which the least is left; of two, of the longer one."""
    left = {rate: rate.most - window.used for rate, window in windows.items()}
    rate = min(left, key=lambda r: (max(left[r], -1), -windows[r].ends))
    wait = max(1, -int(-(windows[rate].ends - now) // 1))
    headers = _headers(rate.most, max(0, left[rate]), wait)
    if left[rate] >= 0:
        return Limit(headers=headers)
    return Limit(exceeded=True, headers={**headers, "retry-after": str(wait)})


def _headers(most: int, left: int, wait: int) -> dict[str, str]:
    return {
        "x-rate-limit-limit": str(most),
        "x-rate-limit-remaining": str(left),
        "x-rate-limit-reset": str(int(time.time()) + wait),
    }


def refusal(limit: Limit) -> Response:
    """Answer 429."""
    wait = limit.headers.get("retry-after", "1")
    sentence = f"Too many requests; ask again in {wait} seconds"
    body: dict[str, Any] = {"errors": [sentence], "message": sentence, "code": 429}
    headers = {**limit.headers, "cache-control": "no-store"}
    return Response.json(body, status=429, headers=headers)
