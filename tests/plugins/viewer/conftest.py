"""A site of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.conftest import fill, serve


@pytest.fixture
def fresh(tmp_path: Path, loop: Any) -> Iterator[Any]:
    """A site of its own for each test: they change it."""
    fill(tmp_path / "tower")
    with contextmanager(serve)(loop, [tmp_path / "tower"]) as served:
        yield served
