"""A project of 120 photos that nobody changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.archive import search_model as model
from tests.archive.search_project import fill


@pytest.fixture(scope="session")
def connection() -> Iterator[Any]:
    found = model.project()
    fill(found, 120, seed=4)
    yield found
    found.close()
