"""Reading the history: what changed, by whom, when and why; and whether it is whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from archive.batches import FIRST_HASH, batch_hash
from archive.entities import ENTITIES
from archive.errors import NotFound
from archive.sqlite import sqlite3

_BATCH = (
    "id, uuid, run, at, actor_id, actor_name, origin, reason, undoes, changes, hash"
)


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """A sealed batch, as it is listed.

    :param at: UTC
    :param undone_by: id of the batch that took it back, or None
    """

    id: int
    uuid: str
    run: str | None
    at: str
    actor_id: int | None
    actor: str
    origin: str
    reason: str
    undoes: int | None
    changes: int
    hash: str | None
    undone_by: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one record, before and after.

    :param field: "" for the making (old None) or the end (new None) of a record
    :param shown_old: for a person: names in place of numbers; ``shown_new`` alike
    """

    id: int
    batch_id: int | None
    entity: str
    record_id: int | str
    field: str
    old: Any
    new: Any
    shown_old: str | None = None
    shown_new: str | None = None


def list_batches(
    connection: sqlite3.Connection, *, limit: int = 100, before: int | None = None
) -> list[BatchRecord]:
    """Return batches, newest first.

    :param before: id of the last batch of the page before
    """
    rows = connection.execute(
        f"""
        select {_BATCH}, (select min(u.id) from batches u where u.undoes = b.id)
        from batches b where hash is not null and id < ? order by id desc limit ?
        """,
        (before if before is not None else 1 << 62, limit),
    )
    return [BatchRecord(*row) for row in rows]


def find_batches(connection: sqlite3.Connection, which: str) -> list[BatchRecord]:
    """Return the batch of this id or uuid, or all batches of the run of this uuid.

    The beginning of a uuid (8 digits or more) is enough. Newest first.

    :raises NotFound: no such batch or run
    """
    text = which.strip().lower()
    values: tuple[object, ...]
    if text.isascii() and text.isdigit() and len(text) < 8:
        condition, values = "id = ?", (int(text),)
    elif len(text) >= 8 and set(text) <= set("0123456789abcdef-"):
        condition = (
            "(uuid >= ?1 and uuid < ?1 || 'g') or (run >= ?1 and run < ?1 || 'g')"
        )
        values = (text,)
    else:
        raise NotFound(f"{which!r} is neither the number nor the uuid of a batch")
    rows = connection.execute(
        f"""
        select {_BATCH}, (select min(u.id) from batches u where u.undoes = b.id)
        from batches b where hash is not null and ({condition}) order by id desc
        """,
        values,
    ).fetchall()
    batches = [BatchRecord(*row) for row in rows]
    if not batches or len({b.run or b.uuid for b in batches}) > 1:
        few = (
            "more than one batch or run begins with" if batches else "there is no batch"
        )
        raise NotFound(f"{few} {which}")
    return batches


def changes_of_batch(
    connection: sqlite3.Connection, batch_id: int, *, limit: int = -1
) -> Iterator[Change]:
    """Return a batch's changes in the order in which they were made."""
    rows = connection.execute(
        """
        select id, batch_id, entity, record_id, field, old, new from changes
        where batch_id = ? order by id limit ?
        """,
        (batch_id, limit),
    )
    for row in rows:
        yield Change(*row)


def changes_of_photo(
    connection: sqlite3.Connection, photo_id: int
) -> list[tuple[BatchRecord | None, Change]]:
    """Return all that ever changed in a photo and its comments, oldest first.

    The batch is None for what raw SQL wrote and nothing has sealed yet.
    """
    rows = connection.execute(
        """
        select c.id, c.batch_id, c.entity, c.record_id, c.field, c.old, c.new
        from changes c where c.entity = 'photo' and c.record_id = ?1
        union all
        select c.id, c.batch_id, c.entity, c.record_id, c.field, c.old, c.new
        from comments m join changes c on c.entity = 'comment' and c.record_id = m.id
        where m.photo_id = ?1
        order by 1
        """,
        (photo_id,),
    ).fetchall()
    batches = _batches_by_id(connection, {row[1] for row in rows if row[1]})
    return [(batches.get(row[1]), _named(connection, Change(*row))) for row in rows]


def _batches_by_id(
    connection: sqlite3.Connection, ids: set[int]
) -> dict[int, BatchRecord]:
    found = {}
    for number in ids:
        row = connection.execute(
            f"select {_BATCH} from batches where id = ?", (number,)
        ).fetchone()
        found[number] = BatchRecord(*row)
    return found


# field: where the name of the number stands
_NAMES = {
    "album_id": "select name from albums where id = ?",
    "location_id": """
        select group_concat(name, '>') from (
            select l.name from location_tree t join locations l on l.id = t.ancestor_id
            where t.descendant_id = ? order by t.depth desc)
    """,
    "uploader_id": "select name from people where id = ?",
    "recycled_by": "select name from people where id = ?",
    "camera_id": "select name from cameras where id = ?",
    "trade": "select name from trades where id = ?",
    "cover_photo_id": "select filename from photos where id = ?",
    "parent_id": "select name from locations where id = ?",
}


