"""Inside the building: services, drywall, finished rooms, and the 360 degree views.

A room lies in the tower where its windows say: what is seen through them is the
neighbourhood from that height.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from PIL import Image

from . import machines, outdoors, surfaces
from .fittings import board_stack, buckets, furnish, ladder, partition
from .geometry import Camera, Colour, Sphere
from .interior import Room, shell, window_walls
from .light import Light, daylight, indoors
from .neighbourhood import surroundings
from .painter import Picture
from .progress import level_height, stage_on
from .scene import LATITUDE, Scene
from .services import under_soffit

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
    camera: Camera | Sphere, scene: Scene, light: Light, rng: random.Random
) -> Picture:
    """A picture that holds what is seen through the windows, over-exposed as it is."""
    outside = daylight(scene.when, LATITUDE, scene.weather)
    picture = Picture(camera, outside)
    picture.sky(rng)
    stage = stage_on(scene.day)
    outdoors.ground(picture, scene, stage)
    surroundings(picture)
    picture.settle()
    picture.base = picture.base.point(
        [min(255, int(v * 1.25 + 26)) for v in range(256)] * 3
    )
    picture.light = light
    return picture


def mep(scene: Scene, rng: random.Random) -> Image.Image:
    """Ducts, pipes, sprinklers and cable trays under the soffit."""
    room = _room(scene)
    light = indoors(_towards(room), rng.uniform(0, 0.6), rng.uniform(0.84, 1.0))
    camera = _camera(scene, room, rng, (10, 24), 76)
    picture = _with_view(camera, scene, light, rng)
    bare = surfaces.concrete(6, 0.96), surfaces.concrete(7)
    shell(picture, room, *bare, surfaces.concrete(8, 1.06))
    bodies, hangers = under_soffit(room, rng, rng.uniform(0.3, 1.0))
    for wall in window_walls(room, (170, 168, 162), 0.75, glazed=True):
        picture.solids(wall, in_order=True)
    picture.rods(hangers, (120, 124, 128), 0.015)
    bodies += ladder(room, rng) if rng.random() < 0.6 else []
    picture.bodies([[f] for body in bodies for f in body])
    return picture.finished(rng)


def drywall(scene: Scene, rng: random.Random) -> Image.Image:
    """Studs, some boarded and taped, with boards stacked on the floor."""
    room = _room(scene)
    light = indoors(_towards(room), rng.uniform(0, 0.7), rng.uniform(0.86, 1.02))
    camera = _camera(scene, room, rng, (-6, 4), 74)
    picture = _with_view(camera, scene, light, rng)
    tone: Colour = ((206, 200, 188), (186, 198, 176), (196, 200, 206))[rng.randrange(3)]
    bare = surfaces.concrete(6, 0.96), surfaces.concrete(7)
    shell(picture, room, *bare, surfaces.board(tone))
    for wall in window_walls(room, (196, 192, 184), 0.75, glazed=True):
        picture.solids(wall, in_order=True)
    bodies = partition(room, rng, tone)
    bodies += board_stack(room, rng)
    bodies += ladder(room, rng) if rng.random() < 0.5 else []
    bodies += buckets(room, rng)
    picture.bodies([[f] for body in bodies for f in body])
    return picture.finished(rng)


def finished_room(scene: Scene, rng: random.Random) -> Image.Image:
    """A room as it is handed over: carpet, grid ceiling, doors, some furniture."""
    room = _room(scene)
    light = indoors(_towards(room), rng.uniform(0.1, 0.7), rng.uniform(1.0, 1.12))
    camera = _camera(scene, room, rng, (-7, 1), 76)
    picture = _with_view(camera, scene, light, rng)
    furnish(picture, room, rng)
    return picture.finished(rng)


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
    picture = _with_view(Sphere(eye, 0.0, scene.size), scene, light, rng)
    if scene.day > 470:
        furnish(picture, room, rng)
        return picture.finished(rng)
    wall = surfaces.board() if scene.day > 380 else surfaces.concrete(8, 1.06)
    shell(picture, room, surfaces.concrete(6, 0.96), surfaces.concrete(7), wall)
    for faces in window_walls(room, (176, 174, 168), 0.75, glazed=scene.day > 320):
        picture.solids(faces, in_order=True)
    bodies = board_stack(room, rng) + buckets(room, rng) + ladder(room, rng)
    if scene.day > 300:
        services, hangers = under_soffit(room, rng, 1.0)
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
