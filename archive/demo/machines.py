"""Cranes, excavators, trucks and people, built from boxes and tubes."""

from __future__ import annotations

import math
import random

from .geometry import (
    Colour,
    Face,
    Point,
    add,
    beam,
    box,
    heading_vector,
    moved,
    polyline,
    tube,
)

YELLOW: Colour = (236, 176, 44)
DARK: Colour = (52, 54, 58)
GLASS: Colour = (96, 122, 138)
VESTS: tuple[Colour, ...] = ((248, 128, 36), (222, 232, 60), (250, 140, 48))
HELMETS: tuple[Colour, ...] = (
    (246, 246, 242),
    (250, 212, 60),
    (60, 120, 200),
    (226, 60, 44),
)

CRANE_FOOT = (46.0, 34.0)
CRANE_HEIGHT = 62.0


def crane_mast() -> tuple[list[tuple[Point, Point]], list[Face]]:
    """The lattice mast as rods and its base as faces."""
    x, y = CRANE_FOOT
    legs = [
        (x + a, y + b) for a, b in ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9))
    ]
    rods: list[tuple[Point, Point]] = []
    for i, (ax, ay) in enumerate(legs):
        bx, by = legs[(i + 1) % 4]
        rods.append(((ax, ay, 0), (ax, ay, CRANE_HEIGHT)))
        for z in range(0, int(CRANE_HEIGHT), 3):
            first, last = ((ax, ay, z), (bx, by, z + 3.0))
            rods.append((first, last) if z % 2 else ((bx, by, z), (ax, ay, z + 3.0)))
    return rods, list(box((x - 3, y - 3, 0), (x + 3, y + 3, 1.2), (176, 174, 168)))


def crane_jib(
    heading: float, load_at: float, hook_height: float
) -> tuple[list[tuple[Point, Point]], list[Face]]:
    """Jib, counter-jib, cab, ballast and the hook ``load_at`` metres out."""
    x, y = CRANE_FOOT
    out, side = heading_vector(heading), heading_vector(heading + 90)
    foot: Point = (x, y, CRANE_HEIGHT)
    peak = add(foot, (0, 0, 1), 8)
    rods: list[tuple[Point, Point]] = []
    edges = [add(foot, side, -0.7), add(foot, side, 0.7), add(foot, (0, 0, 1), 1.5)]
    rods += [(add(start, out, -14), add(start, out, 46)) for start in edges]
    for step in range(-14, 46, 2):
        a, b = add(edges[0], out, step), add(edges[1], out, step)
        top = add(edges[2], out, step + 1)
        rods += [(a, top), (top, add(edges[0], out, step + 2)), (b, top), (a, b)]
    rods += [(peak, add(edges[2], out, 34)), (peak, add(edges[2], out, -13))]
    rods += [(edges[0], peak), (edges[1], peak)]
    hook = add(add(foot, out, load_at), (0, 0, 1), hook_height - CRANE_HEIGHT)
    rods.append((add(foot, out, load_at), hook))
    faces = moved(
        box((-1, 0.8, -2.4), (0.8, 2.6, -0.2), (238, 236, 228)), foot, heading
    )
    faces += moved(
        box((-1, -14, -2.2), (1, -10.5, 0.6), (150, 150, 150)), foot, heading
    )
    low = add(hook, (-1.6, -0.3, -1.4))
    faces += box(low, add(hook, (1.6, 0.3, -0.9)), (120, 84, 60))
    rods += [(hook, add(hook, (-1.4, 0, -0.9))), (hook, add(hook, (1.4, 0, -0.9)))]
    return rods, faces


