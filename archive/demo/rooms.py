"""Inside the building: services, drywall, finished rooms, and the 360 degree views.

A room lies in the tower where its windows say: what is seen through them is the
neighbourhood from that height.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from . import machines, outdoors, surfaces
from .geometry import Camera, Colour, Face, Point, Sphere, box, quad, tube
from .light import Light, daylight, indoors, scale
from .painter import Picture
from .progress import level_height, stage_on
from .scene import LATITUDE, Scene

GALVANISED: Colour = (182, 190, 196)
RED: Colour = (186, 44, 38)
COPPER: Colour = (188, 112, 70)
GREEN: Colour = (64, 128, 92)
BLUE: Colour = (58, 104, 168)
BLACK: Colour = (48, 50, 54)


@dataclass(frozen=True, slots=True)
class Room:
    """A box of air: two corners in metres, and the sides that have windows."""

    low: Point
    high: Point
    windows: tuple[str, ...]

    @property
    def size(self) -> Point:
        """Width, depth and height, metres."""
        a, b = self.low, self.high
        return (b[0] - a[0], b[1] - a[1], b[2] - a[2])


_ROOMS = (
    ((0.2, 0.2), (11.8, 8.2), ("south", "west")),
    ((24.2, 0.2), (35.8, 9.0), ("south", "east")),
    ((0.2, 15.0), (12.6, 23.8), ("north", "west")),
    ((23.4, 14.0), (35.8, 23.8), ("north",)),
    ((12.0, 0.2), (24.0, 7.8), ("south",)),
)


def _room(scene: Scene) -> Room:
    (x0, y0), (x1, y1), windows = _ROOMS[scene.view % len(_ROOMS)]
    z = level_height(scene.level)
    return Room((x0, y0, z), (x1, y1, z + 3.35), windows)


def _camera(
    scene: Scene,
    room: Room,
    rng: random.Random,
    pitch: tuple[float, float],
    field: float,
) -> Camera:
    """A camera in one corner of the room that looks across it."""
    (x0, y0, z), (x1, y1, _) = room.low, room.high
    corner = rng.randrange(4)
    inset = rng.uniform(0.9, 1.7)
    x = x0 + inset if corner in (0, 3) else x1 - inset
    y = y0 + inset if corner in (0, 1) else y1 - inset
    heading = (50, 310, 230, 130)[corner] + rng.uniform(-16, 16)
    eye = (x, y, z + rng.uniform(1.45, 1.75))
    return Camera(eye, heading, rng.uniform(*pitch), field, scene.size)


def _towards(room: Room) -> float:
    return {"south": 0, "west": 90, "north": 180, "east": 270}[room.windows[0]] + 180.0


def _with_view(
    camera: Camera | Sphere, scene: Scene, room: Room, light: Light, rng: random.Random
) -> Picture:
    """A picture that holds what is seen through the windows, over-exposed as it is."""
    outside = daylight(scene.when, LATITUDE, scene.weather)
    picture = Picture(camera, outside)
    picture.sky(rng)
    stage = stage_on(scene.day)
    outdoors.ground(picture, scene, stage)
    outdoors.surroundings(picture, stage)
    picture.settle()
    picture.base = picture.base.point(
        [min(255, int(v * 1.25 + 26)) for v in range(256)] * 3
    )
    picture.light = light
    return picture


def _wall(side: str, room: Room) -> tuple[Point, Point, float]:
    """A wall's lower left corner seen from inside, its direction and its length."""
    (x0, y0, z), (x1, y1, _) = room.low, room.high
    return {
        "north": ((x0, y1, z), (1.0, 0.0, 0.0), x1 - x0),
        "east": ((x1, y1, z), (0.0, -1.0, 0.0), y1 - y0),
        "south": ((x1, y0, z), (-1.0, 0.0, 0.0), x1 - x0),
        "west": ((x0, y0, z), (0.0, 1.0, 0.0), y1 - y0),
    }[side]


