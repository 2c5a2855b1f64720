"""The guard: a connection through which a person sees only what they may see.

Private and recycled photos, and all that is derived from them, do not exist for
somebody who may not see them, whatever SQL is run. How:

1. Every table and view of archive.db gets a TEMP view of the same name. TEMP wins name
   resolution, so ``select * from photos`` anywhere reads the filtered view, while
   ``sqlite_master`` still shows the table with its primary key.
2. A view shows the rows that the person bound to the connection may see (``gates.py``);
   what has no gate shows none. The person is read through SQL functions.
3. The authorizer denies by default: a table of ``main`` may be read only while one of
   our views is expanded. Their names are random, and SQL that contains one is refused,
   because a CTE could otherwise bear that name.
4. FTS5 prepares statements of its own while ours runs. They are let through only
   between the start of our statement (told by the trace callback) and the next
   ``execute``. Its settings alone are always open: it connects anew when the schema has
   changed, and reads them while ours is still being prepared.

Admins see everything and get a plain connection instead (``databases.py``). Raw SQL is
for them alone: what a *row filter* hides can still be guessed at by provoking errors.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from archive.database import Connection
from archive.people import Person
from archive.rights import Viewer, viewer
from archive.sqlite import sqlite3
from plugins.gates import view_body

# Statements that FTS5 prepares for photos_fts while a statement of ours is running.
_SHADOW = re.compile(r"photos_fts_(data|idx|content|docsize|config)")
_CONTENT = "photo_words"

# What tells nothing of a photo
_OPEN = {
    "sqlite_master",
    "sqlite_schema",
    "json_each",
    "json_tree",
    "photos_fts_config",
}
_READ_PRAGMAS = {
    "compile_options",
    "data_version",
    "database_list",
    "foreign_key_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "schema_version",
    "table_info",
    "table_list",
    "table_xinfo",
}
_IGNORED_PRAGMAS = {"recursive_triggers"}  # sqlite-utils sets it; nothing to recurse
_FORBIDDEN_FUNCTIONS = {"load_extension", "fts3_tokenizer", "fts5", "sqlite_log"}
# Asked about a table, these must not answer about our view of the same name.
_ABOUT_A_TABLE = re.compile(
    r"^\s*pragma\s+(?=(table_info|table_xinfo|index_list|foreign_key_list)\b)",
    re.IGNORECASE,
)


class GuardedCursor(sqlite3.Cursor):  # type: ignore[misc,unused-ignore]
    """A cursor that tells its connection when a new statement begins."""

    def execute(self, sql: str, *values: Any) -> Any:  # noqa: ANN401
        """Run one statement for the bound person."""
        return super().execute(self.connection.admit(sql), *values)

    def executemany(self, sql: str, *values: Any) -> Any:  # noqa: ANN401
        """Run one statement several times."""
        return super().executemany(self.connection.admit(sql), *values)

    def executescript(self, sql: str) -> GuardedCursor:  # noqa: ARG002
        """Refuse: a script is many statements, and ours are single ones."""
        raise sqlite3.DatabaseError("not authorized")


class GuardedConnection(Connection):
    """A read-only connection on which everybody but an admin reads.

    ``guard`` must be called once, then ``bound_to`` around each use.
    """

    gate = ""
    person: Person | None = None
    beside: Any = None  # the plain connection of the same thread (databases.py)
    _who: Viewer | None = None
    _inside = False

    # The C methods would make plain cursors, which say nothing to the guard
    def cursor(self, factory: type = GuardedCursor) -> Any:  # noqa: ANN401
        """Return a cursor of ours, whatever class was asked for."""
        if not issubclass(factory, GuardedCursor):
            factory = GuardedCursor
        return super().cursor(factory)

    def execute(self, sql: str, *values: Any) -> Any:  # noqa: ANN401
        """Run one statement for the bound person."""
        return self.cursor().execute(sql, *values)

    def executemany(self, sql: str, *values: Any) -> Any:  # noqa: ANN401
        """Run one statement several times."""
        return self.cursor().executemany(sql, *values)

    def executescript(self, sql: str) -> Any:  # noqa: ANN401
        """Refuse, as the cursor does."""
        return self.cursor().executescript(sql)

    def guard(self) -> None:
        """Put the views before the tables and the authorizer before everything."""
        gate = f"g{secrets.token_hex(16)}"
        for name, get in {
            "guard_reads": lambda _: 1,
            "guard_public": lambda _: 0,
            "guard_own": lambda who: who.own,
            "guard_private": lambda who: int(who.everything),
            "guard_bin": lambda who: int(who.bin),
        }.items():
            self.create_function(name, 0, self._asked(get), deterministic=True)
        for name, columns in _tables(self):
            body = view_body(name, columns)
            for statement in (
                f'create temp view "{gate}_{name}" as {body}',
                f'create temp view "{name}" as select * from temp."{gate}_{name}"',
            ):
                self.execute(statement)
        self.gate = gate
        self.set_trace_callback(self._began)
        self.set_authorizer(self._authorize)

    def _asked(self, get: Any) -> Any:  # noqa: ANN401
        """Return an SQL function that answers about the person, NULL about nobody."""
        return lambda: get(self._who) if self._who else None

    @contextmanager
    def bound_to(self, person: Person | None) -> Iterator[None]:
        """Answer as this person may see; None is nobody, who sees nothing."""
        self.person = person
        self._who = viewer(person) if person else None
        try:
            yield
        finally:
            self.person = self._who = None

    def admit(self, sql: str) -> str:
        """Check a statement's text and note that it is being prepared now."""
        self._inside = False
        if self.gate and self.gate in sql:
            raise sqlite3.DatabaseError("not authorized")
        return _ABOUT_A_TABLE.sub(r"pragma main.", sql) if self.gate else sql

    def _began(self, _sql: str) -> None:
        self._inside = True

    def _authorize(
        self,
        action: int,
        one: str | None,
        two: str | None,
        database: str | None,
        source: str | None,
    ) -> int:
        """Deny by default; see https://www.sqlite.org/c3ref/c_alter_table.html."""
        if action == sqlite3.SQLITE_READ:
            allowed = self._may_read(one or "", database, source or "")
        elif action == sqlite3.SQLITE_PRAGMA:
            if one in _IGNORED_PRAGMAS:
                return int(sqlite3.SQLITE_IGNORE)
            allowed = one in _READ_PRAGMAS
        elif action == sqlite3.SQLITE_FUNCTION:
            allowed = (two or "").lower() not in _FORBIDDEN_FUNCTIONS
        elif action == sqlite3.SQLITE_UPDATE:
            # Table-valued functions such as json_each declare themselves so; the file
            # itself is open read-only
            allowed = one == "sqlite_master"
        else:
            allowed = action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE)
        return int(sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY)

    def _may_read(self, table: str, database: str | None, source: str) -> bool:
        if database == "temp":
            return not table.startswith("sqlite_temp")
        if (
            source.startswith(self.gate)
            or table in _OPEN
            or table.startswith("pragma_")
        ):
            return True
        if self._inside and (_SHADOW.fullmatch(table) or _CONTENT in (table, source)):
            return True
        # Without a schema: count(*) of one of our views, or of a CTE
        return database is None


def _tables(connection: GuardedConnection) -> list[tuple[str, list[str]]]:
    """Return every table and view with its columns, before the guard is up.

    Not SQLite's own (sqlite_sequence): no view can have their names, and the
    authorizer keeps them shut.
    """
    names = sqlite3.Connection.execute(
        connection,
        "select name from main.sqlite_master where type in ('table', 'view')"
        " and substr(name, 1, 7) <> 'sqlite_'",
    ).fetchall()
    return [
        (
            str(name),
            [
                str(row[1])
                for row in sqlite3.Connection.execute(
                    connection, f'pragma main.table_xinfo("{name}")'
                ).fetchall()
                if row[6] != 1  # hidden columns of virtual tables
            ],
        )
        for (name, *_) in names
    ]
