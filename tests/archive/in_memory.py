"""An archive's database in memory, with people of every kind, for tests of rules."""

from __future__ import annotations

from functools import cache
from typing import Any

from archive.albums import UNCLASSIFIED_ID
from archive.batches import Batch, batch
from archive.database import configure
from archive.identity import new_uuid
from archive.migrations import schema_sql, statements
from archive.people import GRANULAR, Person, add_person, owner
from archive.setup import first_rows
from archive.sqlite import sqlite3


@cache
def _template() -> Any:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    configure(connection)
    for statement in statements(schema_sql()):
        connection.execute(statement)
    first_rows(connection, "Tower 4", "Sam Reyes")
    return connection


def new_database() -> Any:
    """Return a connection to a new archive's database."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    _template().backup(connection)
    configure(connection)
    return connection


def everyone(connection: Any) -> dict[str, Person]:
    """Add a person of each level, without rights and with each of them; by name."""
    sam = owner(connection)
    found = {"owner": sam}
    with batch(connection, sam, reason="people") as opened:
        for level in ("none", "read_only", "standard", "admin"):
            for right in (None, *GRANULAR):
                name = f"{level} {right}" if right else level
                found[name] = add_person(
                    connection,
                    sam,
                    opened,
                    name,
                    level=level,
                    rights=(right,) if right else (),
                )
    return found


def insert_photo(connection: Any, opened: Batch, **values: Any) -> int:
    """Add a photo without a file, inside a batch."""
    columns = {
        "uuid": new_uuid(),
        "filename": "IMG_0001.jpg",
        "album_id": UNCLASSIFIED_ID,
        "uploader_id": 1,
        "assumed_at": "2026-03-09T08:00:00",
        "uploaded_at": opened.at,
        "updated_at": opened.at,
        **values,
    }
    cursor = connection.execute(
        f"insert into photos ({', '.join(columns)})"
        f" values ({', '.join('?' * len(columns))})",
        tuple(columns.values()),
    )
    return int(cursor.lastrowid or 0)


TABLES = (
    *("people", "settings", "albums", "locations", "location_tree", "trades"),
    *("cameras", "photos", "photo_trades", "comments", "mentions", "markups"),
    *(
        "tombstones",
        "plans",
        "facet_counts",
        "day_counts",
        "map_counts",
        "added_counts",
        "tiles",
    ),
)


def dump(connection: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything but history and ``updated_at``, and the index's every word."""
    found = {}
    for table in TABLES:
        columns = [
            row[1]
            for row in connection.execute(f"pragma table_xinfo({table})")
            if row[1] != "updated_at"
        ]
        rows = connection.execute(f"select {', '.join(columns)} from {table}")
        found[table] = sorted(rows, key=repr)
    found["words"] = index_words(connection)
    return found


def index_words(connection: Any) -> list[tuple[Any, ...]]:
    """Return where the search index holds which word: term, photo, column, place."""
    connection.execute(
        "create virtual table if not exists temp.index_words"
        " using fts5vocab (main, photos_fts, instance)"
    )
    rows = connection.execute("select term, doc, col, offset from temp.index_words")
    return sorted(rows, key=repr)
