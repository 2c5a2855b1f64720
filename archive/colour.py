"""From whatever a file holds to 8-bit sRGB (or plain grey) on a white ground.

Two steps with the resizing between them, so that the costly one (the colour profile)
works on 1600 pixels in place of the whole photo: ``resizable`` and ``to_srgb``.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from PIL.ImageCms import ImageCmsTransform

# A profile of this many bytes is no colour profile but a carrier of something else.
LARGEST_PROFILE = 8 << 20


def resizable(image: Image.Image) -> Image.Image:
    """Bring ``image`` into L, RGB, RGBA or CMYK, 8 bits a channel."""
    mode = image.mode
    if mode.startswith(("I", "F")):
        return _eight_bits(image)
    if mode == "LAB":
        return _lab_to_rgb(image)
    if image.has_transparency_data:
        return image if mode == "RGBA" else image.convert("RGBA")
    if mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if mode == "1" else "RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 or 32 bits or floats, scaled to 0..255 (Pillow would clip)."""
    if image.mode.startswith("I;16"):
        low, high = 0.0, 65535.0
        image = image.convert("I")
    else:
        low, high = _range(image)
    scale = 255 / (high - low)
    return image.point(lambda value: value * scale - low * scale).convert("L")


def _range(image: Image.Image) -> tuple[float, float]:
    """Black and white of a picture whose mode does not say what they are."""
    extrema: tuple[float, float] = image.getextrema()  # type: ignore[assignment]
    low, high = extrema
    if not -1e30 < low <= high < 1e30:
        raise ValueError("its numbers have no usable range")
    tops = (1, 255, 65535) if image.mode == "F" else (255, 65535)
    top = next((float(top) for top in tops if high <= top), high)
    return (0.0, top) if low >= 0 else (low, max(high, low + 1))


def _lab_to_rgb(image: Image.Image) -> Image.Image:
    from PIL import ImageCms

    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    transform = ImageCms.buildTransform(lab, srgb, "LAB", "RGB")
    return ImageCms.applyTransform(image, transform) or image


def on_white(image: Image.Image) -> Image.Image:
    """Lay a picture with transparency on white."""
    if image.mode != "RGBA":
        return image
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def to_srgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, str]:
    """Convert L, RGB, RGBA or CMYK to L or RGB as sRGB.

    :param profile: the ICC profile embedded in the file, if any
    :returns: the picture, and a note when the profile could not be used (else "")
    """
    image = on_white(image)
    converted, note = _by_profile(image, profile) if profile else (None, "")
    if converted is not None:
        return converted, note
    return (image.convert("RGB") if image.mode == "CMYK" else image), note


def _by_profile(image: Image.Image, profile: bytes) -> tuple[Image.Image | None, str]:
    if len(profile) > LARGEST_PROFILE:
        return None, "colour profile ignored: too large"
    try:
        transform = _transform(profile, image.mode)
        if transform is None:
            return None, ""
        from PIL import ImageCms

        return ImageCms.applyTransform(image, transform), ""
    except (OSError, ValueError, TypeError, SyntaxError) as error:
        return None, f"colour profile ignored: {error}"


@lru_cache(maxsize=32)
def _transform(profile: bytes, mode: str) -> ImageCmsTransform | None:
    """From ``profile`` to sRGB, or None when the profile is (all but) sRGB already.

    Kept per profile: a camera puts the same one into each of its photos. Relative
    colorimetric with black point compensation, as photo viewers do.
    """
    from PIL import ImageCms

    try:
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except ImageCms.PyCMSError as error:
        raise ValueError(str(error)) from error
    return None if _changes_nothing(transform, mode) else transform


def _changes_nothing(transform: ImageCmsTransform, mode: str) -> bool:
    if mode not in ("RGB", "L"):
        return False
    from PIL import ImageCms

    test = _test_colours().convert(mode)
    after = ImageCms.applyTransform(test, transform)
    if after is None:
        return False
    pairs = zip(test.convert("RGB").tobytes(), after.tobytes(), strict=True)
    return all(abs(a - b) <= 2 for a, b in pairs)


def _test_colours() -> Image.Image:
    """A picture of 216 colours, evenly through the RGB cube."""
    steps = range(0, 256, 51)
    colours = bytes(v for r in steps for g in steps for b in steps for v in (r, g, b))
    return Image.frombytes("RGB", (216, 1), colours)
