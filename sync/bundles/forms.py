"""JSON as bundles have it: one form for one value, and nothing that hurts to read.

The form is that of RFC 8785 (keys sorted, no spaces, UTF-8, escaped is only what has to
be), but that fractions are as Python writes them: ``1e-07`` rather than ``1e-7``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

from archive.errors import InvalidInput

DEEPEST = 100  # levels; SQLite takes 1,000
LONGEST = 8 << 20  # bytes of one record
_LARGEST = 1 << 63  # what no column of an archive holds


def canonical(value: object) -> bytes:
    """Return the one form of a value, without a line end.

    :raises InvalidInput: it has none, or one that no reader would take
    """
    try:
        text = _encode(value).encode()
        parsed(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"a record cannot go into a bundle: {error}") from error
    return text


def parsed(text: bytes) -> Any:  # noqa: ANN401
    """Return the value of a JSON text.

    :raises ValueError: it is none, far too large, or holds what nobody of ours writes:
        halves of surrogate pairs, numbers that no database takes, levels without end
    """
    if len(text) > LONGEST:
        raise ValueError(f"it has {len(text)} bytes")
    try:
        found = _decode(text.decode())
        if b"\\u" in text:
            _encode(found).encode()  # a surrogate's half has no bytes
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    if text.count(b"[") + text.count(b"{") > DEEPEST and _depth(found) > DEEPEST:
        raise ValueError("it is nested too deep")
    return found


def _depth(value: object) -> int:
    """Return how many levels a value has."""
    depth, level = 0, [value]
    while level := [inner for one in level for inner in _inside(one)]:
        depth += 1
    return depth


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list) else ()


def _refuse(name: str) -> object:
    """JSON has no NaN and no Infinity (RFC 8259, 6), though Python reads them."""
    raise ValueError(f"it holds {name}")


def _fraction(text: str) -> float:
    found = float(text)
    return found if math.isfinite(found) else float(str(_refuse(text[:20])))


def _integer(text: str) -> int:
    found = int(text)
    if not -_LARGEST <= found < _LARGEST:
        raise ValueError(f"it holds a number of {len(text)} digits")
    return found


_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True
).encode
_decode = json.JSONDecoder(
    parse_float=_fraction, parse_int=_integer, parse_constant=_refuse
).decode
