"""The two places where people edit: a laptop's archive, and the remote's browser pages.

Both are spoken to in the same words, so that each act exists once. Records are named by
keys: uuids here, numbers there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from archive.errors import ArchiveError
from sync.records import Kind, Life, Value
from tests.sync.simulator.archive import Archive, Original
from tests.sync.simulator.remote import Refusal, Remote
from tests.sync.simulator.rows import UNCLASSIFIED

Key = Any
CANNOT = (ArchiveError, Refusal)  # the side does not let people do it
_SEEN = {  # what people write, and read before they do
    Kind.PHOTO: (
        *("description", "album", "location", "trades"),
        *("private", "starred", "log_date"),
    ),
    Kind.ALBUM: ("name", "private", "cover"),
    Kind.LOCATION: ("name", "parent"),
    Kind.TRADE: ("name", "active"),
}


class Side(Protocol):
    """Where somebody edits."""

    name: str

    def live(self, kind: Kind) -> list[Key]: ...

    def recycled(self) -> list[Key]: ...

    def fields(self, kind: Kind, key: Key) -> dict[str, Any]: ...

    def edit(self, kind: Kind, key: Key, fields: dict[str, Any]) -> None: ...

    def add(
        self, kind: Kind, key: str, fields: dict[str, Any], original: Original | None
    ) -> Key: ...

    def recycle(self, key: Key) -> None: ...

    def retrieve(self, key: Key) -> None: ...

    def purge(self, key: Key) -> None: ...

    def delete(self, kind: Kind, key: Key) -> None: ...

    def touch(self, key: Key) -> None: ...


@dataclass(frozen=True)
class Here:
    """A laptop's archive."""

    name: str
    archive: Archive

    def live(self, kind: Kind) -> list[str]:
        return sorted(self.archive.live(kind))

    def recycled(self) -> list[str]:
        rows = self.archive.rows.items()
        return sorted(u for u, row in rows if row.life is Life.RECYCLED)

    def fields(self, kind: Kind, key: str) -> dict[str, Value]:
        row = self.archive.rows[key]
        return {name: row.fields[name] for name in _SEEN[kind] if name in row.fields}

    def edit(self, _: Kind, key: str, fields: dict[str, Any]) -> None:
        self.archive.edit(key, fields)

    def add(
        self, kind: Kind, key: str, fields: dict[str, Any], original: Original | None
    ) -> str:
        facts: dict[str, Any] = {}
        if original is not None:
            facts = {"filename": f"IMG_{original[1]}.jpg", "bytes": original[1]}
        self.archive.add(kind, key, {**facts, **fields}, original)
        return key

    def recycle(self, key: str) -> None:
        self.archive.recycle(key)

    def retrieve(self, key: str) -> None:
        self.archive.retrieve(key)

    def purge(self, key: str) -> None:
        self.archive.purge(key)

    def delete(self, _: Kind, key: str) -> None:
        self.archive.delete(key)

    def touch(self, key: str) -> None:
        self.archive.touch(key)


@dataclass(frozen=True)
class There:
    """The remote, in somebody's browser."""

    name: str
    remote: Remote

    def live(self, kind: Kind) -> list[int]:
        rows = self.remote.rows
        if kind is Kind.PHOTO:
            return sorted(one.id for one in self.remote.live())
        if kind is Kind.ALBUM:
            return sorted(number for number in rows.albums if number != UNCLASSIFIED)
        return sorted(rows.places if kind is Kind.LOCATION else rows.trades)

    def recycled(self) -> list[int]:
        return sorted(
            one.id
            for one in self.remote.rows.images.values()
            if one.deleted is not None and not one.is_purged
        )

    def fields(self, kind: Kind, key: int) -> dict[str, Any]:
        rows = self.remote.rows
        row: Any = {
            Kind.PHOTO: rows.images,
            Kind.ALBUM: rows.albums,
            Kind.LOCATION: rows.places,
            Kind.TRADE: rows.trades,
        }[kind][key]
        found = {name: getattr(row, name) for name in _SEEN[kind]}
        if found.get("album") == UNCLASSIFIED:
            found["album"] = None
        return found

    def edit(self, kind: Kind, key: int, fields: dict[str, Any]) -> None:
        edits: dict[Kind, Any] = {
            Kind.PHOTO: self.remote.edit_image,
            Kind.ALBUM: self.remote.edit_album,
            Kind.LOCATION: self.remote.edit_place,
            Kind.TRADE: self.remote.edit_trade,
        }
        edits[kind](key, _numbered(fields))

    def add(
        self, kind: Kind, _: str, fields: dict[str, Any], original: Original | None
    ) -> int:
        if kind is Kind.PHOTO:
            assert original is not None
            name = f"IMG_{original[1]}.jpg"
            return self.remote.add_image(name, original, _numbered(fields)).id
        if kind is Kind.ALBUM:
            private = bool(fields.get("private"))
            return self.remote.add_album(fields["name"], private=private).id
        if kind is Kind.LOCATION:
            return self.remote.add_place(fields["name"], fields.get("parent")).id
        return self.remote.add_trade(fields["name"]).id

    def recycle(self, key: int) -> None:
        self.remote.recycle(key)

    def retrieve(self, key: int) -> None:
        self.remote.retrieve(key)

    def purge(self, key: int) -> None:
        self.remote.purge(key)

    def delete(self, kind: Kind, key: int) -> None:
        if kind is Kind.ALBUM:
            self.remote.delete_album(key)
        else:
            self.remote.delete_place(key)

    def touch(self, key: int) -> None:
        """There a comment moves nothing that the sync reads."""


def _numbered(fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields with an album of None as the one that stands for none."""
    if "album" in fields and fields["album"] is None:
        return {**fields, "album": UNCLASSIFIED}
    return fields
