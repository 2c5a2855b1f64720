"""Files of lines on the stick: hashed while they are written, then read again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from archive.disk import flush, storing
from archive.errors import StoreError
from archive.verifying.files import hashed

NOT_KEPT = "the stick does not hold what was just written to it"


@dataclass(slots=True)
class Sheet:
    """A file that is being written."""

    path: Path
    file: BinaryIO
    size: int = 0
    lines: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    @property
    def sha256(self) -> str:
        """Of what was written so far."""
        return str(self.digest.hexdigest())

    def add(self, line: bytes) -> None:
        """Write a line, with its end.

        :raises StoreError: it cannot be
        """
        with storing(self.path):
            self.file.write(line)
        self.digest.update(line)
        self.size += len(line)
        self.lines += 1


@contextmanager
def sheet(path: Path, *, fast: bool = False) -> Iterator[Sheet]:
    """Write a file, bring it to the disk, and read it again from there.

    :param fast: do not read it again
    :raises StoreError: it cannot be written, or the disk does not keep it
    """
    with storing(path):
        path.unlink(missing_ok=True)  # perhaps a link to elsewhere
        file = path.open("xb")
    try:
        made = Sheet(path, file)
        yield made
        with storing(path):
            file.flush()
            flush(file.fileno())
    except BaseException:
        _give_up(file)
        raise
    with storing(path):
        file.close()
    if not fast:
        require_kept(path, made.sha256)


def _give_up(file: BinaryIO) -> None:
    """Close a file whose disk may take no more."""
    try:
        file.close()
    except OSError:  # what was left in the buffer
        file.close()


def require_kept(path: Path, sha256: str) -> None:
    """Read a file from the disk.

    :raises StoreError: it cannot be read, or holds other bytes than these
    """
    try:
        kept = hashed(path) == sha256
    except OSError as error:
        raise StoreError(path, NOT_KEPT) from error
    if not kept:
        raise StoreError(path, NOT_KEPT)
