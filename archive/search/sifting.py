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

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import ceil

from archive.search.keys import Ask
from archive.search.orders import Key
from archive.search.reading import edge, place_of, read_on
from archive.search.windows import MARGIN

_READ = 2  # photos that are read first for each one wanted
_FEWEST = 100
_GROWTH = 4
_MOST_READ = 6_000  # photos; when more would have to be read, there are better ways
_MOST_SPANS = 4  # of numbers; each is one question to the search index
_GAP = 4_096  # numbers; to go through fewer takes no longer than to ask once more
_WIDEST = 250_000  # numbers in all spans: 3 ms of the list of a common word


def sifted(ask: Ask, expression: str, count: int) -> tuple[list[Key], Key | None]:
    """Return the first keys of what an expression finds, as far as it was tried.

    :param expression: of the search index; it need say nothing about the days
    :returns: up to ``count`` keys; and when these are fewer, the key after which it was
        not tried, None where nothing follows
    """
    found: list[Key] = []
    place, last = place_of(ask), edge(ask)
    read, size = 0, max(_FEWEST, _READ * count)
    needed = size
    while read + needed <= _MOST_READ:
        rows, follows = read_on(ask, place, last, size)
        numbers = [number for _, number, seen in rows if seen]
        spans = _spans(numbers)
        if sum(high - low for low, high in spans) > _WIDEST:
            break
        said = set(_said(ask, expression, numbers, spans))
        found += [(at, number) for at, number, _ in rows if number in said]
        if follows is None or len(found) >= count:
            return found[:count], None
        read, last = read + len(rows), follows
        if not (rows and found):
            break
        needed = ceil((count - len(found)) * MARGIN * read / len(found))
        size = min(size * _GROWTH, needed)
    return found, last


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
    ask: Ask, expression: str, numbers: Sequence[int], spans: Iterable[tuple[int, int]]
) -> Iterator[int]:
    """Yield those of some photos that an expression finds.

    The plus keeps the planner from asking the search index for each by itself, and
    what else lies in a span from being looked at any further.
    """
    wanted = json.dumps(numbers)
    for span in spans:
        rows = ask.connection.execute(
            """
            select rowid from photos_fts where photos_fts match ?
                and rowid between ? and ?
                and +rowid in (select value from json_each(?))
            """,
            (expression, *span, wanted),
        )
        yield from (row[0] for row in rows)
