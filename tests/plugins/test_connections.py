"""How many may be connected at once, and how long they may say nothing."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from typing import Any

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from plugins import connections
from plugins.connections import Connection, Crowd, Limits, Seldom, limits_for, origin_of
from tests.plugins.conftest import run_apart

LIMITS = Limits(head=20, body=60, sending=300, everybody=4, each=2)
GET = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n"


class Clock:
    """A loop whose time only goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0
        self.later: list[tuple[float, Callable[[], None], asyncio.TimerHandle]] = []

    def call_later(
        self, delay: float, fn: Callable[..., None], *args: Any
    ) -> asyncio.TimerHandle:
        loop = asyncio.get_running_loop()
        handle = asyncio.TimerHandle(self.now + delay, fn, args, loop)
        self.later.append((self.now + delay, lambda: fn(*args), handle))
        return handle

    def create_task(self, work: Any) -> asyncio.Task[Any]:
        return asyncio.get_running_loop().create_task(work)

    def go_on(self, seconds: float) -> None:
        end = self.now + seconds
        while due := [one for one in self.later if one[0] <= end]:
            first = min(due, key=lambda one: one[0])
            self.later.remove(first)
            self.now, fn, handle = first
            if not handle.cancelled():
                fn()
        self.now = end


class Line:
    """A connection's other end, and what is written to it."""

    def __init__(self, house: House, address: str) -> None:
        self.said, self.closing, self.reading = b"", False, True
        self.address = address
        loop: Any = house.clock
        self.end = Connection(house.config, house.state, {}, loop, crowd=house.crowd)
        self.end.connection_made(self)  # type: ignore[arg-type]

    def get_extra_info(self, name: str) -> Any:
        return {"peername": (self.address, 50000), "sockname": ("::", 80)}.get(name)

    def write(self, data: bytes) -> None:
        self.said += data

    def close(self) -> None:
        if not self.closing:
            self.closing = True
            asyncio.get_running_loop().call_soon(self.end.connection_lost, None)

    abort = close

    def is_closing(self) -> bool:
        return self.closing

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    async def hears(self, data: bytes) -> None:
        self.end.data_received(data)
        for _ in range(5):
            await asyncio.sleep(0)


class House:
    """A server to which lines lead.

    :param reads: whether it reads bodies, and answers then
    :param early: it answers without having read one
    """

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.reads = asyncio.Event()
        self.reads.set()
        self.early = False
        self.clock, self.crowd, self.state = Clock(), Crowd(limits), ServerState()
        self.config = Config(self.app, interface="asgi3", log_level="critical")
        self.config.load()

    async def app(self, _: Any, receive: Any, send: Any) -> None:
        await self.reads.wait()
        message = {"type": "http.request", "more_body": not self.early}
        while message.get("more_body"):
            message = await receive()
        if message["type"] == "http.request":
            headers = [(b"content-length", b"2")]
            start = {"type": "http.response.start", "status": 200, "headers": headers}
            await send(start)
            await send({"type": "http.response.body", "body": b"ok"})

    def line(self, address: str = "192.0.2.1") -> Line:
        return Line(self, address)


def test_who_never_says_what_they_want_is_let_go() -> None:
    async def run() -> None:
        house = House()
        silent, slow = house.line(), house.line()
        for _ in range(6):  # a byte now and then puts nothing off
            await slow.hears(b"G")
            house.clock.go_on(3.3)
        assert [line.closing for line in (silent, slow)] == [False, False]
        house.clock.go_on(0.3)
        assert [line.closing for line in (silent, slow)] == [True, True]
        await asyncio.sleep(0)
        assert house.crowd == Crowd(LIMITS)

    run_apart(run())


