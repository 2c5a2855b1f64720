"""An archive on which the same is done, in memory and in its database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

from archive import albums, editing, locations, purging, trades
from archive.batches import batch
from archive.comments import add_comment
from archive.database import Archive as Database
from archive.identity import new_uuid
from archive.people import owner
from sync.archived import transaction
from sync.records import Kind, Record
from sync.store import Store
from tests.archive.in_memory import insert_photo, new_database
from tests.sync.simulator.archive import PROJECT, Archive
from tests.sync.simulator.memory import commit

T = TypeVar("T")
Fields = Mapping[str, Any]


class Both(Protocol):
    """What people and the sync do to an archive."""

    def commit(self, work: Callable[[Any], T]) -> T: ...

    def add(self, kind: Kind, uuid: str = "", **fields: Any) -> str: ...

    def edit(self, uuid: str, **fields: Any) -> None: ...

    def recycle(self, uuid: str) -> None: ...

    def purge(self, uuid: str) -> None: ...

    def delete(self, uuid: str) -> None: ...

    def touch(self, uuid: str) -> None: ...


class InMemory:
    """The simulator's archive."""

    def __init__(self) -> None:
        self.archive = Archive()

    def commit(self, work: Callable[[Any], T]) -> T:
        return commit(self.archive, work)

    def add(self, kind: Kind, uuid: str = "", **fields: Any) -> str:
        uuid = uuid or new_uuid()
        size = fields.pop("bytes", None)
        original = (f"{size:064x}", size) if size else None
        self.archive.add(kind, uuid, fields, original)
        return uuid

    def edit(self, uuid: str, **fields: Any) -> None:
        self.archive.edit(uuid, fields)

    def recycle(self, uuid: str) -> None:
        self.archive.recycle(uuid)

    def purge(self, uuid: str) -> None:
        self.archive.purge(uuid)

    def delete(self, uuid: str) -> None:
        self.archive.delete(uuid)

    def touch(self, uuid: str) -> None:
        self.archive.touch(uuid)


class InDatabase:
    """An archive's database, with no file."""

    def __init__(self, folder: Path) -> None:
        (folder / "originals").mkdir(parents=True, exist_ok=True)  # else nothing goes
        self.archive = Database(folder, new_database(), new_uuid())
        self.connection = self.archive.connection
        self.sam = owner(self.connection)

    def commit(self, work: Callable[[Any], T]) -> T:
        return transaction(self.archive, PROJECT, work)

    def add(self, kind: Kind, uuid: str = "", **fields: Any) -> str:
        connection = self.connection
        uuid = uuid or new_uuid()
        with batch(connection, self.sam) as opened:
            if kind is Kind.PHOTO:
                return self._photo(opened, uuid, fields)
            name = str(fields["name"])
            if kind is Kind.ALBUM:
                private = bool(fields.get("private"))
                albums.put_album(connection, opened, name, private=private, uuid=uuid)
            elif kind is Kind.LOCATION:
                above = self.number("locations", fields.get("parent"))
                locations.put_location(connection, opened, name, above, uuid)
            else:
                trades.put_trade(connection, opened, name, uuid=uuid)
        return uuid

    def _photo(self, opened: Any, uuid: str, fields: dict[str, Any]) -> str:
        size = fields.pop("bytes", None)
        values = {
            "album_id": self.number("albums", fields.pop("album", None)) or 1,
            "location_id": self.number("locations", fields.pop("location", None)),
            **{name: value for name, value in fields.items() if name != "trades"},
        }
        if size:
            values["original_id"] = self.connection.execute(
                """
                insert into originals (sha256, extension, bytes, crc32, media_type,
                    kind, projection, stored_at)
                values (?, 'jpg', ?, 0, 'image/jpeg', 'image', 'regular', ?)
                """,
                (f"{size:064x}", size, opened.at),
            ).lastrowid
        number = insert_photo(self.connection, opened, uuid=uuid, **values)
        found = {self.number("trades", one) or 0 for one in fields.get("trades", ())}
        editing.set_trades(self.connection, number, found)
        return uuid

    def number(self, table: str, uuid: str | None) -> int | None:
        row = self.connection.execute(
            f"select id from {table} where uuid = ?", (uuid,)
        ).fetchone()
        return int(row[0]) if row else None

    def edit(self, uuid: str, **fields: Any) -> None:
        connection, sam = self.connection, self.sam
        with batch(connection, sam):
            album = self.number("albums", uuid)
            if album is not None:
                found = albums.find_album(connection, album)
                if "name" in fields:
                    albums.rename_album(connection, sam, found, fields["name"])
                if "private" in fields:
                    private = fields["private"]
                    albums.set_album_private(connection, sam, found, private=private)
                return
            edit = editing.Edit(**{n: self._said(n, v) for n, v in fields.items()})
            editing.edit_photos(connection, sam, [self.photo(uuid)], edit)

    def _said(self, name: str, value: Any) -> Any:
        if name == "album":
            return albums.find_album(self.connection, value or 1)
        if name == "location":
            return self.number("locations", value) or 0
        if name == "trades":
            return tuple(self.number("trades", one) or 0 for one in value)
        return "" if value is None else value

    def photo(self, uuid: str) -> int:
        return self.number("photos", uuid) or 0

    def recycle(self, uuid: str) -> None:
        with batch(self.connection, self.sam) as opened:
            editing.recycle_photos(
                self.connection, self.sam, opened, [self.photo(uuid)]
            )

    def purge(self, uuid: str) -> None:
        purging.purge_photos(self.archive, self.sam, [self.photo(uuid)])

    def delete(self, uuid: str) -> None:
        connection, sam = self.connection, self.sam
        with batch(connection, sam) as opened:
            album, place = self.number("albums", uuid), self.number("locations", uuid)
            if album is not None:
                found = albums.find_album(connection, album)
                albums.delete_album(connection, sam, opened, found)
            elif place is not None:
                where = locations.get_location(connection, place)
                locations.delete_location(connection, sam, where)

    def touch(self, uuid: str) -> None:
        with batch(self.connection, self.sam) as opened:
            number = self.photo(uuid)
            add_comment(self.connection, self.sam, opened, number, "Look at this")


MAKERS: dict[str, Callable[[Path], Both]] = {
    "memory": lambda _: InMemory(),
    "database": InDatabase,
}


def load(archive: Both, *uuids: str) -> list[Record]:
    def work(store: Store) -> list[Record]:
        return store.load(uuids)

    return archive.commit(work)
