"""Every incident of others has its test here, or a reason why it cannot happen."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parent
ROWS: dict[str, dict[str, Any]] = tomllib.loads(
    (TESTS / "incidents.toml").read_text("utf-8")
)
WANTED = [
    f"{kind}{n}"
    for kind, most in (("L", 24), ("S", 23), ("P", 4))
    for n in range(1, most + 1)
]


def test_every_incident_has_its_row() -> None:
    assert list(ROWS) == WANTED


@cache
def functions(name: str) -> frozenset[str]:
    tree = ast.parse((TESTS / name).read_bytes())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


@pytest.mark.parametrize("row", WANTED)
def test_the_tests_of_an_incident_are_there(row: str) -> None:
    assert ROWS[row]["tests"]
    for name in ROWS[row]["tests"]:
        file, _, function = name.partition("::")
        assert function in functions(file) if function else (TESTS / file).is_file(), (
            name
        )


def test_what_cannot_happen_is_explained() -> None:
    text = (TESTS.parent / "docs" / "decisions.md").read_text("utf-8")
    section = text.partition("## What cannot happen here")[2].partition("\n## ")[0]
    told = re.findall(r"^\| ([LSP]\d+) \|", section, re.MULTILINE)
    assert told == [row for row in WANTED if ROWS[row].get("cannot")]
