from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.batches import batch
from archive.bulk import bulk
from archive.errors import Conflict
from archive.people import owner
from archive.search import find_photos
from archive.sqlite import sqlite3
from bench.filling import fill
from tests.archive import search_model as model
from tests.archive.in_memory import index_words
from tests.archive.live_counts import wrong_counters

# everything that a photo leaves in the database; uuids and moments differ by run
LEFT = {
    "photos": "select * from photos",
    "photo_trades": "select * from photo_trades",
    "comments": "select * from comments",
    "facet_counts": "select * from facet_counts",
    "day_counts": "select * from day_counts",
    "map_counts": "select * from map_counts",
    "tiles": "select * from tiles",
    "added_counts": "select * from added_counts",
    "late_photos": "select * from late_photos",
    "changes": """
        select batch_id, entity, record_id, field, old, new from changes
        where entity in ('photo', 'comment', 'original')""",
    "schema": "select type, name, tbl_name, sql from sqlite_master",
}


@pytest.fixture
def connection() -> Iterator[Any]:
    found = model.project()
    yield found
    found.close()


def left(connection: Any, what: str) -> list[tuple[Any, ...]]:
    if what == "words":
        return index_words(connection)
    rows = connection.execute(LEFT[what]).fetchall()
    return sorted(rows, key=repr)


def loaded(photos: int, seed: int, *, one_by_one: bool) -> Any:
    connection = model.project()
    with pytest.MonkeyPatch.context() as patch:
        moment = datetime(2026, 11, 21, tzinfo=UTC)
        patch.setattr("archive.batches.utc_now", lambda: moment)
        fill(connection, photos, seed, one_by_one=one_by_one)
    return connection


@settings(max_examples=4)
@given(st.integers(1, 60), st.integers(0, 99))
def test_loading_at_once_leaves_what_loading_one_by_one_does(
    photos: int, seed: int
) -> None:
    slow = loaded(photos, seed, one_by_one=True)
    fast = loaded(photos, seed, one_by_one=False)
    for what in (*LEFT, "words"):
        assert left(fast, what) == left(slow, what), what
    fast.execute(
        "insert into photos_fts (photos_fts, rank) values ('integrity-check', 1)"
    )
    fast.close()
    slow.close()


@pytest.mark.parametrize("more", [5, 400], ids=["few more", "many more"])
def test_rows_are_loaded_beside_those_there_are(
    connection: Any, more: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(connection, 100, 1)
    site = _site_of(connection)
    monkeypatch.setattr("bench.filling._site", lambda *_: site)
    fill(connection, more, 2)
    assert connection.execute("select count(*) from photos").fetchone()[0] == 100 + more
    connection.execute(
        "insert into photos_fts (photos_fts, rank) values ('integrity-check', 1)"
    )
    assert wrong_counters(connection) == []
    records = connection.execute(
        "select count(*), count(distinct record_id) from changes"
        " where entity = 'photo' and field = ''"
    ).fetchone()
    assert records == (100 + more, 100 + more)


def _site_of(connection: Any) -> Any:
    from bench.filling import LEVELS, _Site

    def ids(table: str) -> list[int]:
        return [
            row[0] for row in connection.execute(f"select id from {table} order by id")
        ]

    rooms = ids("locations")
    return _Site(
        [n for n in ids("albums") if n < 41],
        41,
        [rooms] * LEVELS,
        ids("trades"),
        ids("people"),
        ids("cameras"),
    )


class StickPulledOutError(Exception):
    pass


def test_a_failure_half_way_leaves_nothing(connection: Any) -> None:
    fill(connection, 20, 1)
    everything = (*LEFT, "words")
    before = {what: left(connection, what) for what in everything}
    with (
        pytest.raises(StickPulledOutError),
        batch(connection, owner(connection)),
        bulk(connection),
    ):
        _insert(connection)
        raise StickPulledOutError
    assert {what: left(connection, what) for what in everything} == before


def _insert(connection: Any, **more: object) -> int:
    values = {
        "uuid": f"{random.random()}",
        "filename": "zebra.jpg",
        "assumed_at": "2026-01-01T00:00:00",
        "uploaded_at": "2026-01-01T00:00:00.000Z",
        "updated_at": "2026-01-01T00:00:00.000Z",
        **more,
    }
    cursor = connection.execute(
        f"insert into photos ({', '.join(values)})"
        f" values ({', '.join('?' * len(values))})",
        list(values.values()),
    )
    return int(cursor.lastrowid)


def test_what_was_loaded_is_found(connection: Any) -> None:
    with batch(connection, owner(connection)), bulk(connection):
        number = _insert(connection)
    assert find_photos(connection, "zebra", model.admin(connection)).ids == (number,)


def test_outside_a_batch_it_is_refused(connection: Any) -> None:
    with pytest.raises(Conflict, match="inside a batch"), bulk(connection):
        pass


@pytest.mark.parametrize(
    "statement",
    [
        "update photos set starred = 1",
        "delete from photos",
        """
        insert into comments (uuid, photo_id, body, created_at)
        values ('x', 1, 'x', 'x')
        """,
        "insert into photo_trades values (1, 2)",
        "update comments set body = 'x'",
        "update originals set damage = 'x'",
        "delete from originals",
        """
        insert into originals (id, sha256, extension, bytes, crc32, media_type, kind,
            projection, stored_at)
        values (2, printf('%064d', 2), 'jpg', 1, 0, 'image/jpeg', 'image', 'regular',
            'x')
        """,
        """
        insert into photos (id, uuid, filename, assumed_at, uploaded_at, updated_at)
        values (2, 'x', 'x', 'x', 'x', 'x')
        """,
    ],
)
def test_what_the_end_could_not_account_for_is_refused(
    connection: Any, statement: str
) -> None:
    with batch(connection, owner(connection)):
        for number in (1, 2):
            _insert(connection, id=number)
        connection.execute(
            "insert into trades (id, uuid, name, name_key, created_at, updated_at)"
            " values (2, 'x', 'x', 'x', 'x', 'x')"
        )
        connection.execute(
            "insert into comments (uuid, photo_id, body, created_at)"
            " values ('y', 1, 'x', 'x')"
        )
        connection.execute("delete from photos where id = 2")
        connection.execute(
            "insert into originals (sha256, extension, bytes, crc32, media_type, kind,"
            " projection, stored_at) select printf('%064d', value), 'jpg', 1, 0,"
            " 'image/jpeg', 'image', 'regular', 'x' from json_each('[1, 2]')"
        )
        connection.execute("delete from originals where id = 2")
    with (
        pytest.raises(sqlite3.IntegrityError, match="only new photos"),
        batch(connection, owner(connection)),
        bulk(connection),
    ):
        connection.execute(statement)


def test_privacy_holds_while_loading(connection: Any) -> None:
    fill(connection, 1, 1)
    with (
        pytest.raises(sqlite3.IntegrityError, match="private album"),
        batch(connection, owner(connection)),
        bulk(connection),
    ):
        _insert(connection, album_id=41, private=0)
