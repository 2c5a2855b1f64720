"""From an error to one line on stderr and an exit code.

    0    done
    1    failed, with a message
    2    the command line could not be understood (click's own)
    3    not everything was done, safe to run again (a command says so itself)
    130  stopped by the person

Only what a person can do something about is turned into a line: our own errors, what
the disk answers, and a database that is damaged, locked or cannot be written. Anything
else is a fault of the program and keeps its traceback.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click

from archive.errors import ArchiveError, printable

FAILED = 1
INTERRUPTED = 130

DISK_ANSWERS = {
    errno.EACCES,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EIO,
    errno.EISDIR,
    errno.EMFILE,
    errno.ENAMETOOLONG,
    errno.ENODEV,
    errno.ENOENT,
    errno.ENOSPC,
    errno.ENOTDIR,
    errno.ENXIO,
    errno.EPERM,
    errno.EROFS,
}

# Primary result codes, https://www.sqlite.org/rescode.html
DATABASE_ANSWERS = {
    3: "the database may not be opened here (access permission denied)",
    5: "another process is writing to the archive; try again when it is done",
    6: "another process is writing to the archive; try again when it is done",
    8: "the archive is read-only: its folder or its database cannot be written",
    10: "the disk failed while the database was read or written",
    11: "the database is damaged; work on a copy of the folder from now on",
    13: "the disk is full; nothing of this change was kept",
    14: "the database cannot be opened",
    26: "the database is damaged: its first bytes are not those of SQLite",
}


class Failure(click.ClickException):
    """A failure with its sentence, shown as ``asbuilt: <sentence>``."""

    exit_code = FAILED

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the one line; to stderr unless told otherwise."""
        click.echo(f"asbuilt: {self.format_message()}", file=file, err=True)


@contextmanager
def reported() -> Iterator[None]:
    """Turn what a person can act on into a message and an exit code."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo("\nasbuilt: stopped", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None
    except Exception as error:
        message = sentence(error)
        if message is None:
            raise
        raise Failure(message) from error


def sentence(error: Exception) -> str | None:
    """Say what went wrong, or return None when the error is the program's own fault."""
    if isinstance(error, ArchiveError):
        return str(error)
    if isinstance(error, OSError):
        return disk_sentence(error)
    return database_sentence(error)


def disk_sentence(error: OSError) -> str | None:
    """``<path>: <reason>`` for what a disk answers; a closed pipe is click's affair."""
    if error.errno not in DISK_ANSWERS:
        return None
    reason = (error.strerror or "the disk refused").lower()
    names = [name for name in (error.filename, error.filename2) if name is not None]
    return ": ".join([*(printable(text(name)) for name in names), reason])


def text(name: str | bytes | int) -> str:
    """A file name as text: it may have come as bytes or as a descriptor."""
    if isinstance(name, bytes):
        return name.decode("utf-8", "surrogateescape")
    return str(name)


def database_sentence(error: Exception) -> str | None:
    """What the database answers, when it is about the file and not about the SQL."""
    from archive.sqlite import sqlite3

    if not isinstance(error, sqlite3.Error):
        return None
    code = getattr(error, "sqlite_errorcode", None) or 0
    answer = DATABASE_ANSWERS.get(code & 0xFF)  # the upper bytes only refine it
    return f"{answer} ({error})" if answer else None
