"""A copy of the database that has what may be seen, and never had anything else.

It is not a copy from which the rest was deleted: a new file is filled, row by row, with
what is to leave. So nothing is left of the rest in free pages, in the search index or
in an index of a table that somebody forgot; and a new table leaves only when a line
here says so. Passwords, sessions and tokens are in another file (``accounts.db``), and
are not even read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from archive import migrations
from archive.albums import UNCLASSIFIED_ID
from archive.cells import COUNT_CELLS
from archive.database import DATABASE, Archive, address, connect, database_errors
from archive.indexing import DRAW_TILES
from archive.interrupting import interruptible
from archive.late import FIND_LATE
from archive.people import GRANULAR
from archive.rights import Viewer, scope_condition
from archive.sqlite import sqlite3

# Tables that a whole copy has as they are, in an order in which they refer backwards
WHOLE = (
    *("people", "settings", "batches", "changes", "originals", "sources", "imports"),
    *("source_files", "albums", "locations", "location_tree", "trades", "cameras"),
    *("photos", "photo_trades", "comments", "mentions", "markups", "tombstones"),
    *("plans", "packages", "package_lines", "sync_conflicts", "sync_decisions"),
    *(
        "sync_runs",
        "signing_keys",
        "checks",
        "faults",
        "copies",
        "copy_originals",
        "copy_events",
    ),
)
# Made anew from the photos of the copy
DERIVED = (
    *("photos_fts", "facet_counts", "day_counts", "map_counts", "added_counts"),
    *("late_photos", "block_changes", "tiles"),
)
# Work under way, what is new for somebody, how far a sync is: of this installation
LEFT_OUT = (
    *("open_batch", "jobs", "job_errors", "uploads", "upload_files", "arrivals"),
    *("unread_mentions", "read_days", "sync_records", "sync_counts", "sync_intents"),
    *("sync_troubles", "sync_memory", "unindexed", "exchange_sites"),
    *("exchange_records", "exchange_held", "exchange_aliases", "exchange_peers"),
    "exchange_state",
)

_IN_COPY = "{} in (select {} from main.{})"
_ABOVE = """
    t.id in (select x.ancestor_id from live.location_tree x
        join main.photos p on p.location_id = x.descendant_id)
"""
_NAMED = """
    t.id in (
        select uploader_id from main.photos union select recycled_by from main.photos
        union select author_id from main.comments
        union select person_id from main.mentions
        union select author_id from main.markups)
