"""Ours: an import that stores, reads facts and writes rows, but renders nothing."""

from pathlib import Path

from archive.database import open_archive
from archive.importing import import_photos
from archive.people import owner
from bench.contestants.clock import Clock, read_task, tell


def main() -> None:
    task, clock = read_task(), Clock()
    archive = open_archive(Path(task["archive"]))
    with clock:
        report = import_photos(
            archive,
            owner(archive.connection),
            [Path(task["source"])],
            workers=1,
            renditions=task.get("renditions", False),
        )
    tell(clock, task["photos"], imported=len(report.imported))


main()
