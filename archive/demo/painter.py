"""From solids to a picture: far things first, each under the light, then the lens.

Faces are drawn at twice the final size and halved, which smooths their edges; textures
and the sky are laid at half the final size beneath, which is enough under the grain.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from . import surfaces
from .geometry import (
    Camera,
    Colour,
    Face,
    Pixel,
    Point,
    Sphere,
    add,
    cross,
    dot,
    subtract,
    unit,
)
from .light import Light, shaded

FINE = 2  # faces are drawn so many times larger than the picture


class Picture:
    """A picture in the making: ``backdrop``, then ``solids``, then ``finished``."""

    def __init__(self, camera: Camera | Sphere, light: Light) -> None:
        self.camera = camera
        self.light = light
        self.size = camera.view
        self._coarse = camera.scaled(0.5)
        self._fine = camera.scaled(FINE)
        self.base = Image.new("RGB", self._coarse.view, _whole(light.haze))
        self._canvas: Image.Image | None = None
        self._pen: ImageDraw.ImageDraw | None = None

    def sky(self, rng: random.Random) -> None:
        """Fill the backdrop with sky, from the zenith's colour to the horizon's."""
        width, height = self.base.size
        light = self.light
        if isinstance(self._coarse, Camera):
            rim = max(1, min(height, round(self._coarse.horizon())))
        else:
            rim = height // 2
        sky = surfaces.gradient((width, rim), light.zenith, light.horizon, 0.8)
        if light.clouds:
            self._clouds(sky, rng)
        self.base.paste(sky, (0, 0))

    def _clouds(self, sky: Image.Image, rng: random.Random) -> None:
        noise = surfaces.clouds((1024, 512), 11 + rng.randrange(4))
        left, top = rng.randrange(500), rng.randrange(300)
        part = noise.crop((left, top, left + 500, top + 210)).resize(
            sky.size, Image.Resampling.BICUBIC
        )
        floor = 190 * (1 - self.light.clouds) + 10
        table = [int(max(0.0, min(1.0, (i - floor) / 130)) * 225) for i in range(256)]
        bright = tuple(min(255, int(v * 1.06 + 14)) for v in self.light.horizon)
        sky.paste(bright, (0, 0), part.point(table))

    def texture(
        self, image: Image.Image, origin: Point, first: Point, second: Point
    ) -> None:
        """Lay an image on a parallelogram (origin, +first, +second), evenly lit."""
        face = _plane(origin, first, second)
        if isinstance(self._coarse, Camera):
            warped = _warped(image, face, self._coarse, self.light)
            if warped:
                self.base.paste(*warped)
        else:
            self._patches(image, origin, first, second)

    def decal(
        self, image: Image.Image, origin: Point, first: Point, second: Point
    ) -> None:
        """Like ``texture``, but sharp and over the solids: for things with writing."""
        self._pen_on_canvas()
        if self._canvas is None or not isinstance(self.camera, Camera):
            return
        face = _plane(origin, first, second)
        warped = _warped(image, face, self.camera, self.light)
        if warped is None:
            return
        part, (left, top), mask = warped
        size = (part.size[0] * FINE, part.size[1] * FINE)
        part = part.resize(size, Image.Resampling.BILINEAR)
        mask = mask.resize(size, Image.Resampling.BILINEAR)
        self._canvas.paste(part, (left * FINE, top * FINE), mask)

    def tiles(
        self, image: Image.Image, corner: Point, size: tuple[float, float], tile: float
    ) -> None:
        """Cover a level rectangle with square textures of ``tile`` metres."""
        x0, y0, z = corner
        x = 0.0
        while x < size[0]:
            y = 0.0
            w = min(tile, size[0] - x)
            while y < size[1]:
                d = min(tile, size[1] - y)
                pixels = (int(image.size[0] * w / tile), int(image.size[1] * d / tile))
                part = image if w == d == tile else image.crop((0, 0, *pixels))
                self.texture(part, (x0 + x, y0 + y, z), (w, 0, 0), (0, d, 0))
                y += tile
            x += tile

    def settle(self, reduction: int = FINE * 2) -> None:
        """Make what is drawn so far the backdrop, a little out of focus."""
        if self._canvas is not None:
            self.base = self._canvas.reduce(reduction)
            self._canvas = self._pen = None

    def _patches(
        self, image: Image.Image, origin: Point, first: Point, second: Point
    ) -> None:
        """The same for a sphere: the image as 28 x 28 flat patches."""
        count = 28
        tiny = image.resize((count, count), Image.Resampling.BOX)
        normal = _plane(origin, first, second).normal
        draw, camera = ImageDraw.Draw(self.base), self._coarse
        if not isinstance(camera, Sphere):
            return
        for row in range(count):
            for column in range(count):
                corners = tuple(
                    add(
                        add(origin, first, (column + i) / count),
                        second,
                        (row + j) / count,
                    )
                    for i, j in ((0, 0), (1, 0), (1, 1), (0, 1))
                )
                pixel = tiny.getpixel((column, row))
                if not isinstance(pixel, tuple):
                    continue  # never: the textures are RGB
                colour = (pixel[0], pixel[1], pixel[2])
                fill = shaded(Face(corners, colour, normal, 0, True), self.light, 1)
                for outline in camera.outlines(corners, 2):
                    draw.polygon(outline, fill)

    def haze(self, colour: Colour, top: int, bottom: int, strength: float) -> None:
        """Fade the backdrop between two rows (of the final picture) into the haze."""
        width, height = self.base.size
        top, bottom = max(0, top // 2), min(height, bottom // 2)
        if bottom <= top:
            return
        ramp = Image.linear_gradient("L").transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        mask = ramp.resize((width, bottom - top)).point(lambda v: v * strength)
        self.base.paste(_whole(colour), (0, top), mask)

    def backdrop(self, faces: Iterable[Face]) -> None:
        """Draw flat things (far fields, road marks) onto the backdrop, in order."""
        draw, camera = ImageDraw.Draw(self.base), self._coarse
        for face in faces:
            fill = shaded(face, self.light, min(200.0, _distance(face, camera.eye)))
            for outline in camera.outlines(face.points):
                draw.polygon(outline, fill)

    def hole(self, rim: Sequence[Point], faces: Iterable[Face]) -> None:
        """Draw what lies below a hole in the ground, seen through its rim only."""
        camera = self._coarse
        under = self.base.copy()
        draw = ImageDraw.Draw(under)
        for face in sorted(faces, key=lambda f: -_distance(f, camera.eye)):
            away = subtract(face.points[0], camera.eye)
            if face.two_sided or dot(away, face.normal) < 0:
                fill = shaded(face, self.light, _distance(face, camera.eye))
                for outline in camera.outlines(face.points):
                    draw.polygon(outline, fill)
        mask = _stencil(camera.view, camera.outlines(rim))
        self.base.paste(under, (0, 0), mask)

    def shadows(
        self, outlines: Iterable[Sequence[Point]], strength: float, blur: float = 3
    ) -> None:
        """Darken the backdrop within flat outlines (in metres), softly."""
        camera = self._coarse
        mask = Image.new("L", camera.view)
        draw = ImageDraw.Draw(mask)
        for points in outlines:
            for outline in camera.outlines(points):
                draw.polygon(outline, int(255 * strength))
        mask = mask.filter(ImageFilter.BoxBlur(blur))
        dark = self.base.point([int(v * 0.5) for v in range(256)] * 3)
        self.base.paste(dark, (0, 0), mask)

    def _pen_on_canvas(self) -> ImageDraw.ImageDraw:
        if self._pen is None:
            smooth = self.base.resize(self.size, Image.Resampling.BILINEAR)
            self._canvas = smooth.resize(self._fine.view, Image.Resampling.NEAREST)
            self._pen = ImageDraw.Draw(self._canvas)
        return self._pen

    def solids(self, faces: Iterable[Face], *, in_order: bool = False) -> None:
        """Draw faces over all that is there, the farthest first unless ``in_order``."""
        pen, camera, eye = self._pen_on_canvas(), self._fine, self.camera.eye
        seen = []
        for face in faces:
            away = subtract(face.points[0], eye)
            if not face.two_sided and dot(away, face.normal) >= 0:
                continue
            seen.append((_distance(face, eye), face))
        if not in_order:
            seen.sort(key=lambda item: -item[0])
        for distance, face in seen:
            for outline in camera.outlines(face.points):
                pen.polygon(outline, shaded(face, self.light, distance))

    def bodies(self, bodies: Iterable[Sequence[Face]]) -> None:
        """Draw convex bodies, the farthest first, each with its faces in order."""
        eye = self.camera.eye
        for body in sorted(bodies, key=lambda b: -_middle_distance(b, eye)):
            self.solids(body)

    def rods(
        self, rods: Iterable[tuple[Point, Point]], colour: Colour, thickness: float
    ) -> None:
        """Thin straight things (bars, rails, cables) as lines ``thickness`` m wide."""
        pen, camera = self._pen_on_canvas(), self._fine
        pixels_at_a_metre = (
            camera.focal if isinstance(camera, Camera) else camera.view[0] / 6.3
        )
        for start, end in rods:
            far = max(0.3, camera.depth(add(start, subtract(end, start), 0.5)))
            face = Face((), colour, (0, 0, 0.3), 0, False)
            width = max(1, round(thickness * pixels_at_a_metre / far))
            for line in camera.lines(start, end):
                pen.line(line, shaded(face, self.light, far), width)

    def balls(self, balls: Iterable[tuple[Point, float, Colour]]) -> None:
        """Round things (foliage, helmets): a lit disc each, the farthest first."""
        pen, camera = self._pen_on_canvas(), self._fine
        if not isinstance(camera, Camera):
            return
        for point, radius, colour in sorted(balls, key=lambda b: -camera.depth(b[0])):
            far = camera.depth(point)
            spot = camera.project((point,))
            if far < 0.5 or not spot:
                continue
            (x, y), size = spot[0], radius * camera.focal / far
            for shift, share, normal in (
                (0.0, 1.0, (0.0, 0.0, -0.6)),
                (0.16, 0.8, self.light.sun),
            ):
                face = Face((), colour, normal)
                r = size * share
                cx, cy = x + shift * size * 0.6, y - shift * size
                fill = shaded(face, self.light, far)
                pen.ellipse((cx - r, cy - r, cx + r, cy + r), fill)

    def finished(self, rng: random.Random, exposure: float = 1.0) -> Image.Image:
        """The picture as a lens and a sensor would give it."""
        self._pen_on_canvas()
        self.settle(FINE)
        image = self.base
        return developed(image, rng, exposure, rounded=isinstance(self.camera, Sphere))


def developed(
    image: Image.Image,
    rng: random.Random,
    exposure: float = 1.0,
    *,
    rounded: bool = False,
) -> Image.Image:
    """Glow around bright parts, a camera's tone curve, vignette and grain."""
    small = image.reduce(16).point([max(0, (v - 150) * 2) for v in range(256)] * 3)
    glow = small.filter(ImageFilter.GaussianBlur(4)).resize(
        image.size, Image.Resampling.BILINEAR
    )
    image = ImageChops.screen(
        image, glow.point([int(v * 0.16) for v in range(256)] * 3)
    )
    image = image.point(_tone(exposure, rng.uniform(-0.02, 0.02)))
    if not rounded:
        image = ImageChops.multiply(image, surfaces.vignette(image.size))
    noise = surfaces.grain(image.size)
    x, y = rng.randrange(128), rng.randrange(128)
    noise = noise.crop((x, y, x + image.size[0], y + image.size[1]))
    return ImageChops.add(image, Image.merge("RGB", (noise,) * 3), 1, -128)


