"""Reading MBTiles: map tiles in an SQLite file. It comes from a stranger.

https://github.com/mapbox/mbtiles-spec. Only its tables or views ``tiles`` and
``metadata`` are asked, on a connection of their own that may do nothing but that:
https://www.sqlite.org/security.html, "Untrusted SQLite Database Files".
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive.errors import DamagedFile
from archive.sqlite import sqlite3

MAGIC = b"SQLite format 3\0"
LARGEST_TILE = 4 << 20  # bytes
_LONGEST_TEXT = 10_000  # bytes of a value in its metadata
_SECONDS = 2.0  # for one answer
_STEPS = 1_000  # of SQLite's machine between looks at the clock


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open such a file for reading its tiles and nothing else.

    :raises DamagedFile: instead of any error of SQLite's
    """
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    connection = None
    try:
        connection = sqlite3.connect(address, uri=True, isolation_level=None)
        for pragma in (
            "trusted_schema = OFF",
            "cell_size_check = ON",
            "mmap_size = 0",
            "query_only = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")
        connection.set_authorizer(_authorize)
        end = time.monotonic() + _SECONDS
        connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        yield connection
    except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
        raise DamagedFile(path, f"cannot be read as a map: {error}") from error
    finally:
        if connection is not None:
            connection.close()


def _authorize(
    action: int, one: str | None, two: str | None, database: str | None, by: str | None
) -> int:
    """Allow plain selects; of functions ``length`` alone, and no recursion."""
    del one, database, by
    fine = action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ) or (
        action == sqlite3.SQLITE_FUNCTION and two == "length"
    )
    return int(sqlite3.SQLITE_OK if fine else sqlite3.SQLITE_DENY)


def read_metadata(connection: sqlite3.Connection) -> dict[str, str]:
    """Return what the file says about itself."""
    rows = connection.execute(
        "select name, value from metadata where length(value) <= ? limit 100",
        (_LONGEST_TEXT,),
    )
    return {str(name): str(value) for name, value in rows}


def zooms(connection: sqlite3.Connection) -> tuple[int, int] | None:
    """Return the first and last zoom that has tiles; None: there are none."""
    ends = [
        connection.execute(
            f"select zoom_level from tiles order by zoom_level {way} limit 1"
        ).fetchone()
        for way in ("asc", "desc")
    ]
    if None in ends or not all(type(row[0]) is int for row in ends):
        return None
    return ends[0][0], ends[1][0]


def any_tile(connection: sqlite3.Connection, zoom: int) -> bytes | None:
    """Return some tile of a zoom."""
    return _picture(
        connection.execute(
            "select tile_data from tiles where zoom_level = ?"
            " and length(tile_data) <= ? limit 1",
            (zoom, LARGEST_TILE),
        ).fetchone()
    )


def read_tile(path: Path, zoom: int, x: int, y: int) -> bytes | None:
    """Return a tile's picture; None: the file has none there. Rows count from south.

    :raises DamagedFile: the file is not what it says
    """
    with opened(path) as connection:
        return _picture(
            connection.execute(
                """
                select tile_data from tiles where zoom_level = ? and tile_column = ?
                    and tile_row = ? and length(tile_data) <= ? limit 1
                """,
                (zoom, x, (1 << zoom) - 1 - y, LARGEST_TILE),
            ).fetchone()
        )


def _picture(row: tuple[object, ...] | None) -> bytes | None:
    return row[0] if row and isinstance(row[0], bytes) else None
