"""A row in ``docs/sync.md`` for each property and layer, and what it names is there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "sync.md"
LAYERS = ("V0", "V1", "V2", "V3", "V4", "V5", "V7")
_FUNCTION = re.compile(r"^ *def (\w+)", re.MULTILINE)
_LINK = re.compile(r"\[([^]]+)\]\(\.\./tests/([^)]+)\)")


def rows() -> dict[str, str]:
    """Return the rows of both tables by their first word."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    found = (re.match(r"\| ([PV]\d+)\b", line) for line in lines)
    return {one[1]: one.string for one in found if one}


@cache
def beside(file: str) -> frozenset[str]:
    """Return the functions of a module, and of those around it."""
    texts = (one.read_text("utf-8") for one in (TESTS / file).parent.rglob("*.py"))
    return frozenset(name for text in texts for name in _FUNCTION.findall(text))


def test_every_property_and_layer_has_its_row() -> None:
    assert tuple(rows()) == (*(f"P{number}" for number in range(1, 25)), *LAYERS)


def test_what_shows_a_property_is_there() -> None:
    for number, row in rows().items():
        links = _LINK.findall(row)
        assert links, number
        for title, file in links:
            name = title.replace(" ", "_")
            known = {Path(file).stem.removeprefix("test_"), *beside(file)}
            assert {name, f"test_{name}"} & known, f"{number}: {title}"
