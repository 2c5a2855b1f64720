"""Pictures to make renditions of, and what is seen in one."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from archive.renditions import make_renditions

SHARED = Path(__file__).parents[3] / "shared" / "photos"


needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="no shared photos")


def facts(
    media_type: str = "image/jpeg", kind: str = "image", orientation: int | None = None
) -> Any:
    return SimpleNamespace(
        media_type=media_type, extension="xyz", kind=kind, orientation=orientation
    )


def shown(path: Path, name: str = "preview", **about: Any) -> Image.Image:
    """The named rendition, decoded."""
    (made,) = make_renditions(path, facts(**about), names=(name,))
    image = Image.open(io.BytesIO(made.data))
    assert image.size == (made.width, made.height)
    return image.convert("RGB")


def apart(left: Image.Image, right: Image.Image) -> float:
    """Mean difference over pixels and channels, 0..255."""
    assert left.size == right.size
    return sum(ImageStat.Stat(ImageChops.difference(left, right)).mean) / 3


def scene(size: tuple[int, int] = (400, 300)) -> Image.Image:
    """A picture no two of whose orientations look alike."""
    image = Image.radial_gradient("L").resize(size).convert("RGB")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, size[0] // 4, size[1] // 3), fill="red")
    draw.rectangle((size[0] * 3 // 4, 0, size[0], size[1] // 5), fill="blue")
    return image


def saved(folder: Path, image: Image.Image, name: str, **options: Any) -> Path:
    path = folder / name
    image.save(path, **options)
    return path


def display_p3() -> bytes:
    """A matrix profile with Display P3's primaries (D50-adapted) and gamma 2.2."""

    def xyz(*values: float) -> bytes:
        numbers = [round(v * 65536) for v in values]
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *numbers)

    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 3) + b"P3\0" + bytes(78),
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.5151, 0.2412, -0.0011),
        b"gXYZ": xyz(0.2920, 0.6922, 0.0419),
        b"bXYZ": xyz(0.1571, 0.0666, 0.7841),
    }
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        padded = content + bytes(-len(content) % 4)
        offset = 128 + 4 + 12 * len(tags) + len(body)
        table += name + struct.pack(">II", offset, len(content))
        body += padded
    size = 128 + len(table) + len(body)
    head = struct.pack(">I4xI4s4s4s", size, 0x02200000, b"mntr", b"RGB ", b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28)
    head += struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + body
