"""How many requests the remote lets through, and when the next one may go.

Two windows (§6.2 of the API's contract): an hour, and ten seconds. Each answer tells of
the one that is nearer to its end, by three headers; nothing tells which one that is. So
both are kept: what the remote said last of each, less what was asked since; and what
was asked here within as many seconds, whatever it says. The smaller counts, so that no
window of either kind, sliding or fixed, is overdrawn.

Pure: times come in, in seconds since 1970 on this computer's clock. What is persisted
(``as_json``) holds across runs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sync.operations import Budget

HOUR, SPIKE = 3600.0, 10.0
_PARTS = 60  # into which a window is counted
_CAUTION_SECONDS = 600.0  # after a refusal, half of a window's limit (AIMD)
_ALONE_SECONDS = 60.0  # to wait after a refusal that says nothing
_LONGEST = 2 * HOUR  # what longer waits are taken for: a clock that is wrong

# How much of the hour has to be left for a request to go: the rest waits for what is
# more urgent. Nothing is kept back from what a person waits for.
_RESERVED = {
    Budget.NONE: 0.0,
    Budget.CHANGE: 0.05,
    Budget.CREATE: 0.1,
    Budget.DOWNLOAD: 0.2,
}


@dataclass(frozen=True, slots=True)
class Window:
    """One of the two windows.

    :param seconds: how long it is
    :param limit: requests in it, as last told; None: never told
    :param left: by the remote, less what was asked since; None: it is over
    :param ends: when ``left`` is the limit again
    :param careful_until: a refusal came as a surprise: half the limit until then
    :param spent: part of time (number of ``seconds / 60``): requests in it
    """

    seconds: float
    limit: int | None = None
    left: int | None = None
    ends: float = 0.0
    careful_until: float = 0.0
    spent: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Purse:
    """What is known of both windows."""

    hour: Window = Window(HOUR)
    spike: Window = Window(SPIKE)


EMPTY = Purse()


def delay(purse: Purse, now: float, why: Budget = Budget.NONE) -> float:
    """Return how many seconds a request has to wait; 0: it may go."""
    reserved = _RESERVED[why]
    return max(
        _delay(purse.hour, now, reserved),
        _delay(purse.spike, now, 0.0),
    )


def _delay(window: Window, now: float, reserved: float, count: int = 1) -> float:
    """Return how long ``count`` requests have to wait for this window."""
    limit = _limit(window, now)
    if limit is None:
        return _delay_by_remote(window, now, count)
    kept = min(math.floor(limit * reserved), limit - 1)
    theirs = _delay_by_remote(window, now, count + kept)
    return max(theirs, _delay_by_own(window, now, limit - kept - count))


def _delay_by_remote(window: Window, now: float, needed: int) -> float:
    if window.left is None or window.left >= needed or now >= window.ends:
        return 0.0
    return min(window.ends - now, _LONGEST)


def _delay_by_own(window: Window, now: float, room: int) -> float:
    """Return when at most ``room`` of what was asked here counts."""
    part = window.seconds / _PARTS
    counted = sum(count for _, count in _counted(window, now))
    for number, count in sorted(_counted(window, now)):
        if counted <= room:
            break
        counted -= count
        end = (number + 1) * part + window.seconds
        if counted <= room:
            return min(max(end - now, 0.0), _LONGEST)
    return 0.0


def _counted(window: Window, now: float) -> list[tuple[int, int]]:
    """Return the parts that are still within the window; none of a later clock."""
    part = window.seconds / _PARTS
    first = math.floor((now - window.seconds) / part)
    last = math.floor(now / part)
    return [(n, count) for n, count in window.spent.items() if first <= n <= last]


def _limit(window: Window, now: float) -> int | None:
    if window.limit is None or now >= window.careful_until:
        return window.limit
    return max(1, window.limit // 2)


def asked(purse: Purse, now: float) -> Purse:
    """Return what is known once a request goes."""
    return Purse(_spend(purse.hour, now), _spend(purse.spike, now))


def _spend(window: Window, now: float) -> Window:
    number = math.floor(now / (window.seconds / _PARTS))
    spent = dict(_counted(window, now))
    spent[number] = spent.get(number, 0) + 1
    over = now >= window.ends
    left = None if window.left is None or over else window.left - 1
    return replace(window, spent=spent, left=left)


def told(
    purse: Purse, headers: Mapping[str, str], now: float, clock: int | None = None
) -> Purse:
    """Return what is known after an answer.

    :param headers: names in lower case
    :param clock: the remote's, in seconds since 1970, by which it says when a window
        ends
    """
    limit = _number(headers.get("x-rate-limit-limit"))
    left = _number(headers.get("x-rate-limit-remaining"))
    reset = _number(headers.get("x-rate-limit-reset"))
    if limit is None or left is None or reset is None or limit < 1:
        return purse
    away = _seconds_to(reset, now, clock)
    if _is_spike(purse, limit, away):
        return replace(purse, spike=_heard(purse.spike, limit, left, now + away))
    return replace(purse, hour=_heard(purse.hour, limit, left, now + away))


def _seconds_to(reset: int, now: float, clock: int | None) -> float:
    """Return how far away a window's end is: told as a moment, by some as seconds."""
    if reset <= 2 * HOUR:
        return float(reset)
    away = reset - (now if clock is None else clock)
    return min(max(away, 0.0), HOUR)


