"""Noise, gradients and the textures of ground, concrete, board and earth.

Everything comes from seeded bytes (Pillow's own noise cannot be seeded), is made once
and kept: a picture only crops, turns and stretches.
"""

from __future__ import annotations

import random
from functools import cache, lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from .geometry import Colour


def speckle(size: tuple[int, int], seed: int = 7) -> Image.Image:
    """White noise, mode L, mean 128."""
    data = random.Random(f"speckle {seed}").randbytes(size[0] * size[1])  # noqa: S311
    return Image.frombytes("L", size, data)


@lru_cache(6)
def clouds(size: tuple[int, int], seed: int = 11, finest: int = 8) -> Image.Image:
    """Fractal noise, mode L: each octave twice as fine and weaker than the last."""
    octaves = []
    cells = 3
    while cells <= max(size) // finest:
        shape = (cells + 1, max(2, cells * size[1] // size[0]) + 1)
        noise = speckle(shape, seed + cells)
        octaves.append(noise.resize(size, Image.Resampling.BICUBIC))
        cells *= 2
    total = octaves.pop()
    while octaves:  # from the finest up, so that the coarsest weighs most
        total = Image.blend(total, octaves.pop(), 0.6)
    return ImageOps.autocontrast(total, cutoff=1)


def colourised(noise: Image.Image, dark: Colour, light: Colour) -> Image.Image:
    """Noise as a blend between two colours, mode RGB."""
    bands = [
        noise.point([int(a + (b - a) * i / 255) for i in range(256)])
        for a, b in zip(dark, light, strict=True)
    ]
    return Image.merge("RGB", bands)


def gradient(
    size: tuple[int, int], top: Colour, bottom: Colour, power: float = 1.0
) -> Image.Image:
    """A vertical blend, mode RGB (not kept: no two skies are alike)."""
    rows = [(i / 255) ** power for i in range(256)]
    column = Image.linear_gradient("L").crop((0, 0, 1, 256))
    strips = [
        column.point([int(a + (b - a) * r) for r in rows])
        for a, b in zip(top, bottom, strict=True)
    ]
    return Image.merge("RGB", strips).resize(size, Image.Resampling.BILINEAR)


@cache
def vignette(size: tuple[int, int], strength: float = 0.3) -> Image.Image:
    """Bright in the middle, darker in the corners, mode RGB, to multiply with."""
    ring = Image.radial_gradient("L").resize(size, Image.Resampling.BILINEAR)
    table = [
        int(255 * (1 - strength * max(0.0, i / 255 - 0.25) ** 2 * 1.6))
        for i in range(256)
    ]
    band = ring.point(table)
    return Image.merge("RGB", (band, band, band))


@cache
def grain(size: tuple[int, int]) -> Image.Image:
    """Film-like grain around 128, mode L, a little larger than ``size``."""
    larger = (size[0] + 128, size[1] + 128)
    noise = speckle(larger, 3).filter(ImageFilter.GaussianBlur(0.75))
    return noise.point(
        [max(0, min(255, int(128 + (i - 128) * 0.1))) for i in range(256)]
    )


TEXTURE = (1024, 1024)


def _speckled(base: Image.Image, amount: float, seed: int) -> Image.Image:
    fine = speckle(base.size, seed).filter(ImageFilter.GaussianBlur(0.8))
    fine = fine.point([int(128 + (i - 128) * amount) for i in range(256)])
    return ImageChops.add(base, Image.merge("RGB", (fine,) * 3), 1, -128)


@cache
def earth(seed: int = 1) -> Image.Image:
    """Churned soil with tyre tracks, 1024 px for about 120 m."""
    base = colourised(clouds(TEXTURE, 21 + seed), (138, 116, 90), (180, 158, 128))
    draw = ImageDraw.Draw(base, "RGBA")
    rng = random.Random(f"tracks {seed}")  # noqa: S311
    for _ in range(26):
        x, y = rng.uniform(-200, 1200), rng.uniform(-200, 1200)
        dx, dy = rng.uniform(-26, 26), rng.uniform(-26, 26)
        points = []
        for _ in range(40):
            points.append((x, y))
            x, y = x + dx, y + dy
            dx, dy = dx + rng.uniform(-4, 4), dy + rng.uniform(-4, 4)
        for shift in (0, 16):
            draw.line([(a + shift, b) for a, b in points], (84, 66, 50, 70), 6)
    return _speckled(base.filter(ImageFilter.GaussianBlur(1)), 0.5, 31)


@cache
def paving() -> Image.Image:
    """Finished outdoor works: paving, lawns and a drive, 1024 px for 120 m."""
    base = colourised(clouds(TEXTURE, 5), (158, 156, 150), (186, 184, 178))
    draw = ImageDraw.Draw(base)
    for i in range(0, 1024, 16):
        draw.line([(i, 0), (i, 1024)], (150, 148, 142))
        draw.line([(0, i), (1024, i)], (150, 148, 142))
    for box in ((40, 40, 300, 260), (40, 700, 420, 980), (760, 60, 980, 380)):
        draw.rounded_rectangle(box, 40, (96, 124, 70))
    draw.rectangle((0, 560, 1024, 640), (92, 92, 94))
    return _speckled(base, 0.25, 17)


@cache
def concrete(seed: int = 1, tone: float = 1.0) -> Image.Image:
    """A cast or trowelled surface with stains."""
    dark, light = (
        (140 * tone, 137 * tone, 130 * tone),
        (184 * tone, 181 * tone, 174 * tone),
    )
    return _speckled(colourised(clouds(TEXTURE, 50 + seed), dark, light), 0.22, seed)


@cache
def asphalt() -> Image.Image:
    """Road surface."""
    return _speckled(
        colourised(clouds(TEXTURE, 77), (104, 105, 108), (126, 126, 128)), 0.25, 9
    )


@cache
def snow() -> Image.Image:
    """Trodden snow."""
    return _speckled(
        colourised(clouds(TEXTURE, 83), (196, 202, 212), (238, 242, 248)), 0.2, 5
    )


@cache
def plywood() -> Image.Image:
    """Formwork sheets, 1024 px for about 10 m: four by eight sheets with grain."""
    grainy = speckle((64, 1024), 41).resize(TEXTURE, Image.Resampling.BICUBIC)
    base = colourised(
        ImageChops.blend(grainy, clouds(TEXTURE, 42), 0.6),
        (164, 122, 70),
        (208, 166, 108),
    )
    draw = ImageDraw.Draw(base, "RGBA")
    rng = random.Random("sheets")  # noqa: S311
    for row in range(8):
        for column in range(4):
            x, y = column * 256, row * 128
            shade = rng.randint(-1, 1)
            if shade:
                fill = (255, 240, 200, 26) if shade > 0 else (60, 30, 0, 34)
                draw.rectangle((x, y, x + 255, y + 127), fill)
            draw.rectangle((x, y, x + 255, y + 127), None, (70, 44, 20, 200), 2)
    return _speckled(base, 0.2, 43)


@cache
def board(tone: Colour = (206, 200, 188)) -> Image.Image:
    """Gypsum boards with taped joints and screw spots, 1024 px for about 4.8 m."""
    light = (tone[0] + 10, tone[1] + 10, tone[2] + 10)
    base = colourised(clouds(TEXTURE, 61), tone, light)
    draw = ImageDraw.Draw(base, "RGBA")
    white = (244, 243, 240, 215)
    for x in range(0, 1025, 256):
        draw.line([(x, 0), (x, 1024)], white, 26)
        for y in range(30, 1024, 66):
            for dx in (44, 128, 212):
                draw.ellipse((x + dx - 5, y - 5, x + dx + 5, y + 5), white)
    draw.line([(0, 560), (1024, 560)], white, 24)
    return _speckled(base.filter(ImageFilter.GaussianBlur(1.6)), 0.14, 62)


@cache
def membrane() -> Image.Image:
    """Roofing sheets with lapped seams, 1024 px for about 16 m."""
    base = colourised(clouds(TEXTURE, 71), (188, 190, 190), (218, 219, 218))
    draw = ImageDraw.Draw(base, "RGBA")
    for x in range(0, 1025, 128):
        draw.line([(x, 0), (x, 1024)], (130, 132, 134, 190), 3)
        draw.line([(x + 7, 0), (x + 7, 1024)], (236, 236, 236, 150), 8)
    for i, x in enumerate(range(0, 1024, 128)):
        y = 180 + 370 * (i % 3)
        draw.line([(x, y), (x + 128, y)], (130, 132, 134, 170), 3)
    return _speckled(base, 0.2, 72)


@cache
def carpet() -> Image.Image:
    """Carpet tiles, 1024 px for about 10 m."""
    base = colourised(clouds(TEXTURE, 91), (74, 82, 92), (98, 106, 116))
    draw = ImageDraw.Draw(base, "RGBA")
    for row in range(20):
        for column in range(20):
            if (row + column) % 2:
                x, y = column * 52, row * 52
                draw.rectangle((x, y, x + 51, y + 51), (255, 255, 255, 14))
    return _speckled(base, 0.5, 92)


@cache
def ceiling_tiles() -> Image.Image:
    """A grid ceiling with light panels, 1024 px for about 7.2 m (0.6 m tiles)."""
    base = colourised(clouds(TEXTURE, 93), (222, 222, 218), (236, 236, 232))
    draw = ImageDraw.Draw(base)
    step = 1024 / 12
    for row in range(12):
        for column in range(12):
            x, y = column * step, row * step
            lamp = column % 4 == 1 and row % 3 == 1
            fill = (255, 255, 250) if lamp else None
            draw.rectangle((x, y, x + step, y + step), fill, (188, 188, 186), 3)
    return _speckled(base, 0.12, 94)


@cache
def plaster(tone: Colour = (226, 224, 218)) -> Image.Image:
    """A painted wall."""
    light = (tone[0] + 8, tone[1] + 8, tone[2] + 8)
    return _speckled(colourised(clouds(TEXTURE, 95), tone, light), 0.08, 96)


@cache
def edge_shade(size: tuple[int, int]) -> Image.Image:
    """White with soft dark edges, mode L: the shade in the corners of a room."""
    mask = Image.new("L", (64, 64))
    ImageDraw.Draw(mask).rectangle((3, 3, 60, 60), 255)
    soft = mask.filter(ImageFilter.GaussianBlur(5))
    return soft.resize(size, Image.Resampling.BICUBIC)
