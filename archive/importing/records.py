"""Writing the records of imported photos: original, photo, trades, source."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any

from archive.albums import UNCLASSIFIED_ID, Album, find_album, find_or_add_album
from archive.batches import Batch
from archive.clock import utc_now, wall_clock
from archive.errors import InvalidInput, NotFound, printable
from archive.facts import Facts
from archive.identity import clean_name, clean_text, name_key, new_uuid
from archive.importing.memory import Sources
from archive.importing.model import Found, ImportOptions
from archive.locations import find_location, find_or_add_location, split_path
from archive.originals import Staged
from archive.people import Person
from archive.rights import require
from archive.settings import get_setting
from archive.sqlite import sqlite3
from archive.trades import find_or_add_trade, find_trade

_FACTS = frozenset(f.name for f in fields(Facts))


@dataclass(frozen=True, slots=True)
class Ready:
    """A staged file with its facts, ready to be recorded.

    :param failure: why it has no renditions, or ""
    """

    found: Found
    staged: Staged
    facts: Facts
    failure: str


@dataclass(frozen=True, slots=True)
class _Filing:
    """Where the photos of an import go."""

    album: Album
    location_id: int | None
    trades: tuple[int, ...]
    private: bool


def facts_from(answer: Any) -> Facts:  # noqa: ANN401
    """Return facts as a worker process answered them.

    :raises ValueError: they are not such as our readers give (TypeError, KeyError
        likewise)
    """
    raw = answer["facts"]
    if not isinstance(raw, dict) or set(raw) != _FACTS:
        raise ValueError("these are no facts")
    return Facts(**{**raw, "warnings": tuple(raw["warnings"])})


class Writer:
    """Writes the records of one import's photos, all filed alike."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        archive_uuid: str,
        actor: Person,
        options: ImportOptions,
    ) -> None:
        self.connection = connection
        self.archive_uuid = archive_uuid
        self.actor = actor
        self.options = options
        self.import_id = 0
        self.reason = "import"
        self.description = clean_text(options.description)
        self._by_default = bool(get_setting(connection, "private_by_default"))
        self._check()

    def _check(self) -> None:
        """Refuse options before any file is touched.

        :raises NotAllowed: the actor may not star, or make what is missing
        :raises InvalidInput: a name that cannot be
        """
        options = self.options
        if options.starred:
            require(self.actor, "star")
        if options.album is not None and not self._has_album(options.album):
            clean_name(options.album, "album")
            require(self.actor, "create_album")
        if options.location is not None and not self._has_location(options.location):
            split_path(options.location)
            require(self.actor, "create_location")
            if not get_setting(self.connection, "locations_on_the_fly"):
                raise InvalidInput(
                    f"there is no location {options.location!r}, and by the settings"
                    " an import may not add it"
                )
        for trade in options.trades:
            self._check_trade(trade)

    def _has_album(self, name: str) -> bool:
        try:
            find_album(self.connection, name)
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

    def _filing(self, opened: Batch) -> _Filing:
        """Find where photos go, making what is missing. Asked for anew in each batch:
        between two of them somebody may have renamed or deleted it."""
        options, connection = self.options, self.connection
        album = (
            find_album(connection, UNCLASSIFIED_ID)
            if options.album is None
            else find_or_add_album(connection, self.actor, opened, options.album)
        )
        location = (
            None
            if options.location is None
            else find_or_add_location(connection, self.actor, opened, options.location)
        )
        trades = [
            find_or_add_trade(connection, self.actor, opened, t) for t in options.trades
        ]
        asked = self._by_default if options.private is None else options.private
        return _Filing(
            album,
            location.id if location else None,
            tuple(sorted({trade.id for trade in trades})),
            asked or album.private,
        )

    def add(self, opened: Batch, sources: Sources, ready: Ready) -> tuple[str, bool]:
        """Record a photo; returns its uuid and whether it is new.

        Not new: another process recorded the same bytes a moment ago.
        """
        twin = sources.photo_of(ready.staged.sha256)
        if twin is not None:
            sources.remember_duplicate(ready.found, self.import_id, ready.staged.sha256)
            return twin, False
        filing = self._filing(opened)
        original = self._add_original(opened, ready)
        uuid, photo = self._add_photo(opened, ready, filing, original)
        self.connection.executemany(
            "insert into photo_trades (photo_id, trade_id) values (?, ?)",
            [(photo, trade) for trade in filing.trades],
        )
        sources.remember(ready.found, self.import_id, "imported", None, original)
        return uuid, True

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
            "damage": facts.damage or (ready.failure or None),
            "details": json.dumps(details, ensure_ascii=False),
            "stored_at": opened.at,
        }
        return _insert(self.connection, "originals", values)

    def _add_photo(
        self, opened: Batch, ready: Ready, filing: _Filing, original: int
    ) -> tuple[str, int]:
        facts = ready.facts
        filename, raw = _filename(ready.found.name)
        uuid = new_uuid()
        assumed = wall_clock(utc_now())
        values = {
            "uuid": uuid,
            "original_id": original,
            "filename": filename,
            "filename_bytes": raw,
            "description": self.description,
            "album_id": filing.album.id,
            "location_id": filing.location_id,
            "uploader_id": self.actor.id,
            "private": int(filing.private),
            "starred": int(self.options.starred),
            "taken_at": facts.taken_at,
            "taken_offset": facts.taken_offset,
            "taken_source": _source(facts.taken_source),
            "assumed_at": assumed,
            "log_date": self._log_date(facts, filing, assumed),
            "latitude": facts.latitude,
            "longitude": facts.longitude,
            "position_source": _source(facts.position_source),
            "direction": facts.direction,
            "projection": facts.projection,
            "camera_id": self._camera(facts),
            "uploaded_at": opened.at,
            "updated_at": opened.at,
        }
        return uuid, _insert(self.connection, "photos", values)

    def _log_date(self, facts: Facts, filing: _Filing, assumed: str) -> str | None:
        """The day it was taken, else today; private photos are in no daily log."""
        if not self.options.daily_log or filing.private:
            return None
        return (facts.taken_at or assumed)[:10]

    def _camera(self, facts: Facts) -> int | None:
        name = camera_name(facts.camera_make, facts.camera_model)
        if name is None:
            return None
        self.connection.execute(
            "insert or ignore into cameras (name, name_key) values (?, ?)",
            (name, name_key(name)),
        )
        row = self.connection.execute(
            "select id from cameras where name_key = ?", (name_key(name),)
        ).fetchone()
        return int(row[0])

    def notes(self, ready: Ready) -> list[str]:
        """Return what a person should know of a photo that was imported."""
        notes = []
        if ready.facts.damage:
            notes.append(f"looks damaged: {ready.facts.damage}")
        if ready.failure:
            notes.append(f"has no thumbnail: {ready.failure}")
        if self.options.daily_log and self._is_private():
            notes.append("is not in the daily log, because it is private")
        return notes

    def _is_private(self) -> bool:
        options = self.options
        asked = self._by_default if options.private is None else options.private
        if options.album is None:
            return asked
        return asked or find_album(self.connection, options.album).private


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
