"""A laptop's archive in memory: its records, the rules it keeps, and who edits it.

The rules are those of ``schema.sql`` and of the modules of ``archive``: what lies in a
private album is private, what is private is in no daily log, names are unique in their
scope, locations close no circle, an album is deleted when nothing is in it, photos go
by way of the bin, and whoever was purged leaves a tombstone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from archive.errors import Conflict as Refused
from archive.errors import NotFound
from archive.identity import name_key
from sync.clashes import name_place
from sync.conflicts import Conflict
from sync.identity import Project
from sync.records import (
    NOWHERE,
    Base,
    Fields,
    Kind,
    Life,
    Value,
    Version,
    empty_fields,
)
from sync.store import Decided, Intent, Seen, Trouble
from tests.sync.simulator.tables import Table, Undo

Original = tuple[str, int]  # SHA-256 and bytes
UNCLASSIFIED = "Unclassified"
PROJECT = Project(7, 7)


@dataclass
class Archive:
    """What is in ``archive.db``, and in ``originals``.

    :param rows: every record here by its uuid; one that was purged as a tombstone
    :param originals: of photos whose bytes are here
    :param blobs: every original that was ever stored: bytes by SHA-256
    :param gone: how records were shown last whose numbers are others' by now
    :param dirty: changed here since ``take_in``; ``touched`` likewise, in what is not
        exchanged, since the base
    """

    project: Project = PROJECT
    undo: Undo = field(default_factory=Undo)
    blobs: dict[str, int] = field(default_factory=dict)
    is_taken_in: bool = False

    def __post_init__(self) -> None:
        undo = self.undo
        self.kinds: Table[str, Kind] = Table(undo)
        self.rows: Table[str, Version] = Table(undo)
        self.places: Table[str, int] = Table(undo)
        self.originals: Table[str, Original] = Table(undo)
        self.thumbnails: Table[str, None] = Table(undo)
        self.dirty: Table[str, None] = Table(undo)
        self.touched: Table[str, None] = Table(undo)
        self.bases: Table[str, Base] = Table(undo)
        self.links: Table[tuple[Kind, int], str] = Table(undo)
        self.numbers: Table[str, int] = Table(undo)
        self.seen: Table[tuple[Kind, int], Seen] = Table(undo)
        self.gone: Table[str, Seen] = Table(undo)
        self.pending: Table[str, None] = Table(undo)
        self.intents: Table[str, Intent] = Table(undo)
        self.aside: Table[str, Trouble] = Table(undo)
        self.bytes_aside: Table[str, Trouble] = Table(undo)
        self.conflicts: Table[str, tuple[Conflict, ...]] = Table(undo)
        self.decided: Table[str, Decided] = Table(undo)
        self.closed: Table[str, str] = Table(undo)
        self.reasons: Table[str, str] = Table(undo)
        self.memory: Table[str, object] = Table(undo)

    # -- what is here -----------------------------------------------------------------

    def live(self, kind: Kind) -> Iterator[str]:
        """Yield the uuids of what is active."""
        for uuid, row in self.rows.items():
            if row.life is Life.ACTIVE and self.kinds[uuid] is kind:
                yield uuid

    def is_live(self, uuid: str, kind: Kind) -> bool:
        """Whether there is such a record, and it is active."""
        row = self.rows.get(uuid)
        return row is not None and row.life is Life.ACTIVE and self.kinds[uuid] is kind

    def place(self, uuid: str) -> int:
        """Return the place of a record in the order of all: when it was first met."""
        if uuid not in self.places:
            self.places[uuid] = len(self.places) + 1
        return self.places[uuid]

    def named(self, key: tuple[str, str, str]) -> str | None:
        """Return who has a name in its scope (``clashes.name_place``)."""
        for uuid, row in self.rows.items():
            kind = self.kinds[uuid]
            if kind is Kind.PHOTO or row.life is not Life.ACTIVE:
                continue
            if name_place(kind, row.fields) == key:
                return uuid
        return None

    # -- how a record becomes another -------------------------------------------------

    def put(self, kind: Kind, uuid: str, row: Version) -> list[str]:
        """Write a record as the archive's own rules let it be.

        :return: photos that another record's change changed, too
        :raises ArchiveError: they do not
        """
        before = self.rows.get(uuid, NOWHERE)
        if row.life is Life.ACTIVE:
            self._check(kind, uuid, row)
        elif kind is not Kind.PHOTO and before.life is Life.ACTIVE:
            self._empty(kind, uuid)
        self.kinds[uuid] = kind
        self.place(uuid)
        self.rows[uuid] = row
        is_hiding = row.fields.get("private") and not before.fields.get("private")
        if kind is Kind.ALBUM and row.life is Life.ACTIVE and is_hiding:
            return self._hide_photos(uuid)
        return []

    def _check(self, kind: Kind, uuid: str, row: Version) -> None:
        if kind is Kind.PHOTO:
            self._check_photo(row.fields)
            return
        name = str(row.fields["name"])
        key = name_place(kind, row.fields)
        if not name.strip():
            raise Refused("the name is empty")
        taken = self.named(key) not in (None, uuid)
        if taken or key == (Kind.ALBUM, "False", name_key(UNCLASSIFIED)):
            raise Refused(f"there is a {kind} {name!r} already")
        if kind is Kind.LOCATION:
            self._check_tree(uuid, row.fields["parent"])

    def _check_photo(self, fields: Fields) -> None:
        album, location = fields["album"], fields["location"]
        if album is not None:
            self._require(str(album), Kind.ALBUM)
            if self.rows[str(album)].fields["private"] and not fields["private"]:
                raise Refused("a photo in a private album is private")
        if location is not None:
            self._require(str(location), Kind.LOCATION)
        for trade in members(fields["trades"]):
            self._require(trade, Kind.TRADE)
        if fields["private"] and fields["log_date"] is not None:
            raise Refused("a private photo is in no daily log")

    def _require(self, uuid: str, kind: Kind) -> None:
        if not self.is_live(uuid, kind):
            raise NotFound(f"there is no {kind} {uuid}")

    def _check_tree(self, uuid: str, parent: Value) -> None:
        at, seen = parent, set()
        while at is not None:
            self._require(str(at), Kind.LOCATION)
            if at == uuid:
                raise Refused("a location cannot lie below itself")
            assert at not in seen, "there is a circle already"
            seen.add(at)
            at = self.rows[str(at)].fields["parent"]

    def _empty(self, kind: Kind, uuid: str) -> None:
        """Refuse to delete what is used; what is in the bin lets it go."""
        name = HOLDS.get(kind)
        if name is None:
            raise Refused("trades stay")
        for other, row in list(self.rows.items()):
            if row.fields.get("parent") == uuid and row.life is Life.ACTIVE:
                raise Refused("there are locations below it")
            if row.fields.get(name) != uuid or self.kinds[other] is not Kind.PHOTO:
                continue
            if row.life is Life.ACTIVE:
                raise Refused(f"there are photos in the {kind}")
            self.rows[other] = replace(row, fields={**row.fields, name: None})

    def _hide_photos(self, album: str) -> list[str]:
        hidden = []
        for uuid, row in list(self.rows.items()):
            fields = row.fields
            is_shown = fields.get("album") == album and not fields["private"]
            if is_shown or (fields.get("album") == album and fields["log_date"]):
                self.rows[uuid] = replace(row, fields=hide(fields))
                hidden.append(uuid)
        return hidden

    # -- what people do, each in a transaction of its own -----------------------------

    def add(
        self, kind: Kind, uuid: str, fields: Fields, original: Original | None = None
    ) -> None:
        """Import a photo, or make an album, a location or a trade."""
        row = Version(Life.ACTIVE, {**empty_fields(kind), **fields})

        def work() -> None:
            self._change(kind, uuid, row)
            if original is not None:
                self.keep(uuid, original)

        self.undo.run(work)

    def keep(self, uuid: str, original: Original) -> None:
        """Store the bytes of a photo: once, and for good."""
        self.blobs[original[0]] = original[1]
        self.originals[uuid] = original
        self.bytes_aside.drop(uuid)

    def edit(self, uuid: str, fields: Fields) -> None:
        """Change fields, as a person may; what is made private leaves the log."""
        row = self.rows[uuid]
        if row.life is not Life.ACTIVE:
            raise NotFound("there is no such record")
        after = {**row.fields, **fields}
        if self.kinds[uuid] is Kind.PHOTO:
            album = self.rows.get(str(after["album"]), NOWHERE)
            if album.fields.get("private") and "album" in fields:
                after["private"] = True  # edge rule 5
            if after["private"] and "log_date" not in fields:
                after["log_date"] = None
        kind = self.kinds[uuid]
        self.undo.run(lambda: self._change(kind, uuid, replace(row, fields=after)))

    def recycle(self, uuid: str) -> None:
        """Put a photo into the bin."""
        row = self.rows[uuid]
        self.undo.run(
            lambda: self._change(Kind.PHOTO, uuid, replace(row, life=Life.RECYCLED))
        )

    def retrieve(self, uuid: str) -> None:
        """Take a photo out of the bin; its album may be private by now."""
        row = self.restored(self.rows[uuid])
        self.undo.run(lambda: self._change(Kind.PHOTO, uuid, row))

    def restored(self, row: Version) -> Version:
        """Return a photo as it comes out of the bin."""
        album = self.rows.get(str(row.fields["album"]), NOWHERE)
        fields = hide(row.fields) if album.fields.get("private") else row.fields
        return replace(row, life=Life.ACTIVE, fields=fields)

    def purge(self, uuid: str) -> None:
        """End a photo that is in the bin: its bytes go when no other has them."""

        def work() -> None:
            self._change(Kind.PHOTO, uuid, Version(Life.PURGED))
            self.originals.drop(uuid)

        original = self.originals.get(uuid)
        self.undo.run(work)
        if original is not None and original not in self.originals.values():
            self.blobs.pop(original[0], None)

    def delete(self, uuid: str) -> list[str]:
        """Delete an album, whose photos go to the bin, or a location without any.

        :return: those photos
        """
        kind = self.kinds[uuid]
        inside = [one for one in self.live(Kind.PHOTO) if self._is_in(one, uuid)]

        def work() -> None:
            for one in inside:
                if kind is not Kind.ALBUM:
                    raise Refused("photos use it")
                row = self.rows[one]
                fields = {**row.fields, "album": None}
                self._change(Kind.PHOTO, one, Version(Life.RECYCLED, fields))
            self._change(kind, uuid, Version(Life.PURGED))

        self.undo.run(work)
        return inside if kind is Kind.ALBUM else []

    def _is_in(self, photo: str, uuid: str) -> bool:
        fields = self.rows[photo].fields
        return uuid in (fields["album"], fields["location"])

    def touch(self, uuid: str) -> None:
        """Change what is not exchanged: a comment, a mark-up, the rotation."""
        self.undo.run(lambda: self.touched.__setitem__(uuid, None))

    def decide(self, decided: Decided) -> None:
        """Decide about a conflict; the next run carries it out."""
        self.undo.run(lambda: self.decided.__setitem__(decided.id, decided))

    def _change(self, kind: Kind, uuid: str, row: Version) -> None:
        for one in (uuid, *self.put(kind, uuid, row)):
            self.dirty[one] = None

    # -- what drivers do --------------------------------------------------------------

    def land(self, uuid: str, original: Original) -> bool:
        """Keep an original that came whole; whether the photo still waits for it."""
        if not self.is_live(uuid, Kind.PHOTO) or uuid in self.originals:
            return False
        self.undo.run(lambda: self.keep(uuid, original))
        return True


HOLDS: Mapping[Kind, str] = {Kind.ALBUM: "album", Kind.LOCATION: "location"}


def hide(fields: Fields) -> dict[str, Value]:
    """Return the fields of a photo as private, and in no daily log."""
    return {**fields, "private": True, "log_date": None}


def members(value: Value) -> frozenset[str]:
    """Return a set's members."""
    return value if isinstance(value, frozenset) else frozenset()
