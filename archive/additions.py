"""Taking back one's own additions, which needs no right to delete.

Whoever adds a photo, an album, a location or a comment may take it back for a day, as
long as nobody else has changed or used it: what was added by mistake is not worth an
admin's time, and nothing is lost (a photo goes to the recycle bin). Later, or once
others rely on it, it is a deletion, with the right to that.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from archive.clock import timestamp
from archive.entities import ENTITIES
from archive.history import BatchRecord, Change
from archive.people import Person
from archive.rights import allowed
from archive.sqlite import sqlite3

WITHIN = timedelta(days=1)
KINDS = ("photo", "album", "location", "comment")


def is_own(record: BatchRecord, actor: Person, now: datetime) -> bool:
    """Whether the additions in a batch may be taken back as one's own."""
    return (
        record.actor_id == actor.id
        and record.origin in ("user", "import")
        and record.at > timestamp(now - WITHIN)
    )


def is_one(entity: str, field: str, made: object) -> bool:
    """Whether a change is the making of something that its maker may take back."""
    return bool(made) and field == "" and entity in KINDS


def why_kept(
    connection: sqlite3.Connection, actor: Person, change: Change
) -> str | None:
    """Say why an addition of the actor's stays; None: nothing is against its end.

    That others put something into an album or below a location, the database tells.
    """
    kind = ENTITIES[change.entity]
    there = connection.execute(
        f"select 1 from {kind.table} where {kind.key} = ?", (change.record_id,)
    )
    if there.fetchone() is None:
        return "it is gone"
    if _changed_by_others(connection, actor, change):
        return "somebody else has changed it since"
    if change.entity == "photo" and _is_used(connection, actor, change.record_id):
        return "somebody else uses it"
    return None


def _changed_by_others(
    connection: sqlite3.Connection, actor: Person, change: Change
) -> bool:
    """Whether somebody else changed what the actor added, as far as they may know."""
    hidden = "" if allowed(actor, "star") else "starred"
    row = connection.execute(
        """
        select 1 from changes c left join batches b on b.id = c.batch_id
        where c.entity = ? and c.record_id = ? and c.id > ? and b.actor_id is not ?
            and c.field <> ? limit 1
        """,
        (change.entity, change.record_id, change.id, actor.id, hidden),
    )
    return row.fetchone() is not None


def _is_used(
    connection: sqlite3.Connection, actor: Person, photo_id: int | str
) -> bool:
    """Whether it has comments or markups, or stands for an album or the project."""
    row = connection.execute(
        """
        select exists (select 1 from comments
                where photo_id = ?1 and author_id is not ?2)
            or exists (select 1 from markups
                where photo_id = ?1 and author_id is not ?2)
            or exists (select 1 from albums where cover_photo_id = ?1)
            or exists (select 1 from settings s join photos p on p.id = ?1
                where s.key = 'project_photo' and s.value = json_quote(p.uuid))
        """,
        (photo_id, actor.id),
    )
    return bool(row.fetchone()[0])
