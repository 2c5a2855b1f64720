"""Requests to a server that does not do what it should."""

from __future__ import annotations

import gzip
import json
import time
from dataclasses import replace
from typing import Any

import pytest

from sync.driving import asking, budget
from sync.driving.asking import Desk, ask
from sync.driving.budget import HOUR, Purse, Window
from sync.driving.pausing import Paused
from sync.driving.tokens import Pair
from sync.effects import LOST, Ask
from sync.operations import Budget
from tests.sync.driving.conftest import TOKEN, Clock
from tests.sync.driving.misbehaving import JSON, PAGE, Said, Server

GET = Ask("GET", "/rest/v1.0/images", (("filters[id][]", "7"), ("q", "a b&c")))
POST = Ask("POST", "/rest/v1.0/images", body={"image": {"description": "Höhe"}})


def test_a_request_is_what_was_asked_for(desk: Desk, server: Server) -> None:
    server.says(Said(headers={**JSON, "date": "Thu, 01 Jan 1970 00:01:00 GMT"}))
    answer = ask(desk, GET)
    assert (answer.status, answer.body, answer.clock) == (200, {}, 60)
    ask(desk, POST)
    get, post = server.asked
    assert get.path == "/rest/v1.0/images?filters%5Bid%5D%5B%5D=7&q=a+b%26c"
    assert get.headers["authorization"] == f"Bearer {TOKEN}"
    assert get.headers["procore-company-id"] == "7"
    assert "content-type" not in get.headers
    assert "cookie" not in get.headers
    assert post.headers["content-type"] == "application/json"
    assert json.loads(post.body) == POST.body


