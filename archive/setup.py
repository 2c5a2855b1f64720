"""The rows a new archive begins with."""

from __future__ import annotations

from archive import settings
from archive.albums import UNCLASSIFIED, UNCLASSIFIED_ID
from archive.batches import batch
from archive.identity import clean_name, name_key, new_uuid
from archive.ordering import key_between
from archive.people import OWNER_ID, Person
from archive.sqlite import sqlite3


def first_rows(connection: sqlite3.Connection, name: str, owner: str) -> None:
    """Write the owner, the album Unclassified and the project's name, as batch 1."""
    first = Person(
        OWNER_ID, new_uuid(), clean_name(owner, "owner"), login=None, level="admin"
    )
    with batch(connection, first, origin="system", reason="new archive") as opened:
        connection.execute(
            """
            insert into people (id, uuid, name, level, created_at)
            values (?, ?, ?, 'admin', ?)
            """,
            (first.id, first.uuid, first.name, opened.at),
        )
        connection.execute(
            """
            insert into albums
                (id, uuid, name, name_key, position, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, ?)
            """,
            (
                UNCLASSIFIED_ID,
                new_uuid(),
                UNCLASSIFIED,
                name_key(UNCLASSIFIED),
                key_between(None, None),
                opened.at,
                opened.at,
            ),
        )
        settings.set_setting(connection, first, "project_name", name)
