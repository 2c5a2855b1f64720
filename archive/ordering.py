"""Order as fractional keys: something can always be put between two others.

A key is text over the digits 0-9A-Za-z, read as the fraction after a point, compared
byte by byte, never ending in 0. Moving one album changes one row, and two laptops that
move different albums do not disturb each other.
"""

from __future__ import annotations

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BASE = len(DIGITS)
_LAST = DIGITS[-1]


def key_between(before: str | None, after: str | None) -> str:
    """Return a key that sorts after ``before`` and before ``after``.

    At either end it steps by one digit instead of halving what is left: most albums
    are added at an end, and so keys grow by one digit for every 60 of them.

    :param before: None for the beginning
    :param after: None for the end
    :raises ValueError: when ``before`` does not sort before ``after``
    """
    if before is not None and after is not None:
        if before >= after:
            raise ValueError(f"{before!r} does not sort before {after!r}")
        return _between(before, after)
    if before is not None:
        return _next(before)
    return _previous(after) if after is not None else DIGITS[BASE // 2]


def _next(key: str) -> str:
    full = len(key) - len(key.lstrip(_LAST))
    if full == len(key):
        return key + DIGITS[1]
    return key[:full] + DIGITS[DIGITS.index(key[full]) + 1]


def _previous(key: str) -> str:
    rest = key.lstrip(DIGITS[0])
    zeros = key[: len(key) - len(rest)]
    first = DIGITS.index(rest[0])
    if first > 1:
        return zeros + DIGITS[first - 1]
    return zeros + (DIGITS[1] if len(rest) > 1 else DIGITS[0] + _LAST)


def _between(low: str, high: str | None) -> str:
    """Return a key between two; ``high`` None stands for 1, ``low`` "" for 0."""
    common = _common(low, high) if high else 0
    if common and high:
        return high[:common] + _between(low[common:], high[common:])
    first = DIGITS.index(low[0]) if low else 0
    last = DIGITS.index(high[0]) if high else BASE
    if last - first > 1:
        return DIGITS[(first + last) // 2]
    if high and len(high) > 1:
        return high[0]
    return DIGITS[first] + _between(low[1:], None)


def _common(low: str, high: str) -> int:
    """Length of the common beginning, ``low`` read with zeros after its end."""
    length = 0
    while length < len(high) and (low[length : length + 1] or "0") == high[length]:
        length += 1
    return length


def spread(count: int) -> list[str]:
    """Return that many keys in order, as short as they can be."""
    keys: list[str] = []
    for _ in range(count):
        keys.append(_next(keys[-1]) if keys else DIGITS[1])
    return keys
