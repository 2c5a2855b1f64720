"""Whose originals are fetched, as it is said on the command line."""

from __future__ import annotations

from collections.abc import Callable

from archive.albums import UNCLASSIFIED_ID, find_album
from archive.errors import InvalidInput
from archive.locations import find_location
from archive.sqlite import sqlite3
from sync.planning import Selection
from sync.records import Fields

Wanted = Callable[[Fields], bool]


def chosen(connection: sqlite3.Connection, words: tuple[str, ...]) -> Selection:
    """Return a choice: what any of the words wants.

    :param words: "all", "none", "album=…", "location=…", "taken=A..B"; none: all
    :raises InvalidInput: a word that cannot be
    :raises NotFound: no such album or location
    """
    if not words or "all" in words:
        return Selection()
    wanted = [_wanted(connection, word) for word in words if word != "none"]
    return Selection(wants=lambda fields: any(want(fields) for want in wanted))


def _wanted(connection: sqlite3.Connection, word: str) -> Wanted:
    key, _, value = word.partition("=")
    if value and key == "album":
        return _in_album(connection, value)
    if value and key == "location":
        places = _below(connection, value)
        return lambda fields: fields.get("location") in places
    first, dots, last = value.partition("..")
    if key == "taken" and dots and (first or last):
        return lambda fields: _is_between(fields.get("taken_at"), first, last)
    raise InvalidInput(
        f"{word!r} is none of all, none, album=NAME, location=PATH, taken=A..B"
    )


def _in_album(connection: sqlite3.Connection, name: str) -> Wanted:
    album = find_album(connection, name)
    # a photo in Unclassified refers to none (docs/sync.md)
    uuid = None if album.id == UNCLASSIFIED_ID else album.uuid
    return lambda fields: fields.get("album") == uuid


def _below(connection: sqlite3.Connection, path: str) -> frozenset[str]:
    """Return the uuids of a location and of all below it."""
    rows = connection.execute(
        """
        with recursive below(id) as (
            select ? union all
            select l.id from locations l join below b on l.parent_id = b.id)
        select uuid from locations where id in (select id from below)
        """,
        (find_location(connection, path).id,),
    )
    return frozenset(row[0] for row in rows)


def _is_between(taken_at: object, first: str, last: str) -> bool:
    """Whether a moment lies in a range of days, both included; either may be open."""
    if not isinstance(taken_at, str):
        return False
    day = taken_at[:10]
    return (not first or day >= first[:10]) and (not last or day <= last[:10])
