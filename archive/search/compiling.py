"""From a query to what the database is asked: an expression of the index, and the rest.

Every filter is a token of the index (``refs`` in schema.sql), so that words and filters
meet in one place; what tokens cannot say exactly (times of day) is asked of the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from archive.errors import InvalidQuery, NotAllowed
from archive.rights import Viewer, scope_condition
from archive.search import matching
from archive.search.language import SPANS, Filter, Query, Term, Word
from archive.search.names import find_ids
from archive.search.ranges import Span, days_of, parse_span, tokens
from archive.search.regions import Region, cover, parse_region
from archive.sqlite import sqlite3

# filter that names records: what their tokens begin with, and the column that an index
# on photos begins with
_RECORDS = {
    "album": ("a", "album_id"),
    "location": ("l", "location_id"),
    "trade": ("t", ""),
    "by": ("u", "uploader_id"),
    "camera": ("k", "camera_id"),
}
# column, and what the tokens of years, months and days begin with
_TIMES = {
    "taken": ("sorted_at", ("y", "m", "d")),
    "uploaded": ("uploaded_at", ("", "um", "ud")),
    "log": ("log_date", ("", "lm", "ld")),
}
# filter: tokens it wants (or, after "not", those it bars)
_MARKS: dict[tuple[str, str], tuple[str, ...]] = {
    ("is", "starred"): ("star",),
    ("is", "public"): ("s0",),
    ("is", "private"): ("not", "s0"),
    ("is", "360"): ("v360",),
    ("is", "damaged"): ("damaged",),
    ("is", "image"): ("not", "fraw", "fvideo", "fnone"),
    ("is", "raw"): ("fraw",),
    ("is", "video"): ("fvideo",),
    ("has", "gps"): ("not", "nogps"),
    ("has", "description"): ("desc",),
    ("has", "comments"): ("comm",),
    ("has", "markups"): ("mark",),
    ("has", "location"): ("not", "noloc"),
    ("has", "trades"): ("not", "notrade"),
    ("has", "date"): ("not", "nodate"),
    ("projection", "360"): ("v360",),
    ("projection", "regular"): ("not", "v360", "vunknown"),
    ("projection", "unknown"): ("vunknown",),
}
# marks that an index on photos holds in order of time
_INDEXED = {
    ("is", "starred"): "p.starred = 1",
    ("is", "private"): "p.private = 1",
    ("is", "360"): "p.projection = '360'",
    ("projection", "360"): "p.projection = '360'",
}


@dataclass
class Plan:
    """What is to be asked.

    :param words: expressions of the words alone, for ranking and snippets
    :param wanted: expressions that must hold beside them
    :param barred: expressions that must not
    :param conditions: SQL on ``p`` (photos), each with its values
    :param low: the earliest ``sorted_at``; ``high``: what it must stay below
    :param days: the expression for the days between the two; None: any day
    :param index: SQL on ``p`` that an index on photos answers in order of time; the
        whole answer when nothing else is asked
    :param places: locations in or below one of which all of it lies; empty: anywhere
    :param recycled: of the bin instead of the live photos
    """

    scope: str
    recycled: bool
    first: date
    last: date
    words: list[str] = field(default_factory=list)
    wanted: list[str] = field(default_factory=list)
    barred: list[str] = field(default_factory=list)
    conditions: list[tuple[str, tuple[object, ...]]] = field(default_factory=list)
    low: str | None = None
    high: str | None = None
    days: str | None = None
    index: str | None = None
    places: list[int] = field(default_factory=list)
    nothing: bool = False

    def timeless(self) -> list[str]:
        """Return the expressions that must hold, but for when the photo was taken."""
        return [*self.words, *self.wanted]

    def beside(self) -> list[str]:
        """Return the expressions that must hold beside the words."""
        return self.wanted if self.days is None else [*self.wanted, self.days]

    def positive(self) -> list[str]:
        """Return the expressions that must hold."""
        return [*self.words, *self.beside()]

    def by_index(self) -> bool:
        """Whether an index on photos alone gives the answer in order of time."""
        asked = len(self.words) + len(self.wanted) + len(self.barred)
        return asked == (self.index is not None)

    def in_tokens(self) -> bool:
        """Whether the index tells all that is asked, but for who may see it."""
        return self.low is None and self.high is None and not self.conditions

    def residual(self) -> tuple[str, list[object]]:
        """Return what the rows are asked, scope included, and the values in it."""
        texts, values = [self.scope], list[object]()
        for edge, sign in ((self.low, ">="), (self.high, "<")):
            if edge is not None:
                texts.append(f"p.sorted_at {sign} ?")
                values.append(edge)
        for text, some in self.conditions:
            texts.append(text)
            values.extend(some)
        return " and ".join(texts), values


def compile_query(connection: sqlite3.Connection, query: Query, who: Viewer) -> Plan:
    """Return the plan for what ``who`` looks for.

    :raises InvalidQuery: a name that nothing has, or what cannot be joined by OR
    :raises NotAllowed: stars or the bin, without the right to them
    """
    recycled = _wants_bin(query, who)
    first, last = _days(connection)
    plan = Plan(
        scope=scope_condition(who, "p.scope", recycled=recycled),
        recycled=recycled,
        first=first,
        last=last,
    )
    if recycled:
        plan.wanted.append(matching.refs(["sbin"]))
    for clause in _telling(query, plan):
        if len(clause) > 1:
            _add_choice(connection, plan, clause, who)
        else:
            _add_term(connection, plan, clause[0], who)
    plan.days = _taken_days(plan)
    return plan


def _wants_bin(query: Query, who: Viewer) -> bool:
    wanted = False
    for clause in query.clauses:
        for term in clause:
            if isinstance(term, Filter) and _star(term) and not who.stars:
                raise NotAllowed(
                    "you may not see stars or search for them", key="no_stars"
                )
            if isinstance(term, Filter) and is_bin(term):
                if not who.bin:
                    raise NotAllowed("you may not see the recycle bin", key="no_bin")
                if len(clause) > 1:
                    raise InvalidQuery(
                        "is:recycled stands on its own, without OR",
                        key="stands_alone",
                        name="is:recycled",
                    )
                wanted = wanted or not term.negated
    return wanted


def is_bin(term: Filter) -> bool:
    """Whether a filter is about the recycle bin."""
    return (term.name, term.value) == ("is", "recycled")


def _star(term: Filter) -> bool:
    return (term.name, term.value) == ("is", "starred")


def _telling(query: Query, plan: Plan) -> list[tuple[Term, ...]]:
    """Return the clauses that say something: not mere punctuation, not the bin."""
    kept = []
    for clause in query.clauses:
        terms = tuple(
            term
            for term in clause
            if not (isinstance(term, Word) and not matching.is_findable(term))
            and not (isinstance(term, Filter) and is_bin(term))
        )
        if terms:
            kept.append(terms)
    bare = all(isinstance(term, Word) for term in query.terms())
    plan.nothing = bool(query.clauses) and not kept and bare
    return kept


def _days(connection: sqlite3.Connection) -> tuple[date, date]:
    """Return the first and last day of any photo, as far as this connection shows."""
    found = [
        connection.execute(
            f"select sorted_at from photos order by sorted_at {way}, id {way} limit 1"
        ).fetchone()
        for way in ("asc", "desc")
    ]
    first, last = (
        date.fromisoformat(row[0][:10]) if row else date(1, 1, 1) for row in found
    )
    return first, last


def _add_term(
    connection: sqlite3.Connection, plan: Plan, term: Term, who: Viewer
) -> None:
    if isinstance(term, Word):
        found = matching.words(term)
        (plan.barred if term.negated else plan.words).append(found)
    elif term.name in SPANS:
        _add_span(plan, term)
    elif term.name == "in":
        add_region(plan, parse_region(term.value), negated=term.negated)
    else:
        wanted, barred, index = _expressions(connection, plan, term, who)
        if term.negated:
            wanted, barred, index = barred, wanted, None
        plan.wanted.extend(wanted)
        plan.barred.extend(barred)
        plan.index = plan.index or index
        if term.name == "location" and not term.negated:
            plan.places = find_ids(connection, term.name, term.value, who)
        _add_private(plan, term)


def _add_private(plan: Plan, term: Filter) -> None:
    """Ask the rows too: in the bin their token says only that they lie there."""
    marks = (("is", "private"), ("is", "public"))
    if plan.recycled and (term.name, term.value) in marks:
        private = (term.value == "private") != term.negated
        plan.conditions.append((f"p.private = {int(private)}", ()))


def _expressions(
    connection: sqlite3.Connection, plan: Plan, term: Filter, who: Viewer
) -> tuple[list[str], list[str], str | None]:
    """Return the expression that a filter wants, or bars, and what an index answers."""
    if term.name in _RECORDS:
        begins, column = _RECORDS[term.name]
        ids = find_ids(connection, term.name, term.value, who)
        found = matching.refs([f"{begins}{number}" for number in ids])
        alone = len(ids) == 1 and column and not _has_below(connection, term, ids[0])
        return [found], [], f"p.{column} = {ids[0]}" if alone else None
    if term.name == "name":
        return [matching.name_of_file(term.value)], [], None
    if term.name == "ext":
        return [matching.refs([f"x{term.value}"])], [], None
    if plan.recycled and term.value in ("private", "public"):
        return [], [], None
    marks, index = _MARKS[term.name, term.value], _INDEXED.get((term.name, term.value))
    if (term.name, term.value) == ("is", "private") and not who.everything:
        marks = (f"sp{who.own}",)  # they see no other's
    if marks[0] == "not":
        return [], [matching.refs(marks[1:])], index
    return [matching.refs(marks)], [], index


def _has_below(connection: sqlite3.Connection, term: Filter, number: int) -> bool:
    if term.name != "location":
        return False
    row = connection.execute(
        "select 1 from locations where parent_id = ? limit 1", (number,)
    ).fetchone()
    return row is not None


def _add_span(plan: Plan, term: Filter) -> None:
    span = parse_span(term.value)
    column, begins = _TIMES[term.name]
    if term.name == "taken" and not term.negated:
        plan.low = max(filter(None, (plan.low, span.low)), default=None)
        plan.high = min(filter(None, (plan.high, span.high)), default=None)
        return
    plan.conditions.append(_span_condition(column, span, negated=term.negated))
    found = _span_tokens(plan, term.name, span, begins)
    if found is None:
        return
    if not term.negated:
        plan.wanted.append(matching.refs(found or ["never"]))
    elif found and span.exact():
        plan.barred.append(matching.refs(found))


def add_region(plan: Plan, region: Region, *, negated: bool = False) -> None:
    """Ask for what lies in an area: by a few cells of the map, then exactly."""
    text, values = region.condition()
    plan.conditions.append((f"{text} is not true" if negated else text, values))
    if not negated:
        plan.wanted.append(matching.cells(cover(region)))


def _taken_days(plan: Plan) -> str | None:
    """Return the expression for the days of what was taken then; None: it bars none."""
    if plan.low is None and plan.high is None:
        return None
    start, end = days_of(Span(plan.low, plan.high), plan.first, plan.last)
    if (start, end) == (plan.first, plan.last):
        return None
    year, month, day = _TIMES["taken"][1]
    found = tokens(start, end, year=year, month=month, day=day)
    return None if found is None else matching.refs(found or ["never"])


def _span_condition(
    column: str, span: Span, *, negated: bool
) -> tuple[str, tuple[object, ...]]:
    edges = [(span.low, f"p.{column} >= ?"), (span.high, f"p.{column} < ?")]
    held = " and ".join([f"p.{column} is not null", *(t for e, t in edges if e)])
    values = tuple(e for e, _ in edges if e)
    return (f"not ({held})" if negated else f"({held})"), values


def _span_tokens(
    plan: Plan, name: str, span: Span, begins: tuple[str, str, str]
) -> list[str] | None:
    """Return tokens for a span, or None when it is too wide for them or open."""
    first, last = plan.first, plan.last
    if name != "taken":  # uploads and logs may lie outside the days of the photos
        if span.low is None or span.high is None:
            return None
        first, last = date(1, 1, 1), date(9999, 12, 31)
    start, end = days_of(span, first, last)
    year, month, day = begins
    return tokens(start, end, year=year, month=month, day=day)


def _add_choice(
    connection: sqlite3.Connection, plan: Plan, clause: Sequence[Term], who: Viewer
) -> None:
    """Add a clause of which one term must hold, as one expression."""
    choices = [_choice(connection, plan, term, who) for term in clause]
    joined = " OR ".join(f"({one})" for one in choices)
    words = all(isinstance(term, Word) for term in clause)
    (plan.words if words else plan.wanted).append(joined)


def _choice(connection: sqlite3.Connection, plan: Plan, term: Term, who: Viewer) -> str:
    if isinstance(term, Word):
        return matching.words(term)
    if term.name == "in":
        raise InvalidQuery(
            "in: stands on its own, without OR", key="stands_alone", name="in:"
        )
    if term.name in SPANS:
        span = parse_span(term.value)
        found = _span_tokens(plan, term.name, span, _TIMES[term.name][1])
        if not span.exact() or found is None:
            raise InvalidQuery(
                f"beside OR, {term.name}: takes whole days, and both ends of the span",
                key="or_span",
                name=term.name,
            )
        return matching.refs(found or ["never"])
    if plan.recycled and term.value in ("private", "public"):
        raise InvalidQuery(
            f"is:{term.value} stands on its own in the recycle bin",
            key="alone_in_bin",
            name=f"is:{term.value}",
        )
    wanted, barred, _ = _expressions(connection, plan, term, who)
    return wanted[0] if wanted else matching.without(everything(connection), barred)


def days_held(connection: sqlite3.Connection, plan: Plan) -> tuple[date, date]:
    """Return days before and after which there is nothing to find, as cheaply known."""
    first, last = plan.first, plan.last
    if plan.index is not None:
        found = [
            connection.execute(
                f"select p.sorted_at from photos p where {plan.index}"
                f" order by p.sorted_at {way}, p.id {way} limit 1"
            ).fetchone()
            for way in ("asc", "desc")
        ]
        if found[0] is None:
            return last, first
        first, last = (date.fromisoformat(row[0][:10]) for row in found)
    if plan.places and not plan.recycled:
        marks = ", ".join("?" * len(plan.places))
        low, high = connection.execute(
            f"""
            select min(value), max(value) from facet_counts
            where dimension = 'month' and location_id in ({marks})
            """,
            plan.places,
        ).fetchone()
        if low is None:
            return last, first
        months = parse_span(f"{low[:7]}..{high[:7]}")
        start, end = days_of(months, first, last)
        first, last = max(first, start), min(last, end)
    return first, last


def everything(connection: sqlite3.Connection) -> str:
    """Return an expression that every photo fulfils."""
    rows = connection.execute(
        """
        select distinct substr(value, 1, 4) from facet_counts
        where dimension = 'month' and location_id = 0
        """
    )
    return matching.refs([f"y{row[0]}" for row in rows] or ["never"])
