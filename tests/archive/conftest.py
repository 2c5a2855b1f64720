"""Fixtures for tests of the archive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.albums import UNCLASSIFIED_ID
from archive.batches import batch
from archive.database import Archive, create_archive, open_archive
from archive.identity import new_uuid
from archive.people import Person, owner


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a new archive in it."""
    path = tmp_path / "tower-4"
    create_archive(path, "Tower 4", "Sam Reyes")
    return path


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
