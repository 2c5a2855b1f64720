"""The piece of text in which a search was met, with what met it marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from archive.rights import Viewer
from archive.search.compiling import compile_query
from archive.search.language import Query, parse
from archive.sqlite import sqlite3

_WORDS = 16
_HIT, _END = "\x02", "\x03"


class Piece(NamedTuple):
    """A stretch of text.

    :param hit: whether it is one of the words looked for
    """

    text: str
    hit: bool


def snippets(
    connection: sqlite3.Connection,
    query: Query | str,
    who: Viewer | None,
    ids: Sequence[int],
) -> dict[int, tuple[Piece, ...]]:
    """Return for each of these photos where the query's words stand in it.

    The best of name, description, comments, album, location, trades and uploader, about
    sixteen words long; nothing when the query has no words. Texts, not HTML.

    :param ids: of photos that ``find_photos`` gave for the same query and viewer
    """
    if who is None:
        return {}
    plan = compile_query(
        connection, parse(query) if isinstance(query, str) else query, who
    )
    if not plan.words or plan.nothing:
        return {}
    expression = " OR ".join(f"({one})" for one in plan.words)
    found = {}
    for number in ids:
        row = connection.execute(
            f"""
            select snippet(photos_fts, -1, ?, ?, '…', {_WORDS}) from photos_fts
            where photos_fts match ? and rowid = ?
            """,
            (_HIT, _END, expression, number),
        ).fetchone()
        if row:
            found[number] = _pieces(row[0])
    return found


def _pieces(marked: str) -> tuple[Piece, ...]:
    found = []
    hit = False
    for part in re.split(f"([{_HIT}{_END}])", marked):
        if part in (_HIT, _END):
            hit = part == _HIT
        elif part:
            found.append(Piece(part, hit))
    return tuple(found)
