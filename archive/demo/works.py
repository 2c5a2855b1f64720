"""Work in the open, from close by: decks, pours, steel, roof, earth and lorries."""

from __future__ import annotations

import random
from collections.abc import Callable

from PIL import Image

from . import machines, outdoors, surfaces, tower
from .decks import pour, rebar
from .geometry import (
    Camera,
    Colour,
    Face,
    Point,
    add,
    box,
    heading_vector,
    quad,
    tube,
)
from .light import scale
from .nearby import crew, started
from .outdoors import Vantage
from .scene import Scene


def _i_section(start: Point, end: Point, size: float, colour: Colour) -> list[Face]:
    """A rolled beam or column along x, y or z: two flanges and a web."""
    (x0, y0, z0), (x1, y1, z1) = start, end
    h, t = size / 2, size / 9
    if z1 > z0:  # a column
        return [
            *box((x0 - h, y0 - h, z0), (x0 + h, y0 - h + t, z1), colour),
            *box(
                (x0 - t / 2, y0 - h, z0), (x0 + t / 2, y0 + h, z1), scale(colour, 0.8)
            ),
            *box((x0 - h, y0 + h - t, z0), (x0 + h, y0 + h, z1), colour),
        ]
    across = (h * 0.7, 0.0) if y1 > y0 else (0.0, h * 0.7)
    web = (t / 2, 0.0) if y1 > y0 else (0.0, t / 2)
    return [
        *box(
            (x0 - web[0], y0 - web[1], z0 - h),
            (x1 + web[0], y1 + web[1], z0 + h),
            scale(colour, 0.8),
        ),
        *box(
            (x0 - across[0], y0 - across[1], z0 - h),
            (x1 + across[0], y1 + across[1], z0 - h + t),
            colour,
        ),
        *box(
            (x0 - across[0], y0 - across[1], z0 + h - t),
            (x1 + across[0], y1 + across[1], z0 + h),
            colour,
        ),
    ]


def steel(scene: Scene, rng: random.Random) -> Image.Image:
    """The podium's frame from inside it, looking up."""
    spots = ((38.5, 1.5, 52.0), (59, 2, 312.0), (40, 22.5, 130.0), (49, 3, 8.0))
    x, y, heading = spots[scene.view % 4]
    eye = (x + rng.uniform(-0.8, 0.8), y, 1.7)
    picture, stage = started(
        scene, Vantage(eye, heading + rng.uniform(-9, 9), rng.uniform(6, 20), 74), rng
    )
    picture.tiles(surfaces.concrete(2), (36, 0, 0.02), (24, 24), 24)
    colour = tower.STEEL if scene.seed % 3 else (126, 130, 134)
    xs, ys = (37.0, 44.5, 52.0, 59.6), (0.4, 8.1, 15.8, 23.6)
    columns = [_i_section((a, b, 0), (a, b, 9), 0.42, colour) for a in xs for b in ys]
    picture.bodies(columns[: int(16 * min(1, 0.4 + stage.steel))])
    for z in (9.0, 4.6):
        beams = [_i_section((a, 0.4, z), (a, 23.6, z), 0.5, colour) for a in xs]
        beams += [_i_section((37, b, z), (59.6, b, z), 0.5, colour) for b in ys]
        count = len(beams) if stage.steel > 0.5 else 5
        picture.bodies(_pieces(beams[:count]))
        if stage.steel > 0.7 and z > 5:
            joists = [
                _i_section(
                    (37, 0.4 + k * 1.93, z), (59.6, 0.4 + k * 1.93, z), 0.25, colour
                )
                for k in range(13)
            ]
            picture.bodies(joists)
    bodies = crew(picture, rng, 0, rng.randint(0, 2))
    lift = add(eye, picture.camera.forward, 11)
    if rng.random() < 0.6:
        bodies += _scissor_lift((lift[0], lift[1], 0), rng.uniform(3, 6))
    picture.bodies(bodies)
    return picture.finished(rng)


def _pieces(beams: list[list[Face]]) -> list[list[Face]]:
    """Each beam's faces as bodies of their own (long beams cross one another)."""
    return [[face] for beam in beams for face in beam]


def _scissor_lift(at: Point, height: float) -> list[list[Face]]:
    x, y, _ = at
    bodies = [
        list(box((x - 0.6, y - 1.1, 0.2), (x + 0.6, y + 1.1, 0.8), (226, 120, 40)))
    ]
    for k in range(4):
        z0, z1 = 0.8 + (height - 0.8) * k / 4, 0.8 + (height - 0.8) * (k + 1) / 4
        bodies.append(
            list(tube((x - 0.5, y - 1, z0), (x - 0.5, y + 1, z1), 0.05, (90, 92, 96)))
        )
        bodies.append(
            list(tube((x + 0.5, y + 1, z0), (x + 0.5, y - 1, z1), 0.05, (90, 92, 96)))
        )
    bodies.append(
        list(
            box(
                (x - 0.7, y - 1.2, height),
                (x + 0.7, y + 1.2, height + 0.12),
                (226, 120, 40),
            )
        )
    )
    bodies += machines.worker((x, y, height + 0.12), 40, 5)
    return bodies


