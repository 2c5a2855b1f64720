"""Reading the history: what changed, by whom, when and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

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
        raise NotFound(
            f"{which!r} is neither the number nor the uuid of a batch",
            key="no_batch",
            number=which,
        )
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
        raise NotFound(f"{few} {which}", key="no_batch", number=which)
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


def count_changes(
    connection: sqlite3.Connection, batch_id: int, entity: str, field: str
) -> int:
    """Return in how many records a batch changed this field."""
    row = connection.execute(
        """
        select count(*) from changes where batch_id = ? and entity = ? and field = ?
        """,
        (batch_id, entity, field),
    )
    return int(row.fetchone()[0])


def changes_of_photo(
    connection: sqlite3.Connection, photo_id: int
) -> list[tuple[BatchRecord | None, Change]]:
    """Return all that ever changed in a photo, its comments and markups, oldest first.

    The batch is None for what raw SQL wrote and nothing has sealed yet, and where it
    was removed.
    """
    rows = connection.execute(
        """
        select c.id, c.batch_id, c.entity, c.record_id, c.field, c.old, c.new
        from changes c where c.entity = 'photo' and c.record_id = ?1
        union all
        select c.id, c.batch_id, c.entity, c.record_id, c.field, c.old, c.new
        from comments m
        -- (CROSS: else all comments' changes are gone through for those of one photo)
        cross join changes c on c.entity = 'comment' and c.record_id = m.id
        where m.photo_id = ?1
        union all
        select c.id, c.batch_id, c.entity, c.record_id, c.field, c.old, c.new
        from markups m
        cross join changes c on c.entity = 'markup' and c.record_id = m.id
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
        if row is not None:  # else somebody removed it by hand, as the check will say
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
    "mention": "select name from people where id = ?",
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
