"""The database: whole in itself, and everything that is derived as it follows."""

from __future__ import annotations

from collections.abc import Iterator

from archive.checking import check_history
from archive.sqlite import sqlite3
from archive.verifying.checks import Fault

_MOST = 100  # faults of a kind: more of them say nothing new
# table that is made from the photos: what it must hold
LIVE = {
    "facet_counts": """
        select dimension, location_id, value, scope, count(*) as photos
        from photo_facets group by 1, 2, 3, 4""",
    "day_counts": """
        select kind, ref, day, dated, scope, count(*), sum(width) from photo_days
        group by 1, 2, 3, 4, 5""",
    "map_counts": """
        select level, x, y, scope, count(*), sum(latitude), sum(longitude)
        from photo_cells group by 1, 2, 3, 4""",
    "tiles": "select * from photo_tiles",
    "added_counts": """
        select substr(uploaded_at, 1, 10), coalesce(uploader_id, 0), scope, count(*)
        from photos group by 1, 2, 3""",
}


def verify_records(connection: sqlite3.Connection) -> Iterator[Fault]:
    """Yield what is wrong in the database. Reads all of it."""
    yield from _pages(connection)
    yield from _references(connection)
    yield from _search(connection)
    yield from _counters(connection)
    for number, fault in enumerate(check_history(connection)):
        if number == _MOST:
            break
        yield Fault("history", "", fault.text)


def _pages(connection: sqlite3.Connection) -> Iterator[Fault]:
    rows = connection.execute(f"pragma integrity_check({_MOST})").fetchall()
    for (text,) in rows:
        if text != "ok":
            yield Fault("database", "", f"the database is damaged: {text}")


def _references(connection: sqlite3.Connection) -> Iterator[Fault]:
    rows = connection.execute("pragma foreign_key_check").fetchmany(_MOST)
    for table, row, target, _ in rows:
        text = f"{table}: row {row} refers to a row of {target} that is not there"
        yield Fault("reference", f"{table} {row}", text)


def _search(connection: sqlite3.Connection) -> Iterator[Fault]:
    """Compare the search index with the words of the photos."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(
            "insert into photos_fts (photos_fts, rank) values ('integrity-check', 1)"
        )
    except sqlite3.DatabaseError as error:
        if "malformed" not in str(error) and "corrupt" not in str(error):
            raise
        yield Fault("search", "photos_fts", "the search index lacks photos, or words")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _counters(connection: sqlite3.Connection) -> Iterator[Fault]:
    """Compare what is kept of the photos with what they say."""
    for table in LIVE:
        # of counters the dimension, of the others the table alone
        what = "dimension" if table == "facet_counts" else "''"
        wrong = _wrong(connection, table)
        rows = connection.execute(f"select distinct {what} from ({wrong})")
        for (name,) in rows.fetchall():
            subject = f"{table} {name}".strip()
            text = f"what is kept in {subject} is not what the photos say"
            yield Fault("counter", subject, text)


def _wrong(connection: sqlite3.Connection, table: str) -> str:
    """Return the SQL for rows that only the table has, or only the photos.

    In one go over both: EXCEPT, once each way, took twice as long at a million photos,
    and of the map minutes.
    """
    found = connection.execute(f"pragma table_info({table})")
    columns = ", ".join(row[1] for row in found)
    return f"""
        select {columns} from (
            select *, 1 as kept from {table}
            union all select *, -1 from ({LIVE[table]}))
        group by {columns} having sum(kept) <> 0
    """
