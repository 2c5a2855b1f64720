"""Draws a construction site as a camera would see it: edges, texture, then noise.

Only Pillow and the standard library, and every number comes from the given random
source, so the same seed draws the same scene. What matters for a benchmark is that
a JPEG of it costs a decoder what a camera's costs: texture with equal contrast in
every octave (natural pictures have that spectrum), hard edges softened by a lens,
sharpening, and noise that differs from pixel to pixel.
"""

from __future__ import annotations

from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

Size = tuple[int, int]
Colour = tuple[int, int, int]

FACADES: tuple[Colour, ...] = (
    (172, 160, 146),
    (120, 92, 78),
    (196, 190, 178),
    (98, 104, 112),
)
LEAVES: tuple[Colour, Colour] = ((28, 42, 20), (122, 148, 74))
SOIL: tuple[Colour, Colour] = ((58, 46, 36), (178, 158, 130))


def white_noise(size: Size, rng: Random) -> Image.Image:
    """Grey noise of which every pixel is independent, uniform over 0..255."""
    return Image.frombytes("L", size, rng.randbytes(size[0] * size[1]))


def octaves(size: Size, rng: Random, coarsest: int, finest: int) -> Image.Image:
    """Texture with about equal contrast at every scale from coarsest to finest px."""
    total: Image.Image | None = None
    cell, layers = coarsest, 0
    while cell >= finest:
        grain = (max(2, size[0] // cell), max(2, size[1] // cell))
        layer = white_noise(grain, rng).resize(size, Image.Resampling.BICUBIC)
        layers += 1
        total = layer if total is None else Image.blend(total, layer, 1 / layers)
        cell //= 2
    assert total is not None, "coarsest must not be below finest"
    return ImageOps.autocontrast(total, cutoff=1)


def textured(colour: Colour, texture: Image.Image, strength: float) -> Image.Image:
    """A plain colour with the texture laid over it; strength 1 is the full range."""
    dark = tuple(int(c * (1 - strength)) for c in colour)
    light = tuple(min(255, int(c * (1 + strength))) for c in colour)
    return ImageOps.colorize(texture, dark, light)


def draw_scene(size: Size, rng: Random) -> Image.Image:
    """The site, as the lens throws it on the sensor: no noise yet."""
    width, height = size
    unit = max(2, width // 500)  # about 8 px in a 12 MP picture
    rough = octaves(size, rng, coarsest=64 * unit, finest=2)
    horizon = int(height * rng.uniform(0.45, 0.6))
    picture = ImageOps.colorize(rough, *SOIL)
    picture.paste(draw_sky((width, horizon), rng), (0, 0))
    draw_trees(picture, rough, horizon, rng)
    left = -rng.randrange(width // 8)
    while left < width:
        wide = int(width * rng.uniform(0.12, 0.3))
        top = int(horizon * rng.uniform(0.1, 0.8))
        bottom = horizon + int(height * rng.uniform(0.02, 0.2))
        draw_building(picture, rough, (left, top, left + wide, bottom), unit, rng)
        left += int(wide * rng.uniform(1.0, 1.5))
    draw_rods(picture, unit, rng)
    seen = picture.filter(ImageFilter.GaussianBlur(1.1))
    return seen.filter(ImageFilter.UnsharpMask(radius=1.2, percent=70, threshold=2))


def draw_sky(size: Size, rng: Random) -> Image.Image:
    """A gradient with clouds and no fine detail, as real skies have none."""
    gradient = Image.linear_gradient("L").resize(size)
    clouds = octaves(size, rng, coarsest=max(16, size[0] // 3), finest=16)
    tone = Image.blend(gradient, clouds, 0.4)
    return ImageOps.colorize(tone, (96, 138, 196), (226, 230, 236))


def draw_trees(
    picture: Image.Image, rough: Image.Image, horizon: int, rng: Random
) -> None:
    """A band of leaves on the horizon: the detail that JPEG finds hardest."""
    width = picture.width
    tall = max(4, picture.height // 6)
    box = (0, max(0, horizon - tall // 2), width, horizon + tall // 2)
    grain = octaves((box[2], box[3] - box[1]), rng, coarsest=32, finest=4)
    crowns = rough.crop(box).filter(ImageFilter.BoxBlur(8)).point(above(118))
    picture.paste(ImageOps.colorize(grain, *LEAVES), box[:2], crowns)


def above(threshold: int) -> list[int]:
    """A lookup table: white above the threshold, black up to it."""
    return [255 if v > threshold else 0 for v in range(256)]


def draw_building(
    picture: Image.Image,
    rough: Image.Image,
    box: tuple[int, int, int, int],
    unit: int,
    rng: Random,
) -> None:
    """A facade with its texture, rows of windows, and joints between its slabs."""
    left, top, right, bottom = box
    facade = textured(rng.choice(FACADES), rough.crop(box), rng.uniform(0.1, 0.3))
    pen = ImageDraw.Draw(facade)
    storey, bay = unit * rng.randrange(10, 22), unit * rng.randrange(7, 16)
    for y in range(storey // 3, bottom - top, storey):
        pen.line((0, y, right - left, y), fill=(70, 66, 62), width=max(1, unit // 3))
        for x in range(bay // 4, right - left, bay):
            draw_window(pen, (x, y + unit, x + bay // 2, y + storey // 2), unit, rng)
    picture.paste(facade, (left, top))


def draw_window(
    pen: ImageDraw.ImageDraw, box: tuple[int, int, int, int], unit: int, rng: Random
) -> None:
    """A pane of its own shade in a light frame, with a mullion."""
    shade = rng.randrange(20, 120)
    frame = max(1, unit // 4)
    pane = (shade, shade + 8, shade + 18)
    pen.rectangle(box, fill=pane, outline=(214, 210, 204), width=frame)
    middle = (box[0] + box[2]) // 2
    pen.line((middle, box[1], middle, box[3]), fill=(214, 210, 204), width=frame)


def draw_rods(picture: Image.Image, unit: int, rng: Random) -> None:
    """Scaffolding, cables and a crane: thin lines at every angle."""
    pen = ImageDraw.Draw(picture)
    width, height = picture.size
    for _ in range(90):
        x, y = rng.randrange(width), rng.randrange(height // 3, height)
        dx, dy = rng.randrange(-width // 4, width // 4), rng.randrange(height // 3)
        shade = rng.randrange(30, 220)
        thick = rng.randrange(1, max(2, unit))
        pen.line((x, y, x + dx, y - dy), fill=(shade, shade, shade - 10), width=thick)


def draw_noise(size: Size, rng: Random, sigma: float) -> Image.Image:
    """Sensor noise around 128, in RGB: mostly brightness, some colour.

    :param sigma: standard deviation in levels of 255
    """
    luma = bell_noise(size, rng, sigma)
    channels = [
        ImageChops.add(luma, bell_noise(size, rng, sigma * 0.4), 1, -128)
        for _ in range(3)
    ]
    return Image.merge("RGB", channels)


def bell_noise(size: Size, rng: Random, sigma: float) -> Image.Image:
    """Grey noise around 128, nearly normal: the mean of three uniform ones."""
    first = Image.blend(white_noise(size, rng), white_noise(size, rng), 0.5)
    mean = Image.blend(first, white_noise(size, rng), 1 / 3)
    scale = sigma / (255 / 12**0.5 / 3**0.5)
    return mean.point([round(128 + (v - 127.5) * scale) for v in range(256)])
