"""Files of a bundle, opened so that nothing outside of it is, and hashed as they go."""

from __future__ import annotations

import hashlib
import io
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from archive.disk import reason
from archive.errors import FileProblem
from archive.importing.staging import open_source
from archive.originals import CHUNK
from sync.bundles import names
from sync.bundles.model import TornBundle

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MISSING = "it is missing"
WRONG = "it is not what was written"
_PIECE = re.compile(rb"([0-9]{1,15}) ([0-9a-f]{64}\.p[0-9]{3})\n")


def opened(root: Path, name: str) -> BinaryIO:
    """Open a file of a bundle for reading.

    :param name: below the bundle's folder, with ``/``; one that this package made
    :raises TornBundle: it is not there, is no plain file in plain folders, or cannot be
        read
    """
    path = root / name
    try:
        _require_plain(root, path)
        return open_source(str(path))
    except (FileNotFoundError, NotADirectoryError):
        raise TornBundle(path, MISSING) from None
    except OSError as error:
        raise unreadable(path, error) from error
    except TornBundle:
        raise
    except FileProblem as error:
        raise TornBundle(path, error.reason) from error


def _require_plain(root: Path, path: Path) -> None:
    """Refuse links, pipes and whatever else is no file in folders."""
    for above in list(path.relative_to(root).parents)[:-1]:
        if not stat.S_ISDIR((root / above).lstat().st_mode):
            raise TornBundle(root / above, "it is no folder")
    if not stat.S_ISREG(path.lstat().st_mode):
        raise TornBundle(path, "it is no file")


def unreadable(path: Path, error: OSError) -> TornBundle:
    """Return the error for a file that the disk does not give."""
    return TornBundle(path, f"it cannot be read: {reason(error)}")


def read_small(root: Path, name: str, most: int) -> bytes:
    """Return all of a file.

    :raises TornBundle: it has more bytes, or see ``opened``
    """
    with opened(root, name) as file:
        try:
            data = bytearray()
            while len(data) <= most and (piece := file.read(most + 1 - len(data))):
                data += piece
        except OSError as error:
            raise unreadable(root / name, error) from error
    if len(data) > most:
        raise TornBundle(root / name, f"it has more than {most:,} bytes")
    return bytes(data)


def lines_of(root: Path, name: str, most: int) -> Iterator[bytes]:
    """Yield the lines of a file, with their ends; of a longer one pieces.

    :raises TornBundle: see ``opened``
    """
    with opened(root, name) as raw:
        file = io.BufferedReader(cast("io.RawIOBase", raw), CHUNK)
        try:
            while line := file.readline(most):
                yield line
        except OSError as error:
            raise unreadable(root / name, error) from error


class _Hashed(io.RawIOBase):
    """The bytes of files one after another; at their end they are the right ones."""

    def __init__(self, root: Path, files: Sequence[str], sha256: str) -> None:
        self._root, self._left, self._sha256 = root, list(files), sha256
        self._shown = root / files[0]
        self._digest = hashlib.sha256()
        self._file: BinaryIO | None = None
        self._next()

    def _next(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._left:
            self._file = opened(self._root, self._left.pop(0))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read some bytes; 0 at the end.

        :raises TornBundle: they cannot be read, or are not those of the name
        """
        while self._file is not None:
            try:
                count = int(self._file.readinto(buffer))  # type: ignore[attr-defined]
            except OSError as error:
                raise unreadable(self._shown, error) from error
            if count:
                self._digest.update(memoryview(buffer)[:count])
                return count
            self._next()
        if self._digest.hexdigest() != self._sha256:
            raise TornBundle(self._shown, WRONG)
        return 0

    def close(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None
        super().close()


def open_hashed(root: Path, files: Sequence[str], sha256: str) -> BinaryIO:
    """Open files as one, whose bytes are hashed while they are read.

    :raises TornBundle: one is not there; or, when the last byte was read, the bytes are
        not those of this hash
    """
    return io.BufferedReader(_Hashed(root, files, sha256), CHUNK)


def files_of(root: Path, name: str, sha256: str, size: int | None = None) -> list[str]:
    """Return the files that an original is made of: itself, or its pieces.

    :param name: as the bundle's list has it
    :param size: bytes of all together; None: whatever they are
    :raises TornBundle: they are not there, or are of another size
    """
    files = [name] if not name.endswith(".parts") else _pieces(root, name, sha256)
    found = sum(_size(root, file) for file in files)  # before much is read
    if size is not None and found != size:
        raise TornBundle(root / name, f"it has {found:,} bytes and not {size:,}")
    return files


def _size(root: Path, name: str) -> int:
    path = root / name
    try:
        state = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        raise TornBundle(path, MISSING) from None
    except OSError as error:
        raise unreadable(path, error) from error
    if not stat.S_ISREG(state.st_mode):
        raise TornBundle(path, "it is no file")
    return state.st_size


def _pieces(root: Path, name: str, sha256: str) -> list[str]:
    """Read the list of an original's pieces: all of them, in order, of their size."""
    folder = name.rpartition("/")[0]
    lines = read_small(root, name, 100_000).splitlines(keepends=True)
    found = []
    for number, line in enumerate(lines):
        matched = _PIECE.fullmatch(line)
        if not matched or matched[2].decode() != names.piece_name(sha256, number):
            raise TornBundle(root / name, WRONG)
        piece = f"{folder}/{matched[2].decode()}"
        if _size(root, piece) != int(matched[1]):
            raise TornBundle(root / piece, WRONG)
        found.append(piece)
    if not found:
        raise TornBundle(root / name, WRONG)
    return found


def read_through(open_it: Callable[[], BinaryIO]) -> None:
    """Read an original to its end.

    :raises TornBundle: it is not what it should be
    """
    buffer = bytearray(CHUNK)
    with open_it() as file:
        while file.readinto(buffer):  # type: ignore[attr-defined]
            pass