def _shell(
    picture: Picture,
    room: Room,
    floor: Image.Image,
    ceiling: Image.Image,
    wall: Image.Image,
) -> None:
    """Floor, ceiling and walls with darkened corners; walls with windows stay open."""
    (x0, y0, z), _ = room.low, room.high
    w, d, h = room.size
    picture.texture(_cornered(floor), (x0, y0, z), (w, 0, 0), (0, d, 0))
    picture.texture(_cornered(ceiling), (x0, y0, z + h), (w, 0, 0), (0, d, 0))
    dark = _cornered(wall)
    for side in ("north", "east", "south", "west"):
        corner, along, length = _wall(side, room)
        step = (along[0] * length, along[1] * length, 0.0)
        if side not in room.windows:
            top = (corner[0], corner[1], z + h)
            picture.texture(dark, top, step, (0, 0, -h))


_corners: dict[int, Image.Image] = {}


def _cornered(image: Image.Image) -> Image.Image:
    """The texture with soft shade along its edges (kept: textures are few)."""
    key = id(image)
    if key not in _corners:
        shade = surfaces.edge_shade(image.size)
        _corners[key] = Image.composite(
            image, image.point([int(v * 0.55) for v in range(256)] * 3), shade
        )
    return _corners[key]


def _window_walls(
    room: Room, colour: Colour, sill: float, *, glazed: bool
) -> list[list[Face]]:
    """Sill, head, piers and frames of the walls with windows."""
    bodies: list[list[Face]] = []
    _, _, h = room.size
    for side in room.windows:
        corner, along, length = _wall(side, room)

        def part(
            a: float, b: float, z0: float, z1: float, tone: Colour, thick: float = 0.0
        ) -> Face:
            points = []
            for t, z in ((a, z0), (b, z0), (b, z1), (a, z1)):
                points.append(
                    (corner[0] + along[0] * t, corner[1] + along[1] * t, corner[2] + z)
                )
            return quad(points, tone)

        faces = [part(0, length, 0, sill, colour), part(0, length, h - 0.35, h, colour)]
        count = max(2, round(length / 3))
        step = length / count
        for i in range(count + 1):
            wide = 0.28 if i % 2 == 0 else 0.07
            middle = min(max(i * step, wide), length - wide)
            faces.append(part(middle - wide, middle + wide, sill, h - 0.35, colour))
        if glazed:
            faces.append(part(0, length, sill, sill + 0.07, BLACK))
            faces.append(part(0, length, h - 0.42, h - 0.35, BLACK))
            for i in range(count * 2):
                t = i * step / 2
                faces.append(part(t - 0.03, t + 0.03, sill, h - 0.35, BLACK))
        bodies.append(faces)
    return bodies


def _duct(start: Point, end: Point, width: float, height: float) -> list[list[Face]]:
    """A rectangular duct along x or y in lengths of 1.4 m with flanges."""
    (x0, y0, z), (x1, y1, _) = start, end
    along_x = abs(x1 - x0) > abs(y1 - y0)
    length = abs(x1 - x0) if along_x else abs(y1 - y0)
    bodies = []
    t = 0.0
    while t < length:
        a, b = t, min(length, t + 1.4)
        tone = scale(GALVANISED, 0.94 + 0.1 * (int(t * 10) % 3) / 2)
        for low, high, grow, colour in (
            (a, b - 0.05, 0.0, tone),
            (b - 0.06, b, 0.035, scale(tone, 0.8)),
        ):
            if along_x:
                p, q = (
                    (x0 + low, y0 - width / 2 - grow, z - grow),
                    (x0 + high, y0 + width / 2 + grow, z + height + grow),
                )
            else:
                p, q = (
                    (x0 - width / 2 - grow, y0 + low, z - grow),
                    (x0 + width / 2 + grow, y0 + high, z + height + grow),
                )
            bodies.append(list(box(p, q, colour)))
        t += 1.4
    return bodies


