"""accounts.db: passwords, sessions, programs and what guards them, beside archive.db.

A file of its own, because secrets must not leave with what is handed over: exports take
archive.db and the originals, and no table of this is ever within reach of a page, of
SQL that an admin writes, or of the history. It may be lost: people then get new
passwords. Rows name people by uuid, and the file names its archive: it opens no other.
"""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from archive.database import explain, full_sync, read_marker
from archive.errors import ArchiveLocked, DamagedArchive, NotAnArchive, StoreError
from archive.sqlite import journal_mode, sqlite3

DATABASE = "accounts.db"
VERSION = 1
APPLICATION_ID = 0x61734161  # "asAa"
BUSY_SECONDS = 5.0
_MODE = 0o600

SCHEMA = (
    # The archive that these accounts belong to.
    """
    CREATE TABLE about (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      archive TEXT NOT NULL       -- uuid, as in the archive's marker
    ) STRICT
    """,
    """
    CREATE TABLE passwords (
      person TEXT PRIMARY KEY,    -- uuid of the person, as everywhere here
      hash TEXT NOT NULL,         -- argon2id in PHC form, which says what it cost
      set_at TEXT NOT NULL        -- UTC, as all times here
    ) STRICT, WITHOUT ROWID
    """,
    # Who is logged in. The token itself is only in the person's browser.
    """
    CREATE TABLE sessions (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      token TEXT NOT NULL UNIQUE, -- SHA-256 of it, hex
      person TEXT NOT NULL,
      begun_at TEXT NOT NULL,
      used_at TEXT NOT NULL,      -- to the minute
      ends_at TEXT NOT NULL,      -- whatever happens
      idle_seconds INTEGER NOT NULL,  -- and this long after it was last used
      since INTEGER NOT NULL,     -- last row of changes then; shut out later, it ends
      kept INTEGER NOT NULL CHECK (kept IN (0, 1)),  -- outlives the browser's window
      address TEXT NOT NULL,
      browser TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX sessions_by_person ON sessions (person, id)",
    # Links with which somebody chooses a password, once.
    """
    CREATE TABLE invitations (
      token TEXT PRIMARY KEY,     -- SHA-256 of it, hex
      person TEXT NOT NULL UNIQUE,
      made_at TEXT NOT NULL,
      made_by TEXT NOT NULL,
      ends_at TEXT NOT NULL,
      since INTEGER NOT NULL      -- as in sessions
    ) STRICT, WITHOUT ROWID
    """,
    # Failed logins of one login or one address, and how long it has to wait.
    """
    CREATE TABLE attempts (
      key TEXT PRIMARY KEY,       -- SHA-256 of what was typed, or of the address
      failed INTEGER NOT NULL,
      failed_at TEXT NOT NULL,
      free_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    # What happened, the last 10,000.
    """
    CREATE TABLE events (
      id INTEGER PRIMARY KEY,
      at TEXT NOT NULL,
      event TEXT NOT NULL,        -- logged in, login failed, … (events.py)
      person TEXT,                -- whose account; NULL: nobody has that login
      by TEXT,                    -- who did it; NULL: the person, or nobody known
      address TEXT NOT NULL
    ) STRICT
    """,
)
# Programs that use the API. Made in files of before there were any, too: ``_add``.
PROGRAMS = (
    """
    CREATE TABLE IF NOT EXISTS clients (
      id TEXT PRIMARY KEY,        -- client_id: says who they are, is no secret
      secret TEXT,                -- SHA-256 of it, hex; NULL: it can keep none
      name TEXT NOT NULL,
      person TEXT,                -- who it acts as by itself; NULL: only for others
      redirect_uris TEXT NOT NULL,  -- JSON: where people's answers may be sent
      made_at TEXT NOT NULL,
      made_by TEXT NOT NULL,
      ended_at TEXT
    ) STRICT, WITHOUT ROWID
    """,
    # What somebody allowed a program, or it was given for itself. With it everything
    # ends that was made from it: one code, and tokens, each from the one before.
    """
    CREATE TABLE IF NOT EXISTS grants (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      client TEXT NOT NULL,
      person TEXT NOT NULL,
      since INTEGER NOT NULL,     -- as in sessions
      made_at TEXT NOT NULL,
      used_at TEXT NOT NULL       -- when a token was made from it, the last time
    ) STRICT
    """,
    "CREATE INDEX IF NOT EXISTS grants_by_client ON grants (client, person, id)",
    """
    CREATE TABLE IF NOT EXISTS codes (
      code TEXT PRIMARY KEY,      -- SHA-256 of it, hex
      grant_id INTEGER NOT NULL,
      redirect_uri TEXT,          -- as it was asked for; NULL: it was not
      challenge TEXT,             -- of PKCE, S256
      ends_at TEXT NOT NULL,
      used_at TEXT                -- presented again: the grant ends
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE IF NOT EXISTS tokens (
      token TEXT PRIMARY KEY,     -- SHA-256 of it, hex
      grant_id INTEGER NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('access', 'refresh')),
      made_at TEXT NOT NULL,
      ends_at TEXT,               -- NULL: when it is used
      used_at TEXT                -- of refresh tokens; presented again: the grant ends
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX IF NOT EXISTS tokens_by_grant ON tokens (grant_id)",
    # What addresses that we hand out are signed with; made when it is first needed.
    """
    CREATE TABLE IF NOT EXISTS secrets (
      name TEXT PRIMARY KEY,
      value BLOB NOT NULL,
      made_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX IF NOT EXISTS codes_by_grant ON codes (grant_id)",
)

# Links with which anybody sees some photos (archive/links.py), and what became of them.
LINKS = (
    """
    CREATE TABLE IF NOT EXISTS links (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      token TEXT NOT NULL UNIQUE, -- SHA-256 of it, hex
      person TEXT NOT NULL,       -- who made it, and with whose rights it shows
      title TEXT NOT NULL,
      gives TEXT NOT NULL CHECK (gives IN ('view', 'stripped', 'originals')),
      private INTEGER NOT NULL CHECK (private IN (0, 1)),  -- private photos, too
      -- shows what is drawn on photos
      markups INTEGER NOT NULL DEFAULT 0 CHECK (markups IN (0, 1)),
      password TEXT,              -- as in passwords; NULL: none
      made_at TEXT NOT NULL,
      ends_at TEXT NOT NULL,
      ended_at TEXT,              -- revoked
      ended_by TEXT
    ) STRICT
    """,
    """
    CREATE TABLE IF NOT EXISTS link_photos (
      link_id INTEGER NOT NULL,
      place INTEGER NOT NULL,     -- from 1: what its address has
      photo TEXT NOT NULL,        -- uuid
      PRIMARY KEY (link_id, place)
    ) STRICT, WITHOUT ROWID
    """,
    # Each use: when, from where, what. The last 100,000.
    """
    CREATE TABLE IF NOT EXISTS link_uses (
      id INTEGER PRIMARY KEY,
      link_id INTEGER NOT NULL,
      at TEXT NOT NULL,
      event TEXT NOT NULL,        -- opened, seen, downloaded, password refused
      photo TEXT,
      address TEXT NOT NULL,
      browser TEXT NOT NULL
    ) STRICT
    """,
    # Whether links are open at all: its last 'enabled' or 'disabled' says so.
    """
    CREATE TABLE IF NOT EXISTS open_links (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at TEXT NOT NULL,
      action TEXT NOT NULL CHECK (action IN ('enabled', 'disabled', 'refreshed')),
      person TEXT NOT NULL,
      address TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX IF NOT EXISTS link_uses_by_link ON link_uses (link_id, id)",
)

# SQLITE_BUSY, _LOCKED; _CORRUPT, _FORMAT, _NOTADB
_BUSY = {5, 6}
_RUINED = {11, 24, 26}
_LOSABLE = "delete it and give people new passwords; no photo is touched by that"


@dataclass(slots=True)
class Accounts:
    """The accounts of one archive; safe to use from several threads.

    :param archive: its uuid
    :param identity: device and inode, to notice when the file is deleted or replaced
    """

    path: Path
    archive: str
    connection: Any = None
    identity: tuple[int, int] | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    def close(self) -> None:
        """Close the file; a later use opens it again."""
        with self.lock:
            if self.connection is not None:
                self.connection.close()
            self.connection = self.identity = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_accounts(folder: Path) -> Accounts:
    """Return the accounts of the archive in ``folder``.

    The file is opened, and made when there is none, at the first use.

    :raises NotAnArchive: there is no archive
    """
    return Accounts(folder / DATABASE, str(read_marker(folder)["uuid"]))


def is_there(accounts: Accounts) -> bool:
    """Whether anybody, or any program, was ever let in here."""
    return accounts.path.exists()


@contextmanager
def transaction(accounts: Accounts) -> Iterator[Any]:
    """Give the connection, within one transaction that writes.

    :raises ArchiveLocked: another process kept writing
    :raises StoreError: the file is damaged, foreign, or cannot be written
    """
    with reading(accounts) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")  # without WAL, who reads may hold it up
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


@contextmanager
def reading(accounts: Accounts) -> Iterator[Any]:
    """Give the connection, for one statement that reads.

    :raises ArchiveLocked: another process kept writing
    :raises StoreError: the file is damaged, foreign, or cannot be read
    """
    with accounts.lock:
        try:
            yield _connected(accounts)
        except OSError as error:
            reason = error.strerror or str(error)
            raise StoreError(accounts.path, reason) from error
        except sqlite3.DatabaseError as error:
            told = _told(error, accounts.path)
            if told is None:
                raise
            raise told from error


def _told(error: sqlite3.DatabaseError, path: Path) -> Exception | None:
    """Return what an error of SQLite's means to a person; None: the program's fault."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _BUSY:
        return ArchiveLocked(f"{path}: another process is writing to it")
    is_lacking = code == 1 and str(error).startswith("no such")  # table, column
    if (
        code in _RUINED
        or is_lacking
        or isinstance(explain(error, path), DamagedArchive)
    ):
        return StoreError(path, f"is damaged ({error}); {_LOSABLE}")
    return explain(error, path)


def _connected(accounts: Accounts) -> Any:  # noqa: ANN401
    """Return the connection, opened again when the file was deleted or replaced."""
    if accounts.connection is None or _identity(accounts.path) != accounts.identity:
        accounts.close()
        accounts.connection = _connect(accounts)
        accounts.identity = _identity(accounts.path)
    return accounts.connection


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _connect(accounts: Accounts) -> Any:  # noqa: ANN401
    _make_private(accounts.path)
    connection = sqlite3.connect(
        accounts.path,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        _prepare(connection, accounts)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_private(path: Path) -> None:
    """See to it that only this user can read the file, before anything is in it.

    SQLite gives its -wal and -shm the mode of the file itself.
    """
    if not path.parent.is_dir():
        raise NotAnArchive(f"{path.parent}: there is no such folder")
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, _MODE))
    if stat.S_IMODE(path.stat().st_mode) & ~_MODE:
        with contextlib.suppress(OSError):  # a stick's file system knows no modes
            path.chmod(_MODE)


def _prepare(connection: Any, accounts: Accounts) -> None:  # noqa: ANN401
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA synchronous = FULL")
    full_sync(connection)
    if _stamp(connection) == (0, 0):
        connection.execute(f"PRAGMA journal_mode = {journal_mode()}")
        connection.execute("BEGIN IMMEDIATE")
        if _stamp(connection) == (0, 0):  # nobody was quicker
            _create(connection, accounts.archive)
        connection.execute("COMMIT")
    if _stamp(connection) != (APPLICATION_ID, VERSION):
        raise StoreError(
            accounts.path, f"is of another kind, or of a newer asbuilt; {_LOSABLE}"
        )
    owner = connection.execute("SELECT archive FROM about").fetchone()
    if owner != (accounts.archive,):
        raise StoreError(accounts.path, f"belongs to another archive; {_LOSABLE}")
    _add(connection)


def _add(connection: Any) -> None:  # noqa: ANN401
    """Make the tables, and the column, that a file of an earlier version has not."""
    if _has_markups(connection):  # made last
        return
    connection.execute("BEGIN IMMEDIATE")
    for statement in (*PROGRAMS, *LINKS):
        connection.execute(statement)
    if not _has_markups(connection):
        connection.execute(
            "ALTER TABLE links ADD COLUMN markups INTEGER NOT NULL DEFAULT 0"
            " CHECK (markups IN (0, 1))"
        )
    connection.execute("COMMIT")


def _has_markups(connection: Any) -> bool:  # noqa: ANN401
    rows = connection.execute("PRAGMA table_info(links)").fetchall()
    return any(row[1] == "markups" for row in rows)


def _stamp(connection: Any) -> tuple[int, int]:  # noqa: ANN401
    kind = connection.execute("PRAGMA application_id").fetchone()[0]
    return kind, connection.execute("PRAGMA user_version").fetchone()[0]


def _create(connection: Any, archive: str) -> None:  # noqa: ANN401
    for statement in (*SCHEMA, *PROGRAMS, *LINKS):
        connection.execute(statement)
    connection.execute("INSERT INTO about VALUES (1, ?)", (archive,))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
