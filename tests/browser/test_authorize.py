"""A program asks somebody in their browser, and gets the answer on its own port."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from click.testing import CliRunner
from playwright.sync_api import expect

from archive.accounts.redirects import OUT_OF_BAND
from archive.commands.root import asbuilt
from tests.browser.conftest import watching
from tests.browser.test_accessibility import AXE, kept_out, on_a
from tests.browser.test_accounts import log_in
from tests.forked import served
from tests.plugins.api.oauth_town import challenge
from tests.plugins.conftest import fill
from tests.plugins.visitors import give_passwords

pytestmark = pytest.mark.slow
CALLBACK = "http://127.0.0.1/cb"


class Program:
    """A program that waits on a port of this computer for what it is told."""

    def __init__(self) -> None:
        told: list[dict[str, list[str]]] = []

        class Door(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.startswith("/cb?"):  # a browser asks for its icon, too
                    told.append(parse_qs(urlsplit(self.path).query))
                self.send_response(200)
                self.send_header("content-type", "text/html")
                self.end_headers()
                self.wfile.write(b"<title>Program</title>Thank you")

            def log_message(self, *_: Any) -> None:
                pass

        self.told = told
        self.server = HTTPServer(("127.0.0.1", 0), Door)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/cb"

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def program() -> Iterator[Program]:
    found = Program()
    yield found
    found.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("asked") / "tower"
    fill(path)
    give_passwords(path)
    return path


@pytest.fixture(scope="module")
def client_id(folder: Path) -> str:
    known = ("--redirect-uri", CALLBACK, "--redirect-uri", OUT_OF_BAND, "--json")
    command = ["clients", str(folder), "add", "Pocket viewer", "--public", *known]
    return str(json.loads(CliRunner().invoke(asbuilt, command).stdout)["client_id"])


@pytest.fixture(scope="module")
def office(folder: Path) -> Iterator[str]:
    with served(folder, "--accounts") as url:
        yield url


@pytest.fixture(scope="module")
def here(folder: Path) -> Iterator[str]:
    with served(folder) as url:
        yield url


def asked(url: str, client_id: str, redirect_uri: str) -> str:
    fields = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "state": "xyz",
        "code_challenge": challenge(),
        "code_challenge_method": "S256",
    }
    return f"{url.rpartition('/')[0]}/oauth/authorize?{urlencode(fields)}"


@pytest.mark.parametrize(
    ("button", "key"), [("Allow", "code"), ("Refuse", "error")], ids=str
)
def test_the_answer_reaches_the_program(
    here: str, client_id: str, program: Program, page: Any, button: str, key: str
) -> None:
    """Browsers hold a policy for forms against where the form's answer leads, too."""
    page.goto(asked(here, client_id, program.uri))
    page.get_by_role("button", name=button).click()
    expect(page).to_have_title("Program")
    (told,) = program.told
    assert told["state"] == ["xyz"]
    assert told["iss"] == [here.rpartition("/")[0]]
    assert key in told


def test_who_has_to_log_in_first_is_asked_after_it(
    office: str, client_id: str, program: Program, new_context: Any
) -> None:
    page = new_context().new_page()
    page.goto(asked(office, client_id, program.uri))
    expect(page).to_have_title("Log in")
    log_in(page, "kim")
    expect(page.get_by_text("as Kim Lee (Standard)")).to_be_visible()
    assert program.told == []
    page.get_by_role("button", name="Allow").click()
    expect(page).to_have_title("Program")
    assert "code" in program.told[0]


def test_a_code_is_shown_to_be_copied(
    here: str, client_id: str, new_context: Any
) -> None:
    context = new_context(permissions=["clipboard-read", "clipboard-write"])
    with watching(context.new_page(), here) as page:
        page.goto(asked(here, client_id, OUT_OF_BAND))
        page.get_by_role("button", name="Allow").click()
        code = page.get_by_label("Code for the program").input_value()
        assert len(code) == 43
        page.get_by_role("button", name="Copy").click()
        page.wait_for_function(
            "code => navigator.clipboard.readText().then((text) => text === code)",
            arg=code,
        )


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not fetched")
def test_the_question_can_be_read_by_everybody(
    here: str, client_id: str, new_context: Any
) -> None:
    with watching(on_a("phone", new_context), here) as page:
        page.goto(asked(here, client_id, CALLBACK))
        assert kept_out(page) == []
