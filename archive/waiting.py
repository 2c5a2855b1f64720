"""Beginning to write, behind another writer: a person who waits is told for whom.

SQLite sleeps between its tries, longer each time, up to a tenth of a second: somebody
who came late to a lock that is held for half a second looks for it ten times a second,
and finds it taken again by whoever writes much. So who waits here looks often and
evenly, and is the first one there when the lock is free. Ctrl-C is heard, too: nothing
of Python's runs while SQLite waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from archive import locks
from archive.database import explain, path_of
from archive.errors import ArchiveLocked
from archive.sqlite import sqlite3

LOOK = 0.003  # seconds between two tries; one takes some microseconds
TOLD_AFTER = 2.0  # seconds


def begin(connection: sqlite3.Connection) -> None:
    """Begin a transaction that writes, when no other process is writing any more.

    ``connection.waiting``, where it is set, is called once when that takes a while,
    with words for who is writing.

    :raises sqlite3.OperationalError: others wrote for as long as ``busy_timeout``
    """
    longest = int(connection.execute("PRAGMA busy_timeout").fetchone()[0])
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        _begin(connection, longest / 1000)
    finally:
        _wait_again(connection, longest)


def last_change(connection: sqlite3.Connection) -> int:
    """Return a number that grows with each batch of changes, whoever makes it.

    What jobs, logins and uploads note of themselves does not count.
    """
    row = connection.execute("select max(id) from batches").fetchone()
    return int(row[0] or 0)


def _wait_again(connection: sqlite3.Connection, longest: int) -> None:
    """Let other statements wait as before; who cannot has not begun either."""
    try:
        connection.execute(f"PRAGMA busy_timeout = {longest}")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _begin(connection: sqlite3.Connection, longest: float) -> None:
    """Try until it succeeds, for so many seconds."""
    tell: Callable[[str], None] | None = getattr(connection, "waiting", None)
    since, locked = time.monotonic(), ""
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            waited = time.monotonic() - since
            if str(error) != locked and not _is_lock(connection, error):
                raise
            locked = str(error)  # what it means is asked once: that takes longer
            if waited >= longest:
                raise
        else:
            return
        if tell is not None and waited >= TOLD_AFTER:
            tell(locks.who_writes(path_of(connection)))
            tell = None
        time.sleep(LOOK)


def _is_lock(connection: sqlite3.Connection, error: sqlite3.OperationalError) -> bool:
    return isinstance(explain(error, path_of(connection)), ArchiveLocked)
