"""Reading an index of photos in the order of time for those that the words find.

Where many photos of an album have a word, a page of them is among the first few hundred
of the album. So these are read off the album's index, some hundreds at a time, and the
search index, which goes by number, is asked about the span of their numbers: what was
taken at one time was mostly added at one time. It costs as much in a small album as in
one of half a million, and reads none of the photos' own rows, which lie all over the
file. Without an album it is the same with the index of all photos.

It is only tried: where few have the word, or numbers and dates have nothing to do with
each other, it ends early and says how far it came.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import ceil

from archive.search.keys import Ask
from archive.search.orders import Key
from archive.search.walking import days_to_walk
from archive.search.windows import MARGIN
from archive.sqlite import sqlite3

_READ = 2  # photos that are read first for each one wanted
_FEWEST = 100
_GROWTH = 4
_MOST_READ = 6_000  # photos; when more would have to be read, there are better ways
_MOST_SPANS = 4  # of numbers; each is one question to the search index
_GAP = 4_096  # numbers; to go through fewer takes no longer than to ask once more
_WIDEST = 250_000  # numbers in all spans: 3 ms of the list of a common word

_Row = tuple[str, int, int]  # sorted_at, id, whether it may be seen


def sifted(ask: Ask, expression: str, count: int) -> tuple[list[Key], Key | None]:
    """Return the first keys of what an expression finds, as far as it was tried.

    :param expression: of the search index; it need say nothing about the days
    :returns: up to ``count`` keys; and when these are fewer, the key after which it was
        not tried, None where nothing follows
    """
    found: list[Key] = []
    read, size, last = 0, max(_FEWEST, _READ * count), _edge(ask)
    needed = size
    while read + needed <= _MOST_READ:
        rows = _read(ask, last, size)
        spans = _spans([number for _, number, _ in rows])
        if sum(high - low for low, high in spans) > _WIDEST:
            break
        said = set(_said(ask.connection, expression, spans))
        found += [(at, number) for at, number, seen in rows if seen and number in said]
        if len(rows) < size or len(found) >= count:
            return found[:count], None
        read, last = read + size, rows[-1][:2]
        if not found:
            break
        needed = ceil((count - len(found)) * MARGIN * read / len(found))
        size = min(size * _GROWTH, needed)
    return found, last


def _edge(ask: Ask) -> Key:
    """Return the key that a page begins after; no photo has the number 0."""
    first, last = days_to_walk(ask)
    plan, keys = ask.plan, [ask.start] if ask.start else []
    if ask.newest:
        # ~ sorts after whatever stands between a day and the rest of a time
        return min((plan.high or "~", 0), (f"{last}~", 0), *keys)
    return max((plan.low or "", 0), (f"{first}", 0), *keys)


def _read(ask: Ask, last: Key, count: int) -> list[_Row]:
    """Read so many photos off an index, after a key.

    Those that may not be seen, too: there may be very many.
    """
    plan = ask.plan
    way, sign = ("desc", "<") if ask.newest else ("asc", ">")
    end, stays = (plan.low, ">=") if ask.newest else (plan.high, "<")
    until = "1" if end is None else f"p.sorted_at {stays} ?"
    rows = ask.connection.execute(
        f"""
        select p.sorted_at, p.id, {plan.scope} from photos p
        where {plan.index or "1"} and (p.sorted_at, p.id) {sign} (?, ?) and {until}
        order by p.sorted_at {way}, p.id {way} limit ?
        """,
        (*last, *(() if end is None else (end,)), count),
    )
    return rows.fetchall()  # type: ignore[no-any-return,unused-ignore]


def _spans(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return a few spans around all of these numbers, cut at the widest gaps."""
    ordered = sorted(numbers)
    gaps = sorted(pairwise(ordered), key=lambda gap: gap[0] - gap[1])
    cuts = sorted(
        (low, high) for low, high in gaps[: _MOST_SPANS - 1] if high - low > _GAP
    )
    begins = [*ordered[:1], *(high for _, high in cuts)]
    ends = [*(low for low, _ in cuts), *ordered[-1:]]
    return list(zip(begins, ends, strict=True))


def _said(
    connection: sqlite3.Connection, expression: str, spans: Iterable[tuple[int, int]]
) -> Iterator[int]:
    for span in spans:
        rows = connection.execute(
            "select rowid from photos_fts where photos_fts match ?"
            " and rowid between ? and ?",
            (expression, *span),
        )
        yield from (row[0] for row in rows)
