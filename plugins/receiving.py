"""Taking in the bytes of a file as they come, straight to the disk.

Datasette's own ways hold a body in memory. Here pieces of a megabyte are written by
threads, so that a slow disk holds up nobody else; and a request whose connection hangs
(a lid was closed) gives way to the next one for the same file.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from archive.errors import Conflict, InvalidInput, NotAPhoto
from archive.facts.sniff import HEAD, describe_refused, sniff
from archive.uploads import UploadFile, parts
from plugins.compat import Datasette, Message, Request
from plugins.databases import ArchiveDatabase

T = TypeVar("T")

PIECE = 1 << 20  # bytes that are written at a time
DRAINED = 64 << 20  # bytes of a refused body that are read before it is answered
DRAIN_SECONDS = 20.0
PATIENCE = 300.0  # seconds without a byte of a body that cannot be gone on with
_THREADS = 4
WHOLE = "all of the file is here already"
_READ = "asbuilt.body_read"  # in a request's scope: its body has come to its end


class WrongOffset(Conflict):
    """The bytes do not begin where the file ends."""


class TooLong(InvalidInput):
    """More bytes than were announced."""

    http_status = 413


class Cut(InvalidInput):
    """The connection ended before all bytes had come."""


@dataclass(slots=True)
class _Transfer:
    """A request that brings bytes of a file.

    :param stop: asks it to end
    :param ended: its bytes are on the disk, and the file is closed
    """

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is recorded of a file. It is read anew once nobody else adds to the file.

    :param look: returns the file as it is now
    :param note: records that so many bytes of it are on the disk
    """

    uuid: str
    look: Callable[[], Awaitable[UploadFile]]
    note: Callable[[UploadFile, int], Awaitable[None]]


@dataclass(slots=True)
class _Desk:
    """What takes in files for one Datasette.

    :param known: files whose end this process has seen, and so may trust
    :param under_way: the requests that bring bytes, by file
    """

    threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(_THREADS, "uploads")
    )
    known: set[str] = field(default_factory=set)
    under_way: dict[str, _Transfer] = field(default_factory=dict)


_desks: WeakKeyDictionary[Datasette, _Desk] = WeakKeyDictionary()


def _desk(datasette: Datasette) -> _Desk:
    return _desks.setdefault(datasette, _Desk())


def close(datasette: Datasette) -> None:
    """End the threads of this Datasette."""
    desk = _desks.pop(datasette, None)
    if desk:
        desk.threads.shutdown(wait=True, cancel_futures=True)


async def offset_of(
    datasette: Datasette, database: ArchiveDatabase, file: UploadFile
) -> int:
    """Return where a file is to go on.

    :param file: as it is since a request that brought bytes of it ended (``stop``)
    """
    desk = _desk(datasette)
    if file.whole_at is not None:
        return file.bytes
    size = await _run(desk, parts.size_of, database.folder, file.uuid)
    return size if file.uuid in desk.known else min(size, file.synced)


async def stop(datasette: Datasette, uuid: str) -> None:
    """End the request that brings bytes of a file, if there is one."""
    transfer = _desk(datasette).under_way.get(uuid)
    if transfer is not None:
        transfer.stop.set()
        await transfer.ended.wait()


async def receive(
    datasette: Datasette,
    database: ArchiveDatabase,
    request: Request,
    ledger: Ledger,
    offset: int,
) -> tuple[UploadFile, int]:
    """Add a request's body to a file, and note where that ends now, on the disk.

    Where the connection ends early, or the sender begins again, what came is kept.

    :raises WrongOffset: the file does not end at ``offset``, or is whole
    :raises TooLong: there is more of it than was announced
    :raises NotAPhoto: its first bytes are of nothing that is archived
    :raises StoreError: the disk is full, or failed
    """
    desk = _desk(datasette)
    while ledger.uuid in desk.under_way:
        await stop(datasette, ledger.uuid)
    transfer = desk.under_way[ledger.uuid] = _Transfer()
    try:
        async with _opened(desk, database, ledger) as (file, part):
            _check(request, file, part, offset)
            await _run(desk, parts.require_room, part, file.bytes - offset)
            await _take_in(desk, request, file, part, transfer.stop)
    finally:
        del desk.under_way[ledger.uuid]
        transfer.ended.set()
    if part.offset == file.bytes:
        desk.known.discard(file.uuid)
    return file, part.offset


