"""Sessions: who is logged in, for how long, and on which computer.

A token of 256 random bits is in the browser and its SHA-256 here. A session ends when
its time is over, when the person ends it, with every new password, and as soon as the
person is shut out. That last is read off the history of archive.db, so that whoever
shut them out, by whatever means, needs to know nothing of sessions.
"""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from archive.accounts import events
from archive.accounts.store import Accounts, is_there, reading, transaction
from archive.clock import timestamp
from archive.errors import ArchiveError
from archive.people import Person, person_with_uuid
from archive.rights import allowed
from archive.sqlite import sqlite3

# How long a session may lie idle, and how long it lasts at all. NIST SP 800-63B-4,
# 2.1.3, has people log in again at least every 30 days.
KEPT = (timedelta(days=7), timedelta(days=30))
PASSING = (timedelta(hours=2), timedelta(hours=16))  # ends with the browser's window
MOST = 50  # sessions of one person; the oldest make room
_LONGEST_TOKEN = 100
_COLUMNS = (
    "id, person, begun_at, used_at, ends_at, idle_seconds, since, kept, address,"
    " browser"
)
# The clock may have been ahead when a session was last used: a computer on site has no
# other to go by
_LASTS = (
    "ends_at > :now AND (julianday(:now) - julianday(used_at)) * 86400 < idle_seconds"
)


@dataclass(frozen=True, slots=True)
class Visit:
    """When and from where somebody comes.

    :param address: of the computer; "" is this one's command line
    :param browser: what it calls itself, for people
    """

    at: datetime
    address: str = ""
    browser: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A login that lasts.

    :param person: uuid
    :param since: the last row of ``changes`` when it began
    :param kept: whether it outlives the browser's window
    """

    id: int
    person: str
    begun_at: str
    used_at: str
    ends_at: str
    idle_seconds: int
    since: int
    kept: bool
    address: str
    browser: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A session that has just begun.

    :param token: what the browser keeps; it cannot be had again
    :param lasts: seconds that the browser is to keep it; None: until its window closes
    """

    token: str
    person: Person
    lasts: int | None


