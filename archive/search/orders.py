"""The orders of a listing, and cursors: where in one a page ended."""

from __future__ import annotations

import base64
import json
from typing import Any

from archive.errors import InvalidInput
from archive.photos import Photo

# order: (column of photos, direction)
ORDERS = {
    "newest": ("sorted_at", "desc"),
    "oldest": ("sorted_at", "asc"),
    "uploaded": ("uploaded_at", "desc"),
    "name": ("filename", "asc"),
    "relevance": ("rank", "asc"),
}

Key = tuple[Any, int]  # value of the order's column, id


def cursor_at(photo: Photo, order: str = "newest") -> str:
    """Return what to give as ``after`` for what follows this photo in an order.

    :raises InvalidInput: an unknown order, or relevance, which no photo has by itself
    """
    keys = {
        "newest": photo.shown_at,
        "oldest": photo.shown_at,
        "uploaded": photo.uploaded_at,
        "name": photo.filename,
    }
    if order not in keys:
        raise InvalidInput(f"no photo has its place in the order {order!r}")
    return write_cursor(order, (keys[order], photo.id))


def write_cursor(order: str, key: Key) -> str:
    """Return the cursor of a page of this order that ends with this key."""
    text = json.dumps([order, *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str | None, order: str, *, named: str = "") -> Key | None:
    """Return the key in a cursor.

    :param named: another order whose name the cursor may bear
    :raises InvalidInput: not a cursor, or one of another order
    """
    if text is None:
        return None
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        found, value, number = json.loads(
            base64.b64decode(padded, b"-_", validate=True)
        )
        str(value).encode()  # half a surrogate pair is no text
    except (ValueError, TypeError):
        raise InvalidInput("'after' is not the end of a page of this search") from None
    kind = float if found == "relevance" else str
    whole = isinstance(value, kind) and type(number) is int and abs(number) < 2**63
    if not whole or found not in ORDERS:
        raise InvalidInput("'after' is not the end of a page of this search")
    if found != order and not {found, order, named} >= {"newest", "relevance"}:
        raise InvalidInput(f"'after' is the end of a page in another order, {found}")
    return value, number
