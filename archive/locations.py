"""Locations: a tree of places, shown as ``Building>Floor>Room``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from archive.batches import Batch, permit
from archive.errors import Conflict, InvalidInput, NotFound
from archive.identity import as_id, clean_name, name_key, new_uuid
from archive.people import Person
from archive.rights import Viewer, require, scope_condition
from archive.settings import get_setting
from archive.sqlite import sqlite3

SEPARATOR = ">"
# Each tier is kept with all above it, so a path costs the square of its tiers. What the
# remote or another laptop has deeper is taken as it is.
MAX_TIERS = 20

# The path of a location as one text, for a query in which l is the location
PATH_SQL = r"""(
    select group_concat(name, '>') from (
        select replace(above.name, '>', '\>') as name from location_tree t
        join locations above on above.id = t.ancestor_id
        where t.descendant_id = l.id order by t.depth desc))"""


@dataclass(frozen=True, slots=True)
class Location:
    """A node of the tree.

    :param path: names from the top down, joined with ``>``
    :param photos: in it and below it, as the viewer may see; None when nobody asked
    """

    id: int
    uuid: str
    parent_id: int | None
    name: str
    path: str
    photos: int | None = None
    created_at: str = ""
    updated_at: str = ""


def split_path(path: str) -> list[str]:
    r"""Return the names in ``Building>Floor>Room``; ``\>`` stands for a real ``>``.

    :raises InvalidInput: an empty name in it
    """
    if "\0" in path:
        raise InvalidInput(
            "the name of the location has control characters in it",
            key="name_control",
            what="location",
        )
    names = path.replace("\\>", "\0").split(SEPARATOR)
    return [clean_name(name.replace("\0", SEPARATOR), "location") for name in names]


def join_path(names: Iterable[str]) -> str:
    r"""Return the path of names from the top down, as ``split_path`` reads it."""
    return SEPARATOR.join(name.replace(SEPARATOR, f"\\{SEPARATOR}") for name in names)


def list_locations(
    connection: sqlite3.Connection, who: Viewer | None
) -> list[Location]:
    """Return the whole tree, parents before children, siblings by name."""
    if who is None:
        return []
    rows = connection.execute(
        f"""
        select l.id, l.uuid, l.parent_id, l.name, {PATH_SQL}, coalesce((
            select sum(c.photos) from facet_counts c
            where c.dimension = 'all' and c.location_id = l.id
                and {scope_condition(who, "c.scope")}), 0),
            l.created_at, l.updated_at
        from locations l
        """
    )
    return sorted((Location(*row) for row in rows), key=_tree_order)


def _tree_order(location: Location) -> list[list[tuple[int, str]]]:
    return [_natural(name_key(name)) for name in split_path(location.path)]


def _natural(name: str) -> list[tuple[int, str]]:
    """Return what sorts ``Level 2`` before ``Level 10``: numbers by their value."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return [(int(p), "") if p[0] in "0123456789" else (-1, p) for p in parts]


def find_location(connection: sqlite3.Connection, which: int | str) -> Location:
    """Return a location by path, uuid or id.

    :raises NotFound: no such location
    """
    text = str(which)
    row = connection.execute(
        "select id from locations where uuid = ? or id = ?", (text, as_id(text))
    ).fetchone()
    found = _walk(connection, text) or (row[0] if row else None)
    if found is None:
        raise NotFound(f"there is no location {text!r}", key="no_location", name=text)
    return get_location(connection, found)


def get_location(connection: sqlite3.Connection, number: int) -> Location:
    """Return a location by its id.

    :raises NotFound: no such location
    """
    row = connection.execute(
        f"""
        select l.id, l.uuid, l.parent_id, l.name, {PATH_SQL}, null,
            l.created_at, l.updated_at
        from locations l where l.id = ?
        """,
        (as_id(number),),
    ).fetchone()
    if row is None:
        raise NotFound(f"there is no location {number}", key="no_location", name=number)
    return Location(*row)


def _walk(connection: sqlite3.Connection, path: str) -> int | None:
    found: int | None = None
    try:
        names = split_path(path)
    except InvalidInput:
        return None
    for name in names:
        row = _child(connection, found, name)
        if row is None:
            return None
        found = row
    return found


def _child(connection: sqlite3.Connection, parent: int | None, name: str) -> int | None:
    row = connection.execute(
        "select id from locations where ifnull(parent_id, 0) = ? and name_key = ?",
        (parent or 0, name_key(name)),
    ).fetchone()
    return int(row[0]) if row else None


def find_or_add_location(
    connection: sqlite3.Connection, actor: Person, batch: Batch, path: str
) -> Location:
    """Return the location at a path, making the tiers that are missing.

    Where the settings say that locations are not made on the fly, only those who may
    edit locations make them.

    :raises NotAllowed: a tier is missing, and the actor may not make it
    :raises InvalidInput: an empty name in it, or there would be too many tiers
    """
    found: int | None = None
    names = split_path(path)
    for name in names:
        child = _child(connection, found, name)
        if child is None:
            _check_tiers(len(names))
            permit(connection, actor, "create_location")
            if not get_setting(connection, "locations_on_the_fly"):
                require(actor, "edit_locations")
            child = _add(connection, batch, found, name)
        found = child
    return get_location(connection, found or 0)


