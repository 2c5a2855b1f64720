"""Programs that ask for tokens, and people who are asked, in one archive and in two."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.api.oauth_town import CALLBACK, Town, served
from tests.plugins.conftest import Loop


@pytest.fixture
def town(tmp_path: Path, loop: Loop) -> Iterator[Town]:
    with served(loop, tmp_path) as found:
        yield found


@pytest.fixture
def two(tmp_path: Path, loop: Loop) -> Iterator[Town]:
    with served(loop, tmp_path, "Tower", "Bridge") as found:
        yield found


@pytest.fixture
def asking(town: Town) -> Any:
    return town.add("Viewer", redirect_uris=[CALLBACK])


@pytest.fixture
def public(town: Town) -> Any:
    return town.add("Pocket", public=True, redirect_uris=[CALLBACK])
