"""Copying a source file into the store's corner, when it looks like a photo."""

from __future__ import annotations

import os
import stat
from typing import BinaryIO

from archive import originals
from archive.errors import DamagedFile, NotAPhoto, StoreError
from archive.facts.sniff import HEAD, describe_refused, sniff
from archive.importing.model import Found
from archive.originals import Run, Staged

NOT_REGULAR = "it is not a regular file"
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    # Of a named pipe that took the file's place since it was found, nobody may write
    | getattr(os, "O_NONBLOCK", 0)
)


def stage_file(store: Run, file: Found) -> Staged:
    """Copy a file while hashing it; what is no photo is not copied.

    :raises DamagedFile: it is empty, cannot be unpacked or changed meanwhile
    :raises NotAPhoto: not of a kind that is archived
    :raises StoreError: it cannot be read, or not be stored
    """
    if file.problem:
        raise DamagedFile(file.shown, file.problem)

    def check(first: memoryview) -> None:
        head = bytes(first[:HEAD])
        if sniff(head) is None:
            raise NotAPhoto(file.shown, describe_refused(head))

    with file.open() as source:
        return originals.stage(store, source, file.shown, check)


def open_source(path: str) -> BinaryIO:
    """Open a file to import, for reading only.

    :raises DamagedFile: it is no regular file
    :raises StoreError: it cannot be read
    """
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        raise _unreadable(path, error) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise DamagedFile(path, NOT_REGULAR)
    return os.fdopen(descriptor, "rb", buffering=0)


def _unreadable(shown: str, error: OSError) -> StoreError:
    return StoreError(shown, f"cannot be read: {error.strerror or error}")
