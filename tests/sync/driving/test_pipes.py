"""Connections that files come through."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from sync.driving import pipes as module
from sync.driving.pipes import Broken, Pipes
from sync.driving.wires import origin

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
        with over.ask(storage.url, f"{storage.url}/file", {}, 1000) as body:
            assert next(body.pieces)
        assert read(over, storage, "/file") == DATA
    assert len(set(storage.callers)) == 2


def test_no_piece_is_larger_than_was_asked_for(storage: Storage) -> None:
    got = []
    for over in pipes():
        with over.ask(storage.url, f"{storage.url}/file", {}, 1000) as body:
            got = [bytes(piece) for piece in body.pieces]
    assert max(map(len, got)) == 1000
    assert b"".join(got) == DATA


def test_two_files_that_come_at_once_are_in_no_others_memory(storage: Storage) -> None:
    for over in pipes():
        for _ in range(2):
            with (
                over.ask(storage.url, f"{storage.url}/file", {}, 1) as one,
                over.ask(storage.url, f"{storage.url}/file", {}, 2) as other,
            ):
                first, second = next(one.pieces), next(other.pieces)
                assert bytes(first) == b"\0"
                assert bytes(second) == b"\0\1"
                assert bytes(next(one.pieces)) == b"\1"
                assert bytes(second) == b"\0\1"
        assert len(over._rooms) == 2


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


@contextmanager
def saying(*pieces: bytes, host: str = "127.0.0.1") -> Iterator[tuple[str, list[str]]]:
    """Answer the first that asks, a piece for each it reads; yield where, and who."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    told: list[str] = []
    with socket.create_server((host, 0), family=family) as listener:

        def answer() -> None:
            with listener.accept()[0] as one:
                told.append(one.recv(65536).decode("latin-1"))
                for piece in pieces:
                    one.sendall(piece)

        thread = threading.Thread(target=answer)
        thread.start()
        shown = f"[{host}]" if ":" in host else host
        yield f"http://{shown}:{listener.getsockname()[1]}", told
        thread.join()


def said(*pieces: bytes) -> bytes:
    """Return what a storage is understood to send."""
    got = b""
    for over in pipes():
        with (
            saying(*pieces) as (url, _),
            over.ask(origin(url), f"{url}/x", {}) as body,
        ):
            assert body.status == 200
            for piece in body.pieces:
                got += piece
    return got


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", id="hints"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n", id="go on"),
    ],
)
def test_what_is_said_before_the_answer_is_none(head: bytes) -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc"
    assert said(head * 2 + answer) == b"abc"
    assert said(b"HTTP/1.1 200 OK\r\n\r\nabc") == b"abc"
    packed = (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    )
    assert said(packed) == b"abc"
    if head.startswith(b"HTTP/1.1 103"):
        with pytest.raises(Broken, match="again and again"):
            said(head * 50)


@pytest.mark.parametrize(
    "lengths",
    [(b"3", b"4"), (b"3, 4",), (b"\xb2",), (b"9" * 5000,), (b"5_0",), (b"-1",)],
    ids=["two", "a list", "a small 2", "endless", "a line", "less than none"],
)
def test_an_answer_whose_length_nobody_knows_is_refused(
    lengths: tuple[bytes, ...],
) -> None:
    told = b"".join(b"content-length: %b\r\n" % one for one in lengths)
    with pytest.raises(Broken, match="how long"):
        said(b"HTTP/1.1 200 OK\r\n" + told + b"\r\nabc")


def test_a_storage_may_say_its_length_twice() -> None:
    told = b"content-length: 3\r\ncontent-length: 3, 3\r\n"
    assert said(b"HTTP/1.1 200 OK\r\n" + told + b"\r\nabc") == b"abc"


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "chunked"])
def test_what_drips_is_given_as_it_comes(
    monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    """Who waits for as much as fits hears nobody who wants to stop meanwhile."""
    monkeypatch.setattr(module, "_SOON", 0)
    come = threading.Event()
    told = b"transfer-encoding: chunked" if packed else b"content-length: 2"
    drops = (b"1\r\na\r\n", b"1\r\nb\r\n0\r\n\r\n") if packed else (b"a", b"b")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            with listener.accept()[0] as one:
                one.recv(65536)
                one.sendall(b"HTTP/1.1 200 OK\r\n" + told + b"\r\n\r\n" + drops[0])
                come.wait(5)
                one.sendall(drops[1])

        thread = threading.Thread(target=drip)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        for over in pipes(silence=2):
            with over.ask(url, f"{url}/x", {}) as body:
                assert bytes(next(body.pieces)) == b"a"
                come.set()
                assert bytes(next(body.pieces)) == b"b"
        thread.join()


def test_a_trickle_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]

    def slow(*_: object) -> int:
        now[0] += 7
        return 100

    monkeypatch.setattr(module, "_gathered", slow)
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    came, room = 0, memoryview(bytearray(100))
    with pytest.raises(Broken, match="too little"):
        for piece in module._pieces(None, room, 60):  # type: ignore[arg-type]
            came += len(piece)
    assert came == 900


def test_a_host_that_is_a_number_is_the_one_that_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []

    def connect(address: tuple[str, int], *_: object) -> None:
        asked.append(address)
        raise OSError("not now")

    monkeypatch.setattr("socket.create_connection", connect)
    for url in ("https://[2001:db8::abcd]/x", "http://[2001:db8::1]/x"):
        for over in pipes():
            with pytest.raises(Broken), over.ask(origin(url), url, {}):
                raise AssertionError("nobody is there")
    assert asked == [("2001:db8::abcd", 443), ("2001:db8::1", 80)]


@pytest.mark.parametrize(
    ("meant", "url"),
    [
        pytest.param("https://a.example:443", "https://b.example/x", id="another host"),
        pytest.param("https://a.example:443", "http://a.example:443/x", id="no TLS"),
        pytest.param("https://a.example:443", "https://a.example:0/x", id="no port"),
        pytest.param("https://a.example:443", "https:///x", id="no host"),
        pytest.param("https://a.example:443", "https://a.example/\ud800", id="no text"),
    ],
)
def test_an_address_that_is_read_in_two_ways_is_not_asked(meant: str, url: str) -> None:
    for over in pipes():
        with pytest.raises(Broken, match="no address"), over.ask(meant, url, {}):
            raise AssertionError("it was asked")
    where = module.address(
        "https://b\u00fccher.example:443", "https://b\u00fccher.example"
    )
    assert where.raw_host == b"xn--bcher-kva.example"


def test_a_header_is_read_as_it_was_meant() -> None:
    for name in ("für", "f\xfcr".encode("latin-1")):
        raw = name if isinstance(name, bytes) else name.encode()
        told = b"HTTP/1.1 302 Found\r\nlocation: /" + raw + b"\r\n\r\n"
        for over in pipes():
            with (
                saying(told) as (url, _),
                over.ask(origin(url), f"{url}/x", {}) as body,
            ):
                assert body.headers["location"] == "/für"


def test_a_connection_is_used_again_where_many_files_are_open(
    storage: Storage,
) -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2000:
        pytest.skip("no more files can be open here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2000), hard))
    try:
        with ExitStack() as closing:
            for _ in range(1030):
                closing.callback(os.close, os.open(os.devnull, os.O_RDONLY))
            for over in pipes():
                assert read(over, storage, "/file") == DATA
                assert read(over, storage, "/file") == DATA
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(set(storage.callers)) == 1
