"""Photos out of zip files, without ever writing under a name from inside.

Members are streamed one by one. A name that leads out of the zip, a link, an encrypted
member or one that would unpack to far more than it weighs is refused by name.
"""

from __future__ import annotations

import lzma
import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, Self, cast

from archive.errors import DamagedFile, StoreError
from archive.importing.model import Found, Place, bytes_of, place_of

MAX_MEMBERS = 500_000
MAX_RATIO = 200  # unpacked : packed; photos hardly shrink, 1,000 is a bomb's
SMALL = 50 << 20  # bytes below which a member's ratio does not matter
SMALL_ZIP = 1 << 30  # bytes below which that of all members does not matter
UTF8 = 0x800  # flag: the name is UTF-8; else it should be code page 437
ENCRYPTED = 0x1
DRIVE = re.compile(r"[A-Za-z]:[/\\]")

_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    IndexError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)


def is_zip(path: str) -> bool:
    """Whether a file begins as a zip does."""
    try:
        with Path(path).open("rb") as file:
            return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")
    except OSError:
        return False


def zip_members(
    path: str, modified_ns: int, junk: re.Pattern[str], ignored: Callable[[], None]
) -> Iterator[Found]:
    """Find the files in a zip. A zip that cannot be read is itself a refused file."""
    place = place_of(Path(path), "zip")
    try:
        packed = Path(path).stat().st_size
        file = zipfile.ZipFile(path)
    except (*_BROKEN, OSError) as error:
        broken = f"the zip cannot be read; is it damaged or cut off? ({error})"
        yield _refused(place, path, modified_ns, broken)
        return
    with file:
        infos = _files(file)
        reason = _whole_problem(infos, packed)
        if reason:
            yield _refused(place, path, modified_ns, reason)
            return
        named = Counter(map(_name, infos))
        for info in infos:
            name = _name(info)
            problem = _problem(info, name)
            if problem is None and any(map(junk.match, PurePosixPath(name).parts)):
                ignored()
                continue
            found = _member(place, path, name, info, modified_ns, file, problem)
            # Of two of one name, which may have one CRC, neither is known by it
            yield found._replace(crc32=-1) if named[name] > 1 else found


@contextmanager
def opened_zip(path: str) -> Iterator[dict[str, Found]]:
    """Give the files of a zip by their names, to be read in any order meanwhile.

    :raises DamagedFile: it cannot be read, or is a bomb
    """
    place = place_of(Path(path), "zip")
    try:
        state = Path(path).stat()
        file = zipfile.ZipFile(path)
    except (*_BROKEN, OSError) as error:
        raise DamagedFile(path, f"the zip cannot be read ({error})") from error
    with file:
        infos = _files(file)
        if reason := _whole_problem(infos, state.st_size):
            raise DamagedFile(path, reason)
        found = {}
        for info in infos:
            name = _name(info)
            problem = _problem(info, name)
            modified = state.st_mtime_ns
            found[name] = _member(place, path, name, info, modified, file, problem)
        yield found


def _files(file: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    # not ``is_dir``: it fails for a member without a name
    return [info for info in file.infolist() if not info.filename.endswith("/")]


def _whole_problem(infos: list[zipfile.ZipInfo], packed: int) -> str | None:
    if len(infos) > MAX_MEMBERS:
        return f"it has more than {MAX_MEMBERS:,} members"
    unpacked = sum(info.file_size for info in infos)
    if unpacked > SMALL_ZIP and unpacked > MAX_RATIO * packed:
        return _bomb(unpacked, packed)
    return None


def _problem(info: zipfile.ZipInfo, name: str) -> str | None:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if name.startswith(("/", "\\")) or ".." in parts or DRIVE.match(name):
        return "its name leads out of the zip"
    if not parts or stat.S_ISLNK(info.external_attr >> 16):
        return "it is a symbolic link" if parts else "it has no name"
    if info.flag_bits & ENCRYPTED:
        return "it is encrypted"
    if name.lower().endswith(".zip"):
        return "it is a zip inside a zip; unpack the outer one and import that"
    if info.file_size > SMALL and info.file_size > MAX_RATIO * info.compress_size:
        return _bomb(info.file_size, info.compress_size)
    return None


def _bomb(unpacked: int, packed: int) -> str:
    times = unpacked / max(1, packed)
    return f"it would unpack to {times:,.0f} times its size (a zip bomb?)"


def _name(info: zipfile.ZipInfo) -> str:
    """A member's name. macOS and Linux write UTF-8 and often do not say so."""
    if not info.flag_bits & UTF8:
        try:
            return info.filename.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return info.filename


def _member(  # noqa: PLR0917 - one of many columns
    place: Place,
    path: str,
    name: str,
    info: zipfile.ZipInfo,
    modified_ns: int,
    file: zipfile.ZipFile,
    problem: str | None,
) -> Found:
    shown = f"{path}/{name}"
    return Found(
        place,
        shown,
        bytes_of(name.rpartition("/")[2]),
        bytes_of(name),
        info.file_size,
        modified_ns,
        partial(_open, file, info, shown),
        problem,
        info.CRC,
    )


def _refused(place: Place, path: str, modified_ns: int, reason: str) -> Found:
    name = bytes_of(Path(path).name)

    def nothing() -> BinaryIO:
        raise DamagedFile(path, reason)

    return Found(place, path, name, b"", 0, modified_ns, nothing, reason)


def _open(file: zipfile.ZipFile, info: zipfile.ZipInfo, shown: str) -> BinaryIO:
    try:
        return cast("BinaryIO", _Member(file.open(info), shown))
    except _BROKEN as error:
        raise DamagedFile(shown, f"cannot be unpacked: {error}") from error
    except OSError as error:
        raise StoreError(shown, f"cannot be read: {error.strerror or error}") from error


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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
