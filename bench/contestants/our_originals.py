"""Ours: the originals that a laptop lacks, until the last is stored; pictures are not.

What counts is what the files add to a run. Importing, starting and meeting the hub do
not: the same run with nothing to fetch is taken off, once all that it reads is read.
"""

from pathlib import Path

from archive.database import Archive, open_archive
from bench.contestants.clock import Clock, peak_mb, read_task, tell
from sync.driving.runs import Surroundings, Wishes, synchronise
from sync.planning import Selection

NONE = Selection(wants=lambda _: False)


def main() -> None:
    task = read_task()
    with open_archive(Path(task["archive"])) as archive:
        timed(archive, Wishes(selection=NONE))
        meeting, _ = timed(archive, Wishes(selection=NONE))
        clock, count = timed(archive, Wishes(pictures=False))
    ms = meeting.wall * 1000
    clock.cpu, clock.wall = clock.cpu - meeting.cpu, clock.wall - meeting.wall
    tell(clock, count, rss=peak_mb(), says=f"and {ms:.0f} ms for meeting the hub")


def timed(archive: Archive, wishes: Wishes) -> tuple[Clock, int]:
    """Return what a run cost, and how many originals came."""
    with (clock := Clock()):
        report = synchronise(archive, wishes, Surroundings())
    return clock, report.done["fetch original photo"]


main()
