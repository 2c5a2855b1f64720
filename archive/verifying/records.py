"""The database: whole in itself, and everything that is derived as it follows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import cache

from archive.checking import check_history
from archive.migrations import migrate
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
    """Yield what is wrong in the database, but for its pages. Reads all of it."""
    yield from _schema(connection)
    yield from _references(connection)
    yield from _search(connection)
    yield from _counters(connection)
    for number, fault in enumerate(check_history(connection)):
        if number == _MOST:
            break
        yield Fault("history", "", fault.text)


def verify_pages(connection: sqlite3.Connection) -> list[Fault]:
    """Return what SQLite finds wrong with the file. Reads all of it.

    Where it gives up on the whole, the tables that it cannot read are named.
    """
    try:
        return _pages(connection, str(_MOST))
    except sqlite3.DatabaseError as error:
        if not _is_damage(error):
            raise
    rows = connection.execute(
        "select name from sqlite_master where type = 'table' order by name"
    )
    return [
        fault for (table,) in rows.fetchall() for fault in _table(connection, table)
    ]


def _pages(connection: sqlite3.Connection, what: str) -> list[Fault]:
    rows = connection.execute(f"pragma integrity_check({what})").fetchall()
    texts = (f"the database is damaged: {text}" for (text,) in rows if text != "ok")
    return [Fault("database", "", text) for text in texts]


def _table(connection: sqlite3.Connection, table: str) -> list[Fault]:
    try:
        return _pages(connection, f"'{table}'")
    except sqlite3.DatabaseError as error:
        if not _is_damage(error):
            raise
        text = f"the database is damaged: {table} cannot be read: {error}"
        return [Fault("database", table, text)]


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    return any(word in str(error) for word in ("malformed", "corrupt", "vtable"))


def _schema(connection: sqlite3.Connection) -> Iterator[Fault]:
    """Compare triggers, indexes, views and tables with those of a new archive.

    Without its triggers a database forgets who changed what, and says nothing of it.
    What people add, such as an index of their own, is theirs.
    """
    there = _parts(connection)
    for (kind, name), made in _new_parts().items():
        if (kind, name) not in there:
            text = f"the schema's {kind} {name} is not there"
            yield Fault("database", name, text)
        elif there[kind, name] != made:
            yield Fault("database", name, f"the schema's {kind} {name} was altered")


@cache
def _new_parts() -> dict[tuple[str, str], str]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as new:
        migrate(new)
        return _parts(new)


def _parts(connection: sqlite3.Connection) -> dict[tuple[str, str], str]:
    """Return (kind, name): how it was made.

    Of a table its columns: migrations add to one, and its text is another then.
    """
    rows = connection.execute(
        "select type, name, sql from sqlite_master where sql is not null"
        " and name not like '%sqlite\\_%' escape '\\'"
    ).fetchall()
    return {
        (kind, name): _columns(connection, name) if kind == "table" else sql
        for kind, name, sql in rows
    }


def _columns(connection: sqlite3.Connection, table: str) -> str:
    rows = connection.execute(
        'select name, type, "notnull", pk from pragma_table_info(?) order by name',
        (table,),
    )
    return repr(rows.fetchall())


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
        if not _is_damage(error):
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
