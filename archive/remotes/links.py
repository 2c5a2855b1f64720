"""The link with a remote: a setting, and part of the history. No secret is in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archive.batches import permit
from archive.clock import timestamp, utc_now
from archive.errors import Conflict
from archive.people import Person
from archive.remotes.choosing import ORIGINALS
from archive.remotes.schedules import SCHEDULE
from archive.settings import keep, kept
from archive.sqlite import sqlite3

LINK = "remote"  # the setting


def link_of(connection: sqlite3.Connection) -> dict[str, Any] | None:
    """Return what is known of the remote (no secret), or None: there is none."""
    found = kept(connection, LINK)
    return found if isinstance(found, dict) else None


def set_link(
    connection: sqlite3.Connection, actor: Person, link: Mapping[str, Any]
) -> None:
    """Keep the link, inside a batch: it is history.

    :param link: ``company`` and ``project`` are its identity; no secret is in it
    :raises NotAllowed: the actor may not
    :raises Conflict: records are linked with those of another project
    """
    permit(connection, actor, "settings")
    before = link_of(connection)
    is_same = before is not None and all(
        before.get(key) == link.get(key) for key in ("company", "project")
    )
    if not is_same and _is_any_linked(connection):
        raise Conflict(
            "this archive is linked with another project; unlink it first",
            key="linked_otherwise",
        )
    keep(connection, LINK, dict(link))


def unlink(connection: sqlite3.Connection, actor: Person) -> None:
    """Forget the remote, inside a batch: what is here stays as it is.

    :raises NotAllowed: the actor may not
    :raises Conflict: a write to the remote is under way
    """
    permit(connection, actor, "settings")
    if connection.execute("select 1 from sync_intents limit 1").fetchone():
        raise Conflict(
            "it is not known yet what came of a write to the remote; sync first",
            key="under_way",
        )
    for key in (LINK, ORIGINALS, SCHEDULE):
        keep(connection, key, None)
    for table in ("sync_records", "sync_troubles", "sync_memory"):
        connection.execute(f"delete from {table}")
    connection.execute(
        "update sync_conflicts set closed_at = ? where closed_at is null",
        (timestamp(utc_now()),),
    )


def _is_any_linked(connection: sqlite3.Connection) -> bool:
    rows = connection.execute(
        "select 1 from sync_records where remote_id is not null limit 1"
    )
    return rows.fetchone() is not None


def remote_id_of(connection: sqlite3.Connection, uuid: str) -> int | None:
    """Return the number there of a record here; None: it is not known to be there."""
    row = connection.execute(
        "select remote_id from sync_records where uuid = ?", (uuid,)
    ).fetchone()
    return row[0] if row else None


def gone_there(connection: sqlite3.Connection, uuid: str) -> str:
    """Return where a record here went on the remote that is not live there any more.

    :return: "recycled", "purged", "hidden" (no longer visible to this account), or ""
    """
    row = connection.execute(
        "select life from sync_records where uuid = ?"
        " and life in ('recycled', 'purged', 'hidden')",
        (uuid,),
    ).fetchone()
    return str(row[0]) if row else ""
