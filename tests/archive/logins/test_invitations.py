"""Invitations to choose a password: once, and for a week."""

from __future__ import annotations

from typing import Any

import pytest

from archive import accounts as a
from archive.accounts import passwords
from archive.errors import InvalidInput, NotFound
from archive.people import Person, find_person
from tests.archive.logins.visits import (
    ANOTHER,
    HERE,
    NOW,
    PASSWORD,
    Edit,
    accept,
    after,
)


def test_an_invitation_lets_choose_a_password_once(
    accounts: Any, archive: Any, invitation: Any, log_in: Any, known: Any
) -> None:
    before = log_in()
    token = invitation.token
    found = a.invited(accounts, archive.connection, token, NOW)
    assert found == invitation.person
    begun = accept(accounts, archive, token)
    assert (known(begun), known(before)) == ("Kim", None)
    log_in(password=ANOTHER)
    with pytest.raises(NotFound, match="used already"):
        accept(accounts, archive, token, PASSWORD)
    assert a.invited(accounts, archive.connection, token, NOW) is None


def test_a_weak_password_leaves_the_invitation(
    accounts: Any, archive: Any, invitation: Any
) -> None:
    with pytest.raises(InvalidInput):
        accept(accounts, archive, invitation.token, "short")
    accept(accounts, archive, invitation.token)


def test_an_invitation_ends_after_a_week(
    accounts: Any, archive: Any, invitation: Any
) -> None:
    with pytest.raises(NotFound):
        accept(accounts, archive, invitation.token, visit=after(days=7))
    accept(accounts, archive, invitation.token, visit=after(days=6.9))


@pytest.mark.parametrize("how", ["invited again", "password set", "shut out"])
def test_what_ends_an_invitation(
    how: str,
    kim: Person,
    sam: Person,
    accounts: Any,
    archive: Any,
    invitation: Any,
    edit: Edit,
) -> None:
    if how == "invited again":
        a.invite(accounts, archive.connection, kim, HERE, by=sam)
    elif how == "password set":
        a.set_password(accounts, archive.connection, kim, ANOTHER, HERE, by=sam)
    else:
        edit(active=False)
        edit(active=True)
    with pytest.raises(NotFound):
        accept(accounts, archive, invitation.token)


def test_who_may_see_nothing_is_not_invited(
    kim: Person, sam: Person, accounts: Any, archive: Any, edit: Edit
) -> None:
    edit(level="none")
    nobody = find_person(archive.connection, kim.id)
    with pytest.raises(InvalidInput, match="could see nothing"):
        a.invite(accounts, archive.connection, nobody, HERE, by=sam)


def test_two_who_accept_at_once_are_one(
    accounts: Any,
    archive: Any,
    invitation: Any,
    log_in: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While the one's password is hashed, the other one is quicker."""
    real = passwords.hash_password

    def slowly(password: str) -> str:
        monkeypatch.setattr(passwords, "hash_password", real)
        accept(accounts, archive, invitation.token)
        return real(password)

    monkeypatch.setattr(passwords, "hash_password", slowly)
    with pytest.raises(NotFound):
        accept(accounts, archive, invitation.token, "pebble anchor fern")
    log_in("Kim@site", ANOTHER)
