"""Files read straight off their connections, into memory that is used again.

httpx2 gives what comes in pieces of 64 KB, each copied four times: for 4 MB that is as
much CPU as their SHA-256 takes. So the bodies of files are read by http.client, of
Python's own library, and all that ``sync.driving.wires`` says of connections holds here
as well. Behind a proxy files come through httpx2, like all else.
"""

from __future__ import annotations

import mmap
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2

# What is given at a time: what comes in a tenth of a second, or so many bytes, so that
# little is lost where a connection breaks off, and whoever wants to stop is heard. Less
# at a time is more changes between threads (4 MB: 7.6 ms of CPU in place of 5.6).
MOST = 1 << 20
_SOON = 0.1  # seconds
_TRICKLE = 16 << 10  # bytes that have to come within the patience for silence
_PLAIN = ("", "identity")
_PORTS = {"https": 443, "http": 80}
_HINTS = 10  # answers that are none yet (RFC 9110, 15.2), before one that is


class Broken(Exception):
    """A storage cannot be reached, or breaks off; the text is for a person."""


@dataclass(frozen=True, slots=True)
class Body:
    """An answer of which nothing but the head was read.

    :param headers: names in lower case
    :param pieces: the body, unpacked; each holds until the next is asked for. Raises
        ``Broken``, or httpx2's errors
    """

    status: int
    headers: Mapping[str, str]
    pieces: Iterator[memoryview | bytes]


