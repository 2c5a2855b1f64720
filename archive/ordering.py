"""Order as fractional keys: something can always be put between two others.

A key is text over the digits 0-9A-Za-z, read as the fraction after a point, compared
byte by byte, never ending in 0. Moving one album changes one row, and two laptops that
move different albums do not disturb each other.
"""

from __future__ import annotations

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BASE = len(DIGITS)


def key_between(before: str | None, after: str | None) -> str:
    """Return a key that sorts after ``before`` and before ``after``.

    :param before: None for the beginning
    :param after: None for the end
    :raises ValueError: when ``before`` does not sort before ``after``
    """
    if before is not None and after is not None and before >= after:
        raise ValueError(f"{before!r} does not sort before {after!r}")
    low, high = before or "", after
    common = _common(low, high) if high else 0
    if common and high:
        return high[:common] + key_between(low[common:] or None, high[common:])
    first = DIGITS.index(low[0]) if low else 0
    last = DIGITS.index(high[0]) if high else BASE
    if last - first > 1:
        return DIGITS[(first + last) // 2]
    if high and len(high) > 1:
        return high[0]
    return DIGITS[first] + key_between(low[1:] or None, None)


def _common(low: str, high: str) -> int:
    """Length of the common beginning, ``low`` read with zeros after its end."""
    length = 0
    while length < len(high) and (low[length : length + 1] or "0") == high[length]:
        length += 1
    return length
