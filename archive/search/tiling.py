"""The tiles of a timeline: any part of it, in order, with its place in its section."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from archive.errors import InvalidInput
from archive.rights import Viewer
from archive.search.faces import COLUMNS, Face, load_faces
from archive.search.language import Query
from archive.search.listing import find_photos
from archive.search.matching import refs
from archive.search.sections import Day, Section, Span, grouped, key_of, span_of
from archive.search.timelines import (
    Ask,
    Timeline,
    asked,
    check,
    kept_days,
    kept_hours,
    known,
    source_of,
)
from archive.search.windows import Window
from archive.sqlite import sqlite3

PAGE = 120  # tiles of one section: some screens of them
MOST_TOGETHER = 2_000  # tiles of several
MOST_CHOSEN = 20_000  # ids


@dataclass(frozen=True, slots=True)
class Tiles:
    """Some tiles of a section, in order.

    :param section: as it truly is
    :param first: how many tiles of the section come before
    :param start: how wide those are together
    """

    section: Section
    first: int
    start: int
    faces: tuple[Face, ...] = ()


def opening(
    connection: sqlite3.Connection,
    query: Query | str,
    who: Viewer | None,
    *,
    by: str = "day",
    order: str = "newest",
    limit: int = PAGE,
) -> tuple[Timeline, tuple[Tiles, ...]]:
    """Return the first tiles of a timeline, and as much of it as is cheaply known.

    At least the sections of these tiles are. Errors as for ``timeline``.

    :param limit: about how many tiles
    """
    check(by, order)
    if who is None:
        return Timeline(), ()
    ask = asked(connection, query, who, order)
    kept = known(ask, by)
    if kept is not None:
        return kept, _first_tiles(ask, kept.sections, limit)
    page = find_photos(connection, query, who, limit=limit, order=order)
    faces = load_faces(connection, page.ids)
    if page.next is None:
        every = _whole(ask, faces, by)
        return Timeline(tuple(some.section for some in every)), every
    found = _beginning(ask, {key_of(f.day, by, dated=True) for f in faces}, limit)
    sections = tuple(some.section for some in found)
    return Timeline(sections, whole=False), tuple(_trimmed(found, limit))


def tiles(
    connection: sqlite3.Connection,
    query: Query | str,
    who: Viewer | None,
    first: str,
    last: str | None = None,
    *,
    at: int = 0,
    order: str = "newest",
    limit: int = PAGE,
) -> tuple[Tiles, ...]:
    """Return tiles of one section from a place on, or all tiles of several sections.

    When those from ``first`` to ``last`` have more than ``MOST_TOGETHER``, it is as if
    only the first was asked for. A section that has no photo is left out.

    :param first: key of a section; ``last``: of another
    :param at: a width: the first tile is the one that lies there in its section
    :param limit: of the tiles of one section
    :raises InvalidInput: no such section, or sections of two kinds
    """
    check("day", order)
    span = span_of(first)
    until = _until(span, last)
    if who is None:
        return ()
    ask = asked(connection, query, who, order)
    if until != span:
        rows = list(_rows(ask, *_outer(span, until), limit=MOST_TOGETHER + 1))
        if len(rows) <= MOST_TOGETHER:
            return _whole(ask, rows, span.by)
    found = _part(ask, first, at, limit)
    return (found,) if found.section.photos else ()


def section_ids(
    connection: sqlite3.Connection,
    query: Query | str,
    who: Viewer | None,
    first: str,
    last: str | None = None,
    *,
    order: str = "newest",
) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Return the ids of all photos from one section to another, by their keys.

    :raises InvalidInput: as for ``tiles``; or more than ``MOST_CHOSEN`` photos
    """
    check("day", order)
    span = span_of(first)
    until = _until(span, last)
    if who is None:
        return ()
    ask = asked(connection, query, who, order)
    dated = span.dated if until == span else None
    days = _outer(span, until)
    rows = list(_rows(ask, *days, dated=dated, limit=MOST_CHOSEN + 1))
    if len(rows) > MOST_CHOSEN:
        raise InvalidInput(
            f"these are more than {MOST_CHOSEN:,} photos; choose everything that the"
            " search finds instead",
            key="choose_all",
            n=MOST_CHOSEN,
        )
    return tuple(
        (some.section.key, tuple(face.id for face in some.faces))
        for some in _whole(ask, rows, span.by)
    )


def _until(span: Span, last: str | None) -> Span:
    until = span if last is None else span_of(last)
    if until.by != span.by:
        raise InvalidInput("these are sections of two kinds")
    return until


def _outer(one: Span, other: Span) -> tuple[date, date]:
    return min(one.first, other.first), max(one.last, other.last)


def _first_tiles(
    ask: Ask, sections: Sequence[Section], limit: int
) -> tuple[Tiles, ...]:
    """Return about so many tiles, of the first section or of several whole ones."""
    if not sections:
        return ()
    count = sections[0].photos
    last = sections[0]
    for section in sections[1:]:
        if count + section.photos > limit:
            break
        last, count = section, count + section.photos
    if last != sections[0]:
        spans = span_of(sections[0].key), span_of(last.key)
        # (a time that has both dated photos and others may have very many others)
        rows = list(_rows(ask, *_outer(*spans), limit=MOST_TOGETHER + 1))
        if len(rows) <= MOST_TOGETHER:
            return _whole(ask, rows, spans[0].by)
    return (_part(ask, sections[0].key, 0, limit),)


