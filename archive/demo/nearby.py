"""What all pictures from close by in the open share: the view behind, and people."""

from __future__ import annotations

import random

from . import machines, outdoors
from .geometry import Camera, Face, add
from .light import daylight
from .neighbourhood import surroundings
from .outdoors import Vantage
from .painter import Picture
from .progress import Stage, stage_on
from .scene import LATITUDE, Scene


def started(
    scene: Scene, vantage: Vantage, rng: random.Random
) -> tuple[Picture, Stage]:
    """A picture with sky, street and neighbours as a soft backdrop."""
    light = daylight(scene.when, LATITUDE, scene.weather)
    picture = Picture(
        Camera(vantage.eye, vantage.heading, vantage.pitch, vantage.field, scene.size),
        light,
    )
    stage = stage_on(scene.day)
    picture.sky(rng)
    outdoors.ground(picture, scene, stage)
    surroundings(picture)
    picture.settle()
    return picture, stage


def crew(
    picture: Picture, rng: random.Random, z: float, count: int, near: float = 4.0
) -> list[list[Face]]:
    """Workers spread in front of the camera."""
    eye, forward, right = picture.camera.eye, picture.camera.forward, (0.0, 0.0, 0.0)
    if isinstance(picture.camera, Camera):
        right = picture.camera.right
    bodies = []
    for i in range(count):
        far = near + rng.uniform(0.5, 9) + i
        aside = rng.uniform(-0.5, 0.5) * far
        x, y, _ = add(add(eye, forward, far), right, aside)
        bodies += machines.worker((x, y, z), rng.uniform(0, 360), rng.randrange(100))
    return bodies
