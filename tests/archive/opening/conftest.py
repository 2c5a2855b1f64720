"""A closed archive with photos in it, to be moved, locked, altered and damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.batches import batch
from archive.database import open_archive
from archive.people import owner
from tests.archive.in_memory import insert_photo

ROOT = Path(__file__).parents[3]


@pytest.fixture
def filled(folder: Path) -> Path:
    """A closed archive with 400 photos."""
    with open_archive(folder) as archive:
        sam = owner(archive.connection)
        with batch(archive.connection, sam, origin="import") as opened:
            for number in range(400):
                insert_photo(
                    archive.connection,
                    opened,
                    description=f"photo {number} " + "x" * 99,
                )
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