def _beginning(ask: Ask, keys: Iterable[str], limit: int) -> tuple[Tiles, ...]:
    """Return the whole sections of the times at which a search begins.

    When these have too many tiles, so many of the first.

    :param keys: of these times, without a gap between them
    """
    spans = sorted(map(span_of, keys), key=lambda s: s.first, reverse=ask.newest)
    rows = list(_rows(ask, *_outer(spans[0], spans[-1]), limit=MOST_TOGETHER + 1))
    if len(rows) <= MOST_TOGETHER:
        return _whole(ask, rows, spans[0].by)
    parts = (
        _part(ask, key_of(str(spans[0].first), spans[0].by, dated=dated), 0, limit)
        for dated in (True, False)
    )
    return (next(part for part in parts if part.faces),)


def _trimmed(found: Iterable[Tiles], limit: int) -> Iterator[Tiles]:
    """Yield the first tiles, as many as wanted."""
    for some in found:
        if limit <= 0:
            return
        yield replace(some, faces=some.faces[:limit])
        limit -= len(some.faces)


def _part(ask: Ask, key: str, at: int, limit: int) -> Tiles:
    """Return some tiles of one section."""
    span = span_of(key)
    if ask.sums is None:
        every = list(_rows(ask, span.first, span.last, dated=span.dated))
        section = Section(key, len(every), sum(row.width for row in every))
        return _cut(Tiles(section, 0, 0), every, at, limit)
    days = kept_days(ask, span)
    section = Section(key, sum(d.photos for d in days), sum(d.width for d in days))
    begin, days = _skipped(Tiles(section, 0, 0), days, at)
    hours: list[Day] = []
    if days and days[0].photos > limit:
        begin, hours = _skipped(begin, kept_hours(ask, days[0]), at)
    rows = _of_days(ask, days, limit, since=hours[0].day if hours else None)
    return _cut(begin, rows, at, limit)


def _skipped(begin: Tiles, days: Sequence[Day], at: int) -> tuple[Tiles, list[Day]]:
    """Leave out the days that end before a width, or hours."""
    first, start, skipped = begin.first, begin.start, 0
    for day in days:
        if start + day.width > at:
            break
        first, start, skipped = first + day.photos, start + day.width, skipped + 1
    return replace(begin, first=first, start=start), list(days[skipped:])


def _of_days(
    ask: Ask, days: Sequence[Day], limit: int, *, since: str | None
) -> Iterator[Face]:
    """Yield the tiles of the first of these days, and so many more or all.

    :param since: the hour of the first day to begin with
    """
    if not days:
        return iter(())
    more, last = 0, days[0]
    for day in days[1:]:
        if more >= limit:
            break
        last, more = day, more + day.photos
    edges = sorted(date.fromisoformat(day.day) for day in (days[0], last))
    return _rows(ask, edges[0], edges[1], dated=days[0].dated, since=since)


def _cut(begin: Tiles, rows: Iterable[Face], at: int, limit: int) -> Tiles:
    """Return those of the rows that lie at a width and after, as many as wanted."""
    first, start = begin.first, begin.start
    kept: list[Face] = []
    for row in rows:
        if not kept and start + row.width <= at:
            first, start = first + 1, start + row.width
            continue
        kept.append(row)
        if len(kept) == limit:
            break
    return Tiles(begin.section, first, start, tuple(kept))


def _rows(
    ask: Ask,
    first: date,
    last: date,
    *,
    dated: bool | None = None,
    since: str | None = None,
    limit: int = -1,
) -> Iterator[Face]:
    """Yield what is found of some days, in order.

    :param dated: only what has a date, or has none; None: both
    :param since: the hour to begin with
    """
    if ask.plan.nothing:
        return
    conditions = list(ask.plan.conditions)
    if dated is not None:
        conditions.append((f"t.dated = {int(dated)}", ()))
    # ~ sorts after whatever stands between a day or an hour and the rest of a time
    low, high = str(first), f"{last}~"
    if since is not None:
        low, high = (low, f"{since}~") if ask.newest else (since, high)
    plan = replace(
        ask.plan,
        low=max(filter(None, (ask.plan.low, low))),
        high=min(filter(None, (ask.plan.high, high))),
        conditions=conditions,
    )
    wanted = [*plan.timeless(), refs(Window(first, last).tokens())]
    source, condition, values = source_of(plan, wanted)
    rows = ask.connection.execute(
        f"""
        select {COLUMNS} from {source} where {condition}
        order by p.sorted_at {ask.way}, p.id {ask.way} limit ?
        """,
        (*values, limit),
    )
    yield from map(Face._make, rows)


def _whole(ask: Ask, rows: Iterable[Face], by: str) -> tuple[Tiles, ...]:
    """Return rows as whole sections, in their order."""
    found: dict[str, list[Face]] = {}
    for row in rows:
        found.setdefault(key_of(row.day, by, dated=bool(row.dated)), []).append(row)
    sections = grouped(
        (day for some in found.values() for day in _days(some)), by, newest=ask.newest
    )
    return tuple(Tiles(s, 0, 0, tuple(found[s.key])) for s in sections)


def _days(rows: Iterable[Face]) -> Iterator[Day]:
    return (Day(row.day, bool(row.dated), 1, row.width) for row in rows)
