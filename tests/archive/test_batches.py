"""A batch is one transaction: all of it or nothing, and nothing leaves no batch."""

from __future__ import annotations

from typing import Any

import pytest

from archive.albums import add_album, rename_album
from archive.batches import batch
from archive.database import Archive
from archive.editing import Edit, edit_photos
from archive.errors import Conflict, NotFound, StoreError
from archive.people import owner
from archive.sqlite import sqlite3
from tests.archive.in_memory import dump, insert_photo, new_database


@pytest.fixture
def connection() -> Any:
    """A new archive's database with one photo."""
    made = new_database()
    with batch(made, owner(made), origin="import") as opened:
        insert_photo(made, opened)
    yield made
    made.close()


def count(connection: Any, table: str) -> int:
    return int(connection.execute(f"select count(*) from {table}").fetchone()[0])


@pytest.mark.parametrize(
    "error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit]
)
def test_any_end_but_the_good_one_leaves_nothing(
    connection: Any, error: type[BaseException]
) -> None:
    before, batches = dump(connection), count(connection, "batches")
    sam = owner(connection)
    with pytest.raises(error), batch(connection, sam) as opened:
        add_album(connection, sam, opened, "Progress")
        edit_photos(connection, sam, [1], Edit(description="half"))
        raise error
    assert dump(connection) == before
    assert count(connection, "batches") == batches
    assert count(connection, "open_batch") == 0
    assert not connection.in_transaction


def test_a_step_that_is_refused_takes_the_whole_batch_back(connection: Any) -> None:
    sam = owner(connection)
    before = dump(connection)
    with pytest.raises(NotFound), batch(connection, sam):
        edit_photos(connection, sam, [1], Edit(description="first"))
        edit_photos(connection, sam, [99], Edit(description="second"))
    assert dump(connection) == before


def test_a_batch_that_changed_nothing_is_none(connection: Any) -> None:
    sam = owner(connection)
    batches = count(connection, "batches")
    stamp = connection.execute("select updated_at from photos").fetchone()
    with batch(connection, sam):
        edit_photos(connection, sam, [1], Edit(description="", starred=False))
    assert count(connection, "batches") == batches
    assert connection.execute("select updated_at from photos").fetchone() == stamp


def test_batches_are_not_nested(connection: Any) -> None:
    sam = owner(connection)
    with batch(connection, sam) as opened:
        with pytest.raises(Conflict, match="under way"), batch(connection, sam):
            pass
        add_album(connection, sam, opened, "Progress")
    assert count(connection, "albums") == 2


def test_what_writes_outside_a_batch_is_refused(connection: Any) -> None:
    sam = owner(connection)
    with batch(connection, sam) as opened:
        album = add_album(connection, sam, opened, "Progress")
    before = dump(connection)
    with pytest.raises(Conflict, match="no batch open"):
        rename_album(connection, sam, album, "Works")
    with pytest.raises(Conflict, match="no batch open"):
        add_album(connection, sam, opened, "Works")
    with pytest.raises(Conflict, match="no batch open"):
        edit_photos(connection, sam, [1], Edit(description="x"))
    assert dump(connection) == before


def test_a_full_disk_is_told_and_leaves_nothing(archive: Archive) -> None:
    connection = archive.connection
    sam = owner(connection)
    before = dump(connection)
    pages = connection.execute("pragma page_count").fetchone()[0]
    connection.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(StoreError, match="full"), batch(connection, sam) as opened:
        for number in range(500):
            insert_photo(connection, opened, description=f"{number}" * 500)
    assert dump(connection) == before


def test_after_a_transaction_that_sqlite_took_back_the_search_index_forgets_it(
    archive: Archive,
) -> None:
    connection = archive.connection
    sam = owner(connection)
    with pytest.raises(StoreError, match="failed"), batch(connection, sam):
        connection.execute("rollback")  # as on a disk that fails
        raise sqlite3.OperationalError("disk I/O error")
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    for name in ("Progress", "Works"):
        with batch(connection, sam) as opened:
            add_album(connection, sam, opened, name)
    started = [
        text
        for text in asked
        if text.startswith(("BEGIN", "ROLLBACK", "COMMIT", "insert into photos_fts"))
    ]
    taking_part = "insert into photos_fts (photos_fts, rank) values ('usermerge', 4)"
    assert started == [
        *("BEGIN IMMEDIATE", taking_part, "ROLLBACK"),
        *("BEGIN IMMEDIATE", "COMMIT") * 2,
    ]


def test_a_read_only_database_is_told(archive: Archive) -> None:
    connection = archive.connection
    connection.execute("pragma query_only = on")
    sam = owner(connection)
    with pytest.raises(StoreError, match="readonly"), batch(connection, sam) as opened:
        insert_photo(connection, opened)
    connection.execute("pragma query_only = off")
    assert count(connection, "photos") == 0


def test_a_fault_of_the_program_keeps_its_name(connection: Any) -> None:
    sam = owner(connection)
    wrong = pytest.raises(sqlite3.OperationalError, match="no such table")
    with wrong, batch(connection, sam):
        connection.execute("insert into nowhere values (1)")
    assert not connection.in_transaction