def digest(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def new_token() -> str:
    """Return 256 random bits, as they stand in a cookie or an address."""
    return secrets.token_urlsafe(32)


def last_change(connection: sqlite3.Connection) -> int:
    """Return the number of the latest change in archive.db."""
    row = connection.execute("SELECT ifnull(max(id), 0) FROM changes").fetchone()
    return int(row[0])


def is_shut_out(connection: sqlite3.Connection, person: Person, since: int) -> bool:
    """Whether somebody may not come in, or was shut out after a moment.

    :param connection: to archive.db, unguarded
    :param since: the last change at that moment
    """
    if not allowed(person, "view"):
        return True
    row = connection.execute(
        """
        SELECT 1 FROM changes WHERE entity = 'person' AND record_id = ? AND id > ?
        AND ((field = 'active' AND new = 0) OR (field = 'level' AND new = 'none')
            OR (field = '' AND new IS NULL)) LIMIT 1
        """,
        (person.id, since),
    ).fetchone()
    return row is not None


def begin(
    opened: Any,  # noqa: ANN401
    person: Person,
    since: int,
    visit: Visit,
    *,
    kept: bool,
) -> Begun:
    """Begin a session, within a transaction of accounts.db."""
    token = new_token()
    idle, lasting = KEPT if kept else PASSING
    now = timestamp(visit.at)
    opened.execute(
        f"""
        INSERT INTO sessions (token, {_COLUMNS.removeprefix("id, ")})
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            digest(token),
            person.uuid,
            now,
            now,
            timestamp(visit.at + lasting),
            int(idle.total_seconds()),
            since,
            int(kept),
            visit.address[:100],
            visit.browser[:100],
        ),
    )
    _make_room(opened, person, now)
    return Begun(token, person, int(lasting.total_seconds()) if kept else None)


def _make_room(opened: Any, person: Person, now: str) -> None:  # noqa: ANN401
    """Remove what is over, of anybody, and the oldest of too many of one person."""
    opened.execute(f"DELETE FROM sessions WHERE NOT ({_LASTS})", {"now": now})
    opened.execute(
        """
        DELETE FROM sessions WHERE person = ?1 AND id NOT IN (
            SELECT id FROM sessions WHERE person = ?1 ORDER BY id DESC LIMIT ?2)
        """,
        (person.uuid, MOST),
    )


def recognise(
    accounts: Accounts, connection: sqlite3.Connection, token: str, now: datetime
) -> tuple[Person, Session] | None:
    """Return whose session a token is of; None when it is of none that still lasts.

    :param connection: to archive.db, unguarded
    """
    session = _find(accounts, token, timestamp(now))
    if session is None:
        return None
    person = person_with_uuid(connection, session.person)
    if person is None or is_shut_out(connection, person, session.since):
        _end(accounts, "id = ?", (session.id,), Visit(now))
        return None
    return person, session


def _find(accounts: Accounts, token: str, now: str) -> Session | None:
    """Return a session by its token, and note that it was used."""
    if not _is_token(token) or not is_there(accounts):
        return None
    with reading(accounts) as opened:
        row = opened.execute(
            f"SELECT {_COLUMNS} FROM sessions WHERE token = :token AND {_LASTS}",
            {"token": digest(token), "now": now},
        ).fetchone()
    if row is None:
        return None
    session = _session(row)
    if session.used_at[:16] != now[:16]:  # once in a minute
        # A full disk, or another who writes, is no reason to log anybody out
        with suppress(ArchiveError), transaction(accounts) as opened:
            opened.execute(
                "UPDATE sessions SET used_at = ? WHERE id = ?", (now, session.id)
            )
    return session


def _is_token(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_TOKEN


def _session(row: tuple[Any, ...]) -> Session:
    values = list(row)
    values[7] = bool(values[7])  # kept
    return Session(*values)


def list_sessions(accounts: Accounts, person: Person, now: datetime) -> list[Session]:
    """Return a person's sessions that last, the one used last first."""
    if not is_there(accounts):
        return []
    with reading(accounts) as opened:
        rows = opened.execute(
            f"""
            SELECT {_COLUMNS} FROM sessions WHERE person = :person AND {_LASTS}
            ORDER BY used_at DESC, id DESC
            """,
            {"person": person.uuid, "now": timestamp(now)},
        ).fetchall()
    return [_session(row) for row in rows]


def log_out(accounts: Accounts, token: str, visit: Visit) -> None:
    """End the session of a token, if there is one."""
    if _is_token(token):
        which = "token = ?", (digest(token),)
        _end(accounts, *which, visit, event=events.LOGGED_OUT)


def end_session(accounts: Accounts, person: Person, number: int, visit: Visit) -> bool:
    """End one session of a person; False when it is not there, or another's."""
    return _end(accounts, "person = ? AND id = ?", (person.uuid, number), visit) > 0


def end_sessions(
    accounts: Accounts,
    person: Person,
    visit: Visit,
    *,
    but: int | None = None,
    by: Person | None = None,
) -> int:
    """End all sessions of a person and return how many there were.

    :param but: the one that goes on
    :param by: who ends them, when it is somebody else
    """
    which = "person = ? AND id IS NOT ?", (person.uuid, but)
    return _end(accounts, *which, visit, by=by)


def _end(
    accounts: Accounts,
    which: str,
    values: tuple[object, ...],
    visit: Visit,
    *,
    event: str = events.ENDED,
    by: Person | None = None,
) -> int:
    """End the sessions that a condition selects."""
    if not is_there(accounts):
        return 0
    with transaction(accounts) as opened:
        ended = opened.execute(
            f"DELETE FROM sessions WHERE {which} RETURNING person", values
        ).fetchall()
        for (person,) in ended:
            events.note(
                opened,
                event,
                visit.at,
                person=person,
                by=by.uuid if by else None,
                address=visit.address,
            )
    return len(ended)
