"""What a later package says of photos that are here already.

The photos stay as they are here: who may change them has done so, or has not. But what
was said and drawn since is new, and somebody's work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from archive.importing.outcomes import IN_THE_BIN
from archive.importing.package_lists import Numbers, Values
from archive.importing.package_photos import add_comment, add_markup
from archive.importing.recording import UNFIT
from archive.markups import is_full
from archive.sqlite import sqlite3

_GONE = "was here already, and was deleted for good meanwhile"
_FULL = "{n} drawings on it did not find room: it has as many as it may have"


@dataclass(frozen=True, slots=True)
class Ended:
    """The uuids of what was once removed here, and does not come back."""

    comments: frozenset[str]
    markups: frozenset[str]


def ended(connection: sqlite3.Connection) -> Ended:
    """Return what the history knows to have been removed."""
    found = []
    for entity in ("comment", "markup"):
        rows = connection.execute(
            """
            select json_extract(old, '$.uuid') from changes
            where entity = ? and field = '' and old is not null and new is null
            """,
            (entity,),
        )
        found.append(frozenset(str(row[0]) for row in rows))
    return Ended(*found)


def add_later(
    connection: sqlite3.Connection, record: Values, numbers: Numbers, gone: Ended
) -> list[str]:
    """Add the comments and drawings that a photo does not have yet.

    :param record: as ``package_records`` checked it, of a photo that is here
    :return: what a person should know of it
    """
    row = connection.execute(
        "select id, recycled_at from photos where uuid = ?", (record["uuid"],)
    ).fetchone()
    if row is None:
        return [_GONE]
    number, recycled_at = row
    notes = [IN_THE_BIN] if recycled_at and not record["recycled_at"] else []
    said = drawn = full = 0
    for comment in record["comments"]:
        if comment["uuid"] not in gone.comments:
            add = partial(add_comment, connection, number, comment, numbers)
            said += _added(connection, "comments", comment["uuid"], add)
    for markup in record["markups"]:
        if markup["uuid"] in gone.markups:
            continue
        if is_full(connection, number):
            full += not _is_here(connection, "markups", markup["uuid"])
            continue
        add = partial(add_markup, connection, number, markup, numbers)
        drawn += _added(connection, "markups", markup["uuid"], add)
    if said or drawn:
        notes.append(_new(said, drawn))
    return notes + ([_FULL.format(n=full)] if full else [])


def _new(said: int, drawn: int) -> str:
    counted = [
        f"{n} {word}{'s' if n > 1 else ''}"
        for n, word in ((said, "comment"), (drawn, "drawing"))
        if n
    ]
    return f"is here already; new on it: {' and '.join(counted)}"


def _is_here(connection: sqlite3.Connection, table: str, uuid: str) -> bool:
    sql = f"select 1 from {table} where uuid = ?"
    return connection.execute(sql, (uuid,)).fetchone() is not None


def _added(
    connection: sqlite3.Connection, table: str, uuid: str, add: Callable[[], None]
) -> bool:
    """Add one that is not here yet; one that cannot be takes nothing along."""
    if _is_here(connection, table, uuid):
        return False
    connection.execute("savepoint later")
    try:
        add()
    except UNFIT:
        connection.execute("rollback to later")
        return False
    finally:
        if connection.in_transaction:
            connection.execute("release later")
    return True
