"""Loading very many rows at once: index, counters and history are made at the end.

Keeping the search index, the counters and the history row by row is right for every
day, and costs several times what the rows themselves cost. The first filling of an
archive, or a first sync, does it once over all rows instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from archive.cells import COUNT_CELLS
from archive.errors import Conflict
from archive.indexing import DRAW_TILES
from archive.late import FIND_LATE
from archive.sqlite import sqlite3

_LOADED = ("originals", "photos", "photo_trades", "comments", "markups")
_COUNTED = (
    "originals",
    "photos",
    "comments",
    "markups",
)  # what is new is told by its number
# what their triggers feed; a trigger that only refuses (privacy) stays in force
_KEPT_LATER = re.compile(
    r"\b(photo_index|photo_counts|photo_day_counts|photo_map|tiles|added_counts"
    r"|late_photos|block_changes|changes)\b"
)
_RECORDS = re.compile(
    r"INSERT INTO changes \((?P<columns>[^)]*)\)\s*VALUES \((?P<values>.*?)\);",
    re.DOTALL,
)
_REINDEX_ALL = 4  # rebuild the index when the new rows are over 1/4 of the old ones


@dataclass(frozen=True, slots=True)
class _Entry:
    """A trigger or an index, as ``sqlite_master`` has it."""

    kind: str
    name: str
    table: str
    sql: str


@contextmanager
def bulk(connection: sqlite3.Connection) -> Iterator[None]:
    """Let very many photos be added with what belongs to them, inside a batch.

    In the body originals, photos, their trades, comments and markups take only plain
    INSERTs, of new photos and of what belongs to them; albums, locations and the like
    may be written as always. All is one transaction with the batch: after a crash
    nothing of it is there.

    :raises Conflict: no batch is open
    """
    if not connection.execute("select 1 from open_batch").fetchone():
        raise Conflict("many rows at once are loaded inside a batch")
    last = {table: _last_id(connection, table) for table in _COUNTED}
    entries = _entries(connection)
    for entry in entries:
        connection.execute(f'drop {entry.kind} "{entry.name}"')
    guards = _guards(last)
    for guard in guards.values():
        connection.execute(guard)
    yield
    for name in guards:
        connection.execute(f"DROP TRIGGER {name}")
    _write_history(connection, entries, last)
    for entry in entries:
        if entry.kind == "index":
            connection.execute(entry.sql)
    _count_all(connection)
    for entry in entries:
        if entry.kind == "trigger":
            connection.execute(entry.sql)
    _index_words(connection, last["photos"])


def _last_id(connection: sqlite3.Connection, table: str) -> int:
    # AUTOINCREMENT: a new row's id is over every id that ever was
    row = connection.execute("select seq from sqlite_sequence where name = ?", (table,))
    found = row.fetchone()
    return int(found[0]) if found else 0


def _entries(connection: sqlite3.Connection) -> list[_Entry]:
    rows = connection.execute(
        """
        select type, name, tbl_name, sql from sqlite_master
        where type in ('index', 'trigger') and sql is not null
            and tbl_name in (?, ?, ?, ?, ?, 'changes') order by rowid
        """,
        _LOADED,
    )
    return [
        entry
        for entry in (_Entry(*row) for row in rows)
        if entry.kind == "index"
        or (entry.table in _LOADED and _KEPT_LATER.search(entry.sql))
    ]


def _guards(last: dict[str, int]) -> dict[str, str]:
    """Return triggers that refuse whatever the end of a bulk could not account for."""
    photo = last["photos"]
    older = {
        "originals": f"NEW.id <= {last['originals']}",
        "photos": f"NEW.id <= {photo}",
        "photo_trades": f"NEW.photo_id <= {photo}",
        "comments": f"NEW.photo_id <= {photo} OR NEW.id <= {last['comments']}",
        "markups": f"NEW.photo_id <= {photo} OR NEW.id <= {last['markups']}",
    }
    refusal = "only new photos are added while many are loaded"
    refuse = f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
    guards = {}
    for table, condition in older.items():
        for moment in ("BEFORE UPDATE", "BEFORE DELETE", "AFTER INSERT"):
            name = f"bulk_{table}_{moment.split()[1].lower()}"
            when = f"WHEN {condition}" if "INSERT" in moment else ""
            guards[name] = f"CREATE TRIGGER {name} {moment} ON {table} {when} {refuse}"
    return guards


def _write_history(
    connection: sqlite3.Connection, entries: list[_Entry], last: dict[str, int]
) -> None:
    """Write what the triggers on INSERT would have written for the new rows.

    Their own text says what that is: with the new row's table under the name NEW, the
    trigger's VALUES is a SELECT over all of them.
    """
    photo = last["photos"]
    beyond = {table: f"NEW.id > {last[table]}" for table in _COUNTED}
    beyond["photo_trades"] = f"NEW.photo_id > {photo}"
    for table in _LOADED:
        for entry in entries:
            found = _RECORDS.search(entry.sql)
            if entry.table == table and found and " AFTER INSERT ON " in entry.sql:
                connection.execute(
                    f"INSERT INTO changes ({found['columns']}) SELECT {found['values']}"
                    f" FROM {table} AS NEW WHERE {beyond[table]}"
                )
    connection.execute(
        """
        update photos set updated_at = (
            select at from batches where id = (select batch_id from open_batch))
        where id in (select photo_id from photo_trades where photo_id > ?)
            and updated_at <> (
                select at from batches where id = (select batch_id from open_batch))
        """,
        (photo,),
    )


# Each dimension grouped at the places themselves, before the tree multiplies the rows:
# the sums are those of the view photo_facets, at a tenth of the cost.
_COUNTS = """
    with counted (dimension, place, value, scope, photos) as materialized (
        select 'all', location_id, 0, scope, count(*) from photos group by 2, 4
        union all select 'album', location_id, album_id, scope, count(*)
            from photos group by 2, 3, 4
        union all select 'camera', location_id, coalesce(camera_id, 0), scope, count(*)
            from photos group by 2, 3, 4
        union all select 'month', location_id,
            substr(sorted_at, 1, 7) || iif(taken_at is null, '-undated', ''), scope,
            count(*)
            from photos group by 2, 3, 4
        union all select 'trade', location_id, trade_id, scope, count(*)
            from photo_trades join photos on photos.id = photo_id group by 2, 3, 4
        union all select 'block', location_id, id >> 11, scope, count(*)
            from photos group by 2, 3, 4
    )
    insert into facet_counts (dimension, location_id, value, scope, photos)
    select dimension, location_id, value, scope, sum(photos) from (
        select dimension, 0 as location_id, value, scope, photos from counted
        union all
        select dimension, t.ancestor_id, value, scope, photos
            from counted join location_tree t on t.descendant_id = place
    ) group by 1, 2, 3, 4
    union all select 'album block', 0, (album_id << 32) + (id >> 11), scope, count(*)
        from photos group by 3, 4
    union all select 'trade block', 0, (trade_id << 32) + (photo_id >> 11), scope,
            count(*)
        from photo_trades join photos on photos.id = photo_id group by 3, 4
    union all select 'uploader block', 0, (uploader_id << 32) + (id >> 11), scope,
            count(*)
        from photos where uploader_id is not null group by 3, 4
