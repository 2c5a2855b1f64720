"""One changed byte in the history or in a photo is found."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.albums import add_album, set_album_private
from archive.batches import batch
from archive.checking import check_history
from archive.editing import Edit, add_comment, edit_photos
from archive.locations import find_or_add_location
from archive.people import owner
from archive.settings import set_setting
from archive.sqlite import sqlite3
from archive.trades import add_trade
from tests.archive.in_memory import insert_photo, new_database


@cache
def original() -> Any:
    """An archive with a history of every kind, its triggers gone."""
    connection = new_database()
    sam = owner(connection)
    with batch(connection, sam, origin="import", run="r", reason="import") as opened:
        album = add_album(connection, sam, opened, "Progress")
        place = find_or_add_location(connection, sam, opened, "Tower>Level 3")
        for number in range(3):
            insert_photo(
                connection,
                opened,
                description=f"Säule {number}",
                album_id=album.id,
                location_id=place.id,
                latitude=51.5,
                longitude=-0.1,
                position_source="file: EXIF GPS",
                direction=12.25,
                taken_at="2026-03-09T08:00:00",
                taken_offset="+01:00",
                taken_source="file: EXIF",
                filename_bytes=b"\xff\x00",
            )
    with batch(connection, sam, reason="words") as opened:
        trade = add_trade(connection, sam, opened, "Steel")
        edit = Edit(description="as built", trades=(trade.id,), log_date="2026-03-09")
        edit_photos(connection, sam, [1, 2], edit)
        add_comment(connection, sam, opened, 1, "cracks")
    with batch(connection, sam, undoes=2):
        set_setting(connection, sam, "project_name", "Tower 5")
        set_album_private(connection, sam, album, private=True)
    for (name,) in connection.execute(
        "select name from sqlite_master where type = 'trigger'"
    ).fetchall():
        connection.execute(f"drop trigger {name}")
    return connection


def copy() -> Any:
    connection = new_database()
    original().backup(connection)
    # what is altered by hand is altered past every rule: bytes in the file
    connection.execute("pragma foreign_keys = off")
    connection.execute("pragma ignore_check_constraints = on")
    return connection


def cells() -> list[tuple[str, int, str]]:
    """Return (table, rowid, column) of every value that history answers for."""
    found = []
    for table in ("batches", "changes", "photos", "albums", "comments", "people"):
        columns = [
            row[1]
            for row in original().execute(f"pragma table_xinfo({table})")
            if row[6] == 0
        ]
        for (number,) in original().execute(f"select rowid from {table}").fetchall():
            found += [(table, number, column) for column in columns]
    return found


def altered(value: Any, chance: int) -> Any:
    """Return a value with one byte of it changed, or another one put for NULL."""
    if value is None:
        return 1
    if isinstance(value, int):
        return value ^ (1 << chance % 8)
    if isinstance(value, float):
        return -value if chance % 2 else value + 2**-40
    raw = bytearray(value.encode() if isinstance(value, str) else value)
    if not raw:
        return "x"
    raw[chance % len(raw)] ^= 1 << chance % 7
    return bytes(raw)


def test_the_archive_is_whole_before() -> None:
    assert list(check_history(copy())) == []


@pytest.mark.parametrize("chance", range(3))
def test_every_cell_that_is_altered_is_found(chance: int) -> None:
    missed = []
    for cell in cells():
        if not found_out(cell, chance):
            missed.append(cell)  # noqa: PERF401  # what a debugger stops at
    assert missed == []


@given(st.sampled_from(cells()), st.integers(0, 10_000))
def test_any_altered_byte_is_found(cell: tuple[str, int, str], chance: int) -> None:
    assert found_out(cell, chance)


def found_out(cell: tuple[str, int, str], chance: int) -> bool:
    """Alter a cell; return whether the check of the history says so."""
    table, number, column = cell
    connection = copy()
    where = f"where rowid = {number}"
    (value,) = connection.execute(f"select {column} from {table} {where}").fetchone()
    wanted = altered(value, chance)
    sql = "cast(? as text)" if isinstance(value, str) else "?"
    if value is None and is_text(connection, table, column):
        wanted = "x"
    try:
        connection.execute(f"update {table} set {column} = {sql} {where}", (wanted,))
    except sqlite3.IntegrityError:
        return True  # another row has it, or it is of a wrong kind
    faults = list(check_history(connection))
    connection.close()
    return bool(faults)


def is_text(connection: Any, table: str, column: str) -> bool:
    rows = connection.execute(f"pragma table_xinfo({table})")
    return any(row[1] == column and row[2] in ("TEXT", "BLOB") for row in rows)


@pytest.mark.parametrize(
    "statement",
    [
        "delete from batches where id = 2",
        "delete from batches where id = 1",
        "delete from changes where id = 4",
        "delete from photos where id = 2",
        "delete from photo_trades",
        "delete from comments",
        "delete from settings",
        "insert into photo_trades values (3, 1)",
        "update photo_trades set photo_id = 3 where photo_id = 1",
        "insert into settings values ('private_by_default', 'true')",
        """
        insert into batches (id, uuid, at, actor_name, origin, previous_hash, hash)
        values (99, 'x', '', '', 'user', '', '')
        """,
        """
        insert into changes (batch_id, entity, record_id, field)
        values (2, 'photo', 1, 'description')
        """,
        "insert into changes (entity, record_id, field) values ('photo', 1, 'x')",
        "update changes set batch_id = 3 where batch_id = 2 and id % 2",
        "update changes set record_id = 'one' where id = 9",
        "update changes set record_id = x'00' where id = 9",
        "update changes set new = '[]' where field = ''",
        "update changes set new = 'no json' where field = ''",
        "update changes set new = 7 where field = ''",
    ],
)
def test_rows_put_in_taken_out_or_moved_are_found(statement: str) -> None:
    connection = copy()
    connection.execute(statement)
    assert list(check_history(connection)) != []
    connection.close()


def test_a_check_leaves_the_connection_as_it_was() -> None:
    connection = copy()
    before = connection.text_factory
    faults = check_history(connection)
    next(faults, None)
    faults.close()
    assert connection.text_factory is before
    connection.close()
