"""Ours: so many made-up rows into an empty archive, in bulk or through the triggers."""

from pathlib import Path

from archive.database import create_archive, open_archive
from bench.contestants.clock import Clock, peak_mb, read_task, tell
from bench.filling import fill


def main() -> None:
    task, clock = read_task(), Clock()
    folder = Path(task["archive"])
    create_archive(folder, "Benchmark")
    archive = open_archive(folder)
    with clock:
        fill(archive.connection, task["rows"], one_by_one=task["one_by_one"])
    tell(clock, task["rows"], rss=peak_mb())


main()
