"""Whether the history is whole, and whether every record is what its history says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from archive.batches import FIRST_HASH, batch_hash
from archive.entities import ENTITIES, SETS
from archive.errors import InvalidInput
from archive.sqlite import sqlite3

_STAMPS = ("updated_at", *(kind.made for kind in ENTITIES.values() if kind.made))


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in the history that cannot be right.

    :param batch_id: where, or None when it is about a record
    """

    batch_id: int | None
    text: str


def check_history(connection: sqlite3.Connection) -> Iterator[Fault]:
    """Verify the whole history.

    That is the chain, each batch's hash, and that every record is what its history
    says. Yields a fault for each batch that was altered, is missing or was put in, and
    for each record whose present fields do not follow from its changes.
    """
    with _any_text(connection):
        yield from _check_chain(connection)
        yield from _check_end(connection)
        for entity in ENTITIES:
            yield from _check_records(connection, entity)
        for entity, field in SETS:
            yield from _check_members(connection, entity, field)


def check_record(
    connection: sqlite3.Connection, entity: str, record: int | str | None
) -> Iterator[Fault]:
    """Verify that one record is what its history says; not the history itself.

    :param record: None: all of this kind
    """
    with _any_text(connection):
        yield from _check_records(connection, entity, record)
        for kind, field in SETS:
            if kind == entity:
                yield from _check_members(connection, entity, field, record)


@contextmanager
def _any_text(connection: sqlite3.Connection) -> Iterator[None]:
    """Read text that is no UTF-8, too: altered by hand, it is to be found."""
    whole = connection.text_factory
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        connection.text_factory = whole


def check_contains(connection: sqlite3.Connection, hash_: str) -> Iterator[Fault]:
    """Verify that a batch's hash, noted down earlier, is still part of the history.

    This alone tells when the history was cut off with care or computed anew.

    :param hash_: its first digits are enough, eight or more
    :raises InvalidInput: not such digits
    """
    digits = hash_.strip().lower()
    if not 8 <= len(digits) <= 64 or set(digits) - set("0123456789abcdef"):
        raise InvalidInput(f"{hash_!r} is not a hash: at least 8 of its 64 digits")
    found = connection.execute(
        "select 1 from batches where hash >= ?1 and hash < ?1 || 'g'", (digits,)
    ).fetchone()
    if found is None:
        yield Fault(
            None,
            f"no batch has the hash {digits}: the history was cut off before it,"
            " written anew, or is another archive's",
        )


def _check_chain(connection: sqlite3.Connection) -> Iterator[Fault]:
    previous, last = FIRST_HASH, 0
    numbers = connection.execute(
        "select id, previous_hash, hash, changes from batches order by id"
    ).fetchall()
    for number, claimed, stored, count in numbers:
        if number != last + 1:
            yield Fault(number, _missing(last + 1, number - 1))
        elif claimed != previous:
            yield Fault(
                number,
                f"batch {number} does not follow from the one before it:"
                " one of them was altered or put in",
            )
        last = number
        if stored is None:
            yield Fault(number, f"batch {number} was never sealed")
            continue
        if batch_hash(connection, number) != stored:
            yield Fault(number, f"batch {number} or one of its changes was altered")
        found = connection.execute(
            "select count(*) from changes where batch_id = ?", (number,)
        ).fetchone()[0]
        if found != count:
            yield Fault(
                number, f"batch {number} had {count} changes and now has {found}"
            )
        previous = stored
    loose = connection.execute(
        "select count(*) from changes where batch_id is null"
    ).fetchone()[0]
    if loose:
        text = f"{loose} changes were written by other means than asbuilt"
        if loose == 1:
            text = "1 change was written by other means than asbuilt"
        yield Fault(None, text)


def _missing(first: int, last: int) -> str:
    if last <= first:
        return f"batch {first} is missing"
    return f"batches {first} to {last} are missing"


def _check_end(connection: sqlite3.Connection) -> Iterator[Fault]:
    """Compare the last batch with the highest number that SQLite ever gave to one."""
    (last,) = connection.execute("select max(id) from batches").fetchone()
    row = connection.execute(
        "select seq from sqlite_sequence where name = 'batches'"
    ).fetchone()
    given = row[0] if row else None
    if isinstance(given, int) and given > (last or 0):
        yield Fault(
            None,
            f"{_missing((last or 0) + 1, given)}: the end of the history was cut off",
        )
    elif given != last:
        yield Fault(
            None,
            f"batch {last} is the last, but SQLite counted {given}: one of the two was"
            " altered",
        )


