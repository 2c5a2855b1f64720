"""The Datasette database of an archive: every read goes past the guard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path
from typing import Any, TypeVar

from archive import originals
from archive.database import (
    BUSY_SECONDS,
    Archive,
    Connection,
    adopt,
    configure,
    open_archive,
)
from archive.errors import ArchiveError, NotFound
from archive.people import Person, find_person
from archive.rights import allowed
from archive.sqlite import sqlite3
from plugins import actors
from plugins.compat import Database, Datasette
from plugins.guard import GuardedConnection

T = TypeVar("T")

# KiB that each connection that reads keeps of the file. There are 16 an archive, and
# what they keep is gone after any change by another: the system's own cache serves them
# all. With 64 MB each a million photos took 690 MB, and no page took less time.
READING_CACHE = 4_096
# Pages of the log after which whoever commits brings them into the file itself, 1,000
# by default: with an import running that is the import then, and not one of fifty who
# change a photo, whom it kept for a quarter of a second.
LOG = 4_000


class PlainConnection(Connection):
    """A connection that sees everything: an admin's, or the one that writes.

    :param person: the admin who reads at this moment
    """

    person: Person | None = None


class ArchiveDatabase(Database):  # type: ignore[misc]
    """archive.db, read by each person as they may.

    Each thread holds two connections: the guarded one, which Datasette knows, and a
    plain one in ``beside``, on which people are looked up and admins read.

    :param folder: the archive's
    :param title: the project's name
    """

    def __init__(self, datasette: Datasette, folder: Path, title: str) -> None:
        super().__init__(datasette, path=str(folder / "archive.db"), is_mutable=True)
        self.folder = folder
        self.title = title
        # Changes wait here for each other rather than on SQLite's lock
        self._changes = ThreadPoolExecutor(1, thread_name_prefix="changes")
        self._writer: Archive | None = None
        self._at_hand: Any = None

    @property
    def originals(self) -> Path:
        """The folder of the photo files."""
        return self.folder / "originals"

    def path_of(self, sha256: str, extension: str) -> Path:
        """Return where an original lies."""
        return originals.path_of(self.originals, originals.Stored(sha256, extension))

    def connect(self, write: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002
        """Open a connection: guarded when it only reads, else one that writes."""
        if write:
            return self._open(PlainConnection, "rw", isolation_level="IMMEDIATE")
        guarded = self._open(GuardedConnection, "ro")
        guarded.guard()
        guarded.beside = self._open(PlainConnection, "ro")
        self.ds._prepare_connection(guarded.beside, self.name)  # noqa: SLF001
        return guarded

    def _open(self, kind: type, mode: str, **options: Any) -> Any:  # noqa: ANN401
        connection = sqlite3.connect(
            f"{Path(self.path).absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=BUSY_SECONDS,
            check_same_thread=False,
            factory=kind,
            **options,
        )
        configure(connection)
        if mode == "ro":
            connection.execute(f"PRAGMA cache_size = -{READING_CACHE}")
        adopt(connection)
        self._all_connections.append(connection)
        return connection

    async def _execute_fn(self, fn: Callable[[Any], T]) -> T:
        """Run ``fn`` in a thread, on the connection that the actor may have."""
        actor = actors.current()

        def bound(guarded: GuardedConnection) -> T:
            person = person_of(guarded.beside, actor, self.name)
            if person is not None and allowed(person, "query_sql"):
                guarded.beside.person = person
                try:
                    return fn(guarded.beside)
                finally:
                    guarded.beside.person = None
            with guarded.bound_to(person):
                return fn(guarded)

        result: T = await super()._execute_fn(bound)
        return result

    async def read(self, fn: Callable[[Any], T]) -> T:
        """Run ``fn`` as the actor, with tuples as rows, as ``archive`` has them."""

        def plainly(connection: Any) -> T:  # noqa: ANN401
            rows, connection.row_factory = connection.row_factory, None
            try:
                return fn(connection)
            finally:
                connection.row_factory = rows

        result: T = await self.execute_fn(plainly)
        return result

    async def change(
        self, actor: actors.Actor | None, fn: Callable[[Archive, Person], T]
    ) -> T:
        """Run ``fn`` as the actor on the archive itself, after the changes before it.

        :raises NotFound: the actor is nobody here any more
        :raises ArchiveError: what ``fn`` raises
        """

        def changed() -> T:
            archive = self._opened()
            person = person_of(archive.connection, actor, self.name)
            if person is None:
                raise NotFound(
                    "there is nothing here that you may see", key="nothing_here"
                )
            return fn(archive, person)

        loop = asyncio.get_running_loop()
        # of the request, as Datasette has it where it reads: who asks, in what language
        context = copy_context()
        return await loop.run_in_executor(self._changes, context.run, changed)

    def _opened(self) -> Archive:
        """Return the archive that changes are made on; only in their thread."""
        if self._writer is None:
            self._writer = open_archive(self.folder)
            self._writer.connection.execute(f"PRAGMA wal_autocheckpoint = {LOG}")
        return self._writer

    def end_changes(self) -> None:
        """Let the change under way end, and close the archive it is made on."""

        def closed() -> None:
            if self._writer is not None:
                self._writer.close()
                self._writer = None

        with suppress(RuntimeError):  # ended before
            self._changes.submit(closed)
        self._changes.shutdown(wait=True)

    async def look_up(self, fn: Callable[[Any], T]) -> T:
        """Run ``fn`` past the guard: to find out who asks, or how the archive stands.

        The second only for who reads the history: it says nothing of any photo.
        """

        def look(guarded: GuardedConnection) -> T:
            return fn(guarded.beside)

        found: T = await super()._execute_fn(look)
        return found

    async def person(self, actor: actors.Actor | None) -> Person | None:
        """Return who this actor is in this archive; None when nobody who may see."""
        return await self.glance(lambda plain: person_of(plain, actor, self.name))

    async def glance(self, fn: Callable[[Any], T]) -> T:
        """Do as ``look_up`` does, for what is a row or two that every request asks for.

        In the requests' own thread: that takes a tenth of a millisecond, whereas to
        another thread and back took up to ten while others were at work. Where it has
        to wait, as whoever reads has to without WAL, another thread does.
        """
        with suppress(sqlite3.OperationalError):
            return fn(self._near())
        return await self.look_up(fn)

    def _near(self) -> Any:  # noqa: ANN401
        """Return the connection of the requests' own thread, which never waits."""
        if self._at_hand is None:
            self._at_hand = self._open(PlainConnection, "ro")
            self._at_hand.execute("PRAGMA busy_timeout = 0")
        return self._at_hand


def person_of(
    connection: Connection, actor: actors.Actor | None, archive: str
) -> Person | None:
    """Return the person that an actor is, if active and of some level.

    :param archive: its name; a number is somebody else in the next one
    """
    number = actors.number_in(actor, archive)
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    try:
        person = find_person(connection, int(number))
    except ArchiveError:
        return None
    return person if person.id == int(number) and allowed(person, "view") else None


def archives(datasette: Datasette) -> list[ArchiveDatabase]:
    """Return the archives that are served, in the order of the command line."""
    return [
        db for db in datasette.databases.values() if isinstance(db, ArchiveDatabase)
    ]


def archive_at(datasette: Datasette, route: str) -> ArchiveDatabase | None:
    """Return the archive with this name in the URL."""
    return next((db for db in archives(datasette) if db.route == route), None)
