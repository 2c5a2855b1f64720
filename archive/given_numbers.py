"""Numbers that were given to records once, so that a salvage gives none of them again.

History names records by number. That of one that is gone for good, given to another,
would put the one's history, and what a purge ended, down to the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from archive.entities import ENTITIES

_MOST = 1 << 53  # no archive gets there: what is above it was not read rightly


class Salvaged(Protocol):
    """The new database of a salvage, of whichever SQLite library."""

    def execute(self, sql: str, values: Any = ..., /) -> Iterable[Any]:  # noqa: ANN401
        """Run one statement."""
        ...


def keep_given(new: Salvaged, told: Iterable[tuple[Any, Any]]) -> None:
    """Let each table go on behind the highest number that is known to be given.

    :param new: the salvaged database, filled
    :param told: what could be read of the damaged one's own count: (table, number)
    """
    counting = _counting(new)
    for table, number in (*told, *_named(new)):
        if table in counting and isinstance(number, int) and 0 < number < _MOST:
            counting[table] = max(counting[table], number)
    new.execute("delete from sqlite_sequence")
    for each in counting.items():
        new.execute("insert into sqlite_sequence (name, seq) values (?, ?)", each)


def _counting(new: Salvaged) -> dict[str, int]:
    """Return the tables that count, and their highest number."""
    names = [
        row[0]
        for row in new.execute(
            "select name from sqlite_schema where type = 'table'"
            " and sql like '%integer primary key autoincrement%'"
        )
    ]
    return {
        name: next(iter(new.execute(f"select coalesce(max(id), 0) from {name}")))[0]
        for name in names
    }


def _named(new: Salvaged) -> Iterator[tuple[str, Any]]:
    """Yield the numbers by which history and tombstones name what may be gone."""
    rows = new.execute(
        "select entity, max(record_id) from changes"
        " where typeof(record_id) = 'integer' group by entity"
    )
    for entity, number in rows:
        if entity in ENTITIES:
            yield ENTITIES[entity].table, number
    for (number,) in new.execute("select max(photo_id) from tombstones"):
        yield "photos", number
    for (number,) in new.execute("select max(batch_id) from changes"):
        yield "batches", number
