"""Invitations: a link with which somebody chooses their password, once.

It is how people get their first password, and a new one for a forgotten one: nobody
else ever knows it. The link is worth a password until it is used, so it ends soon.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.accounts import events, passwords
from archive.accounts.keeping import keep_password, names_of, permit_password
from archive.accounts.sessions import (
    Begun,
    Visit,
    begin,
    digest,
    is_shut_out,
    last_change,
    new_token,
)
from archive.accounts.store import Accounts, is_there, reading, transaction
from archive.clock import timestamp
from archive.errors import InvalidInput, NotFound
from archive.people import Person, person_with_uuid
from archive.rights import allowed, require
from archive.sqlite import sqlite3

LASTS = timedelta(days=7)
_NOT_VALID = "this invitation was used already, has run out, or never was"


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that was just made.

    :param token: what stands in it; it cannot be had again
    """

    token: str
    person: Person
    ends_at: str


def invite(
    accounts: Accounts,
    connection: sqlite3.Connection,
    person: Person,
    visit: Visit,
    *,
    by: Person,
) -> Invitation:
    """Make an invitation; an earlier one of the same person ends.

    :param connection: to archive.db
    :param by: who acts
    :raises NotAllowed: they may not
    :raises InvalidInput: the person has no login, or could not come in anyway
    """
    require(by, "edit_people")
    permit_password(person, by)
    if not allowed(person, "view"):
        raise InvalidInput(
            f"{person.name} could see nothing: their level is {person.level}"
            f"{'' if person.active else ', and they are inactive'}"
        )
    token, now = new_token(), timestamp(visit.at)
    ends_at = timestamp(visit.at + LASTS)
    since = last_change(connection)
    with transaction(accounts) as opened:
        opened.execute(
            "DELETE FROM invitations WHERE ends_at <= ? OR person = ?",
            (now, person.uuid),
        )
        opened.execute(
            "INSERT INTO invitations VALUES (?, ?, ?, ?, ?, ?)",
            (digest(token), person.uuid, now, by.uuid, ends_at, since),
        )
        events.note(
            opened,
            events.INVITED,
            visit.at,
            person=person.uuid,
            by=by.uuid,
            address=visit.address,
        )
    return Invitation(token, person, ends_at)


def invited(
    accounts: Accounts, connection: sqlite3.Connection, token: str, now: datetime
) -> Person | None:
    """Return who may choose a password with this token; None when it is worth nothing.

    Whoever was shut out since it was made stays out.

    :param connection: to archive.db, unguarded
    """
    if not is_there(accounts):
        return None
    with reading(accounts) as opened:
        row = opened.execute(
            "SELECT person, since FROM invitations WHERE token = ? AND ends_at > ?",
            (digest(token), timestamp(now)),
        ).fetchone()
    person = person_with_uuid(connection, row[0]) if row else None
    if person is None or is_shut_out(connection, person, row[1]):
        return None
    return person


def accept(
    accounts: Accounts,
    connection: sqlite3.Connection,
    token: str,
    password: str,
    visit: Visit,
) -> Begun:
    """Set the password that somebody chose, and let them in.

    :raises NotFound: the invitation is worth nothing (any more)
    :raises InvalidInput: the password is too easily guessed; the invitation stays
    """
    person = invited(accounts, connection, token, visit.at)
    if person is None:
        raise NotFound(_NOT_VALID)
    passwords.check_new(password, *names_of(connection, person))
    hashed = passwords.hash_password(password)
    since = last_change(connection)
    with transaction(accounts) as opened:
        used = opened.execute(
            "DELETE FROM invitations WHERE token = ?", (digest(token),)
        )
        if not used.rowcount:  # somebody was quicker
            raise NotFound(_NOT_VALID)
        keep_password(opened, person, hashed, visit)
        return begin(opened, person, since, visit, kept=False)
