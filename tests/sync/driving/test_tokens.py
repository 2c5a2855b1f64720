"""Logins: of a program by itself, of a person, and all that can be wrong with them."""

from __future__ import annotations

import http.client
import json
import os
import stat
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from archive import secrets
from archive.errors import ArchiveError, StoreError
from archive.secrets import Vault
from sync.driving import logins
from sync.driving.asking import Desk, ask
from sync.driving.errors import LoginNeeded, LoginRefused
from sync.driving.logins import log_in
from sync.driving.pausing import Pause
from sync.driving.tokens import SECRET, Pair, Session
from sync.driving.wires import Wires
from sync.effects import Ask
from sync.errors import Unreachable
from tests.sync.driving.conftest import Hub, session_of
from tests.sync.driving.misbehaving import PAGE, Asked, Said, Server


class Ring:
    """A keyring in memory."""

    def __init__(self, *, broken: bool = False) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.broken = broken

    def get_password(self, service: str, username: str, /) -> str | None:
        if self.broken:
            raise RuntimeError("locked")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str, /) -> None:
        if self.broken:
            raise RuntimeError("locked")
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str, /) -> None:
        del self.kept[service, username]


@pytest.fixture
def session(hub: Hub, vault: Vault, wires: Wires) -> Session:
    return session_of(hub, vault, wires)


@pytest.fixture
def persons(server: Server, vault: Vault, wires: Wires, hub: Hub) -> Session:
    """A person's login at the misbehaving server."""
    link = replace(hub.link, url=server.url, login_url=server.url, by_person=True)
    return Session(link, vault, wires, "archive", environment={})


def pair(number: int, **more: Any) -> Said:
    told = {
        "access_token": f"ACCESS{number}",
        "refresh_token": f"REFRESH{number}",
        "token_type": "bearer",
        "expires_in": 5400,
    }
    return Said(body=json.dumps({**told, **more}).encode())


def fields(asked: Asked) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}


def test_a_program_gets_a_token_by_itself(session: Session, hub: Hub) -> None:
    desk = Desk(hub.link, session, session.wires)
    assert ask(desk, Ask("GET", "/rest/v1.0/me")).status == 200
    assert session.token() == session.token()


def test_a_token_is_kept_for_the_next_run_but_not_beside_a_secret_of_the_environment(
    session: Session, hub: Hub
) -> None:
    session.token()
    assert not session.is_logged_in
    assert not session.vault.folder.exists()
    secrets.keep(session.vault, hub.link.account, hub.secret)
    kept = replace(session, environment={}, pair=None)
    first = kept.token()
    assert kept.is_logged_in
    assert replace(kept, pair=None).token() == first
    assert kept.renew(first) != first


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        pytest.param(
            Said(401, b'{"error": "invalid_client"}'),
            LoginRefused,
            "secret",
            id="secret",
        ),
        pytest.param(Said(401, b"no"), LoginRefused, "secret", id="secret, in words"),
        pytest.param(
            Said(400, b'{"error": "invalid_grant", "error_description": "x\\u001b"}'),
            LoginRefused,
            r"x\x1b",
            id="refused",
        ),
        pytest.param(
            Said(503, b'{"error": "temporarily_unavailable"}'),
            Unreachable,
            "503",
            id="503",
        ),
        pytest.param(
            Said(400, b'{"error": "server_error"}'), Unreachable, "later", id="broken"
        ),
        pytest.param(Said(404, b"Not Found"), Unreachable, "address", id="wrong URL"),
        pytest.param(Said(200, b"<html>", PAGE), Unreachable, "no token", id="a page"),
        pytest.param(Said(200, b"[]"), Unreachable, "no token", id="a list"),
        pytest.param(Said(200, b"{}"), Unreachable, "without a token", id="nothing"),
        pytest.param(
            Said(302, b"", {"location": "https://example.com/login"}),
            Unreachable,
            "302",
            id="sent on",
        ),
        pytest.param(Said(raw=b""), Unreachable, "broke off", id="broken off"),
    ],
)
def test_what_is_wrong_with_a_login_is_said(
    persons: Session, server: Server, said: Said, error: type[ArchiveError], words: str
) -> None:
    session = replace(
        persons,
        link=replace(persons.link, by_person=False),
        environment={SECRET: "THESECRET"},
    )
    server.says(said)
    with pytest.raises(error) as raised:
        session.token()
    assert words in str(raised.value)
    assert "THESECRET" not in str(raised.value)
    assert len(server.asked) == 1


