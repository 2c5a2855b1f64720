"""Pages of photos that a query finds, in a stable order, whatever the archive's size.

Pages are keyset-paged: each begins after the last row of the one before, so the
thousandth costs what the first does and rows added meanwhile shift nothing. Nothing
here counts, skips or sorts over all that matches, except inside ``MOST_SORTED`` hits.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from archive.errors import InvalidInput
from archive.photos import Photo, load_photos
from archive.rights import Viewer
from archive.search.compiling import Plan, compile_query, days_held, everything
from archive.search.language import Query, parse
from archive.search.matching import both, refs, without
from archive.search.windows import Window, grown, next_window
from archive.sqlite import sqlite3

MOST_SORTED = 20_000  # hits that relevance, name or upload time are sorted over
PAGE = 100
_FEW = 2_000  # hits that are simply sorted
_MOST_IN_WINDOW = 2_000  # hits in a window before it is cut in two

# of the columns of photos_fts in order; refs are no words
WEIGHTS = "2.0, 5.0, 2.0, 3.0, 3.0, 2.0, 1.0, 0.0"

# order: (column of photos, direction)
ORDERS = {
    "newest": ("sorted_at", "desc"),
    "oldest": ("sorted_at", "asc"),
    "uploaded": ("uploaded_at", "desc"),
    "name": ("filename", "asc"),
    "relevance": ("rank", "asc"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """Ids of photos in order.

    :param next: give it as ``after`` for what follows; None: nothing does
    :param whole: False when only the ``MOST_SORTED`` hits added last were put in order,
        and there may be more
    """

    ids: tuple[int, ...] = ()
    next: str | None = None
    whole: bool = True


Key = tuple[Any, int]  # value of the order's column, id


def find_photos(
    connection: sqlite3.Connection,
    query: Query | str,
    who: Viewer | None,
    *,
    limit: int = PAGE,
    after: str | None = None,
    order: str = "newest",
) -> Page:
    """Return one page of the photos that a query finds and ``who`` may see.

    :param after: the ``next`` of the page before
    :param order: ``newest`` or ``oldest`` (by date, known or assumed), ``uploaded``
        (last first), ``name`` (of the file) or ``relevance`` (of the words)
    :raises InvalidQuery: the query cannot be understood, or names what is not there
    :raises InvalidInput: an unknown order, or ``after`` is none of ours
    :raises NotAllowed: it asks for stars or the bin, without the right to them
    """
    if order not in ORDERS:
        raise InvalidInput(f"no order {order!r}; there are {', '.join(ORDERS)}")
    if limit < 1:
        raise InvalidInput("a page has at least one photo")
    start = _read_cursor(after, order)
    if who is None:
        return Page()
    plan = compile_query(
        connection, parse(query) if isinstance(query, str) else query, who
    )
    if order == "relevance" and not plan.words:
        order = "newest"
        start = _read_cursor(after, order, named="relevance")
    if plan.nothing or _is_empty(plan):
        return Page()
    keys, whole = _keys(connection, plan, order, start, limit + 1)
    ids = tuple(key[1] for key in keys[:limit])
    follows = _cursor(order, keys[limit - 1]) if len(keys) > limit else None
    return Page(ids, follows, whole)


def photos(
    connection: sqlite3.Connection,
    query: Query | str,
    who: Viewer | None,
    *,
    limit: int = PAGE,
    after: str | None = None,
    order: str = "newest",
) -> list[Photo]:
    """Return the photos of one page. Parameters and errors as for ``find_photos``."""
    page = find_photos(connection, query, who, limit=limit, after=after, order=order)
    return load_photos(connection, page.ids)


def iterate(
    connection: sqlite3.Connection,
    query: Query | str,
    who: Viewer | None,
    *,
    order: str = "newest",
) -> Iterator[Photo]:
    """Yield every photo that a query finds, a page at a time, so in little memory."""
    after: str | None = None
    while True:
        page = find_photos(connection, query, who, limit=500, after=after, order=order)
        yield from load_photos(connection, page.ids)
        after = page.next
        if after is None:
            return


def _is_empty(plan: Plan) -> bool:
    return plan.low is not None and plan.high is not None and plan.low >= plan.high


def _cursor(order: str, key: Key) -> str:
    text = json.dumps([order, *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(text: str | None, order: str, *, named: str = "") -> Key | None:
    """Return the key in a cursor.

    :param named: another order whose name the cursor may bear
    :raises InvalidInput: not a cursor, or one of another order
    """
    if text is None:
        return None
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        found, value, number = json.loads(
            base64.b64decode(padded, b"-_", validate=True)
        )
    except (ValueError, TypeError):
        raise InvalidInput("'after' is not the end of a page of this search") from None
    kind = float if found == "relevance" else str
    whole = isinstance(value, kind) and type(number) is int and abs(number) < 2**63
    if not whole or found not in ORDERS:
        raise InvalidInput("'after' is not the end of a page of this search")
    if found != order and not {found, order, named} >= {"newest", "relevance"}:
        raise InvalidInput(f"'after' is the end of a page in another order, {found}")
    return value, number


def _keys(
    connection: sqlite3.Connection,
    plan: Plan,
    order: str,
    start: Key | None,
    count: int,
) -> tuple[list[Key], bool]:
    """Return the first ``count`` keys after ``start``, and whether all hits were sorted."""
    by_time = order in ("newest", "oldest")
    if plan.by_index() and (by_time or (order == "uploaded" and plan.index is None)):
        return _from_index(connection, plan, order, start, count), True
    if not by_time:
        return _sorted_few(connection, plan, order, start, count)
    if plan.positive() and _are_few(connection, plan):
        expression = without(both(plan.positive()), plan.barred)
        return _from_words(connection, plan, expression, order, start, count), True
    return _walk(connection, plan, order, start, count), True


def _after(order: str, start: Key | None) -> tuple[str, list[object]]:
    column, way = ORDERS[order]
    if start is None:
        return "1", []
    return f"(p.{column}, p.id) {'<' if way == 'desc' else '>'} (?, ?)", list(start)


def _from_index(
    connection: sqlite3.Connection,
    plan: Plan,
    order: str,
    start: Key | None,
    count: int,
) -> list[Key]:
    """Read the keys off an index of photos, in order."""
    column, way = ORDERS[order]
    residual, values = plan.residual()
    follows, edge = _after(order, start)
    rows = connection.execute(
        f"""
        select p.{column}, p.id from photos p
        where {plan.index or "1"} and {residual} and {follows}
        order by p.{column} {way}, p.id {way} limit ?
        """,
        (*values, *edge, count),
    )
    return rows.fetchall()  # type: ignore[no-any-return,unused-ignore]


def _from_words(
    connection: sqlite3.Connection,
    plan: Plan,
    expression: str,
    order: str,
    start: Key | None,
    count: int,
) -> list[Key]:
    """Sort all photos that an expression of the index finds."""
    column, way = ORDERS[order]
    residual, values = plan.residual()
    follows, edge = _after(order, start)
    rows = connection.execute(
        f"""
        select p.{column}, p.id
        from photos_fts cross join photos p on p.id = photos_fts.rowid
        where photos_fts match ? and {residual} and {follows}
        order by p.{column} {way}, p.id {way} limit ?
        """,
        (expression, *values, *edge, count),
    )
    return rows.fetchall()  # type: ignore[no-any-return,unused-ignore]


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


def _are_few(connection: sqlite3.Connection, plan: Plan) -> bool:
    expression = without(both(plan.positive()), plan.barred)
    return hits(connection, expression, _FEW + 1) <= _FEW


def _walk(
    connection: sqlite3.Connection,
    plan: Plan,
    order: str,
    start: Key | None,
    count: int,
) -> list[Key]:
    """Collect keys window by window until there are enough."""
    newest = order == "newest"
    first, last = _days_to_walk(connection, plan, start, newest=newest)
    found: list[Key] = []
    size = 1
    while first <= last and len(found) < count:
        window = next_window(first, last, size, newest=newest)
        missing = count - len(found)
        keys = _in_window(connection, plan, window, order, start, missing)
        found += keys
        size = grown(size, len(keys), missing - len(keys))
        if newest:
            last = window.first - timedelta(days=1)
        else:
            first = window.last + timedelta(days=1)
    return found


def _in_window(
    connection: sqlite3.Connection,
    plan: Plan,
    window: Window,
    order: str,
    start: Key | None,
    count: int,
) -> list[Key]:
    """Collect keys of a window, in pieces when it holds too many to sort."""
    wanted = both([*plan.positive(), refs(window.tokens())])
    expression = without(wanted, plan.barred)
    if window.first == window.last or (
        hits(connection, expression, _MOST_IN_WINDOW + 1) <= _MOST_IN_WINDOW
    ):
        return _from_words(connection, plan, expression, order, start, count)
    found: list[Key] = []
    for half in window.halves(newest=order == "newest"):
        if len(found) < count:
            missing = count - len(found)
            found += _in_window(connection, plan, half, order, start, missing)
    return found


def _days_to_walk(
    connection: sqlite3.Connection, plan: Plan, start: Key | None, *, newest: bool
) -> tuple[date, date]:
    first, last = days_held(connection, plan)
    if plan.low is not None:
        first = max(first, date.fromisoformat(plan.low[:10]))
    if plan.high is not None:
        last = min(last, date.fromisoformat(plan.high[:10]))
    if start is not None:
        day = _day(start[0])
        first, last = (first, min(last, day)) if newest else (max(first, day), last)
    return first, last


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise InvalidInput("'after' is not the end of a page of this search") from None


def _sorted_few(
    connection: sqlite3.Connection,
    plan: Plan,
    order: str,
    start: Key | None,
    count: int,
) -> tuple[list[Key], bool]:
    """Sort the hits that were added last, by what no index holds them in order of."""
    column, way = ORDERS[order]
    residual, values = plan.residual()
    value = f"bm25(photos_fts, {WEIGHTS})" if order == "relevance" else f"p.{column}"
    wanted = plan.positive() or [everything(connection)]
    rows = connection.execute(
        f"""
        select value, id from (
            select {value} as value, p.id as id
            from photos_fts cross join photos p on p.id = photos_fts.rowid
            where photos_fts match ? and {residual}
            order by photos_fts.rowid desc limit ?)
        order by value {way}, id {way}
        """,
        (without(both(wanted), plan.barred), *values, MOST_SORTED + 1),
    ).fetchall()
    whole = len(rows) <= MOST_SORTED
    if start is not None:
        past = _sorts_before if way == "desc" else _sorts_after
        rows = [row for row in rows if past(row, start)]
    return rows[:count], whole


def _sorts_before(row: Key, start: Key) -> bool:
    return tuple(row) < tuple(start)


def _sorts_after(row: Key, start: Key) -> bool:
    return tuple(row) > tuple(start)
