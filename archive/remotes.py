"""The remote that an archive is linked with, as people see it: link, runs, conflicts.

What the sync wrote down is read here, and what people say to it is written: pages and
commands need nothing else of it. Whoever calls has decided that the reader is an admin.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archive.batches import Batch, permit
from archive.clock import timestamp, utc_now
from archive.errors import Conflict, InvalidInput, NotFound
from archive.identity import clean_text, new_uuid
from archive.people import Person
from archive.sqlite import sqlite3

LINK = "remote"  # the setting
CHOICES = ("local", "remote", "other")
_WORDS = frozenset({"description", "name"})  # fields that may get a third value
_TABLES = {
    "photo": ("photos", "filename"),
    "album": ("albums", "name"),
    "location": ("locations", "name"),
    "trade": ("trades", "name"),
}
_REFERS = {
    "album": "album",
    "location": "location",
    "parent": "location",
    "trades": "trade",
    "cover": "photo",
}


# The link


def link_of(connection: sqlite3.Connection) -> dict[str, Any] | None:
    """Return what is known of the remote (no secret), or None: there is none."""
    row = connection.execute(
        "select value from settings where key = ?", (LINK,)
    ).fetchone()
    found = json.loads(row[0]) if row else None
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
    connection.execute(
        """
        insert into settings (key, value) values (?, ?)
        on conflict (key) do update set value = excluded.value
        """,
        (LINK, json.dumps(dict(link), ensure_ascii=False, sort_keys=True)),
    )


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
    connection.execute("delete from settings where key = ?", (LINK,))
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


# Runs


@dataclass(frozen=True, slots=True)
class SyncRun:
    """A run of the sync.

    :param uuid: the run of the batches that it wrote
    :param finished_at: None: it is running, or was cut off (``heard_at`` tells)
    :param stage: how far it is: a key, with how many of how many
    :param report: what it said that it did
    """

    uuid: str
    started_at: str
    finished_at: str | None
    outcome: str
    stage: str
    done: int
    total: int | None
    heard_at: str | None
    report: dict[str, Any]


def begin_run(connection: sqlite3.Connection) -> str:
    """Write down that a run begins. Returns its uuid."""
    uuid, now = new_uuid(), timestamp(utc_now())
    connection.execute(
        "insert into sync_runs (uuid, started_at, heard_at) values (?, ?, ?)",
        (uuid, now, now),
    )
    return uuid


def tell_run(
    connection: sqlite3.Connection, uuid: str, stage: str, done: int, total: int | None
) -> None:
    """Write down how far a run is."""
    connection.execute(
        """
        update sync_runs set stage = ?, done = ?, total = ?, heard_at = ?
        where uuid = ?
        """,
        (stage, done, total, timestamp(utc_now()), uuid),
    )


def end_run(
    connection: sqlite3.Connection, uuid: str, outcome: str, report: Mapping[str, Any]
) -> None:
    """Write down that a run ended, and what it says.

    :param outcome: "complete", "incomplete", "failed", "paused"
    """
    connection.execute(
        """
        update sync_runs set finished_at = ?, outcome = ?, report = ? where uuid = ?
        """,
        (
            timestamp(utc_now()),
            outcome,
            json.dumps(dict(report), ensure_ascii=True),
            uuid,
        ),
    )


def list_runs(
    connection: sqlite3.Connection, *, limit: int = 20, before: str | None = None
) -> list[SyncRun]:
    """Return runs, newest first.

    :param before: ``started_at`` of the last one of the page before
    """
    rows = connection.execute(
        """
        select uuid, started_at, finished_at, outcome, stage, done, total, heard_at,
            report
        from sync_runs where started_at < ? order by id desc limit ?
        """,
        (before or "9999", limit),
    )
    return [_run(row) for row in rows]


def _run(row: tuple[Any, ...]) -> SyncRun:
    values: list[Any] = [*row[:-1], json.loads(row[-1])]
    return SyncRun(*values)


# Conflicts


@dataclass(frozen=True, slots=True)
class ConflictSide:
    """One of the two values.

    :param value: as JSON has it; what it refers to by uuid
    :param shown: for a person: names in the place of uuids
    :param who: and ``at`` (UTC): as far as they are known; ""
    """

    value: Any
    shown: str
    who: str
    at: str


@dataclass(frozen=True, slots=True)
class ConflictRecord:
    """Something that a person has to decide.

    :param key: what ``decide`` wants: 16 hex digits
    :param field: "" for the record as a whole: one side deleted it
    :param name: of the record, for a person
    :param number: its id here; None: it is not here
    :param base: what both sides held before; None also where they never met
    :param decided: what somebody decided, and the next run carries out; None: nobody
    :param may_be_other: whether a third value may be given
    """

    key: str
    kind: str
    uuid: str
    field: str
    why: str
    name: str
    number: int | None
    base: Any
    local: ConflictSide
    remote: ConflictSide
    opened_at: str
    decided: str | None
    decided_by: str | None
    may_be_other: bool


_OPEN = """
    select c.key, c.kind, c.uuid, c.field, c.why, c.base, c.ours, c.theirs,
        c.ours_who, c.ours_at, c.theirs_who, c.theirs_at, c.opened_at, d.choice,
        p.name, c.id
    from sync_conflicts c
    left join sync_decisions d on d.id = (
        select max(id) from sync_decisions where conflict_id = c.id)
    left join people p on p.id = d.person_id
    where c.closed_at is null
