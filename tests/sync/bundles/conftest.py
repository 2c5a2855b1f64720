"""A laptop and a stick."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.sync.bundles.sticks import Desk


@pytest.fixture(autouse=True)
def without_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda file: None)  # noqa: ARG005


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    for name in ("originals", "stick"):
        (tmp_path / name).mkdir()
    return Desk(tmp_path / "originals", tmp_path / "stick")