@dataclass(slots=True)
class Pipes:
    """Connections that files come through; safe to use from several threads.

    :param trusted: certificates in the place of the system's
    :param patience: seconds for a connection, and of silence once there is one
    :param idle: seconds after which a connection is not used again
    """

    trusted: ssl.SSLContext | None
    patience: tuple[float, float]
    idle: float
    _open: dict[str, list[tuple[HTTPConnection, float]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _rooms: list[memoryview] = field(default_factory=list)

    @contextmanager
    def ask(
        self, origin: str, url: str, headers: Mapping[str, str], most: int = MOST
    ) -> Iterator[Body]:
        """Ask for a file.

        :param origin: the address's: one of http or https
        :param most: bytes of a piece
        :raises Broken: no answer comes, or it is no address
        :raises InvalidURL: as httpx2 does
        """
        where = address(origin, url)
        connection = self._kept(origin) or self._made(where)
        is_over = False
        try:
            with _told("did not answer in time"):
                target = where.raw_path.decode("ascii")
                connection.request("GET", target, headers=dict(headers))
                response = connection.getresponse()
            with response, self._room() as room:
                yield _body(response, room[:most], self.patience[1])
                is_over = _is_over(response) and not response.will_close
        finally:
            if is_over:
                now = time.monotonic()
                with self._lock:
                    self._open.setdefault(origin, []).append((connection, now))
            else:
                connection.close()

    @contextmanager
    def _room(self) -> Iterator[memoryview]:
        """Lend memory for pieces: whole pages, which a disk takes as they are."""
        with self._lock:
            rooms = self._rooms
            room = rooms.pop() if rooms else memoryview(mmap.mmap(-1, MOST))
        try:
            yield room
        finally:
            with self._lock:
                self._rooms.append(room)

    def _kept(self, origin: str) -> HTTPConnection | None:
        """Return a connection that was used before, and that nobody has closed."""
        while True:
            with self._lock:
                if not self._open.get(origin):
                    return None
                connection, since = self._open[origin].pop()
            is_fresh = time.monotonic() - since < self.idle
            # what can be read from it before anything was asked is its end
            if is_fresh and _is_quiet(connection.sock):
                return connection
            connection.close()

    def _made(self, where: httpx2.URL) -> HTTPConnection:
        # with its port, or what follows the last colon of 2001:db8::1 is taken for it
        port, connect = where.port or _PORTS[where.scheme], self.patience[0]
        with _told("does not answer a call", "cannot be reached"):
            host = where.raw_host.decode("ascii")
            connection = (
                HTTPSConnection(host, port, timeout=connect, context=self.trust())
                if where.scheme == "https"
                else HTTPConnection(host, port, timeout=connect)
            )
            connection.response_class = _Answer
            connection.connect()
        connection.sock.settimeout(self.patience[1])
        return connection

    def trust(self) -> ssl.SSLContext:
        """Return whom TLS trusts: as httpx2 does, read once."""
        import httpx2

        with self._lock:
            if self.trusted is None:
                self.trusted = httpx2.create_ssl_context(trust_env=False)
            return self.trusted

    def close(self) -> None:
        """Close all connections that are not in use."""
        with self._lock:
            for some in self._open.values():
                for connection, _ in some:
                    connection.close()
            self._open.clear()


@contextmanager
def _told(late: str, broken: str = "broke off") -> Iterator[None]:
    """Turn the errors of a connection into ours."""
    try:
        yield
    except TimeoutError as error:
        raise Broken(late) from error
    except (OSError, HTTPException, ValueError) as error:
        detail = " ".join(str(error).split())
        raise Broken(f"{broken} ({detail})" if detail else broken) from error


def address(origin: str, url: str) -> httpx2.URL:
    """Return an address as it is asked.

    Who reads an address in another way would ask another host, and tell it the token.

    :param origin: the address's, as whoever decided about the token read it
    :raises Broken: it is read in two ways, or has no host
    :raises InvalidURL: as httpx2 does
    """
    import httpx2

    with _told("", "is no address"):
        meant, where = httpx2.URL(origin), httpx2.URL(url)
    for one in (meant, where):
        if not one.raw_host or one.scheme not in _PORTS:
            raise Broken("is no address")
    if _place(meant) != _place(where):
        raise Broken("is no address that everybody reads alike")
    return where


def _place(where: httpx2.URL) -> tuple[str, bytes, int | None]:
    return where.scheme, where.raw_host, where.port


def _is_quiet(sock: socket.socket) -> bool:
    """Whether nothing more has come over a connection."""
    if isinstance(sock, ssl.SSLSocket) and sock.pending():
        return False
    # not select.select, that knows no more than 1024 files
    with selectors.DefaultSelector() as waiting:
        waiting.register(sock, selectors.EVENT_READ)
        return not waiting.select(0)


class _Answer(HTTPResponse):
    """An answer; what was said before it was ready (103) is none."""

    def begin(self) -> None:
        """Read the head.

        :raises HTTPException: it is none
        """
        super().begin()
        for _ in range(_HINTS):
            if not 101 < self.status < 200:
                return
            self.headers = self.msg = None  # type: ignore[assignment]  # read it anew
            super().begin()
        raise HTTPException("says again and again that it will answer")


def length_of(told: str) -> int | None:
    """Return how many bytes a header says that there are; None: that is no number."""
    text = told.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _refuse_lengths(response: HTTPResponse) -> None:
    """Refuse an answer whose end is told in two ways (RFC 9112, 6.3).

    :raises Broken: that is so
    """
    told = response.headers.get_all("content-length", [])
    lengths = {length_of(one) for some in told for one in str(some).split(",")}
    if not response.chunked and (len(lengths) > 1 or None in lengths):
        raise Broken("does not say how long its answer is")


def _body(response: HTTPResponse, room: memoryview, patience: float) -> Body:
    _refuse_lengths(response)
    headers = {name.lower(): _text(value) for name, value in response.getheaders()}
    pieces: Iterator[memoryview | bytes] = _pieces(response, room, patience)
    packed = headers.get("content-encoding", "").strip().lower()
    if packed not in _PLAIN:
        pieces = _unpacked(packed, pieces)
    return Body(response.status, headers, pieces)


def _text(header: str) -> str:
    """Return a header as it was meant: as httpx2 does, UTF-8 where that works."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except ValueError:
        return header


def _pieces(
    response: HTTPResponse, room: memoryview, patience: float
) -> Iterator[memoryview]:
    """Yield a body as it comes.

    :param room: for each piece, one after another
    :param patience: seconds of waiting in which there has to be more than a trickle
    """
    waited, came = 0.0, 0
    while True:
        began = time.monotonic()
        with _told("did not answer in time"):
            count = _gathered(response, room, began + _SOON)
        if not count:
            break
        waited, came = waited + time.monotonic() - began, came + count
        yield room[:count]
        if waited > patience:
            if came < _TRICKLE:
                raise Broken("sends too little to wait for")
            waited, came = 0.0, 0
    if response.length:
        raise Broken(f"broke off ({response.length:,} bytes are missing)")


def _gathered(response: HTTPResponse, into: memoryview, end: float) -> int:
    """Read what comes until a moment has passed, and something in any case."""
    count = 0
    while count < len(into):
        some = _read(response, into[count:])
        count += some
        if not some or time.monotonic() > end:
            break
    return count


def _read(response: HTTPResponse, into: memoryview) -> int:
    """Read what has come, waiting for no more. Returns how many bytes; 0: it is over.

    ``HTTPResponse.readinto`` waits until there is as much as fits, however it drips.
    """
    if response.chunked:
        piece = response.read1(len(into))
        into[: len(piece)] = piece
        return len(piece)
    if response.length is None:
        return response.fp.readinto1(into)
    some = into[: response.length]
    count = response.fp.readinto1(some) if some else 0
    response.length -= count
    return count


def _is_over(response: HTTPResponse) -> bool:
    """Whether all of an answer was read."""
    return response.isclosed() or response.length == 0


def _unpacked(packed: str, pieces: Iterator[memoryview | bytes]) -> Iterator[bytes]:
    """Yield a body that is not as it was asked for: httpx2 knows how it is packed."""
    import httpx2

    # not the other headers: what is no ASCII in them is refused
    headers = [(b"content-encoding", packed.encode())]
    content = (bytes(piece) for piece in pieces)
    return httpx2.Response(200, headers=headers, content=content).iter_bytes()
