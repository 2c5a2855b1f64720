"""Setting passwords, and what has to happen with each."""

from __future__ import annotations

from typing import Any

from archive.accounts import events, grants, passwords, throttling
from archive.accounts.sessions import Visit
from archive.accounts.store import Accounts, is_there, reading, transaction
from archive.clock import timestamp
from archive.errors import InvalidInput
from archive.people import Person, list_people
from archive.rights import allowed, require
from archive.settings import get_setting
from archive.sqlite import sqlite3


def set_password(
    accounts: Accounts,
    connection: sqlite3.Connection,
    person: Person,
    password: str,
    visit: Visit,
    *,
    by: Person,
) -> None:
    """Give a person a password; all their sessions and invitations end.

    :param connection: to archive.db
    :param by: who acts
    :raises NotAllowed: it is neither their own, nor may they edit people
    :raises InvalidInput: it is too easily guessed, or the person has no login
    """
    permit_password(person, by)
    passwords.check_new(password, *names_of(connection, person))
    hashed = passwords.hash_password(password)
    with transaction(accounts) as opened:
        keep_password(opened, person, hashed, visit, by=by)


def keep_password(
    opened: Any,  # noqa: ANN401
    person: Person,
    hashed: str,
    visit: Visit,
    *,
    by: Person | None = None,
) -> None:
    """Store a new password, within a transaction of accounts.db.

    Sessions and invitations of before end, and what programs were allowed: whoever
    knew the old one may have allowed it. Failed attempts no longer count.
    """
    opened.execute(
        "INSERT OR REPLACE INTO passwords VALUES (?, ?, ?)",
        (person.uuid, hashed, timestamp(visit.at)),
    )
    opened.execute("DELETE FROM sessions WHERE person = ?", (person.uuid,))
    opened.execute("DELETE FROM invitations WHERE person = ?", (person.uuid,))
    grants.end(opened, person=person.uuid)
    throttling.forget(opened, person.login or "")
    events.note(
        opened,
        events.PASSWORD_SET,
        visit.at,
        person=person.uuid,
        by=by.uuid if by else None,
        address=visit.address,
    )


def stored_password(accounts: Accounts, person: Person | None) -> str | None:
    """Return the hash of a person's password; None when they have none."""
    with reading(accounts) as opened:
        row = opened.execute(
            "SELECT hash FROM passwords WHERE person = ?",
            (person.uuid if person else "",),
        ).fetchone()
    return str(row[0]) if row else None


def with_password(accounts: Accounts) -> set[str]:
    """Return the uuids of all who have a password."""
    if not is_there(accounts):
        return set()
    with reading(accounts) as opened:
        return {row[0] for row in opened.execute("SELECT person FROM passwords")}


def admins_with_password(
    accounts: Accounts, connection: sqlite3.Connection
) -> list[Person]:
    """Return the admins who can log in. Without one, nobody could let others in."""
    have = with_password(accounts)
    return [
        person
        for person in list_people(connection)
        if person.uuid in have and person.login and allowed(person, "edit_people")
    ]


def permit_password(person: Person, by: Person) -> None:
    """Refuse to set the password of somebody, before they are asked for it.

    :param by: who acts
    :raises NotAllowed: it is neither their own, nor may they edit people
    :raises InvalidInput: the person has no login, so could not say who they are
    """
    if by.id != person.id:
        require(by, "edit_people")
    if person.login is None:
        raise InvalidInput(
            f"{person.name} has no login yet; give them one first, such as an e-mail"
            " address"
        )


def names_of(connection: sqlite3.Connection, person: Person) -> list[str | None]:
    """Return what a person's password must not be made of."""
    project = get_setting(connection, "project_name")
    return [person.name, person.login, str(project)]