def add_location(
    connection: sqlite3.Connection,
    actor: Person,
    batch: Batch,
    name: str,
    parent: Location | None = None,
) -> Location:
    """Add one node below another, or at the top.

    :raises NotAllowed: the actor may not
    :raises InvalidInput: there would be too many tiers
    :raises Conflict: there is one of that name
    """
    permit(connection, actor, "create_location")
    if not get_setting(connection, "locations_on_the_fly"):
        require(actor, "edit_locations")
    name = clean_name(name, "location")
    _check_tiers(1 + (len(split_path(parent.path)) if parent else 0))
    above = parent.id if parent else None
    if _child(connection, above, name) is not None:
        raise Conflict(
            f"there is a location {name!r} beside it already",
            key="location_taken",
            name=name,
        )
    return get_location(connection, _add(connection, batch, above, name))


def _check_tiers(tiers: int) -> None:
    if tiers > MAX_TIERS:
        raise InvalidInput(
            f"a location has at most {MAX_TIERS} tiers", key="tiers", n=MAX_TIERS
        )


def _add(
    connection: sqlite3.Connection, batch: Batch, parent: int | None, name: str
) -> int:
    return put_location(connection, batch, name, parent)


def put_location(
    connection: sqlite3.Connection,
    batch: Batch,
    name: str,
    parent: int | None,
    uuid: str | None = None,
) -> int:
    """Add one node below another (id), whoever writes. Returns its id.

    :raises Conflict: there is one of that name
    """
    name = clean_name(name, "location")
    values = (uuid or new_uuid(), parent, name, name_key(name), batch.at, batch.at)
    try:
        cursor = connection.execute(
            """
            insert into locations
                (uuid, parent_id, name, name_key, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?)
            """,
            values,
        )
    except sqlite3.IntegrityError:
        raise Conflict(
            f"there is a location {name!r} beside it already",
            key="location_taken",
            name=name,
        ) from None
    return int(cursor.lastrowid or 0)


def set_location(
    connection: sqlite3.Connection, number: int, name: str, parent: int | None
) -> None:
    """Give a node this name and place, both at once, whoever writes.

    :raises Conflict: it would lie below itself, or the name is taken there
    """
    name = clean_name(name, "location")
    try:
        connection.execute(
            "update locations set name = ?, name_key = ?, parent_id = ? where id = ?",
            (name, name_key(name), parent, number),
        )
    except sqlite3.IntegrityError as error:
        if "below itself" in str(error):
            raise Conflict(
                f"{name} cannot lie below itself", key="below_itself", name=name
            ) from None
        raise Conflict(
            f"there is a location {name!r} under the new parent already",
            key="location_taken_there",
            name=name,
        ) from None


def rename_location(
    connection: sqlite3.Connection, actor: Person, location: Location, name: str
) -> Location:
    """Give a node another name.

    :raises NotAllowed: the actor may not
    :raises Conflict: its parent has a node of that name
    """
    permit(connection, actor, "edit_locations")
    name = clean_name(name, "location")
    try:
        connection.execute(
            "update locations set name = ?, name_key = ? where id = ?",
            (name, name_key(name), location.id),
        )
    except sqlite3.IntegrityError:
        raise Conflict(
            f"there is a location {name!r} beside it already",
            key="location_taken",
            name=name,
        ) from None
    return get_location(connection, location.id)


def move_location(
    connection: sqlite3.Connection,
    actor: Person,
    location: Location,
    parent: Location | None,
) -> Location:
    """Put a node, with all below it, under another (None: at the top).

    :raises NotAllowed: the actor may not
    :raises InvalidInput: there would be too many tiers
    :raises Conflict: it would lie below itself, or the name is taken there
    """
    permit(connection, actor, "edit_locations")
    if parent:
        below = connection.execute(
            "select max(depth) from location_tree where ancestor_id = ?", (location.id,)
        ).fetchone()[0]
        _check_tiers(len(split_path(parent.path)) + 1 + below)
    try:
        connection.execute(
            "update locations set parent_id = ? where id = ?",
            (parent.id if parent else None, location.id),
        )
    except sqlite3.IntegrityError as error:
        if "below itself" in str(error):
            raise Conflict(
                f"{location.path} cannot lie below itself",
                key="below_itself",
                name=location.path,
            ) from None
        raise Conflict(
            f"there is a location {location.name!r} under the new parent already",
            key="location_taken_there",
            name=location.name,
        ) from None
    return get_location(connection, location.id)


def delete_location(
    connection: sqlite3.Connection, actor: Person, location: Location
) -> None:
    """Delete a node that nothing uses.

    :raises NotAllowed: the actor may not
    :raises Conflict: photos (also in the recycle bin) or nodes below it use it
    """
    permit(connection, actor, "edit_locations")
    try:
        connection.execute("delete from locations where id = ?", (location.id,))
    except sqlite3.IntegrityError:
        raise Conflict(
            f"{location.path} is in use by photos or by locations below it",
            key="location_used",
            name=location.path,
        ) from None
