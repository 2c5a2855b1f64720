"""A small server that answers as it is told to: whatever a remote should not do."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

JSON = {"content-type": "application/json"}
PAGE = {"content-type": "text/html; charset=utf-8"}


@dataclass(frozen=True)
class Asked:
    """A request, as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Said:
    """An answer.

    :param raw: in the place of all else: bytes as they go on the wire
    """

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=lambda: JSON)
    raw: bytes | None = None

    @property
    def wire(self) -> bytes:
        if self.raw is not None:
            return self.raw
        told = {"content-length": str(len(self.body)), **self.headers}
        lines = [f"HTTP/1.1 {self.status} As told"]
        lines += [f"{name}: {value}" for name, value in told.items()]
        return "\r\n".join([*lines, "connection: close", "", ""]).encode() + self.body


Behaviour = Callable[[Asked], Said]


@dataclass
class Server:
    """What listens, what it was asked, and how it answers."""

    port: int
    scheme: str = "http"
    behave: Behaviour = lambda _: Said()
    asked: list[Asked] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def says(self, *answers: Said) -> None:
        """Give these answers, one after the other; the last for ever."""
        left = list(answers)
        self.behave = lambda _: left.pop(0) if len(left) > 1 else left[0]
        self.asked.clear()

    def told(self) -> str:
        """Return all that it was told, for a look whether a token is in it."""
        return repr(self.asked)


@contextmanager
def listening(context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Listen on a free port of this computer."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(listener.getsockname()[1], "https" if context else "http")
    threads: list[threading.Thread] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=serve, args=(connection,)))
            threads[-1].start()

    def serve(connection: socket.socket) -> None:
        with connection:
            connection.settimeout(10)
            try:
                if context:
                    with context.wrap_socket(connection, server_side=True) as secured:
                        answer(secured)
                else:
                    answer(connection)
            except OSError:
                return

    def answer(connection: socket.socket) -> None:
        asked = read(connection)
        server.asked.append(asked)
        connection.sendall(server.behave(asked).wire)
        connection.shutdown(socket.SHUT_WR)

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in (accepting, *threads):
            thread.join()


def read(connection: Any) -> Asked:
    """Read one request."""
    raw = b""
    while b"\r\n\r\n" not in raw:
        piece = connection.recv(65536)
        if not piece:
            raise OSError("nobody asks")
        raw += piece
        if raw.startswith(b"\x16"):  # the beginning of TLS
            return Asked("TLS", "", {}, b"")
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value
        for name, _, value in (line.partition(": ") for line in lines)
    }
    while len(body) < int(headers.get("content-length", 0)):
        piece = connection.recv(65536)
        if not piece:
            raise OSError("half a request")
        body += piece
    method, path, _ = first.split(" ")
    return Asked(method, path, headers, body)