def _tone(exposure: float, warmth: float) -> list[int]:
    """Look-up tables: exposure, a gentle S curve, and a slightly warm or cold cast."""
    table: list[int] = []
    for factor in (1 + warmth, 1.0, 1 - warmth):
        for v in range(256):
            x = min(1.0, v / 255 * exposure * factor)
            curved = x * x * (3 - 2 * x)
            table.append(int(255 * (0.012 + 0.985 * (0.62 * x + 0.38 * curved))))
    return table


def _warped(
    image: Image.Image, face: Face, camera: Camera, light: Light
) -> tuple[Image.Image, tuple[int, int], Image.Image] | None:
    """An image as seen on a parallelogram: the part, where it goes, and its mask."""
    origin, corner, _, other = face.points
    outlines = camera.outlines(face.points)
    first, second = subtract(corner, origin), subtract(other, origin)
    factors = camera.plane_transform(origin, first, second)
    if not outlines or factors is None:
        return None
    left, top, right, bottom = _bounds(outlines[0], camera.view)
    if right <= left or bottom <= top:
        return None
    part = _tinted(image, face, light).transform(
        (right - left, bottom - top),
        Image.Transform.PERSPECTIVE,
        _from(factors, (left, top), image.size),
        Image.Resampling.BILINEAR,
    )
    outline = [(x - left, y - top) for x, y in outlines[0]]
    return part, (left, top), _stencil(part.size, [outline])