def test_without_a_secret_nobody_is_asked(persons: Session, server: Server) -> None:
    session = replace(persons, link=replace(persons.link, by_person=False))
    with pytest.raises(LoginNeeded, match=SECRET):
        session.token()
    with pytest.raises(LoginNeeded, match="--login"):
        persons.token()
    assert not server.asked


def test_a_new_pair_is_kept_before_it_is_used(persons: Session, server: Server) -> None:
    persons.keep(Pair("OLD", time.time() - 1, "REFRESH1", "http://127.0.0.1/back"))
    server.says(pair(2))
    assert persons.token() == "ACCESS2"
    assert fields(server.asked[0]) == {
        "grant_type": "refresh_token",
        "refresh_token": "REFRESH1",
        "redirect_uri": "http://127.0.0.1/back",
        "client_id": persons.link.client_id,
    }
    later = replace(persons, pair=None)
    assert later.token() == "ACCESS2"
    assert len(server.asked) == 1
    server.says(pair(3))
    assert later.renew("ACCESS2") == "ACCESS3"
    assert fields(server.asked[0]).items() >= {"refresh_token": "REFRESH2"}.items()


def test_two_at_once_use_a_refresh_token_once(persons: Session, server: Server) -> None:
    persons.keep(Pair("OLD", time.time() - 1, "REFRESH1"))
    server.says(pair(2), Said(400, b'{"error": "invalid_grant"}'))
    found: list[str] = []
    others = [replace(persons, pair=None) for _ in range(3)]
    threads = [
        threading.Thread(target=lambda s=one: found.append(s.token()))  # type: ignore[misc]
        for one in others
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["ACCESS2"] * 3
    assert len(server.asked) == 1


def test_a_login_that_was_taken_back_says_what_to_do(
    persons: Session, server: Server
) -> None:
    persons.keep(Pair("OLD", time.time() - 1, "REFRESH1"))
    server.says(Said(400, b'{"error": "invalid_grant"}'))
    with pytest.raises(LoginNeeded, match="remote set ARCHIVE --login"):
        persons.token()


def test_a_pair_that_cannot_be_kept_is_not_used(
    persons: Session, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    persons.keep(Pair("OLD", time.time() - 1, "REFRESH1"))
    server.says(pair(2))
    full = StoreError("secrets.json", "the disk is full")
    monkeypatch.setattr(secrets, "_write", lambda *_: (_ for _ in ()).throw(full))
    with pytest.raises(StoreError):
        persons.token()
    assert persons.pair
    assert persons.pair.access == "OLD"


@pytest.mark.parametrize("broken", [False, True], ids=["keyring", "broken keyring"])
def test_a_keyring_goes_before_the_file(vault: Vault, broken: bool) -> None:
    secrets.keep(vault, "a", "old")
    ring = Ring(broken=broken)
    both = Vault(vault.folder, ring)
    assert secrets.recall(both, "a") == "old"
    secrets.keep(both, "a", "new")
    assert secrets.recall(both, "a") == "new"
    assert secrets.recall(vault, "a") == ("new" if broken else None)
    secrets.forget(both, "a")
    assert secrets.recall(both, "a") is None


def test_the_file_is_for_nobody_else(vault: Vault) -> None:
    secrets.keep(vault, "a", "one")
    secrets.keep(vault, "b", "two")
    path = vault.folder / "secrets.json"
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(vault.folder.stat().st_mode) == 0o700
    assert secrets.recall(vault, "a") == "one"
    path.write_text("[")
    with pytest.raises(StoreError, match="damaged"):
        secrets.recall(vault, "a")


# A person's login, in a browser that goes where it is told


def answered(address: str, answer: str = "yes") -> tuple[str, Any]:
    """Say yes at the hub's page, as its owner; return where that leads."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc)
    headers = {
        "Origin": f"http://{parts.netloc}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    body = urlencode({"answer": answer})
    connection.request("POST", f"{parts.path}?{parts.query}", body, headers)
    response = connection.getresponse()
    told = response.read()
    connection.close()
    assert response.status == 302, told
    return str(response.getheader("location")), parts


def visit(address: str) -> tuple[int, str]:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("GET", f"{parts.path}?{parts.query}")
    response = connection.getresponse()
    found = response.status, response.read().decode()
    connection.close()
    return found


def browser(go: Callable[[str], Any]) -> Callable[[str], None]:
    """Return what opens an address in a browser of its own."""

    def show(address: str) -> None:
        def visiting() -> None:
            with suppress(OSError):
                go(address)

        threading.Thread(target=visiting).start()

    return show


@pytest.fixture
def at_hub(hub: Hub, vault: Vault, wires: Wires) -> Session:
    link = replace(hub.link, by_person=True)
    return Session(link, vault, wires, "archive", environment={SECRET: hub.secret})


def test_a_person_logs_in_works_and_logs_out(at_hub: Session) -> None:
    pages: list[tuple[int, str]] = []
    log_in(at_hub, browser(lambda a: pages.append(visit(answered(a)[0]))), Pause())
    desk = Desk(at_hub.link, at_hub, at_hub.wires)
    me = ask(desk, Ask("GET", "/rest/v1.0/me"))
    assert (me.status, me.body["id"]) == (200, 1)  # type: ignore[index]
    assert at_hub.token() not in repr(desk)
    assert at_hub.environment[SECRET] not in repr(desk)
    first = at_hub.token()
    second = at_hub.renew(first)
    assert second != first
    assert ask(desk, Ask("GET", "/rest/v1.0/me")).status == 200
    assert at_hub.end()
    with pytest.raises(LoginNeeded):
        at_hub.token()


def test_only_an_answer_to_what_was_asked_counts(
    at_hub: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[int] = []

    def go(address: str) -> None:
        where, _ = answered(address)
        parts = urlsplit(where)
        here = f"{parts.scheme}://{parts.netloc}"
        back = f"{here}{parts.path}"
        forged = f"{back}?code=e", f"{back}?code=e&state=guess", f"{here}/favicon.ico"
        said.extend(visit(one)[0] for one in (*forged, where))

    monkeypatch.setattr(logins, "_STEP", 0.05)
    log_in(at_hub, browser(go), Pause())
    assert said[:3] == [400, 400, 400]
    assert at_hub.is_logged_in


def test_a_person_who_says_no_is_not_logged_in(at_hub: Session) -> None:
    go = browser(lambda address: visit(answered(address, "no")[0]))
    with pytest.raises(LoginNeeded, match="not allowed"):
        log_in(at_hub, go, Pause())
    assert not at_hub.is_logged_in


def test_nobody_is_waited_for_for_ever(
    at_hub: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logins, "_STEP", 0.01)
    monkeypatch.setattr(logins, "_PATIENCE", 0.02)
    with pytest.raises(LoginNeeded, match="minutes"):
        log_in(at_hub, lambda _: None, Pause())


@pytest.mark.parametrize(
    "redirect", ["https://127.0.0.1/x", "http://example.com/x", "x:/y", ""]
)
def test_the_answer_comes_to_this_computer_only(at_hub: Session, redirect: str) -> None:
    with pytest.raises(ArchiveError, match="127"):
        log_in(at_hub, lambda _: None, Pause(), redirect)
