"""Pages by number, with how many photos there are in all: what programs ask for.

People's pages follow each other by cursors (``listing.py``). A page that has a number
is found by counting. In the order of uploads the photos are counted by blocks of their
numbers: what the database keeps counters of by adding these up (``blocks.py``),
anything else once by the index, and after a change only where something changed
(``tallies.py``). For other orders the numbers of all that is found are listed, and
remembered for as long as nothing in the archive changes.

In the order of uploads photos that are added while somebody walks through the pages
come behind them all, so that none is seen twice or missed.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from archive.errors import InvalidInput
from archive.rights import Viewer
from archive.search.blocks import blocks_of, in_order, kept_of, page_of
from archive.search.remembered import remembered
from archive.search.sources import numbers_of, source_of
from archive.search.tallies import size_of, tallied
from archive.search.wanted import Days, Moments, Question, Wanted, question_of
from archive.sqlite import sqlite3

__all__ = [
    "ORDERS",
    "Days",
    "Moments",
    "Numbered",
    "Wanted",
    "numbered",
]

# order: column of photos; "-" before it turns it round. Of equals, the number decides
ORDERS = {"uploaded": "uploaded_at", "taken": "sorted_at", "recycled": "recycled_at"}


@dataclass(frozen=True, slots=True)
class Numbered:
    """One page: ids of photos in order, and how many there are on all pages."""

    ids: tuple[int, ...] = ()
    total: int = 0


def numbered(
    connection: sqlite3.Connection,
    wanted: Wanted,
    who: Viewer | None,
    *,
    order: str = "uploaded",
    page: int = 1,
    per_page: int = 100,
) -> Numbered:
    """Return a page of the photos that are asked for and ``who`` may see.

    :param order: a key of ``ORDERS``: first what was uploaded, taken (known or assumed)
        or recycled first; with ``-`` before it, last
    :raises NotAllowed: the bin, without the right to it
    :raises InvalidInput: an unknown order or bin, or a page that cannot be
    """
    column = ORDERS.get(order.removeprefix("-"))
    if column is None:
        raise InvalidInput(f"no order {order!r}; there are {', '.join(ORDERS)}")
    if page < 1 or per_page < 1:
        raise InvalidInput("pages are counted from 1 and have at least one photo")
    question = question_of(connection, wanted, who) if who else None
    if question is None:
        return Numbered()
    start = (page - 1) * per_page
    wish = _Wish(column, order.startswith("-"), start, start + per_page)
    return _found(connection, question, wish)


@dataclass(frozen=True, slots=True)
class _Wish:
    """Which places, from ``start`` up to but without ``end``, of which order."""

    column: str
    backwards: bool
    start: int
    end: int

    def of(self, total: int) -> tuple[int, int]:
        """Return these places counted in the order that is not backwards."""
        if self.backwards:
            return max(0, total - self.end), max(0, total - self.start)
        return self.start, min(self.end, total)

    def turned(self, numbers: Sequence[int]) -> tuple[int, ...]:
        """Return what stands there in the order asked for."""
        return tuple(reversed(numbers) if self.backwards else numbers)

    def cut(self, numbers: Sequence[int]) -> Numbered:
        """Return these places out of all numbers."""
        start, end = self.of(len(numbers))
        return Numbered(self.turned(numbers[start:end]), len(numbers))


def _found(connection: sqlite3.Connection, question: Question, wish: _Wish) -> Numbered:
    column = wish.column
    if column == "uploaded_at" and in_order(connection, question):
        kept = kept_of(question)
        if kept is not None:
            blocks = remembered(
                connection,
                ("blocks", question),
                lambda _: blocks_of(connection, question, kept),
                len,
            )
        else:
            tally = remembered(
                connection,
                ("tally", question),
                lambda before: tallied(connection, question, before),
                size_of,
            )
            if tally.numbers is not None:
                return wish.cut(tally.numbers)
            blocks = tally.blocks
        some = page_of(connection, question, blocks, *wish.of(blocks.photos))
        return Numbered(wish.turned(some), blocks.photos)
    numbers = remembered(
        connection,
        (column, question),
        lambda _: _all(connection, question, column),
        len,
    )
    return wish.cut(numbers)


def _all(connection: sqlite3.Connection, question: Question, column: str) -> array[int]:
    return numbers_of(connection, source_of(connection, question), column)
