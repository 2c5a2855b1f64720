"""What hangs under a soffit: ducts, pipes, sprinklers and cable trays."""

from __future__ import annotations

import random

from .geometry import Colour, Face, Point, box, tube
from .interior import Room
from .light import scale

GALVANISED: Colour = (182, 190, 196)
RED: Colour = (186, 44, 38)
COPPER: Colour = (188, 112, 70)
GREEN: Colour = (64, 128, 92)
BLUE: Colour = (58, 104, 168)
BLACK: Colour = (48, 50, 54)


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
            side = width / 2 + grow
            if along_x:
                p, q = (x0 + low, y0 - side), (x0 + high, y0 + side)
            else:
                p, q = (x0 - side, y0 + low), (x0 + side, y0 + high)
            bodies.append(list(box((*p, z - grow), (*q, z + height + grow), colour)))
        t += 1.4
    return bodies


def pipe(start: Point, end: Point, radius: float, colour: Colour) -> list[list[Face]]:
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


def _tray(start: Point, length: float) -> list[list[Face]]:
    """A cable tray along x with cables in it."""
    x, y, z = start
    bodies = []
    for k in range(int(length / 0.8)):
        a = x + k * 0.8
        for i, colour in enumerate((BLACK, (220, 220, 216), BLUE, (226, 126, 44))):
            o = y - 0.15 + i * 0.1
            cable = box((a, o, z + 0.05), (a + 0.8, o + 0.07, z + 0.11), colour)
            bodies.append(list(cable))
        rung = box((a, y - 0.22, z), (a + 0.62, y + 0.26, z + 0.04), (150, 156, 160))
        bodies.append(list(rung))
    return bodies


def under_soffit(
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
        hangers += [
            ((x, main + side, z - 0.78), (x, main + side, z)) for side in (-0.5, 0.5)
        ]
    if share > 0.35:
        for k in range(3):
            x = x0 + 2 + k * (x1 - x0) / 3.2
            way = -1 if k % 2 else 1
            bodies += pipe(
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
        bodies += pipe((x0, y, z - drop), (x1, y, z - drop), radius, colour)
        hangers += [
            ((x0 + 1 + k * 2.2, y, z - drop), (x0 + 1 + k * 2.2, y, z))
            for k in range(5)
        ]
    bodies += _sprinklers(room)
    bodies += _tray((x0, y0 + d * 0.68, z - 0.5), x1 - x0)
    return bodies, hangers


def _sprinklers(room: Room) -> list[list[Face]]:
    """Drops from the sprinkler main down to where the ceiling will be."""
    (x0, y0, _), (x1, y1, z) = room.low, room.high
    y = y0 + (y1 - y0) * 0.2
    parts: list[list[Face]] = []
    for k in range(4):
        x = x0 + 1.5 + k * (x1 - x0 - 3) / 3
        parts += pipe((x, y, z - 0.3), (x, y, z - 0.62), 0.02, RED)
    return parts
