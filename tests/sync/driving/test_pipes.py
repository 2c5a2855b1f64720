"""Connections that files come through."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sync.driving.pipes import Broken, Pipes

DATA = bytes(range(256)) * 4096  # a megabyte


@dataclass
class Storage:
    """What listens.

    :ivar callers: the connections over which something was asked
    :ivar quiet: nothing is answered before it is set
    """

    url: str = ""
    callers: list[object] = field(default_factory=list)
    quiet: threading.Event = field(default_factory=threading.Event)


@pytest.fixture(scope="module")
def listening() -> Iterator[Storage]:
    storage = Storage()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            storage.callers.append(self.client_address)
            if self.path == "/quiet":
                storage.quiet.wait(10)
                self.close_connection = True
                return
            self.send_response(200)
            self.send_header("content-length", str(len(DATA)))
            self.end_headers()
            self.wfile.write(DATA[:1000] if self.path == "/half" else DATA)
            self.close_connection = self.path in ("/half", "/once")

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        storage.url = f"http://127.0.0.1:{server.server_port}"
        yield storage
        storage.quiet.set()
        server.shutdown()


@pytest.fixture
def storage(listening: Storage) -> Storage:
    listening.callers.clear()
    return listening


def pipes(silence: float = 10, idle: float = 60) -> Iterator[Pipes]:
    made = Pipes(None, (10, silence), idle)
    yield made
    made.close()


def read(over: Pipes, storage: Storage, path: str) -> bytes:
    got = b""
    with over.ask(storage.url, f"{storage.url}{path}", {}) as body:
        assert body.status == 200
        for piece in body.pieces:
            got += piece
    return got


@pytest.mark.parametrize(
    ("idle", "connections"), [(60, 1), (0, 2)], ids=["soon", "late"]
)
def test_a_connection_is_used_again_soon(
    storage: Storage, idle: float, connections: int
) -> None:
    for over in pipes(idle=idle):
        assert read(over, storage, "/file") == DATA
        assert read(over, storage, "/file") == DATA
    assert len(set(storage.callers)) == connections


def test_a_connection_that_the_storage_closed_is_not_used_again(
    storage: Storage,
) -> None:
    for over in pipes():
        assert read(over, storage, "/once") == DATA
        wait_for_end(over)
        assert read(over, storage, "/file") == DATA
    assert len(set(storage.callers)) == 2


def wait_for_end(over: Pipes) -> None:
    """Wait until the other side's end has come."""
    ((connection, _),) = next(iter(over._open.values()))
    assert connection.sock.recv(1, socket.MSG_PEEK) == b""


def test_a_file_that_is_not_read_to_its_end_takes_its_connection_along(
    storage: Storage,
) -> None:
    for over in pipes():
        with over.ask(storage.url, f"{storage.url}/file", {}) as body:
            assert next(body.pieces)
        assert read(over, storage, "/file") == DATA
    assert len(set(storage.callers)) == 2


def test_what_came_before_it_broke_off_is_given(storage: Storage) -> None:
    got = b""
    for over in pipes():
        with (
            pytest.raises(Broken, match="1,047,576 bytes are missing"),
            over.ask(storage.url, f"{storage.url}/half", {}) as body,
        ):
            for piece in body.pieces:
                got += piece
    assert got == DATA[:1000]


def test_a_storage_that_says_nothing_is_not_waited_for_for_ever(
    storage: Storage,
) -> None:
    for over in pipes(silence=0.01):
        with pytest.raises(Broken, match="did not answer in time"):
            read(over, storage, "/quiet")


def test_a_storage_that_is_not_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for over in pipes():
        with pytest.raises(Broken, match=r"cannot be reached .*refused"):
            read(over, Storage(f"http://127.0.0.1:{port}"), "/file")
