"""How near renditions come to a full decode resized with Lanczos, in dB of luma.

Two figures a size: the PSNR of the file against the untouched reference pixels, and
how much that lies under the reference itself encoded at quality 80 (WebP: 72).
"""

import io
from math import log10
from pathlib import Path
from statistics import mean

import numpy as np
from PIL import Image, ImageOps

from bench.contestants.clock import Clock, read_task, tell

SIZES = (1600, 720, 240)
# The reference's, whatever ours are: WebP at the effort that Pillow takes by itself
SETTINGS = {"JPEG": {"quality": 80}, "WEBP": {"quality": 72}}


def luma(image: Image.Image) -> np.ndarray:
    """Brightness as numbers."""
    return np.asarray(image.convert("L"), dtype=np.float64)


def psnr(one: Image.Image, other: Image.Image) -> float:
    """Peak signal to noise ratio of the brightness of two pictures, dB."""
    error = float(np.mean((luma(one) - luma(other)) ** 2))
    return 10 * log10(255**2 / max(error, 1e-9))


def compare(source: Image.Image, file: Path) -> tuple[float, float]:
    """PSNR of a file, and by how much a reference encoded alike is better."""
    with Image.open(file) as made:
        made.load()
        kind = made.format or "JPEG"
    reference = source.resize(made.size, Image.Resampling.LANCZOS)
    encoded = io.BytesIO()
    reference.save(encoded, kind, **SETTINGS[kind])
    with Image.open(encoded) as best:
        own = psnr(made, reference)
        return own, psnr(best, reference) - own


def main() -> None:
    task = read_task()
    out = Path(task["out"])
    found: dict[int, list[tuple[float, float]]] = {size: [] for size in SIZES}
    for path in map(Path, task["photos"]):
        with Image.open(path) as image:
            source = ImageOps.exif_transpose(image).convert("RGB")
        for size in SIZES:
            for file in out.glob(f"{path.stem}.{size}.*"):
                found[size].append(compare(source, file))
    figures = {}
    for size, pairs in found.items():
        figures[f"psnr_{size}"] = mean(own for own, _ in pairs)
        figures[f"drop_{size}"] = mean(drop for _, drop in pairs)
    tell(Clock(), 1, **figures)


main()
