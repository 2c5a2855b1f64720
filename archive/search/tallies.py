"""What is found of a question that no counters add up to, kept up to date by blocks.

Photos are counted by the blocks of ``blocks.py`` in one go; of few, the numbers are
listed. After a change only those blocks are looked at again in which something changed
of what somebody sees (``block_changes``), unless these are many.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from archive.search.blocks import (
    BITS,
    Blocks,
    blocks_from,
    ends_of,
    looked_at,
    numbers_between,
)
from archive.search.sources import Source, source_of
from archive.search.wanted import Question
from archive.sqlite import sqlite3

MOST_LISTED = 50_000  # numbers: of more the blocks are so full that a page lies in few
MOST_RENEWED = 24  # blocks; more are counted faster with all the others

State = Mapping[int, int] | None  # block: how often something in it has changed


@dataclass(frozen=True, slots=True)
class Tally:
    """What was found of a question.

    :param state: of the blocks when it was; None: that cannot be known
    :param ends: the first and the last number that its window of uploads allows
    :param numbers: all that were found, in order; None: these are many
    :param blocks: of many, how many there are in each
    """

    state: State
    ends: tuple[int, int]
    numbers: array[int] | None
    blocks: Blocks

    @property
    def photos(self) -> int:
        """How many were found."""
        return self.blocks.photos if self.numbers is None else len(self.numbers)


def size_of(tally: Tally) -> int:
    """Return what it takes in memory, in numbers; an entry of a mapping takes 12."""
    return len(tally.numbers or ()) + len(tally.blocks) + 12 * len(tally.state or ())


def tallied(
    connection: sqlite3.Connection, question: Question, before: Tally | None
) -> Tally:
    """Return what is found of a question.

    The state is read first: what changes meanwhile is looked at again the next time.

    :param before: what was found before something changed
    """
    state, ends = _state(connection, question), ends_of(connection, question)
    changed = None if before is None else _changed(before, state, ends)
    if before is None or changed is None:
        return _anew(connection, question, state, ends)
    if before.numbers is None:
        return _recounted(connection, question, before, changed, (state, ends))
    numbers = before.numbers[:]
    for block in changed:
        low, high = (bisect_left(numbers, edge << BITS) for edge in (block, block + 1))
        some = numbers_between(connection, question, *_within(block, ends))
        numbers[low:high] = array("q", some)
    if len(numbers) > 2 * MOST_LISTED:
        return _anew(connection, question, state, ends)
    return Tally(state, ends, numbers, Blocks((), (), *ends))


def _state(connection: sqlite3.Connection, question: Question) -> State:
    """Return of each block the changes of all that somebody sees in it.

    A guarded connection shows these numbers to nobody, since they tell of stars, too;
    ``beside`` it is one that is not guarded.
    """
    reading = getattr(connection, "beside", connection)
    if reading is None:
        return None
    rows = reading.execute(
        f"""
        select c.block, sum(c.changes) from block_changes c
        where {question.scope.format("c.scope")} group by c.block
        """
    )
    return {row[0]: row[1] for row in rows}


def _changed(before: Tally, state: State, ends: tuple[int, int]) -> list[int] | None:
    """Return the blocks to look at again; None: all."""
    if state is None or before.state is None:
        return None
    found = {block for block, changes in state.items() ^ before.state.items()}
    for one, other in zip(before.ends, ends, strict=True):
        if one != other:
            found |= {one >> BITS, other >> BITS}
    return sorted(found) if len(found) <= MOST_RENEWED else None


def _within(block: int, ends: tuple[int, int]) -> tuple[int, int]:
    """Return the first and the last number of a block."""
    low, high = ends
    return max(low, block << BITS), min(high, (block + 1 << BITS) - 1)


def _anew(
    connection: sqlite3.Connection,
    question: Question,
    state: State,
    ends: tuple[int, int],
) -> Tally:
    source = source_of(connection, question)
    some = array("q", _listed(connection, source, MOST_LISTED + 1))
    if len(some) <= MOST_LISTED:
        numbers = array("q", sorted(some))
        return Tally(state, ends, numbers, Blocks((), (), *ends))
    rows = connection.execute(
        f"select {source.number} >> {BITS}, count(*) from {source.tables}"
        f" where {source.condition} group by 1",
        source.values,
    )
    return Tally(state, ends, None, blocks_from(dict(rows.fetchall()), *ends))


def _listed(connection: sqlite3.Connection, source: Source, most: int) -> Iterator[int]:
    rows = connection.execute(
        f"select {source.number} from {source.tables} where {source.condition} limit ?",
        (*source.values, most),
    )
    return (row[0] for row in rows)


def _recounted(
    connection: sqlite3.Connection,
    question: Question,
    before: Tally,
    changed: list[int],
    now: tuple[State, tuple[int, int]],
) -> Tally:
    state, ends = now
    photos = before.blocks.counted()
    for block in changed:
        photos[block] = looked_at(connection, question, *_within(block, ends))
    return Tally(state, ends, None, blocks_from(photos, *ends))