def _from(
    factors: tuple[float, ...], start: tuple[int, int], size: tuple[int, int]
) -> tuple[float, ...]:
    """The transform for a part that starts at ``start``, into a texture's pixels."""
    a, b, c, d, e, f, g, h = factors
    left, top = start
    i = g * left + h * top + 1
    g, h = g / i, h / i
    across = (a / i, b / i, (a * left + b * top + c) / i)
    down = (d / i, e / i, (d * left + e * top + f) / i)
    # keep off the texture's rim: outside it Pillow fills in black
    weights = (g, h, 1.0)
    row_x = [
        size[0] * (0.99 * v + 0.005 * w) for v, w in zip(across, weights, strict=True)
    ]
    row_y = [
        size[1] * (0.99 * v + 0.005 * w) for v, w in zip(down, weights, strict=True)
    ]
    return (*row_x, *row_y, g, h)


def _stencil(size: tuple[int, int], outlines: list[list[Pixel]]) -> Image.Image:
    """A mask with smooth edges."""
    mask = Image.new("L", (size[0] * 3, size[1] * 3))
    draw = ImageDraw.Draw(mask)
    for outline in outlines:
        draw.polygon([(x * 3, y * 3) for x, y in outline], 255)
    return mask.reduce(3)


def _plane(origin: Point, first: Point, second: Point) -> Face:
    far = add(add(origin, first), second)
    normal = unit(cross(first, second))
    points = (origin, add(origin, first), far, add(origin, second))
    return Face(points, (255, 255, 255), normal, 0.0, True)


def _tinted(image: Image.Image, face: Face, light: Light) -> Image.Image:
    white = face._replace(colour=(200.0, 200.0, 200.0))
    factors = [v / 200 for v in shaded(white, light, 0)]
    return image.point([min(255, int(v * f)) for f in factors for v in range(256)])


def _bounds(
    outline: Sequence[Pixel], view: tuple[int, int]
) -> tuple[int, int, int, int]:
    xs, ys = [p[0] for p in outline], [p[1] for p in outline]
    return (
        max(0, int(min(xs))),
        max(0, int(min(ys))),
        min(view[0], int(max(xs)) + 1),
        min(view[1], int(max(ys)) + 1),
    )


def _distance(face: Face, eye: Point) -> float:
    x = y = z = 0.0
    for a, b, c in face.points:
        x, y, z = x + a, y + b, z + c
    n = len(face.points)
    return math.hypot(x / n - eye[0], y / n - eye[1], z / n - eye[2])


def _middle_distance(body: Sequence[Face], eye: Point) -> float:
    return sum(_distance(face, eye) for face in body) / max(1, len(body))


def _whole(colour: Colour) -> tuple[int, int, int]:
    return (int(colour[0]), int(colour[1]), int(colour[2]))
