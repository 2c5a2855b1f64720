"""Fixtures for tests of the archive."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.accounts import Accounts, open_accounts
from archive.albums import UNCLASSIFIED_ID
from archive.batches import batch
from archive.database import Archive, create_archive, open_archive
from archive.export.pdf import pictures
from archive.identity import new_uuid
from archive.importing import pipeline
from archive.people import Person, owner
from tests.archive.import_checks import PHOTOS, inline, lay


@pytest.fixture(scope="session")
def new_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a new archive in it, to be copied."""
    path = tmp_path_factory.mktemp("new") / "tower-4"
    create_archive(path, "Tower 4", "Sam Reyes")
    return path


@pytest.fixture
def folder(tmp_path: Path, new_archive: Path) -> Path:
    """A folder with a new archive in it."""
    return Path(shutil.copytree(new_archive, tmp_path / "tower-4"))


@pytest.fixture
def archive(folder: Path) -> Iterator[Archive]:
    """A new archive, open."""
    with open_archive(folder) as opened:
        yield opened


@pytest.fixture
def sam(archive: Archive) -> Person:
    """The archive's owner."""
    return owner(archive.connection)


@pytest.fixture
def accounts(folder: Path) -> Iterator[Accounts]:
    """The accounts of the new archive."""
    with open_accounts(folder) as opened:
        yield opened


@pytest.fixture
def add_photo(archive: Archive, sam: Person) -> Callable[..., int]:
    """Return a function that adds a photo without a file, and gives its id."""

    def add(**values: Any) -> int:
        with batch(archive.connection, sam, origin="import") as opened:
            columns = {
                "uuid": new_uuid(),
                "filename": "IMG_0001.jpg",
                "album_id": UNCLASSIFIED_ID,
                "uploader_id": sam.id,
                "assumed_at": "2026-03-09T08:00:00",
                "uploaded_at": opened.at,
                "updated_at": opened.at,
                **values,
            }
            cursor = archive.connection.execute(
                f"insert into photos ({', '.join(columns)})"
                f" values ({', '.join('?' * len(columns))})",
                tuple(columns.values()),
            )
            return int(cursor.lastrowid or 0)

    return add


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A stick with three photos."""
    files = {f"DCIM/IMG_{n}.JPG": data for n, data in PHOTOS.items()}
    return lay(tmp_path / "stick", files)


@pytest.fixture
def real_workers() -> None:
    """Processes of their own read the files in this test."""


@pytest.fixture
def one_process(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Files are read in this process, unless the test asks for ``real_workers``."""
    if "real_workers" not in request.fixturenames:
        monkeypatch.setattr(pipeline, "run_jobs", inline)
        monkeypatch.setattr(pictures, "run_jobs", inline)
