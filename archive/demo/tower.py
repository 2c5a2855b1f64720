"""The tower, its podium, and what stands on them while they are built.

The tower covers 36 x 24 m from the site's origin, the podium 24 x 24 m east of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from .geometry import Colour, Face, Point, beam, box, quad
from .light import Light, mix, scale
from .progress import LEVELS, Stage, level_height

LENGTH, DEPTH = 36.0, 24.0
PODIUM_END = 60.0
BAY = 6.0
SLAB = 0.32
ROOF = level_height(LEVELS)

CONCRETE: Colour = (178, 175, 168)
FRESH: Colour = (150, 148, 142)
FORMWORK: Colour = (206, 158, 70)
STEEL: Colour = (150, 62, 48)
FIN: Colour = (222, 208, 186)

Rods = list[tuple[Point, Point]]
Range = tuple[float, float]


def jitter(*numbers: int) -> float:
    """A fixed number in 0..1 for a panel, window or sheet (a cheap hash)."""
    value = 0
    for number in numbers:
        value = (value * 73856093 ^ (number + 11) * 19349663) & 0xFFFFFFFF
        value = (value ^ value >> 13) * 0x5BD1E995 & 0xFFFFFFFF
    return (value ^ value >> 15) % 1000 / 1000


def storeys_in_order(stage: Stage, eye: Point) -> list[int]:
    """Storeys from the one farthest above or below the eye to the eye's own."""
    standing = range(min(LEVELS, int(stage.slabs) + 1))
    return sorted(
        standing,
        key=lambda s: -abs((level_height(s) + level_height(s + 1)) / 2 - eye[2]),
    )


def frame(stage: Stage, level: int, eye: Point) -> list[list[Face]]:
    """One storey's columns and core, and the slab above, as bodies."""
    low, high = level_height(level), level_height(level + 1)
    done = stage.slabs - level
    columns: list[list[Face]] = []
    if done > 0.35:
        top = high - SLAB
        for i in range(7):
            for j in range(5):
                if stage.facade - level > 2 and 0 < i < 6 and 0 < j < 4:
                    continue
                x = min(max(i * BAY, 0.4), LENGTH - 0.4)
                y = min(max(j * BAY, 0.4), DEPTH - 0.4)
                columns.append(
                    list(
                        box((x - 0.3, y - 0.3, low), (x + 0.3, y + 0.3, top), CONCRETE)
                    )
                )
    core_top = high if done >= 1 else low + (high - low) * min(1.0, done + 0.5)
    columns.append(list(box((13, 8, low), (23, 16, core_top), scale(CONCRETE, 0.93))))
    columns.sort(key=lambda body: -_away(body, eye))
    if done < 0.6:
        return columns
    edge = (-0.3, -0.3, high - SLAB), (LENGTH + 0.3, DEPTH + 0.3, high)
    slab = [list(box(*edge, CONCRETE if done >= 1 else FORMWORK))]
    return slab + columns if eye[2] < high else columns + slab


def _away(body: Sequence[Face], eye: Point) -> float:
    x, y, _ = body[0].points[0]
    return (x - eye[0]) ** 2 + (y - eye[1]) ** 2


def props(stage: Stage) -> Rods:
    """The props under the newest slabs."""
    newest = int(stage.slabs + 0.4)
    rods: Rods = []
    for level in range(max(0, newest - 2), newest):
        if stage.slabs >= LEVELS and stage.facade > 4:
            break
        low, high = level_height(level), level_height(level + 1) - SLAB
        for x in range(1, 36, 2):
            rods += [((x, y, low), (x, y, high)) for y in (0.6, 2.4, 21.6, 23.4)]
        for y in range(4, 21, 2):
            rods += [((x, y, low), (x, y, high)) for x in (0.6, 35.4)]
    return rods


def edge_rails(stage: Stage, level: int) -> Rods:
    """Guard rails round an open floor."""
    if level < max(1, int(stage.facade)) or level > stage.slabs:
        return []
    rods: Rods = []
    for height in (0.5, 1.1):
        z = level_height(level) + height
        ring = ((0, 0, z), (LENGTH, 0, z), (LENGTH, DEPTH, z), (0, DEPTH, z))
        rods += [(ring[i], ring[(i + 1) % 4]) for i in range(4)]
    return rods