def test_nothing_is_asked_through_a_proxy_without_tls(
    desk: Desk, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    server.says(Said())
    assert ask(desk, GET).status == 200


def test_no_cookie_is_taken(desk: Desk, server: Server) -> None:
    server.says(Said(headers={**JSON, "set-cookie": "who=me; Path=/"}))
    ask(desk, GET)
    ask(desk, GET)
    assert "cookie" not in server.asked[1].headers


@pytest.mark.parametrize(
    ("said", "why"),
    [
        pytest.param(Said(raw=b""), "broke off", id="nothing"),
        pytest.param(Said(raw=b"SSH-2.0-OpenSSH\r\n\r\n"), "broke off", id="no HTTP"),
        pytest.param(
            Said(raw=b"HTTP/1.1 201 Created\r\ncontent-length: 90\r\n\r\n{"),
            "broke off",
            id="half a body",
        ),
        pytest.param(
            Said(headers={**JSON, "content-encoding": "gzip"}),
            "broke off",
            id="no gzip",
        ),
        pytest.param(Said(body=b"<html>", headers=PAGE), "no JSON", id="a page"),
        pytest.param(
            Said(status=307, headers={"location": "http://127.0.0.1:9/x"}),
            "sends on to http://127.0.0.1:9/x",
            id="sent on",
        ),
    ],
)
def test_what_nobody_knows_the_end_of_is_lost_and_not_repeated(
    desk: Desk, server: Server, said: Said, why: str
) -> None:
    server.says(said)
    answer = ask(desk, POST)
    assert answer.status == LOST
    assert why in answer.text
    assert len(server.asked) == 1


def test_nobody_there_is_lost_too(desk: Desk) -> None:
    desk.link = replace(desk.link, url="http://127.0.0.1:9")
    answer = ask(desk, GET)
    assert (answer.status, answer.is_lost) == (LOST, True)
    assert "cannot be reached" in answer.text


def test_a_silent_server_is_not_waited_for(
    desk: Desk, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.driving.wires.SILENCE_SECONDS", 0.05)
    server.behave = lambda _: time.sleep(0.2) or Said()  # type: ignore[func-returns-value]
    assert "did not answer in time" in ask(desk, GET).text


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_without_an_end_is_lost(
    desk: Desk, server: Server, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    monkeypatch.setattr(asking, "LARGEST", 100_000)
    body = b"[" + b"1," * 100_000
    headers = {**JSON, "content-encoding": "gzip"} if packed else JSON
    server.says(Said(body=gzip.compress(body) if packed else body, headers=headers))
    answer = ask(desk, GET)
    assert (answer.status, answer.body) == (LOST, None)
    assert "over" in answer.text


def test_a_dripping_answer_ends(
    desk: Desk, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "LONGEST", -1.0)
    server.says(Said())
    assert "seconds" in ask(desk, GET).text


def test_asked_too_often_it_waits_and_asks_again(
    desk: Desk, server: Server, clock: Clock
) -> None:
    told: list[tuple[str, float]] = []
    desk.waits = lambda why, seconds: told.append((why, seconds))
    text = {"content-type": "text/plain"}
    server.says(
        Said(status=429, body=b"You have surpassed", headers=text),
        Said(status=429, headers={**JSON, "retry-after": "7"}),
        Said(status=201),
    )
    answer = ask(desk, POST)
    assert answer.status == 201
    assert [asked.method for asked in server.asked] == ["POST"] * 3
    assert clock.waited == [60, 7]
    assert [seconds for _, seconds in told] == [60, 7]
    assert desk.asked == 3


def test_what_is_always_refused_is_told(desk: Desk, server: Server) -> None:
    server.says(Said(status=429, headers={**JSON, "retry-after": "0"}))
    assert ask(desk, GET).status == 429


def test_it_waits_for_the_window_before_it_asks(
    desk: Desk, server: Server, clock: Clock
) -> None:
    now = clock()
    desk.purse = Purse(Window(HOUR, 100, left=3, ends=now + 900))
    server.says(Said())
    ask(desk, replace(GET, budget=Budget.NONE))
    assert clock.waited == []
    ask(desk, GET)
    assert sum(clock.waited) == 900


def test_whoever_wants_to_stop_does_not_wait_for_a_window(
    desk: Desk, server: Server, clock: Clock
) -> None:
    desk.purse = Purse(Window(HOUR, 100, left=0, ends=clock() + 900))
    desk.pause.ask()
    with pytest.raises(Paused):
        ask(desk, GET)
    assert not server.asked


def test_the_limits_are_read_from_every_answer(
    desk: Desk, server: Server, clock: Clock
) -> None:
    told = {
        "x-rate-limit-limit": "600",
        "x-rate-limit-remaining": "599",
        "x-rate-limit-reset": str(int(clock()) + 1800),
    }
    server.says(Said(status=404, headers={**JSON, **told}))
    ask(desk, GET)
    assert (desk.purse.hour.limit, desk.purse.hour.left) == (600, 599)
    assert budget.eta(desk.purse, 1000, clock()) > 3000


def granting(server: Server, *tokens: str) -> None:
    """Give these tokens, one after the other, and take only the last."""
    left = list(tokens)

    def behave(asked: Any) -> Said:
        if asked.path == "/oauth/token":
            token = {"access_token": left.pop(0), "expires_in": 5400}
            return Said(body=json.dumps({**token, "token_type": "bearer"}).encode())
        good = asked.headers["authorization"] == f"Bearer {tokens[-1]}"
        return Said(status=200 if good else 401, body=b'{"errors": ["expired"]}')

    server.behave = behave


def test_a_refused_token_is_renewed_once(desk: Desk, server: Server) -> None:
    granting(server, "NEW")
    assert ask(desk, POST).status == 200
    assert [a.path for a in server.asked] == [POST.path, "/oauth/token", POST.path]
    server.asked.clear()
    granting(server, "NEWER", "NEWEST")
    assert ask(desk, POST).status == 401
    assert len(server.asked) == 3


def test_a_token_is_renewed_before_its_end(desk: Desk, server: Server) -> None:
    granting(server, "NEW")
    desk.session.pair = Pair(TOKEN, time.time() + 60)
    assert ask(desk, GET).status == 200
    assert TOKEN not in server.told()


def test_a_dry_run_writes_nothing(desk: Desk, server: Server) -> None:
    desk.read_only = True
    for method in ("POST", "PATCH", "DELETE", "PUT"):
        with pytest.raises(AssertionError, match="dry run"):
            ask(desk, replace(POST, method=method))
    assert not server.asked
