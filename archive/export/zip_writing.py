"""A zip as a file: hashed while it is written, and gone on with after a kill.

What a writer that was killed had written is read again and kept as far as it is what
would be written now; so it does not matter what has changed since, nor whether the
disk had all of it.
"""

from __future__ import annotations

import hashlib
import shutil
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from io import FileIO
from mmap import PAGESIZE, mmap
from pathlib import Path

from archive.disk import flush, write_straight
from archive.export.zips import PIECE, Entry, body, parts

FLUSH = 32 << 20  # bytes
BLOCK = 1 << 20  # bytes that are written together; two of them are in memory
BATCH = 16  # pieces that are hashed together


Add = Callable[[bytes], None]


def write_zip(
    path: Path, entries: Iterable[Entry], tell: Callable[[], None] = lambda: None
) -> tuple[int, str]:
    """Write a zip, or what is missing of it; returns its size and SHA-256.

    :param tell: called after each piece; raises to end it
    :raises StoreError, DamagedFile: as for ``zips.stream``
    """
    if path.is_dir():  # of an export that was to be a folder
        shutil.rmtree(path)
    path.touch()
    digest = hashlib.sha256()
    with (
        path.open("r+b", buffering=0) as file,
        ThreadPoolExecutor(1) as thread,
        _flushing(file) as wrote,
        _hashing(digest) as add,
    ):
        blocks = _Blocks(file, thread)
        whole = path.stat().st_size  # of what is there already
        place = 0
        for entry, head in parts(entries):
            length = len(head) + (entry.size if entry else 0)
            if place + length <= whole and _is_there(file, place, entry, head):
                _hash(file, place, length, add)
            else:
                if not blocks.begun:  # from here on all is new
                    blocks.begin(place)
                    whole = 0
                _write(blocks, entry, head, add, tell)
                wrote(length)
            place += length
            tell()
        blocks.settle()
        file.truncate(place)
    return place, digest.hexdigest()


class _Blocks:
    """Writes by blocks, straight to the disk, each while the next is filled.

    What is in a zip nobody reads soon (see ``write_straight``). The blocks begin where
    the disk wants them to, whatever the entries' lengths are.
    """

    def __init__(self, file: FileIO, thread: ThreadPoolExecutor) -> None:
        self._file, self._thread = file, thread
        self._block, self._other = (memoryview(mmap(-1, BLOCK)) for _ in range(2))
        self._filled, self._room = 0, BLOCK
        self._running: Future[None] | None = None
        self.begun = False

    def begin(self, place: int) -> None:
        """Write from here on; what stood behind goes."""
        self._file.seek(place)
        self._file.truncate()
        self._room = BLOCK - place % PAGESIZE
        self.begun = True

    def put(self, piece: bytes) -> None:
        """Take bytes, whose writing may still fail when the next ones come."""
        left = memoryview(piece)
        while left:
            part = left[: self._room - self._filled]
            end = self._filled + len(part)
            self._block[self._filled : end] = part
            self._filled, left = end, left[len(part) :]
            if end == self._room:
                self._send()

    def settle(self) -> None:
        """Write the rest, and wait for all of it."""
        self._send()
        if self._running:
            self._running.result()

    def _send(self) -> None:
        if self._running:
            self._running.result()
        full = self._block[: self._filled]
        self._running = self._thread.submit(write_straight, self._file, full)
        self._block, self._other = self._other, self._block
        self._filled, self._room = 0, BLOCK


@contextmanager
def _flushing(file: FileIO) -> Iterator[Callable[[int], None]]:
    """Give what is told how much was written, and has the disk begin with it.

    The system would begin when much of the memory is full, and all else would wait for
    the disk at the end.
    """
    left = FLUSH
    running: Future[None] | None = None
    with ThreadPoolExecutor(1) as thread:

        def wrote(count: int) -> None:
            nonlocal left, running
            left -= count
            if left > 0 or (running and not running.done()):
                return
            if running:
                running.result()  # a disk that fails says so once
            running, left = thread.submit(flush, file.fileno()), FLUSH

        yield wrote
        if running:
            running.result()


@contextmanager
def _hashing(digest: hashlib._Hash) -> Iterator[Add]:
    """Give what is told the bytes, and have them hashed while the next are written.

    By batches: to hand each piece over by itself takes as much as to hash it.
    """
    some: list[bytes] = []
    running: Future[None] | None = None
    with ThreadPoolExecutor(1) as thread:

        def add(piece: bytes) -> None:
            nonlocal some, running
            some.append(piece)
            if len(some) >= BATCH:
                if running:
                    running.result()
                running, some = thread.submit(_update, digest, some), []

        yield add
    _update(digest, some)


def _update(digest: hashlib._Hash, pieces: Sequence[bytes]) -> None:
    for piece in pieces:
        digest.update(piece)


def _is_there(file: FileIO, place: int, entry: Entry | None, head: bytes) -> bool:
    file.seek(place)
    if file.read(len(head)) != head:
        return False
    if entry is None:
        return True
    crc, left = 0, entry.size
    while left > 0 and (piece := file.read(min(PIECE, left))):
        crc, left = zlib.crc32(piece, crc), left - len(piece)
    return crc == entry.crc32 and not left


def _hash(file: FileIO, place: int, length: int, add: Add) -> None:
    file.seek(place)
    while length > 0 and (piece := file.read(min(PIECE, length))):
        add(piece)
        length -= len(piece)


def _write(
    blocks: _Blocks,
    entry: Entry | None,
    head: bytes,
    add: Add,
    tell: Callable[[], None],
) -> None:
    blocks.put(head)
    add(head)
    for piece in body(entry) if entry else ():
        blocks.put(piece)
        add(piece)
        tell()
