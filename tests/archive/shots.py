"""Photos so many metres from a place, and how key plans are asked for."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from tests.archive.report_files import HERE

CHARTED = replace(HERE, key_plan=True)
LATITUDE, LONGITUDE = 52.5, 13.4
METRE = 1 / 111_195  # degrees of latitude


def shot(
    east: float = 0,
    north: float = 0,
    *,
    direction: float | None = None,
    location: str | None = None,
    nowhere: bool = False,
) -> Any:
    """A photo so many metres from a place."""
    return SimpleNamespace(
        latitude=None if nowhere else LATITUDE + north * METRE,
        longitude=LONGITUDE + east * METRE / math.cos(math.radians(LATITUDE)),
        direction=direction,
        location=location,
    )
