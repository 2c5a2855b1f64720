"""What records are called, for people: names in the place of uuids."""

from __future__ import annotations

from typing import Any

from archive.sqlite import sqlite3

_TABLES = {
    "photo": ("photos", "filename"),
    "album": ("albums", "name"),
    "location": ("locations", "name"),
    "trade": ("trades", "name"),
    "comment": ("comments", "body"),
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
        f"select {column}, id from {table} where uuid = ?", (uuid,)
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
    if isinstance(value, list):
        return ", ".join(shown(connection, field, one) for one in value)
    if field in _REFERS and isinstance(value, str):
        return name_of(connection, _REFERS[field], value)[0] or value
    return str(value)
