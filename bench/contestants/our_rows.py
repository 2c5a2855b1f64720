"""Ours: so many made-up rows into an empty archive, in bulk or through the triggers.

Making the rows up is not the archive's work: it is done once more into a sink, and
that time is taken off.
"""

from collections.abc import Iterable
from pathlib import Path

from archive.database import create_archive, open_archive
from archive.sqlite import sqlite3
from bench import filling
from bench.contestants.clock import Clock, peak_mb, read_task, tell


class Sink:
    """A connection on which none of the rows are inserted."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __getattr__(self, name: str) -> object:
        return getattr(self.connection, name)

    def executemany(self, _sql: str, _rows: Iterable[object]) -> None:
        """Take the rows and do nothing."""


def main() -> None:
    task, clock, making = read_task(), Clock(), Clock()
    folder = Path(task["archive"])
    create_archive(folder, "Benchmark")
    archive = open_archive(folder)
    with clock:
        filling.fill(archive.connection, task["rows"], one_by_one=task["one_by_one"])
    archive.connection.close()
    other = folder.with_name(folder.name + "-sink")
    create_archive(other, "Sink")
    sink = Sink(open_archive(other).connection)
    with making:
        filling.fill(sink, task["rows"], one_by_one=True)
    clock.cpu -= making.cpu
    clock.wall -= making.wall
    size = (folder / "archive.db").stat().st_size / 1e6
    tell(clock, task["rows"], rss=peak_mb(), megabytes=size, making=making.cpu)


main()
