"""pyvips: shrink on load to 1600 px, then 720 from that and 240 from that."""

from pathlib import Path

import pyvips

from bench.contestants.clock import Clock, peak_mb, read_task, tell


def render(source: Path, out: Path) -> None:
    """Three JPEG files of one photo, upright."""
    image = pyvips.Image.thumbnail(str(source), 1600, height=1600).copy_memory()
    image.write_to_file(str(out / f"{source.stem}.1600.jpg"), Q=80)
    for size in (720, 240):
        image = image.thumbnail_image(size, height=size).copy_memory()
        image.write_to_file(str(out / f"{source.stem}.{size}.jpg"), Q=80)


def main() -> None:
    task, clock = read_task(), Clock()
    out = Path(task["out"])
    render(Path(task["photos"][0]), out)
    with clock:
        for path in task["photos"]:
            render(Path(path), out)
    tell(clock, len(task["photos"]), rss=peak_mb())


main()
