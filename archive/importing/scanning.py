"""Finding what to import: files, whole folders, zips. Nothing is ever written here."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from archive.database import DATABASE, MARKER
from archive.errors import InvalidInput, NotFound, StoreError, printable
from archive.importing.model import Found, Place, bytes_of, place_of
from archive.importing.zips import is_zip, zip_members

# What systems leave beside photos. Passed over without a word, but counted.
IGNORED = re.compile(
    r"\.|thumbs\.db$|ehthumbs\.db$|desktop\.ini$|@eadir$|__macosx$|\$recycle\.bin$"
    r"|system volume information$|picasa\.ini$",
    re.IGNORECASE,
)


def find_files(
    archive_folder: Path, paths: Iterable[Path], ignored: Callable[[], None]
) -> Iterator[Found]:
    """Find everything below the paths, folders in the order of their names.

    Symbolic links are followed when named themselves, not inside folders: one on a
    stick could lead anywhere.

    :param ignored: called for each system file that is passed over
    :raises NotFound: a path does not exist
    :raises InvalidInput: a path lies inside the archive
    """
    home = Path(os.path.realpath(archive_folder))
    for path in paths:
        check_path(home, path)
    for path in paths:
        if path.is_dir():
            yield from _walk(home, place_of(path), path, "", ignored)
        else:
            yield from _one(path, ignored)


def check_path(home: Path, path: Path) -> None:
    """Refuse a path that is not there or lies inside the archive.

    :param home: the archive's folder, resolved
    """
    if not os.path.lexists(path):
        raise NotFound(f"{printable(str(path))}: there is no such file or folder")
    real = Path(os.path.realpath(path))
    if real == home or home in real.parents:
        raise InvalidInput(f"{printable(str(path))}: lies inside the archive itself")


def _one(path: Path, ignored: Callable[[], None]) -> Iterator[Found]:
    try:
        state = path.stat()
    except OSError as error:
        yield _unreadable(place_of(path.parent), str(path), path.name, error)
        return
    yield from _file(
        place_of(path.parent), str(path), path.name, path.name, state, ignored
    )


def _walk(
    home: Path, place: Place, folder: Path, below: str, ignored: Callable[[], None]
) -> Iterator[Found]:
    try:
        entries = sorted(os.scandir(folder), key=lambda e: bytes_of(e.name))
    except OSError as error:
        yield _unreadable(place, str(folder), below, error)
        return
    for entry in entries:
        inside = f"{below}/{entry.name}" if below else entry.name
        if IGNORED.match(entry.name):
            ignored()
        elif entry.is_symlink():
            yield _refused(place, entry.path, inside, "it is a symbolic link")
        elif entry.is_dir(follow_symlinks=False):
            if _is_archive(entry.path):
                if Path(os.path.realpath(entry.path)) != home:
                    reason = "it is an archive of its own"
                    yield _refused(place, entry.path, inside, reason)
                continue
            yield from _walk(home, place, Path(entry.path), inside, ignored)
        else:
            yield from _entry(place, entry, inside, ignored)


def _entry(
    place: Place, entry: os.DirEntry[str], inside: str, ignored: Callable[[], None]
) -> Iterator[Found]:
    try:
        state = entry.stat(follow_symlinks=False)
    except OSError as error:
        yield _unreadable(place, entry.path, inside, error)
        return
    yield from _file(place, entry.path, entry.name, inside, state, ignored)


def _file(
    place: Place,
    shown: str,
    name: str,
    inside: str,
    state: os.stat_result,
    ignored: Callable[[], None],
) -> Iterator[Found]:
    if not stat.S_ISREG(state.st_mode):
        yield _refused(place, shown, inside, "it is not a regular file")
        return
    if name.lower().endswith(".zip") and is_zip(shown):
        yield from zip_members(shown, state.st_mtime_ns, IGNORED, ignored)
        return
    yield Found(
        place,
        shown,
        bytes_of(name),
        bytes_of(inside),
        state.st_size,
        state.st_mtime_ns,
        partial(open_source, shown),
    )


def open_source(path: str) -> BinaryIO:
    """Open a file to import, for reading only.

    :raises StoreError: it cannot be read
    """
    try:
        return open(path, "rb", buffering=0)  # type: ignore[return-value]  # noqa: SIM115
    except OSError as error:
        raise StoreError(path, f"cannot be read: {error.strerror}") from error


def _is_archive(path: str) -> bool:
    return os.path.exists(os.path.join(path, MARKER)) and os.path.exists(
        os.path.join(path, DATABASE)
    )


def _unreadable(place: Place, shown: str, inside: str, error: OSError) -> Found:
    return _refused(place, shown, inside, f"cannot be read: {error.strerror}")


def _refused(place: Place, shown: str, inside: str, reason: str) -> Found:
    name = bytes_of(os.path.basename(inside))
    return Found(
        place, shown, name, bytes_of(inside), 0, 0, partial(open_source, shown), reason
    )
