"""Files read straight off their connections, into memory that is used again.

httpx2 gives what comes in pieces of 64 KB, each copied four times: for 4 MB that is as
much CPU as their SHA-256 takes. So the bodies of files are read by http.client, of
Python's own library, and all that ``sync.driving.wires`` says of connections holds here
as well. Behind a proxy files come through httpx2, like all else.
"""

from __future__ import annotations

import select
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

# Bytes that are read at a time: as many as come in a tenth of a second, so that
# little is lost where a connection breaks off, and whoever wants to stop is heard.
_LEAST, _MOST = 16 << 10, 256 << 10
_SLOW = 0.1  # seconds
_PLAIN = ("", "identity")


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

    @contextmanager
    def ask(self, origin: str, url: str, headers: Mapping[str, str]) -> Iterator[Body]:
        """Ask for a file.

        :param origin: the address's: one of http or https
        :raises Broken: no answer comes
        :raises InvalidURL: as httpx2 does
        """
        import httpx2

        where = httpx2.URL(url)
        connection = self._kept(origin) or self._made(where)
        is_over = False
        try:
            with _told("did not answer in time"):
                target = where.raw_path.decode("ascii")
                connection.request("GET", target, headers=dict(headers))
                response = connection.getresponse()
            with response:
                yield _body(response)
                is_over = response.isclosed() and not response.will_close
        finally:
            if is_over:
                now = time.monotonic()
                with self._lock:
                    self._open.setdefault(origin, []).append((connection, now))
            else:
                connection.close()

    def _kept(self, origin: str) -> HTTPConnection | None:
        """Return a connection that was used before, and that nobody has closed."""
        while True:
            with self._lock:
                if not self._open.get(origin):
                    return None
                connection, since = self._open[origin].pop()
            is_fresh = time.monotonic() - since < self.idle
            # what can be read from it before anything was asked is its end
            if is_fresh and not select.select([connection.sock], [], [], 0)[0]:
                return connection
            connection.close()

    def _made(self, where: httpx2.URL) -> HTTPConnection:
        host, connect = where.raw_host.decode("ascii"), self.patience[0]
        connection = (
            HTTPSConnection(host, where.port, timeout=connect, context=self._context())
            if where.scheme == "https"
            else HTTPConnection(host, where.port, timeout=connect)
        )
        with _told("does not answer a call", "cannot be reached"):
            connection.connect()
        connection.sock.settimeout(self.patience[1])
        return connection

    def _context(self) -> ssl.SSLContext:
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


def _body(response: HTTPResponse) -> Body:
    headers = {name.lower(): value for name, value in response.getheaders()}
    pieces: Iterator[memoryview | bytes] = _pieces(response)
    if headers.get("content-encoding", "").strip().lower() not in _PLAIN:
        pieces = _unpacked(response.getheaders(), pieces)
    return Body(response.status, headers, pieces)


def _pieces(response: HTTPResponse) -> Iterator[memoryview]:
    buffer, size = memoryview(bytearray(_MOST)), _LEAST
    while True:
        began = time.monotonic()
        with _told("did not answer in time"):
            count = response.readinto(buffer[:size])
        if not count:
            break
        yield buffer[:count]
        is_slow = time.monotonic() - began > _SLOW
        size = max(_LEAST, size // 2) if is_slow else min(_MOST, size * 2)
    if response.length:
        raise Broken(f"broke off ({response.length:,} bytes are missing)")


def _unpacked(
    headers: list[tuple[str, str]], pieces: Iterator[memoryview | bytes]
) -> Iterator[bytes]:
    """Yield a body that is not as it was asked for: httpx2 knows how it is packed."""
    import httpx2

    packed = (bytes(piece) for piece in pieces)
    return httpx2.Response(200, headers=headers, content=packed).iter_bytes()