def _check(request: Request, file: UploadFile, part: parts.Part, offset: int) -> None:
    if part.offset != offset:
        raise WrongOffset(f"the file goes on at {part.offset}, not at {offset}")
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) > file.bytes - offset:
        raise TooLong("that is more than was announced")


@asynccontextmanager
async def _opened(
    desk: _Desk, database: ArchiveDatabase, ledger: Ledger
) -> AsyncIterator[tuple[UploadFile, parts.Part]]:
    """Open a file to add to it; at the end it is synced, whatever came.

    What is recorded of it is read and written while it is locked: what is older than
    another request's bytes would have them cut off.
    """
    part = await _run(desk, parts.open_part, database.folder, ledger.uuid)
    try:
        file = await ledger.look()
        if file.whole_at is not None:
            raise WrongOffset(WHOLE)
        if file.uuid not in desk.known:
            await _run(desk, parts.cut, part, file.synced)
        desk.known.add(file.uuid)
        try:
            yield file, part
        finally:
            await _run(desk, parts.sync, part)
        await ledger.note(file, part.offset)
    finally:
        await _run(desk, parts.close, part)


async def _take_in(
    desk: _Desk,
    request: Request,
    file: UploadFile,
    part: parts.Part,
    stop: asyncio.Event,
) -> None:
    """Write the body until it ends, the connection does, or it is to stop."""
    waiting = bytearray()
    async with aclosing(_body(request, stop)) as body:
        async for data in body:
            waiting += data
            if part.offset + len(waiting) > file.bytes:
                raise TooLong("that is more than was announced")
            if len(waiting) >= PIECE:
                await _write(desk, file, part, waiting)
                waiting = bytearray()
    await _write(desk, file, part, waiting)


async def _body(request: Request, stop: asyncio.Event) -> AsyncGenerator[bytes, None]:
    """Yield what comes of a request's body, until it is to stop."""
    stopped = asyncio.ensure_future(stop.wait())
    coming: asyncio.Future[Message] = stopped  # type: ignore[assignment]
    more = True
    try:
        while more:
            coming = asyncio.ensure_future(request.receive())
            await asyncio.wait({coming, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                return
            message = coming.result()
            more = _goes_on(request, message)
            yield message.get("body", b"")
    finally:
        coming.cancel()
        stopped.cancel()


def _goes_on(request: Request, message: Message) -> bool:
    """Whether more of the body comes; asked for once too often, it comes never."""
    more = message["type"] == "http.request" and bool(message.get("more_body"))
    request.scope[_READ] = not more
    return more


async def _write(
    desk: _Desk, file: UploadFile, part: parts.Part, data: bytearray
) -> None:
    """Write a piece. The first one is looked at: not everything is let in."""
    if part.offset == 0 and len(data) >= min(HEAD, file.bytes):
        head = bytes(data[:HEAD])
        if sniff(head) is None:
            raise NotAPhoto(file.name, describe_refused(head))
    if data:
        await _run(desk, parts.write, part, data)


async def whole_pieces(request: Request, size: int) -> AsyncGenerator[bytes, None]:
    """Yield all of a request's body, ``size`` bytes at a time or a little more.

    :raises Cut: the connection ended before it did, or nothing came for too long
    """
    waiting: list[bytes] = []
    more, count = True, 0
    while more:
        try:
            async with asyncio.timeout(PATIENCE):
                message = await request.receive()
        except TimeoutError:
            raise Cut("nothing came for too long") from None
        more = _goes_on(request, message)
        if message["type"] != "http.request":
            raise Cut("the connection ended too early")
        waiting.append(message.get("body", b""))
        count += len(waiting[-1])
        if count >= size or not more:
            yield b"".join(waiting)
            waiting, count = [], 0


async def drain(request: Request) -> None:
    """Read on before a refusal: else the browser never sees the answer."""
    left = DRAINED
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while left > 0 and not request.scope.get(_READ):
                message = await request.receive()
                _goes_on(request, message)
                left -= len(message.get("body", b""))


async def in_thread(datasette: Datasette, fn: Callable[..., T], *values: Any) -> T:  # noqa: ANN401
    """Run what waits for the disk in a thread of those that take in files."""
    return await _run(_desk(datasette), fn, *values)


async def _run(desk: _Desk, fn: Callable[..., T], *values: Any) -> T:  # noqa: ANN401
    """Run ``fn`` in a thread, and never leave before it is done with the file."""
    loop = asyncio.get_running_loop()
    work = loop.run_in_executor(desk.threads, fn, *values)
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait({work})
        raise
