"""On the newest deck: reinforcement, and concrete being placed on it."""

from __future__ import annotations

import random

from PIL import Image

from . import machines, surfaces
from .geometry import Colour, Face, Point, add, quad, strip, tube
from .light import scale
from .nearby import crew, started
from .outdoors import Vantage
from .painter import Picture
from .progress import level_height
from .scene import Scene

RUST: Colour = (128, 82, 58)


def _on_deck(scene: Scene, rng: random.Random) -> tuple[Picture, float]:
    """A picture taken while standing on the newest deck; with the deck's height."""
    z = level_height(scene.level)
    spots = (
        (3.0, 2.5, 48.0),
        (33.0, 3.0, 316.0),
        (4.0, 21.5, 128.0),
        (32.0, 21.0, 226.0),
    )
    x, y, heading = spots[scene.view % 4]
    eye = (x + rng.uniform(-1, 1), y + rng.uniform(-1, 1), z + rng.uniform(1.5, 2.1))
    picture, _ = started(
        scene,
        Vantage(eye, heading + rng.uniform(-10, 10), rng.uniform(-17, -9), 68),
        rng,
    )
    return picture, z


def _rails(picture: Picture, z: float, colour: Colour = (226, 120, 50)) -> None:
    """Guard rail with mesh round the deck."""
    ring: list[Point] = [(0, 0, z), (36, 0, z), (36, 24, z), (0, 24, z)]
    rods = []
    for i in range(4):
        a, b = ring[i], ring[(i + 1) % 4]
        rods += [
            (add(a, (0, 0, 1), up), add(b, (0, 0, 1), up)) for up in (0.15, 0.6, 1.1)
        ]
        steps = 15 if i % 2 == 0 else 10
        for k in range(steps):
            t = k / steps
            post = (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, z)
            rods.append((post, add(post, (0, 0, 1), 1.15)))
    picture.rods(rods, colour, 0.05)


def _mesh(x0: float, x1: float, z: float, spacing: float) -> list[Face]:
    """Two crossing layers of bars with their shadows and highlights, in order."""
    shadows, lower, upper = [], [], []
    light = scale(RUST, 1.4)
    y = 0.4
    while y < 23.8:
        shadows.append(
            strip(
                (x0, y + 0.05, z + 0.005),
                (x1, y + 0.05, z + 0.005),
                0.035,
                (88, 66, 40),
            )
        )
        upper.append(strip((x0, y, z + 0.09), (x1, y, z + 0.09), 0.034, RUST))
        upper.append(
            strip((x0, y + 0.008, z + 0.1), (x1, y + 0.008, z + 0.1), 0.01, light)
        )
        y += spacing
    x = x0 + 0.1
    while x < x1:
        shadows.append(
            strip(
                (x + 0.05, 0.3, z + 0.005),
                (x + 0.05, 23.7, z + 0.005),
                0.035,
                (88, 66, 40),
            )
        )
        lower.append(
            strip((x, 0.3, z + 0.06), (x, 23.7, z + 0.06), 0.034, scale(RUST, 0.86))
        )
        lower.append(
            strip((x + 0.008, 0.3, z + 0.07), (x + 0.008, 23.7, z + 0.07), 0.01, light)
        )
        x += spacing
    return shadows + lower + upper


def _starter_bars(picture: Picture, z: float) -> None:
    rods = []
    for i in range(7):
        for j in range(5):
            x, y = i * 6.0, j * 6.0
            for dx, dy in (
                (-0.22, -0.22),
                (0.22, -0.22),
                (0.22, 0.22),
                (-0.22, 0.22),
                (0, 0.22),
            ):
                rods.append(((x + dx, y + dy, z), (x + dx, y + dy, z + 1.3)))
            rods += [
                ((x - 0.24, y - 0.22, z + up), (x + 0.24, y - 0.22, z + up))
                for up in (0.3, 0.7)
            ]
    eye = picture.camera.eye
    near = [r for r in rods if (r[0][0] - eye[0]) ** 2 + (r[0][1] - eye[1]) ** 2 > 4]
    picture.rods(near, RUST, 0.03)


def rebar(scene: Scene, rng: random.Random) -> Image.Image:
    """Reinforcement laid on a deck, ready for the inspection before the pour."""
    picture, z = _on_deck(scene, rng)
    picture.tiles(surfaces.plywood(), (-0.3, -0.3, z), (36.6, 24.6), 9.15)
    picture.solids(_mesh(0.3, 35.7, z, rng.choice((0.2, 0.25, 0.3))), in_order=True)
    conduit = ((62, 108, 178), (232, 124, 44))[rng.randrange(2)]
    x, y = rng.uniform(6, 28), rng.uniform(5, 18)
    for k in range(3):
        picture.solids(
            machines.hose(
                (x, y + k * 0.3, z + 0.14),
                (x + 7, y + 4 - k, z + 0.14),
                0.0,
                conduit,
                0.03,
            )
        )
    _rails(picture, z)
    _starter_bars(picture, z)
    picture.bodies(crew(picture, rng, z + 0.1, rng.randint(0, 3)))
    return picture.finished(rng)


def pour(scene: Scene, rng: random.Random) -> Image.Image:
    """Concrete being placed: a wet half, a half still showing its bars, and a hose."""
    picture, z = _on_deck(scene, rng)
    # the edge of the wet concrete lies some metres in front of whoever takes the photo
    at = picture.camera.eye[0]
    front = at + rng.uniform(3.5, 7) * (-1 if at > 18 else 1)
    picture.tiles(surfaces.plywood(), (-0.3, -0.3, z), (36.6, 24.6), 9.15)
    dry_first = picture.camera.eye[0] > 18
    wet = (-0.3, front) if not dry_first else (front, 36.3)
    picture.tiles(
        surfaces.concrete(5, 0.8), (wet[0], -0.3, z + 0.12), (wet[1] - wet[0], 24.6), 12
    )
    bars = (front, 35.7) if not dry_first else (0.3, front)
    picture.solids(_mesh(bars[0], bars[1], z, 0.25), in_order=True)
    picture.solids(_tongue(front, z, rng, -1 if dry_first else 1), in_order=True)
    _rails(picture, z)
    _starter_bars(picture, z)
    crew = []
    for i in range(rng.randint(2, 4)):
        spot = (
            front + rng.uniform(-2.5, 2.5),
            7 + 3.4 * i + rng.uniform(-1, 1),
            z + 0.12,
        )
        crew += machines.worker(spot, rng.uniform(0, 360), rng.randrange(90))
    end = (front, 12 + rng.uniform(-3, 3), z + 0.7)
    high = (end[0] + 3, end[1] + 2, z + 9)
    crew.append(machines.hose(high, end, 0.6, (52, 52, 54), 0.11))
    boom = (high[0] + 16, high[1] + 12, z + 14)
    crew.append(list(tube(high, boom, 0.14, (214, 60, 48))))
    picture.bodies(crew)
    return picture.finished(rng)


def _tongue(front: float, z: float, rng: random.Random, way: int) -> list[Face]:
    """The uneven edge of the wet concrete."""
    faces = []
    y = -0.3
    while y < 24.3:
        reach = rng.uniform(0.2, 1.5) * way
        back, low, high = front - 0.05 * way, z + 0.11, z + 0.12
        points = (
            (back, y - 0.7, high),
            (front + reach, y, low),
            (front + reach * 0.8, y + 0.6, low),
            (back, y + 1.4, high),
        )
        faces.append(quad(points, (138, 136, 130)))
        y += 0.6
    return faces
