"""Copying an open source while hashing it, with every error under its right name.

What cannot be read is the source's fault, what cannot be written the store's; a person
pulls out another stick for the one than for the other. So reading and writing are two
calls for each piece, although the kernel could copy by itself (``copy_file_range``):
that would say only that one of them failed, and is no quicker where the bytes have to
be hashed, too (4 MB: 5.2 against 5.0 ms).
"""

from __future__ import annotations

import hashlib
import os
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from archive.disk import reason
from archive.errors import StoreError

Shown = str | os.PathLike[str]  # a file's name for error messages
PIECE = 64 << 10  # bytes


class Copied(NamedTuple):
    """What was written: SHA-256 in hex, number of bytes, CRC-32."""

    sha256: str
    bytes: int
    crc32: int


class Identity(NamedTuple):
    """What shows that a path leads to the very file that was read, as it was then.

    Only while that file has a name, or is open: a number that is free is given again.
    """

    device: int
    inode: int
    bytes: int
    modified_ns: int


def identity_of(state: os.stat_result) -> Identity:
    """Return which file this is the state of, and how it is."""
    return Identity(state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)


class State(NamedTuple):
    """What shows that a file is still as it was."""

    bytes: int
    modified_ns: int


def state_of(source: BinaryIO) -> State | None:
    """Size and time of change, or None for what is no file (a zip's member)."""
    try:
        state = os.fstat(source.fileno())
    except (OSError, AttributeError, ValueError):
        return None
    if not stat.S_ISREG(state.st_mode):
        return None
    return State(state.st_size, state.st_mtime_ns)


def read_piece(source: BinaryIO, buffer: memoryview, shown: Shown) -> memoryview:
    """Return the next bytes in ``buffer``; none at the end.

    :raises StoreError: the source cannot be read
    """
    try:
        count = source.readinto(buffer)  # type: ignore[attr-defined]
    except OSError as error:
        raise StoreError(shown, f"cannot be read: {reason(error)}") from error
    return buffer[: count or 0]


def pieces(
    first: memoryview, source: BinaryIO, buffer: memoryview, shown: Shown
) -> Iterator[memoryview]:
    """Yield ``first``, which was read already, and all that comes after it.

    Each is in ``buffer`` and holds until the next one is asked for.

    :raises StoreError: the source cannot be read
    """
    piece = first
    while piece:
        yield piece
        piece = read_piece(source, buffer, shown)


def write_hashed(
    content: Iterator[memoryview], copy: BinaryIO, most: int | None
) -> Copied:
    """Write and hash; a source that outgrows its size (``most``) is not followed.

    :raises OSError: the copy cannot be written
    """
    digest, size, crc = hashlib.sha256(), 0, 0
    for piece in content:
        size += len(piece)
        if most is not None and size > most:
            break
        digest.update(piece)
        crc = zlib.crc32(piece, crc)
        copy.write(piece)
    return Copied(digest.hexdigest(), size, crc)


def is_as_archived(path: Path, crc32: int, size: int) -> bool:
    """Whether a file is what was archived: of another the hashes of a copy are right.

    :param crc32: of the original, as the archive has it, like its ``size`` in bytes
    :raises StoreError: it cannot be read
    """
    return crc32_of(path) == (crc32, size)


def crc32_of(path: Path) -> tuple[int, int]:
    """Return the CRC-32 of a file, and how many bytes it has.

    :raises StoreError: it cannot be read
    """
    crc = size = 0
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                crc = zlib.crc32(piece, crc)
                size += len(piece)
    except OSError as error:
        raise StoreError(path, error.strerror or str(error)) from error
    return crc, size
