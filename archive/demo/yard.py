"""What stands loose on the site: fence, cabins, stacks, machines, cars and people."""

from __future__ import annotations

import random

from . import machines
from .geometry import Colour, Face, Point, box, quad
from .progress import LEVELS, Stage

_BLUE: Colour = (46, 92, 148)


def _hoarding(stage: Stage) -> list[list[Face]]:
    if stage.landscape > 0.6:
        return []
    panels: list[list[Face]] = []
    for i, x in enumerate(range(-24, 86, 4)):
        if 20 <= x <= 27:
            continue  # the gate
        colour = _BLUE if i % 5 else (236, 236, 232)
        panels.append(list(box((x, -30.2, 0), (x + 3.96, -30, 2.3), colour)))
        panels.append(list(box((x, 55.8, 0), (x + 3.96, 56, 2.3), colour)))
    for i, y in enumerate(range(-30, 54, 4)):
        if 36 <= y <= 44:
            continue
        colour = _BLUE if i % 5 else (236, 236, 232)
        panels.append(list(box((-24.2, y, 0), (-24, y + 3.96, 2.3), colour)))
        panels.append(list(box((86, y, 0), (86.2, y + 3.96, 2.3), colour)))
    return panels


def _cabins() -> list[list[Face]]:
    bodies: list[list[Face]] = []
    for z in (0.0, 2.8):
        for i in range(3):
            x = 64 + i * 6.3
            cabin = list(box((x, 44, z), (x + 6, 46.6, z + 2.6), (228, 230, 228)))
            for wx in (x + 0.8, x + 3.6):
                for y in (43.96, 46.64):
                    pane = (
                        (wx, y, z + 1),
                        (wx + 1.6, y, z + 1),
                        (wx + 1.6, y, z + 2),
                        (wx, y, z + 2),
                    )
                    cabin.append(quad(pane, (74, 92, 108), 0.3))
            bodies.append(cabin)
    return bodies


def yard(stage: Stage, rng: random.Random) -> list[list[Face]]:
    """Everything loose on the site: fence, cabins, stacks, machines and people."""
    bodies = _hoarding(stage)
    if stage.landscape < 0.7:
        bodies += _cabins()
        bodies += _stacks(stage, rng)
        bodies += _traffic(stage, rng)
    for i in range(rng.randint(3, 8)):
        spot = (rng.uniform(-20, 80), rng.choice((-22, -14, -8, 34, 42)), 0.0)
        bodies += machines.worker(spot, rng.uniform(0, 360), rng.randrange(60) + i)
    for i, x in enumerate((-70, -44, 96)):
        if rng.random() < 0.6:
            colour = ((178, 40, 44), (236, 238, 240), (60, 72, 92))[i]
            bodies += _car((x + rng.uniform(-8, 8), -47.5, 0), colour)
    return bodies


def _car(at: Point, colour: Colour) -> list[list[Face]]:
    x, y, _ = at
    body = list(box((x - 2.2, y - 0.9, 0.35), (x + 2.2, y + 0.9, 0.95), colour))
    top = list(box((x - 1.3, y - 0.8, 0.95), (x + 1.1, y + 0.8, 1.5), (70, 84, 96)))
    wheels = [
        list(
            box(
                (x + dx - 0.32, y - 0.95, 0),
                (x + dx + 0.32, y + 0.95, 0.6),
                (30, 30, 32),
            )
        )
        for dx in (-1.4, 1.4)
    ]
    return [[*wheels[0], *wheels[1], *body, *top]]


def _stacks(stage: Stage, rng: random.Random) -> list[list[Face]]:
    bodies: list[list[Face]] = []
    kinds: list[Colour] = [(150, 98, 66), (206, 160, 86), (196, 196, 192)]
    if stage.facade > 1:
        kinds = [(214, 202, 184), (150, 176, 190), (222, 218, 206)]
    for _ in range(7):
        x, y = rng.uniform(-18, 58), rng.choice((-24, -20, -15, 30.5))
        w, d, h = rng.uniform(2, 6), rng.uniform(1.2, 2.2), rng.uniform(0.5, 1.6)
        bodies.append(list(box((x, y, 0), (x + w, y + d, h), rng.choice(kinds))))
    return bodies


def _traffic(stage: Stage, rng: random.Random) -> list[list[Face]]:
    bodies: list[list[Face]] = []
    if stage.foundation < 0.6 or stage.landscape > 0.05:
        spot = (rng.uniform(-16, 40), rng.choice((-14.0, 38.0)), 0.0)
        bodies += machines.excavator(spot, rng.uniform(0, 360), rng.random())
    if stage.foundation < 0.6:
        bodies += machines.truck(
            (rng.uniform(-12, 30), -20, 0), 90, "none", (216, 96, 44)
        )
    elif stage.slabs < LEVELS:
        load = rng.choice(("mixer", "rebar", "mixer"))
        bodies += machines.truck(
            (rng.uniform(-8, 40), -10, 0), 90, load, (238, 240, 240)
        )
    elif stage.landscape < 0.3:
        load = rng.choice(("panels", "boards"))
        bodies += machines.truck(
            (rng.uniform(-8, 40), -12, 0), 270, load, (44, 98, 150)
        )
    return bodies
