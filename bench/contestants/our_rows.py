"""Ours: so many made-up rows into an empty archive, in bulk or through the triggers.

Making the rows up is not the archive's work: it is done once more into a sink, and
that time is taken off.
"""

from collections.abc import Iterable
from pathlib import Path
from random import Random

from archive.batches import batch
from archive.database import Archive, create_archive, open_archive
from archive.people import owner
from bench import filling
from bench.contestants.clock import Clock, peak_mb, read_task, tell


class Sink:
    """A connection on which nothing is inserted."""

    def __init__(self, connection: object) -> None:
        self.execute = connection.execute  # type: ignore[attr-defined]

    def executemany(self, _sql: str, _rows: Iterable[object]) -> None:
        """Take the rows and do nothing."""


def make_up(archive: Archive, count: int, clock: Clock) -> None:
    """What the rows cost before they reach the database."""
    connection = archive.connection
    actor = owner(connection)
    with batch(connection, actor, origin="import", reason="places") as opened:
        site = filling._site(connection, opened)  # noqa: SLF001
        with clock:
            filling._load(Sink(connection), opened, site, count, Random(1))  # noqa: SLF001


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
    make_up(open_archive(other), task["rows"], making)
    clock.cpu -= making.cpu
    clock.wall -= making.wall
    size = (folder / "archive.db").stat().st_size / 1e6
    tell(clock, task["rows"], rss=peak_mb(), megabytes=size, making=making.cpu)


main()
