"""Grants: what somebody allowed a program, or it was given for itself.

Codes and tokens come from a grant, and end with it: when it is taken back, when the
program is removed or gets another secret, when a code or token of it is used twice, and
as soon as its person is shut out. That is read off the history, as for sessions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from archive.accounts import events
from archive.accounts.sessions import Visit, is_shut_out, last_change
from archive.accounts.store import Accounts, is_there, reading, transaction
from archive.clock import timestamp
from archive.people import Person, person_with_uuid
from archive.sqlite import sqlite3

# Used refresh tokens are remembered so long, to notice that they come again.
USED_KEPT = timedelta(days=90)
MOST = 1_000  # of one program and person; the oldest make room


@dataclass(frozen=True, slots=True)
class Dealing:
    """A program comes to one archive.

    :param connect: gives the connection to archive.db, unguarded, once it is needed
    :param client: id of the program
    :param visit: when, and from where
    """

    accounts: Accounts
    connect: Callable[[], sqlite3.Connection]
    client: str
    visit: Visit

    @property
    def now(self) -> datetime:
        """When."""
        return self.visit.at


def since(dealing: Dealing) -> int:
    """Return the last change of the archive, for ``begin``."""
    return last_change(dealing.connect())


def begin(opened: Any, dealing: Dealing, person: Person, after: int) -> int:  # noqa: ANN401
    """Make a grant and return its number; within a transaction of accounts.db.

    :param after: what ``since`` returned, before anybody could be shut out meanwhile
    """
    _sweep(opened, dealing.now)
    row = opened.execute(
        """
        INSERT INTO grants (client, person, since, made_at, used_at)
        VALUES (?1, ?2, ?3, ?4, ?4) RETURNING id
        """,
        (dealing.client, person.uuid, after, timestamp(dealing.now)),
    ).fetchone()
    crowd = opened.execute(
        """
        SELECT id FROM grants WHERE client = ? AND person = ?
        ORDER BY id DESC LIMIT -1 OFFSET ?
        """,
        (dealing.client, person.uuid, MOST),
    ).fetchall()
    for (oldest,) in crowd:
        end(opened, grant=oldest)
    return int(row[0])


def _sweep(opened: Any, now: datetime) -> None:  # noqa: ANN401
    """Remove what is over and would be refused as if it had never been."""
    moment = timestamp(now)
    opened.execute("DELETE FROM tokens WHERE ends_at <= ?", (moment,))
    opened.execute(
        "DELETE FROM tokens WHERE used_at <= ?", (timestamp(now - USED_KEPT),)
    )
    opened.execute(
        "DELETE FROM codes WHERE ends_at <= ? AND used_at IS NULL", (moment,)
    )
    # Nothing comes any more from a grant that has neither a token nor a code to use
    opened.execute(
        """
        DELETE FROM grants WHERE id NOT IN (SELECT grant_id FROM tokens
            UNION ALL SELECT grant_id FROM codes WHERE used_at IS NULL)
        """
    )
    opened.execute("DELETE FROM codes WHERE grant_id NOT IN (SELECT id FROM grants)")


def person_of(dealing: Dealing, grant: int) -> Person | None:
    """Return who gave a grant; None when they were shut out since, or it has ended."""
    with reading(dealing.accounts) as opened:
        row = opened.execute(
            "SELECT person, since FROM grants WHERE id = ?", (grant,)
        ).fetchone()
    if row is None:
        return None
    connection = dealing.connect()
    person = person_with_uuid(connection, row[0])
    if person is None or is_shut_out(connection, person, row[1]):
        return None
    return person


def stands(dealing: Dealing, grant: int, used_at: str | None) -> bool:
    """Whether a grant holds, when its code or refresh token is presented.

    It ends when its person was shut out, and when that comes a second time.

    :param used_at: when it came before
    """
    if used_at is None and person_of(dealing, grant) is not None:
        return True
    with transaction(dealing.accounts) as opened:
        if used_at is None:
            end(opened, grant=grant)
        else:
            end_reused(opened, dealing, grant)
    return False


def end_reused(opened: Any, dealing: Dealing, grant: int) -> None:  # noqa: ANN401
    """End a grant of which somebody else has a code or a token, too."""
    row = opened.execute("SELECT person FROM grants WHERE id = ?", (grant,)).fetchone()
    if row and end(opened, grant=grant):
        note(opened, events.REUSED, row[0], dealing.visit)


def end(
    opened: Any,  # noqa: ANN401
    *,
    client: str | None = None,
    person: str | None = None,
    grant: int | None = None,
) -> int:
    """End one grant, or all of a program or of a person; return how many.

    :param opened: accounts.db, in a transaction
    :param person: uuid
    """
    ended = opened.execute(
        """
        DELETE FROM grants WHERE (client = ?1 OR ?1 IS NULL)
        AND (person = ?2 OR ?2 IS NULL) AND (id = ?3 OR ?3 IS NULL)
        AND coalesce(?1, ?2, ?3) IS NOT NULL RETURNING id
        """,
        (client, person, grant),
    ).fetchall()
    for table in ("codes", "tokens"):
        opened.executemany(f"DELETE FROM {table} WHERE grant_id = ?", ended)
    return len(ended)


@dataclass(frozen=True, slots=True)
class Allowed:
    """A program that may act for somebody.

    :param client: its id
    :param since: when it was first allowed, of what still holds; ``used_at``: when it
        last got a token
    """

    client: str
    name: str
    since: str
    used_at: str


def list_allowed(accounts: Accounts, person: Person, now: datetime) -> list[Allowed]:
    """Return the programs that a person lets act for them, by name."""
    if not is_there(accounts):
        return []
    with reading(accounts) as opened:
        rows = opened.execute(
            """
            SELECT g.client, c.name, min(g.made_at), max(g.used_at)
            FROM grants g JOIN clients c ON c.id = g.client
            WHERE g.person = :person AND c.ended_at IS NULL AND (
                EXISTS (SELECT 1 FROM tokens t WHERE t.grant_id = g.id
                    AND t.used_at IS NULL AND ifnull(t.ends_at, '~') > :now)
                OR EXISTS (SELECT 1 FROM codes d WHERE d.grant_id = g.id
                    AND d.used_at IS NULL AND d.ends_at > :now))
            GROUP BY g.client ORDER BY c.name, g.client
            """,
            {"person": person.uuid, "now": timestamp(now)},
        ).fetchall()
    return [Allowed(*row) for row in rows]


def withdraw(accounts: Accounts, person: Person, client: str, visit: Visit) -> bool:
    """End all that a person allowed a program; False when that is nothing."""
    if not is_there(accounts):
        return False
    with transaction(accounts) as opened:
        if not end(opened, client=client, person=person.uuid):
            return False
        note(opened, events.REVOKED, person.uuid, visit)
    return True


def note(opened: Any, event: str, person: str, visit: Visit) -> None:  # noqa: ANN401
    """Write down what happened to somebody's grant.

    :param person: uuid
    """
    events.note(opened, event, visit.at, person=person, address=visit.address)
