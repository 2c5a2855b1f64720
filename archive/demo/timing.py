"""When a photo is taken, on which storey, in what weather, and at which offset."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

from . import project
from .progress import DAYS, LEVELS, day_of_level, stage_on
from .series import Series


def day_and_level(
    series: Series, i: int, count: int, rng: random.Random
) -> tuple[float, int]:
    """When in the project, and on which storey it can then be."""
    first, last = series.days
    if series.kind in ("rebar", "pour"):
        level = 1 + i * LEVELS // count
        before = rng.uniform(2, 6) if series.kind == "rebar" else rng.uniform(0, 1)
        return day_of_level(level) - before, level
    step = (last - first) / count
    day = first + step * (i + rng.uniform(0.1, 0.9))
    return day, _storey(series.kind, day, rng)


def _storey(kind: str, day: float, rng: random.Random) -> int:
    stage = stage_on(day)
    closed = max(1, min(LEVELS - 1, int(stage.facade)))
    if kind == "drywall":
        closed = max(1, min(closed, int((day - 320) / 20)))
    if kind in ("inspection", "delivery"):
        closed = max(1, min(LEVELS, int(stage.slabs)))
    return rng.randint(max(1, closed - 3), closed)


def moment_on(day: float, kind: str, rng: random.Random) -> datetime:
    """A working day (drones fly on any), between 7:20 and 16:00."""
    when = project.START + timedelta(days=int(min(day, DAYS - 1)))
    if when.weekday() == 6 or (when.weekday() == 5 and rng.random() < 0.8):
        when -= timedelta(days=when.weekday() - 4)
    early, late = (9.5, 14.5) if kind in ("aerial", "exterior") else (7.4, 16.0)
    if when.month in (11, 12, 1):
        late = min(late, 14.9)
    seconds = rng.uniform(early, late) * 3600
    return when + timedelta(seconds=int(seconds))


def weather_on(on: date, kind: str) -> str:
    """One weather a day, by the season of the coast; no drone flies in rain or fog."""
    rng = random.Random(f"weather {on.isoformat()}")  # noqa: S311
    winter = on.month in (12, 1, 2)
    choices = ["clear"] * 5 + ["fair"] * 6 + ["overcast"] * 4 + ["rain"] * 2 + ["fog"]
    weather = rng.choice(choices + ["snow"] * 5 if winter else choices)
    if kind == "aerial" and weather in ("rain", "fog"):
        return "overcast"
    return weather


def offset_at(when: datetime) -> str:
    """Return the coast's offset from UTC.

    Daylight saving runs from the 2nd Sunday of March to the 1st of November; computed,
    because not every system has a time zone database.
    """
    start = _sunday(when.year, 3, 2) + timedelta(hours=2)
    end = _sunday(when.year, 11, 1) + timedelta(hours=2)
    return "-04:00" if start <= when < end else "-05:00"


def _sunday(year: int, month: int, which: int) -> datetime:
    first = datetime(year, month, 1)  # noqa: DTZ001 - a local wall clock
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (which - 1))
