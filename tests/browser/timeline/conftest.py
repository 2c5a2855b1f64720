"""The timeline of many photos, which no test changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import watching


@pytest.fixture
def url(large: str) -> str:
    return large


@pytest.fixture
def watched(page: Any, url: str) -> Iterator[Any]:
    with watching(page, url) as found:
        yield found