def _pipe(start: Point, end: Point, radius: float, colour: Colour) -> list[list[Face]]:
    """A pipe in lengths of 1.5 m, with couplings."""
    pieces = []
    span = tuple(b - a for a, b in zip(start, end, strict=True))
    length = sum(v * v for v in span) ** 0.5
    count = max(1, round(length / 1.5))

    def at(t: float) -> Point:
        return (start[0] + span[0] * t, start[1] + span[1] * t, start[2] + span[2] * t)

    for i in range(count):
        pieces.append(
            list(tube(at(i / count), at((i + 1) / count), radius, colour, 10))
        )
        joint = (i + 1) / count
        pieces.append(
            list(
                tube(
                    at(joint - 0.04 / length),
                    at(joint),
                    radius * 1.3,
                    scale(colour, 0.85),
                    10,
                )
            )
        )
    return pieces


def _tray(start: Point, length: float, *, along_x: bool) -> list[list[Face]]:
    """A cable tray with cables in it."""
    x, y, z = start
    bodies = []
    for k in range(int(length / 0.8)):
        a = k * 0.8
        for i, colour in enumerate((BLACK, (220, 220, 216), BLUE, (226, 126, 44))):
            o = -0.15 + i * 0.1
            p = (x + a, y + o, z + 0.05) if along_x else (x + o, y + a, z + 0.05)
            q = (
                (x + a + 0.8, y + o + 0.07, z + 0.11)
                if along_x
                else (x + o + 0.07, y + a + 0.8, z + 0.11)
            )
            bodies.append(list(box(p, q, colour)))
        p = (x + a, y - 0.22, z) if along_x else (x - 0.22, y + a, z)
        q = (
            (x + a + 0.62, y + 0.26, z + 0.04)
            if along_x
            else (x + 0.26, y + a + 0.62, z + 0.04)
        )
        bodies.append(list(box(p, q, (150, 156, 160))))
    return bodies


def _services(
    room: Room, rng: random.Random, share: float
) -> tuple[list[list[Face]], list[tuple[Point, Point]]]:
    """Ducts, pipes and trays under a soffit, and the rods they hang from."""
    (x0, y0, _), (x1, y1, z) = room.low, room.high
    d = y1 - y0
    bodies: list[list[Face]] = []
    hangers: list[tuple[Point, Point]] = []
    main = y0 + d * rng.uniform(0.42, 0.58)
    bodies += _duct((x0, main, z - 0.75), (x1, main, z), 0.85, 0.42)
    for k in range(int((x1 - x0) / 2.4)):
        x = x0 + 1.2 + k * 2.4
        for side in (-0.5, 0.5):
            hangers.append(((x, main + side, z - 0.78), (x, main + side, z)))
    if share > 0.35:
        for k in range(3):
            x = x0 + 2 + k * (x1 - x0) / 3.2
            way = -1 if k % 2 else 1
            bodies += _pipe(
                (x, main + 0.4 * way, z - 0.55),
                (x, main + way * d * 0.36, z - 0.55),
                0.15,
                GALVANISED,
            )
    lines: list[tuple[float, float, Colour]] = [
        (0.2, 0.055, RED),
        (0.26, 0.04, COPPER),
        (0.3, 0.04, COPPER),
    ]
    lines += [(0.76, 0.07, GREEN), (0.81, 0.07, BLUE), (0.88, 0.05, BLACK)]
    for where, radius, colour in lines[: int(2 + 5 * share)]:
        y = y0 + d * where
        drop = 0.3 + 0.2 * (radius > 0.06)
        bodies += _pipe((x0, y, z - drop), (x1, y, z - drop), radius, colour)
        hangers += [
            ((x0 + 1 + k * 2.2, y, z - drop), (x0 + 1 + k * 2.2, y, z))
            for k in range(5)
        ]
    for k in range(4):
        x = x0 + 1.5 + k * (x1 - x0 - 3) / 3
        bodies += _pipe(
            (x, y0 + d * 0.2, z - 0.3), (x, y0 + d * 0.2, z - 0.62), 0.02, RED
        )
    bodies += _tray((x0, y0 + d * 0.68, z - 0.5), x1 - x0, along_x=True)
    return bodies, hangers


