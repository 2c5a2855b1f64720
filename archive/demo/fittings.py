"""What stands in rooms: ladders, studs and boards, later doors and desks."""

from __future__ import annotations

import random

from . import surfaces
from .geometry import Colour, Face, box, tube
from .interior import Room, blind_walls, shell, window_walls
from .light import scale
from .painter import Picture
from .services import BLACK, BLUE, pipe


def ladder(room: Room, rng: random.Random) -> list[list[Face]]:
    """A step ladder somewhere in the room."""
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


def partition(room: Room, rng: random.Random, tone: Colour) -> list[list[Face]]:
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
    bodies += pipe(
        (x, y0 + 0.3, z + 1.1), (x, y0 + door * 0.6 - 0.1, z + 1.1), 0.012, BLUE
    )
    return bodies


def board_stack(room: Room, rng: random.Random) -> list[list[Face]]:
    """Boards stacked flat on the floor."""
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


def buckets(room: Room, rng: random.Random) -> list[list[Face]]:
    """Buckets of paint or compound."""
    (x0, y0, z), (x1, y1, _) = room.low, room.high
    bodies = []
    for _ in range(rng.randint(1, 3)):
        x, y = rng.uniform(x0 + 2, x1 - 2), rng.uniform(y0 + 2, y1 - 2)
        colour = rng.choice(((238, 238, 234), (214, 90, 44), (50, 90, 150)))
        bodies.append(list(tube((x, y, z), (x, y, z + 0.34), 0.16, colour, 12)))
    return bodies


_ACCENTS: tuple[Colour, ...] = (
    (226, 224, 218),
    (204, 214, 216),
    (222, 208, 188),
    (190, 202, 190),
)


def furnish(picture: Picture, room: Room, rng: random.Random) -> None:
    """A finished room's surfaces, doors, skirting and desks."""
    wall = surfaces.plaster(_ACCENTS[rng.randrange(4)])
    shell(picture, room, surfaces.carpet(), surfaces.ceiling_tiles(), wall)
    for faces in window_walls(room, (232, 230, 226), 0.5, glazed=True):
        picture.solids(faces, in_order=True)
    picture.solids(_doors(room), in_order=True)
    bodies: list[list[Face]] = []
    for k in range(rng.choice((0, 2, 3, 4))):
        bodies += _desk(room, k)
    picture.bodies([[f] for body in bodies for f in body])


def _doors(room: Room) -> list[Face]:
    """Skirting, a door and a light switch on each wall without windows."""
    faces: list[Face] = []
    for wall in blind_walls(room):
        m = wall.length * 0.62
        faces += [
            wall.part((0, wall.length), (0, 0.1), (92, 96, 102), 0.02),
            wall.part((m - 0.58, m + 0.58), (0, 2.28), (84, 88, 94), 0.02),
            wall.part((m - 0.5, m + 0.5), (0.02, 2.2), (166, 124, 84), 0.02),
            wall.part((m + 0.36, m + 0.44), (1.0, 1.06), (210, 212, 214), 0.02),
            wall.part((m + 0.85, m + 0.95), (1.05, 1.15), (244, 244, 242), 0.02),
        ]
    return faces


def _desk(room: Room, k: int) -> list[list[Face]]:
    x0, y0, z = room.low
    x = x0 + 2.6 + (k % 2) * 4.2
    y = y0 + 2.2 + (k // 2) * 3.0
    bodies = [
        list(box((x, y, z + 0.7), (x + 1.8, y + 0.85, z + 0.74), (214, 190, 154)))
    ]
    for dx in (0.05, 1.68):
        for dy in (0.05, 0.74):
            leg = (x + dx + 0.06, y + dy + 0.06, z + 0.7)
            bodies.append(list(box((x + dx, y + dy, z), leg, BLACK)))
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
