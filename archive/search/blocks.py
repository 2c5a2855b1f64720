"""Finding the n-th photo among very many, from counters that the database keeps.

Photos are counted by blocks of 2,048 numbers (``facet_counts`` in schema.sql): in all,
and of each location, album, trade and uploader. The block in which a page begins is
found by adding up, the photo by skipping fewer than a block.

That goes by the photos' numbers. It is the order in which they were uploaded as long as
none has an earlier time of upload than one with a lower number (``late_photos``).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from archive.search.sources import Source, from_rows, from_words, numbers_of
from archive.search.wanted import Kept, Question
from archive.sqlite import sqlite3

BITS = 11  # of a photo's number within its block, as the view photo_facets has it
_WITHIN = (1 << BITS) - 1
_DENSE = 8  # blocks in which a page lies, at most
_HIGHEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks that have photos of a question, by their number.

    :param ends: how many photos there are up to the end of each
    :param low: the first number asked for; ``high``: the last
    """

    numbers: Sequence[int]
    ends: Sequence[int]
    low: int
    high: int

    def __len__(self) -> int:
        return 2 * len(self.numbers)

    @property
    def photos(self) -> int:
        """How many photos there are in all."""
        return self.ends[-1] if self.ends else 0

    def counted(self) -> dict[int, int]:
        """Return how many photos each block has."""
        found = zip(self.ends, (0, *self.ends), strict=False)
        return dict(
            zip(self.numbers, (end - begin for end, begin in found), strict=True)
        )


def in_order(connection: sqlite3.Connection, question: Question) -> bool:
    """Whether of what somebody sees, photos that came later have higher numbers.

    So it is unless a clock was set back or photos brought their time from elsewhere.
    """
    late = connection.execute(
        f"""
        select 1 from late_photos l cross join photos p on p.id = l.photo_id
        where {question.scope.format("p.scope")} limit 1
        """
    )
    return late.fetchone() is None


def kept_of(question: Question) -> Kept | None:
    """Return the counters that add up to a question; None: there are none.

    Beside one filter that is counted there may be a window of uploads.
    """
    parts = [part for part in question.parts if part.name != "uploaded"]
    if not parts or (len(parts) == 1 and parts[0].name == "regular"):
        return Kept()
    return parts[0].kept if len(parts) == 1 else None


def blocks_of(connection: sqlite3.Connection, question: Question, kept: Kept) -> Blocks:
    """Return the blocks of a question, those at the ends of its window cut."""
    low, high = ends_of(connection, question)
    photos = Counter(dict(_counted(connection, question, kept)))
    photos.subtract(_left_out(connection, question))
    inside = range(low >> BITS, (high >> BITS) + 1)
    for block in {low >> BITS, high >> BITS} & photos.keys():
        first, last = max(low, block << BITS), min(high, block << BITS | _WITHIN)
        if last - first != _WITHIN:
            photos[block] = looked_at(connection, question, first, last)
    return blocks_from({n: photos[n] for n in photos if n in inside}, low, high)


def blocks_from(photos: Mapping[int, int], low: int, high: int) -> Blocks:
    """Return the blocks that have photos, by how many each has."""
    numbers = array("q", sorted(n for n in photos if photos[n] > 0))
    ends = array("q", accumulate(photos[n] for n in numbers))
    return Blocks(numbers, ends, low, high)


def ends_of(connection: sqlite3.Connection, question: Question) -> tuple[int, int]:
    """Return the first and the last number in the window of uploads."""
    window = next((p for p in question.parts if p.name == "uploaded"), None)
    if window is None:
        return 0, _HIGHEST
    scope = question.scope.format("p.scope")  # what is hidden may be late
    first, last = (
        connection.execute(
            f"select p.id from photos p where {window.condition} and {scope}"
            f" order by p.uploaded_at {way}, p.id {way} limit 1",
            window.values,
        ).fetchone()
        for way in ("asc", "desc")
    )
    return (first[0], last[0]) if first and last else (0, -1)


def _counted(
    connection: sqlite3.Connection, question: Question, kept: Kept
) -> list[tuple[int, int]]:
    """Return how many photos each block has."""
    rows = connection.execute(
        f"""
        select c.value - ?1, sum(c.photos) from facet_counts c
        where c.dimension = ?2 and c.location_id = ?3
            and c.value >= ?1 and c.value < ?1 + (1 << 32)
            and {question.scope.format("c.scope")}
        group by c.value
        """,
        (kept.ref << 32, kept.dimension, kept.place),
    )
    return rows.fetchall()  # type: ignore[no-any-return,unused-ignore]


def _left_out(connection: sqlite3.Connection, question: Question) -> Counter[int]:
    """Count the few photos that are not regular, by block."""
    regular = next((p for p in question.parts if p.name == "regular"), None)
    if regular is None:
        return Counter()
    others = replace(regular, condition="p.projection <> 'regular'", barred=False)
    source = from_words(connection, replace(question, parts=(others,)))
    return Counter(n >> BITS for n in numbers_of(connection, source, "id"))


def looked_at(
    connection: sqlite3.Connection, question: Question, first: int, last: int
) -> int:
    """Count the photos between two numbers one by one."""
    source = _source(connection, question, first, last)
    (photos,) = connection.execute(
        f"select count(*) from {source.tables} where {source.condition}", source.values
    ).fetchone()
    return int(photos)


def numbers_between(
    connection: sqlite3.Connection, question: Question, first: int, last: int
) -> list[int]:
    """Return the numbers of the photos between two numbers, in order."""
    source = _source(connection, question, first, last)
    rows = connection.execute(
        f"select {source.number} from {source.tables} where {source.condition}"
        f" order by {source.number}",
        source.values,
    )
    return [row[0] for row in rows]


def page_of(
    connection: sqlite3.Connection,
    question: Question,
    blocks: Blocks,
    start: int,
    end: int,
) -> list[int]:
    """Return the numbers of the photos from one place up to but without another."""
    if start >= min(end, blocks.photos):
        return []
    begin, stop = bisect_right(blocks.ends, start), bisect_left(blocks.ends, end)
    stop = min(stop, len(blocks.numbers) - 1)
    first = max(blocks.low, blocks.numbers[begin] << BITS)
    last = min(blocks.high, blocks.numbers[stop] << BITS | _WITHIN)
    source = _source(connection, question, first, last, sparse=stop - begin > _DENSE)
    rows = connection.execute(
        f"select {source.number} from {source.tables} where {source.condition}"
        f" order by {source.number} limit ? offset ?",
        (*source.values, end - start, start - (begin and blocks.ends[begin - 1])),
    )
    return [row[0] for row in rows]


def _source(
    connection: sqlite3.Connection,
    question: Question,
    first: int,
    last: int,
    *,
    sparse: bool = False,
) -> Source:
    """Return the photos of a question between two numbers, in few steps.

    :param sparse: most of them may be hidden from who asks
    """
    parts = tuple(part for part in question.parts if part.name != "uploaded")
    question = replace(question, parts=parts)
    if any(part.tokens and not part.barred for part in parts):
        source = from_words(connection, question, seen=sparse)
    else:
        source = from_rows(question, None)
    return replace(
        source,
        condition=f"{source.condition} and {source.number} between ? and ?",
        values=[*source.values, first, last],
    )
