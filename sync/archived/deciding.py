"""Conflicts as people see them, and what they decided about them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from archive.people import Person, find_person
from archive.sqlite import sqlite3
from sync.archived.forms import one_form, one_from, written
from sync.conflicts import Choice, Conflict
from sync.records import Kind
from sync.store import Decided


def show(
    connection: sqlite3.Connection,
    at: str,
    uuids: Collection[str],
    conflicts: Sequence[Conflict],
) -> None:
    """Keep these as all open conflicts of these records.

    What is no conflict any more is closed; who set a value is kept up to date.
    """
    wanted = {(one.uuid, one.id): one for one in conflicts}
    rows = connection.execute(
        """
        select c.id, c.uuid, c.key from json_each(?) j
        cross join sync_conflicts c
            on c.uuid = j.value and c.closed_at is null and c.peer = 0
        """,
        (written(list(uuids)),),
    )
    for number, uuid, key in rows.fetchall():
        if wanted.pop((uuid, key), None) is None:
            connection.execute(
                "update sync_conflicts set closed_at = ? where id = ?", (at, number)
            )
    for conflict in wanted.values():
        _open(connection, at, conflict)


def _open(connection: sqlite3.Connection, at: str, conflict: Conflict) -> None:
    ours, theirs = conflict.local, conflict.remote
    connection.execute(
        """
        insert into sync_conflicts (key, kind, uuid, field, why, base, ours, theirs,
            ours_who, ours_at, theirs_who, theirs_at, opened_at)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            *(conflict.id, conflict.kind, conflict.uuid, conflict.field, conflict.why),
            *(one_form(v) for v in (conflict.base, ours.value, theirs.value)),
            *(ours.mark.who, ours.mark.at, theirs.mark.who, theirs.mark.at, at),
        ),
    )


_DECIDED = """
    from sync_conflicts c join sync_decisions d on d.id = (
        select max(id) from sync_decisions where conflict_id = c.id)
    where c.closed_at is null
"""


def decided(connection: sqlite3.Connection) -> list[Decided]:
    """Return the newest decision of each open conflict that has one, oldest first."""
    rows = connection.execute(
        f"select c.key, c.kind, c.uuid, d.choice, c.field, d.other {_DECIDED}"
        " and c.peer = 0 order by d.id"
    )
    return [
        Decided(
            key,
            Kind(kind),
            uuid,
            Choice(choice),
            one_from(Kind(kind), field, other),
        )
        for key, kind, uuid, choice, field, other in rows
    ]


def who_decided(connection: sqlite3.Connection, one: Decided) -> Person | None:
    """Return the person of a decision that is not carried out yet."""
    row = connection.execute(
        f"select d.person_id {_DECIDED} and c.key = ? and c.uuid = ?",
        (one.id, one.uuid),
    ).fetchone()
    return find_person(connection, int(row[0])) if row else None


def close(connection: sqlite3.Connection, at: str, one: Decided, why: str) -> None:
    """Close the conflict of a decision: it was carried out (""), or why not."""
    connection.execute(
        """
        update sync_conflicts set closed_at = ?, failure = ?, decision_id = (
            select max(d.id) from sync_decisions d
            where d.conflict_id = sync_conflicts.id)
        where key = ? and uuid = ? and closed_at is null
        """,
        (at, why, one.id, one.uuid),
    )
