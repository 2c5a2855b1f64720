"""Kim, who logs in, is changed and was invited."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from archive import accounts as a
from archive.accounts import Accounts, Begun, Visit
from archive.batches import batch
from archive.database import Archive
from archive.people import Person, add_person, edit_person, find_person
from tests.archive.logins.visits import HERE, NOW, PASSWORD, Edit


@pytest.fixture
def kim(archive: Archive, sam: Person, accounts: Accounts) -> Person:
    with batch(archive.connection, sam) as made:
        person = add_person(
            archive.connection, sam, made, "Kim", login="Kim@site", level="standard"
        )
    a.set_password(accounts, archive.connection, person, PASSWORD, HERE, by=sam)
    return person


@pytest.fixture
def edit(archive: Archive, sam: Person, kim: Person) -> Edit:
    """Change Kim, in a batch of its own."""

    def change(**values: Any) -> None:
        with batch(archive.connection, sam):
            found = find_person(archive.connection, kim.id)
            edit_person(archive.connection, sam, found, **values)

    return change


@pytest.fixture
def log_in(
    accounts: Accounts,
    archive: Archive,
    kim: Person,  # noqa: ARG001 - she logs in
) -> Callable[..., Begun]:
    def try_it(
        login: str = "Kim@site",
        password: str = PASSWORD,
        visit: Visit = HERE,
        **options: Any,
    ) -> Begun:
        return a.log_in(accounts, archive.connection, login, password, visit, **options)

    return try_it


@pytest.fixture
def known(accounts: Accounts, archive: Archive) -> Callable[..., str | None]:
    """Return whose session a token is of."""

    def ask(begun: Begun, now: datetime = NOW) -> str | None:
        found = a.recognise(accounts, archive.connection, begun.token, now)
        return found[0].name if found else None

    return ask


@pytest.fixture
def invitation(
    kim: Person, sam: Person, archive: Archive, accounts: Accounts
) -> a.Invitation:
    return a.invite(accounts, archive.connection, kim, HERE, by=sam)
