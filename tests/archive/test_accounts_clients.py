"""Programs: their secrets, the people they are, where answers may be sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from archive.accounts import Accounts, Visit, clients, list_events, open_accounts, store
from archive.accounts import redirects as r
from archive.accounts.clients import Client, add_client, client_with_id, fits
from archive.batches import batch
from archive.commands.root import asbuilt
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
from archive.sqlite import sqlite3

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
    with pytest.raises(NotAllowed):
        add(by=kim)
    with pytest.raises(NotAllowed):
        clients.new_secret(accounts, made.client, HERE, by=kim)
    with pytest.raises(NotAllowed):
        connection = archive.connection
        clients.remove_client(accounts, connection, made.client, HERE, by=kim)
    assert client_with_id(accounts, made.client.id) == made.client


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


GOOD = [
    "https://app.example.com/oauth/cb?x=1",
    "https://app.example.com",
    "https://[2001:db8::1]:8443/cb",
    "http://127.0.0.1/cb",
    "http://127.0.0.1:3000/cb",
    "http://[::1]/cb",
    "http://localhost/",
    "com.example.app:/cb",
    r.OUT_OF_BAND,
]
BAD = [
    "",
    "http://example.com/cb",
    "http://127.0.0.1.evil.example/cb",
    "http://127.0.0.1@evil.example/cb",
    "http://127.0.0.1:80@evil.example/",
    "http://localhost.evil.example/",
    "https://user:secret@example.com/cb",
    "https://example.com/cb#fragment",
    "https://example.com/\r\nSet-Cookie: a=b",
    "https://example.com/cb;form-action",
    "https://exa mple.com/",
    "https://EXAMPLE.com/",
    "https://*.example.com/",
    "https:example.com",
    "https:///example.com",
    "https://example.com\\@evil.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "myapp:/cb",
    "//evil.example/cb",
    "/cb",
    "https://example.com/" + "x" * 2_000,
]


@pytest.mark.parametrize("uri", GOOD)
def test_addresses_that_answers_may_be_sent_to(uri: str) -> None:
    assert r.check(uri) == uri
    assert r.matches([uri], uri)


@pytest.mark.parametrize("uri", BAD)
def test_addresses_that_answers_may_not_be_sent_to(uri: str) -> None:
    with pytest.raises(InvalidInput):
        r.check(uri)
    assert not r.matches([uri], uri)


@pytest.mark.parametrize(
    ("registered", "asked", "same"),
    [
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb", True),
        ("http://127.0.0.1:8000/cb", "http://127.0.0.1:51004/cb", True),
        ("http://127.0.0.1", "http://127.0.0.1:51004/", True),
        ("http://[::1]/cb", "http://[::1]:51004/cb", True),
        ("http://127.0.0.1/cb", "http://localhost:51004/cb", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/other", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb?x=1", False),
        ("http://127.0.0.1/cb", "https://127.0.0.1:51004/cb", False),
        ("https://app.example/cb", "https://app.example:444/cb", False),
        ("https://app.example/cb", "https://app.example/cb/", False),
        ("https://app.example/cb", "https://app.example/cb?next=x", False),
        ("https://app.example/cb", "https://app.example/CB", False),
        ("https://app.example/cb", "https://evil.example/cb", False),
        ("com.example.app:/cb", "com.example.app:/cb", True),
        ("com.example.app:/cb", "com.example.app:/other", False),
    ],
)
def test_an_address_is_compared_letter_by_letter_but_for_the_port_of_loopback(
    registered: str, asked: str, same: bool
) -> None:
    assert r.matches([registered], asked) is same
    assert not r.matches([], asked)


@given(
    registered=st.sampled_from(GOOD),
    place=st.integers(0, 60),
    sign=st.sampled_from("/:@.#?%\\x0 \n;\"'"),
)
def test_no_sign_put_into_an_address_makes_it_another_that_is_taken(
    registered: str, place: int, sign: str
) -> None:
    """Only digits within a port of loopback may differ."""
    asked = registered[:place] + sign + registered[place:]
    if r.matches([registered], asked):
        assert registered.startswith(("http://127", "http://[", "http://localhost"))
        assert asked.count(":") - registered.count(":") <= 1
        assert asked.rpartition("/")[0].startswith(registered.rpartition(":")[0])


# The command


@pytest.fixture
def run(folder: Path, accounts: Accounts) -> Iterator[Any]:  # noqa: ARG001 - quick hash
    def invoke(*arguments: str, **options: Any) -> Any:
        command = ["clients", str(folder), *arguments]
        return CliRunner().invoke(asbuilt, command, **options)

    return invoke


def test_the_command_shows_credentials_once(run: Any, folder: Path) -> None:
    result = run("add", "Reports", "--level", "standard", "--json")
    told = json.loads(result.stdout)
    assert told["level"] == "standard"
    assert told["client_secret"] not in result.stderr
    with open_accounts(folder) as accounts:
        client = client_with_id(accounts, told["client_id"])
    assert client is not None
    assert fits(client, told["client_secret"])
    listed = run("--format", "jsonl").stdout
    assert json.loads(listed)["client_id"] == told["client_id"]
    assert "secret" not in listed
    plain = run("secret", "Reports").stdout
    assert plain.startswith(f"client_id: {told['client_id']}\nclient_secret: ")
    assert told["client_secret"] not in plain


def test_the_command_registers_known_credentials_and_does_not_repeat_the_secret(
    run: Any, folder: Path
) -> None:
    known = {"ASBUILT_CLIENT_SECRET": GIVEN}
    result = run("add", "Reports", "--id", "client-1", "--json", env=known)
    assert json.loads(result.stdout)["client_id"] == "client-1"
    assert GIVEN not in result.output
    with open_accounts(folder) as accounts:
        client = client_with_id(accounts, "client-1")
    assert client is not None
    assert fits(client, GIVEN)
    other = run("add", "Else", "--json", env=known)
    assert json.loads(other.stdout)["client_secret"] != GIVEN


def test_the_command_says_who_else_is_called_so(run: Any) -> None:
    run("add", "Reports")
    assert "is also the name of person 2" in run("add", "Reports").stderr


def test_the_command_removes(run: Any) -> None:
    run("add", "Reports")
    assert run("remove", "Reports").exit_code == 0
    assert json.loads(run("--format", "jsonl").stdout)["ended_at"]
    again = run("remove", "Reports")
    assert again.exit_code == 1
    assert "no program is called 'Reports'" in again.stderr


@pytest.mark.parametrize(
    "arguments",
    [(), ("add", "X"), ("remove", "Reports"), ("secret", "Reports")],
    ids=str,
)
def test_the_command_is_for_those_who_edit_people(
    run: Any, archive: Archive, sam: Person, arguments: tuple[str, ...]
) -> None:
    with batch(archive.connection, sam) as opened:
        add_person(archive.connection, sam, opened, "Kim", level="standard")
    run("add", "Reports")
    refused = run("--as", "Kim", *arguments)
    assert refused.exit_code == 1
    assert "Kim may not add people" in refused.stderr


def test_a_damaged_file_is_told_in_a_sentence(run: Any, accounts: Accounts) -> None:
    run("add", "Reports")
    connection = sqlite3.connect(accounts.path)
    connection.execute("drop table clients")
    connection.close()
    refused = run()
    assert refused.exit_code == 1
    assert "is damaged" in refused.stderr
