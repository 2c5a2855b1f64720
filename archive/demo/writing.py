"""The planned photos as files: JPEG with the EXIF that such a camera writes."""

from __future__ import annotations

import io
import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import piexif
from PIL import Image

from archive.export.exif import ratio, sexagesimal

from .drawing import draw_photo
from .plan import Plan, PlannedPhoto

QUALITY = 84
_FEW = 12  # not worth starting processes for

_GPANO = """<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:GPano="http://ns.google.com/photos/1.0/panorama/"
   GPano:ProjectionType="equirectangular" GPano:UsePanoramaViewer="True"
   GPano:FullPanoWidthPixels="{w}" GPano:FullPanoHeightPixels="{h}"
   GPano:CroppedAreaImageWidthPixels="{w}" GPano:CroppedAreaImageHeightPixels="{h}"
   GPano:CroppedAreaLeftPixels="0" GPano:CroppedAreaTopPixels="0"
   GPano:PoseHeadingDegrees="{heading}"/>
 </rdf:RDF>
</x:xmpmeta>"""


def write_photos(
    plan: Plan,
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
    processes: int | None = None,
) -> list[Path]:
    """Draw and write every photo below ``folder``, in the order of the plan.

    :param progress: called with how many are done and how many there are
    :param processes: how many draw at once; one or two as the computer allows, if None
    """
    if processes is None:
        processes = min(2, os.cpu_count() or 1)
    paths: list[Path] = []
    for path in _written(plan, folder, processes):
        paths.append(path)
        if progress:
            progress(len(paths), len(plan.photos))
    return paths


def _written(plan: Plan, folder: Path, processes: int) -> Iterator[Path]:
    write = partial(write_photo, folder=folder)
    if processes < 2 or len(plan.photos) < _FEW:
        yield from map(write, plan.photos)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        yield from pool.map(write, plan.photos, chunksize=4)


def write_photo(photo: PlannedPhoto, folder: Path) -> Path:
    """Draw one photo and write it; an existing file of that name is replaced."""
    path = folder / photo.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(jpeg(photo))
    taken = _clock(photo).timestamp()
    os.utime(path, (taken, taken))
    return path


def jpeg(photo: PlannedPhoto) -> bytes:
    """The file's bytes; the same every time with the same version of Pillow."""
    image = _as_stored(draw_photo(photo.scene), photo)
    extras: dict[str, Any] = {}
    if photo.taken_at is not None:
        extras["exif"] = exif(photo, photo.taken_at, image.size)
    if photo.scene.kind == "360":
        width, height = image.size
        extras["xmp"] = _GPANO.format(w=width, h=height, heading=0).encode()
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=QUALITY, **extras)
    return stream.getvalue()


def _as_stored(upright: Image.Image, photo: PlannedPhoto) -> Image.Image:
    """Lay the picture on its side as the sensor had it.

    Orientation 6, and a person's turn by 90, say: turn clockwise to see it upright.
    """
    turn = {6: 90, 8: 270}.get(photo.orientation, 0) + photo.rotation
    ways = {
        90: Image.Transpose.ROTATE_90,
        180: Image.Transpose.ROTATE_180,
        270: Image.Transpose.ROTATE_270,
    }
    way = ways.get(turn % 360)
    return upright if way is None else upright.transpose(way)


def _clock(photo: PlannedPhoto) -> datetime:
    """The moment with its offset (the coast's winter time where none is written)."""
    return datetime.fromisoformat(
        photo.scene.when.isoformat() + (photo.offset or "-05:00")
    )


def exif(photo: PlannedPhoto, taken_at: str, size: tuple[int, int]) -> bytes:
    """The EXIF block: what the device says, when, where and how."""
    device = photo.device
    moment, _, fraction = taken_at.partition(".")
    stamp = moment.replace("-", ":").replace("T", " ").encode()
    image, camera = piexif.ImageIFD, piexif.ExifIFD
    zeroth: dict[int, Any] = {
        image.Make: device.make.encode(),
        image.Model: device.model.encode(),
        image.Orientation: photo.orientation,
        image.DateTime: stamp,
        image.XResolution: (72, 1),
        image.YResolution: (72, 1),
        image.ResolutionUnit: 2,
    }
    details: dict[int, Any] = {
        camera.DateTimeOriginal: stamp,
        camera.DateTimeDigitized: stamp,
        camera.PixelXDimension: size[0],
        camera.PixelYDimension: size[1],
        camera.FNumber: ratio(device.f_number, 100),
        camera.FocalLength: ratio(device.focal, 1000),
        camera.ISOSpeedRatings: 64 if _is_outdoors(photo) else 640,
        camera.ExposureTime: (1, 800) if _is_outdoors(photo) else (1, 60),
        camera.ColorSpace: 1,
    }
    if device.lens:
        details[camera.LensModel] = device.lens.encode()
    if fraction:
        details[camera.SubSecTimeOriginal] = fraction.encode()
        details[camera.SubSecTimeDigitized] = fraction.encode()
    if photo.offset:
        details[camera.OffsetTimeOriginal] = photo.offset.encode()
        details[camera.OffsetTime] = photo.offset.encode()
    block: bytes = piexif.dump({"0th": zeroth, "Exif": details, "GPS": _gps(photo)})
    return block


def _is_outdoors(photo: PlannedPhoto) -> bool:
    return photo.scene.kind not in ("mep", "drywall", "finished", "360")


def _gps(photo: PlannedPhoto) -> dict[int, Any]:
    if photo.latitude is None or photo.longitude is None:
        return {}
    tags = piexif.GPSIFD
    gps: dict[int, Any] = {
        tags.GPSVersionID: (2, 3, 0, 0),
        tags.GPSLatitudeRef: b"N" if photo.latitude >= 0 else b"S",
        tags.GPSLatitude: sexagesimal(photo.latitude),
        tags.GPSLongitudeRef: b"E" if photo.longitude >= 0 else b"W",
        tags.GPSLongitude: sexagesimal(photo.longitude),
    }
    if photo.altitude is not None:
        gps[tags.GPSAltitudeRef] = 0 if photo.altitude >= 0 else 1
        gps[tags.GPSAltitude] = ratio(abs(photo.altitude), 10)
    if photo.direction is not None:
        gps[tags.GPSImgDirectionRef] = b"T"
        gps[tags.GPSImgDirection] = ratio(photo.direction, 100)
    if photo.offset:
        utc = _clock(photo).utctimetuple()
        gps[tags.GPSDateStamp] = f"{utc[0]}:{utc[1]:02}:{utc[2]:02}".encode()
        gps[tags.GPSTimeStamp] = ((utc[3], 1), (utc[4], 1), (utc[5], 1))
    return gps
