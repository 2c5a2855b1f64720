"""Ours: ``read_facts`` of each photo, and what it read, to be held against others."""

from dataclasses import asdict
from pathlib import Path

from archive.facts import read_facts
from bench.contestants.clock import Clock, peak_mb, read_task, tell


def main() -> None:
    task, clock = read_task(), Clock()
    paths = [Path(path) for path in task["photos"]]
    read_facts(paths[0])
    with clock:
        facts = [read_facts(path) for path in paths]
    told = [asdict(one) for one in facts]
    tell(clock, len(paths), rss=peak_mb(), facts=told)


main()