def test_the_next_head_on_a_connection_that_is_kept_has_its_time_too() -> None:
    async def run() -> None:
        house = House()
        line = house.line()
        house.clock.go_on(19)
        await line.hears(GET)
        house.clock.go_on(4)  # uvicorn waits 5 seconds for another request
        assert line.said.endswith(b"ok")
        await line.hears(GET[:9])
        house.clock.go_on(19)
        assert not line.closing
        await line.hears(GET[9:])
        assert line.said.count(b"200 OK") == 2
        await line.hears(GET[:9])
        house.clock.go_on(21)
        assert line.closing

    run_apart(run())


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    async def run() -> None:
        house = House()
        line = house.line()
        await line.hears(POST)
        house.clock.go_on(50)
        await line.hears(b"x" * 900)  # some bytes a minute are as good as none
        assert not line.closing
        house.clock.go_on(11)
        assert line.closing

    run_apart(run())


def test_a_slow_body_comes_for_hours() -> None:
    async def run() -> None:
        house = House()
        line = house.line()
        await line.hears(POST)
        for _ in range(500):
            house.clock.go_on(40)
            await line.hears(b"x" * 2000)
        assert not line.closing
        assert line.said.endswith(b"ok")

    run_apart(run())


def test_who_has_sent_much_may_be_away_for_some_minutes() -> None:
    async def run() -> None:
        house = House()
        line = house.line()
        await line.hears(POST)
        await line.hears(b"x" * 70_000)
        house.clock.go_on(59)
        for _ in range(4):
            house.clock.go_on(280)
            assert not line.closing
            await line.hears(b"x" * 1000)
        house.clock.go_on(601)
        assert line.closing

    run_apart(run())


@pytest.mark.parametrize(
    "head", [POST, POST.replace(b"\r\n\r\n", b"\r\nexpect: 100-continue\r\n\r\n")]
)
def test_a_body_that_we_do_not_read_is_not_waited_for(head: bytes) -> None:
    async def run() -> None:
        house = House()
        house.reads.clear()  # the disk is slow
        line = house.line()
        await line.hears(head)
        if b"expect" not in head:
            await line.hears(b"x" * 70_000)
            assert not line.reading
        house.clock.go_on(5000)
        assert not line.closing
        house.reads.set()
        await asyncio.sleep(0)
        house.clock.go_on(59)
        await line.hears(b"x" * (1_000_000 - 70_000 * (b"expect" not in head)))
        assert line.said.endswith(b"ok")

    run_apart(run())


def test_a_disk_that_comes_to_a_halt_ends_no_upload() -> None:
    async def run() -> None:
        house = House()
        house.reads.clear()
        line = house.line()
        await line.hears(POST)
        await line.hears(b"x" * 65_000)
        house.clock.go_on(60)
        await line.hears(b"x" * 600)
        assert not line.reading
        house.clock.go_on(61)
        assert not line.closing

    run_apart(run())


def test_an_answer_may_take_its_time() -> None:
    async def run() -> None:
        house = House()
        house.reads.clear()
        line = house.line()
        await line.hears(GET)
        house.clock.go_on(5000)
        assert not line.closing

    run_apart(run())


def test_each_request_has_times_of_its_own() -> None:
    async def run() -> None:
        house = House()
        line = house.line()
        await line.hears(POST + b"x" * 1_000_000)
        await line.hears(POST)
        house.clock.go_on(61)
        assert line.closing

    run_apart(run())


