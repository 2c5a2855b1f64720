"""Ours: ``make_renditions`` in one process, its files written like the others'."""

from pathlib import Path

from archive.facts import Facts, read_facts
from archive.renditions import make_renditions
from bench.contestants.clock import Clock, peak_mb, read_task, tell

SUFFIXES = {"image/jpeg": "jpg", "image/webp": "webp"}


def render(source: Path, facts: Facts, out: Path) -> None:
    """The renditions of one photo, as files."""
    for made in make_renditions(source, facts):
        size = max(made.width, made.height)
        name = f"{source.stem}.{size}.{SUFFIXES[made.media_type]}"
        (out / name).write_bytes(made.data)


def main() -> None:
    task, clock = read_task(), Clock()
    out = Path(task["out"])
    photos = [(path, read_facts(path)) for path in map(Path, task["photos"])]
    render(*photos[0], out)
    with clock:
        for path, facts in photos:
            render(path, facts, out)
    tell(clock, len(photos), rss=peak_mb())


main()