def roof(scene: Scene, rng: random.Random) -> Image.Image:
    """The roof: membrane, insulation boards still open, parapets and plant."""
    z = tower.ROOF
    spots = ((2.5, 2.0, 52.0), (33.5, 2.5, 310.0), (3.0, 22.0, 122.0))
    x, y, heading = spots[scene.view % 3]
    picture, stage = started(
        scene,
        Vantage(
            (x, y, z + rng.uniform(1.6, 2.4)),
            heading + rng.uniform(-9, 9),
            rng.uniform(-14, -7),
            70,
        ),
        rng,
    )
    picture.tiles(surfaces.concrete(2), (0, 0, z), (36, 24), 18)
    end = max(4.0, 36 * stage.roof)
    laid = min(36.0, end + 7)
    picture.tiles(surfaces.board((214, 190, 132)), (0, 0, z + 0.02), (laid, 24), 12)
    picture.tiles(surfaces.membrane(), (0, 0, z + 0.06), (end, 24), 12)
    bodies = tower.roof(stage)[1 if stage.roof > 0 else 0 :]
    for _ in range(rng.randint(2, 5)):
        rx, ry = rng.uniform(7, 30), rng.uniform(4, 20)
        roll = tube(
            (rx, ry, z + 0.35), (rx, ry + 1.1, z + 0.35), 0.26, (64, 66, 70), 12
        )
        bodies.append(list(roll))
    if stage.roof < 1:
        for k in range(3):
            sx, sy = min(33, end + 1.5 * k), rng.uniform(3, 20)
            bodies.append(
                list(box((sx, sy, z), (sx + 1.2, sy + 2.4, z + 0.8), (226, 204, 148)))
            )
    bodies += crew(picture, rng, z + 0.06, rng.randint(0, 3))
    eye = picture.camera.eye
    picture.bodies([b for b in bodies if _clear_of(b, eye)])
    return picture.finished(rng)


def _clear_of(body: list[Face], eye: Point) -> bool:
    x, y, _ = body[0].points[0]
    return (x - eye[0]) ** 2 + (y - eye[1]) ** 2 > 2.5


def earthworks(scene: Scene, rng: random.Random) -> Image.Image:
    """An excavator loading a lorry beside the pit."""
    spots = ((-16.0, -14.0, 40.0), (64.0, -16.0, 318.0), (-14.0, 36.0, 128.0))
    x, y, heading = spots[scene.view % 3]
    picture, _ = started(
        scene,
        Vantage(
            (x, y, rng.uniform(2.0, 3.4)),
            heading + rng.uniform(-8, 8),
            rng.uniform(-5, -1),
            66,
        ),
        rng,
    )
    camera = picture.camera
    right = camera.right if isinstance(camera, Camera) else (1.0, 0.0, 0.0)

    def spot(far: float, aside: float) -> Point:
        px, py, _ = add(add(camera.eye, camera.forward, far), right, aside)
        return (px, py, 0.0)

    bodies: list[list[Face]] = []
    side = rng.choice((-1, 1))
    bodies += [_heap(spot(26, -side * 9), rng.uniform(2, 3.5), rng)]
    turn = heading + 90 * side + rng.uniform(-30, 30)
    bodies += machines.excavator(
        spot(rng.uniform(11, 15), -side * 2.5), turn, rng.random()
    )
    paint: Colour = rng.choice(((216, 96, 44), (238, 240, 240), (42, 96, 150)))
    bodies += machines.truck(
        spot(19, side * 5), heading + 90 + rng.uniform(-15, 15), "none", paint
    )
    bodies += crew(picture, rng, 0, rng.randint(1, 3), 7)
    picture.bodies(bodies)
    return picture.finished(rng)


def _heap(at: Point, height: float, rng: random.Random) -> list[Face]:
    """A heap of soil: a lumpy cone."""
    rim = []
    for k in range(14):
        out = tower.jitter(k, int(height * 50)) * 1.4 + 4.5
        angle = k * 360 / 14
        a = heading_vector(-angle)
        rim.append(add(at, a, out))
    top = add(at, (0, 0, 1), height)
    faces = []
    for k in range(14):
        a, b = rim[k], rim[(k + 1) % 14]
        m = add(top, heading_vector(-(k * 360 / 14)), 1.4)
        n = add(top, heading_vector(-((k + 1) * 360 / 14)), 1.4)
        m, n = (m[0], m[1], height * 0.86), (n[0], n[1], height * 0.86)
        tone = scale((146, 118, 86), 0.92 + 0.16 * rng.random())
        faces += [
            quad((a, b, n, m), tone, two_sided=False),
            quad((m, n, top), tone, two_sided=False),
        ]
    return faces


_LOADS = ("rebar", "mixer", "panels", "boards")


def delivery(scene: Scene, rng: random.Random) -> Image.Image:
    """A lorry at the gate, with the tower behind it. The view decides the load."""
    eye = (rng.uniform(2, 14), -25.0, rng.uniform(1.6, 2.1))
    picture, stage = started(
        scene, Vantage(eye, rng.uniform(-12, 24), rng.uniform(4, 9), 70), rng
    )
    outdoors.building(picture, stage)
    paints: tuple[Colour, ...] = (
        (44, 98, 150),
        (238, 240, 240),
        (190, 44, 40),
        (70, 120, 84),
    )
    at = (eye[0] + rng.uniform(-0.5, 3.5), eye[1] + rng.uniform(10, 12.5), 0.0)
    load = _LOADS[scene.view % 4]
    bodies = machines.truck(
        at,
        rng.choice((62.0, 118.0, 75.0, 242.0, 285.0)),
        load,
        rng.choice(paints),
        scene.seed,
    )
    bodies += crew(picture, rng, 0, rng.randint(1, 3), 6)
    picture.bodies(bodies)
    return picture.finished(rng)


OPEN_AIR: dict[str, Callable[[Scene, random.Random], Image.Image]] = {
    "exterior": outdoors.exterior,
    "aerial": outdoors.aerial,
    "rebar": rebar,
    "pour": pour,
    "steel": steel,
    "roof": roof,
    "earthworks": earthworks,
    "delivery": delivery,
}
