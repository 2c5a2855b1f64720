"""Search index and counters of many new photos, made together rather than one by one.

The triggers keep them with every row, and again with every trade of a new photo. Where
one transaction makes hundreds of photos, this costs a third, and leaves the same.
(``archive.bulk`` does it over all photos there are, for hundreds of thousands.)
"""

from __future__ import annotations

from archive.sqlite import sqlite3

# All there are, into the empty table. Sorted first: that takes less than half the time
DRAW_TILES = """
    insert into tiles select * from photo_tiles order by sorted_at, photo_id
"""


def put_off(connection: sqlite3.Connection) -> None:
    """Let photos that are added from now on wait for ``catch_up``.

    Until then nothing but photos, with their trades and people, is added in the
    transaction, and nothing is changed.
    """
    connection.execute(
        """
        insert into unindexed (one, since)
        select 1, 1 + coalesce(
            (select seq from sqlite_sequence where name = 'photos'), 0)
        where not exists (select 1 from unindexed)
        """
    )


def catch_up(connection: sqlite3.Connection) -> None:
    """Put the photos that wait into index and counters."""
    row = connection.execute("select since from unindexed").fetchone()
    if row is None:
        return
    for sql in _CATCH_UP:
        connection.execute(sql, row)
    connection.execute("delete from unindexed")


_WORDS = (
    "filename, description, comments, album, location, trades, uploader, refs, scope"
)
_CATCH_UP = (
    f"""
    insert into photos_fts (rowid, {_WORDS})
    select id, {_WORDS} from photo_words where id >= ?
    """,
    """
    insert into facet_counts (dimension, location_id, value, scope, photos)
    select dimension, location_id, value, scope, count(*) from photo_facets
    where photo_id >= ? group by dimension, location_id, value, scope
    on conflict do update set photos = photos + excluded.photos
    """,
    """
    insert into day_counts (kind, ref, day, dated, scope, photos, width)
    select kind, ref, day, dated, scope, count(*), sum(width) from photo_days
    where photo_id >= ? group by kind, ref, day, dated, scope
    on conflict do update set photos = photos + excluded.photos,
        width = width + excluded.width
    """,
    """
    insert into tiles select * from photo_tiles where photo_id >= ?
    """,
    """
    insert into map_counts (level, x, y, scope, photos, latitudes, longitudes)
    select level, x, y, scope, count(*), sum(latitude), sum(longitude)
    from photo_cells where photo_id >= ? group by level, x, y, scope
    on conflict do update set photos = photos + excluded.photos,
        latitudes = latitudes + excluded.latitudes,
        longitudes = longitudes + excluded.longitudes
    """,
)
