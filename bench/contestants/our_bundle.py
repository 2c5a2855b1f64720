"""Originals into a bundle, as ``asbuilt exchange export`` writes them."""

from pathlib import Path

from bench.contestants.clock import Clock, peak_mb, read_task, tell
from sync.bundles.model import Blob, Heading
from sync.bundles.writing import write

ARCHIVE = "0198aaaa-0000-7000-8000-000000000001"
HEADING = Heading(ARCHIVE, "Bench", "bench", 1, "2026-01-01", 1, {}, None)


def main() -> None:
    task, clock = read_task(), Clock()
    paths = [Path(path) for path in task["photos"]]
    paths.sort(key=lambda path: path.name)
    with clock:
        blobs = (Blob(path.stem, path.stat().st_size, path) for path in paths)
        records = ({"e": "photo", "u": path.stem} for path in paths)
        parts = {"records": records}
        write(Path(task["out"]), HEADING, parts, blobs, fast=task["fast"])
    tell(clock, len(paths), rss=peak_mb())


main()
