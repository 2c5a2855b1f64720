"""One changed byte in the history or in a photo is found."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import purging
from archive.albums import add_album, set_album_private
from archive.batches import batch
from archive.checking import check_contains, check_history
from archive.comments import add_comment
from archive.editing import Edit, edit_photos, recycle_photos
from archive.entities import ENTITIES, FILES
from archive.errors import InvalidInput
from archive.locations import find_or_add_location
from archive.people import owner
from archive.settings import set_setting
from archive.sqlite import sqlite3
from archive.trades import add_trade
from tests.archive.in_memory import insert_photo, new_database

TABLES = (
    *("batches", "changes", "photos", "albums", "comments", "people"),
    *("originals", "tombstones"),
)
# Of these the history answers for some columns only: see archive/entities.py
PARTLY = {
    kind.table: {kind.key, kind.made, *kind.fields}
    for kind in (ENTITIES[entity] for entity in FILES)
}


@cache
def original() -> Any:
    """An archive with a history of every kind, its triggers gone."""
    connection = with_history()
    drop_triggers(connection)
    return connection


def drop_triggers(connection: Any) -> None:
    for (name,) in connection.execute(
        "select name from sqlite_master where type = 'trigger'"
    ).fetchall():
        connection.execute(f"drop trigger {name}")


def with_history() -> Any:
    """An archive with a history of every kind."""
    connection = new_database()
    sam = owner(connection)
    with batch(connection, sam, origin="import", run="r", reason="import") as opened:
        album = add_album(connection, sam, opened, "Progress")
        place = find_or_add_location(connection, sam, opened, "Tower>Level 3")
        for number in range(4):
            connection.execute(
                """
                insert into originals (sha256, extension, bytes, crc32, media_type,
                    kind, projection, stored_at)
                values (printf('%064d', ?), 'jpg', 9, 0, 'image/jpeg', 'image',
                    'regular', ?)
                """,
                (number, opened.at),
            )
            insert_photo(
                connection,
                opened,
                original_id=number + 1,
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
    with batch(connection, sam) as opened:
        recycle_photos(connection, sam, opened, [4])
    with batch(connection, sam, reason="a face") as opened:
        purging._end(connection, sam, opened, 4, "a face")
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
    for table in TABLES:
        columns = [
            row[1]
            for row in original().execute(f"pragma table_xinfo({table})")
            if row[6] == 0 and row[1] in PARTLY.get(table, {row[1]})
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
        "delete from originals where id = 2",
        "delete from tombstones",
        "update originals set sha256 = printf('%064d', 77) where id = 2",
        """
        insert into tombstones select 9, 'x', sha256, bytes, filename, uploaded_at,
            recycled_at, purged_at, purged_by, reason, 0 from tombstones
        """,
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


@pytest.fixture
def edited() -> Any:
    """An archive with one photo and three edits, its triggers gone."""
    connection = new_database()
    sam = owner(connection)
    with batch(connection, sam) as opened:
        insert_photo(connection, opened)
    for number in range(3):
        with batch(connection, sam):
            edit_photos(connection, sam, [1], Edit(description=f"slab {number}"))
    drop_triggers(connection)
    assert list(check_history(connection)) == []
    yield connection
    connection.close()


def cut_off(connection: Any, first: int) -> None:
    """Take away a batch that edited the photo, all after it, and what they did."""
    (old,) = connection.execute(
        "select old from changes where batch_id = ?", (first,)
    ).fetchone()
    (at,) = connection.execute(
        "select at from batches where id = ?", (first - 1,)
    ).fetchone()
    connection.execute("update photos set description = ?, updated_at = ?", (old, at))
    connection.execute("delete from changes where batch_id >= ?", (first,))
    connection.execute("delete from batches where id >= ?", (first,))


@pytest.mark.parametrize(
    ("first", "said"),
    [(5, "batch 5 is missing"), (4, "batches 4 to 5 are missing")],
    ids=["one", "two"],
)
def test_a_cut_off_end_is_found(edited: Any, first: int, said: str) -> None:
    cut_off(edited, first)
    told = f"{said}: the end of the history was cut off"
    assert [fault.text for fault in check_history(edited)] == [told]
    with batch(edited, owner(edited)):  # and by what comes after, for ever
        edited.execute(
            "insert into changes (batch_id, entity, record_id, field, new)"
            " select batch_id, 'setting', 'x', 'value', '1' from open_batch"
        )
        edited.execute("insert into settings values ('x', '1')")
    assert [fault.text for fault in check_history(edited)] == [said]


@pytest.mark.parametrize(
    "statement",
    [
        "delete from sqlite_sequence where name = 'batches'",
        "update sqlite_sequence set seq = 2 where name = 'batches'",
        "update sqlite_sequence set seq = 'x' where name = 'batches'",
    ],
)
def test_an_altered_count_of_batches_is_found(edited: Any, statement: str) -> None:
    edited.execute(statement)
    faults = [fault.text for fault in check_history(edited)]
    assert len(faults) == 1
    assert "SQLite counted" in faults[0]


def test_only_a_hash_kept_elsewhere_tells_of_an_end_that_was_cut_off_with_care(
    edited: Any,
) -> None:
    (hash_,) = edited.execute("select hash from batches where id = 5").fetchone()
    cut_off(edited, 5)
    edited.execute("update sqlite_sequence set seq = 4 where name = 'batches'")
    assert list(check_history(edited)) == []
    (fault,) = check_contains(edited, hash_)
    assert f"no batch has the hash {hash_}" in fault.text


def test_a_hash_is_known_again_by_its_first_digits(edited: Any) -> None:
    (hash_,) = edited.execute("select hash from batches where id = 2").fetchone()
    for digits in (hash_, hash_[:8], f" {hash_.upper()}\n"):
        assert list(check_contains(edited, digits)) == []
    assert len(list(check_contains(edited, "0" * 8))) == 1
    for wrong in ("", hash_[:7], hash_ + "0", "x" * 64):
        with pytest.raises(InvalidInput, match="is not a hash"):
            list(check_contains(edited, wrong))


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("update originals set sha256 = printf('%064d', 5)", "never changes"),
        ("update originals set bytes = 5", "never changes"),
        ("update originals set id = 55", "never changes"),
        ("update originals set stored_at = ''", "never changes"),
        ("update tombstones set filename = ''", "never changes"),
        ("delete from tombstones", "a tombstone stays"),
    ],
)
def test_plain_sql_alters_neither_originals_nor_tombstones(
    statement: str, refusal: str
) -> None:
    connection = with_history()
    with pytest.raises(sqlite3.IntegrityError, match=refusal):
        connection.execute(statement)
    connection.close()


def test_a_check_leaves_the_connection_as_it_was() -> None:
    connection = copy()
    before = connection.text_factory
    faults = check_history(connection)
    next(faults, None)
    faults.close()
    assert connection.text_factory is before
    connection.close()