def mep(scene: Scene, rng: random.Random) -> Image.Image:
    """Ducts, pipes, sprinklers and cable trays under the soffit."""
    room = _room(scene)
    light = indoors(_towards(room), rng.uniform(0, 0.6), rng.uniform(0.84, 1.0))
    camera = _camera(scene, room, rng, (10, 24), 76)
    picture = _with_view(camera, scene, room, light, rng)
    _shell(
        picture,
        room,
        surfaces.concrete(6, 0.92),
        surfaces.concrete(7, 0.96),
        surfaces.concrete(8, 1.06),
    )
    bodies, hangers = _services(room, rng, rng.uniform(0.3, 1.0))
    for wall in _window_walls(room, (170, 168, 162), 0.75, glazed=True):
        picture.solids(wall, in_order=True)
    picture.rods(hangers, (120, 124, 128), 0.015)
    bodies += _ladder(room, rng) if rng.random() < 0.6 else []
    picture.bodies([[f] for body in bodies for f in body])
    return picture.finished(rng)


def _ladder(room: Room, rng: random.Random) -> list[list[Face]]:
    (x0, y0, z), (x1, y1, _) = room.low, room.high
    x, y = rng.uniform(x0 + 4, x1 - 4), rng.uniform(y0 + 3, y1 - 3)
    colour = (232, 178, 52)
    bodies = []
    for side in (-0.28, 0.28):
        bodies.append(
            list(
                tube(
                    (x + side, y - 0.6, z),
                    (x + side * 0.7, y, z + 2.1),
                    0.04,
                    colour,
                    6,
                )
            )
        )
        bodies.append(
            list(
                tube(
                    (x + side, y + 0.6, z),
                    (x + side * 0.7, y, z + 2.1),
                    0.04,
                    colour,
                    6,
                )
            )
        )
    for k in range(1, 7):
        up = z + k * 0.3
        near = y - 0.6 + k * 0.086
        bodies.append(
            list(
                box(
                    (x - 0.27, near - 0.05, up),
                    (x + 0.27, near + 0.05, up + 0.03),
                    (206, 208, 210),
                )
            )
        )
    return bodies


def drywall(scene: Scene, rng: random.Random) -> Image.Image:
    """Studs, some boarded and taped, with boards stacked on the floor."""
    room = _room(scene)
    light = indoors(_towards(room), rng.uniform(0, 0.7), rng.uniform(0.86, 1.02))
    camera = _camera(scene, room, rng, (-6, 4), 74)
    picture = _with_view(camera, scene, room, light, rng)
    tone: Colour = ((206, 200, 188), (186, 198, 176), (196, 200, 206))[rng.randrange(3)]
    _shell(
        picture,
        room,
        surfaces.concrete(6, 0.96),
        surfaces.concrete(7, 1.0),
        surfaces.board(tone),
    )
    for wall in _window_walls(room, (196, 192, 184), 0.75, glazed=True):
        picture.solids(wall, in_order=True)
    bodies = _partition(room, rng, tone)
    bodies += _board_stack(room, rng)
    bodies += _ladder(room, rng) if rng.random() < 0.5 else []
    bodies += _bucket(room, rng)
    picture.bodies([[f] for body in bodies for f in body])
    return picture.finished(rng)


