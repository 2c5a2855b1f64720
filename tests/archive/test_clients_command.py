"""``asbuilt clients``: credentials are shown once, or known and not repeated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from archive.accounts import Accounts, open_accounts
from archive.accounts.clients import client_with_id, fits
from archive.batches import batch
from archive.commands.root import asbuilt
from archive.database import Archive
from archive.people import Person, add_person
from archive.sqlite import sqlite3

KNOWN = "e7d1a0c94b6f28353a90bb17cd42ef06"


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
    known = {"ASBUILT_CLIENT_SECRET": KNOWN}
    result = run("add", "Reports", "--id", "client-1", "--json", env=known)
    assert json.loads(result.stdout)["client_id"] == "client-1"
    assert KNOWN not in result.output
    with open_accounts(folder) as accounts:
        client = client_with_id(accounts, "client-1")
    assert client is not None
    assert fits(client, KNOWN)
    other = run("add", "Else", "--json", env=known)
    assert json.loads(other.stdout)["client_secret"] != KNOWN


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
