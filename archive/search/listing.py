"""Pages of photos that a query finds, in a stable order, whatever the archive's size.

Pages are keyset-paged: each begins after the last row of the one before, so the
thousandth costs what the first does and rows added meanwhile shift nothing. Nothing
here counts, skips or sorts over all that matches, except inside ``MOST_SORTED`` hits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from archive.errors import InvalidInput
from archive.photos import Photo, load_photos
from archive.rights import Viewer
from archive.search.compiling import Plan, compile_query, days_held, everything
from archive.search.language import Query, parse
from archive.search.matching import both, refs, without
from archive.search.orders import ORDERS, Key, read_cursor, write_cursor
from archive.search.windows import Window, grown, next_window
from archive.sqlite import sqlite3

MOST_SORTED = 20_000  # hits that relevance, name or upload time are sorted over
PAGE = 100
_FEW = 1_000  # hits that are simply sorted by date
_FEW_RANKED = 2_000  # hits that bm25 is asked about
_MOST_IN_WINDOW = 2_000  # hits in a window before it is cut in two

# of the columns of photos_fts in order; refs are no words
WEIGHTS = "2.0, 5.0, 2.0, 3.0, 3.0, 2.0, 1.0, 0.0"

# Where it stands that a photo is found, best first: each with those before it. What is
# found too often for bm25 (it reads every photo with each of the words) is ranked so.
_TIERS = (
    "description",
    "description album location",
    "description album location filename comments trades",
    "description album location filename comments trades uploader",
)


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


@dataclass(frozen=True, slots=True)
class _Ask:
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
    start = read_cursor(after, order)
    if who is None:
        return Page()
    plan = compile_query(
        connection, parse(query) if isinstance(query, str) else query, who
    )
    if order == "relevance" and not plan.words:
        order = "newest"
        start = read_cursor(after, order, named="relevance")
    if plan.nothing or _is_empty(plan):
        return Page()
    keys, whole = _keys(_Ask(connection, plan, order, start), limit + 1)
    ids = tuple(key[1] for key in keys[:limit])
    follows = write_cursor(order, keys[limit - 1]) if len(keys) > limit else None
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


def _keys(ask: _Ask, count: int) -> tuple[list[Key], bool]:
    """Return the first ``count`` keys of a page, and whether all hits were sorted."""
    plan = ask.plan
    by_time = ask.order in ("newest", "oldest")
    by_upload = ask.order == "uploaded" and plan.index is None
    if plan.by_index() and (by_time or by_upload):
        return _from_index(ask, count), True
    if ask.order == "relevance":
        return _ranked(ask, count)
    if not by_time:
        return _sorted_few(ask, count)
    if plan.timeless():
        expression = without(both(plan.positive()), plan.barred)
        if hits(ask.connection, expression, _FEW + 1) <= _FEW:
            return _from_words(ask, expression, count), True
    return _walk(ask, count), True


def _after(order: str, start: Key | None) -> tuple[str, list[object]]:
    column, way = ORDERS[order]
    if start is None:
        return "1", []
    return f"(p.{column}, p.id) {'<' if way == 'desc' else '>'} (?, ?)", list(start)


def _from_index(ask: _Ask, count: int) -> list[Key]:
    """Read the keys off an index of photos, in order."""
    column, way = ORDERS[ask.order]
    residual, values = ask.plan.residual()
    follows, edge = _after(ask.order, ask.start)
    rows = ask.connection.execute(
        f"""
        select p.{column}, p.id from photos p
        where {ask.plan.index or "1"} and {residual} and {follows}
        order by p.{column} {way}, p.id {way} limit ?
        """,
        (*values, *edge, count),
    )
    return rows.fetchall()  # type: ignore[no-any-return,unused-ignore]


def _from_words(ask: _Ask, expression: str, count: int) -> list[Key]:
    """Sort all photos that an expression of the index finds."""
    column, way = ORDERS[ask.order]
    residual, values = ask.plan.residual()
    follows, edge = _after(ask.order, ask.start)
    rows = ask.connection.execute(
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


def _walk(ask: _Ask, count: int) -> list[Key]:
    """Collect keys window by window until there are enough."""
    first, last = _days_to_walk(ask)
    found: list[Key] = []
    size = 1
    while first <= last and len(found) < count:
        window = next_window(first, last, size, newest=ask.newest)
        missing = count - len(found)
        keys = _in_window(ask, window, missing)
        found += keys
        size = grown(size, len(keys), missing - len(keys))
        if ask.newest:
            last = window.first - timedelta(days=1)
        else:
            first = window.last + timedelta(days=1)
    return found


def _in_window(ask: _Ask, window: Window, count: int) -> list[Key]:
    """Collect keys of a window, in pieces when it holds too many to sort."""
    wanted = both([*ask.plan.timeless(), refs(window.tokens())])
    expression = without(wanted, ask.plan.barred)
    most = _MOST_IN_WINDOW
    if window.first == window.last or (
        hits(ask.connection, expression, most + 1) <= most
    ):
        return _from_words(ask, expression, count)
    found: list[Key] = []
    for half in window.halves(newest=ask.newest):
        if len(found) < count:
            found += _in_window(ask, half, count - len(found))
    return found


def _days_to_walk(ask: _Ask) -> tuple[date, date]:
    plan = ask.plan
    first, last = days_held(ask.connection, plan)
    if plan.low is not None:
        first = max(first, date.fromisoformat(plan.low[:10]))
    if plan.high is not None:
        last = min(last, date.fromisoformat(plan.high[:10]))
    if ask.start is None:
        return first, last
    day = _day(ask.start[0])
    return (first, min(last, day)) if ask.newest else (max(first, day), last)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise InvalidInput("'after' is not the end of a page of this search") from None


def _ranked(ask: _Ask, count: int) -> tuple[list[Key], bool]:
    """Rank the hits that were added last: few by bm25, many by where the words stand.

    The key of a page's end says which it was (bm25 is below 0, tiers begin at 1), so
    that the pages of one search stay in one order whatever is added meanwhile.
    """
    expression = without(both(ask.plan.positive()), ask.plan.barred)
    number, oldest = ask.connection.execute(
        """
        select count(*), min(rowid) from (
            select rowid from photos_fts where photos_fts match ?
            order by rowid desc limit ?)
        """,
        (expression, MOST_SORTED + 1),
    ).fetchone()
    whole = number <= MOST_SORTED
    if (number <= _FEW_RANKED) if ask.start is None else (ask.start[0] <= 0):
        return _sorted_few(ask, count)
    return _by_tier(ask, count, oldest=0 if whole else oldest + 1), whole


def _by_tier(ask: _Ask, count: int, *, oldest: int) -> list[Key]:
    """Collect keys tier by tier, in each those added last first, down to an id."""
    plan = ask.plan
    begin, below = ask.start or (1.0, None)
    residual, values = plan.residual()
    found: list[Key] = []
    above: list[str] = []
    for tier, columns in enumerate(_TIERS, 1):
        words = f"{{{columns}}} : ({both(plan.words)})"
        if tier >= begin and len(found) < count:
            expression = without(both([words, *plan.beside()]), [*plan.barred, *above])
            follows = below if tier == begin and below is not None else 2**63 - 1
            found += ask.connection.execute(
                f"""
                select {float(tier)}, p.id
                from photos_fts cross join photos p on p.id = photos_fts.rowid
                where photos_fts match ? and photos_fts.rowid >= ?
                    and photos_fts.rowid < ? and {residual}
                order by photos_fts.rowid desc limit ?
                """,
                (expression, oldest, follows, *values, count - len(found)),
            ).fetchall()
        above = [words]
    return found


def _sorted_few(ask: _Ask, count: int) -> tuple[list[Key], bool]:
    """Sort the hits that were added last, by what no index holds them in order of."""
    plan, start = ask.plan, ask.start
    column, way = ORDERS[ask.order]
    residual, values = plan.residual()
    ranked = ask.order == "relevance"
    value = f"bm25(photos_fts, {WEIGHTS})" if ranked else f"p.{column}"
    wanted = plan.positive() or [everything(ask.connection)]
    rows = ask.connection.execute(
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
