"""How far the building is on a day: one function, so that every picture agrees.

Days count from the start of the project; the project takes 546 (18 months).
"""

from __future__ import annotations

from dataclasses import dataclass

DAYS = 546
LEVELS = 10
STOREY = 3.7  # metres, floor to floor
GROUND_STOREY = 5.0


@dataclass(frozen=True, slots=True)
class Stage:
    """What stands. Floors and fractions may be partial: 3.4 is a bit of the fourth."""

    dig: float  # 0..1 how much of the pit is dug
    foundation: float  # 0..1
    slabs: float  # cast floors above the ground floor, 0..LEVELS
    steel: float  # 0..1 of the steel frame of the podium
    facade: float  # storeys closed, 0..LEVELS
    roof: float  # 0..1 of the membrane
    landscape: float  # 0..1
    crane: bool
    hoist: bool
    scaffold: bool


def _between(day: float, start: float, end: float) -> float:
    return max(0.0, min(1.0, (day - start) / (end - start)))


def stage_on(day: float) -> Stage:
    """The state of the building site on a day of the project."""
    return Stage(
        dig=_between(day, 4, 45),
        foundation=_between(day, 40, 88),
        slabs=LEVELS * _between(day, 92, 305),
        steel=_between(day, 150, 235),
        facade=LEVELS * _between(day, 215, 440),
        roof=_between(day, 322, 400),
        landscape=_between(day, 445, 525),
        crane=58 <= day < 420,
        hoist=190 <= day < 470,
        scaffold=230 <= day < 455,
    )


def level_height(level: int) -> float:
    """Metres from the ground to the top of the slab under a level (0 is the ground)."""
    return 0.0 if level == 0 else GROUND_STOREY + (level - 1) * STOREY


def day_of_level(level: int) -> float:
    """The day on which a level's slab is cast."""
    return 92 + (305 - 92) * level / LEVELS
