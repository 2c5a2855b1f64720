"""A markup as an exchange has it: its shape is one value, colour and text are others.

Whoever moves a shape has seen all its points; who gives it another colour need not.
What came from elsewhere is checked as what somebody draws here (``archive.markups``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from archive.errors import InvalidInput
from archive.markup_shapes import Shape
from archive.markups import checked
from sync.exchanging.model import Any_, Version

_SOME = Shape("text", "red", 1, ((0, 0), (1, 0)))


def shape_of(value: object) -> Any_:
    """Return kind and points, as a line of a bundle has them.

    :raises InvalidInput: it is no pair of these
    """
    if not isinstance(value, list) or len(value) != 2 or not isinstance(value[1], list):
        raise InvalidInput("a shape is its kind and its points")
    return tuple(value)


def values_of(shape: Shape) -> dict[str, Any_]:
    """Return the fields of a markup."""
    return {
        "shape": (shape.kind, shape.points),
        "colour": shape.colour,
        "width": shape.width,
        "text": shape.text,
    }


def drawable(fields: Mapping[str, Version]) -> dict[str, Version]:
    """Return the fields of a markup as they are kept.

    :raises InvalidInput: together they cannot be drawn
    """
    said: dict[str, Any] = {name: one.value for name, one in fields.items()}
    kind, points = said.pop("shape")
    values = values_of(checked({**said, "kind": kind, "points": points}))
    return {name: replace(one, value=values[name]) for name, one in fields.items()}


def text_of(value: object) -> str:
    """Return the words of a markup of kind text, as they are kept.

    :raises InvalidInput: there are none, or too many
    """
    shape = {"kind": _SOME.kind, "colour": _SOME.colour, "width": _SOME.width}
    return checked({**shape, "points": _SOME.points, "text": value}).text
