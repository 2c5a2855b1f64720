"""What photos of a package belong to: people, albums, places, trades, made if missing.

What has the same uuid is the same; what has the same name, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from archive.albums import UNCLASSIFIED_ID
from archive.batches import Batch
from archive.errors import InvalidInput
from archive.identity import name_key
from archive.importing.package_records import (
    ALBUM,
    LOCATION,
    PERSON,
    TRADE,
    Record,
    Rule,
    checked,
)
from archive.ordering import key_between
from archive.sqlite import sqlite3

MOST = 1_000_000  # records in one list

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of a package, each record as it may be stored."""

    people: list[Values]
    albums: list[Values]
    locations: list[Values]
    trades: list[Values]


@dataclass(slots=True)
class Numbers:
    """The numbers here of what a package names by uuid."""

    people: dict[str, int] = field(default_factory=dict)
    albums: dict[str, int] = field(default_factory=dict)
    locations: dict[str, int] = field(default_factory=dict)
    trades: dict[str, int] = field(default_factory=dict)


def lists_of(project: Record) -> Lists:
    """Return the lists of a project.

    :raises InvalidInput: a record in them cannot be
    """
    return Lists(
        records(project, "people", PERSON),
        records(project, "albums", ALBUM),
        records(project, "locations", LOCATION),
        records(project, "trades", TRADE),
    )


def records(project: Record, name: str, rules: Mapping[str, Rule]) -> list[Values]:
    """Return one list of a project, checked."""
    found = project.get(name, [])
    if not isinstance(found, list) or len(found) > MOST:
        raise InvalidInput(f"project.json: {name} is no list")
    try:
        return [checked(record, rules) for record in found]
    except InvalidInput as error:
        raise InvalidInput(f"project.json: in {name}: {error}") from None


def find_or_add(connection: sqlite3.Connection, opened: Batch, lists: Lists) -> Numbers:
    """Return the number of each record, which is made if nothing like it is here."""
    numbers = Numbers()
    for record in lists.people:
        numbers.people[record["uuid"]] = _person(connection, opened, record)
    for record in lists.trades:
        numbers.trades[record["uuid"]] = _trade(connection, opened, record)
    for record in lists.locations:
        _location(connection, opened, record, numbers.locations)
    for record in lists.albums:
        numbers.albums[record["uuid"]] = _album(connection, opened, record)
    return numbers


def _person(connection: sqlite3.Connection, opened: Batch, record: Values) -> int:
    """A name: no login, no level. Only they themselves have their uuid."""
    return _find(connection, "people", "uuid = ?", [record["uuid"]]) or insert(
        connection,
        "people",
        {
            "uuid": record["uuid"],
            "name": record["name"],
            "level": "none",
            "created_at": opened.at,
        },
    )


def _trade(connection: sqlite3.Connection, opened: Batch, record: Values) -> int:
    key = name_key(record["name"])
    return (
        _find(connection, "trades", "uuid = ?", [record["uuid"]])
        or _find(connection, "trades", "name_key = ?", [key])
        or insert(
            connection,
            "trades",
            {
                "uuid": record["uuid"],
                "name": record["name"],
                "name_key": key,
                "active": record["active"],
                "created_at": opened.at,
                "updated_at": opened.at,
            },
        )
    )


def _location(
    connection: sqlite3.Connection,
    opened: Batch,
    record: Values,
    numbers: dict[str, int],
) -> None:
    uuid, above = record["uuid"], record["parent"]
    if above is not None and above not in numbers:
        raise InvalidInput(f"project.json: {record['name']!r} lies in no place")
    parent, key = numbers.get(above or ""), name_key(record["name"])
    same_name = "ifnull(parent_id, 0) = ? and name_key = ?"
    numbers[uuid] = (
        _find(connection, "locations", "uuid = ?", [uuid])
        or _find(connection, "locations", same_name, [parent or 0, key])
        or insert(
            connection,
            "locations",
            {
                "uuid": uuid,
                "parent_id": parent,
                "name": record["name"],
                "name_key": key,
                "created_at": opened.at,
                "updated_at": opened.at,
            },
        )
    )


def _album(connection: sqlite3.Connection, opened: Batch, record: Values) -> int:
    if record["unclassified"]:
        return UNCLASSIFIED_ID
    key, private = name_key(record["name"]), record["private"]
    same_name = "name_key = ? and private = ?"
    return (
        _find(connection, "albums", "uuid = ?", [record["uuid"]])
        or _find(connection, "albums", same_name, [key, private])
        or insert(
            connection,
            "albums",
            {
                "uuid": record["uuid"],
                "name": record["name"],
                "name_key": key,
                "position": _at_the_end(connection),
                "private": private,
                "created_at": opened.at,
                "updated_at": opened.at,
            },
        )
    )


def _at_the_end(connection: sqlite3.Connection) -> str:
    row = connection.execute("select max(position) from albums").fetchone()
    return key_between(row[0], None)


def _find(
    connection: sqlite3.Connection, table: str, condition: str, values: Iterable[object]
) -> int | None:
    row = connection.execute(
        f"select id from {table} where {condition}", tuple(values)
    ).fetchone()
    return int(row[0]) if row else None


def insert(connection: sqlite3.Connection, table: str, values: Values) -> int:
    """Add a row; returns its number."""
    columns, marks = ", ".join(values), ", ".join("?" * len(values))
    cursor = connection.execute(
        f"insert into {table} ({columns}) values ({marks})", tuple(values.values())
    )
    return int(cursor.lastrowid or 0)
