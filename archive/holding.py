"""Locks that are files: one sync for an archive, one renewal of a token at a time.

The system lets go of a lock when its process ends, in whatever way; so a lock is never
stale, and the number that stands in the file is only for people.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from archive.disk import storing, try_lock
from archive.errors import ArchiveLocked

_PATIENCE = 120.0  # seconds for somebody else's renewal of a token
_STEP = 0.05
# Where the number stands: on Windows nobody else reads the first byte, which is locked
_NUMBER, _DIGITS = 1, 20


@contextmanager
def held(path: Path, what: str) -> Iterator[None]:
    """Hold a lock, or say who has it.

    :param what: that is done under it, for the error's text
    :raises ArchiveLocked: another process has it
    :raises StoreError: the file cannot be written
    """
    descriptor = _open(path)
    try:
        if not try_lock(descriptor):
            raise ArchiveLocked(f"{path.parent}: {_who(descriptor)} {what}")
        _sign(descriptor)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def waited(path: Path, wait: Callable[[float], None]) -> Iterator[None]:
    """Hold a lock, once nobody else does.

    :param wait: lets so many seconds pass
    :raises ArchiveLocked: somebody held it for two minutes
    """
    descriptor = _open(path)
    try:
        for _ in range(int(_PATIENCE / _STEP)):
            if try_lock(descriptor):
                break
            wait(_STEP)
        else:
            raise ArchiveLocked(f"{path}: {_who(descriptor)} does not let go of it")
        yield
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    with storing(path):
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _sign(descriptor: int) -> None:
    """Leave the number of this process, for who comes and finds it locked."""
    with suppress(OSError):
        os.lseek(descriptor, _NUMBER, os.SEEK_SET)
        os.write(descriptor, f"{os.getpid():<{_DIGITS}}\n".encode())


def _who(descriptor: int) -> str:
    with suppress(OSError, ValueError):
        os.lseek(descriptor, _NUMBER, os.SEEK_SET)
        return f"process {int(os.read(descriptor, _DIGITS))}"
    return "another process"
