"""Real processes, real connections: credentials of the command line, at /oauth."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from click.testing import CliRunner

from archive.commands.root import asbuilt
from archive.database import create_archive
from tests.forked import served
from tests.plugins.api.oauth_town import CALLBACK, VERIFIER, arguments, challenge
from tests.plugins.test_serve_accounts import ask


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_archive(tmp_path / "tower", "Tower", "Sam Archer")
    return tmp_path / "tower"


def clients(folder: Path, *arguments: str) -> Any:
    command = ["clients", str(folder), *arguments, "--json"]
    return json.loads(CliRunner().invoke(asbuilt, command).stdout)


def post(url: str, path: str, fields: dict[str, str]) -> tuple[int, Any]:
    status, _, body = ask(url, path, fields)
    return status, json.loads(body)


def itself(url: str, known: dict[str, Any]) -> tuple[int, Any]:
    fields = {
        "grant_type": "client_credentials",
        "client_id": known["client_id"],
        "client_secret": known["client_secret"],
    }
    return post(url, "/oauth/token", fields)


def info(url: str, token: str) -> int:
    headers = {"authorization": f"Bearer {token}"}
    return ask(url, "/oauth/token/info", headers=headers)[0]


def test_a_token_outlives_the_server_and_ends_with_the_program(folder: Path) -> None:
    known = clients(folder, "add", "Reports", "--level", "standard")
    with served(folder) as url:
        token = itself(url, known)[1]["access_token"]
        assert info(url, token) == 200
    with served(folder) as url:
        assert info(url, token) == 200
        headers = {"authorization": f"Bearer {token}"}
        status, _, body = ask(url, "/rest/v1.0/me", headers=headers)
        assert (status, json.loads(body)["id"]) == (200, 2)
        fresh = clients(folder, "secret", "Reports")
        assert info(url, token) == 401
        assert itself(url, known)[0] == 401
        token = itself(url, fresh)[1]["access_token"]
        clients(folder, "remove", "Reports")
        assert info(url, token) == 401
        assert itself(url, fresh) == (
            401,
            {
                "error": "invalid_client",
                "error_description": "The program, its secret, or how it says who it"
                " is, is not right",
            },
        )


def test_the_owner_lets_a_program_act_for_them(folder: Path) -> None:
    known = clients(folder, "add", "Pocket", "--public", "--redirect-uri", CALLBACK)
    asked = {
        "response_type": "code",
        "client_id": known["client_id"],
        "redirect_uri": CALLBACK.replace("3000", "51999"),
        "code_challenge": challenge(),
        "code_challenge_method": "S256",
    }
    with served(folder) as url:
        parts = urlsplit(url)
        path = f"/oauth/authorize?{urlencode(asked)}"
        status, _, page = ask(url, path)
        assert status == 200
        assert "Pocket asks to act for you" in page
        origin = {"origin": f"http://{parts.netloc}"}
        status, headers, _ = ask(url, path, {"answer": "yes"}, origin)
        assert status == 302
        fields = {
            "grant_type": "authorization_code",
            "client_id": known["client_id"],
            "code": arguments(_Answer(headers))["code"],
            "redirect_uri": asked["redirect_uri"],
            "code_verifier": VERIFIER,
        }
        status, pair = post(url, "/oauth/token", fields)
        assert status == 200
        assert info(url, pair["access_token"]) == 200
        assert post(url, "/oauth/token", fields)[1]["error"] == "invalid_grant"
        assert info(url, pair["access_token"]) == 401


class _Answer:
    def __init__(self, headers: dict[str, str]) -> None:
        self.headers = headers


def test_how_often_a_program_may_ask_is_chosen(folder: Path) -> None:
    known = clients(folder, "add", "Reports")
    with served(folder, "--rate-limit", "2/hour") as url:
        token = itself(url, known)[1]["access_token"]
        headers = {"authorization": f"Bearer {token}"}
        answers = [ask(url, "/rest/v1.0/me", headers=headers) for _ in range(3)]
    assert [answer[0] for answer in answers] == [200, 200, 429]
    assert answers[1][1]["x-rate-limit-remaining"] == "0"
    assert int(answers[2][1]["retry-after"]) > 3_500
    refused = CliRunner().invoke(
        asbuilt, ["serve", str(folder), "--port", "0", "--rate-limit", "often"]
    )
    assert refused.exit_code == 1
    assert "is no rate like" in refused.stderr


def test_a_body_that_stops_halfway_leaves_nothing(folder: Path) -> None:
    known = clients(folder, "add", "Reports")
    body = urlencode({"grant_type": "client_credentials", **known})
    with served(folder) as url:
        parts = urlsplit(url)
        assert parts.hostname
        assert parts.port
        head = (
            f"POST /oauth/token HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body) + 100}\r\n\r\n"
        )
        with socket.create_connection((parts.hostname, parts.port), 10) as broken:
            broken.sendall((head + body).encode())
        huge = f"POST /oauth/token HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        with socket.create_connection((parts.hostname, parts.port), 10) as greedy:
            greedy.sendall(f"{huge}Content-Length: 10000000000\r\n\r\n".encode())
            assert greedy.recv(100).startswith(b"HTTP/1.1 400")
        assert itself(url, known)[0] == 200
