"""A project of 120 photos that nobody changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.archive.search_project import filled


@pytest.fixture(scope="session")
def connection() -> Iterator[Any]:
    yield from filled(120, seed=4)
