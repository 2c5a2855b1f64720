"""Tiles of large photos, kept in cache.db once they were cut.

Only what somebody looked at is kept, and of that a bounded amount: the tiles of the
photos that were looked at longest ago go first.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from archive.cache import Cache, attempt, drop, reader, transaction
from archive.clock import timestamp, utc_now
from archive.errors import DamagedFile, NotFound, StoreError
from archive.workers import Failure, Outcome

MOST_BYTES = 512 << 20
_LARGEST_SIDE = 1 << 20  # pixels; over what any decoder takes


class Workers(Protocol):
    """What cuts: a pool of worker processes, or what stands before one."""

    def submit(self, function: str, /, *args: Any) -> Outcome:  # noqa: ANN401
        """Run one job and wait for its outcome."""


@dataclass(frozen=True, slots=True)
class Pyramid:
    """Size of the largest level, upright, in pixels."""

    width: int
    height: int


def pyramid(cache: Cache, workers: Workers, path: Path, sha256: str) -> Pyramid:
    """Return the size at which a photo can be looked at.

    :raises DamagedFile: there is no picture to cut (remembered, as for renditions)
    :raises StoreError: it cannot be read
    """
    row = attempt(cache, lambda connection: _used(connection, sha256), None)
    if row is None:
        row = _measured(cache, workers, path, sha256)
    width, height, reason = row
    if reason is not None:
        raise DamagedFile(path, reason)
    return Pyramid(width, height)


def _used(connection: Any, sha256: str) -> Any:  # noqa: ANN401
    connection.execute(
        "UPDATE pyramids SET used_at = ? WHERE sha256 = ?",
        (timestamp(utc_now()), sha256),
    )
    return connection.execute(
        "SELECT width, height, reason FROM pyramids WHERE sha256 = ? AND reader = ?",
        (sha256, reader()),
    ).fetchone()


def _measured(
    cache: Cache, workers: Workers, path: Path, sha256: str
) -> tuple[Any, Any, str | None]:
    outcome = workers.submit("archive.pyramids:measure", str(path))
    size, reason = outcome.value, _why_not(outcome.error, path)
    if reason is None and not _is_size(size):
        reason = "its size is not told"
    found: tuple[Any, Any, str | None] = (None, None, reason)
    if reason is None:
        found = (size["width"], size["height"], None)
    now = timestamp(utc_now())

    def write(connection: Any) -> None:  # noqa: ANN401
        with transaction(connection):
            connection.execute(
                "INSERT OR REPLACE INTO pyramids VALUES (?, ?, ?, ?, ?, ?)",
                (sha256, *found, reader(), now),
            )
            connection.execute("DELETE FROM tiles WHERE sha256 = ?", (sha256,))
            _make_room(connection)

    attempt(cache, write, None)
    _forget_when_gone(cache, path, sha256)
    return found


def _make_room(connection: Any) -> None:  # noqa: ANN401
    """Let go of the tiles of photos until what is left is little enough."""
    sizes = connection.execute(
        """
        SELECT p.sha256, sum(length(t.data))
        FROM pyramids p JOIN tiles t ON t.sha256 = p.sha256
        GROUP BY 1 ORDER BY p.used_at DESC
        """
    ).fetchall()
    kept = 0
    for sha256, size in sizes:
        kept += size
        if kept > MOST_BYTES:
            connection.execute("DELETE FROM tiles WHERE sha256 = ?", (sha256,))


def _is_size(size: Any) -> bool:  # noqa: ANN401 - a worker has read hostile files
    return isinstance(size, dict) and all(
        type(size.get(side)) is int and 0 < size[side] <= _LARGEST_SIDE
        for side in ("width", "height")
    )


def tile(  # noqa: PLR0917 - one tile, and what cuts it
    cache: Cache,
    workers: Workers,
    path: Path,
    sha256: str,
    halved: int,
    column: int,
    row: int,
) -> bytes:
    """Return one tile as JPEG, cut and kept when it is not there.

    :raises NotFound: no such tile
    :raises DamagedFile: there is no picture to cut
    :raises StoreError: it cannot be read
    """
    key = (sha256, halved, column, row)
    found = attempt(
        cache,
        lambda connection: connection.execute(
            """
            SELECT data FROM tiles
            WHERE sha256 = ? AND halved = ? AND column_ = ? AND row_ = ?
            """,
            key,
        ).fetchone(),
        None,
    )
    return found[0] if found else _cut(cache, workers, path, key)


def _cut(
    cache: Cache, workers: Workers, path: Path, key: tuple[str, int, int, int]
) -> bytes:
    outcome = workers.submit("archive.pyramids:cut", str(path), *key[1:])
    if outcome.error and outcome.error.type == "ValueError":
        raise NotFound("there is no such tile")
    if reason := _why_not(outcome.error, path):
        raise DamagedFile(path, reason)
    data = outcome.value
    if not isinstance(data, bytes) or not data.startswith(b"\xff\xd8\xff"):
        raise DamagedFile(path, "its tile is no JPEG")

    def write(connection: Any) -> None:  # noqa: ANN401
        connection.execute(
            "INSERT OR REPLACE INTO tiles VALUES (?, ?, ?, ?, ?)", (*key, data)
        )

    attempt(cache, write, None)
    _forget_when_gone(cache, path, key[0])
    return data


def _why_not(error: Failure | None, path: Path) -> str | None:
    """Return why a worker gave nothing.

    :raises StoreError: the file cannot be read, which is nothing to remember
    """
    if error is None:
        return None
    if error.type == "StoreError" or not path.exists():
        raise StoreError(path, error.reason)
    return error.reason


def _forget_when_gone(cache: Cache, path: Path, sha256: str) -> None:
    """Keep nothing of a photo that was purged meanwhile."""
    if not path.exists():
        drop(cache, sha256)
        raise StoreError(path, "the original is gone")
