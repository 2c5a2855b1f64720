"""Passwords that are changed: by oneself, by others, when their cost rises."""

from __future__ import annotations

from typing import Any

import pytest

from archive import accounts as a
from archive.accounts import Accounts, passwords
from archive.accounts.store import reading
from archive.batches import batch
from archive.database import Archive
from archive.errors import InvalidInput, LoginFailed, NotAllowed, TooManyAttempts
from archive.people import Person, edit_person, find_person
from tests.archive.logins.visits import ANOTHER, HERE, NOW, PASSWORD


def test_a_new_password_ends_all_sessions(
    kim: Person, sam: Person, log_in: Any, known: Any, accounts: Any, archive: Any
) -> None:
    begun = log_in()
    a.set_password(accounts, archive.connection, kim, ANOTHER, HERE, by=sam)
    assert known(begun) is None
    with pytest.raises(LoginFailed):
        log_in()
    assert known(log_in(password=ANOTHER)) == "Kim"


def test_changing_ones_own_password_goes_on_in_this_browser(
    kim: Person, log_in: Any, known: Any, accounts: Any, archive: Any
) -> None:
    first, second = log_in(), log_in()
    begun = a.change_password(
        accounts, archive.connection, kim, HERE, old=PASSWORD, new=ANOTHER, kept=True
    )
    assert (known(first), known(second), known(begun)) == (None, None, "Kim")
    assert begun.lasts
    log_in(password=ANOTHER)


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [("wrong", ANOTHER, LoginFailed), (PASSWORD, "short", InvalidInput)],
)
def test_a_refused_change_changes_nothing(
    kim: Person,
    log_in: Any,
    known: Any,
    accounts: Any,
    archive: Any,
    old: str,
    new: str,
    error: type[Exception],
) -> None:
    begun = log_in()
    with pytest.raises(error):
        a.change_password(accounts, archive.connection, kim, HERE, old=old, new=new)
    assert known(begun) == "Kim"
    log_in()


def test_guessing_the_old_password_is_throttled_too(
    kim: Person, accounts: Any, archive: Any
) -> None:
    def guess() -> None:
        a.change_password(
            accounts, archive.connection, kim, HERE, old="wrong", new=ANOTHER
        )

    for _ in range(5):
        with pytest.raises(LoginFailed):
            guess()
    with pytest.raises(TooManyAttempts):
        guess()


def test_only_admins_set_the_password_of_others(
    kim: Person, sam: Person, archive: Archive, accounts: Accounts
) -> None:
    connection = archive.connection
    with batch(connection, sam):
        edit_person(connection, sam, sam, login="sam")
    sam = find_person(connection, 1)
    with pytest.raises(NotAllowed):
        a.set_password(accounts, connection, sam, PASSWORD, HERE, by=kim)
    with pytest.raises(NotAllowed):
        a.invite(accounts, connection, sam, HERE, by=kim)
    a.set_password(accounts, connection, kim, ANOTHER, HERE, by=kim)
    assert a.admins_with_password(accounts, connection) == []
    a.set_password(accounts, connection, sam, ANOTHER, HERE, by=sam)
    assert a.admins_with_password(accounts, connection) == [sam]


def test_a_password_needs_a_login(
    sam: Person, archive: Archive, accounts: Accounts
) -> None:
    with pytest.raises(InvalidInput, match="no login yet"):
        a.set_password(accounts, archive.connection, sam, PASSWORD, HERE, by=sam)
    with pytest.raises(InvalidInput, match="no login yet"):
        a.invite(accounts, archive.connection, sam, HERE, by=sam)
    assert not accounts.path.exists()


def test_a_password_is_hashed_anew_when_the_cost_changes(
    log_in: Any, accounts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cost() -> str:
        with reading(accounts) as opened:
            row = opened.execute("select hash from passwords").fetchone()
        return str(row[0]).split("$")[3]

    assert cost() == "m=8,t=1,p=1"
    monkeypatch.setattr(passwords, "HASHER", passwords.hasher(2, 16))
    with pytest.raises(LoginFailed):
        log_in("Kim@site", "wrong")
    assert cost() == "m=8,t=1,p=1"
    log_in()
    assert cost() == "m=16,t=2,p=1"
    log_in()


def test_a_password_changed_during_a_login_is_not_let_in(
    kim: Person,
    sam: Person,
    log_in: Any,
    archive: Any,
    accounts: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = passwords.matches

    def slowly(stored: str | None, password: str) -> bool:
        found = real(stored, password)
        monkeypatch.setattr(passwords, "matches", real)
        a.set_password(accounts, archive.connection, kim, ANOTHER, HERE, by=sam)
        return found

    monkeypatch.setattr(passwords, "matches", slowly)
    with pytest.raises(LoginFailed):
        log_in()
    assert a.list_sessions(accounts, kim, NOW) == []
