"""What happened to accounts: who logged in, from where, and who tried to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive.accounts.store import Accounts, is_there, reading
from archive.clock import timestamp
from archive.people import list_people
from archive.sqlite import sqlite3

LOGGED_IN = "logged in"
FAILED = "login failed"
LOGGED_OUT = "logged out"
ENDED = "session ended"
INVITED = "invited"
PASSWORD_SET = "password set"  # noqa: S105 - the name of an event
CLIENT_MADE = "program added"
CLIENT_ENDED = "program removed"
CLIENT_SECRET = "program's secret renewed"  # noqa: S105
CLIENT_FAILED = "program refused"
ALLOWED = "program allowed"
REUSED = "program's code or token used twice"
REVOKED = "program no longer allowed"
KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    :param person: name of whose account it was; None: nobody has that login
    :param by: name of who did it, when somebody else did
    :param address: the computer's; "" is this one's command line
    """

    at: str
    event: str
    person: str | None
    by: str | None
    address: str


def note(
    connection: Any,  # noqa: ANN401
    event: str,
    now: datetime,
    *,
    person: str | None = None,
    by: str | None = None,
    address: str = "",
) -> None:
    """Write down that something happened, within the transaction in which it does."""
    connection.execute(
        "INSERT INTO events (at, event, person, by, address) VALUES (?, ?, ?, ?, ?)",
        (timestamp(now), event, person, by, address[:100]),
    )
    connection.execute(
        "DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ?", (KEPT,)
    )


def list_events(accounts: Accounts, connection: sqlite3.Connection) -> Iterator[Event]:
    """Yield everything, newest first.

    :param connection: to archive.db, for the names
    """
    if not is_there(accounts):
        return
    names = {person.uuid: person.name for person in list_people(connection)}
    with reading(accounts) as opened:
        rows = opened.execute(
            "SELECT at, event, person, by, address FROM events ORDER BY id DESC"
        ).fetchall()
    for at, event, person, by, address in rows:
        yield Event(at, event, names.get(person), names.get(by), address)
