"""The bytes of arrivals, in ``incoming/`` beside those that come from browsers.

A file is written under a name of its own (``….part``) and gets the name by which it is
found once it is whole and on the disk: whoever finds it finds all of it, and nobody
writes to it any more. So it can become an original without being copied.

    ULID         a whole file
    ULID.7       its eighth segment
    ULID.part    bytes that are coming; after an hour without any, rubbish
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.disk import reserve, storing, sync_folder, try_lock
from archive.errors import InvalidInput
from archive.uploads import parts
from archive.uploads.parts import Part

PIECE = 1 << 20  # bytes that are joined at a time
RESERVED = 64 << 20  # bytes of room at most: who only says that much is coming
STALE = 3600.0  # seconds
_CLOSED = -1  # no descriptor; its number may be another file's by then
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
_NAME = re.compile(r"([0-9A-Z]{26})(?:\.(part|[0-9]{1,5}))?", re.ASCII)


class Mismatch(InvalidInput):
    """A segment is missing, or not what was announced.

    :param number: which one, from 0
    """

    http_status = 422

    def __init__(self, number: int, what: str) -> None:
        self.number = number
        super().__init__(f"segment {number + 1} {what}")


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a file, as it was announced.

    :param size: None: not known before it comes
    :param sha256: and ``md5``: in hex
    :param etag: what its sender was told when it came, which is its MD5
    """

    size: int | None
    sha256: str
    md5: str | None = None
    etag: str | None = None


def new_ulid() -> str:
    """Return a new ULID: 48 bits of milliseconds, 80 random ones (github.com/ulid)."""
    milliseconds = (time.time_ns() // 1_000_000) & (1 << 48) - 1
    value = milliseconds << 80 | int.from_bytes(os.urandom(10), "big")
    return "".join(_ALPHABET[value >> 5 * n & 31] for n in reversed(range(26)))


def begin(folder: Path, expected: int = 0) -> Part:
    """Open a file for bytes that are coming.

    :param folder: the archive's
    :param expected: how many, about; with their room ready they cost less
    :raises StoreError: it cannot be written
    """
    part = parts.open_part(folder, f"{new_ulid()}.part")
    try:
        with (
            storing(part.path.name),
            os.fdopen(part.descriptor, "r+b", closefd=False) as file,
        ):
            reserve(file, min(expected, RESERVED))
    except BaseException:
        discard(part)
        raise
    return part


def publish(part: Part, name: str) -> None:
    """Give a file the name by which it is found, once it is on the disk.

    One that had the name is replaced; a photo that was made of that keeps its bytes.

    :raises StoreError: the disk failed; nothing has the name that had not
    """
    with storing(name):
        if part.descriptor == _CLOSED:
            part.descriptor = os.open(part.path, os.O_RDWR)
        _cut(part.descriptor, part)
    parts.sync(part)
    close(part)
    with storing(name):
        part.path.replace(part.path.with_name(name))
        sync_folder(part.path.parent)


def close(part: Part) -> None:
    """Write no more to a file. It is safe to say so twice."""
    descriptor, part.descriptor = part.descriptor, _CLOSED
    if descriptor != _CLOSED:
        try:
            _cut(descriptor, part)
        finally:
            os.close(descriptor)


def _cut(descriptor: int, part: Part) -> None:
    """Give back the room that was not needed."""
    if os.fstat(descriptor).st_size > part.offset:
        os.ftruncate(descriptor, part.offset)


def discard(part: Part) -> None:
    """Remove what came; what cannot go now is cleared later."""
    with suppress(OSError):
        close(part)
    parts.remove(part.path.parent.parent, part.path.name)


@contextmanager
def receiving(folder: Path) -> Iterator[Part]:
    """Open a file for bytes that are coming; unless the body publishes it, it goes."""
    part = begin(folder)
    try:
        yield part
    finally:
        discard(part)


def segment_name(uuid: str, number: int) -> str:
    """Return the name of one segment, counted from 0."""
    return f"{uuid}.{number}"


def is_whole(folder: Path, name: str) -> bool:
    """Whether a file, or a segment, is here."""
    return parts.path_of(folder, name).is_file()


def join(
    folder: Path, uuid: str, segments: Sequence[Segment], size: int | None = None
) -> None:
    """Make one file of its segments, each of which must be what was announced.

    :param size: bytes that all of it must have; None: not known
    :raises Mismatch: one is missing, or has another size, SHA-256 or MD5
    :raises StoreError: the disk is full, or failed
    """
    with receiving(folder) as part:
        parts.require_room(part, size or 0)
        for number, segment in enumerate(segments):
            _append(folder, uuid, number, segment, part)
        if size not in (None, part.offset):
            last = len(segments) - 1
            raise Mismatch(last, f"ends at {part.offset:,} bytes, not at {size:,}")
        publish(part, uuid)
    for number in range(len(segments)):
        parts.remove(folder, segment_name(uuid, number))


def _append(folder: Path, uuid: str, number: int, segment: Segment, part: Part) -> None:
    """Add a segment to the end of a file, and compare it with what was announced."""
    path = parts.path_of(folder, segment_name(uuid, number))
    sha256, md5, began = hashlib.sha256(), new_md5(), part.offset
    for piece in _pieces(path, number):
        sha256.update(piece)
        md5.update(piece)
        parts.write(part, piece)
    size = part.offset - began
    if segment.size not in (None, size):
        raise Mismatch(number, f"has {size:,} bytes, not {segment.size:,}")
    if sha256.hexdigest() != segment.sha256:
        raise Mismatch(number, "has another SHA-256 than was announced")
    if segment.md5 not in (None, md5.hexdigest()):
        raise Mismatch(number, "has another MD5 than was announced")
    if segment.etag not in (None, md5.hexdigest()):
        raise Mismatch(number, "has another ETag than it was given")


def _pieces(path: Path, number: int) -> Iterator[bytes]:
    try:
        with path.open("rb", buffering=0) as source:
            while piece := source.read(PIECE):
                yield piece
    except FileNotFoundError:
        raise Mismatch(number, "has not been sent") from None


def new_md5() -> Any:  # noqa: ANN401 - hashlib's own type has no name
    """Return an MD5, with which storage services tag what they were sent."""
    return hashlib.md5(usedforsecurity=False)


def remove(folder: Path, uuid: str) -> None:
    """Remove the bytes of an arrival, its segments among them."""
    for name, found, _ in present(folder):
        if found == uuid:
            parts.remove(folder, name)


def present(folder: Path) -> list[tuple[str, str, float]]:
    """Return the files that are here: name, ULID, when they last changed.

    Those that are still coming have no ULID of an arrival: "".
    """
    files = []
    for name, changed in parts.present(folder):
        if match := _NAME.fullmatch(name):
            uuid = "" if match[2] == "part" else match[1]
            files.append((name, uuid, changed))
    return files


def clear_stale(folder: Path, now: float) -> None:
    """Remove what was coming and does not any more.

    :param now: seconds since 1970
    """
    for name, uuid, changed in present(folder):
        if not uuid and now - changed > STALE and not _is_open(folder, name):
            parts.remove(folder, name)


def _is_open(folder: Path, name: str) -> bool:
    try:
        descriptor = os.open(parts.path_of(folder, name), os.O_RDWR)
    except OSError:
        return False
    try:
        return not try_lock(descriptor)
    finally:
        os.close(descriptor)