def _partition(room: Room, rng: random.Random, tone: Colour) -> list[list[Face]]:
    """A stud wall across the room with a door opening, part of it boarded."""
    (x0, y0, z), (x1, y1, top) = room.low, room.high
    x = (x0 + x1) / 2 + rng.uniform(-0.6, 0.6)
    stud = (176, 184, 190)
    bodies = []
    boarded = rng.uniform(0.0, 0.7)
    count = int((y1 - y0) / 0.6)
    door = rng.randrange(2, count - 3)
    for k in range(count + 1):
        y = y0 + k * 0.6
        if door < k < door + 2:
            continue
        bodies.append(
            list(box((x - 0.05, y - 0.02, z), (x + 0.05, y + 0.02, top), stud))
        )
        if k < count * boarded and not door <= k < door + 2:
            bodies.append(
                list(box((x + 0.05, y, z + 0.01), (x + 0.065, y + 0.595, top), tone))
            )
    for low in (z, top - 0.05):
        for a, b in ((y0, y0 + door * 0.6), (y0 + (door + 2) * 0.6, y1)):
            bodies.append(
                list(
                    box((x - 0.06, a, low), (x + 0.06, b, low + 0.05), scale(stud, 0.9))
                )
            )
    head = (y0 + door * 0.6, y0 + (door + 2) * 0.6)
    bodies.append(
        list(box((x - 0.05, head[0], z + 2.15), (x + 0.05, head[1], z + 2.25), stud))
    )
    bodies += _pipe(
        (x, y0 + 0.3, z + 1.1), (x, y0 + door * 0.6 - 0.1, z + 1.1), 0.012, BLUE
    )
    return bodies


def _board_stack(room: Room, rng: random.Random) -> list[list[Face]]:
    (x0, y0, z), (x1, y1, _) = room.low, room.high
    x = rng.choice((x0 + 1.6, x1 - 3.6))
    y = rng.uniform(y0 + 2.5, y1 - 3.2)
    bodies = []
    for k in range(rng.randint(5, 14)):
        shift, low = rng.uniform(-0.03, 0.03), z + 0.1 + k * 0.045
        bodies.append(
            list(
                box(
                    (x + shift, y, low),
                    (x + 1.2 + shift, y + 2.4, low + 0.04),
                    (224 - k % 3 * 6, 218, 206),
                )
            )
        )
    return bodies


def _bucket(room: Room, rng: random.Random) -> list[list[Face]]:
    (x0, y0, z), (x1, y1, _) = room.low, room.high
    bodies = []
    for _ in range(rng.randint(1, 3)):
        x, y = rng.uniform(x0 + 2, x1 - 2), rng.uniform(y0 + 2, y1 - 2)
        colour = rng.choice(((238, 238, 234), (214, 90, 44), (50, 90, 150)))
        bodies.append(list(tube((x, y, z), (x, y, z + 0.34), 0.16, colour, 12)))
    return bodies


def finished_room(scene: Scene, rng: random.Random) -> Image.Image:
    """A room as it is handed over: carpet, grid ceiling, doors, some furniture."""
    room = _room(scene)
    light = indoors(_towards(room), rng.uniform(0.1, 0.7), rng.uniform(1.0, 1.12))
    camera = _camera(scene, room, rng, (-7, 1), 76)
    picture = _with_view(camera, scene, room, light, rng)
    _furnish(picture, room, rng)
    return picture.finished(rng)


_ACCENTS: tuple[Colour, ...] = (
    (226, 224, 218),
    (204, 214, 216),
    (222, 208, 188),
    (190, 202, 190),
)


def _furnish(picture: Picture, room: Room, rng: random.Random) -> None:
    """A finished room's surfaces, doors, skirting and desks."""
    wall = surfaces.plaster(_ACCENTS[rng.randrange(4)])
    _shell(picture, room, surfaces.carpet(), surfaces.ceiling_tiles(), wall)
    for faces in _window_walls(room, (232, 230, 226), 0.5, glazed=True):
        picture.solids(faces, in_order=True)
    picture.solids(_doors(room), in_order=True)
    bodies: list[list[Face]] = []
    for k in range(rng.choice((0, 2, 3, 4))):
        bodies += _desk(room, k, rng)
    picture.bodies([[f] for body in bodies for f in body])


