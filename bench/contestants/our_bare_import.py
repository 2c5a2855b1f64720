"""Ours: an import that stores, reads facts and writes rows, but renders nothing."""

from pathlib import Path

from archive.database import open_archive
from archive.importing import import_photos
from bench.contestants.clock import Clock, peak_mb, read_task, tell


def main() -> None:
    task, clock = read_task(), Clock()
    archive = open_archive(Path(task["archive"]))
    with clock:
        import_photos(archive, [Path(task["source"])], jobs=1, renditions=False)
    tell(clock, task["photos"], rss=peak_mb())


main()
