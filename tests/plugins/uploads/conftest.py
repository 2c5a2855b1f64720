"""An archive with Sam, Kim and Rae, to which files come over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archive.batches import batch
from archive.database import create_archive, open_archive
from archive.people import add_person, owner


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "tower"
    create_archive(path, "Tower", "Sam")
    with open_archive(path) as archive:
        sam = owner(archive.connection)
        with batch(archive.connection, sam) as opened:
            add_person(archive.connection, sam, opened, "Kim", level="standard")
            add_person(archive.connection, sam, opened, "Rae")
    return path


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with open_archive(folder) as archive:
        return archive.connection.execute(sql).fetchall()
