"""Asking a time-stamping authority: what is sent, and which answers are none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from archive.errors import InvalidInput
from archive.evidence.stamping import asker
from sync.driving.stamping import ask
from sync.errors import Unreachable

REPLY = "application/timestamp-reply"
ANSWERS = {
    "/good": (200, REPLY, b"a stamp"),
    "/page": (200, "text/html", b"<p>log in"),
    "/error": (500, REPLY, b""),
    "/moved": (302, REPLY, b""),
    "/much": (200, REPLY, b"0" * (1 << 21)),
}


class Authority(BaseHTTPRequestHandler):
    asked: list[tuple[str, bytes]] = []  # noqa: RUF012 - one for all tests

    def do_POST(self) -> None:
        size = int(self.headers["content-length"])
        self.asked.append((self.headers["content-type"], self.rfile.read(size)))
        status, kind, body = ANSWERS[self.path]
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.send_header("location", "/good")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def authority() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Authority) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_question_is_posted_and_the_answer_comes_as_it_is(authority: str) -> None:
    assert asker() is ask
    assert ask(f"{authority}/good", b"question") == b"a stamp"
    assert Authority.asked[-1] == ("application/timestamp-query", b"question")


@pytest.mark.parametrize("path", ["/page", "/error", "/moved", "/much"])
def test_what_is_no_stamp_is_refused(authority: str, path: str) -> None:
    with pytest.raises(Unreachable):
        ask(f"{authority}{path}", b"question")


def test_where_nobody_is_nothing_answers() -> None:
    with pytest.raises(Unreachable):
        ask("http://127.0.0.1:9", b"question")
    with pytest.raises(InvalidInput):
        ask("file:///etc/passwd", b"question")
