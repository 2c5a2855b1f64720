"""A person's login: in a browser, whose answer comes back to this computer (RFC 8252).

The code that comes is useless to others, as only who asked has the verifier (PKCE).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from archive.errors import InvalidInput, printable
from sync.driving.errors import LoginNeeded
from sync.driving.pausing import Pause
from sync.driving.tokens import Session

HERE = "http://127.0.0.1/back"
_AUTHORIZE = "/oauth/authorize"
_PATIENCE = 600.0  # seconds for a person
_STEP = 0.5
_HEADERS = (
    ("content-type", "text/html; charset=utf-8"),
    ("content-security-policy", "default-src 'none'"),
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
)
_DONE = "<!doctype html><title>asbuilt</title><p>You may close this page now.</p>"
_FAILED = "<!doctype html><title>asbuilt</title><p>That did not work; see asbuilt.</p>"


@dataclass(slots=True)
class _Came:
    """What a browser brought.

    :param state: that it has to bring
    """

    path: str
    state: str
    answer: dict[str, str] = field(default_factory=dict)


def log_in(
    session: Session, show: Callable[[str], None], pause: Pause, redirect: str = HERE
) -> None:
    """Let a person log in, and keep what comes of it.

    :param show: opens an address in a browser, or prints it
    :param redirect: as it is registered with the program; without a port any is taken
    :raises LoginNeeded: the person did not come back, or said no
    :raises RemoteError: the remote gives no tokens
    :raises Paused: somebody wants to stop
    """
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    with _waiting(redirect, state) as (server, came):
        where = _with_port(redirect, server.server_address[1])
        show(_address(session, where, state, verifier))
        code = _code(server, came, pause)
    session.exchange(code, verifier, where)


def _address(session: Session, where: str, state: str, verifier: str) -> str:
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    link = session.link
    asked = {
        "response_type": "code",
        "client_id": link.client_id,
        "redirect_uri": where,
        "state": state,
        "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
    }
    return f"{link.login_url}{_AUTHORIZE}?{urlencode(asked)}"


def _with_port(redirect: str, port: int) -> str:
    parts = urlsplit(redirect)
    return parts._replace(netloc=f"{parts.hostname}:{port}").geturl()


@contextmanager
def _waiting(redirect: str, state: str) -> Iterator[tuple[HTTPServer, _Came]]:
    """Listen where the browser will come.

    :raises InvalidInput: that is not on this computer
    """
    parts = urlsplit(redirect)
    if parts.scheme != "http" or parts.hostname not in ("127.0.0.1", "localhost"):
        raise InvalidInput(f"{redirect!r}: has to be http://127.0.0.1/…, or localhost")
    came = _Came(parts.path or "/", state)

    class Answering(BaseHTTPRequestHandler):
        timeout = 2  # browsers open connections ahead, on which nothing comes

        def do_GET(self) -> None:
            page = _DONE if _take(came, self.path) else _FAILED
            self.send_response(200 if page is _DONE else 400)
            for name, value in _HEADERS:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the address has the code in it."""

    try:
        server = HTTPServer(("127.0.0.1", parts.port or 0), Answering)
    except OSError as error:
        raise InvalidInput(f"{redirect}: its port is taken ({error})") from error
    server.timeout = _STEP
    with server:
        yield server, came


def _take(came: _Came, address: str) -> bool:
    """Keep what a browser brought, when it was sent by who was asked.

    Anybody at this computer can ask for this page; only the remote knows the state.
    """
    parts = urlsplit(address)
    brought = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if parts.path != came.path or not secrets.compare_digest(
        brought.get("state", "").encode(), came.state.encode()
    ):
        return False
    came.answer = brought
    return "code" in brought


def _code(server: HTTPServer, came: _Came, pause: Pause) -> str:
    for _ in range(int(_PATIENCE / _STEP)):
        pause.check()
        server.handle_request()
        if came.answer:
            break
    else:
        raise LoginNeeded("nobody logged in within ten minutes")
    code = came.answer.get("code")
    if not code:
        why = printable(
            came.answer.get("error_description") or came.answer.get("error", "")
        )
        raise LoginNeeded(f"the login was not allowed: {why}")
    return code