def excavator(at: Point, heading: float, reach: float) -> list[list[Face]]:
    """A crawler excavator as bodies; ``reach`` 0 digs near and low, 1 far and high."""
    parts: list[list[Face]] = []
    for x in (-1.5, 0.9):
        track = list(box((x, -2.1, 0.1), (x + 0.6, 2.1, 0.95), DARK))
        parts.append(track)
        for y in (-1.6, -0.8, 0, 0.8, 1.6):
            wheel = tube((x - 0.02, y, 0.42), (x + 0.62, y, 0.42), 0.28, (84, 84, 86))
            parts.append(list(wheel))
    parts.append(list(box((-1.4, -2.4, 1.05), (1.4, 1.2, 1.9), YELLOW)))
    parts.append(list(box((-1.35, -2.7, 1.15), (1.35, -1.2, 2.5), (222, 164, 40))))
    cab = [*box((-1.4, -0.3, 1.9), (-0.3, 1.25, 3.1), YELLOW)]
    cab += box((-1.43, -0.1, 2.1), (-0.27, 1.28, 2.95), GLASS)
    parts.append(cab)
    elbow = (0.3, 4.2 + reach, 4.0 + 0.6 * reach)
    wrist = (0.3, 6.0 + 2.0 * reach, 1.6 + 1.2 * reach)
    parts.append(list(beam((0.3, 0.9, 1.9), (0.3, 2.6, 4.1), 0.45, YELLOW, 0.6)))
    parts.append(list(beam((0.3, 2.5, 4.05), elbow, 0.42, YELLOW, 0.55)))
    parts.append(list(beam(elbow, wrist, 0.36, YELLOW, 0.48)))
    parts.append(list(tube((0.3, 1.4, 2.2), (0.3, 2.9, 3.5), 0.1, (190, 192, 196))))
    x, y, z = wrist
    bucket = [*box((x - 0.6, y - 0.9, z - 0.9), (x + 0.6, y + 0.2, z + 0.1), DARK)]
    parts.append(bucket)
    return [moved(part, at, heading) for part in parts]


def _wheels(ys: tuple[float, ...]) -> list[list[Face]]:
    wheels = []
    for y in ys:
        for x in (-1.25, 0.95):
            tyre = [*tube((x, y, 0.52), (x + 0.3, y, 0.52), 0.52, (38, 38, 40), 14)]
            tyre += tube(
                (x - 0.02, y, 0.52), (x + 0.32, y, 0.52), 0.24, (170, 172, 174), 10
            )
            wheels.append(tyre)
    return wheels


def truck(
    at: Point, heading: float, load: str, colour: Colour, seed: int = 0
) -> list[list[Face]]:
    """A lorry: ``load`` is mixer, rebar, panels, boards or none (a tipper)."""
    parts = [list(box((-1.1, -5.4, 0.7), (1.1, 4.6, 1.1), DARK))]
    parts += _wheels((-4.2, -3.0, 3.1))
    cab = [*box((-1.2, 2.7, 0.9), (1.2, 4.7, 3.2), colour)]
    cab += box((-1.22, 3.4, 2.1), (1.22, 4.73, 2.95), GLASS)
    parts.append(cab)
    lamps = [*box((-1.1, 4.7, 1.1), (-0.7, 4.76, 1.4), (250, 246, 220), 0.5)]
    lamps += box((0.7, 4.7, 1.1), (1.1, 4.76, 1.4), (250, 246, 220), 0.5)
    parts.append(lamps)
    parts += _LOADS[load](random.Random(f"load {seed}"), colour)  # noqa: S311
    return [moved(part, at, heading) for part in parts]


def _mixer(_rng: random.Random, colour: Colour) -> list[list[Face]]:
    drum = [*tube((0, 2.2, 2.2), (0, -1.2, 2.7), 1.25, (232, 232, 228), 12)]
    rear = [*tube((0, -1.2, 2.7), (0, -4.3, 3.1), 0.85, colour, 12)]
    chute = [*beam((0, -4.4, 2.9), (0, -6.0, 1.5), 0.6, (150, 152, 150), 0.2)]
    return [drum, rear, chute]