def _is_spike(purse: Purse, limit: int, away: float) -> bool:
    """Whether it is the short window that is told of.

    Near the end of an hour only the limit tells them apart.
    """
    if away > 2 * SPIKE:
        return False
    if limit in (purse.hour.limit, purse.spike.limit):
        return limit == purse.spike.limit
    return purse.hour.limit is None or limit < purse.hour.limit


def _heard(window: Window, limit: int, left: int, ends: float) -> Window:
    return replace(window, limit=limit, left=max(0, left), ends=ends)


def refused(
    purse: Purse, headers: Mapping[str, str], now: float, clock: int | None = None
) -> tuple[Purse, float]:
    """Return what is known after a 429, and how many seconds to wait.

    :param headers: names in lower case; with or without ``Retry-After``
    """
    purse = told(purse, headers, now, clock)
    wait = retry_after(headers, now, clock)
    reset = _number(headers.get("x-rate-limit-reset"))
    if wait is None and reset is not None:
        wait = _seconds_to(reset, now, clock)
    if wait is None:
        wait = _ALONE_SECONDS
    wait = max(wait, 1.0)
    short = wait <= 2 * SPIKE
    window = purse.spike if short else purse.hour
    careful = replace(
        window,
        left=0,
        ends=max(window.ends, now + wait),
        careful_until=now + wait + _CAUTION_SECONDS,
    )
    purse = replace(purse, spike=careful) if short else replace(purse, hour=careful)
    return purse, wait


def retry_after(
    headers: Mapping[str, str], now: float, clock: int | None = None
) -> float | None:
    """Return what ``Retry-After`` says, in seconds; None: nothing that can be."""
    said = headers.get("retry-after", "").strip()
    seconds = _number(said)
    if seconds is None and said:
        from sync.driving.reading import read_clock

        moment = read_clock(said)
        if moment is not None:
            seconds = max(0, round(moment - (now if clock is None else clock)))
    return None if seconds is None else min(float(seconds), _LONGEST)


def eta(
    purse: Purse, requests: int, now: float, why: Budget = Budget.DOWNLOAD
) -> float:
    """Return in how many seconds so many requests can have gone, at the soonest."""
    return max(
        _eta(purse.hour, requests, now, _RESERVED[why]),
        _eta(purse.spike, requests, now, 0.0),
    )


def _eta(window: Window, requests: int, now: float, reserved: float) -> float:
    limit = _limit(window, now)
    if limit is None or requests <= 0:
        return 0.0
    whole = max(1, limit - math.floor(limit * reserved))
    windows, rest = divmod(requests - 1, whole)
    return windows * window.seconds + _delay(window, now, reserved, rest + 1)


def as_json(purse: Purse) -> dict[str, Any]:
    """Return what is kept from run to run."""
    return {"hour": _kept(purse.hour), "spike": _kept(purse.spike)}


def _kept(window: Window) -> dict[str, Any]:
    return {
        "limit": window.limit,
        "left": window.left,
        "ends": window.ends,
        "careful_until": window.careful_until,
        "spent": [[number, count] for number, count in sorted(window.spent.items())],
    }


def from_json(kept: object) -> Purse:
    """Return what was kept; ``EMPTY``, where that makes no sense."""
    try:
        return Purse(_window(kept, "hour", HOUR), _window(kept, "spike", SPIKE))
    except (KeyError, TypeError, ValueError, OverflowError):
        return EMPTY


def _window(kept: Any, name: str, seconds: float) -> Window:  # noqa: ANN401 - of JSON
    found = kept[name]
    limit, left = found["limit"], found["left"]
    return Window(
        seconds,
        None if limit is None else max(1, int(limit)),
        None if left is None else int(left),
        float(found["ends"]),
        float(found["careful_until"]),
        {int(number): int(count) for number, count in found["spent"]},
    )


def _number(text: str | None) -> int | None:
    try:
        return int(float(text)) if text else None
    except (ValueError, OverflowError):
        return None
