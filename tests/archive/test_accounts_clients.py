"""Programs: their secrets, the people they are, and when they have to wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.accounts import Accounts, Visit, clients, list_events, store
from archive.accounts import redirects as r
from archive.accounts.clients import Client, add_client, client_with_id, fits
from archive.batches import batch
from archive.database import Archive
from archive.errors import (
    Conflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    StoreError,
    TooManyAttempts,
)
from archive.people import Person, add_person, list_people

NOW = datetime(2026, 5, 11, 8, 0, tzinfo=UTC)
HERE = Visit(NOW, "192.168.1.20")
GIVEN = "b4f1c07a92e85d3360aa71cc49de0f12"


@pytest.fixture
def add(archive: Archive, sam: Person, accounts: Accounts) -> Any:
    def make(name: str = "Reports", **options: Any) -> clients.Made:
        options = {"by": sam, **options}
        return add_client(accounts, archive.connection, name, HERE, **options)

    return make


def test_a_program_is_a_person_with_a_level(
    add: Any, archive: Archive, accounts: Accounts
) -> None:
    made = add(level="standard")
    person = clients.may_act(made.client, archive.connection)
    assert person is not None
    assert (person.name, person.level, person.login) == ("Reports", "standard", None)
    assert client_with_id(accounts, made.client.id) == made.client
    assert fits(made.client, made.secret)
    assert not fits(made.client, made.secret[:-1])
    assert not fits(made.client, "")


def everything_written(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*.db*"))


def test_its_secret_is_kept_nowhere(
    add: Any, folder: Path, archive: Archive, accounts: Accounts
) -> None:
    made = add()
    assert made.secret is not None
    accounts.close()
    archive.close()
    assert made.secret.encode() not in everything_written(folder)
    assert made.client.id.encode() in everything_written(folder)


def test_two_programs_have_nothing_in_common(add: Any) -> None:
    one, two = add(), add()
    assert one.client.id != two.client.id
    assert one.secret != two.secret
    assert not fits(one.client, two.secret)


def test_one_that_can_keep_no_secret_is_nobody_by_itself(
    add: Any, archive: Archive
) -> None:
    before = len(list_people(archive.connection))
    made = add(public=True, redirect_uris=["http://127.0.0.1/cb"])
    assert (made.secret, made.client.secret, made.client.person) == (None, None, None)
    assert clients.may_act(made.client, archive.connection) is None
    assert len(list_people(archive.connection)) == before
    assert not fits(made.client, "")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"public": True}, "needs an address"),
        ({"public": True, "secret": GIVEN, "redirect_uris": [r.OUT_OF_BAND]}, "no sec"),
        ({"client_id": "-id-that-is-an-option"}, "id of a program"),
        ({"client_id": "short"}, "id of a program"),
        ({"client_id": "with space"}, "id of a program"),
        ({"client_id": "client-1", "secret": "too-short"}, "secret of a program"),
        ({"client_id": "client-1", "secret": GIVEN + "é"}, "secret of a program"),
        ({"client_id": "client-1", "secret": "abcd" * 9}, "again and again"),
        ({"level": "boss"}, "no level"),
        ({"redirect_uris": ["http://evil.example/"]}, "no address for answers"),
        ({"name": " "}, "is empty"),
    ],
    ids=str,
)
def test_what_no_program_can_be_is_refused_and_leaves_nothing(
    add: Any,
    archive: Archive,
    accounts: Accounts,
    options: dict[str, Any],
    why: str,
) -> None:
    with pytest.raises(InvalidInput, match=why):
        add(**options)
    assert clients.list_clients(accounts) == []
    assert len(list_people(archive.connection)) == 1


def test_the_same_program_in_a_further_archive(add: Any) -> None:
    made = add(client_id="client-1", secret=GIVEN)
    assert (made.client.id, made.secret) == ("client-1", GIVEN)
    assert fits(made.client, GIVEN)
    with pytest.raises(Conflict, match="there is a program"):
        add(client_id="client-1")


def test_a_program_that_cannot_be_stored_is_no_person_either(
    add: Any, archive: Archive, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise StoreError(accounts.path, "the disk is full")

    monkeypatch.setattr(clients, "_store", full)
    with pytest.raises(StoreError):
        add()
    assert [p.id for p in list_people(archive.connection)] == [1]


def test_only_who_may_edit_people_may_add_remove_and_renew(
    add: Any, archive: Archive, sam: Person, accounts: Accounts
) -> None:
    with batch(archive.connection, sam) as opened:
        kim = add_person(archive.connection, sam, opened, "Kim", level="standard")
    made = add()
    # A program that is nobody by itself has no person whose making is refused
    for options in ({}, {"public": True, "redirect_uris": ["https://app.example/"]}):
        with pytest.raises(NotAllowed):
            add(by=kim, **options)
    with pytest.raises(NotAllowed):
        clients.new_secret(accounts, made.client, HERE, by=kim)
    with pytest.raises(NotAllowed):
        connection = archive.connection
        clients.remove_client(accounts, connection, made.client, HERE, by=kim)
    assert clients.list_clients(accounts) == [made.client]


def test_a_removed_program_is_gone_and_its_person_stays_in_the_history(
    add: Any, archive: Archive, sam: Person, accounts: Accounts
) -> None:
    client = add().client
    clients.remove_client(accounts, archive.connection, client, HERE, by=sam)
    assert client_with_id(accounts, client.id) is None
    assert clients.may_act(client, archive.connection) is None
    assert [c.ended_at for c in clients.list_clients(accounts)] == [
        "2026-05-11T08:00:00.000Z"
    ]
    with pytest.raises(NotFound):
        clients.find_client(accounts, client.id)
    rows = archive.connection.execute("select reason from batches").fetchall()
    assert rows.count(("program Reports",)) == 2


def test_an_id_can_be_registered_again_once_it_is_removed(
    add: Any, archive: Archive, sam: Person, accounts: Accounts
) -> None:
    first = add(client_id="client-1").client
    clients.remove_client(accounts, archive.connection, first, HERE, by=sam)
    again = add(client_id="client-1").client
    assert client_with_id(accounts, "client-1") == again
    assert again.person != first.person


def test_a_new_secret_takes_the_place_of_the_old_one(
    add: Any, sam: Person, accounts: Accounts
) -> None:
    made = add()
    fresh = clients.new_secret(accounts, made.client, HERE, by=sam)
    client = client_with_id(accounts, made.client.id)
    assert client is not None
    assert fits(client, fresh)
    assert not fits(client, made.secret)
    public = add(public=True, redirect_uris=[r.OUT_OF_BAND]).client
    with pytest.raises(InvalidInput, match="can keep no secret"):
        clients.new_secret(accounts, public, HERE, by=sam)


def test_programs_are_found_by_id_or_by_a_name_that_only_one_has(
    add: Any, accounts: Accounts
) -> None:
    one = add("Reports").client
    assert clients.find_client(accounts, "Reports") == one
    two = add("Reports").client
    with pytest.raises(NotFound, match="more than one"):
        clients.find_client(accounts, "Reports")
    assert clients.find_client(accounts, two.id) == two
    with pytest.raises(NotFound, match="no program"):
        clients.find_client(accounts, "Nothing")


def failing(accounts: Accounts, client: Client, address: str, times: int) -> int:
    """Come with a wrong secret so often; return how often one had to wait."""
    waited = 0
    for _ in range(times):
        try:
            clients.note_failure(accounts, client.id, Visit(NOW, address))
        except TooManyAttempts:
            waited += 1
    return waited


def test_failures_make_their_address_wait_and_nobody_else(
    add: Any, accounts: Accounts, archive: Archive
) -> None:
    client = add().client
    assert failing(accounts, client, "10.0.0.66", 30) > 20
    assert failing(accounts, client, "10.0.0.7", 1) == 0
    failed = [
        event
        for event in list_events(accounts, archive.connection)
        if event.event == "program refused"
    ]
    assert 5 <= len(failed) < 10
    assert failed[0].person == "Reports"


def test_a_program_that_goes_wrong_keeps_nobody_of_its_office_from_logging_in(
    add: Any, accounts: Accounts
) -> None:
    from archive.accounts import throttling

    failing(accounts, add().client, "10.0.0.66", 100)
    later = NOW + timedelta(seconds=1)
    throttling.begin(accounts, "kim", "10.0.0.66", later)


def test_accounts_of_before_there_were_programs_get_their_tables(
    accounts: Accounts, add: Any
) -> None:
    with store.transaction(accounts) as opened:
        links = ("link_uses", "link_photos", "links", "open_links")  # came later still
        for table in (*links, "clients", "grants", "codes", "tokens"):
            opened.execute(f"DROP TABLE {table}")
    accounts.close()
    assert clients.list_clients(accounts) == []
    assert client_with_id(accounts, add().client.id) is not None


def test_asking_makes_no_file(accounts: Accounts) -> None:
    assert clients.list_clients(accounts) == []
    assert client_with_id(accounts, "client-1") is None
    assert not accounts.path.exists()
