"""From an arm's length: signs on the fence, and things held up to a tape measure."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache, lru_cache
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFont

from . import surfaces, tower
from .geometry import (
    Camera,
    Colour,
    Face,
    Point,
    add,
    box,
    heading_vector,
    moved,
    quad,
    strip,
    tube,
)
from .light import daylight, scale
from .painter import Picture
from .scene import LATITUDE, Scene

Ink = tuple[int, int, int]
WHITE: Ink = (246, 246, 242)
YELLOW: Ink = (250, 204, 28)
# what the first word of a sign means: the colour of its head and of the writing on it
_HEADS: dict[str, tuple[Ink, Ink]] = {
    "DANGER": ((196, 32, 34), WHITE),
    "CAUTION": (YELLOW, (24, 24, 24)),
    "NOTICE": ((26, 84, 160), WHITE),
    "SAFETY": ((20, 120, 70), WHITE),
}


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


@lru_cache(4)
def sign_board(text: str) -> Image.Image:
    """A sign as a texture of 600 x 760 pixels: its first line is the coloured head."""
    head, *lines = text.split("\n")
    colour, ink = _HEADS.get(head.split()[0], _HEADS["NOTICE"])
    image = Image.new("RGB", (600, 760), WHITE)
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((8, 8, 591, 751), 26, WHITE, (30, 30, 30), 7)
    draw.rounded_rectangle((22, 22, 577, 190), 18, colour)
    _centred(draw, head, 106, 100, ink)
    _symbol(draw, colour)
    for i, line in enumerate(lines):
        _centred(draw, line, 520 + i * 78, 62, (24, 24, 26))
    for x in (40, 560):
        for y in (40, 720):
            draw.ellipse((x - 8, y - 8, x + 8, y + 8), (120, 122, 124))
    return image


def _centred(draw: ImageDraw.ImageDraw, text: str, y: int, size: int, ink: Ink) -> None:
    while size > 20 and draw.textlength(text, font=_font(size)) > 520:
        size -= 4
    draw.text((300, y), text, ink, font=_font(size), anchor="mm", stroke_width=2)


def _symbol(draw: ImageDraw.ImageDraw, colour: Ink) -> None:
    """A helmeted head in a disc, or a warning triangle."""
    if colour in (YELLOW, _HEADS["DANGER"][0]):
        draw.polygon(((300, 220), (180, 440), (420, 440)), YELLOW, (24, 24, 24), 9)
        draw.rounded_rectangle((288, 290, 312, 372), 10, (24, 24, 24))
        draw.ellipse((286, 388, 314, 416), (24, 24, 24))
        return
    draw.ellipse((186, 216, 414, 444), colour)
    draw.ellipse((252, 286, 348, 410), WHITE)
    draw.pieslice((232, 246, 368, 384), 180, 360, WHITE)
    draw.rounded_rectangle((222, 312, 378, 328), 8, WHITE)


def sign(scene: Scene, rng: random.Random) -> Image.Image:
    """A safety sign fixed to the hoarding."""
    light = daylight(scene.when, LATITUDE, scene.weather)
    heading = rng.uniform(-16, 16)
    eye = (-heading * 0.045 + rng.uniform(-0.4, 0.4), -rng.uniform(2.5, 3.8), 1.6)
    camera = Camera(eye, heading, rng.uniform(-3, 3), 62, scene.size)
    if light.sun[1] > 0:  # the fence faces south; never photograph it black
        light = daylight(scene.when.replace(hour=12), LATITUDE, scene.weather)
    picture = Picture(camera, light)
    picture.sky(rng)
    ground = surfaces.snow() if scene.weather == "snow" else surfaces.asphalt()
    picture.tiles(ground, (-12, -8, 0), (24, 8.2), 8)
    paint: Colour = ((46, 92, 148), (226, 228, 226), (72, 78, 84), (60, 108, 82))[
        scene.view % 4
    ]
    panels = surfaces.colourised(
        surfaces.clouds(surfaces.TEXTURE, 95), scale(paint, 0.92), scale(paint, 1.06)
    )
    for i in range(-5, 6):
        picture.texture(panels, (i * 2.4, 0, 2.5), (2.4, 0, 0), (0, 0, -2.5))
    picture.solids(_fence_parts(paint), in_order=True)
    picture.solids(_mounting(), in_order=True)
    picture.decal(
        sign_board(scene.text), (-0.6, -0.06, 2.08), (1.2, 0, 0), (0, 0, -1.52)
    )
    return picture.finished(rng, 1.05)


def _fence_parts(paint: Colour) -> list[Face]:
    dark = scale(paint, 0.72)
    faces: list[Face] = []
    for i in range(-5, 7):
        faces += box((i * 2.4 - 0.02, -0.03, 0), (i * 2.4 + 0.02, 0, 2.5), dark)
    for x in range(-60, 60):
        faces.append(
            quad(
                (
                    (x * 0.2, -0.01, 0),
                    (x * 0.2 + 0.02, -0.01, 0),
                    (x * 0.2 + 0.02, -0.01, 2.5),
                    (x * 0.2, -0.01, 2.5),
                ),
                scale(paint, 0.95),
            )
        )
    faces += box((-12, -0.06, 2.46), (12, 0.02, 2.54), scale(paint, 0.85))
    faces += box((-12, -0.3, 0), (12, -0.02, 0.16), (168, 166, 160))
    return faces


def _mounting() -> tuple[Face, ...]:
    return box((-0.63, -0.05, 0.53), (0.63, 0, 2.11), (64, 66, 68))


@cache
def _blade() -> Image.Image:
    """A metre of tape, 2000 x 60 pixels: a tick each centimetre, figures each five."""
    image = Image.new("RGB", (2000, 60), (248, 212, 40))
    draw = ImageDraw.Draw(image)
    for cm in range(100):
        x = cm * 20
        long = 34 if cm % 10 == 0 else 24 if cm % 5 == 0 else 14
        draw.line([(x, 0), (x, long)], (20, 20, 20), 3)
        draw.line([(x, 60), (x, 60 - long // 2)], (20, 20, 20), 2)
        if cm % 5 == 0 and cm:
            ink = (190, 30, 30) if cm % 10 == 0 else (20, 20, 20)
            draw.text((x + 5, 40), str(cm), ink, font=_font(28), anchor="lm")
    return image


def inspection(scene: Scene, rng: random.Random) -> Image.Image:
    """A measurement being taken: rebar spacing, a crack, or anchor bolts."""
    light = daylight(scene.when, LATITUDE, scene.weather)
    eye = (rng.uniform(-0.15, 0.15), -rng.uniform(0.75, 1.0), rng.uniform(0.85, 1.1))
    camera = Camera(eye, rng.uniform(-14, 14), rng.uniform(-54, -44), 62, scene.size)
    picture = Picture(camera, light)
    subject = (_spacing, _crack, _anchors)[scene.view % 3]
    subject(picture, rng)
    return picture.finished(rng, 1.04)


def _tape(picture: Picture, start: Point, turn: float, length: float) -> None:
    """The blade from its case at ``start``, ``length`` metres at most one."""
    case = [*box((-0.09, -0.05, 0), (0, 0.04, 0.08), (244, 190, 30))]
    case += box((-0.085, -0.055, 0.012), (-0.01, 0.045, 0.07), (46, 48, 52))
    along, across = heading_vector(turn), heading_vector(turn + 90)
    low = add(add(start, across, -0.0135), (0, 0, 1), 0.004)
    shadow = add(low, across, 0.012)
    reach = (along[0] * length, along[1] * length, 0.0)
    picture.solids(
        [
            quad(
                (
                    shadow,
                    add(shadow, reach),
                    add(add(shadow, reach), across, 0.028),
                    add(shadow, across, 0.028),
                ),
                (58, 50, 44),
            )
        ]
    )
    part = _blade().crop((0, 0, int(2000 * length), 60))
    far = add(add(low, reach), across, 0.027)
    picture.decal(
        part,
        far,
        (-reach[0], -reach[1], 0.0),
        (-across[0] * 0.027, -across[1] * 0.027, 0.0),
    )
    picture.solids(moved(case, start, turn - 90))


def _spacing(picture: Picture, rng: random.Random) -> None:
    picture.tiles(surfaces.plywood(), (-3, -3, -0.06), (6, 6), 6)
    rust: Colour = (132, 86, 60)
    step = rng.choice((0.15, 0.2))
    shadows = [
        strip(
            (-3, k * step + 0.03, -0.055),
            (3, k * step + 0.03, -0.055),
            0.03,
            (96, 72, 46),
        )
        for k in range(-8, 14)
    ]
    shadows += [
        strip(
            (k * step + 0.04, -3, -0.055),
            (k * step + 0.04, 3, -0.055),
            0.03,
            (96, 72, 46),
        )
        for k in range(-12, 13)
    ]
    picture.solids(shadows, in_order=True)
    for k in range(-12, 13):
        picture.solids(
            tube(
                (k * step, -3, -0.028), (k * step, 3, -0.028), 0.009, scale(rust, 0.85)
            )
        )
    ties = []
    for j in range(13, -9, -1):
        picture.solids(tube((-3, j * step, -0.01), (3, j * step, -0.01), 0.009, rust))
        for k in range(-8, 9):
            if (j + k) % 2:
                x, y = k * step, j * step
                ties.append(
                    ((x - 0.012, y - 0.012, 0.002), (x + 0.012, y + 0.012, 0.002))
                )
    picture.rods(ties, (62, 58, 56), 0.004)
    _tape(
        picture, (0.42, rng.uniform(-0.05, 0.15), 0.004), 270, rng.uniform(0.75, 0.95)
    )


def _crack(picture: Picture, rng: random.Random) -> None:
    picture.tiles(surfaces.concrete(8, 1.06), (-2, -2, 0), (4, 4), 4)
    points: list[Point] = [(-1.6, rng.uniform(-0.2, 0.2), 0.001)]
    while points[-1][0] < 1.6:
        x, y, z = points[-1]
        points.append((x + rng.uniform(0.03, 0.09), y + rng.uniform(-0.035, 0.04), z))
    picture.rods(pairwise(points), (66, 62, 58), 0.0045)
    mark = rng.uniform(-0.1, 0.1)
    chalk = [
        ((mark, -0.28, 0.002), (mark + 0.02, 0.36, 0.002)),
        ((mark + 0.25, -0.3, 0.002), (mark + 0.24, 0.34, 0.002)),
    ]
    picture.rods(chalk, (198, 52, 40), 0.008)
    card: list[Point] = [
        (0.28, -0.3, 0.004),
        (0.5, -0.27, 0.004),
        (0.49, -0.14, 0.004),
        (0.27, -0.17, 0.004),
    ]
    picture.solids([quad(card, (242, 242, 238))])
    for k in range(7):
        x = 0.3 + k * 0.026
        picture.rods(
            [((x, -0.27 + k * 0.003, 0.005), (x - 0.003, -0.2 + k * 0.003, 0.005))],
            (20, 20, 22),
            0.001 + 0.0009 * k,
        )
    _tape(picture, (0.2, -0.4, 0.004), rng.uniform(272, 284), 0.6)


def _anchors(picture: Picture, rng: random.Random) -> None:
    picture.tiles(surfaces.concrete(6, 0.96), (-2, -2, 0), (4, 4), 4)
    steel = tower.STEEL
    picture.solids(
        [strip((-0.31, 0.1, 0.001), (0.35, 0.1, 0.001), 0.64, (104, 100, 94))]
    )
    picture.solids(box((-0.3, -0.2, 0), (0.3, 0.4, 0.03), (142, 146, 150)))
    bodies = [
        list(box((-0.13, 0.0, 0.03), (0.13, 0.03, 1.6), steel)),
        list(box((-0.13, 0.19, 0.03), (0.13, 0.22, 1.6), steel)),
        list(box((-0.012, 0.03, 0.03), (0.012, 0.19, 1.6), scale(steel, 0.8))),
    ]
    for x in (-0.23, 0.23):
        for y in (-0.13, 0.33):
            bodies.append(
                list(tube((x, y, 0.03), (x, y, 0.055), 0.036, (176, 180, 184), 6))
            )
            bodies.append(
                list(tube((x, y, 0.055), (x, y, 0.11), 0.014, (150, 154, 158), 8))
            )
    picture.bodies(bodies)
    _tape(picture, (0.38, -0.27, 0.004), 270, rng.uniform(0.7, 0.85))


CLOSE: dict[str, Callable[[Scene, random.Random], Image.Image]] = {
    "sign": sign,
    "inspection": inspection,
}
