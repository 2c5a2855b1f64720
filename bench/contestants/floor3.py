"""The floor: libjpeg-turbo decodes at 1/2 and encodes three sizes; resizing is free.

No product can do less for three JPEG renditions. What is not decoding, encoding or
writing a file (the resize, here Pillow's) runs while the clock stands.
"""

from pathlib import Path

import numpy as np
import simplejpeg
from PIL import Image

from bench.contestants.clock import Clock, peak_mb, read_task, tell

SIZES = (1600, 720, 240)


def fitted(image: Image.Image, box: int) -> Image.Image:
    """The picture in a box of that many pixels."""
    scale = box / max(image.size)
    size = (round(image.width * scale), round(image.height * scale))
    return image.resize(size, Image.Resampling.LANCZOS)


def render(source: Path, out: Path, clock: Clock) -> None:
    """Three JPEG files of one photo."""
    with clock:
        data = source.read_bytes()
        height, width, _, _ = simplejpeg.decode_jpeg_header(data)
        half = simplejpeg.decode_jpeg(
            data,
            "RGB",
            fastdct=False,
            fastupsample=False,
            min_height=(height + 1) // 2,
            min_width=(width + 1) // 2,
            min_factor=2,
        )
    image = Image.fromarray(half)
    for size in SIZES:
        image = fitted(image, size)
        pixels = np.ascontiguousarray(np.asarray(image))
        with clock:
            encoded = simplejpeg.encode_jpeg(
                pixels, 80, "RGB", colorsubsampling="420", fastdct=False
            )
            (out / f"{source.stem}.{size}.jpg").write_bytes(encoded)


def main() -> None:
    task, clock = read_task(), Clock()
    out = Path(task["out"])
    render(Path(task["photos"][0]), out, Clock())
    for path in task["photos"]:
        render(Path(path), out, clock)
    tell(clock, len(task["photos"]), rss=peak_mb())


main()
