"""From the names in a search to the records they mean, as far as the viewer may see."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from difflib import get_close_matches

from archive.albums import UNCLASSIFIED_ID, UNCLASSIFIED_IN, list_albums
from archive.errors import InvalidInput, InvalidQuery
from archive.identity import name_key
from archive.locations import split_path
from archive.rights import Viewer, scope_condition
from archive.sqlite import sqlite3

_SUGGESTED = 3


def find_ids(
    connection: sqlite3.Connection, kind: str, value: str, who: Viewer
) -> list[int]:
    """Return the ids that a filter's value means.

    :param kind: ``album``, ``location``, ``trade``, ``by`` or ``camera``
    :raises InvalidQuery: nothing of that name that ``who`` may know of
    """
    return _FINDERS[kind](connection, value, who)


def _unknown(what: str, value: str, names: Iterable[str]) -> InvalidQuery:
    by_key = {name_key(name): name for name in names}
    near = get_close_matches(name_key(value), by_key, _SUGGESTED, 0.5)
    hint = f"; did you mean {', '.join(repr(by_key[k]) for k in near)}?" if near else ""
    return InvalidQuery(
        f"there is no {what} {value!r}{hint}",
        key=f"meant.{what}" if near else f"unknown.{what}",
        name=value,
        near=", ".join(by_key[k] for k in near),
    )


def _number(value: str) -> int | None:
    return (
        int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None
    )


def _named(connection: sqlite3.Connection, table: str, value: str) -> list[int]:
    """Ids by name, else by uuid or number (names are often numbers themselves)."""
    by_name = connection.execute(
        f"select id from {table} where name_key = ?", (name_key(value),)
    ).fetchall()
    rows = by_name or connection.execute(
        f"select id from {table} where uuid = ? or id = ?", (value, _number(value))
    )
    return [row[0] for row in rows]


def _album(connection: sqlite3.Connection, value: str, who: Viewer) -> list[int]:
    found = [
        number
        for number in _named(connection, "albums", value)
        if who.everything or _album_is_known(connection, number, who)
    ]
    if found:
        return found
    if name_key(value) in map(name_key, UNCLASSIFIED_IN.values()):
        return [UNCLASSIFIED_ID]  # as a page in that language calls it
    raise _unknown("album", value, (a.name for a in list_albums(connection, who)))


def _album_is_known(connection: sqlite3.Connection, number: int, who: Viewer) -> bool:
    """Public, or with something in it that the viewer may see."""
    row = connection.execute(
        f"""
        select private = 0 or exists (
            select 1 from facet_counts c where c.dimension = 'album'
                and c.location_id = 0 and c.value = a.id
                and {scope_condition(who, "c.scope")})
        from albums a where id = ?
        """,
        (number,),
    ).fetchone()
    return bool(row and row[0])


def _location(connection: sqlite3.Connection, value: str, who: Viewer) -> list[int]:
    del who  # the tree is no secret
    try:
        keys = [name_key(name) for name in split_path(value)]
    except InvalidInput as error:
        raise InvalidQuery(str(error), key=error.key, **error.values) from None
    found = _below(connection, keys)
    tops = _tops(connection, found, len(keys) - 1)
    if not found and len(keys) == 1:
        found = _named(connection, "locations", value)
    if not found:
        names = connection.execute("select distinct name from locations")
        raise _unknown("location", value, (row[0] for row in names))
    return tops or found


def _below(connection: sqlite3.Connection, keys: list[str]) -> list[int]:
    """Return the nodes at the ends of all paths of these names, wherever they begin."""
    rows = connection.execute("select id from locations where name_key = ?", keys[:1])
    found = [row[0] for row in rows]
    for key in keys[1:]:
        rows = connection.execute(
            """
            select l.id from json_each(?) j cross join locations l
            where ifnull(l.parent_id, 0) = j.value and l.name_key = ?
            """,
            (json.dumps(found), key),
        )
        found = [row[0] for row in rows]
    return found


def _tops(connection: sqlite3.Connection, found: list[int], depth: int) -> list[int]:
    """Return those of some nodes that have so many above them."""
    rows = connection.execute(
        """
        select t.descendant_id from json_each(?) j
        cross join location_tree t on t.descendant_id = j.value
        group by t.descendant_id having max(t.depth) = ?
        """,
        (json.dumps(found), depth),
    )
    return [row[0] for row in rows]


def _trade(connection: sqlite3.Connection, value: str, who: Viewer) -> list[int]:
    del who
    found = _named(connection, "trades", value)
    if not found:
        names = connection.execute("select name from trades")
        raise _unknown("trade", value, (row[0] for row in names))
    return found


def _by(connection: sqlite3.Connection, value: str, who: Viewer) -> list[int]:
    people = connection.execute("select id, uuid, name, login from people").fetchall()
    key = name_key(value)
    found = [p[0] for p in people if name_key(p[2]) == key]
    found = found or [p[0] for p in people if value == p[1]]
    # The logins of others are known to admins only, who also see the bin
    found = found or [
        p[0] for p in people if value == p[3] and (who.bin or p[0] == who.own)
    ]
    if not found:  # a first name will do
        found = [p[0] for p in people if key in name_key(p[2]).split()]
    if not found:
        raise _unknown("person", value, (p[2] for p in people))
    return found


def _camera(connection: sqlite3.Connection, value: str, who: Viewer) -> list[int]:
    """Cameras with all the words in their name, of photos that the viewer may see."""
    rows = connection.execute(
        f"""
        select id, name, name_key from cameras k where exists (
            select 1 from facet_counts c where c.dimension = 'camera'
                and c.location_id = 0 and c.value = k.id
                and ({scope_condition(who, "c.scope")}
                    or {scope_condition(who, "c.scope", recycled=True)}))
        """
    ).fetchall()
    key = name_key(value)
    found = [row[0] for row in rows if row[2] == key]
    found = found or [
        row[0] for row in rows if all(word in row[2] for word in key.split())
    ]
    if not found:
        raise _unknown("camera", value, (row[1] for row in rows))
    return found


_FINDERS: dict[str, Callable[[sqlite3.Connection, str, Viewer], list[int]]] = {
    "album": _album,
    "location": _location,
    "trade": _trade,
    "by": _by,
    "camera": _camera,
}
