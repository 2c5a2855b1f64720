"""Ours: the originals that a laptop lacks, until the last is stored; pictures are not.

Importing and starting are not counted, meeting the hub is.
"""

from pathlib import Path

from archive.database import open_archive
from bench.contestants.clock import Clock, peak_mb, read_task, tell
from sync.driving.runs import Surroundings, Wishes, synchronise


def main() -> None:
    task, clock = read_task(), Clock()
    with open_archive(Path(task["archive"])) as archive, clock:
        report = synchronise(archive, Wishes(pictures=False), Surroundings())
    tell(clock, report.done["fetch original photo"], rss=peak_mb())


main()
