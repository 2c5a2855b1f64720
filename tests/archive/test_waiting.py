"""A writer that has to wait says for whom, and goes on when the other is done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from archive import database, waiting
from archive.batches import batch
from archive.commands.root import asbuilt
from archive.database import DATABASE, Archive, connect, open_archive
from archive.errors import ArchiveLocked
from archive.people import owner
from archive.sqlite import sqlite3


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """No seconds."""
    monkeypatch.setattr(waiting, "TOLD_AFTER", 0.0)
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.01)


@pytest.fixture
def other(folder: Path) -> Iterator[Any]:
    """A connection that is writing."""
    connection = connect(folder / DATABASE)
    connection.execute("begin immediate")
    yield connection
    connection.close()


@pytest.fixture
def archive(folder: Path, other: Any) -> Iterator[Archive]:
    assert other.in_transaction
    with open_archive(folder) as opened:
        yield opened


def test_who_waits_is_told_once_and_then_refused(archive: Archive) -> None:
    told: list[str] = []
    archive.connection.waiting = told.append
    with (
        pytest.raises(ArchiveLocked),
        batch(archive.connection, owner(archive.connection)),
    ):
        pytest.fail("got the lock")
    assert told == ["another process is writing to it"]
    assert archive.connection.execute("pragma busy_timeout").fetchone() == (10,)


def test_who_waits_goes_on_when_the_other_is_done(archive: Archive, other: Any) -> None:
    archive.connection.waiting = lambda _: other.execute("rollback")
    with batch(archive.connection, owner(archive.connection)):
        archive.connection.execute("update albums set position = 'W'")
    assert archive.connection.execute("select max(id) from batches").fetchone() == (2,)
    assert archive.connection.execute("pragma busy_timeout").fetchone() == (10,)


def test_who_waits_looks_at_the_lock_often_and_evenly(
    archive: Archive, other: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's own waits get longer: a lock that is free now and then is missed."""
    archive.connection.execute("pragma busy_timeout = 60000")
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 50:
            other.execute("rollback")

    monkeypatch.setattr(waiting.time, "sleep", sleep)
    with batch(archive.connection, owner(archive.connection)):
        assert slept == [waiting.LOOK] * 50
    assert archive.connection.execute("pragma busy_timeout").fetchone() == (60000,)


def test_another_error_is_not_waited_on(archive: Archive, other: Any) -> None:
    other.execute("rollback")
    archive.connection.waiting = pytest.fail
    archive.connection.execute("begin")
    with pytest.raises(sqlite3.OperationalError, match="within a transaction"):
        waiting.begin(archive.connection)
    archive.connection.execute("rollback")


@pytest.mark.parametrize(
    "arguments",
    [["albums", "{}", "add", "Progress"], ["import", "{}", "{}/../IMG.jpg"]],
    ids=["edit", "import"],
)
@pytest.mark.usefixtures("other")
def test_a_command_says_whom_it_waits_for(folder: Path, arguments: list[str]) -> None:
    (folder.parent / "IMG.jpg").write_bytes(b"any")
    words = [word.format(folder) for word in arguments]
    result = CliRunner().invoke(asbuilt, words, prog_name="asbuilt")
    assert result.exit_code == 1
    first, last = result.stderr.splitlines()
    assert first.startswith(f"waiting: {folder}: another process is writing to it")
    assert last.startswith(f"asbuilt: {folder}: another process is writing to it;")
