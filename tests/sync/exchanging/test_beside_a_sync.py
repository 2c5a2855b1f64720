"""Bundles are written and taken in while a sync runs: between any two of its steps.

Nos. 7, 8 and 11 of what the prototype of the sync design found (§3.4).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.sync.exchanging.beside import opened

STORIES = int(os.environ.get("SYNC_SEEDS", "40")) // 20


@pytest.mark.parametrize("seed", range(STORIES))
def test_bundles_go_back_and_forth_while_a_sync_runs(tmp_path: Path, seed: int) -> None:
    with opened(tmp_path, seed) as world:
        for _ in range(3):
            world.add(world.chance.choice([*world.laptops, None]))

        def between() -> None:
            if world.chance.random() < 0.15:
                world.tell()
            if world.chance.random() < 0.1:
                world.act()

        for _ in range(3):
            world.sync(world.chance.choice(world.laptops), between)
            world.write(None)  # in a run it could fall between a look and a write
        world.come_to_rest()
        world.check()