def starters(stage: Stage) -> Rods:
    """Bars that stick out of the columns of the topmost floor."""
    if stage.slabs >= LEVELS or stage.foundation < 1:
        return []
    level = int(stage.slabs)
    low = level_height(level)
    rods: Rods = []
    for i in range(7):
        for j in range(5):
            for dx in (-0.2, 0.2):
                x, y = i * BAY + dx, j * BAY
                rods.append(((x, y, low), (x, y, low + 1.6)))
    return rods


_SIDES = {
    # heading of the outside: start, step along the wall per metre, length, lag
    "west": ((0.0, 24.0), (0, -1), DEPTH, 0.0),
    "south": ((0.0, 0.0), (1, 0), LENGTH, 0.04),
    "east": ((36.0, 0.0), (0, 1), DEPTH, 0.1),
    "north": ((36.0, 24.0), (-1, 0), LENGTH, 0.14),
}


def facing(eye: Point) -> list[str]:
    """The tower's sides that the eye can see."""
    sides = []
    if eye[0] < 0:
        sides.append("west")
    if eye[1] < 0:
        sides.append("south")
    if eye[0] > LENGTH:
        sides.append("east")
    if eye[1] > DEPTH:
        sides.append("north")
    return sides


def facade(stage: Stage, level: int, side: str, light: Light) -> list[Face]:
    """One storey's panels on one side: glass, a spandrel and a fin each 3 m."""
    (x, y), (dx, dy), length, lag = _SIDES[side]
    storeys = LEVELS * max(0.0, min(1.0, stage.facade / LEVELS * 1.15 - lag))
    panels = int(length // 3)
    count = round(panels * max(0.0, min(1.0, storeys - level)))
    low, high = level_height(level), level_height(level + 1)
    out_x, out_y = dy * 0.45, -dx * 0.45
    faces: list[Face] = []
    for i in range(count):
        a, b = i * 3.0, i * 3.0 + 3.0
        start = (x + dx * a + out_x, y + dy * a + out_y)
        end = (x + dx * b + out_x, y + dy * b + out_y)
        faces += _panel(start, end, low, high, _glass(light, level, i, stage))
    return faces


def _panel(
    start: tuple[float, float],
    end: tuple[float, float],
    low: float,
    high: float,
    glass: Colour,
) -> list[Face]:
    def upright(across: Range, up: Range, colour: Colour, glow: float) -> Face:
        (ax, ay), (bx, by) = (
            tuple(start[k] + (end[k] - start[k]) * t for k in (0, 1)) for t in across
        )
        z0, z1 = up
        points = ((ax, ay, z0), (bx, by, z0), (bx, by, z1), (ax, ay, z1))
        return quad(points, colour, glow, two_sided=False)

    sill, head = low + 0.75, high - 0.12
    middle = low + 0.75 + (high - low - 0.75) * 0.3
    return [
        upright((0, 1), (low, high), FIN, 0),
        upright((0.1, 0.53), (sill, head), glass, 0.62),
        upright((0.56, 1), (sill, middle), scale(glass, 0.86), 0.62),
        upright((0.56, 1), (middle + 0.06, head), glass, 0.62),
    ]


def _glass(light: Light, level: int, i: int, stage: Stage) -> Colour:
    share = jitter(level, i, 3)
    reflected = mix(light.horizon, light.zenith, 0.25 + 0.6 * level / LEVELS)
    dark = scale(reflected, 0.42 + 0.2 * share)
    tint = mix(dark, (70, 96, 112), 0.3)
    if share > 0.9 and stage.landscape > 0.3:
        return mix(tint, (250, 214, 150), 0.55)
    return tint


def podium(stage: Stage, light: Light, eye: Point) -> list[list[Face]]:
    """The podium's steel frame, decks and cladding, as bodies in drawing order."""
    if stage.steel <= 0:
        return []
    lower, upper = _podium_frame(stage, 0.0, 4.6), _podium_frame(stage, 4.6, 9.0)
    if stage.steel < 1:
        return [lower + upper]
    top = (168, 172, 176) if stage.roof < 0.5 else (222, 223, 222)
    decks = [
        list(box((36.5, 0, 4.4), (60.2, 24, 4.7), (165, 168, 172))),
        list(box((36.5, -0.2, 9.0), (60.4, 24.2, 9.5), top)),
    ]
    if eye[2] > 9.5:
        bodies = [lower, decks[0], upper, decks[1]]
    else:
        bodies = [decks[1], upper, decks[0], lower]
    return [*bodies, _podium_cladding(stage, light)]


def _podium_frame(stage: Stage, low: float, high: float) -> list[Face]:
    faces: list[Face] = []
    xs, ys = (38.0, 45.0, 52.0, 59.6), (0.4, 8.0, 16.0, 23.6)
    columns = [(x, y) for x in xs for y in ys]
    for x, y in columns[: max(1, int(16 * min(1.0, stage.steel * 1.5)))]:
        faces += box((x - 0.2, y - 0.2, low), (x + 0.2, y + 0.2, high), STEEL)
    if stage.steel > 0.5:
        z = high - 0.25
        for y in ys:
            faces += beam((37, y, z), (60, y, z), 0.25, STEEL, 0.45)
        for x in xs:
            faces += beam((x, 0.4, z), (x, 23.6, z), 0.25, STEEL, 0.45)
    return faces


def _podium_cladding(stage: Stage, light: Light) -> list[Face]:
    faces: list[Face] = []
    closed = int(8 * max(0.0, min(1.0, (stage.facade - 5) / 4)))
    for i in range(closed):
        x = 36.6 + i * 2.95
        glass = _glass(light, 1, i, stage)
        runs = (
            ((x, -0.25), (x + 2.95, -0.25)),
            ((x + 2.95, 24.25), (x, 24.25)),
            ((60.45, i * 3.0), (60.45, i * 3.0 + 3)),
        )
        for start, end in runs:
            faces += _panel(start, end, 0, 4.6, glass)
            faces += _panel(start, end, 4.6, 9.6, glass)
    return faces


def roof(stage: Stage) -> list[list[Face]]:
    """The roof's surface, parapet and plant."""
    if stage.slabs < LEVELS:
        return []
    z = ROOF
    bodies: list[list[Face]] = []
    if stage.roof > 0:
        end = LENGTH * stage.roof
        bodies.append(list(box((0, 0, z), (end, DEPTH, z + 0.1), (212, 213, 212))))
    parapet = scale(FIN, 0.98) if stage.facade > 8 else CONCRETE
    for low, high in (
        ((-0.4, DEPTH, z), (LENGTH + 0.4, DEPTH + 0.4, z + 1)),
        ((LENGTH, 0, z), (LENGTH + 0.4, DEPTH, z + 1)),
        ((-0.4, -0.4, z), (LENGTH + 0.4, 0, z + 1)),
        ((-0.4, 0, z), (0, DEPTH, z + 1)),
    ):
        bodies.append(list(box(low, high, parapet)))
    bodies.append(list(box((13, 8, z), (23, 16, z + 3.6), scale(CONCRETE, 0.95))))
    for i in range(int(5 * stage.roof)):
        x = 2.5 + i * 6.6 if i < 2 else 12.5 + i * 4.4
        bodies.append(list(box((x, 9, z), (x + 3, 14, z + 2.1), (190, 196, 200))))
    return bodies


def scaffold(side: str, top: float) -> tuple[Rods, list[Face]]:
    """Standards, ledgers and decks in front of one side, up to a height in metres."""
    (x, y), (dx, dy), length, _ = _SIDES[side]
    rods: Rods = []
    decks: list[Face] = []

    def at(along: float, out: float, z: float) -> Point:
        return (x + dx * along + dy * out, y + dy * along - dx * out, z)

    steps = int(length / 2.4)
    for i in range(steps + 1):
        rods += [(at(i * 2.4, out, 0), at(i * 2.4, out, top)) for out in (1.0, 2.0)]
    z = 2.0
    while z < top:
        rods += [(at(0, 2.0, z + up), at(length, 2.0, z + up)) for up in (0.5, 1.0)]
        corners = (
            at(0, 2, z),
            at(length, 2, z),
            at(length, 2, z + 0.22),
            at(0, 2, z + 0.22),
        )
        decks.append(quad(corners, (196, 164, 112)))
        if int(z / 2) % 2:
            rods += [
                (at(i * 2.4, 2, z), at(i * 2.4 + 2.4, 2, z + 2))
                for i in range(0, steps, 4)
            ]
        z += 2.0
    return rods, decks
