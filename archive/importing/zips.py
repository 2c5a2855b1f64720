"""Photos out of zip files, without ever writing under a name from inside.

Members are streamed one by one. A name that leads out of the zip, a link, an encrypted
member or one that would unpack to far more than it weighs is refused by name.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, cast
from re import Pattern

from archive.errors import DamagedFile, StoreError
from archive.importing.model import Found, Place, bytes_of, place_of

MAX_MEMBERS = 500_000
MAX_RATIO = 200  # unpacked : packed; photos hardly shrink, 1,000 is a bomb's
SMALL = 50 << 20  # bytes below which the ratio does not matter

_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


def is_zip(path: str) -> bool:
    """Whether a file begins as a zip does."""
    try:
        with open(path, "rb") as file:
            return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")
    except OSError:
        return False


def zip_members(
    path: str, modified_ns: int, junk: Pattern[str], ignored: Callable[[], None]
) -> Iterator[Found]:
    """Find the files in a zip. A zip that cannot be read is itself a refused file."""
    place = place_of(Path(path), "zip")
    try:
        with zipfile.ZipFile(path) as file:
            infos = file.infolist()
            if len(infos) > MAX_MEMBERS:
                yield _found(place, path, None, modified_ns, "it has too many members")
                return
            for info in infos:
                if info.is_dir():
                    continue
                problem = _problem(info)
                parts = PurePosixPath(info.filename).parts
                if problem is None and any(junk.match(part) for part in parts):
                    ignored()
                    continue
                yield _found(place, path, info, modified_ns, problem, file)
    except (*_BROKEN, OSError, ValueError) as error:
        reason = f"the zip cannot be read: {error}"
        yield _found(place, path, None, modified_ns, reason)


def _problem(info: zipfile.ZipInfo) -> str | None:
    name = info.filename
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if name.startswith(("/", "\\")) or ".." in parts or ":" in name[:3]:
        return "its name leads out of the zip"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "it is a symbolic link"
    if info.flag_bits & 0x1:
        return "it is encrypted"
    if info.file_size > SMALL and info.file_size > MAX_RATIO * max(
        1, info.compress_size
    ):
        return (
            f"it would unpack to {info.file_size / max(1, info.compress_size):,.0f}"
            " times its size (a zip bomb?)"
        )
    return None


def _found(
    place: Place,
    path: str,
    info: zipfile.ZipInfo | None,
    modified_ns: int,
    problem: str | None,
    file: zipfile.ZipFile | None = None,
) -> Found:
    inside = info.filename if info else ""
    shown = f"{path}/{inside}" if inside else path
    return Found(
        place,
        shown,
        bytes_of(PurePosixPath(inside or path).name),
        bytes_of(inside),
        info.file_size if info else 0,
        modified_ns,
        partial(_open, file, info, shown),
        problem,
    )


def _open(
    file: zipfile.ZipFile | None, info: zipfile.ZipInfo | None, shown: str
) -> BinaryIO:
    assert file is not None and info is not None
    try:
        return cast("BinaryIO", _Member(file.open(info), shown))
    except _BROKEN as error:
        raise DamagedFile(shown, f"cannot be unpacked: {error}") from error
    except OSError as error:
        raise StoreError(shown, f"cannot be read: {error.strerror}") from error


class _Member:
    """A zip's member whose damage is told in our words.

    zipfile itself stops at the length that the zip claims and checks the CRC.
    """

    def __init__(self, stream: IO[bytes], shown: str) -> None:
        self._stream, self._shown = stream, shown

    def read(self, count: int = -1) -> bytes:
        try:
            return self._stream.read(count)
        except _BROKEN as error:
            raise DamagedFile(self._shown, f"cannot be unpacked: {error}") from error

    def readinto(self, buffer: memoryview) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def fileno(self) -> int:
        raise ValueError("a zip's member is no file")

    def __enter__(self) -> _Member:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
