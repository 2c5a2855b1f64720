"""Writing the records of imported photos: original, photo, trades, source."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from archive.albums import (
    UNCLASSIFIED_ID,
    Album,
    find_album,
    find_or_add_album,
    visible_album,
)
from archive.batches import Batch
from archive.clock import utc_now, wall_clock
from archive.errors import NotFound, printable
from archive.facts import Facts
from archive.identity import clean_name, clean_text, name_key, new_uuid
from archive.importing.answers import Ready
from archive.importing.memory import Sources
from archive.importing.model import ImportOptions
from archive.locations import find_location, find_or_add_location, split_path
from archive.moments import parse_date, parse_moment
from archive.originals import Stored
from archive.people import Person
from archive.rights import require, viewer
from archive.settings import get_setting
from archive.sqlite import sqlite3
from archive.trades import find_or_add_trade, find_trade

NOT_IN_THE_LOG = "is not in the daily log, because it is private"
NO_LOG_HERE = "is not in the daily log, because photos are private by default here"


@dataclass(frozen=True, slots=True)
class Filing:
    """Where the photos of one batch go, and as what.

    :param assumed_at: local time of the import
    :param log: in the daily log of their day
    """

    batch: Batch
    album: Album
    location_id: int | None
    trades: tuple[int, ...]
    private: bool
    assumed_at: str
    log: bool


class Added(NamedTuple):
    """A photo that was recorded."""

    id: int
    uuid: str
    original_id: int


class Writer:
    """Writes the records of one import's photos, all filed alike.

    :raises NotAllowed: the actor may not do what the options ask for
    :raises InvalidInput: an option that cannot be
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        sources: Sources,
        actor: Person,
        options: ImportOptions,
    ) -> None:
        self.connection = connection
        self.sources = sources
        self.actor = actor
        self.options = options
        self._description = clean_text(options.description)
        self._by_default = bool(get_setting(connection, "private_by_default"))
        self._taken = _told(options.taken_at) if options.taken_at else None
        self._log_date = parse_date(options.log_date) if options.log_date else None
        self._check()

    def _check(self) -> None:
        """Refuse options before any file is touched."""
        options = self.options
        if options.starred:
            require(self.actor, "star")
        if options.purged_too:  # who may not end a photo for good may not undo that
            require(self.actor, "purge")
        if options.album is not None and not self._has_album(options.album):
            clean_name(options.album, "album")
            require(self.actor, "create_album")
        if options.location is not None and not self._has_location(options.location):
            split_path(options.location)
            require(self.actor, "create_location")
            if not get_setting(self.connection, "locations_on_the_fly"):
                require(self.actor, "edit_locations")
        for trade in options.trades:
            self._check_trade(trade)

    def _has_album(self, name: str) -> bool:
        try:
            visible_album(self.connection, name, viewer(self.actor))
        except NotFound:
            return False
        return True

    def _has_location(self, path: str) -> bool:
        try:
            find_location(self.connection, path)
        except NotFound:
            return False
        return True

    def _check_trade(self, name: str) -> None:
        try:
            find_trade(self.connection, name)
        except NotFound:
            clean_name(name, "trade")
            require(self.actor, "edit_trades")

    def file_under(self, opened: Batch) -> Filing:
        """Find where photos go, making what is missing.

        Asked for anew in each batch: between two of them somebody may have renamed or
        deleted it.
        """
        options, connection, actor = self.options, self.connection, self.actor
        album = (
            find_album(connection, UNCLASSIFIED_ID)
            if options.album is None
            else find_or_add_album(connection, actor, opened, options.album)
        )
        location = (
            None
            if options.location is None
            else find_or_add_location(connection, actor, opened, options.location)
        )
        trades = [
            find_or_add_trade(connection, actor, opened, t) for t in options.trades
        ]
        return self.filed(
            opened,
            album,
            location.id if location else None,
            (trade.id for trade in trades),
        )

    def filed(
        self,
        opened: Batch,
        album: Album,
        location_id: int | None,
        trades: Iterable[int],
    ) -> Filing:
        """Return where photos go when that is known, with what follows from it."""
        options = self.options
        asked = self._by_default if options.private is None else options.private
        private = asked or album.private
        return Filing(
            opened,
            album,
            location_id,
            tuple(sorted(set(trades))),
            private,
            wall_clock(utc_now()),
            options.daily_log and not private and not self._by_default,
        )

    def stored_as(self, ready: Ready) -> Stored:
        """Return the name of its original; one that is known keeps its extension."""
        row = self.connection.execute(
            "select extension from originals where sha256 = ?", (ready.staged.sha256,)
        ).fetchone()
        return Stored(ready.staged.sha256, row[0] if row else ready.facts.extension)

    def add(self, filing: Filing, ready: Ready) -> str:
        """Record a photo, and where it came from; returns its uuid."""
        added = self.write(filing, ready)
        self.sources.remember(ready.found, "imported", None, added.original_id)
        return added.uuid

    def write(self, filing: Filing, ready: Ready) -> Added:
        """Record a photo."""
        original = self.original(filing.batch, ready)
        uuid, photo = self._add_photo(filing, ready, original)
        self.connection.executemany(
            "insert into photo_trades (photo_id, trade_id) values (?, ?)",
            [(photo, trade) for trade in filing.trades],
        )
        return Added(photo, uuid, original)

    def original(self, opened: Batch, ready: Ready) -> int:
        """Return the id of a file's record, which may be there for another photo."""
        row = self.connection.execute(
            "select id from originals where sha256 = ?", (ready.staged.sha256,)
        ).fetchone()
        return int(row[0]) if row else self._add_original(opened, ready)

    def _add_original(self, opened: Batch, ready: Ready) -> int:
        facts, staged = ready.facts, ready.staged
        details = dict(facts.details)
        if facts.warnings:
            details["warnings"] = "; ".join(facts.warnings)
        values = {
            "sha256": staged.sha256,
            "extension": facts.extension,
            "bytes": staged.bytes,
            "crc32": staged.crc32,
            "media_type": facts.media_type,
            "kind": facts.kind,
            "width": facts.width,
            "height": facts.height,
            "orientation": facts.orientation,
            "turned": facts.turned,
            "taken_at": facts.taken_at,
            "taken_offset": facts.taken_offset,
            "taken_source": facts.taken_source,
            "latitude": facts.latitude,
            "longitude": facts.longitude,
            "altitude": facts.altitude,
            "position_source": facts.position_source,
            "direction": facts.direction,
            "camera_make": facts.camera_make,
            "camera_model": facts.camera_model,
            "lens": facts.lens,
            "projection": facts.projection,
            "damage": facts.damage or ready.failure or None,
            "details": json.dumps(details, ensure_ascii=False),
            "stored_at": opened.at,
        }
        return _insert(self.connection, "originals", values)

    def _add_photo(
        self, filing: Filing, ready: Ready, original: int
    ) -> tuple[str, int]:
        facts, at = ready.facts, filing.batch.at
        filename, raw = _filename(ready.found.name)
        uuid = new_uuid()
        taken_at, offset, source = self._taken_at(facts)
        day = self._log_date or (taken_at or filing.assumed_at)[:10]
        values = {
            "uuid": uuid,
            "original_id": original,
            "filename": filename,
            "filename_bytes": raw,
            "description": self._description,
            "album_id": filing.album.id,
            "location_id": filing.location_id,
            "uploader_id": self.actor.id,
            "private": int(filing.private),
            "starred": int(self.options.starred),
            "taken_at": taken_at,
            "taken_offset": offset,
            "taken_source": source,
            "assumed_at": filing.assumed_at,
            "log_date": day if filing.log else None,
            "latitude": facts.latitude,
            "longitude": facts.longitude,
            "position_source": _source(facts.position_source),
            "direction": facts.direction,
            "projection": facts.projection,
            "camera_id": self.camera(facts),
            "uploaded_at": at,
            "updated_at": at,
        }
        return uuid, _insert(self.connection, "photos", values)

    def _taken_at(self, facts: Facts) -> tuple[str | None, str | None, str | None]:
        """When a photo was taken, its offset, and who says so."""
        if self._taken is None or (self.options.undated_only and facts.taken_at):
            return facts.taken_at, facts.taken_offset, _source(facts.taken_source)
        day, clock, offset = self._taken
        if clock is None:
            clock = facts.taken_at[10:] if facts.taken_at else "T00:00:00"
            offset = facts.taken_offset
        return f"{day}{clock}", offset, "person"

    def camera(self, facts: Facts) -> int | None:
        """Return the id of the camera that took a photo; None: it is not known."""
        name = camera_name(facts.camera_make, facts.camera_model)
        if name is None:
            return None
        key = name_key(name)
        row = self.connection.execute(
            "select id from cameras where name_key = ?", (key,)
        ).fetchone()
        if row:
            return int(row[0])
        return _insert(self.connection, "cameras", {"name": name, "name_key": key})

    def notes(self, filing: Filing, ready: Ready) -> list[str]:
        """Return what a person should know of a photo that was imported."""
        notes = []
        if ready.facts.damage:
            notes.append(f"looks damaged: {ready.facts.damage}")
        if ready.failure:
            notes.append(f"has no thumbnail: {ready.failure}")
        if self.options.daily_log and not filing.log:
            notes.append(NOT_IN_THE_LOG if filing.private else NO_LOG_HERE)
        return notes


