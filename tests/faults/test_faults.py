"""Samples of the long walks: ``make faults``, ``make power`` and ``make mutations``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults import disk
from tests.faults.mutations import try_some

# Cases that once ended the whole import, or broke their reader
FOUND = (2655, 12399, 33168, 43994, 50355)


def told(script: str, work: Path, *options: str) -> list[dict[str, Any]]:
    words = [sys.executable, "-m", f"tests.faults.{script}", str(work), *options]
    root = Path(__file__).parents[2]
    run = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines() if line[:1] == "{"]


@pytest.mark.skipif(not disk.is_possible(), reason="needs Linux and a C compiler")
@pytest.mark.parametrize(
    ("script", "options", "cases"),
    [
        ("walk", ("--cases", "5", "--only", "edit", "--only", "upload"), 5),
        ("power", ("--only", "upload", "--every", "16", "--draws", "0"), 6),
    ],
    ids=["faults", "power"],
)
def test_a_sample_leaves_nothing_half_done(
    tmp_path: Path, script: str, options: tuple[str, ...], cases: int
) -> None:
    *wrong, last = told(script, tmp_path, *options)
    assert wrong == []
    counts = last["counts"]
    assert counts.get("cases", 0) + counts.get("worlds", 0) >= cases


def test_a_sample_of_damaged_pictures_is_archived_or_refused(tmp_path: Path) -> None:
    told = try_some(tmp_path, [*range(200), *FOUND])
    assert told.problems == []
    ended = ("archived", "refused", "duplicates")
    assert sum(told.outcomes[how] for how in ended) >= 200 + len(FOUND)
