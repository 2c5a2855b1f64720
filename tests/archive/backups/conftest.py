"""An archive with three photos, and where its backup goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.batches import batch
from archive.database import Archive
from archive.editing import Edit, edit_photos
from archive.people import owner
from tests.archive.backups.taken import copy_here
from tests.archive.import_checks import take_in


@pytest.fixture(autouse=True)
def in_this_process(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Reads files and copies databases here, unless ``real_workers`` is asked for."""
    request.getfixturevalue("one_process")
    if "real_workers" not in request.fixturenames:
        copy_here(monkeypatch)


@pytest.fixture
def filled(archive: Archive, source: Path) -> Archive:
    """An archive with three photos, one of them described."""
    take_in(archive, source)
    sam = owner(archive.connection)
    with batch(archive.connection, sam):
        edit_photos(archive.connection, sam, [1], Edit(description="Slab poured"))
    return archive


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    return tmp_path / "backup"
