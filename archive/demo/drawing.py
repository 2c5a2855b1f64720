"""The one entrance to drawing: a scene in, a picture out."""

from __future__ import annotations

import random
from collections.abc import Callable

from PIL import Image

from .closeups import CLOSE
from .rooms import INDOORS
from .scene import Scene
from .works import OPEN_AIR

SCENES: dict[str, Callable[[Scene, random.Random], Image.Image]] = {
    **OPEN_AIR,
    **INDOORS,
    **CLOSE,
}


def draw_photo(scene: Scene) -> Image.Image:
    """Draw a scene, upright, mode RGB, of ``scene.size`` pixels, always the same."""
    rng = random.Random(f"{scene.kind} {scene.view} {scene.seed}")  # noqa: S311
    return SCENES[scene.kind](scene, rng)
