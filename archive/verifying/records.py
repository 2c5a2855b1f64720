"""The database: whole in itself, and everything that is derived as it follows."""

from __future__ import annotations

from collections.abc import Iterator

from archive.checking import check_history
from archive.sqlite import sqlite3
from archive.verifying.checks import Fault

_MOST = 100  # faults of a kind: more of them say nothing new


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
    """Compare the counters with the photos that they count."""
    live = "select dimension, location_id, value, scope, count(*) from photo_facets"
    grouped = f"{live} group by 1, 2, 3, 4"
    kept = "select dimension, location_id, value, scope, photos from facet_counts"
    rows = connection.execute(
        f"select distinct dimension from ({kept} except {grouped})"
        f" union select distinct dimension from ({grouped} except {kept})"
    )
    for (dimension,) in rows.fetchall():
        text = f"counters of {dimension!r} are not what the photos say"
        yield Fault("counter", f"facet_counts {dimension}", text)
