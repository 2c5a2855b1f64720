"""An archive whose history must be whole when a test is done with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.checking import check_history
from archive.history import list_batches
from sync.records import Kind
from tests.sync.both_stores import InDatabase
from tests.sync.simulator.archive import PROJECT

UUID = PROJECT.uuid_of(Kind.PHOTO, 9)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[InDatabase]:
    opened = InDatabase(tmp_path)
    yield opened
    assert list(check_history(opened.connection)) == []
    assert opened.connection.execute("select * from unindexed").fetchall() == []


def row(archive: InDatabase, sql: str, *values: Any) -> Any:
    return archive.connection.execute(sql, values).fetchone()


def batches(archive: InDatabase) -> list[Any]:
    return list_batches(archive.connection)
