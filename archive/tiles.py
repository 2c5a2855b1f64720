"""The plain grey tile that stands for a file of which no picture can be had."""

from __future__ import annotations

import re

from PIL import Image, ImageDraw, ImageFont

GROUND, INK = "#d6d9dc", "#4b5560"


def draw_tile(extension: str, longest: int) -> Image.Image:
    """A 4:3 tile, ``longest`` pixels wide, with the type's name such as ``MOV``."""
    label = re.sub(r"[^A-Z0-9]", "", extension.upper())[:6] or "FILE"
    size = (longest, longest * 3 // 4)
    image = Image.new("RGB", size, GROUND)
    font = ImageFont.load_default(longest // 6)
    centre = (size[0] // 2, size[1] // 2)
    ImageDraw.Draw(image).text(centre, label, fill=INK, font=font, anchor="mm")
    return image
