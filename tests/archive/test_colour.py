"""Colours as they were meant: modes, transparency, profiles."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms

from archive import colour
from archive.errors import DamagedFile
from archive.renditions import NAMES, make_renditions
from tests.archive.rendered import apart, display_p3, facts, saved, shown

GREY = Image.linear_gradient("L")


def _sixteen() -> Image.Image:
    values = [v * 257 for v in GREY.tobytes()]
    raw = struct.pack(f"<{len(values)}H", *values)
    return Image.frombytes("I;16", GREY.size, raw)


def _wide(mode: str) -> Image.Image:
    wide = GREY.convert(mode)
    factor = 257 if mode == "I" else 1 / 255
    return wide.point(lambda value: value * factor + 0)


@pytest.mark.parametrize(
    ("make", "name", "media_type", "options"),
    [
        (lambda: GREY, "a.png", "image/png", {}),
        (lambda: GREY.convert("LA"), "a.png", "image/png", {}),
        (lambda: GREY.convert("P"), "a.png", "image/png", {}),
        (lambda: GREY.convert("P"), "a.gif", "image/gif", {}),
        (lambda: GREY.convert("RGBA"), "a.webp", "image/webp", {"lossless": True}),
        (lambda: GREY.convert("RGBA"), "a.png", "image/png", {}),
        (lambda: GREY.convert("CMYK"), "a.jpg", "image/jpeg", {}),
        (lambda: GREY.convert("CMYK"), "a.tif", "image/tiff", {}),
        (lambda: GREY.convert("YCbCr"), "a.tif", "image/tiff", {}),
        (lambda: GREY.convert("RGB").convert("LAB"), "a.tif", "image/tiff", {}),
        (_sixteen, "a.png", "image/png", {}),
        (_sixteen, "a.tif", "image/tiff", {}),
        (lambda: _wide("I"), "a.tif", "image/tiff", {}),
        (lambda: _wide("F"), "a.tif", "image/tiff", {}),
        (lambda: GREY.convert("RGB"), "a.bmp", "image/bmp", {}),
        (lambda: GREY.convert("RGB"), "a.jp2", "image/jp2", {}),
        (lambda: GREY, "a.pgm", "image/x-portable-graymap", {}),
    ],
    ids=[
        *("L", "LA", "P", "P-gif", "RGBA-webp", "RGBA", "CMYK-jpeg", "CMYK", "YCbCr"),
        *("LAB", "I;16-png", "I;16-tiff", "I", "F", "BMP", "JP2", "PGM"),
    ],
)
def test_every_mode_shows_the_same_ramp(
    tmp_path: Path,
    make: Callable[[], Image.Image],
    name: str,
    media_type: str,
    options: dict[str, Any],
) -> None:
    path = saved(tmp_path, make(), name, **options)
    assert apart(shown(path, media_type=media_type), GREY.convert("RGB")) < 4


def test_one_bit_pictures(tmp_path: Path) -> None:
    bilevel = GREY.convert("1")
    path = saved(tmp_path, bilevel, "a.png")
    image = shown(path, media_type="image/png")
    assert apart(image, bilevel.convert("RGB")) < 30  # a dither is hard on JPEG
    assert image.convert("L").getextrema() == (0, 255)


def test_floats_without_a_range_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, Image.new("F", (9, 9), float("nan")), "a.tif")
    with pytest.raises(DamagedFile, match="no usable range"):
        make_renditions(path, facts("image/tiff"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("mode", "clear"),
    [("RGBA", (255, 0, 0, 0)), ("LA", (0, 0)), ("P", 0), ("RGB", (0, 0, 0))],
    ids=["RGBA", "LA", "P", "RGB-tRNS"],
)
def test_transparency_is_white(
    tmp_path: Path, mode: str, clear: Any, name: str
) -> None:
    image = Image.new(mode, (2000, 1000), clear)
    options = {"transparency": clear} if mode in ("P", "RGB") else {}
    path = saved(tmp_path, image, "a.png", **options)
    made = shown(path, name, media_type="image/png")
    assert min(low for low, _ in _extrema(made)) >= 253


def _extrema(image: Image.Image) -> list[tuple[int, int]]:
    return [image.getchannel(band).getextrema() for band in "RGB"]  # type: ignore[misc]


def test_half_transparent_edges_do_not_darken(tmp_path: Path) -> None:
    image = Image.new("RGBA", (1000, 500), (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 500, 500))
    path = saved(tmp_path, image, "a.png")
    row = shown(path, "thumbnail", media_type="image/png").crop((110, 60, 130, 61))
    assert row.getchannel("R").getextrema()[0] > 180


@pytest.mark.parametrize("name", NAMES)
def test_display_p3_does_not_come_out_pale(tmp_path: Path, name: str) -> None:
    reddish = Image.new("RGB", (2000, 1000), (200, 60, 60))
    path = saved(tmp_path, reddish, "a.jpg", icc_profile=display_p3(), quality=95)
    red, green, blue = shown(path, name).getpixel((20, 20))  # type: ignore[misc]
    assert red > 210
    assert green < 50
    assert blue < 58


def test_srgb_is_recognised_and_costs_nothing() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.new("RGB", (8, 8), (200, 60, 60))
    same, note = colour.to_srgb(image, srgb)
    assert same is image
    assert not note


@pytest.mark.parametrize(
    "profile", [b"", b"junk", display_p3()[:200], bytes(9 << 20)], ids=len
)
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_broken_profile_is_ignored_with_a_note(mode: str, profile: bytes) -> None:
    image = Image.new(mode, (8, 8))
    converted, note = colour.to_srgb(image, profile)
    assert converted.mode == ("L" if mode == "L" else "RGB")
    assert bool(note) == bool(profile)


def test_a_profile_for_another_kind_of_picture_is_ignored() -> None:
    converted, note = colour.to_srgb(Image.new("CMYK", (8, 8)), display_p3())
    assert converted.mode == "RGB"
    assert "colour profile ignored" in note
