"""Keys of photos in an order: off an index of photos, or of what the words find."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from archive.search.compiling import Plan
from archive.search.orders import ORDERS, Key
from archive.sqlite import sqlite3


@dataclass(frozen=True, slots=True)
class Ask:
    """What every way of finding a page is asked.

    :param start: the key after which it begins
    """

    connection: sqlite3.Connection
    plan: Plan
    order: str
    start: Key | None

    @property
    def newest(self) -> bool:
        """Whether time runs backwards."""
        return self.order == "newest"


def hits(connection: sqlite3.Connection, expression: str, most: int) -> int:
    """Return how many photos an expression of the index finds, up to ``most``."""
    row = connection.execute(
        """
        select count(*) from (
            select 1 from photos_fts where photos_fts match ? limit ?)
        """,
        (expression, most),
    ).fetchone()
    return int(row[0])


def numbers(connection: sqlite3.Connection, expression: str, most: int) -> list[int]:
    """Return the ids of photos that an expression of the index finds, so many."""
    rows = connection.execute(
        "select rowid from photos_fts where photos_fts match ? limit ?",
        (expression, most),
    )
    return [row[0] for row in rows]


def from_index(ask: Ask, count: int) -> list[Key]:
    """Read the keys off an index of photos, in order."""
    column, way = ORDERS[ask.order]
    residual, values = ask.plan.residual()
    follows, edge = _after(ask)
    rows = ask.connection.execute(
        f"""
        select p.{column}, p.id from photos p
        where {ask.plan.index or "1"} and {residual} and {follows}
        order by p.{column} {way}, p.id {way} limit ?
        """,
        (*values, *edge, count),
    )
    return rows.fetchall()  # type: ignore[no-any-return,unused-ignore]


def from_words(ask: Ask, expression: str, count: int) -> list[Key]:
    """Sort all photos that an expression of the index finds."""
    found = "photos_fts cross join photos p on p.id = photos_fts.rowid"
    return _sorted(ask, f"{found} where photos_fts match ?", expression, count)


def from_numbers(ask: Ask, found: Sequence[int], count: int) -> list[Key]:
    """Sort those of these photos that are asked for."""
    source = "json_each(?) j cross join photos p on p.id = j.value where 1"
    return _sorted(ask, source, json.dumps(found), count)


def _sorted(ask: Ask, source: str, value: str, count: int) -> list[Key]:
    column, way = ORDERS[ask.order]
    residual, values = ask.plan.residual()
    follows, edge = _after(ask)
    rows = ask.connection.execute(
        f"""
        select p.{column}, p.id from {source} and {residual} and {follows}
        order by p.{column} {way}, p.id {way} limit ?
        """,
        (value, *values, *edge, count),
    )
    return rows.fetchall()  # type: ignore[no-any-return,unused-ignore]


def _after(ask: Ask) -> tuple[str, list[object]]:
    column, way = ORDERS[ask.order]
    if ask.start is None:
        return "1", []
    sign = "<" if way == "desc" else ">"
    return f"(p.{column}, p.id) {sign} (?, ?)", list(ask.start)