"""
# The same for the view photo_days.
_DAYS = """
    with shaped (id, album, place, day, hour, dated, scope, width) as materialized (
        select p.id, album_id, location_id, substr(sorted_at, 1, 10),
            substr(sorted_at, 1, 13), p.taken_at is not null, scope,
            coalesce(iif(rotation % 180 = 0, o.aspect, o.aspect_turned), 1333)
        from photos p left join originals o on o.id = p.original_id
    ),
    placed (place, day, dated, scope, photos, width) as materialized (
        select place, day, dated, scope, count(*), sum(width) from shaped
        where place is not null group by 1, 2, 3, 4
    )
    insert into day_counts (kind, ref, day, dated, scope, photos, width)
    select 'all', 0, day, dated, scope, count(*), sum(width) from shaped
        group by 3, 4, 5
    union all select 'hour', 0, hour, dated, scope, count(*), sum(width) from shaped
        group by 3, 4, 5
    union all select 'album', album, day, dated, scope, count(*), sum(width)
        from shaped group by 2, 3, 4, 5
    union all select 'location', t.ancestor_id, day, dated, scope, sum(photos),
            sum(width)
        from placed join location_tree t on t.descendant_id = place
        group by 2, 3, 4, 5
    union all select 'trade', trade_id, day, dated, scope, count(*), sum(width)
        from photo_trades join shaped on shaped.id = photo_id group by 2, 3, 4, 5
"""

_TOUCHED = """
    insert into block_changes (block, scope, changes)
    select id >> 11, scope, 1 from photos where id > ? group by 1, 2
    on conflict do update set changes = changes + 1
"""
_ADDED = """
    insert into added_counts (day, uploader_id, scope, photos)
    select substr(uploaded_at, 1, 10), coalesce(uploader_id, 0), scope, count(*)
    from photos group by 1, 2, 3
"""


def _count_all(connection: sqlite3.Connection) -> None:
    connection.execute("delete from facet_counts")
    connection.execute(_COUNTS)
    connection.execute("delete from day_counts")
    connection.execute(_DAYS)
    connection.execute("delete from tiles")
    connection.execute(DRAW_TILES)
    connection.execute("delete from added_counts")
    connection.execute(_ADDED)
    connection.execute("delete from late_photos")
    connection.execute(FIND_LATE)
    connection.execute("delete from map_counts")
    for sql in COUNT_CELLS:
        connection.execute(sql)


def _index_words(connection: sqlite3.Connection, photo: int) -> None:
    """Put the new photos into the search index, or all of them when most are new."""
    new, old = connection.execute(
        "select count(*) filter (where id > ?1), count(*) filter (where id <= ?1)"
        " from photos",
        (photo,),
    ).fetchone()
    if new * _REINDEX_ALL > old:
        connection.execute("insert into photos_fts (photos_fts) values ('rebuild')")
        connection.execute(_TOUCHED, (photo,))
        # all in one segment: searches take half the time, for 2 s a million photos
        connection.execute("insert into photos_fts (photos_fts) values ('optimize')")
    else:
        connection.execute(
            "insert into photo_index (id) select id from photos where id > ?", (photo,)
        )
