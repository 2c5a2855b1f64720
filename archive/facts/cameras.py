"""Camera and projection: names made presentable, and what counts as a sphere."""

from __future__ import annotations


def camera(make: str, model: str) -> tuple[str | None, str | None]:
    """Make and model as the file writes them, without padding; None when blank."""
    return make.strip() or None, model.strip() or None


def projection(stated: str, width: int | None, height: int | None) -> str:
    """``360`` when the file says equirectangular, else ``regular`` or ``unknown``.

    The shape alone is no proof: a large picture of exactly 2:1 that states nothing
    may be a sphere whose metadata was stripped, so it is ``unknown``, which a person
    can settle. Any other statement (cylindrical, markup, nonsense) is ``regular``.
    """
    if stated.strip().lower() == "equirectangular":
        return "360"
    if not stated and width and height and width == 2 * height and width >= 3000:
        return "unknown"
    return "regular"
