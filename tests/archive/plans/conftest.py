"""An archive to which plans are added."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.database import Archive
from archive.people import Person
from archive.plans import Plan, add_plan
from archive.workers import Pool
from tests.archive.map_files import picture

Adder = Callable[..., Plan]


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(workers=1) as opened:
        yield opened


@pytest.fixture
def add(archive: Archive, sam: Person, pool: Pool) -> Adder:
    def added(path: Path, *args: Any, **options: Any) -> Plan:
        return add_plan(archive, sam, path, *args, pool=pool, **options)

    return added


@pytest.fixture
def drawing(tmp_path: Path) -> Path:
    path = tmp_path / "Ground floor.png"
    path.write_bytes(picture((250, 250, 250), (400, 300)))
    return path
