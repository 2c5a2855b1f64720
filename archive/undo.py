"""Taking a batch back: a new batch that puts the old values in again.

Nothing that changed since is overwritten: a field whose value is no longer the one
that the batch gave it is left alone and named. Making a photo is taken back by putting
it in the recycle bin; a purge cannot be taken back.

Undoing is no way around the rights: each change needs the right to make its reverse
now, whatever the person could do when they made it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from archive.batches import Batch, batch
from archive.entities import ENTITIES, FILES, SETS
from archive.errors import Conflict, NotAllowed, NotFound
from archive.history import BatchRecord, Change, changes_of_batch, find_batches
from archive.people import Person
from archive.photos import find_photo_id
from archive.rights import Viewer, allowed, require, viewer
from archive.sqlite import sqlite3

# entity: field: the right to put its old value in again. "" makes or ends a record;
# None is for the fields that are not named: nobody edits them, so an admin may.
_RIGHTS: dict[str, dict[str | None, str]] = {
    "photo": {
        "": "recycle",
        "description": "describe",
        "album_id": "move",
        "location_id": "set_location",
        "trade": "set_trades",
        "private": "set_private",
        "starred": "star",
        "rotation": "rotate",
        "recycled_at": "recycle",
        "latitude": "pin",
        "longitude": "pin",
        "position_source": "pin",
        None: "correct",
    },
    "comment": {
        "body": "comment",
        "edited_at": "comment",
        "mention": "comment",
        None: "delete_comment",
    },
    "album": {
        "": "delete_album",
        "private": "set_private",
        "position": "reorder_albums",
        None: "rename_album",
    },
    "location": {None: "edit_locations"},
    "plan": {None: "edit_plans"},
    "trade": {None: "edit_trades"},
    "person": {None: "edit_people"},
    "setting": {None: "settings"},
}


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that was not undone, and why."""

    entity: str
    record_id: int | str
    field: str
    reason: str


@dataclass(slots=True)
class UndoReport:
    """What an undo did.

    :param batches: ids of the new batches
    :param undone: how many changes were taken back
    :param kept: those that were not
    """

    batches: list[int] = field(default_factory=list)
    undone: int = 0
    kept: list[Kept] = field(default_factory=list)


def undo(
    connection: sqlite3.Connection, actor: Person, batches: Iterable[BatchRecord]
) -> UndoReport:
    """Take batches back, each in a transaction of its own, newest first.

    :param batches: from ``history.find_batches``
    :raises Conflict: the batch that made the archive
    :raises NotAllowed: somebody else's batch, by one who is no admin, or something in
        one that the actor may not do; then nothing is undone
    """
    report = UndoReport()
    newest_first = sorted(batches, key=lambda b: -b.id)
    for record in newest_first:
        _require_rights(connection, actor, record)
    for record in newest_first:
        reason = f"undo of batch {record.id}"
        with batch(
            connection, actor, origin="undo", reason=reason, undoes=record.id
        ) as opened:
            before = report.undone
            _undo_batch(connection, actor, opened, record, report)
        if report.undone > before:  # else it changed nothing, and left no batch
            report.batches.append(opened.id)
    return report


def may_undo(connection: sqlite3.Connection, actor: Person, number: int) -> bool:
    """Whether somebody's rights let them take a batch back; pages offer nothing else.

    :raises NotFound: no such batch
    """
    try:
        for record in find_batches(connection, str(number)):
            _require_rights(connection, actor, record)
    except (Conflict, NotAllowed):
        return False
    return True


def _require_rights(
    connection: sqlite3.Connection, actor: Person, record: BatchRecord
) -> None:
    require(actor, "undo")
    if record.origin == "system":
        raise Conflict(f"batch {record.id} made the archive and cannot be undone")
    if record.actor_id != actor.id and not allowed(actor, "history"):
        raise NotAllowed(f"{actor.name} may undo their own changes only")
    kinds = connection.execute(
        "select distinct entity, field, old is null from changes where batch_id = ?",
        (record.id,),
    )
    for entity, field_, made in kinds:
        if entity in FILES:
            continue
        rights = _RIGHTS[entity]
        if entity == "album" and field_ == "" and not made:
            require(actor, "create_album")  # it was deleted, and comes back
        else:
            require(actor, rights.get(field_, rights[None]))


def _undo_batch(
    connection: sqlite3.Connection,
    actor: Person,
    opened: Batch,
    record: BatchRecord,
    report: UndoReport,
) -> None:
    every = changes_of_batch(connection, record.id)
    changes = [c for c in every if c.entity not in FILES][::-1]
    who = viewer(actor)
    # What makes an album public goes first: the photos in it may follow only then
    first = [c for c in changes if c.entity == "album" and c.field == "private"]
    rest = [c for c in changes if c.entity != "album" or c.field != "private"]
    for step in [*_steps(first), *_steps(rest)]:
        reason = _hidden(connection, who, step[0])
        reason = reason or _undo_step(connection, opened, step)
        if reason is None:
            report.undone += len(step)
        else:
            report.kept += [Kept(c.entity, c.record_id, c.field, reason) for c in step]
    for change in first:  # where it is private again, so is all that lies in it
        connection.execute(
            """
            update photos set private = 1, log_date = null
            where album_id = ?1 and private = 0
                and (select private from albums where id = ?1) = 1
            """,
            (change.record_id,),
        )


def _hidden(
    connection: sqlite3.Connection, who: Viewer | None, change: Change
) -> str | None:
    """Say that a photo is not there for somebody who may not see it any more."""
    if change.entity != "photo" or (who and who.everything and who.bin):
        return None
    try:
        find_photo_id(connection, change.record_id, who)
    except NotFound:
        return "it is gone"
    return None


def _steps(changes: Iterable[Change]) -> list[list[Change]]:
    """Put neighbouring fields of one record together.

    They change in one statement, since some (latitude, longitude) hold only together.
    """
    steps: list[list[Change]] = []
    for change in changes:
        last = steps[-1][-1] if steps else None
        if (
            last is not None
            and (last.entity, last.record_id) == (change.entity, change.record_id)
            and _is_plain(last)
            and _is_plain(change)
            and all(c.field != change.field for c in steps[-1])
        ):
            steps[-1].append(change)
        else:
            steps.append([change])
    return steps


def _is_plain(change: Change) -> bool:
    return (
        change.field != ""
        and change.entity != "setting"
        and change.field in ENTITIES[change.entity].fields
    )


def _undo_step(
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
    if change.entity == "photo":
        return "it was purged: its bytes are gone for good"
    kind = ENTITIES[change.entity]
    values: dict[str, Any] = json.loads(change.old)
    values[kind.key] = change.record_id
    if kind.touched:
        values["updated_at"] = opened.at
    columns = ", ".join(values)
    marks = ", ".join("?" * len(values))
    connection.execute(
        f"insert into {kind.table} ({columns}) values ({marks})", tuple(values.values())
    )
    return None


def _plain_words(error: str) -> str:
    if "FOREIGN KEY" in error:
        return "something else uses it, or what it belonged to is gone"
    if "UNIQUE" in error:
        return "its name is taken by another now"
    return error