def _rebar(rng: random.Random, _colour: Colour) -> list[list[Face]]:
    bodies = [list(box((-1.2, -5.4, 1.1), (1.2, 2.4, 1.3), (120, 96, 70)))]
    for i in range(9):
        x, z = -0.9 + i % 5 * 0.44, 1.45 + i // 5 * 0.28
        end = -5.9 + rng.uniform(-0.5, 0.5)
        bar = tube((x, end, z), (x, 2.2, z), 0.15, (142 + i * 3, 92, 62), 6)
        bodies.append(list(bar))
    return bodies


def _panels(_rng: random.Random, _colour: Colour) -> list[list[Face]]:
    bodies = [list(box((-1.2, -5.4, 1.1), (1.2, 2.4, 1.3), (96, 96, 98)))]
    for i in range(5):
        x = -0.8 + i * 0.36
        bodies.append(list(box((x, -4.8, 1.35), (x + 0.1, 1.8, 3.7), (196, 178, 150))))
        bodies.append(
            list(box((x + 0.1, -4.6, 1.5), (x + 0.13, 1.6, 3.5), (120, 146, 160)))
        )
    return bodies


def _boards(rng: random.Random, _colour: Colour) -> list[list[Face]]:
    bodies = [list(box((-1.2, -5.4, 1.1), (1.2, 2.4, 1.3), (96, 96, 98)))]
    for y in (-5.0, -2.4, 0.1):
        height = rng.uniform(1.9, 3.0)
        bodies.append(
            list(box((-1.1, y, 1.35), (1.1, y + 2.2, height), (222, 218, 208)))
        )
        bodies.append(
            list(box((-1.12, y + 1, 1.35), (1.12, y + 1.1, height + 0.02), DARK))
        )
    return bodies


def _tipper(_rng: random.Random, colour: Colour) -> list[list[Face]]:
    bodies = [list(box((-1.25, -5.4, 1.15), (1.25, 2.3, 2.7), colour))]
    bodies.append(list(box((-1.05, -5.1, 2.6), (1.05, 2.0, 3.0), (118, 92, 66))))
    return bodies


_LOADS = {
    "mixer": _mixer,
    "rebar": _rebar,
    "panels": _panels,
    "boards": _boards,
    "none": _tipper,
}


def worker(at: Point, heading: float, seed: int) -> list[list[Face]]:
    """A person in a vest and a helmet, 1.8 m."""
    vest, helmet = VESTS[seed % 3], HELMETS[seed % 4]
    stride = 0.12 + 0.1 * (seed % 3)
    trousers, skin = (48, 56, 78), (206, 164, 136)
    parts = [
        [*tube((-0.12, -stride, 0), (-0.1, 0, 0.85), 0.1, trousers, 6)],
        [*tube((0.12, stride, 0), (0.1, 0, 0.85), 0.1, trousers, 6)],
        [*tube((0, 0, 0.8), (0, 0.03, 1.45), 0.23, vest, 8)],
        [*tube((0, 0, 1.06), (0, 0.0, 1.12), 0.235, (236, 236, 220), 8)],
        [*tube((-0.27, 0, 1.38), (-0.3, 0.3, 0.98), 0.075, vest, 6)],
        [*tube((0.27, 0, 1.38), (0.3, 0.34, 1.04), 0.075, vest, 6)],
        [*tube((0, 0.02, 1.45), (0, 0.03, 1.64), 0.11, skin, 8)],
        [*tube((0, 0.02, 1.62), (0, 0.02, 1.76), 0.15, helmet, 8)],
        [*tube((0, 0.05, 1.62), (0, 0.05, 1.65), 0.19, helmet, 8)],
    ]
    return [moved(part, at, heading) for part in parts]


def hose(
    start: Point, end: Point, sag: float, colour: Colour, radius: float
) -> list[Face]:
    """A hose or cable that hangs between two points."""
    points = []
    for i in range(13):
        t = i / 12
        drop = sag * math.sin(math.pi * t)
        points.append(
            (
                start[0] + (end[0] - start[0]) * t + drop * 0.3,
                start[1] + (end[1] - start[1]) * t,
                start[2] + (end[2] - start[2]) * t - drop,
            )
        )
    return polyline(points, radius, colour)
