"""The timeline: how many photos stand where, and how wide their tiles are together.

That is all that must be known to lay out a grid of any size exactly, before any of its
photos is read. Of the whole project, an album, a location or a trade the database keeps
these sums (``day_counts``); of anything else they are summed over what is found, or
estimated when that is very much.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from archive.errors import InvalidInput
from archive.rights import Viewer, scope_condition
from archive.search.compiling import Plan, compile_query, everything
from archive.search.language import Filter, Query, parse
from archive.search.listing import hits
from archive.search.matching import both, refs, seen, without
from archive.search.names import find_ids
from archive.search.ranges import parse_span
from archive.search.sections import BY, Day, Section, Span, grouped
from archive.sqlite import sqlite3

MOST_SUMMED = 100_000  # photos that are looked at for exact sums
# the width of a photo's tile at a height of 1000, and where from
WIDTH = "coalesce(iif(p.rotation % 180 = 0, o.aspect, o.aspect_turned), 1333)"
_ORIGINALS = "left join originals o on o.id = p.original_id"
PHOTOS = f"photos p {_ORIGINALS}"
_FOUND = f"photos_fts cross join photos p on p.id = photos_fts.rowid {_ORIGINALS}"


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
        days = _summed(ask)
        exact = days is not None
        days = _estimated(ask) if days is None else days
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


def _summed(ask: Ask) -> list[Day] | None:
    """Sum over what is found; None when that is very much."""
    wanted = ask.plan.positive() or [everything(ask.connection)]
    expression = without(both(wanted), ask.plan.barred)
    if hits(ask.connection, expression, MOST_SUMMED + 1) > MOST_SUMMED:
        return None
    source, condition, values = source_of(ask.plan, wanted)
    rows = ask.connection.execute(
        f"""
        select substr(p.sorted_at, 1, 10) as day, p.taken_at is not null as dated,
            count(*), sum({WIDTH})
        from {source} where {condition} group by 1, 2
        """,
        values,
    )
    return [Day(day, bool(dated), n, width) for day, dated, n, width in rows]


def source_of(plan: Plan, wanted: list[str]) -> tuple[str, str, list[object]]:
    """Return what a plan selects from, under which condition, and the values in that.

    :param wanted: expressions of the index that must hold
    """
    residual, values = plan.residual()
    if plan.by_index():
        return PHOTOS, f"{plan.index or '1'} and {residual}", values
    expression = without(both(wanted), plan.barred)
    return _FOUND, f"photos_fts match ? and {residual}", [expression, *values]


def _estimated(ask: Ask) -> list[Day]:
    """Count day by day in the index; as wide as the photos of the day are on average.

    Times of the day, which no token tells, are left out of account.
    """
    wanted, barred = seen(ask.who, recycled=ask.plan.recycled)
    wanted, barred = [*ask.plan.timeless(), *wanted], [*ask.plan.barred, *barred]
    scope = scope_condition(ask.who, "c.scope", recycled=ask.plan.recycled)
    sums = Sums("all", 0, *_in_time(ask.plan, [scope]))
    days = []
    for day in kept_days(replace(ask, sums=sums)):
        those = [*wanted, refs([f"d{day.day.replace('-', '')}"])]
        undated = refs(["nodate"])
        expression = (
            without(both(those), [*barred, undated])
            if day.dated
            else without(both([*those, undated]), barred)
        )
        (photos,) = ask.connection.execute(
            "select count(*) from photos_fts where photos_fts match ?", (expression,)
        ).fetchone()
        if photos:
            width = round(day.width / day.photos * photos)
            days.append(Day(day.day, day.dated, photos, width))
    return days
