"""A kill at any step of an import or a purge leaves nothing half done.

What is killed, and how it is looked at, is in ``kill_at_step.py``. By default every
step that touches a file is tried and a sample of the SQL statements;
``ASBUILT_ALL_KILLS=1`` tries them all.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from archive.batches import batch
from archive.database import open_archive
from archive.editing import recycle_photos
from archive.importing import pipeline
from archive.people import owner
from tests.archive.import_checks import inline, lay, photo, take_in
from tests.archive.kills import told_by

EVERY = 1 if os.environ.get("ASBUILT_ALL_KILLS") else 7

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    files = {f"{n}.jpg": photo(n) for n in (1, 2, 3)} | {"again.jpg": photo(1)}
    return lay(tmp_path / "stick", files)


def kills(scenario: str, folder: Path, source: Path) -> list[dict[str, Any]]:
    work = folder.parent / "work"
    work.mkdir()
    return told_by("kill_at_step", scenario, folder, source, work, EVERY)


def wrong(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [result for result in results if result["problems"]]


def test_an_import_killed_at_any_step_is_whole_after_the_next(
    folder: Path, source: Path
) -> None:
    results = kills("import", folder, source)
    steps = {result["step"].split(" ")[0] for result in results}
    assert {"os.link", "os.fsync", "os.chmod", "os.truncate", "sql"} <= steps
    assert len(results) > 50
    assert wrong(results) == []


def test_a_purge_killed_at_any_step_is_finished_by_the_next_import(
    folder: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "run_jobs", inline)
    with open_archive(folder) as archive:
        sam = owner(archive.connection)
        take_in(archive, source, renditions=True)
        with batch(archive.connection, sam) as opened:
            recycle_photos(archive.connection, sam, opened, [1, 2])
    results = kills("purge", folder, source)
    assert {"os.unlink", "os.fsync"} <= {result["step"] for result in results}
    assert wrong(results) == []