def _doors(room: Room) -> list[Face]:
    faces: list[Face] = []
    for side in ("north", "east", "south", "west"):
        if side in room.windows:
            continue
        corner, along, length = _wall(side, room)
        inward = (along[1] * 0.02, -along[0] * 0.02)

        def part(a: float, b: float, z0: float, z1: float, colour: Colour) -> Face:
            points = [
                (
                    corner[0] + along[0] * t + inward[0],
                    corner[1] + along[1] * t + inward[1],
                    corner[2] + z,
                )
                for t, z in ((a, z0), (b, z0), (b, z1), (a, z1))
            ]
            return quad(points, colour)

        middle = length * 0.62
        faces += [
            part(0, length, 0, 0.1, (92, 96, 102)),
            part(middle - 0.58, middle + 0.58, 0, 2.28, (84, 88, 94)),
            part(middle - 0.5, middle + 0.5, 0.02, 2.2, (166, 124, 84)),
            part(middle + 0.36, middle + 0.44, 1.0, 1.06, (210, 212, 214)),
            part(middle + 0.85, middle + 0.95, 1.05, 1.15, (244, 244, 242)),
        ]
    return faces


def _desk(room: Room, k: int, rng: random.Random) -> list[list[Face]]:
    (x0, y0, z), (x1, y1, _) = room.low, room.high
    x = x0 + 2.6 + (k % 2) * 4.2
    y = y0 + 2.2 + (k // 2) * 3.0
    bodies = [
        list(box((x, y, z + 0.7), (x + 1.8, y + 0.85, z + 0.74), (214, 190, 154)))
    ]
    for dx in (0.05, 1.68):
        for dy in (0.05, 0.74):
            bodies.append(
                list(
                    box(
                        (x + dx, y + dy, z),
                        (x + dx + 0.06, y + dy + 0.06, z + 0.7),
                        BLACK,
                    )
                )
            )
    bodies.append(
        list(
            box(
                (x + 0.6, y + 0.6, z + 0.86),
                (x + 1.2, y + 0.63, z + 1.22),
                (30, 32, 36),
            )
        )
    )
    bodies.append(
        list(box((x + 0.86, y + 0.6, z + 0.74), (x + 0.94, y + 0.64, z + 0.9), BLACK))
    )
    seat = ((58, 92, 120), (70, 74, 80), (150, 74, 52))[k % 3]
    bodies.append(
        list(box((x + 0.6, y - 0.7, z + 0.42), (x + 1.1, y - 0.2, z + 0.5), seat))
    )
    bodies.append(
        list(box((x + 0.6, y - 0.78, z + 0.5), (x + 1.1, y - 0.72, z + 1.0), seat))
    )
    bodies.append(
        list(
            tube(
                (x + 0.85, y - 0.45, z), (x + 0.85, y - 0.45, z + 0.42), 0.05, BLACK, 6
            )
        )
    )
    return bodies


def all_around(scene: Scene, rng: random.Random) -> Image.Image:
    """An equirectangular view from the middle of a room, at the stage of the day."""
    room = _room(scene)
    (x0, y0, z), (x1, y1, _) = room.low, room.high
    eye = (
        (x0 + x1) / 2 + rng.uniform(-1, 1),
        (y0 + y1) / 2 + rng.uniform(-1, 1),
        z + 1.6,
    )
    light = indoors(_towards(room), rng.uniform(0, 0.5), 0.98)
    picture = _with_view(Sphere(eye, 0.0, scene.size), scene, room, light, rng)
    if scene.day > 470:
        _furnish(picture, room, rng)
        return picture.finished(rng)
    wall = surfaces.board() if scene.day > 380 else surfaces.concrete(8, 1.06)
    _shell(picture, room, surfaces.concrete(6), surfaces.concrete(7), wall)
    for faces in _window_walls(room, (176, 174, 168), 0.75, glazed=scene.day > 320):
        picture.solids(faces, in_order=True)
    bodies = _board_stack(room, rng) + _bucket(room, rng) + _ladder(room, rng)
    if scene.day > 300:
        services, hangers = _services(room, rng, 1.0)
        bodies += services
        picture.rods(hangers, (120, 124, 128), 0.02)
    spot = (x0 + 1.5, y0 + 2.0, z)
    bodies += machines.worker(spot, 60, scene.seed)
    picture.bodies([[f] for body in bodies for f in body])
    return picture.finished(rng)


INDOORS: dict[str, Callable[[Scene, random.Random], Image.Image]] = {
    "mep": mep,
    "drywall": drywall,
    "finished": finished_room,
    "360": all_around,
}
