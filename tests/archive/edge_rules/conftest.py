"""An archive in memory with people of every kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.archive.edge_site import Site


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.connection.close()
