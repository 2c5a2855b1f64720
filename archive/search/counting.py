"""How many, and of what: totals and facets, for a query and a viewer.

For the whole project and for any place in the tree of locations both are read from the
counters that the database keeps. For anything else they are counted among what was
found, when that is more than ``MOST_COUNTED`` photos over those added last, and say so.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archive.photos import chunks
from archive.rights import Viewer, scope_condition
from archive.search.compiling import Plan, compile_query, everything, is_bin
from archive.search.keys import hits
from archive.search.language import Filter, Query, parse
from archive.search.matching import both, seen, without
from archive.search.names import find_ids
from archive.search.sections import UNDATED
from archive.sqlite import sqlite3

MOST_COUNTED = 10_000
MOST_SAMPLED = 2_500  # photos that facets go by when there are more than that


@dataclass(frozen=True, slots=True)
class Count:
    """A total.

    :param exact: False: there are more than ``photos``
    """

    photos: int
    exact: bool = True

    def __str__(self) -> str:
        return f"{self.photos:,}" + "+" * (not self.exact)


@dataclass(frozen=True, slots=True)
class Facet:
    """One value that photos have, and how many have it.

    :param id: of the album, location, trade or camera; the month itself (``2026-05``)
        in the facet of months; 0 for photos without a known camera, "" without a known
        date
    """

    id: int | str
    name: str
    photos: int


@dataclass(frozen=True, slots=True)
class Facets:
    """The values of what was found, in the order in which they are best shown.

    :param location: the children of the location that the query names, or the top of
        the tree; each counted with all that lies below it
    :param month: by the camera's date, newest first; the others by how many
    :param exact: False when only the ``MOST_SAMPLED`` photos added last were counted
    """

    album: tuple[Facet, ...] = ()
    location: tuple[Facet, ...] = ()
    trade: tuple[Facet, ...] = ()
    month: tuple[Facet, ...] = ()
    camera: tuple[Facet, ...] = ()
    exact: bool = True


DIMENSIONS = ("album", "location", "trade", "month", "camera")
_UNKNOWN = "unknown"
_COLUMNS = "p.id, p.album_id, p.camera_id, substr(p.taken_at, 1, 7), p.location_id"
# dimension: table that its names are in
_TABLES = {"album": "albums", "trade": "trades", "camera": "cameras"}


def count(
    connection: sqlite3.Connection,
    query: Query | str,
    who: Viewer | None,
    *,
    limit: int = 10_000,
) -> Count:
    """Return how many photos a query finds, exact up to ``limit`` or where known.

    Errors as for ``find_photos``.
    """
    if who is None:
        return Count(0)
    query = parse(query) if isinstance(query, str) else query
    plan = compile_query(connection, query, who)
    known = _known_total(connection, query, plan, who)
    if known is not None:
        return Count(known)
    found = _number(connection, plan, who, limit + 1)
    return Count(min(found, limit), found <= limit)


def _known_total(
    connection: sqlite3.Connection, query: Query, plan: Plan, who: Viewer
) -> int | None:
    """Return the total where one row of counters a scope says it."""
    terms = [
        term
        for term in query.terms()
        if not (isinstance(term, Filter) and is_bin(term))
    ]
    if plan.nothing or len(terms) > 1 or len(query.clauses) > 1 + plan.recycled:
        return 0 if plan.nothing else None
    dimension, place, value = "all", 0, 0
    if terms:
        term = terms[0]
        if not isinstance(term, Filter) or term.negated:
            return None
        if term.name not in ("album", "location", "trade"):
            return None
        ids = find_ids(connection, term.name, term.value, who)
        if len(ids) != 1:
            return None
        if term.name == "location":
            place = ids[0]
        else:
            dimension, value = term.name, ids[0]
    row = connection.execute(
        f"""
        select coalesce(sum(c.photos), 0) from facet_counts c
        where c.dimension = ? and c.location_id = ? and c.value = ?
            and {scope_condition(who, "c.scope", recycled=plan.recycled)}
        """,
        (dimension, place, value),
    ).fetchone()
    return int(row[0])


def _number(connection: sqlite3.Connection, plan: Plan, who: Viewer, most: int) -> int:
    """Return how many photos a plan finds, at most so many."""
    if plan.nothing:
        return 0
    if plan.by_index() or not plan.in_tokens():
        return len(_matching(connection, plan, most, "p.id"))
    wanted, barred = seen(who, recycled=plan.recycled)
    wanted += plan.positive() or [everything(connection)]
    return hits(connection, without(both(wanted), [*plan.barred, *barred]), most)


def _matching(
    connection: sqlite3.Connection, plan: Plan, most: int, columns: str
) -> list[tuple[Any, ...]]:
    """Return of what a plan finds at most so many, those added last first.

    :param columns: of photos, which is ``p``
    """
    if plan.nothing:
        return []
    residual, values = plan.residual()
    if plan.by_index():
        order = "p.sorted_at desc, p.id desc"
        rows = connection.execute(
            f"select {columns} from photos p where {plan.index or '1'} and {residual}"
            f" order by {order} limit ?",
            (*values, most),
        )
    else:
        wanted = plan.positive() or [everything(connection)]
        rows = connection.execute(
            f"""
            select {columns}
            from photos_fts cross join photos p on p.id = photos_fts.rowid
            where photos_fts match ? and {residual}
            order by photos_fts.rowid desc limit ?
            """,
            (without(both(wanted), plan.barred), *values, most),
        )
    return rows.fetchall()  # type: ignore[no-any-return,unused-ignore]


def facets(
    connection: sqlite3.Connection,
    query: Query | str,
    who: Viewer | None,
    *,
    dimensions: Sequence[str] = DIMENSIONS,
) -> Facets:
    """Return what the photos that a query finds share, as ``who`` may see them.

    Errors as for ``find_photos``.

    :param dimensions: which of ``DIMENSIONS``
    """
    if who is None:
        return Facets()
    query = parse(query) if isinstance(query, str) else query
    place = _place(connection, query, who)
    if _only_a_place(query, place):
        return _facets({d: facet_at(connection, d, place, who) for d in dimensions})
    plan = compile_query(connection, query, who)
    exact = _number(connection, plan, who, MOST_COUNTED + 1) <= MOST_COUNTED
    most = MOST_COUNTED if exact else MOST_SAMPLED
    rows = _matching(connection, plan, most, _COLUMNS)
    return _facets(_counted(connection, rows, place, dimensions), exact=exact)


def _facets(found: dict[str, tuple[Facet, ...]], *, exact: bool = True) -> Facets:
    return Facets(
        album=found.get("album", ()),
        location=found.get("location", ()),
        trade=found.get("trade", ()),
        month=found.get("month", ()),
        camera=found.get("camera", ()),
        exact=exact,
    )


def _place(connection: sqlite3.Connection, query: Query, who: Viewer) -> int:
    """Return the one location that a query is about, or 0."""
    for clause in query.clauses:
        term = clause[0]
        if isinstance(term, Filter) and term.name == "location":
            ids = find_ids(connection, "location", term.value, who)
            if len(clause) == 1 and not term.negated and len(ids) == 1:
                return ids[0]
    return 0


def _only_a_place(query: Query, place: int) -> bool:
    terms = query.terms()
    return not terms or (place != 0 and len(terms) == 1)


def facet_at(
    connection: sqlite3.Connection, dimension: str, place: int, who: Viewer
) -> tuple[Facet, ...]:
    """Return one facet at one place of the tree (0: the whole project), from counters.

    :param dimension: one of ``DIMENSIONS``
    """
    if dimension == "location":
        return _children(connection, place, who)
    if dimension == "month":
        return _months(connection, place, who)
    return _named(
        connection, dimension, dict(_values(connection, dimension, place, who))
    )


def _values(
    connection: sqlite3.Connection, dimension: str, place: int, who: Viewer
) -> list[tuple[Any, int]]:
    """Return each value that photos have at a place, and how many."""
    rows = connection.execute(
        f"""
        select c.value, sum(c.photos) from facet_counts c
        where c.dimension = ? and c.location_id = ?
            and {scope_condition(who, "c.scope")}
        group by c.value
        """,
        (dimension, place),
    )
    return rows.fetchall()  # type: ignore[no-any-return,unused-ignore]


def _months(
    connection: sqlite3.Connection, place: int, who: Viewer
) -> tuple[Facet, ...]:
    """Return the months of what has a date, and all else together."""
    counts: Counter[int | str] = Counter()
    for month, photos in _values(connection, "month", place, who):
        counts["" if month.endswith(UNDATED) else month] += photos
    return _named(connection, "month", counts)


def _children(
    connection: sqlite3.Connection, place: int, who: Viewer
) -> tuple[Facet, ...]:
    rows = connection.execute(
        f"""
        select l.id, l.name, sum(c.photos) as n from locations l
        cross join facet_counts c on c.dimension = 'all' and c.location_id = l.id
            and c.value = 0 and {scope_condition(who, "c.scope")}
        where l.parent_id is ? group by l.id
        """,
        (place or None,),
    )
    return _most_first(Facet(*row) for row in rows)


def _most_first(found: Iterable[Facet]) -> tuple[Facet, ...]:
    return tuple(sorted(found, key=lambda facet: (-facet.photos, facet.name)))


def _named(
    connection: sqlite3.Connection, dimension: str, counts: dict[int | str, int]
) -> tuple[Facet, ...]:
    """Put names to values."""
    if dimension == "month":
        return tuple(
            Facet(m, str(m) or _UNKNOWN, n)
            for m, n in sorted(counts.items(), reverse=True)
        )
    names: dict[int | str, str] = {0: _UNKNOWN}
    for some in chunks([value for value in counts if isinstance(value, int)]):
        marks = ", ".join("?" * len(some))
        table = _TABLES[dimension]
        names.update(
            connection.execute(
                f"select id, name from {table} where id in ({marks})", some
            )
        )
    return _most_first(Facet(v, names.get(v, str(v)), n) for v, n in counts.items())


def _counted(
    connection: sqlite3.Connection,
    rows: Sequence[tuple[Any, ...]],
    place: int,
    dimensions: Sequence[str],
) -> dict[str, tuple[Facet, ...]]:
    """Count facets among photos, of which each row has ``_COLUMNS``."""
    ids, albums, cameras, months, places = zip(*rows, strict=True) if rows else [()] * 5
    counts: dict[str, Counter[Any]] = {
        "album": Counter(albums),
        "camera": _known(Counter(cameras), 0),
        "month": _known(Counter(months), ""),
    }
    if "trade" in dimensions:
        counts["trade"] = _trades(connection, ids)
    return {
        d: _rolled_up(connection, Counter(places), place)
        if d == "location"
        else _named(connection, d, counts[d])
        for d in dimensions
    }


def _known(counts: Counter[Any], unknown: int | str) -> Counter[Any]:
    """Put what is counted for None under the id of what is not known."""
    if None in counts:
        counts[unknown] = counts.pop(None)
    return counts


def _trades(connection: sqlite3.Connection, ids: Sequence[int]) -> Counter[Any]:
    rows = connection.execute(
        """
        select x.trade_id, count(*) from json_each(?) j
        cross join photo_trades x on x.photo_id = j.value group by x.trade_id
        """,
        (json.dumps(ids),),
    )
    return Counter(dict(rows.fetchall()))


def _rolled_up(
    connection: sqlite3.Connection, counts: Mapping[int | None, int], place: int
) -> tuple[Facet, ...]:
    """Return the children of a place, each with all that lies in and below it.

    The tree is climbed level by level: above many rooms there are few floors.
    """
    found: dict[int, Facet] = {}
    while counts:
        rows = connection.execute(
            """
            select l.id, l.name, coalesce(l.parent_id, 0)
            from json_each(?) j cross join locations l on l.id = j.value
            """,
            (json.dumps([number for number in counts if number]),),
        )
        above: Counter[int | None] = Counter()
        for number, name, parent in rows:
            if parent == place:
                so_far = found[number].photos if number in found else 0
                found[number] = Facet(number, name, so_far + counts[number])
            elif parent:
                above[parent] += counts[number]
        counts = above
    return _most_first(found.values())
