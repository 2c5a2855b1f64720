"""The timeline: how many photos stand where, and how wide their tiles are together.

That is all that must be known to lay out a grid of any size exactly, before any of its
photos is read. Of the whole project, an album, a location or a trade the database keeps
these sums (``day_counts``); of anything else they are summed over what is found, or
estimated when that is very much.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from archive.errors import InvalidInput
from archive.rights import Viewer, scope_condition
from archive.search.compiling import Plan, compile_query, everything
from archive.search.faces import PHOTOS, TILES
from archive.search.keys import hits
from archive.search.language import Filter, Query, parse
from archive.search.matching import both, refs, seen, without
from archive.search.names import find_ids
from archive.search.ranges import parse_span
from archive.search.remembered import remembered
from archive.search.sections import (
    BY,
    Day,
    Section,
    Span,
    grouped,
    key_of,
    span_of,
)
from archive.search.windows import Window
from archive.sqlite import sqlite3

MOST_SUMMED = 20_000  # photos that are looked at for exact sums
_NUMBERS_A_DAY = 16  # what a day takes in memory, as remembered numbers
_FOUND = f"photos_fts cross join photos p on p.id = photos_fts.rowid {TILES}"


@dataclass(frozen=True, slots=True)
class Timeline:
    """The sections of what a query finds, in their order.

    :param exact: False: about right; ``Tiles`` of a section say how it truly is
    :param whole: False: the first sections only
    """

    sections: tuple[Section, ...] = ()
    exact: bool = True
    whole: bool = True

    @property
    def photos(self) -> int:
        """How many photos the sections have."""
        return sum(section.photos for section in self.sections)


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums (``day_counts``) that add up to a query.

    :param kind: and ``ref``: of the sums
    :param condition: on ``c``, what else must hold, and the values in it
    """

    kind: str
    ref: int
    condition: str
    values: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked for, and where its sums are kept.

    :param sums: None: nowhere
    """

    connection: sqlite3.Connection
    who: Viewer
    plan: Plan
    sums: Sums | None
    newest: bool

    @property
    def way(self) -> str:
        """Which way time runs, as SQL has it."""
        return "desc" if self.newest else "asc"


def timeline(
    connection: sqlite3.Connection,
    query: Query | str,
    who: Viewer | None,
    *,
    by: str = "day",
    order: str = "newest",
) -> Timeline:
    """Return all sections of what a query finds and ``who`` may see.

    :param by: how they are cut: ``day``, ``week`` or ``month``
    :param order: ``newest`` first, or ``oldest``
    :raises InvalidQuery: the query cannot be understood, or names what is not there
    :raises InvalidInput: unknown ``by`` or ``order``
    :raises NotAllowed: it asks for stars or the bin, without the right to them
    """
    check(by, order)
    if who is None:
        return Timeline()
    ask = asked(connection, query, who, order)
    found = known(ask, by)
    if found is None:
        key = ("days", str(query), who, by)
        days, exact = remembered(connection, key, lambda _: _counted(ask, by), _size)
        found = Timeline(grouped(days, by, newest=ask.newest), exact)
    return found


def check(by: str, order: str) -> None:
    """Refuse what no timeline goes by.

    :raises InvalidInput: unknown ``by`` or ``order``
    """
    if by not in BY:
        raise InvalidInput(f"a timeline goes by {', '.join(BY)}, not by {by!r}")
    if order not in ("newest", "oldest"):
        raise InvalidInput(f"a timeline begins with newest or oldest, not {order!r}")


def asked(
    connection: sqlite3.Connection, query: Query | str, who: Viewer, order: str
) -> Ask:
    """Return what is asked for. Errors as for ``timeline``."""
    query = parse(query) if isinstance(query, str) else query
    plan = compile_query(connection, query, who)
    sums = _sums(connection, query, plan, who)
    return Ask(connection, who, plan, sums, order == "newest")


def _sums(
    connection: sqlite3.Connection, query: Query, plan: Plan, who: Viewer
) -> Sums | None:
    """Return the kept sums that add up to a query, or None."""
    kind, ref = "all", 0
    scopes = [scope_condition(who, "c.scope", recycled=plan.recycled)]
    for clause in query.clauses:
        term = clause[0]
        if len(clause) > 1 or not isinstance(term, Filter):
            return None
        if term.name == "taken" and not term.negated:
            if not parse_span(term.value).exact():
                return None
        elif (term.name, term.value) in (("is", "private"), ("is", "public")):
            if plan.recycled:  # in the bin all have one scope
                return None
            private = (term.value == "private") != term.negated
            scopes.append(f"+c.scope {'<>' if private else '='} 0")
        elif (term.name, term.value) == ("has", "date"):
            scopes.append(f"c.dated = {int(not term.negated)}")
        elif (term.name, term.value) != ("is", "recycled"):
            found = _ids(connection, term, who)
            if kind != "all" or len(found) != 1:
                return None
            kind, ref = term.name, found[0]
    return Sums(kind, ref, *_in_time(plan, scopes))


def _ids(connection: sqlite3.Connection, term: Filter, who: Viewer) -> list[int]:
    if term.negated or term.name not in ("album", "location", "trade"):
        return []
    return find_ids(connection, term.name, term.value, who)


def _in_time(plan: Plan, texts: list[str]) -> tuple[str, tuple[object, ...]]:
    """Return a condition on the kept sums of the days that the plan touches."""
    values = []
    if plan.low is not None:
        texts.append("c.day >= ?")
        values.append(plan.low[:10])
    if plan.high is not None:  # a day sorts before its times
        texts.append("c.day < ?")
        values.append(plan.high)
    return " and ".join(texts), tuple(values)


def known(ask: Ask, by: str) -> Timeline | None:
    """Return the timeline where the database keeps its sums, else None."""
    if ask.plan.nothing:
        return Timeline()
    if ask.sums is None:
        return None
    return Timeline(grouped(kept_days(ask), by, newest=ask.newest))


def kept_days(ask: Ask, span: Span | None = None) -> list[Day]:
    """Return the days whose sums are kept, in order; all, or those of one section."""
    if ask.sums is None:
        return []
    if span is None:
        return _added_up(ask, ask.sums)
    return _added_up(ask, _within(ask.sums, str(span.first), f"{span.last}~", span))


def kept_hours(ask: Ask, day: Day) -> list[Day]:
    """Return the hours of a day, in order; none where their sums are not kept."""
    if ask.sums is None or ask.sums.kind != "all":
        return []
    hours = replace(ask.sums, kind="hour")
    return _added_up(ask, _within(hours, day.day, f"{day.day}~", day))


def _within(sums: Sums, low: str, high: str, like: Span | Day) -> Sums:
    """Return the sums from a time to another, of what has a date or of the rest."""
    return replace(
        sums,
        condition=f"{sums.condition} and c.day >= ? and c.day <= ? and c.dated = ?",
        values=(*sums.values, low, high, like.dated),
    )


def _added_up(ask: Ask, sums: Sums) -> list[Day]:
    rows = ask.connection.execute(
        f"""
        select c.day, c.dated, sum(c.photos), sum(c.width) from day_counts c
        where c.kind = '{sums.kind}' and c.ref = {sums.ref} and {sums.condition}
        group by c.day, c.dated order by c.day {ask.way}
        """,
        sums.values,
    )
    return [Day(day, bool(dated), n, width) for day, dated, n, width in rows]


def _size(found: tuple[list[Day], bool]) -> int:
    return 1 + _NUMBERS_A_DAY * len(found[0])


def _counted(ask: Ask, by: str) -> tuple[list[Day], bool]:
    """Return days whose sums are kept nowhere, and whether they are exact."""
    if _are_few(ask):
        return _summed(ask), True
    # What has no date is found in the same days again, and often not much
    undated = _of_no_date(ask)
    if not _are_few(undated):
        return list(_estimated(ask, by, {True, False})), False
    return [*_estimated(ask, by, {True}), *_summed(undated)], False


def _of_no_date(ask: Ask) -> Ask:
    plan = replace(ask.plan, wanted=[*ask.plan.wanted, refs(["nodate"])], index=None)
    return replace(ask, plan=plan)


def _are_few(ask: Ask) -> bool:
    wanted = ask.plan.positive() or [everything(ask.connection)]
    expression = without(both(wanted), ask.plan.barred)
    return hits(ask.connection, expression, MOST_SUMMED + 1) <= MOST_SUMMED


def _summed(ask: Ask) -> list[Day]:
    """Sum over what is found."""
    wanted = ask.plan.positive() or [everything(ask.connection)]
    source, condition, values = source_of(ask.plan, wanted)
    rows = ask.connection.execute(
        f"""
        select substr(t.sorted_at, 1, 10) as day, t.dated, count(*), sum(t.width)
        from {source} where {condition} group by 1, 2
        """,
        values,
    )
    return [Day(day, bool(dated), n, width) for day, dated, n, width in rows]


def source_of(plan: Plan, wanted: list[str]) -> tuple[str, str, list[object]]:
    """Return what a plan selects from, under which condition, and the values in that.

    ``p`` are photos and ``t`` their tiles.

    :param wanted: expressions of the index that must hold
    """
    residual, values = plan.residual()
    if plan.by_index():
        return PHOTOS, f"{plan.index or '1'} and {residual}", values
    expression = without(both(wanted), plan.barred)
    return _FOUND, f"photos_fts match ? and {residual}", [expression, *values]


def _estimated(ask: Ask, by: str, wanted: set[bool]) -> Iterator[Day]:
    """Count in the index; as wide as the photos of that time are on average.

    Times of the day, which no token tells, are left out of account.

    :param wanted: what has a date (True), has none (False), or both
    :returns: the first day of each day, week or month, with all that there is then
    """
    scope = scope_condition(ask.who, "c.scope", recycled=ask.plan.recycled)
    sums = Sums("all", 0, *_in_time(ask.plan, [scope]))
    every = (day for day in kept_days(replace(ask, sums=sums)) if day.dated in wanted)
    times = groupby(every, lambda day: key_of(day.day, by, dated=True))
    for time, some in times:
        days = sorted(some, key=lambda day: day.dated)
        when = _days_of(ask.plan, time, days)
        for dated, those in groupby(days, lambda day: day.dated):
            number = _number(ask, when, dated=dated)
            kept = list(those)
            if number:
                width = sum(day.width for day in kept) / sum(d.photos for d in kept)
                yield Day(kept[0].day, dated, number, round(width * number))


def _days_of(plan: Plan, time: str, days: Sequence[Day]) -> str:
    """Return the expression for the days of a section, of which these have photos."""
    span = span_of(time)
    first, last = span.first, span.last
    if plan.low is not None or plan.high is not None:
        edges = [date.fromisoformat(day.day) for day in days]
        first, last = min(edges), max(edges)
    return refs(Window(first, last).tokens())


def _number(ask: Ask, when: str, *, dated: bool) -> int:
    """Count in the index what ``who`` may see of what is asked for."""
    undated = refs(["nodate"])
    wanted, barred = seen(ask.who, recycled=ask.plan.recycled)
    wanted = [*ask.plan.timeless(), *wanted, when, *[undated] * (not dated)]
    barred = [*ask.plan.barred, *barred, *[undated] * dated]
    (photos,) = ask.connection.execute(
        "select count(*) from photos_fts where photos_fts match ?",
        (without(both(wanted), barred),),
    ).fetchone()
    return int(photos)
