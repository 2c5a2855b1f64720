"""Rows that were salvaged hold together again, and what is computed of them is."""

from __future__ import annotations

from archive.cells import COUNT_CELLS
from archive.given_numbers import Salvaged
from archive.indexing import DRAW_TILES
from archive.late import FIND_LATE

# What records refer to and is lost is made again by its number, or let go
_LOST = (
    # its page was in use no more; what was purged does not come back
    "delete from photos where id in (select photo_id from tombstones)",
    # what changed is known, but not by whom: its number goes to no other batch
    """
    insert into batches (id, uuid, at, actor_name, origin, reason, changes,
        previous_hash, hash)
    select batch_id, 'lost-batch-' || batch_id, '1970-01-01T00:00:00.000Z', 'unknown',
        'sql', 'who and when could not be read', count(*), '', ''
    from changes where batch_id not in (select id from batches) group by batch_id
    """,
    # an archive has its first album and its owner, or nobody could open it again
    """
    insert or ignore into albums
        (id, uuid, name, name_key, position, created_at, updated_at)
    values (1, 'lost-album-1', 'Unclassified', 'unclassified', 'V', '', '')
    """,
    """
    insert or ignore into people (id, uuid, name, level, created_at)
    values (1, 'lost-person-1', 'Lost person 1', 'admin', '')
    """,
    """
    insert into albums (id, uuid, name, name_key, position, created_at, updated_at)
    select distinct album_id, 'lost-album-' || album_id, 'Lost album ' || album_id,
        'lost album ' || album_id, 'z' || album_id || '1', '', '' from photos
    where album_id not in (select id from albums)
    """,
    """
    insert into people (id, uuid, name, level, created_at)
    select distinct uploader_id, 'lost-person-' || uploader_id,
        'Lost person ' || uploader_id, 'none', '' from photos
    where uploader_id not in (select id from people)
    """,
    *(
        f"update {table} set {column} = null"
        f" where {column} not in (select id from {other})"
        for table, column, other in (
            ("batches", "undoes", "batches"),
            ("photos", "original_id", "originals"),
            ("photos", "location_id", "locations"),
            ("photos", "camera_id", "cameras"),
            ("photos", "recycled_by", "people"),
            ("locations", "parent_id", "locations"),
            ("albums", "cover_photo_id", "photos"),
            ("comments", "author_id", "people"),
            ("markups", "author_id", "people"),
        )
    ),
    "delete from photo_trades where photo_id not in (select id from photos)",
    "delete from photo_trades where trade_id not in (select id from trades)",
    "delete from comments where photo_id not in (select id from photos)",
    "delete from markups where photo_id not in (select id from photos)",
    "delete from mentions where comment_id not in (select id from comments)",
    "delete from mentions where person_id not in (select id from people)",
    """
    delete from sync_decisions
    where conflict_id not in (select id from sync_conflicts)
    """,
    """
    update sync_conflicts set decision_id = null
    where decision_id not in (select id from sync_decisions)
    """,
)

_TREE = """
    with recursive up (below, above, depth) as (
        select id, id, 0 from locations
        union all
        select below, parent_id, depth + 1 from up join locations on id = above
        where parent_id is not null and depth < 1000)
    insert or ignore into location_tree (descendant_id, ancestor_id, depth)
    select below, above, depth from up
"""

_COUNTS = """
    insert into facet_counts (dimension, location_id, value, scope, photos)
    select dimension, location_id, value, scope, count(*) from photo_facets
    group by 1, 2, 3, 4
"""

_DAYS = """
    insert into day_counts (kind, ref, day, dated, scope, photos, width)
    select kind, ref, day, dated, scope, count(*), sum(width) from photo_days
    group by 1, 2, 3, 4, 5
"""

_SYNCED = """
    insert into sync_counts (life, period, agreed, worded, photos)
    select life, created >> 14, agreed, worded, count(*) from sync_records
    where kind = 'photo' group by 1, 2, 3, 4
"""

_ADDED = """
    insert into added_counts (day, uploader_id, scope, photos)
    select substr(uploaded_at, 1, 10), coalesce(uploader_id, 0), scope, count(*)
    from photos group by 1, 2, 3
"""


def rejoin(new: Salvaged) -> None:
    """Make again what rows refer to and is lost, or let it go.

    :param new: the salvaged database, filled
    """
    for sql in _LOST:
        new.execute(sql)


def compute(new: Salvaged) -> None:
    """Compute the tree of locations, the counters and the search index.

    :param new: the salvaged database, without its triggers
    """
    for sql in (_TREE, _COUNTS, _DAYS, DRAW_TILES, _ADDED, _SYNCED, FIND_LATE):
        new.execute(sql)
    for sql in COUNT_CELLS:
        new.execute(sql)
    new.execute("insert into photos_fts (photos_fts) values ('rebuild')")
