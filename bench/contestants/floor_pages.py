"""The floor of a report with small photos: decode as small as will do, and encode.

No product can do less for a JPEG of 520 px: what a photo four to a page has at 150 dots
per inch. What is not decoding or encoding (the resize) runs while the clock stands.
"""

from pathlib import Path

import numpy as np
import simplejpeg
from PIL import Image

from bench.contestants.clock import Clock, peak_mb, read_task, tell

WIDTH, HEIGHT = 520, 390


def render(source: Path, clock: Clock) -> None:
    """One photo, as a page would have it."""
    with clock:
        data = source.read_bytes()
        small = simplejpeg.decode_jpeg(
            data, "RGB", min_height=HEIGHT, min_width=WIDTH, min_factor=1
        )
    image = Image.fromarray(small).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    pixels = np.ascontiguousarray(np.asarray(image))
    with clock:
        simplejpeg.encode_jpeg(pixels, 85, "RGB", colorsubsampling="420")


def main() -> None:
    task, clock = read_task(), Clock()
    render(Path(task["photos"][0]), Clock())
    for path in task["photos"]:
        render(Path(path), clock)
    tell(clock, len(task["photos"]), rss=peak_mb())


main()
