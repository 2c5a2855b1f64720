"""Whose originals are fetched: what was chosen, as the engine asks it of each photo."""

from __future__ import annotations

from archive.albums import UNCLASSIFIED_ID
from archive.remotes import Choice
from archive.sqlite import sqlite3
from sync.planning import Selection
from sync.records import Fields


def selection(connection: sqlite3.Connection, choice: Choice) -> Selection:
    """Return a choice as it is asked of the fields of a photo."""
    if choice.all:
        return Selection()
    albums: set[str | None] = set(choice.albums)
    unclassified = connection.execute(
        "select uuid from albums where id = ?", (UNCLASSIFIED_ID,)
    ).fetchone()
    if unclassified[0] in albums:  # a photo in it refers to none (docs/sync.md)
        albums.add(None)
    places = {one for uuid in choice.locations for one in _below(connection, uuid)}

    def wants(fields: Fields) -> bool:
        return (
            ("album" in fields and fields["album"] in albums)
            or fields.get("location") in places
            or any(_is_between(fields.get("taken_at"), *days) for days in choice.taken)
        )

    return Selection(wants=wants)


def _below(connection: sqlite3.Connection, uuid: str) -> frozenset[str]:
    """Return the uuids of a location and of all below it; none, when it is gone."""
    rows = connection.execute(
        """
        select below.uuid from locations above
        join location_tree t on t.ancestor_id = above.id
        join locations below on below.id = t.descendant_id
        where above.uuid = ?
        """,
        (uuid,),
    )
    return frozenset(row[0] for row in rows)


def _is_between(taken_at: object, first: str, last: str) -> bool:
    """Whether a moment lies in a range of days, both included; either may be open."""
    if not isinstance(taken_at, str):
        return False
    day = taken_at[:10]
    return (not first or day >= first) and (not last or day <= last)
