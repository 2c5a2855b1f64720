"""Finding what to import: files, whole folders, zips. Nothing is ever written here."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from operator import attrgetter
from pathlib import Path

from archive.database import DATABASE, MARKER
from archive.errors import NotFound, printable
from archive.importing.model import Found, Place, bytes_of, place_of
from archive.importing.staging import NOT_REGULAR, open_source
from archive.importing.zips import is_zip, zip_members

# What systems leave beside photos. Passed over without a word, but counted.
IGNORED = re.compile(
    r"\.|thumbs\.db$|ehthumbs\.db$|desktop\.ini$|@eadir$|__macosx$|\$recycle\.bin$"
    r"|system volume information$|picasa\.ini$",
    re.IGNORECASE,
)

_NAMED = 5  # wrong paths in one sentence
Identity = tuple[int, int]  # device and inode: one folder may have several names
_name = attrgetter("name")


def find_files(
    archive_folder: Path, paths: Iterable[Path], ignored: Callable[[], None]
) -> Iterator[Found]:
    """Find everything below the paths, folders in the order of their names.

    Symbolic links are followed when named themselves, not inside folders: one on a
    stick could lead anywhere. The archive's own folder is passed over.

    :param ignored: called for each system file that is passed over
    """
    home = _identity(archive_folder)
    for path in paths:
        problem = _problem(home, path)
        if problem is not None:
            yield _refused(place_of(path.parent), str(path), path.name, problem)
        elif os.path.isdir(path):  # noqa: PTH112 - an error is no folder
            yield from _walk(home, path, ignored)
        else:
            yield from _one(path, ignored)


def check_paths(archive_folder: Path, paths: Sequence[Path]) -> None:
    """Refuse paths of which none can be imported from; one that can is enough.

    :raises NotFound: they are not there, or lie inside the archive
    """
    home = _identity(archive_folder)
    problems = [_problem(home, path) for path in paths]
    if problems and all(problems):
        told = [
            f"{printable(str(path))}: {problem}"
            for path, problem in zip(paths[:_NAMED], problems, strict=False)
        ]
        more = [f"and {len(paths) - _NAMED:,} more"] if len(paths) > _NAMED else []
        raise NotFound("; ".join(told + more))


def _problem(home: Identity | None, path: Path) -> str | None:
    """Why a path that a person named cannot be imported from."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return "there is no such file or folder"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    real = Path(os.path.realpath(path))
    if any(_identity(folder) == home for folder in (real, *real.parents)):
        return "lies inside the archive itself"
    return None


def _identity(path: str | os.PathLike[str]) -> Identity | None:
    try:
        state = Path(path).stat()
    except OSError:
        return None
    return state.st_dev, state.st_ino


def _one(path: Path, ignored: Callable[[], None]) -> Iterable[Found]:
    place = place_of(path.parent)
    try:
        state = path.stat()
    except OSError as error:
        return (_unreadable(place, str(path), path.name, error),)
    return _file(place, str(path), path.name, state, ignored)


def _walk(
    home: Identity | None, folder: Path, ignored: Callable[[], None]
) -> Iterator[Found]:
    """Walk a tree without recursion: on a hostile stick it may be very deep."""
    place = place_of(folder)
    levels: list[Iterator[tuple[str, os.DirEntry[str]]]] = []
    below, path = "", os.fspath(folder)
    while True:
        try:
            levels.append(_list(path, below))
        except OSError as error:
            yield _unreadable(place, path, below, error)
        while levels:
            inside, entry = next(levels[-1], ("", None))
            if entry is None:
                levels.pop()
            elif IGNORED.match(entry.name):
                ignored()
            elif _is_folder(entry):
                reason = _closed(home, entry.path)
                if reason is None:
                    below, path = inside, entry.path
                    break
                if reason:
                    yield _refused(place, entry.path, inside, reason)
            else:
                yield from _entry(place, entry, inside, ignored)
        else:
            return


def _list(path: str, below: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """The entries of a folder by name, each with its path below the place."""
    with os.scandir(path) as entries:
        ordered = sorted(entries, key=_name)
    prefix = f"{below}/" if below else ""
    return ((f"{prefix}{entry.name}", entry) for entry in ordered)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _closed(home: Identity | None, path: str) -> str | None:
    """Why a folder is not gone into; "" when without a word; None when it is."""
    if not all(Path(path, name).exists() for name in (MARKER, DATABASE)):
        return None
    return "" if _identity(path) == home else "it is an archive of its own"


def _entry(
    place: Place, entry: os.DirEntry[str], inside: str, ignored: Callable[[], None]
) -> Iterable[Found]:
    try:
        state = entry.stat(follow_symlinks=False)
    except OSError as error:
        return (_unreadable(place, entry.path, inside, error),)
    if stat.S_ISLNK(state.st_mode):
        return (_refused(place, entry.path, inside, "it is a symbolic link"),)
    return _file(place, entry.path, inside, state, ignored)


def _file(
    place: Place,
    shown: str,
    inside: str,
    state: os.stat_result,
    ignored: Callable[[], None],
) -> Iterable[Found]:
    if not stat.S_ISREG(state.st_mode):
        return (_refused(place, shown, inside, NOT_REGULAR),)
    path = bytes_of(inside)
    if path[-4:].lower() == b".zip" and is_zip(shown):
        return zip_members(shown, state.st_mtime_ns, IGNORED, ignored)
    found = Found(
        place,
        shown,
        path.rpartition(b"/")[2],
        path,
        state.st_size,
        state.st_mtime_ns,
        partial(open_source, shown),
    )
    return (found,)


def _unreadable(place: Place, shown: str, inside: str, error: OSError) -> Found:
    return _refused(place, shown, inside, f"cannot be read: {error.strerror}")


def _refused(place: Place, shown: str, inside: str, reason: str) -> Found:
    return Found(
        place,
        shown,
        bytes_of(inside.rpartition("/")[2]),
        bytes_of(inside),
        0,
        0,
        partial(open_source, shown),
        reason,
    )
