"""Pages of photos that a query finds, in a stable order, whatever the archive's size.

Pages are keyset-paged: each begins after the last row of the one before, so the
thousandth costs what the first does and rows added meanwhile shift nothing. Nothing
here counts, skips or sorts over all that matches, except inside ``MOST_SORTED`` hits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from archive.errors import InvalidInput
from archive.photos import Photo, load_photos
from archive.rights import Viewer
from archive.search.compiling import Plan, compile_query, everything
from archive.search.keys import Ask, from_index, from_numbers, numbers
from archive.search.language import Query, parse
from archive.search.matching import both, without
from archive.search.orders import ORDERS, Key, read_cursor, write_cursor
from archive.search.sifting import sifted
from archive.search.walking import walk
from archive.sqlite import sqlite3

MOST_SORTED = 20_000  # hits that relevance, name or upload time are sorted over
PAGE = 100
_FEW = 1_000  # hits that are simply sorted by date
_FEW_RANKED = 2_000  # hits that bm25 is asked about

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
    keys, whole = _keys(Ask(connection, plan, order, start), limit + 1)
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


def _keys(ask: Ask, count: int) -> tuple[list[Key], bool]:
    """Return the first ``count`` keys of a page, and whether all hits were sorted."""
    plan = ask.plan
    by_time = ask.order in ("newest", "oldest")
    by_upload = ask.order == "uploaded" and plan.index is None
    if plan.by_index() and (by_time or by_upload):
        return from_index(ask, count), True
    if ask.order == "relevance":
        return _ranked(ask, count)
    if not by_time:
        return _sorted_few(ask, count)
    return (_by_time(ask, count) if plan.timeless() else walk(ask, count)), True


def _by_time(ask: Ask, count: int) -> list[Key]:
    """Return the first keys of what words or filters find, in the order of time."""
    plan, keys, after = ask.plan, list[Key](), ask.start
    if not (plan.recycled or plan.conditions):
        expression = without(both(plan.timeless()), plan.barred)
        keys, after = sifted(ask, expression, count)
        if len(keys) == count or after is None:
            return keys
    expression = without(both(plan.positive()), plan.barred)
    found = numbers(ask.connection, expression, _FEW + 1)
    if len(found) <= _FEW:
        return from_numbers(ask, found, count)
    return keys + walk(replace(ask, start=after), count - len(keys))


def _ranked(ask: Ask, count: int) -> tuple[list[Key], bool]:
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


def _by_tier(ask: Ask, count: int, *, oldest: int) -> list[Key]:
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


def _sorted_few(ask: Ask, count: int) -> tuple[list[Key], bool]:
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
