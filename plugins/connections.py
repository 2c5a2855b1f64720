"""Who is connected, how many at once, and for how long without saying anything.

uvicorn waits for ever for a head that was begun and for a body that was announced, and
holds as many connections as come: some hundred that say nothing would keep everybody
out. A body that goes on coming, however slowly, is never cut off.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.server import ServerState

from plugins.access import is_loopback

FILES = 10_240  # that this process may have open; macOS gives no more
HANDSHAKE = 10.0  # seconds for that of TLS
LEAST = 1000  # bytes of a body that come within its time, or its last ones
MUCH = 64 << 10  # bytes after which somebody is sending a file
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"retry-after: 30\r\ncontent-length: 20\r\nconnection: close\r\n\r\n"
    b"Too many connections"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection, one address and all of them may have.

    :param head: seconds from the first byte, or the connection, to the end of a head
    :param body: seconds in which some of a body comes (``LEAST``)
    :param sending: the same, once ``MUCH`` of it has come: a train is in a tunnel
    :param everybody: connections in all
    :param each: connections of one address. This computer has no such limit: a proxy's
        are everybody's
    """

    head: float = 20.0
    body: float = 60.0
    sending: float = 300.0
    everybody: int = 4000
    each: int = 500


def limits_for(files: int) -> Limits:
    """Return what there is room for: photos and databases are open files, too.

    :param files: how many may be open
    """
    everybody = min(Limits().everybody, files // 2)
    return Limits(everybody=everybody, each=min(Limits().each, everybody // 4))


def allow_files(wanted: int = FILES) -> int:
    """Let this process open as many files as it may. Returns how many that are."""
    try:
        import resource
    except ImportError:  # Windows, where sockets are no files
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return wanted if soft == resource.RLIM_INFINITY else soft
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


@dataclass(slots=True)
class Crowd:
    """The connections of a server.

    :param open: where each comes from; "" where that counts for nothing
    :param each: how many come from there
    :param idle: those that ask for nothing now, the longest first
    """

    limits: Limits
    open: dict[Connection, str] = field(default_factory=dict)
    each: Counter[str] = field(default_factory=Counter)
    idle: dict[Connection, None] = field(default_factory=dict)

    def enter(self, connection: Connection, address: str) -> bool:
        """Take one in, or return False: those that ask for something fill the house.

        One that asks for nothing gives way to a new one.
        """
        origin = origin_of(address)
        if origin and self.each[origin] >= self.limits.each:
            if not self._make_room(origin):
                return False
        elif len(self.open) >= self.limits.everybody and not self._make_room():
            return False
        self.open[connection] = origin
        self.each[origin] += 1
        return True

    def _make_room(self, origin: str | None = None) -> bool:
        for connection in self.idle:
            if origin is None or self.open[connection] == origin:
                connection.give_up()
                return True
        return False

    def leave(self, connection: Connection) -> None:
        """Forget one."""
        self.idle.pop(connection, None)
        origin = self.open.pop(connection, None)
        if origin is None:
            return
        self.each[origin] -= 1
        if not self.each[origin]:
            del self.each[origin]


def origin_of(address: str) -> str:
    """Return what counts as one address: of IPv6 the network (/64), "" for our own."""
    host = address.partition("%")[0]
    try:
        known = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped:
        known = known.ipv4_mapped
    if is_loopback(str(known)):
        return ""
    if known.version == 4:
        return str(known)
    return str(ipaddress.ip_network((int(known), 64), strict=False))


class Connection(H11Protocol):
    """One connection, which is closed when nothing comes that has to."""

    cycle: RequestResponseCycle | None  # type: ignore[assignment]  # None at first

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        crowd: Crowd,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._crowd = crowd
        self._deadline: asyncio.TimerHandle | None = None  # of a head, or of more body
        self._for_body = False  # which of the two
        self._came = 0  # bytes, of what is being sent now
        self._seen: int | None = None  # of them when the time began; None: not read on

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Let somebody in, if there is room."""
        super().connection_made(transport)
        if not self._crowd.enter(self, self.client[0] if self.client else ""):
            transport.write(_FULL)
            transport.close()
            return
        self._crowd.idle[self] = None
        self._begin(self._crowd.limits.head, self.give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget them."""
        self._end()
        self._crowd.leave(self)
        super().connection_lost(exc)
        self._unset_keepalive_if_required()

    def data_received(self, data: bytes) -> None:
        """Hear what they say, and wait for the rest of it."""
        self._came += len(data)
        super().data_received(data)
        self._look(heard=True)

    def on_response_complete(self) -> None:
        """Wait for the next request, if they have one."""
        super().on_response_complete()
        self._look(heard=False)

    def give_up(self) -> None:
        """Close it: no request is under way."""
        self._end()
        self._crowd.leave(self)
        self.transport.close()

    def _look(self, *, heard: bool) -> None:
        """Wait for what has to come next.

        :param heard: something has come since; else it is uvicorn that waits for a head
        """
        # An early answer does not end a body: uvicorn reads on to the end of it
        comes = self.conn.their_state is h11.SEND_BODY
        if self.cycle is not None and (comes or not self.cycle.response_complete):
            self._crowd.idle.pop(self, None)
            if not self.cycle.more_body:
                self._end()
            elif not self._for_body:
                self._wait_for_body(self.cycle)
        elif self in self._crowd.open:
            if self._for_body:
                self._end()
            self._came = 0
            self._crowd.idle.setdefault(self)
            if heard and self._deadline is None:  # a byte now and then puts off no end
                self._begin(self._crowd.limits.head, self.give_up)

    def _wait_for_body(self, cycle: RequestResponseCycle) -> None:
        limits = self._crowd.limits
        self._seen = None if self._is_held(cycle) else self._came
        seconds = limits.body if self._came < MUCH else limits.sending
        self._begin(seconds, partial(self._ask_for_body, cycle))
        self._for_body = True

    def _is_held(self, cycle: RequestResponseCycle) -> bool:
        """Whether it is we who do not read on, and they cannot send."""
        return self.flow.read_paused or cycle.waiting_for_100_continue

    def _ask_for_body(self, cycle: RequestResponseCycle) -> None:
        """Close it where next to nothing of the body has come in its time."""
        came = self._seen is None or self._came - self._seen >= LEAST
        if came or self._is_held(cycle):
            self._wait_for_body(cycle)
        else:
            self._end()
            self.transport.abort()

    def _begin(self, seconds: float, then: Callable[[], None]) -> None:
        self._end()
        self._deadline = self.loop.call_later(seconds, then)

    def _end(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline, self._for_body = None, False


def shorten_handshakes(loop: asyncio.AbstractEventLoop) -> None:
    """Let servers of this loop wait ``HANDSHAKE`` for that of TLS, and not a minute."""
    create: Any = partial(loop.create_server, ssl_handshake_timeout=HANDSHAKE)
    loop.create_server = create  # type: ignore[method-assign]


class Seldom(logging.Filter):
    """Lets a message through some times a minute, and then says how often it came.

    What strangers can provoke must not fill the disk.
    """

    FEW = 10
    MINUTE = 60.0
    KINDS = 100

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._told: dict[str, tuple[float, int]] = {}  # message: since when, how often

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this one is told."""
        kind = _kind(record)
        now = self._clock()
        since, count = self._told.pop(kind, (now, 0))
        silent = max(0, count - self.FEW)
        if now - since >= self.MINUTE:
            since, count = now, 0
            if silent:
                record.msg = f"{record.msg} (and {silent} more like it)"
        while len(self._told) > self.KINDS:
            del self._told[next(iter(self._told))]
        self._told[kind] = (since, count + 1)
        return count < self.FEW


def _kind(record: logging.LogRecord) -> str:
    """Return the first line of a message, and where what it tells of was raised."""
    kind = str(record.msg).partition("\n")[0]
    if record.exc_info and record.exc_info[0] and record.exc_info[2]:
        frame = traceback.extract_tb(record.exc_info[2])[-1]
        kind += f" {record.exc_info[0].__name__} {frame.filename}:{frame.lineno}"
    return kind