def _told(moment: str) -> tuple[str, str | None, str | None]:
    """Return the day, the time of day and the offset that a person gave.

    :raises InvalidInput: neither a time nor a day
    """
    if len(moment.strip()) <= len("2026-03-09"):
        return parse_date(moment.strip()), None, None
    local, offset = parse_moment(moment)
    return local[:10], local[10:], offset


def camera_name(make: str | None, model: str | None) -> str | None:
    """Return make and model as one name, the make not said twice."""
    if not model:
        return make or None
    if not make or name_key(model).startswith(name_key(make).split(" ")[0]):
        return model
    return f"{make} {model}"


def _source(tag: str | None) -> str | None:
    return f"file: {tag}" if tag else None


def _filename(name: bytes) -> tuple[str, bytes | None]:
    """A file's name as text, and its bytes when they are not UTF-8."""
    try:
        return name.decode("utf-8"), None
    except UnicodeDecodeError:
        return printable(name.decode("utf-8", "surrogateescape")), name


def _insert(
    connection: sqlite3.Connection, table: str, values: dict[str, object]
) -> int:
    columns, marks = ", ".join(values), ", ".join("?" * len(values))
    cursor = connection.execute(
        f"insert into {table} ({columns}) values ({marks})", tuple(values.values())
    )
    return int(cursor.lastrowid or 0)
