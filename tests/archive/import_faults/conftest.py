"""Imports in this process, of four files of which two are alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.importing import pipeline
from tests.archive.import_checks import inline, lay, photo


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "run_jobs", inline)
    monkeypatch.setattr(pipeline, "BATCH", 2)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    files = {f"{n}.jpg": photo(n) for n in (1, 2, 3)} | {"again.jpg": photo(1)}
    return lay(tmp_path / "stick", files)
