"""What came of a file that broke off: how much of it is sure, and what it is of.

A file grows in ``incoming/<uuid>.part``. Where it breaks off, what came is brought to
the disk, and beside it is written how much that is, and the mark (ETag) of what it is a
part of. What else is in the file may be holes after a power cut, and is read by nobody.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path

from archive.disk import drop_from_memory, flush, sync_folder
from sync.driving.pipes import length_of


def kept(path: Path) -> tuple[int, str]:
    """Return how many bytes of a file are here for sure, and the mark they are of.

    What another name has, too, or what is not to be written to, is an original by now:
    the program was killed while the file landed.
    """
    try:
        told, _, mark = _mark_of(path).read_text("ascii").partition(" ")
        about = path.lstat()
    except (OSError, ValueError):
        return 0, ""
    size = length_of(told) or 0
    is_ours = stat.S_ISREG(about.st_mode) and about.st_nlink == 1
    is_ours &= bool(about.st_mode & stat.S_IWUSR)
    is_sure = is_ours and size <= about.st_size and _is_strong(mark)
    return (size, mark) if is_sure else (0, "")


def _is_strong(mark: str) -> bool:
    """Whether a mark promises the same bytes: a weak one (W/"…") does not.

    RFC 9110, 8.8.1 and 13.1.5.
    """
    return len(mark) > 1 and mark.isascii() and mark[0] == mark[-1] == '"'


def _mark_of(path: Path) -> Path:
    return path.with_suffix(".etag")


def discard(path: Path) -> None:
    """Remove a file and its mark; the mark first, or it would pass for a later file's.

    What cannot be removed is found by who makes the file anew.
    """
    with suppress(OSError):
        mark = _mark_of(path)
        if mark.exists():
            mark.unlink(missing_ok=True)
            sync_folder(mark.parent)
    with suppress(OSError):
        path.unlink(missing_ok=True)


@contextmanager
def marked(path: Path, file: FileIO, mark: str) -> Iterator[Callable[[], None]]:
    """Keep what came of a file where it breaks off, for whoever goes on with it.

    :return: what keeps it before
    """

    def keep() -> None:
        if _is_strong(mark):
            flush(file.fileno())
            _mark_of(path).write_text(f"{file.tell()} {mark}", "ascii")

    try:
        yield keep
    except BaseException:
        # what is not sure to be on the disk has no mark, or that of less
        with suppress(OSError, ValueError):
            file.truncate()  # what was reserved for the rest
            keep()
        raise


def write_behind(file: FileIO) -> None:
    """Let the system begin to bring a file to the disk, and wait for nothing.

    Who makes it an original waits until it is there; other files come meanwhile.
    """
    drop_from_memory(file.fileno())
