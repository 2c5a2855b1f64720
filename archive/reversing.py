"""Taking one step back: the old values of fields of one record that changed together.

What changed since is left as it is. Each function returns why not, or None: it is done.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from archive.batches import Batch
from archive.database import path_of
from archive.entities import ENTITIES, SETS
from archive.history import Change
from archive.markups import is_full
from archive.plans import files
from archive.sqlite import sqlite3


def take_back(
    connection: sqlite3.Connection, opened: Batch, step: list[Change]
) -> str | None:
    """Take one step back; returns why not, or None."""
    connection.execute("savepoint step")
    try:
        reason = _action(step[0])(connection, opened, step)
    except sqlite3.IntegrityError as error:
        reason = _plain_words(str(error))
    if reason is not None:
        connection.execute("rollback to step")
    connection.execute("release step")
    if reason is not None and len(step) > 1:
        return _held_up_by(connection, step)
    return reason


def _held_up_by(connection: sqlite3.Connection, step: list[Change]) -> str:
    """Name the fields of a step that hold it up.

    The whole step stays as it is: its fields were set together, and half of them
    would be a state that never was.
    """
    kind = ENTITIES[step[0].entity]
    columns = ", ".join(kind.select(c.field) for c in step)
    row = connection.execute(
        f"select {columns} from {kind.table} where {kind.key} = ?", (step[0].record_id,)
    ).fetchone()
    if row is None:
        return "it is gone"
    changed = [c.field for c, now in zip(step, row, strict=True) if now != c.new]
    if not changed:
        return "the old values do not fit any more"
    return f"changed again since: {', '.join(changed)}"


Action = Callable[[sqlite3.Connection, Batch, list[Change]], str | None]


def _action(change: Change) -> Action:
    if change.entity == "setting":
        return _restore_setting
    if (change.entity, change.field) in SETS:
        return _restore_member
    if change.field == "":
        return _unmake if change.old is None else _remake
    return _restore_fields


def _restore_fields(
    connection: sqlite3.Connection, opened: Batch, step: list[Change]
) -> str | None:
    del opened
    kind = ENTITIES[step[0].entity]
    sets = ", ".join(f"{c.field} = ?" for c in step)
    same = " and ".join(f"{kind.select(c.field)} is ?" for c in step)
    changed = connection.execute(
        f"update {kind.table} set {sets} where {kind.key} = ? and {same}",
        (*(_stored(c) for c in step), step[0].record_id, *(c.new for c in step)),
    ).rowcount
    if changed:
        return None
    return _held_up_by(connection, step)


def _stored(change: Change) -> Any:  # noqa: ANN401
    """The old value as its column holds it: history writes bytes as hex."""
    if change.field == "filename_bytes" and change.old is not None:
        return bytes.fromhex(change.old)
    return change.old


def _restore_member(
    connection: sqlite3.Connection, opened: Batch, step: list[Change]
) -> str | None:
    del opened
    change = step[0]
    kept = SETS[change.entity, change.field]
    where = f"from {kept.table} where {kept.record} = ? and {kept.member} = ?"
    if change.old is None:
        removed = connection.execute(
            f"delete {where}", (change.record_id, change.new)
        ).rowcount
        return None if removed else f"the {change.field} was taken off since"
    pair = (change.record_id, change.old)
    if connection.execute(f"select 1 {where}", pair).fetchone():
        return f"the {change.field} was put on again since"
    connection.execute(
        f"insert into {kept.table} ({kept.record}, {kept.member}) values (?, ?)", pair
    )
    return None


def _restore_setting(
    connection: sqlite3.Connection, opened: Batch, step: list[Change]
) -> str | None:
    del opened
    change = step[0]
    row = connection.execute(
        "select value from settings where key = ?", (change.record_id,)
    ).fetchone()
    if (row[0] if row else None) != change.new:
        return "changed again since"
    if change.old is None:
        connection.execute("delete from settings where key = ?", (change.record_id,))
    else:
        connection.execute(
            """
            insert into settings (key, value) values (?, ?)
            on conflict (key) do update set value = excluded.value
            """,
            (change.record_id, change.old),
        )
    return None


def _unmake(
    connection: sqlite3.Connection, opened: Batch, step: list[Change]
) -> str | None:
    """Take back the making of a record."""
    change = step[0]
    kind = ENTITIES[change.entity]
    if change.entity == "photo":
        recycled = connection.execute(
            """
            update photos set recycled_at = ?, recycled_by = (
                select actor_id from batches where id = ?)
            where id = ? and recycled_at is null
            """,
            (opened.at, opened.id, change.record_id),
        ).rowcount
        return None if recycled else "it is in the recycle bin or gone already"
    if change.entity == "person":
        return "people stay, since history names them; make the person inactive"
    removed = connection.execute(
        f"delete from {kind.table} where {kind.key} = ?", (change.record_id,)
    ).rowcount
    return None if removed else "it is gone already"


def _remake(
    connection: sqlite3.Connection, opened: Batch, step: list[Change]
) -> str | None:
    """Put a deleted record back, under its old id."""
    change = step[0]
    kind = ENTITIES[change.entity]
    values: dict[str, Any] = json.loads(change.old)
    if change.entity == "photo" or (
        change.entity == "plan" and not _has_file(connection, values)
    ):
        return "it was purged: its bytes are gone for good"
    if change.entity == "markup" and is_full(connection, values["photo_id"]):
        return "the photo has as many markups as it may have"
    values[kind.key] = change.record_id
    if kind.touched:
        values["updated_at"] = opened.at
    columns = ", ".join(values)
    marks = ", ".join("?" * len(values))
    connection.execute(
        f"insert into {kind.table} ({columns}) values ({marks})", tuple(values.values())
    )
    return None


def _has_file(connection: sqlite3.Connection, plan: dict[str, Any]) -> bool:
    folder = path_of(connection).parent
    return files.path_of(folder, plan["sha256"], plan["extension"]).is_file()


def _plain_words(error: str) -> str:
    if "FOREIGN KEY" in error:
        return (
            "something uses it still, perhaps in the recycle bin, or what it belonged"
            " to is gone"
        )
    if "UNIQUE" in error:
        return "its name is taken by another now"
    return error
