"""Makes the photos that the benchmark runs on, and keeps them between runs.

Photo number i is a function of the seed and i alone, so a load can grow without
changing what is there. A few scenes are drawn; each photo is a piece of one, moved,
perhaps mirrored, exposed and given noise of its own: all bytes are distinct.

Three quarters are stored 4:2:0 and one quarter 4:2:2, one in five is turned by its
Orientation (6), and each has what a camera adds: a MakerNote, a position, lens and
exposure, an embedded thumbnail.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random

import piexif
from PIL import Image, ImageChops, ImageOps

from bench.environment import say
from bench.scene import draw_noise, draw_scene

VERSION = 2  # raise it when a photo of the same seed comes out otherwise
SCENES = 4
FIRST_DAY = datetime.fromisoformat("2025-03-03T07:30:00")


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of photo: its name, stored size in pixels and JPEG quality."""

    name: str
    size: tuple[int, int]
    quality: int
    sigma: float = 3.0


KINDS = {
    kind.name: kind
    for kind in (
        Kind("12mp", (4000, 3000), 94),
        Kind("24mp", (6000, 4000), 94),
        Kind("small", (640, 480), 85),
        Kind("tiny", (160, 120), 85),
    )
}


def photos(folder: Path, kind: Kind, count: int, seed: int = 1) -> list[Path]:
    """The first ``count`` photos of a load; makes those that are missing.

    :param folder: where loads are kept; each gets a folder of its own below it
    """
    place = folder / f"{kind.name}-s{seed}-v{VERSION}"
    place.mkdir(parents=True, exist_ok=True)
    paths = [place / f"{index // 100:03d}" / name_of(index) for index in range(count)]
    missing = [i for i, path in enumerate(paths) if not path.exists()]
    if missing:
        build(place, kind, seed, missing)
    return paths


def name_of(index: int) -> str:
    """The file name a camera would give."""
    return f"IMG_{index + 1:05d}.JPG"


def build(place: Path, kind: Kind, seed: int, missing: list[int]) -> None:
    """Make the missing photos, one process for each scene that they show."""
    shares = [[i for i in missing if i % SCENES == scene] for scene in range(SCENES)]
    work = partial(build_share, place, kind, seed)
    fresh = get_context("spawn")  # safe wherever this one has threads
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=fresh) as pool:
        for made in pool.map(work, [share for share in shares if share]):
            say(f"made {made} photos of {kind.name} in {place.name}")


