"""Logging in: where it leads, what it tells, how often one may try."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archive.accounts import logins, throttling
from archive.database import create_archive
from plugins.access import Access
from plugins.calls import MAX_ASKED
from tests.plugins.logins.conftest import serving
from tests.plugins.visitors import PASSWORDS, Visitor


def test_logging_in_leads_back_to_what_was_wanted(
    come: Callable[..., Visitor],
) -> None:
    visitor = come()
    asked = visitor.get("/tower-4?q=crane&after=x")
    assert asked.headers["location"] == "/-/login?next=/tower-4%3Fq%3Dcrane%26after%3Dx"
    page = visitor.get(asked.headers["location"]).text
    assert 'name="next" value="/tower-4?q=crane&amp;after=x"' in page
    answer = visitor.log_in("kim", next="/tower-4?q=crane")
    assert (answer.status_code, answer.headers["location"]) == (303, "/tower-4?q=crane")
    assert "publicword" in visitor.get("/tower-4?q=crane").text


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example/tower-4",
        "https://evil.example/tower-4",
        "/\\evil.example",
        "/tower-4\r\nlocation: //evil.example",
        "javascript:alert(1)",
        "/-/logout",
        "",
    ],
)
def test_logging_in_leads_to_no_other_site(
    come: Callable[..., Visitor], wanted: str
) -> None:
    answer = come().log_in("kim", next=wanted)
    assert answer.headers["location"] == "/tower-4"


@pytest.mark.parametrize(
    ("base", "kept", "expected"),
    [
        (
            "http://192.168.1.5:8001",
            "",
            {"httponly", "path=/", "samesite=lax"},
        ),
        (
            "http://192.168.1.5:8001",
            "1",
            {"httponly", "path=/", "samesite=lax", "max-age=2592000"},
        ),
        (
            "https://192.168.1.5:8001",
            "",
            {"httponly", "path=/", "samesite=lax", "secure"},
        ),
        (
            "http://photos.example",
            "",
            {"httponly", "path=/", "samesite=lax", "secure"},
        ),
    ],
    ids=["plain", "kept", "https", "behind a proxy with https"],
)
def test_the_cookie_is_as_shut_as_it_can_be(
    folder: Path, loop: Any, base: str, kept: str, expected: set[str]
) -> None:
    access = Access(
        accounts=True, names=("photos.example",), secure=("photos.example",)
    )
    with serving(loop, folder, access=access) as site:
        answer = Visitor(site.datasette.app(), loop, base).log_in("kim", kept=kept)
    (cookie,) = answer.headers.get_list("set-cookie")
    value, *about = [part.strip() for part in cookie.split(";")]
    assert {part.lower() for part in about} == expected
    name, _, token = value.partition("=")
    assert name.startswith("__Host-asbuilt-") is ("secure" in expected)
    assert len(token) == 43


def test_cookies_of_two_ports_do_not_clash_and_a_bad_one_harms_no_other(
    folder: Path, tmp_path: Path, loop: Any
) -> None:
    create_archive(tmp_path / "bridge", "Bridge")
    with serving(loop, folder) as one, serving(loop, tmp_path / "bridge") as other:
        visitor = Visitor(one.datasette.app(), loop)
        visitor.log_in("kim")
        (token,) = visitor.cookies.values()
        visitor.cookies.set("asbuilt-other", "x")
        assert visitor.get("/tower-4").status_code == 200
        (name,) = [n for n in visitor.cookies if n != "asbuilt-other"]
        header = {"cookie": f'a"=[; =; ,=,; {name}={token}; {name}=second'}
        visitor.cookies = {}
        assert visitor.get("/tower-4", headers=header).status_code == 200
        visitor.app = other.datasette.app()
        assert visitor.get("/bridge", headers=header).status_code == 302


def without_name(page: str, login: str) -> str:
    """Return a login page without what was typed, and what changes with each answer."""
    page = re.sub(r'nonce="[^"]*"', "", page).replace(" autofocus", "")
    return page.replace(f'name="login" value="{login}"', 'name="login" value=""')


@pytest.mark.parametrize(
    ("login", "password"),
    [("kim", "wrong"), ("nobody", PASSWORDS["kim"]), ("", ""), ("kim", "")],
)
def test_a_failed_login_is_the_same_for_every_reason(
    come: Callable[..., Visitor], login: str, password: str
) -> None:
    visitor = come()
    answer = visitor.log_in(login, password)
    assert answer.status_code == 403
    assert "do not fit together" in answer.text
    assert PASSWORDS["kim"] not in answer.text
    assert not answer.headers.get_list("set-cookie")
    other = come(address="10.0.0.9").log_in("kim", "other wrong one")
    assert without_name(answer.text, login) == without_name(other.text, "kim")


def test_what_was_typed_is_escaped(come: Callable[..., Visitor]) -> None:
    answer = come().log_in('"><script>alert(1)</script>', "x", next='/"><b>')
    assert "<script>alert" not in answer.text
    assert "<b>" not in answer.text


def test_failures_make_one_wait_and_say_how_long(come: Callable[..., Visitor]) -> None:
    visitor = come()
    for _ in range(throttling.FREE["login"] + 1):
        assert visitor.log_in("kim", "wrong").status_code == 403
    answer = visitor.log_in("kim")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "1"
    assert "Try again in a second" in answer.text
    stranger = visitor.log_in("nobody", "wrong")
    assert stranger.status_code == 403


def test_nobody_is_told_apart_from_somebody_by_waiting(
    come: Callable[..., Visitor],
) -> None:
    def answers(login: str, address: str) -> list[int]:
        visitor = come(address=address)
        return [visitor.log_in(login, "wrong").status_code for _ in range(7)]

    assert answers("kim", "10.0.0.1") == answers("nobody", "10.0.0.2")


def test_a_script_may_log_in_with_json(come: Callable[..., Visitor]) -> None:
    visitor = come()
    body = {"login": "kim", "password": PASSWORDS["kim"], "next": "/tower-4"}
    answer = visitor.ask("POST", "/-/login", json=body)
    assert answer.json() == {"ok": True, "next": "/tower-4"}
    assert visitor.get("/tower-4").status_code == 200
    body["password"] = PASSWORDS["rae"]
    refused = visitor.ask("POST", "/-/login", json=body)
    assert (refused.status_code, refused.json()["ok"]) == (403, False)


def test_more_than_a_login_takes_is_not_looked_at(come: Callable[..., Visitor]) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    for sent in (b"login=" + b"x" * MAX_ASKED, b"&a=" * 10_001):
        answer = come().ask("POST", "/-/login", content=sent, headers=headers)
        assert answer.status_code == 400


@pytest.mark.parametrize("content", [b"\xff\xfe", b"{", b"[]", b'{"login": 3}'])
def test_nonsense_is_refused_in_words(
    come: Callable[..., Visitor], content: bytes
) -> None:
    headers = {"content-type": "application/json"}
    answer = come().ask("POST", "/-/login", content=content, headers=headers)
    assert answer.status_code in (400, 403)
    assert answer.json()["ok"] is False


def test_hashing_does_not_hold_up_the_others(
    come: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While somebody logs in, pages are answered: from another thread than theirs."""
    come().get("/-/login")
    begun, answered = threading.Event(), threading.Event()
    real = logins.passwords.matches

    def slowly(stored: str | None, password: str) -> bool:
        begun.set()
        assert answered.wait(20)
        return real(stored, password)

    monkeypatch.setattr(logins.passwords, "matches", slowly)
    visitor, statuses = come(), []
    thread = threading.Thread(
        target=lambda: statuses.append(visitor.log_in("kim").status_code)
    )
    thread.start()
    assert begun.wait(20)
    statuses.append(come().get("/-/login").status_code)
    answered.set()
    thread.join()
    assert statuses == [200, 303]


def test_a_crowd_at_the_door_is_sent_away_rather_than_kept_waiting(
    come: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    from plugins import sessions

    monkeypatch.setattr(sessions, "_MOST_WAITING", 0)
    answer = come().log_in("kim")
    assert answer.status_code == 503
    assert "Too many are logging in" in answer.text
