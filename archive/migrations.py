"""The archive's schema and its migrations.

``schema.sql`` is the truth for a new file and is itself migration 0001. Later ones are
numbered functions below it. ``PRAGMA user_version`` counts them, so that opening an
up-to-date archive does not need to import sqlite-utils.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from archive.sqlite import sqlite3

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

FORMAT = 1  # how many migrations there are; also the format in the marker file


def schema_sql() -> str:
    """Return the text of ``schema.sql``.

    It lies beside the package in a checkout, and inside it when installed from a wheel
    (the build copies it there).
    """
    packaged = resources.files("archive") / "schema.sql"
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    return (Path(__file__).parent.parent / "schema.sql").read_text(encoding="utf-8")


def statements(script: str) -> Iterator[str]:
    """Split a script into statements.

    ``executescript()`` would commit first and break a migration's rollback.

    :raises ValueError: the last statement has no end
    """
    statement = ""
    for line in script.splitlines(keepends=True):
        if not statement and (not line.strip() or line.lstrip().startswith("--")):
            continue
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement.strip()
            statement = ""
    if statement:
        raise ValueError(f"a statement without an end: {statement[:60]}")


def migrations() -> Migrations:
    """Return all migrations in order, as sqlite-utils runs them."""
    from sqlite_utils.migrations import Migrations

    known = Migrations("archive")

    @known(name="0001_schema")
    def schema(db: Database) -> None:
        for statement in statements(schema_sql()):
            db.execute(statement)
        db.execute("PRAGMA user_version = 1")

    return known


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file up to ``FORMAT``, in one transaction: all of it or nothing.

    What is pending is looked up inside it, so that of two processes that open an older
    archive at once the second finds nothing left to do.
    """
    from sqlite_utils import Database

    database = Database(connection)
    # sqlite-utils turns this on for its connection; ours keep SQLite's default
    connection.execute("PRAGMA recursive_triggers = OFF")
    connection.execute("BEGIN IMMEDIATE")
    try:
        migrations().apply(database)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a COMMIT that failed may have ended it
            connection.execute("ROLLBACK")
        raise
