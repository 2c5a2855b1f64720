"""The one place that decides which SQLite library this process uses.

Two SQLite libraries in one process drop each other's POSIX locks and silently lose
committed rows (measured: 10 of 10 trials malformed). Datasette and sqlite-utils both
try ``pysqlite3`` first, so we do the same, and everything else imports it from here.
"""

from __future__ import annotations

try:
    import pysqlite3 as sqlite3  # type: ignore[import-untyped,unused-ignore]
except ImportError:  # no wheel for this platform: the standard library's
    import sqlite3  # type: ignore[no-redef,unused-ignore]

__all__ = ["VERSION", "has_wal_reset_fix", "journal_mode", "sqlite3"]

VERSION: tuple[int, ...] = tuple(int(n) for n in sqlite3.sqlite_version.split("."))


def has_wal_reset_fix(version: tuple[int, ...] = VERSION) -> bool:
    """Whether checkpoint and commit can no longer race (the WAL-reset bug).

    Fixed in SQLite 3.51.3, and back-ported to 3.50.7 and 3.44.6.
    """
    return (
        version >= (3, 51, 3)
        or (3, 50, 7) <= version < (3, 51)
        or (3, 44, 6) <= version < (3, 45)
    )


def journal_mode(version: tuple[int, ...] = VERSION) -> str:
    """``WAL`` where this library has the WAL-reset fix, else ``TRUNCATE``."""
    return "WAL" if has_wal_reset_fix(version) else "TRUNCATE"
