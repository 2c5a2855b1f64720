"""An archive in memory with people of every kind, and short ways to work in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from archive.albums import (
    Album,
    add_album,
    list_albums,
)
from archive.batches import Batch, batch
from archive.editing import (
    Edit,
    edit_photos,
    recycle_photos,
    retrieve_photos,
)
from archive.people import owner
from archive.rights import Viewer, viewer
from tests.archive.in_memory import everyone, insert_photo, new_database


class Site:
    """An archive in memory, and short ways to do things in it."""

    def __init__(self) -> None:
        self.connection: Any = new_database()
        self.people = everyone(self.connection)
        self.sam = owner(self.connection)

    def do(self, work: Callable[[Batch], Any], who: str = "owner") -> Any:
        with batch(self.connection, self.people[who]) as opened:
            return work(opened)

    def photo(self, **values: Any) -> int:
        with batch(self.connection, self.sam, origin="import") as opened:
            return insert_photo(self.connection, opened, **values)

    def album(self, name: str, *, private: bool = False) -> Album:
        c, s = self.connection, self.sam
        made: Album = self.do(lambda b: add_album(c, s, b, name, private=private))
        return made

    def edit(self, photos: list[int], who: str = "owner", **values: Any) -> None:
        actor = self.people[who]
        self.do(
            lambda _: edit_photos(self.connection, actor, photos, Edit(**values)), who
        )

    def recycle(self, *photos: int) -> None:
        self.do(lambda b: recycle_photos(self.connection, self.sam, b, photos))

    def retrieve(self, *photos: int) -> None:
        self.do(lambda _: retrieve_photos(self.connection, self.sam, photos))

    def value(self, photo: int, field: str) -> Any:
        row = self.connection.execute(
            f"select {field} from photos where id = ?", (photo,)
        )
        return row.fetchone()[0]

    def last_batch(self) -> str:
        row = self.connection.execute("select max(id) from batches").fetchone()
        return str(row[0])

    def who(self, name: str) -> Viewer | None:
        return viewer(self.people[name])

    def listed(self, name: str) -> dict[str, tuple[int | None, int | None]]:
        """Return the albums that somebody is shown: name: (count, cover)."""
        return {
            album.name: (album.photos, album.shown)
            for album in list_albums(self.connection, self.who(name))
        }