def test_a_body_that_is_answered_early_is_heard_to_its_end_as_long_as_it_comes() -> (
    None
):
    async def run() -> None:
        house = House()
        house.early = True
        line = house.line()
        await line.hears(POST)
        assert line.said.endswith(b"ok")
        for _ in range(40):  # uvicorn itself waits five seconds for more
            house.clock.go_on(4)
            assert not line.closing
            await line.hears(b"x" * 2000)
        for _ in range(2 * LIMITS.sending // 4):
            house.clock.go_on(4)
            if line.closing:
                break
            await line.hears(b"x")
        assert line.closing

    run_apart(run())


def test_whoever_asks_for_nothing_gives_way() -> None:
    async def run() -> None:
        house = House()
        lines = [house.line(f"192.0.2.{n}") for n in range(4)]
        await lines[0].hears(GET)
        fresh = house.line("192.0.2.9")
        assert [line.closing for line in lines] == [False, True, False, False]
        await fresh.hears(GET)
        assert fresh.said.endswith(b"ok")
        for n in range(3):
            house.line(f"192.0.2.{n + 20}")
        assert lines[0].closing
        assert not fresh.closing

    run_apart(run())


@pytest.mark.parametrize(
    ("addresses", "fits"),
    [
        (["192.0.2.1", "192.0.2.1"], 1),
        (["2001:db8::1", "2001:db8::ffff:1"], 1),
        (["2001:db8::1", "2001:db8:0:1::1"], 2),
        (["192.0.2.1", "::ffff:192.0.2.1"], 1),
        (["127.0.0.1", "::1"], 2),
        (["127.0.0.1", "::ffff:127.0.0.1"], 2),
        (["", ""], 2),
    ],
    ids=["one", "one-network", "networks", "mapped", "this", "this-mapped", "unknown"],
)
def test_one_address_does_not_take_all_the_room(
    addresses: list[str], fits: int
) -> None:
    async def run() -> None:
        house = House(Limits(everybody=10, each=1))
        lines = [house.line(address) for address in addresses[:1]]
        await lines[0].hears(POST)  # under way: gives way to nobody
        lines += [house.line(address) for address in addresses[1:]]
        assert [one.closing for one in lines].count(False) == fits
        if fits < len(lines):
            assert lines[1].said.startswith(b"HTTP/1.1 503 ")
        lines[0].close()
        await asyncio.sleep(0)
        again = house.line(addresses[0])
        assert not again.closing

    run_apart(run())


def test_addresses() -> None:
    assert origin_of("fe80::1%eth0") == "fe80::/64"
    assert origin_of("unix") == "unix"


def test_when_all_ask_for_something_a_new_one_is_told_so() -> None:
    async def run() -> None:
        house = House()
        for n in range(4):
            await house.line(f"192.0.2.{n}").hears(POST)
        assert house.line("192.0.2.9").said.startswith(b"HTTP/1.1 503 ")
        assert len(house.crowd.open) == 4

    run_apart(run())


def test_there_are_fewer_where_few_files_may_be_open() -> None:
    assert limits_for(10_240) == Limits()
    assert limits_for(1024) == Limits(everybody=512, each=128)


@pytest.mark.skipif(sys.platform == "win32", reason="sockets are no files there")
@pytest.mark.parametrize(
    ("soft", "hard", "made"),
    [(256, -1, 10_240), (1024, 4096, 4096), (1024, 1 << 20, 10_240), (1 << 16, -1, 0)],
)
def test_more_files_may_be_open(
    soft: int, hard: int, made: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import resource

    now = [(soft, hard)]
    monkeypatch.setattr(resource, "RLIM_INFINITY", -1)
    monkeypatch.setattr(resource, "getrlimit", lambda _: now[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: now.append(limits))
    assert connections.allow_files() == (made or soft)
    assert now[1:] == ([(made, hard)] if made else [])


def test_a_fault_is_not_hidden_behind_another() -> None:
    seldom = Seldom(lambda: 0.0)

    def told(error: Exception) -> bool:
        try:
            raise error
        except type(error):
            record = logging.LogRecord("a", 40, "", 0, "fault", (), sys.exc_info())
            return bool(seldom.filter(record))

    assert sum(told(ValueError(str(n))) for n in range(50)) == Seldom.FEW
    assert told(OSError())


def test_a_message_is_told_some_times_and_then_now_and_then() -> None:
    now = [0.0]
    seldom = Seldom(lambda: now[0])

    def told(message: str) -> str | None:
        record = logging.LogRecord("a", 30, "", 0, message, (), None)
        return record.getMessage() if seldom.filter(record) else None

    for _ in range(50):
        heard = [told(f"out of files\nsocket {n}") for n in range(100)]
        now[0] += 1
    assert heard == [None] * 100
    assert told("something else") == "something else"
    now[0] = 61
    assert told("out of files") == "out of files (and 4990 more like it)"
    for n in range(1000):
        told(str(n))
    assert len(seldom._told) <= 101