"""
# What goes with some photos: table, condition on its rows t, columns that differ. Each
# stands after those that its condition asks.
_SOME: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("originals", _IN_COPY.format("t.id", "original_id", "photos"), {}),
    ("photo_trades", _IN_COPY.format("t.photo_id", "id", "photos"), {}),
    ("comments", _IN_COPY.format("t.photo_id", "id", "photos"), {}),
    ("mentions", _IN_COPY.format("t.comment_id", "id", "comments"), {}),
    ("markups", _IN_COPY.format("t.photo_id", "id", "photos"), {}),
    ("cameras", _IN_COPY.format("t.id", "camera_id", "photos"), {}),
    (
        "albums",
        f"t.id = {UNCLASSIFIED_ID} or " + _IN_COPY.format("t.id", "album_id", "photos"),
        {"cover_photo_id": "(select id from main.photos where id = t.cover_photo_id)"},
    ),
    ("locations", _ABOVE, {}),
    ("location_tree", _IN_COPY.format("t.descendant_id", "id", "locations"), {}),
    ("trades", _IN_COPY.format("t.id", "trade_id", "photo_trades"), {}),
    ("plans", "true", {}),
    # Of people their names, as everybody sees them
    (
        "people",
        _NAMED,
        {"login": "null", "level": "'none'", **dict.fromkeys(GRANULAR, "0")},
    ),
    (
        "settings",
        """
        t.key = 'project_name' or t.key = 'project_photo' and exists (
            select 1 from main.photos p where p.uuid = json_extract(t.value, '$'))
        """,
        {},
    ),
)

_COUNTS = (
    """
    insert into facet_counts (dimension, location_id, value, scope, photos)
    select dimension, location_id, value, scope, count(*) from photo_facets
    group by 1, 2, 3, 4
    """,
    """
    insert into day_counts (kind, ref, day, dated, scope, photos, width)
    select kind, ref, day, dated, scope, count(*), sum(width) from photo_days
    group by 1, 2, 3, 4, 5
    """,
    """
    insert into added_counts (day, uploader_id, scope, photos)
    select substr(uploaded_at, 1, 10), coalesce(uploader_id, 0), scope, count(*)
    from photos group by 1, 2, 3
    """,
    FIND_LATE,
    DRAW_TILES,
    *COUNT_CELLS,
    "insert into photos_fts (photos_fts) values ('rebuild')",
)


def _on() -> None:
    """Let it go on."""


def copy_database(
    archive: Archive,
    ids: Sequence[int] | None,
    target: Path,
    who: Viewer | None,
    check: Callable[[], None] = _on,
) -> None:
    """Make a database of photos, as they are at one moment, and of what is theirs.

    :param ids: of the photos; those that ``who`` may not see now are left out. None:
        everything that is there, with the recycle bin and the whole history
    :param check: called a few times a second; raises to end it
    :raises StoreError: it cannot be written
    """
    with (
        database_errors(target.parent),
        closing(connect(target)) as copy,
        interruptible(copy, check),
    ):
        # One file that a read-only disk shows, too: no WAL
        copy.execute("PRAGMA journal_mode = DELETE")
        copy.execute("PRAGMA synchronous = OFF")  # whoever writes the package syncs it
        copy.execute("PRAGMA temp_store = MEMORY")
        migrations.migrate(copy)
        copy.execute("PRAGMA foreign_keys = OFF")
        copy.execute("ATTACH ? AS live", (str(address(archive.folder / DATABASE)),))
        triggers = _without_triggers(copy)
        _fill(copy, ids, who)
        copy.execute("DETACH live")
        for sql in triggers:
            copy.execute(sql)
        copy.execute("VACUUM")


def _without_triggers(copy: sqlite3.Connection) -> list[str]:
    """Take the triggers away; returns what makes them again."""
    rows = copy.execute(
        "select name, sql from main.sqlite_master where type = 'trigger'"
    ).fetchall()
    for name, _ in rows:
        copy.execute(f'drop trigger main."{name}"')
    return [sql for _, sql in rows]


def _fill(
    copy: sqlite3.Connection, ids: Sequence[int] | None, who: Viewer | None
) -> None:
    copy.execute("create temp table chosen (id integer primary key)")
    copy.executemany(
        "insert or ignore into temp.chosen values (?)", ((n,) for n in ids or ())
    )
    copy.execute("BEGIN")
    if ids is None:
        known = {row[0] for row in copy.execute("select name from main.sqlite_master")}
        for table in WHOLE:
            if table in known:
                _take(copy, table, "true", {})
        _take_numbers(copy)
    else:
        _take_photos(copy, who)
        for table, condition, columns in _SOME:
            _take(copy, table, condition, columns)
    for sql in _COUNTS:
        copy.execute(sql)
    copy.execute("COMMIT")


def _take_photos(copy: sqlite3.Connection, who: Viewer | None) -> None:
    """Take the chosen photos that may be seen at this very moment."""
    live = scope_condition(who, "t.scope")
    recycled = scope_condition(who, "t.scope", recycled=True)
    seen = f"t.id in (select id from temp.chosen) and ({live} or {recycled})"
    stars = who is not None and who.stars
    _take(copy, "photos", seen, {} if stars else {"starred": "0"})


def _take(
    copy: sqlite3.Connection, table: str, condition: str, differ: dict[str, str]
) -> None:
    columns = [
        str(row[1])
        for row in copy.execute(f'PRAGMA main.table_xinfo("{table}")')
        if row[6] == 0  # not computed
    ]
    values = ", ".join(differ.get(name, f"t.{name}") for name in columns)
    copy.execute(
        f"""
        insert into main.{table} ({", ".join(columns)})
        select {values} from live.{table} t where {condition}
        """
    )


def _take_numbers(copy: sqlite3.Connection) -> None:
    """Keep which numbers were given, so that a cut-off history would still show."""
    copy.execute("delete from main.sqlite_sequence")
    copy.execute(
        f"""
        insert into main.sqlite_sequence (name, seq)
        select name, seq from live.sqlite_sequence
        where name in ({", ".join(repr(table) for table in WHOLE)})
        """
    )
