"""The whole site from outside: vantage points on the ground and from the air."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from . import machines, surfaces, tower
from .geometry import Camera, Colour, Face, Point, add, box, quad
from .light import Light, daylight
from .neighbourhood import NEIGHBOURS, surroundings, trees
from .painter import Picture
from .progress import LEVELS, Stage, level_height, stage_on
from .scene import LATITUDE, Scene
from .yard import yard


@dataclass(frozen=True, slots=True)
class Vantage:
    """Where a photographer stands, in metres on the site, and where they look."""

    eye: Point
    heading: float
    pitch: float
    field: float


VANTAGES = (
    Vantage((-36, -44, 7.0), 43, 11, 66),  # a first-floor window, south-west
    Vantage((96, -50, 27), 304, -3, 62),  # a neighbour's roof, south-east
    Vantage((-14, 74, 7.0), 152, 13, 64),  # the gate in the north-west
    Vantage((14, -44, 6.5), 4, 21, 74),  # the pavement to the south, upright
    Vantage((84, 66, 12), 232, 4, 64),  # on top of the site cabins, north-east
)
FLIGHTS = (
    Vantage((-62, -84, 78), 40, -27, 66),
    Vantage((104, -66, 88), 308, -31, 66),
    Vantage((20, -14, 128), 4, -74, 62),
    Vantage((-74, 74, 64), 131, -20, 68),
)


def exterior(scene: Scene, rng: random.Random) -> Image.Image:
    """The tower at its stage from one of ``VANTAGES``."""
    return _site(scene, VANTAGES[scene.view % len(VANTAGES)], rng)


def aerial(scene: Scene, rng: random.Random) -> Image.Image:
    """The site from the air, from one of ``FLIGHTS``."""
    return _site(scene, FLIGHTS[scene.view % len(FLIGHTS)], rng)


def vantage_of(scene: Scene) -> Vantage | None:
    """Where the camera of an outdoor scene stands; None for the other kinds."""
    known = {"exterior": VANTAGES, "aerial": FLIGHTS}.get(scene.kind)
    return known[scene.view % len(known)] if known else None


def _site(scene: Scene, vantage: Vantage, rng: random.Random) -> Image.Image:
    stage = stage_on(scene.day)
    light = daylight(scene.when, LATITUDE, scene.weather)
    # nobody stands on the same spot twice: a metre and a degree to and fro
    eye = add(vantage.eye, (rng.uniform(-1.2, 1.2), rng.uniform(-1.2, 1.2), 0))
    heading, pitch = vantage.heading + rng.uniform(-1.5, 1.5), vantage.pitch
    camera = Camera(eye, heading, pitch + rng.uniform(-1, 1), vantage.field, scene.size)
    picture = Picture(camera, light)
    picture.sky(rng)
    ground(picture, scene, stage)
    surroundings(picture)
    _works(picture, stage, rng)
    return picture.finished(rng)


def ground(picture: Picture, scene: Scene, stage: Stage) -> None:
    """Street, site surface, pit and shadows, onto the backdrop."""
    light = picture.light
    white = scene.weather == "snow"
    far = surfaces.snow() if white else surfaces.asphalt()
    field: Colour = (190, 192, 190) if white else (126, 126, 120)
    around = quad(
        ((-900, -900, -0.1), (900, -900, -0.1), (900, 900, -0.1), (-900, 900, -0.1)),
        field,
    )
    picture.backdrop((around,))
    if white:
        blocks: list[Face] = []
    else:
        blocks = [_block(low, high) for low, high, _ in NEIGHBOURS]
    picture.texture(far, (-110, -120, -0.02), (250, 0, 0), (0, 260, 0))
    done = stage.landscape > 0.45
    site = surfaces.snow() if white else surfaces.paving() if done else surfaces.earth()
    if picture.camera.eye[2] < 4 and not done:  # from close by it needs detail
        picture.tiles(site, (-24, -30, 0), (112, 86), 28)
    else:
        picture.texture(site, (-24, -30, 0), (112, 0, 0), (0, 86, 0))
    if stage.foundation < 1 and stage.dig > 0.05:
        _pit(picture, stage)
    elif stage.foundation >= 1:
        picture.texture(surfaces.concrete(2), (-1, -1, 0.05), (62, 0, 0), (0, 26, 0))
    picture.shadows(_shadow_outlines(stage, light), min(1.0, light.sunlight[0] * 1.1))
    if isinstance(picture.camera, Camera):
        rim = round(picture.camera.horizon())
        picture.haze(light.haze, rim - 2, rim + picture.size[1] // 7, 0.75)
    _street_lines(picture, white=white, blocks=blocks)


def _street_lines(picture: Picture, *, white: bool, blocks: list[Face]) -> None:
    kerb = (200, 200, 196) if white else (164, 162, 156)
    lines = [
        quad(
            ((x, -44, 0), (x + 3, -44, 0), (x + 3, -43.7, 0), (x, -43.7, 0)),
            (226, 226, 220),
        )
        for x in range(-110, 130, 8)
    ]
    lines += [
        quad(
            ((-38.3, y, 0), (-38, y, 0), (-38, y + 3, 0), (-38.3, y + 3, 0)),
            (226, 226, 220),
        )
        for y in range(-110, 130, 8)
    ]
    for low, high in (
        ((-30, -36), (120, -32)), ((-30, -36), (-26, 120)),
        ((-110, -58), (-50, -52)), ((-50, -58), (120, -52)), ((-54, -52), (-48, 120)),
    ):  # fmt: skip
        (x0, y0), (x1, y1) = low, high
        lines.append(quad(((x0, y0, 0), (x1, y0, 0), (x1, y1, 0), (x0, y1, 0)), kerb))
    picture.solids([*blocks, *lines], in_order=True)


def _block(low: Point, high: Point) -> Face:
    """The pavement or lawn round a neighbour."""
    (x0, y0, _), (x1, y1, _) = low, high
    grass = int(x0 + y1) % 3 == 0
    colour = (112, 132, 84) if grass else (150, 148, 142)
    corners = ((x0 - 9, y0 - 9), (x1 + 9, y0 - 9), (x1 + 9, y1 + 9), (x0 - 9, y1 + 9))
    return quad([(x, y, 0.0) for x, y in corners], colour)


def _pit(picture: Picture, stage: Stage) -> None:
    deep = -5.0 * stage.dig
    low, high = (-3.0, -3.0), (62.0, 27.0)
    x0, y0, x1, y1 = *low, *high
    rim = ((x0, y0, 0.0), (x1, y0, 0.0), (x1, y1, 0.0), (x0, y1, 0.0))
    toe = (
        (x0 + 3, y0 + 3, deep),
        (x1 - 3, y0 + 3, deep),
        (x1 - 3, y1 - 3, deep),
        (x0 + 3, y1 - 3, deep),
    )
    faces = [quad(toe, (128, 100, 72))]
    for i in range(4):
        j = (i + 1) % 4
        faces.append(quad((rim[i], rim[j], toe[j], toe[i]), (150, 120, 88)))
    if stage.foundation > 0:
        top = deep + (0.0 - deep) * stage.foundation
        end = 60 * min(1.0, 0.25 + stage.foundation)
        faces += box((0, 0, deep), (end, 24, top), (172, 168, 160))
        for x in range(4, int(end), 6):
            for y in (4, 12, 20):
                faces += box(
                    (x - 0.6, y - 0.6, top),
                    (x + 0.6, y + 0.6, top + 1.2),
                    (140, 96, 66),
                )
    picture.hole(rim, faces)


def _shadow_outlines(stage: Stage, light: Light) -> list[Sequence[Point]]:
    solids: list[tuple[tuple[float, float], tuple[float, float], float]] = []
    height = level_height(min(LEVELS, int(stage.slabs + 0.4)))
    if height:
        solids.append(((0, 0), (tower.LENGTH, tower.DEPTH), height))
    if stage.steel >= 1:
        solids.append(((36, 0), (60, 24), 9.3))
    solids += [(low[:2], high[:2], high[2]) for low, high, _ in NEIGHBOURS]
    outlines: list[Sequence[Point]] = [
        _cast(low, high, top, light.sun) for low, high, top in solids
    ]
    if stage.crane:
        x, y = machines.CRANE_FOOT
        outlines.append(_cast((x - 0.8, y - 0.8), (x + 0.8, y + 0.8), 62, light.sun))
    return outlines


def _cast(
    low: tuple[float, float], high: tuple[float, float], top: float, sun: Point
) -> list[Point]:
    """The outline on the ground of a box's shadow: the hull of its foot and its top."""
    dx, dy = -sun[0] / sun[2] * top, -sun[1] / sun[2] * top
    foot = [(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1])]
    hull = _hull(foot + [(x + dx, y + dy) for x, y in foot])
    return [(x, y, 0.03) for x, y in hull]


