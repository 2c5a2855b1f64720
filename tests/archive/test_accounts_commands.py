"""``asbuilt people``: passwords, invitations, sessions, who logged in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from archive import accounts as a
from archive.accounts import Accounts, Visit
from archive.clock import utc_now
from archive.commands import accounts as commands
from archive.database import Archive
from tests.archive import by_command

Run = Callable[..., Result]
PASSWORD = "crane harness tide"  # noqa: S105


@pytest.fixture
def run() -> Run:
    """Return a function that runs ``asbuilt people`` with arguments and input."""

    def call(*arguments: object, typed: str = "", code: int = 0) -> Result:
        return by_command.run("people", *arguments, input=typed, code=code)

    return call


@pytest.fixture
def kim(run: Run, folder: Path) -> Path:
    """The archive's folder; in it Kim has a login and a password."""
    run(folder, "add", "Kim", "--level", "standard")
    run(folder, "password", "Kim", "--login", "kim@site", typed=f"{PASSWORD}\n")
    return folder


def test_a_password_comes_from_a_pipe_and_logs_in(
    kim: Path, archive: Archive, accounts: Accounts
) -> None:
    assert kim == archive.folder
    visit = Visit(utc_now())
    begun = a.log_in(accounts, archive.connection, "kim@site", PASSWORD, visit)
    assert begun.person.name == "Kim"


def test_the_list_says_who_has_a_password(run: Run, kim: Path) -> None:
    lines = run(kim, "--format", "jsonl").stdout.splitlines()
    people = {p["name"]: p["password"] for p in map(json.loads, lines)}
    assert people == {"Kim": True, "Sam Reyes": False}
    lines = run(kim, "--format", "jsonl", "--as", "Kim").stdout.splitlines()
    people = {p["name"]: p["password"] for p in map(json.loads, lines)}
    assert people == {"Kim": True, "Sam Reyes": None}


@pytest.mark.parametrize(
    ("arguments", "typed", "said"),
    [
        (("password", "Kim"), "short\n", "at least 15 characters"),
        (("password", "Kim"), "", "at least 15 characters"),
        (("password", "Kim"), "kim@site password\n", "made of names"),
        (("password", "Sam Reyes"), f"{PASSWORD}\n", "no login yet; add one with"),
        (("password", "Sam Reyes", "--login", "KIM@site"), "", "is taken"),
        (("password", "Sam Reyes", "--login", "s", "--as", "Kim"), "", "may not add"),
        (("password", "Nobody"), "", "nobody here is called"),
        (("invite", "Sam Reyes"), "", "no login yet"),
        (("invite", "Kim", "--as", "Kim"), "", "may not add people"),
        (("logout", "Sam Reyes", "--as", "Kim"), "", "may not add people"),
        (("logins", "--as", "Kim"), "", "may not add people"),
    ],
    ids=str,
)
def test_a_refusal_says_what_to_do(
    run: Run, kim: Path, arguments: tuple[str, ...], typed: str, said: str
) -> None:
    result = run(kim, *arguments, typed=typed, code=1)
    assert said in result.stderr
    assert PASSWORD not in result.output


def test_one_may_set_ones_own(run: Run, kim: Path) -> None:
    run(kim, "password", "Kim", "--as", "Kim", typed="gravel lantern oak\n")


def test_on_a_terminal_it_is_asked_for_twice(
    run: Run, kim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "is_terminal", lambda: True)
    fresh = "gravel lantern oak"
    result = run(kim, "password", "Kim", typed=f"{fresh}\n{fresh}\n")
    assert "New password for Kim" in result.stderr
    assert fresh not in result.output


@pytest.mark.slow
def test_what_is_typed_does_not_show_on_the_terminal(kim: Path) -> None:
    pty = pytest.importorskip("pty")
    main, side = pty.openpty()
    code = "from archive.commands.root import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "people", str(kim), "password", "Kim"],
        stdin=side,
        stdout=side,
        stderr=side,
        start_new_session=True,
    )
    os.close(side)
    shown = b""
    for _ in range(2):
        shown += read_until(main, b": ")
        os.write(main, b"gravel lantern oak\n")
    shown += read_until(main, b"from now on")
    assert process.wait(60) == 0
    os.close(main)
    assert b"lantern" not in shown


def read_until(handle: int, word: bytes) -> bytes:
    found = b""
    while word not in found:
        found += os.read(handle, 1000)
    return found


def test_an_invitation_is_a_link_that_works_once(
    run: Run, kim: Path, archive: Archive, accounts: Accounts
) -> None:
    result = run(kim, "invite", "Kim", "--url", "https://photos.example/", "--json")
    link, _, rest = result.stdout.partition("\n")
    told = json.loads(rest)
    assert told["link"] == link
    base, _, token = link.rpartition("/")
    assert base == "https://photos.example/-/invitation"
    visit = Visit(utc_now())
    a.accept(accounts, archive.connection, token, "gravel lantern oak", visit)
    assert a.invited(accounts, archive.connection, token, visit.at) is None


def test_an_admin_ends_sessions_and_sees_who_logged_in(
    run: Run, kim: Path, archive: Archive, accounts: Accounts
) -> None:
    visit = Visit(utc_now(), "192.168.1.20", "Firefox, Linux")
    begun = a.log_in(accounts, archive.connection, "kim@site", PASSWORD, visit)
    assert "1 session ended" in run(kim, "logout", "Kim").stderr
    assert a.recognise(accounts, archive.connection, begun.token, visit.at) is None
    told = json.loads(run(kim, "logout", "Kim", "--json").stdout)
    assert told == {"person": 2, "ended": 0}
    lines = run(kim, "logins", "--format", "jsonl").stdout.splitlines()
    events = [json.loads(line) for line in lines]
    assert [(e["event"], e["person"], e["by"]) for e in events] == [
        ("session ended", "Kim", "Sam Reyes"),
        ("logged in", "Kim", None),
        ("password set", "Kim", "Sam Reyes"),
    ]
    assert events[1]["address"] == "192.168.1.20"
    assert len(run(kim, "logins", "--limit", "1").stdout.splitlines()) == 3


def test_a_login_may_be_changed_and_the_password_stays(
    run: Run, kim: Path, archive: Archive, accounts: Accounts
) -> None:
    run(kim, "set", "Kim", "--login", "kim.lee")
    visit = Visit(utc_now())
    a.log_in(accounts, archive.connection, "kim.lee", PASSWORD, visit)
