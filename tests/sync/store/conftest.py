"""Both archives that keep the contract of ``sync.store.Store``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sync.both_stores import MAKERS, Both


@pytest.fixture(params=MAKERS)
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Both:
    return MAKERS[request.param](tmp_path)