def _check_records(
    connection: sqlite3.Connection, entity: str, record: int | str | None = None
) -> Iterator[Fault]:
    """Replay the changes of one kind of record and compare with what is there.

    Both are read in the order of the record's key, so that memory stays flat.

    :param record: one alone
    """
    kind = ENTITIES[entity]
    stamps = ("updated_at" if kind.touched else "", kind.made)
    fields = (*kind.fields, *filter(None, stamps))
    columns = ", ".join([kind.key, *(kind.select(field) for field in fields)])
    only = "" if record is None else f"where {kind.key} = ?"
    which = [] if record is None else [record]
    replayed = _replay(connection, entity, record)
    present = (
        (row[0], dict(zip(fields, row[1:], strict=True)))
        for row in connection.execute(
            f"select {columns} from {kind.table} {only} order by {kind.key}",
            which,
        )
    )
    for key, known, found in _side_by_side(replayed, present):
        if found is None and known is not None:
            yield Fault(None, f"{entity} {key} was removed by hand")
        elif found is not None and known is None:
            yield Fault(None, f"{entity} {key} is there without a history")
        elif found is not None and known is not None:
            yield from _compare(entity, key, known, found)


def _replay(
    connection: sqlite3.Connection, entity: str, one: int | str | None
) -> Iterator[tuple[Any, dict[str, Any] | None]]:
    """Yield each record as its changes leave it; None when they end it.

    Its ``updated_at`` is the time of the batch that changed it last, that of
    ``Entity.made`` the time of the one that made it; but for what raw SQL wrote: that
    is sealed later than it was written.
    """
    made = ENTITIES[entity].made
    only = "" if one is None else "and c.record_id = ?"
    rows = connection.execute(
        f"""
        select c.record_id, c.field, c.new, iif(b.origin = 'sql', null, b.at)
        from changes c left join batches b on b.id = c.batch_id
        where c.entity = ? {only} order by c.record_id, c.id
        """,
        [entity] if one is None else [entity, one],
    )
    for record, changes in groupby(rows, key=itemgetter(0)):
        state: dict[str, Any] | None = None
        for _, field, new, at in changes:
            state = _changed(entity, state, field, new)
            if state is not None:
                state["updated_at"] = at
                if made and field == "":
                    state[made] = at
        yield record, state


def _changed(
    entity: str, state: dict[str, Any] | None, field: str, new: object
) -> dict[str, Any] | None:
    """Return a record as it is after one change."""
    if field == "":
        return _made(new)
    if entity == "setting":
        return {field: new} if new is not None else None
    if state is not None and field in ENTITIES[entity].fields:
        state[field] = new
    return state


def _made(new: object) -> dict[str, Any] | None:
    if new is None:
        return None
    try:
        made = json.loads(str(new))
    except ValueError:
        return {}  # altered by hand, as the batch's hash tells
    return made if isinstance(made, dict) else {}


def _side_by_side(
    left: Iterator[tuple[Any, Any]], right: Iterator[tuple[Any, Any]]
) -> Iterator[tuple[Any, Any, Any]]:
    """Join two streams in the order of their keys; None where a side has nothing."""
    a, b = next(left, None), next(right, None)
    while a is not None or b is not None:
        if a is not None and (b is None or _order(a[0]) < _order(b[0])):
            yield a[0], a[1], None
            a = next(left, None)
        elif b is not None and (a is None or _order(b[0]) < _order(a[0])):
            yield b[0], None, b[1]
            b = next(right, None)
        elif a is not None and b is not None:
            yield a[0], a[1], b[1]
            a, b = next(left, None), next(right, None)


def _order(key: object) -> tuple[int, Any]:
    """Return where SQLite sorts a key: numbers, texts by their bytes, bytes."""
    if isinstance(key, (int, float)):
        return 0, key
    if isinstance(key, str):
        return 1, key.encode("utf-8", "surrogateescape")
    return 2, key


def _compare(
    entity: str, record: object, known: dict[str, Any], found: dict[str, Any]
) -> Iterator[Fault]:
    for field, value in found.items():
        wanted = known.get(field)
        if field in _STAMPS and wanted is None:
            continue
        if value != wanted:
            yield Fault(
                None,
                f"{entity} {record}: {field} is {value!r}, but by its history"
                f" {wanted!r}: it was altered by hand",
            )


def _check_members(
    connection: sqlite3.Connection,
    entity: str,
    field: str,
    one: int | str | None = None,
) -> Iterator[Fault]:
    """Compare the sets that records have with those their history gave them."""
    kept = SETS[entity, field]
    here = given = ""
    if one is not None:
        here, given = f"where {kept.record} = :one", "and record_id = :one"
    there = f"select {kept.record}, {kept.member} from {kept.table} {here}"
    rows = connection.execute(
        f"""
        with given as (
            select record_id, coalesce(new, old) as member
            from changes where entity = :entity and field = :field {given}
            group by 1, 2 having sum(new is not null) > sum(old is not null))
        select record_id, member, 'was taken off' from (
            select record_id, member from given except {there})
        union all
        select {kept.record}, {kept.member}, 'was put on' from (
            {there} except select record_id, member from given)
        """,
        {"entity": entity, "field": field, "one": one},
    )
    for record, member, what in rows:
        yield Fault(None, f"{entity} {record}: {field} {member} {what} by hand")
