"""What the store of originals asks of the disk: locks, syncs, and errors in words."""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from archive.errors import StoreError

try:
    import fcntl
except ImportError:  # Windows
    _FULL_SYNC = _STRAIGHT = None
else:
    _FULL_SYNC = getattr(fcntl, "F_FULLFSYNC", None)  # macOS
    _STRAIGHT = getattr(os, "O_DIRECT", None)  # Linux

AT_ONCE = 8  # folders synced at a time
# What goes straight to a disk begins, ends and lies in memory at such steps (open(2));
# less at a time is written sooner into memory than to a disk
_STEP, _WORTH = 4096, 256 << 10  # bytes
_CANNOT = (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)  # said only of what is written to


def try_lock(descriptor: int) -> bool:
    """Take the lock, or say that another process has it."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def is_same(one: Path, other: Path) -> bool:
    """Whether two paths lead to one thing, by a link, a mount or another spelling."""
    try:
        return one.samefile(other)
    except OSError:  # one of them leads to nothing
        return False


def flush(descriptor: int) -> None:
    """Bring what was written to a file or folder to the disk.

    macOS's fsync leaves it in the drive's own memory, which a power cut empties; it has
    another call for all the way (fsync(2) there). A file system without that, as of
    other computers' disks, gets what there is.

    :raises OSError: the disk failed
    """
    if _FULL_SYNC is not None:
        try:
            fcntl.fcntl(descriptor, _FULL_SYNC)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.ENOTTY):
                raise
        else:
            return
    os.fsync(descriptor)


def sync_file(path: Path) -> None:
    """Bring the bytes of a file to the disk."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        flush(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where that can be asked for."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        flush(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network disks
            raise
    finally:
        os.close(descriptor)


def make_folder(path: Path) -> None:
    """Make a folder, if it is not there, whose name is on the disk then."""
    if not path.is_dir():
        path.mkdir(exist_ok=True)
        sync_folder(path.parent)


def sync_folders(folders: Collection[Path]) -> None:
    """The same for many folders, some at once: one flush of a disk serves all who wait.

    57 folders of a batch took 115 ms one after another, and take 40 so.

    :raises OSError: one of them failed; the others were tried
    """
    if len(folders) < 2:
        for folder in folders:
            sync_folder(folder)
        return
    with ThreadPoolExecutor(min(len(folders), AT_ONCE)) as threads:
        tried = [threads.submit(sync_folder, folder) for folder in folders]
    for each in tried:
        each.result()


@contextmanager
def storing(shown: str | os.PathLike[str]) -> Iterator[None]:
    """Turn a disk's errors into ours.

    :param shown: the file that was to be stored, or the store
    :raises StoreError: instead of OSError
    """
    try:
        yield
    except OSError as error:
        raise StoreError(shown, f"cannot be stored: {reason(error)}") from error


def reason(error: OSError) -> str:
    """What the system says, without number and path."""
    return error.strerror or str(error)


def is_full(error: Exception) -> bool:
    """Whether a disk takes no more: what comes next would fail on it, too."""
    cause = error if isinstance(error, OSError) else error.__cause__
    return isinstance(cause, OSError) and cause.errno in _FULL


def reserve(file: BinaryIO, size: int) -> None:
    """Ask the disk for the room of a whole file before it is written.

    A full disk is then known at once, and writing takes a third of the CPU (ext4,
    4 MB: 3.6 against 10 ms, because blocks are not found one by one). Where the system
    or the file system has no such call, the file is written without.

    :raises OSError: there is not so much room
    """
    if not size or not hasattr(os, "posix_fallocate"):
        return
    try:
        os.posix_fallocate(file.fileno(), 0, size)
    except OSError as error:
        if error.errno not in _CANNOT:
            raise


def write_straight(file: FileIO, piece: bytes | memoryview) -> None:
    """Write all of a piece: what can be, straight to the disk.

    A copy in the system's memory, of what nobody reads soon, costs more than all else
    that is done with a file (4 MB: 2 to 12 ms of CPU, as the memory for it is at hand;
    straight 0.5). What came so far still has to be brought to the disk (``flush``).
    Where the file system, the disk or the piece's place in memory do not allow it, it
    is written as ever.

    :param file: not buffered
    :raises OSError: the disk failed, or has no room
    """
    left = memoryview(piece)
    whole = len(left) - len(left) % _STEP
    if _STRAIGHT is not None and whole >= _WORTH and not file.tell() % _STEP:
        left = left[_written_straight(file, left[:whole], _STRAIGHT) :]
    while left:  # a disk that is nearly full takes less at a time
        left = left[file.write(left) or 0 :]


def _written_straight(file: FileIO, piece: memoryview, way: int) -> int:
    """Return how many bytes went straight to the disk; the others cannot."""
    count, as_ever = 0, fcntl.fcntl(file.fileno(), fcntl.F_GETFL)
    try:
        fcntl.fcntl(file.fileno(), fcntl.F_SETFL, as_ever | way)
        while count < len(piece):
            count += file.write(piece[count:]) or 0
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
    finally:
        fcntl.fcntl(file.fileno(), fcntl.F_SETFL, as_ever)
    return count


def drop_from_memory(descriptor: int) -> None:
    """Let the system forget its copy, in memory, of a file that is on the disk.

    A large import would push out what other programs use, and always take new memory
    for itself: the same pages again cost a third (4 MB of which nothing was in use
    before: 5 against 15 ms).
    """
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError):  # advice only
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
