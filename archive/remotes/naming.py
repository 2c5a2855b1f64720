"""What records are called, for people: names in the place of uuids."""

from __future__ import annotations

from typing import Any

from archive.markup_shapes import UNIT
from archive.sqlite import sqlite3

_TABLES = {
    "photo": ("photos x", "filename"),
    "album": ("albums x", "name"),
    "location": ("locations x", "name"),
    "trade": ("trades x", "name"),
    "comment": ("comments x", "body"),
    "markup": (
        "markups x join photos p on p.id = x.photo_id",
        "p.filename || ': ' || iif(x.text <> '', x.text, x.kind)",
    ),
}
_REFERS = {
    "album": "album",
    "location": "location",
    "parent": "location",
    "trades": "trade",
    "cover": "photo",
}


def name_of(
    connection: sqlite3.Connection, kind: str, uuid: str
) -> tuple[str, int | None]:
    """Return what a record is called here, and its id; "" and None: it is not here."""
    table, column = _TABLES[kind]
    row = connection.execute(
        f"select {column}, x.id from {table} where x.uuid = ?", (uuid,)
    ).fetchone()
    if row is None and kind == "photo":
        row = connection.execute(
            "select filename, null from tombstones where uuid = ?", (uuid,)
        ).fetchone()
    return (str(row[0]), row[1]) if row else ("", None)


def shown(connection: sqlite3.Connection, field: str, value: Any) -> str:  # noqa: ANN401
    """Return a value of a conflict for a person."""
    if value is None:
        return ""
    if field == "shape":
        return _drawn(*value)
    if isinstance(value, list):
        return ", ".join(shown(connection, field, one) for one in value)
    if field in _REFERS and isinstance(value, str):
        return name_of(connection, _REFERS[field], value)[0] or value
    return str(value)


def _drawn(kind: str, points: list[list[int]]) -> str:
    """Say where a shape begins and ends, in parts of the picture."""
    ends = (", ".join(f"{n * 100 / UNIT:.1f} %" for n in points[at]) for at in (0, -1))
    many = f" ({len(points)})" if kind == "pen" else ""
    return f"{kind}{many}: {' → '.join(ends)}"
