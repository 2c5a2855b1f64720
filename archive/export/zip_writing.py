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
from pathlib import Path
from typing import BinaryIO

from archive.disk import flush
from archive.export.zips import PIECE, Entry, body, parts

FLUSH = 32 << 20  # bytes
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
    with path.open("r+b") as file, _flushing(file) as wrote, _hashing(digest) as add:
        whole = path.stat().st_size  # of what is there already
        place = 0
        for entry, head in parts(entries):
            length = len(head) + (entry.size if entry else 0)
            if place + length <= whole and _is_there(file, place, entry, head):
                _hash(file, place, length, add)
            else:
                whole = 0  # from here on all is new
                file.seek(place)
                file.truncate()
                _write(file, entry, head, add, tell)
                wrote(length)
            place += length
            tell()
        file.truncate(place)
    return place, digest.hexdigest()


@contextmanager
def _flushing(file: BinaryIO) -> Iterator[Callable[[int], None]]:
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
            file.flush()
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


def _is_there(file: BinaryIO, place: int, entry: Entry | None, head: bytes) -> bool:
    file.seek(place)
    if file.read(len(head)) != head:
        return False
    if entry is None:
        return True
    crc, left = 0, entry.size
    while left > 0 and (piece := file.read(min(PIECE, left))):
        crc, left = zlib.crc32(piece, crc), left - len(piece)
    return crc == entry.crc32 and not left


def _hash(file: BinaryIO, place: int, length: int, add: Add) -> None:
    file.seek(place)
    while length > 0 and (piece := file.read(min(PIECE, length))):
        add(piece)
        length -= len(piece)


def _write(
    file: BinaryIO,
    entry: Entry | None,
    head: bytes,
    add: Add,
    tell: Callable[[], None],
) -> None:
    file.write(head)
    add(head)
    for piece in body(entry) if entry else ():
        file.write(piece)
        add(piece)
        tell()
