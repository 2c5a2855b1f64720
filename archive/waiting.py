"""Beginning to write, behind another writer: a person who waits is told for whom.

SQLite sleeps between its tries. It does so in slices of a second where somebody is to
be told, so that Ctrl-C is heard, too: nothing of Python's runs while SQLite waits.
"""

from __future__ import annotations

from collections.abc import Callable

from archive import locks
from archive.database import explain, path_of
from archive.errors import ArchiveLocked
from archive.sqlite import sqlite3

SLICE = 1000  # milliseconds
TOLD_AFTER = 2000  # milliseconds


def begin(connection: sqlite3.Connection) -> None:
    """Begin a transaction that writes, when no other process is writing any more.

    ``connection.waiting``, where it is set, is called once when that takes a while,
    with words for who is writing.

    :raises sqlite3.OperationalError: others wrote for as long as ``busy_timeout``
    """
    tell = getattr(connection, "waiting", None)
    if tell is None:
        connection.execute("BEGIN IMMEDIATE")
        return
    longest = int(connection.execute("PRAGMA busy_timeout").fetchone()[0])
    try:
        _begin_in_slices(connection, longest, tell)
    finally:
        connection.execute(f"PRAGMA busy_timeout = {longest}")


def _begin_in_slices(
    connection: sqlite3.Connection, longest: int, tell: Callable[[str], None]
) -> None:
    waited, told = 0, False
    while True:
        part = min(SLICE, longest - waited)
        connection.execute(f"PRAGMA busy_timeout = {part}")
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            waited += part
            held = isinstance(explain(error, path_of(connection)), ArchiveLocked)
            if not held or waited >= longest:
                raise
        else:
            return
        if waited >= TOLD_AFTER and not told:
            told = True
            tell(locks.who_writes(path_of(connection)))
