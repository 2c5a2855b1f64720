"""Logging in: throttled, and telling nothing about whom there is."""

from __future__ import annotations

from typing import Any

from archive.accounts import events, passwords, throttling
from archive.accounts.keeping import keep_password, names_of, stored_password
from archive.accounts.sessions import Begun, Visit, begin, last_change
from archive.accounts.store import Accounts, transaction
from archive.errors import LoginFailed
from archive.people import Person, person_with_login
from archive.rights import allowed
from archive.sqlite import sqlite3

_DO_NOT_FIT = "this login and password do not fit together"


def log_in(
    accounts: Accounts,
    connection: sqlite3.Connection,
    login: str,
    password: str,
    visit: Visit,
    *,
    kept: bool = False,
) -> Begun:
    """Begin a session.

    One hash is computed whether the login is somebody's or nobody's, and the answer is
    the same. It takes a while: never call it where others wait.

    :param connection: to archive.db, unguarded
    :param kept: the session outlives the browser's window
    :raises LoginFailed: not this login, or not this password
    :raises TooManyAttempts: after failures, for a while
    """
    attempt = throttling.begin(accounts, login, visit.address, visit.at)
    since = last_change(connection)
    person = person_with_login(connection, login)
    stored = stored_password(accounts, person)
    right = passwords.matches(stored, password)
    if person is None or stored is None or not right or not allowed(person, "view"):
        _note_failure(accounts, person, visit)
        raise LoginFailed(_DO_NOT_FIT)
    fresh = passwords.hash_password(password) if passwords.is_outdated(stored) else None
    with transaction(accounts) as opened:
        same = opened.execute(
            "UPDATE passwords SET hash = ? WHERE person = ? AND hash = ?",
            (fresh or stored, person.uuid, stored),
        )
        if not same.rowcount:  # meanwhile it became another
            raise LoginFailed(_DO_NOT_FIT)
        throttling.succeeded(opened, attempt)
        throttling.clear(opened, visit.at)
        _note(opened, events.LOGGED_IN, person, visit)
        return begin(opened, person, since, visit, kept=kept)


def change_password(
    accounts: Accounts,
    connection: sqlite3.Connection,
    person: Person,
    visit: Visit,
    *,
    old: str,
    new: str,
    kept: bool = False,
) -> Begun:
    """Change one's own password. All sessions end; a new one begins in this browser.

    :param connection: to archive.db
    :raises LoginFailed: the old one is wrong
    :raises TooManyAttempts: after failures, for a while
    :raises InvalidInput: the new one is too easily guessed
    """
    passwords.check_new(new, *names_of(connection, person))
    login = person.login or ""
    attempt = throttling.begin(accounts, login, visit.address, visit.at)
    if not passwords.matches(stored_password(accounts, person), old):
        _note_failure(accounts, person, visit)
        raise LoginFailed("the old password is not right")
    hashed = passwords.hash_password(new)
    since = last_change(connection)
    with transaction(accounts) as opened:
        throttling.succeeded(opened, attempt)
        keep_password(opened, person, hashed, visit)
        return begin(opened, person, since, visit, kept=kept)


def _note_failure(accounts: Accounts, person: Person | None, visit: Visit) -> None:
    with transaction(accounts) as opened:
        _note(opened, events.FAILED, person, visit)


def _note(opened: Any, event: str, person: Person | None, visit: Visit) -> None:  # noqa: ANN401
    uuid = person.uuid if person else None
    events.note(opened, event, visit.at, person=uuid, address=visit.address)