def _named(connection: sqlite3.Connection, change: Change) -> Change:
    return Change(
        change.id,
        change.batch_id,
        change.entity,
        change.record_id,
        change.field,
        change.old,
        change.new,
        _shown(connection, change.field, change.old),
        _shown(connection, change.field, change.new),
    )


def _shown(connection: sqlite3.Connection, field: str, value: object) -> str | None:
    if value is None:
        return None
    if field in _NAMES:
        row = connection.execute(_NAMES[field], (value,)).fetchone()
        return row[0] if row and row[0] is not None else f"number {value}, now gone"
    if field in ("private", "starred", "active"):
        return "yes" if value else "no"
    return str(value)


def name_changes(connection: sqlite3.Connection, changes: list[Change]) -> list[Change]:
    """Return changes with names in place of numbers, for a person to read."""
    return [_named(connection, change) for change in changes]


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
    whole = connection.text_factory
    # Text that is no UTF-8 (altered by hand) must be found, not end the search
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    try:
        yield from _check_chain(connection)
        for entity in ENTITIES:
            yield from _check_records(connection, entity)
        yield from _check_trades(connection)
    finally:
        connection.text_factory = whole


def _check_chain(connection: sqlite3.Connection) -> Iterator[Fault]:
    previous = FIRST_HASH
    numbers = connection.execute(
        "select id, previous_hash, hash, changes from batches order by id"
    ).fetchall()
    for number, claimed, stored, count in numbers:
        if claimed != previous:
            yield Fault(
                number,
                f"batch {number} does not follow from the one before it:"
                " a batch between them was removed, put in or altered",
            )
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
        yield Fault(None, f"{loose} changes were written by other means than asbuilt")


def _check_records(connection: sqlite3.Connection, entity: str) -> Iterator[Fault]:
    """Replay the changes of one kind of record and compare with what is there.

    Both are read in the order of the record's key, so that memory stays flat.
    """
    kind = ENTITIES[entity]
    fields = (*kind.fields, "updated_at") if kind.touched else kind.fields
    columns = ", ".join(kind.select(field) for field in fields)
    replayed = _replay(connection, entity)
    present = (
        (row[0], dict(zip(fields, row[1:], strict=True)))
        for row in connection.execute(
            f"select {kind.key}, {columns} from {kind.table} order by {kind.key}"
        )
    )
    for record, known, found in _side_by_side(replayed, present):
        if found is None and known is not None:
            yield Fault(None, f"{entity} {record} was removed by hand")
        elif found is not None and known is None:
            yield Fault(None, f"{entity} {record} is there without a history")
        elif found is not None and known is not None:
            yield from _compare(entity, record, known, found)


def _replay(
    connection: sqlite3.Connection, entity: str
) -> Iterator[tuple[Any, dict[str, Any] | None]]:
    """Yield each record as its changes leave it; None when they end it.

    Its ``updated_at`` is the time of the batch that changed it last, but for what raw
    SQL wrote: that is sealed later than it was written.
    """
    rows = connection.execute(
        """
        select c.record_id, c.field, c.new, iif(b.origin = 'sql', null, b.at)
        from changes c left join batches b on b.id = c.batch_id
        where c.entity = ? order by c.record_id, c.id
        """,
        (entity,),
    )
    for record, changes in groupby(rows, key=itemgetter(0)):
        state: dict[str, Any] | None = None
        for _, field, new, at in changes:
            state = _changed(entity, state, field, new)
            if state is not None:
                state["updated_at"] = at
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
        if field == "updated_at" and wanted is None:
            continue
        if value != wanted:
            yield Fault(
                None,
                f"{entity} {record}: {field} is {value!r}, but by its history"
                f" {wanted!r}: it was altered by hand",
            )


def _check_trades(connection: sqlite3.Connection) -> Iterator[Fault]:
    """Compare the trades that each photo has with those its history gave it."""
    rows = connection.execute(
        """
        with given as (
            select record_id as photo_id, coalesce(new, old) as trade_id
            from changes where entity = 'photo' and field = 'trade'
            group by 1, 2 having sum(new is not null) > sum(old is not null))
        select photo_id, trade_id, 'was taken off' from (
            select photo_id, trade_id from given
            except select photo_id, trade_id from photo_trades)
        union all
        select photo_id, trade_id, 'was put on' from (
            select photo_id, trade_id from photo_trades
            except select photo_id, trade_id from given)
        """
    )
    for photo, trade, what in rows:
        yield Fault(None, f"photo {photo}: trade {trade} {what} by hand")