"""


def list_conflicts(
    connection: sqlite3.Connection, *, limit: int = 100, after: str = ""
) -> list[ConflictRecord]:
    """Return the open conflicts, oldest first.

    :param after: key of the last one of the page before
    """
    rows = connection.execute(
        f"""
        {_OPEN} and c.id > coalesce((select max(id) from sync_conflicts where key = ?
            and closed_at is null), 0)
        order by c.id limit ?
        """,
        (after, limit),
    )
    return [_conflict(connection, row) for row in rows.fetchall()]


def find_conflict(connection: sqlite3.Connection, key: str) -> ConflictRecord:
    """Return an open conflict by its key, or a beginning of it (6 digits or more).

    :raises NotFound: there is none, or several begin so
    """
    digits = key.strip().lower()
    rows = []
    if len(digits) >= _SHORTEST:
        rows = connection.execute(
            f"{_OPEN} and c.key >= ?1 and c.key < ?1 || 'g' limit 2", (digits,)
        ).fetchall()
    if len(rows) != 1:
        raise NotFound(f"there is no conflict {key}", key="no_conflict", name=key)
    return _conflict(connection, rows[0])


_SHORTEST = 6


def _conflict(connection: sqlite3.Connection, row: tuple[Any, ...]) -> ConflictRecord:
    kind, uuid, field = row[1], row[2], row[3]
    base, ours, theirs = (None if v is None else json.loads(v) for v in row[5:8])
    name, number = _named(connection, kind, uuid)
    return ConflictRecord(
        row[0],
        kind,
        uuid,
        field,
        row[4],
        name,
        number,
        base,
        ConflictSide(ours, _shown(connection, field, ours), row[8], row[9]),
        ConflictSide(theirs, _shown(connection, field, theirs), row[10], row[11]),
        row[12],
        row[13],
        row[14],
        field in _WORDS,
    )


def _named(
    connection: sqlite3.Connection, kind: str, uuid: str
) -> tuple[str, int | None]:
    """Return what a record is called here, and its id; "" and None: it is not here."""
    table, column = _TABLES[kind]
    row = connection.execute(
        f"select {column}, id from {table} where uuid = ?", (uuid,)
    ).fetchone()
    if row is None and kind == "photo":
        row = connection.execute(
            "select filename, null from tombstones where uuid = ?", (uuid,)
        ).fetchone()
    return (str(row[0]), row[1]) if row else ("", None)


def _shown(connection: sqlite3.Connection, field: str, value: Any) -> str:  # noqa: ANN401
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(_shown(connection, field, one) for one in value)
    if field in _REFERS and isinstance(value, str):
        return _named(connection, _REFERS[field], value)[0] or value
    return str(value)


def decide(
    connection: sqlite3.Connection,
    actor: Person,
    batch: Batch,
    key: str,
    *,
    choice: str,
    other: str | None = None,
) -> None:
    """Say what holds: the next run carries it out. Inside a batch: it is history.

    :param choice: ``local``, ``remote``, or ``other`` with a third text
    :raises NotAllowed: the actor may not
    :raises NotFound: no such conflict is open
    :raises InvalidInput: no such choice, or a third value where there is none
    """
    permit(connection, actor, "settings")
    conflict = find_conflict(connection, key)
    if choice not in CHOICES:
        raise InvalidInput(f"no choice {choice!r}; there are {', '.join(CHOICES)}")
    if (other is not None) != (choice == "other"):
        raise InvalidInput("a third value goes with the choice 'other'")
    if other is not None and not conflict.may_be_other:
        raise InvalidInput("only words can be other than both", key="no_third")
    text = None if other is None else json.dumps(clean_text(other))
    connection.execute(
        """
        insert into sync_decisions
            (conflict_id, choice, other, person_id, decided_at)
        select id, ?, ?, ?, ? from sync_conflicts
        where key = ? and closed_at is null
        """,
        (choice, text, actor.id, batch.at, conflict.key),
    )


# What is set aside, and how much there is


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record that is left alone for some time, as something went wrong with it.

    :param name: for a person
    :param next_at: not again before, in seconds since 1970
    """

    kind: str
    uuid: str
    name: str
    number: int | None
    act: str
    why: str
    status: int
    tries: int
    next_at: int


def list_set_aside(
    connection: sqlite3.Connection, *, limit: int = 100
) -> list[SetAside]:
    """Return records that are set aside, those that are due first."""
    rows = connection.execute(
        """
        select kind, uuid, act, why, status, tries, next_at from sync_troubles
        where held = 1 order by next_at, uuid limit ?
        """,
        (limit,),
    ).fetchall()
    return [
        SetAside(kind, uuid, *_named(connection, kind, uuid), *rest)
        for kind, uuid, *rest in rows
    ]


def try_now(connection: sqlite3.Connection) -> int:
    """Let the next run try again whatever is set aside. Returns how many records."""
    done = connection.execute("update sync_troubles set held = 0 where held = 1")
    return int(done.rowcount)


@dataclass(frozen=True, slots=True)
class SyncState:
    """How archive and remote stand, in numbers that cost nothing.

    :param there: photos that are live on the remote, as far as it was seen
    :param conflicts: that nobody decided yet
    :param under_way: writes whose answer is awaited
    """

    there: int
    conflicts: int
    set_aside: int
    under_way: int
    last: SyncRun | None


def sync_state(connection: sqlite3.Connection) -> SyncState:
    """Return how archive and remote stand."""
    row = connection.execute(
        """
        select
            (select coalesce(sum(photos), 0) from sync_counts where life = 'active'),
            (select count(*) from sync_conflicts c where closed_at is null
                and not exists (select 1 from sync_decisions
                    where conflict_id = c.id)),
            (select count(*) from sync_troubles where held = 1),
            (select count(*) from sync_intents)
        """
    ).fetchone()
    runs = list_runs(connection, limit=1)
    there, conflicts, aside, under_way = row
    last = runs[0] if runs else None
    return SyncState(there, conflicts, aside, under_way, last)
