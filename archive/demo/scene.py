"""What a picture shows: the parameters, without a pixel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

LATITUDE, LONGITUDE = 42.3493, -71.0468  # the tower's south-west corner


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that ``draw_photo`` needs.

    :param kind: a key of ``drawing.SCENES``
    :param view: which vantage point, room or variant of the kind (0, 1, 2 …)
    :param day: days since the start of the project, decides what stands
    :param when: local time, decides the light
    :param weather: one of ``light.WEATHER``
    :param size: pixels, width and height as shown (upright)
    :param seed: all that may vary besides
    :param level: the storey for scenes inside the building
    :param text: what a sign says
    """

    kind: str
    view: int
    day: float
    when: datetime
    weather: str
    size: tuple[int, int]
    seed: int
    level: int = 1
    text: str = ""
