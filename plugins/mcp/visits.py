"""Somebody at work in one archive: reads go past the guard, changes are batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from archive.batches import Batch, batch
from archive.database import Archive, open_archive
from archive.errors import NotAllowed
from archive.people import Person, find_person, owner
from archive.rights import require
from plugins import actors, media, serving
from plugins.compat import Datasette
from plugins.databases import ArchiveDatabase, archives

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Visit:
    """A person in an archive.

    :param writes: they may change things, as far as their rights go
    """

    datasette: Datasette
    database: ArchiveDatabase
    actor: actors.Actor
    writes: bool

    async def person(self) -> Person:
        """Return who it is, with the rights of this moment.

        :raises NotAllowed: they have been shut out
        """
        person = await self.database.person(self.actor)
        if person is None:
            raise NotAllowed(f"{self.actor['name']} may not see this archive")
        return person

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Let the guard know who asks."""
        token = actors.begin("")
        try:
            actors.log_in(self.actor)
            yield
        finally:
            actors.end(token)

    async def read(self, fn: Callable[[Any], T]) -> T:
        """Run ``fn`` on a connection that shows what the person may see."""
        with self.acting():
            return await self.database.read(fn)

    async def write(self, fn: Callable[[Any, Person, Batch], T]) -> T:
        """Run ``fn`` in one batch of the person's."""

        def change(archive: Archive, person: Person) -> T:
            with batch(archive.connection, person, reason="by an assistant") as opened:
                return fn(archive.connection, person, opened)

        return await self.database.change(self.actor, change)


@contextmanager
def visiting(folder: Path, who: str | None, *, writes: bool) -> Iterator[Visit]:
    """Open an archive for somebody.

    :param who: name, login or id; None: its owner
    :raises NotFound: there is no such person
    :raises NotAllowed: they may see nothing here
    """
    with open_archive(folder) as archive:
        connection = archive.connection
        person = find_person(connection, who) if who else owner(connection)
    require(person, "view")
    datasette = serving.make_datasette([folder])
    (database,) = archives(datasette)
    actor = {
        "id": person.uuid,
        "name": person.name,
        "people": {database.name: person.id},
    }
    try:
        yield Visit(datasette, database, actor, writes)
    finally:
        media.close(datasette)
        database.end_changes()
        database.close()