def build_share(place: Path, kind: Kind, seed: int, indexes: list[int]) -> int:
    """Make the photos that show one scene; a photo appears whole or not at all."""
    draw = camera(kind, seed, indexes[0] % SCENES)
    for index in indexes:
        path = place / f"{index // 100:03d}" / name_of(index)
        path.parent.mkdir(exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(draw(index))
        unfinished.rename(path)
    return len(indexes)


def camera(kind: Kind, seed: int, scene: int) -> Callable[[int], bytes]:
    """A function from a photo's number to its bytes, for the photos of one scene."""
    rng = Random(f"{seed}/{kind.name}/scene {scene}")
    room = (kind.size[0] * 17 // 16, kind.size[1] * 17 // 16)
    picture, noise = draw_scene(room, rng), draw_noise(room, rng, kind.sigma)
    return partial(take_photo, kind, seed, picture, noise)


def take_photo(
    kind: Kind, seed: int, picture: Image.Image, noise: Image.Image, index: int
) -> bytes:
    """One photo's bytes: a piece of the scene, exposed, with noise and EXIF."""
    rng = Random(f"{seed}/{kind.name}/photo {index}")
    view = piece(picture, kind.size, rng)
    if rng.random() < 0.5:
        view = ImageOps.mirror(view)
    gain = rng.uniform(0.85, 1.15)
    view = view.point([min(255, round(v * gain)) for v in range(256)] * 3)
    view = ImageChops.add(view, piece(noise, kind.size, rng), 1, -128)
    out = io.BytesIO()
    view.save(
        out,
        "JPEG",
        quality=kind.quality,
        subsampling="4:2:2" if index % 4 == 3 else "4:2:0",
        exif=exif_of(view, index, rng),
    )
    return out.getvalue()


def piece(picture: Image.Image, size: tuple[int, int], rng: Random) -> Image.Image:
    """A piece of the given size from anywhere in the picture."""
    x = rng.randrange(picture.width - size[0] + 1)
    y = rng.randrange(picture.height - size[1] + 1)
    return picture.crop((x, y, x + size[0], y + size[1]))


def exif_of(view: Image.Image, index: int, rng: Random) -> bytes:
    """The EXIF block of one photo, as a camera fills it (some 25 kB)."""
    taken = FIRST_DAY + timedelta(minutes=index * 7, seconds=rng.randrange(60))
    fields = {
        "0th": dict(main_tags(index, taken)),
        "Exif": dict(exposure_tags(view.size, taken, rng)),
        "GPS": dict(position_tags(taken, rng)),
        "1st": {piexif.ImageIFD.Compression: 6},
        "thumbnail": embedded_thumbnail(view),
    }
    return bytes(piexif.dump(fields))


def main_tags(index: int, taken: datetime) -> Iterator[tuple[int, object]]:
    """What stands in the first directory: camera, orientation, file date."""
    yield piexif.ImageIFD.Make, b"Benchmark"
    yield piexif.ImageIFD.Model, b"Site Camera 12"
    yield piexif.ImageIFD.Software, b"Ver.1.0"
    yield piexif.ImageIFD.Orientation, 6 if index % 5 == 4 else 1
    yield piexif.ImageIFD.XResolution, (72, 1)
    yield piexif.ImageIFD.YResolution, (72, 1)
    yield piexif.ImageIFD.ResolutionUnit, 2
    yield piexif.ImageIFD.DateTime, exif_date(taken)


def exposure_tags(
    size: tuple[int, int], taken: datetime, rng: Random
) -> Iterator[tuple[int, object]]:
    """How the picture was taken, and the maker's own block that nobody can read."""
    yield piexif.ExifIFD.DateTimeOriginal, exif_date(taken)
    yield piexif.ExifIFD.DateTimeDigitized, exif_date(taken)
    yield piexif.ExifIFD.OffsetTimeOriginal, b"+02:00"
    yield piexif.ExifIFD.SubSecTimeOriginal, b"%03d" % rng.randrange(1000)
    yield piexif.ExifIFD.ExposureTime, (1, rng.choice((60, 125, 250, 500)))
    yield piexif.ExifIFD.FNumber, (rng.choice((18, 28, 40, 56)), 10)
    yield piexif.ExifIFD.ISOSpeedRatings, rng.choice((50, 100, 200, 400))
    yield piexif.ExifIFD.FocalLength, (rng.choice((4250, 6800, 24000)), 1000)
    yield piexif.ExifIFD.LensModel, b"Site Lens 24-70 mm f/1.8"
    yield piexif.ExifIFD.PixelXDimension, size[0]
    yield piexif.ExifIFD.PixelYDimension, size[1]
    yield piexif.ExifIFD.MakerNote, b"Benchmark\0\0\0" + rng.randbytes(12_000)


def position_tags(taken: datetime, rng: Random) -> Iterator[tuple[int, object]]:
    """Somewhere on one building site, looking somewhere."""
    yield piexif.GPSIFD.GPSLatitudeRef, b"N"
    yield piexif.GPSIFD.GPSLatitude, degrees(48.137 + rng.uniform(-0.001, 0.001))
    yield piexif.GPSIFD.GPSLongitudeRef, b"E"
    yield piexif.GPSIFD.GPSLongitude, degrees(11.575 + rng.uniform(-0.001, 0.001))
    yield piexif.GPSIFD.GPSAltitudeRef, 0
    yield piexif.GPSIFD.GPSAltitude, (rng.randrange(51900, 53900), 100)
    yield piexif.GPSIFD.GPSImgDirectionRef, b"T"
    yield piexif.GPSIFD.GPSImgDirection, (rng.randrange(36000), 100)
    yield piexif.GPSIFD.GPSDateStamp, taken.strftime("%Y:%m:%d").encode()


def degrees(value: float) -> tuple[tuple[int, int], ...]:
    """Decimal degrees as EXIF's degrees, minutes and seconds."""
    whole, rest = divmod(value * 3600, 3600)
    minutes, seconds = divmod(rest, 60)
    return ((int(whole), 1), (int(minutes), 1), (round(seconds * 10_000), 10_000))


def exif_date(when: datetime) -> bytes:
    """EXIF's way to write a time."""
    return when.strftime("%Y:%m:%d %H:%M:%S").encode()


def embedded_thumbnail(view: Image.Image) -> bytes:
    """The 160 px JPEG that cameras put into EXIF."""
    small = view.reduce(max(1, view.width // 320))
    small.thumbnail((160, 160))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=75)
    return out.getvalue()
