"""Which photos leave: those of a search or of a list, as far as the viewer may see."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from archive.photos import chunks
from archive.rights import Viewer, scope_condition
from archive.search import find_photos
from archive.sqlite import sqlite3

_PAGE = 5000


def visible(
    connection: sqlite3.Connection, ids: Sequence[int], who: Viewer | None
) -> list[int]:
    """Return those of some photos that ``who`` may see, in their order, each once.

    Those in the recycle bin are among them for who may see it.
    """
    live, recycled = scope_condition(who), scope_condition(who, recycled=True)
    found: set[int] = set()
    for some in chunks(ids):
        marks = ", ".join("?" * len(some))
        rows = connection.execute(
            f"select id from photos where id in ({marks}) and ({live} or {recycled})",
            some,
        )
        found.update(row[0] for row in rows)
    return [number for number in dict.fromkeys(ids) if number in found]


def found_by(
    connection: sqlite3.Connection,
    query: str,
    who: Viewer | None,
    *,
    order: str = "newest",
    check: Callable[[], None] = lambda: None,
) -> list[int]:
    """Return the ids of all photos that a search finds, as they are at one moment.

    :param check: called between two pages; raises to end it
    :raises InvalidQuery: as for ``find_photos``
    """
    found: list[int] = []
    after: str | None = None
    begun = not connection.in_transaction
    if begun:
        connection.execute("BEGIN")
    try:
        while True:
            page = find_photos(
                connection, query, who, limit=_PAGE, after=after, order=order
            )
            found += page.ids
            after = page.next
            if after is None:
                return found
            check()
    finally:
        if begun:
            connection.execute("COMMIT")