def _hull(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The convex hull (Andrew's monotone chain), counter-clockwise."""
    points = sorted(set(points))

    def chain(ordered: list[tuple[float, float]]) -> list[tuple[float, float]]:
        kept: list[tuple[float, float]] = []
        for x, y in ordered:
            while len(kept) > 1:
                (ax, ay), (bx, by) = kept[-2:]
                if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                    break
                kept.pop()
            kept.append((x, y))
        return kept[:-1]

    return chain(points) + chain(points[::-1])


def _works(picture: Picture, stage: Stage, rng: random.Random) -> None:
    eye = picture.camera.eye
    jib = machines.crane_jib(
        rng.uniform(190, 280), rng.uniform(16, 40), rng.uniform(30, 54)
    )
    crane_first = eye[1] < 30 or (eye[2] < tower.ROOF and eye[1] < 30)
    if stage.crane and crane_first:
        _crane(picture, jib, above=eye[2] > machines.CRANE_HEIGHT, before=True)
    loose = yard(stage, rng)
    behind = [b for b in loose if _beyond(b, eye)]
    picture.bodies(behind)
    building(picture, stage)
    if stage.crane:
        if crane_first:
            _crane(picture, jib, above=eye[2] > machines.CRANE_HEIGHT, before=False)
        else:
            _crane(picture, jib, above=True, before=False)
            _mast(picture)
    picture.bodies([b for b in loose if not _beyond(b, eye)])
    picture.balls(trees(eye, behind=False))


def _mast(picture: Picture) -> None:
    rods, base = machines.crane_mast()
    picture.solids(base)
    picture.rods(rods, machines.YELLOW, 0.16)


def _crane(
    picture: Picture,
    jib: tuple[list[tuple[Point, Point]], list[Face]],
    *,
    above: bool,
    before: bool,
) -> None:
    if before:
        _mast(picture)
    if above != before:
        picture.rods(jib[0], machines.YELLOW, 0.15)
        picture.solids(jib[1])


def _beyond(body: Sequence[Face], eye: Point) -> bool:
    """Whether a body stands on the far side of the building."""
    x, y, _ = body[0].points[0]
    sides = tower.facing(eye)
    return not (
        ("west" in sides and x < -0.5)
        or ("south" in sides and y < -0.5)
        or ("east" in sides and x > 60.5)
        or ("north" in sides and y > 24.5)
    )


def building(picture: Picture, stage: Stage) -> None:
    """The tower and the podium as they stand."""
    eye, light = picture.camera.eye, picture.light
    sides = tower.facing(eye)
    podium = tower.podium(stage, light, eye)
    if "east" not in sides or eye[0] < 60:
        _in_order(picture, podium)
    if stage.foundation >= 1:
        _storeys(picture, stage, sides)
    picture.rods(tower.starters(stage), (140, 92, 66), 0.06)
    if eye[2] > tower.ROOF:
        picture.bodies(tower.roof(stage))
    for side in ("west", "north"):
        if stage.scaffold and side in sides:
            rods, decks = tower.scaffold(side, min(tower.ROOF, stage.slabs * 3.7) + 1)
            picture.solids(decks)
            picture.rods(rods, (150, 156, 162), 0.07)
    if stage.hoist and "south" in sides:
        _hoist(picture, stage)
    if "east" in sides and eye[0] >= 60:
        _in_order(picture, podium)


def _in_order(picture: Picture, bodies: Sequence[Sequence[Face]]) -> None:
    for body in bodies:
        picture.solids(body)


def _storeys(picture: Picture, stage: Stage, sides: list[str]) -> None:
    eye, light = picture.camera.eye, picture.light
    if eye[2] <= tower.ROOF:
        _in_order(picture, tower.roof(stage))
    fresh = tower.props(stage)
    for level in tower.storeys_in_order(stage, eye):
        _in_order(picture, tower.frame(stage, level, eye))
        low, high = level_height(level), level_height(level + 1)
        inside = [r for r in fresh if low <= r[0][2] < high]
        picture.rods(inside, (150, 92, 78), 0.06)
        picture.rods(tower.edge_rails(stage, level), (226, 120, 50), 0.07)
        for side in sides:
            picture.solids(tower.facade(stage, level, side, light), in_order=True)


def _hoist(picture: Picture, stage: Stage) -> None:
    top = min(tower.ROOF, stage.slabs * 3.7) + 3
    rods: list[tuple[Point, Point]]
    rods = [((x, -2.2, 0), (x, -2.2, top)) for x in (29.0, 30.4)]
    rods += [((29.0, -2.2, z), (30.4, -2.2, z + 1.5)) for z in range(0, int(top), 2)]
    picture.rods(rods, (120, 124, 130), 0.12)
    z = top * 0.55
    picture.solids(box((28.6, -4.2, z), (30.8, -2.4, z + 2.6), (208, 84, 48)))
