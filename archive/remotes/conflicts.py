"""What a person has to decide, and what somebody decided: that is history."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from archive.batches import Batch, permit
from archive.errors import InvalidInput, NotFound
from archive.identity import clean_text
from archive.people import Person
from archive.remotes.naming import name_of, shown
from archive.sqlite import sqlite3

CHOICES = ("local", "remote", "other")
# fields that may get a third value
_WORDS = frozenset({"description", "name", "body", "text"})
_SHORTEST = 6  # digits of a key


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


def _conflict(connection: sqlite3.Connection, row: tuple[Any, ...]) -> ConflictRecord:
    kind, uuid, field = row[1], row[2], row[3]
    base, ours, theirs = (None if v is None else json.loads(v) for v in row[5:8])
    name, number = name_of(connection, kind, uuid)
    return ConflictRecord(
        row[0],
        kind,
        uuid,
        field,
        row[4],
        name,
        number,
        base,
        ConflictSide(ours, shown(connection, field, ours), row[8], row[9]),
        ConflictSide(theirs, shown(connection, field, theirs), row[10], row[11]),
        row[12],
        row[13],
        row[14],
        field in _WORDS,
    )


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
