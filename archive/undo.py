"""Taking a batch back: a new batch that puts the old values in again.

Nothing that changed since is overwritten: a field whose value is no longer the one
that the batch gave it is left alone and named. Making a photo is taken back by putting
it in the recycle bin; a purge cannot be taken back.

Undoing is no way around the rights: each change needs the right to make its reverse
now, whatever the person could do when they made it. One's own additions may be taken
back without the right to delete them, for a day (``archive/additions.py``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from archive import additions
from archive.albums import visible_album
from archive.batches import Batch, batch
from archive.clock import utc_now
from archive.entities import ENTITIES, FILES
from archive.errors import Conflict, NotAllowed, NotFound
from archive.history import BatchRecord, Change, changes_of_batch, find_batches
from archive.people import Person
from archive.photos import find_photo_id
from archive.reversing import take_back
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
    "markup": {None: "mark"},
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
    "decision": {None: "settings"},
}


# entity: key of the sentence that there is none. Who sees the photo sees them.
_ON_PHOTOS = {"comment": "no_comment", "markup": "no_markup"}


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
    connection: sqlite3.Connection,
    actor: Person,
    batches: Iterable[BatchRecord],
    now: datetime | None = None,
) -> UndoReport:
    """Take batches back, each in a transaction of its own, newest first.

    :param batches: from ``history.find_batches``
    :param now: for tests
    :raises Conflict: the batch that made the archive
    :raises NotAllowed: somebody else's batch, by one who is no admin, or something in
        one that the actor may not do; then nothing is undone
    """
    report = UndoReport()
    newest_first = sorted(batches, key=lambda b: -b.id)
    for record in newest_first:
        _require_rights(connection, actor, record, now or utc_now())
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


def may_undo(connection: sqlite3.Connection, actor: Person, which: int | str) -> bool:
    """Whether somebody's rights let them take a batch or a run back.

    Pages offer nothing else.

    :raises NotFound: no such batch
    """
    now = utc_now()
    try:
        for record in find_batches(connection, str(which)):
            _require_rights(connection, actor, record, now)
    except (Conflict, NotAllowed):
        return False
    return True


def _require_rights(
    connection: sqlite3.Connection, actor: Person, record: BatchRecord, now: datetime
) -> None:
    require(actor, "undo")
    if record.origin == "system":
        raise Conflict(
            f"batch {record.id} made the archive and cannot be undone",
            key="first_batch",
            number=record.id,
        )
    if record.actor_id != actor.id and not allowed(actor, "history"):
        raise NotAllowed(
            f"{actor.name} may undo their own changes only",
            key="own_changes",
            person=actor.name,
        )
    own = additions.is_own(record, actor, now)
    kinds = connection.execute(
        "select distinct entity, field, old is null from changes where batch_id = ?",
        (record.id,),
    )
    for entity, field_, made in kinds:
        if entity not in FILES and not (own and additions.is_one(entity, field_, made)):
            require(actor, _right(entity, field_, made))
    if not allowed(actor, "mark_others") and _marks_of_others(
        connection, actor, record
    ):
        raise NotAllowed(
            f"{actor.name} may change their own markups only",
            key="own_markups",
            person=actor.name,
        )


def _marks_of_others(
    connection: sqlite3.Connection, actor: Person, record: BatchRecord
) -> bool:
    """Whether a batch changed or removed what somebody else drew."""
    row = connection.execute(
        """
        select 1 from changes c left join markups m on m.id = c.record_id
        where c.batch_id = ? and c.entity = 'markup' and case
            when m.id is not null then m.author_id is not ?
            when c.field = '' and c.old is not null
                then json_extract(c.old, '$.author_id') is not ?
            end
        limit 1
        """,
        (record.id, actor.id, actor.id),
    )
    return row.fetchone() is not None


def _right(entity: str, field_: str, made: object) -> str:
    """Return the right that the reverse of a change needs."""
    if entity == "album" and field_ == "" and not made:
        return "create_album"  # it was deleted, and comes back
    rights = _RIGHTS[entity]
    return rights.get(field_, rights[None])


def _undo_batch(
    connection: sqlite3.Connection,
    actor: Person,
    opened: Batch,
    record: BatchRecord,
    report: UndoReport,
) -> None:
    every = changes_of_batch(connection, record.id)
    changes = [c for c in every if c.entity not in FILES][::-1]
    # What makes an album public goes first: the photos in it may follow only then
    first = [c for c in changes if c.entity == "album" and c.field == "private"]
    rest = [c for c in changes if c.entity != "album" or c.field != "private"]
    for step in [*_steps(first), *_steps(rest)]:
        reason = _why_not(connection, actor, step[0])
        reason = reason or take_back(connection, opened, step)
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


def _why_not(
    connection: sqlite3.Connection, actor: Person, change: Change
) -> str | None:
    """Say that something is not there for somebody who may not see it any more.

    Or that it is not theirs alone any more, where they have no right but that.
    """
    who = viewer(actor)
    if not (who and who.everything and who.bin):
        try:
            _see(connection, who, change)
        except NotFound:
            return "it is gone"
    made = change.old is None
    if change.entity == "markup" and change.field == "" and made:
        return additions.why_kept(connection, actor, change)
    if allowed(actor, _right(change.entity, change.field, made)):
        return None
    return additions.why_kept(connection, actor, change)


def _see(connection: sqlite3.Connection, who: Viewer | None, change: Change) -> None:
    """Look at what a change is about.

    :raises NotFound: it is not there, or ``who`` may not see it
    """
    number = change.record_id
    if change.entity == "photo":
        find_photo_id(connection, number, who)
    elif change.entity in _ON_PHOTOS:
        find_photo_id(connection, _photo_of(connection, change), who)
    elif change.entity == "album" and (change.field or change.old is None):
        visible_album(connection, int(number), who)


def _photo_of(connection: sqlite3.Connection, change: Change) -> int:
    """Return the photo of what is on one; of what was taken off it, history knows."""
    table = ENTITIES[change.entity].table
    row = connection.execute(
        f"select photo_id from {table} where id = ?", (change.record_id,)
    ).fetchone()
    if row is None and change.field == "" and change.new is None:
        row = (json.loads(change.old)["photo_id"],)
    if row is None:
        raise NotFound("there is no such thing", key=_ON_PHOTOS[change.entity])
    return int(row[0])


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
