"""The bytes of files on their way, in ``incoming/`` on the archive's own disk.

A file grows at its end only, under a lock, so that two requests never write one file at
once. What was synced is recorded; what came after that may be holes after a power cut,
and so is cut off when the file is first opened again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from archive.disk import flush, make_folder, storing, sync_folder, try_lock
from archive.errors import Conflict, StoreError

FOLDER = "incoming"
MARGIN = 64 << 20  # bytes that uploads leave free on the disk


class DiskFull(StoreError):
    """There is no room for the rest of a file."""

    http_status = 507


@dataclass(slots=True)
class Part:
    """A file that is open to be added to.

    :param offset: how many bytes of it are here
    """

    path: Path
    descriptor: int
    offset: int


def path_of(folder: Path, uuid: str) -> Path:
    """Return where the bytes of a file are.

    :param folder: the archive's
    """
    return folder / FOLDER / uuid


def size_of(folder: Path, uuid: str) -> int:
    """Return how many bytes of a file are here."""
    try:
        return path_of(folder, uuid).stat().st_size
    except OSError:
        return 0


def open_part(folder: Path, uuid: str, most: int | None = None) -> Part:
    """Open a file to add to it; nobody else can meanwhile.

    :param most: only so many bytes of it are to be trusted; the others are cut off
    :raises Conflict: somebody else is adding to it
    :raises StoreError: it cannot be written
    """
    path = path_of(folder, uuid)
    with storing(path.name):
        make_folder(path.parent)
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, flags, 0o644)
        try:
            size = _taken(descriptor, most)
        except BaseException:
            os.close(descriptor)
            raise
    return Part(path, descriptor, size)


def _taken(descriptor: int, most: int | None) -> int:
    """Lock an open file and go to its end. Returns where that is."""
    if not try_lock(descriptor):
        raise Conflict("this file is being sent already", key="sent_already")
    return _kept(descriptor, most)


def _kept(descriptor: int, most: int | None) -> int:
    size = os.fstat(descriptor).st_size
    if most is not None and size > most:
        os.ftruncate(descriptor, most)
        size = most
    return os.lseek(descriptor, size, os.SEEK_SET)


def cut(part: Part, most: int) -> None:
    """Trust only so many bytes of a file that is open; the others go.

    :raises StoreError: it cannot be written
    """
    with storing(part.path.name):
        part.offset = _kept(part.descriptor, most)


def require_room(part: Part, missing: int) -> None:
    """Refuse when the rest of a file will not fit on the disk.

    :raises DiskFull: it will not
    """
    require_free(part.path.parent, missing, part.path.name)


def require_free(folder: Path, missing: int, shown: str = "the file") -> None:
    """Refuse when so many bytes more will not fit on the disk.

    :raises DiskFull: they will not
    """
    if shutil.disk_usage(folder).free < missing + MARGIN:
        raise DiskFull(shown, "there is no room on the disk for it", key="disk_full")


def write(part: Part, data: bytes | bytearray | memoryview) -> None:
    """Add bytes to a file.

    :raises StoreError: the disk is full or failed; the offset says what was written
    """
    view = memoryview(data)
    with storing(part.path.name):
        while view:
            count = os.write(part.descriptor, view)
            part.offset += count
            view = view[count:]


def head_of(part: Part, count: int) -> bytes:
    """Return the first bytes of a file.

    :raises StoreError: it cannot be read
    """
    with storing(part.path.name):
        os.lseek(part.descriptor, 0, os.SEEK_SET)
        head = os.read(part.descriptor, count)
        os.lseek(part.descriptor, part.offset, os.SEEK_SET)
    return head


def sync(part: Part) -> None:
    """Bring what is here to the disk, with the file's name.

    :raises StoreError: the disk failed
    """
    with storing(part.path.name):
        flush(part.descriptor)
        sync_folder(part.path.parent)


def close(part: Part) -> None:
    """Let others add to the file."""
    os.close(part.descriptor)


def remove(folder: Path, uuid: str) -> None:
    """Remove a file's bytes; what cannot go now is cleared later."""
    with suppress(OSError):
        path_of(folder, uuid).unlink(missing_ok=True)


def present(folder: Path) -> Iterator[tuple[str, float]]:
    """Yield each file that is there: its name and when it last changed."""
    with suppress(OSError), os.scandir(folder / FOLDER) as entries:
        for entry in entries:
            with suppress(OSError):
                yield entry.name, entry.stat(follow_symlinks=False).st_mtime
