"""The close-out package: everything about some photos, in one bag.

All of it is read from a copy of the database that has nothing but what may be seen
(``copying``). So no page, list or picture can tell more than that.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from archive.cache import Cache, get_or_make, open_cache
from archive.clock import timestamp, utc_now, wall_clock
from archive.database import Archive, connect
from archive.errors import FileProblem, InvalidInput
from archive.export.manifest import csv_into, json_into
from archive.export.names import Taken, marked, safe_file, safe_folder, safe_name
from archive.export.package import offline, pages, readme
from archive.export.package.bags import (
    Bag,
    Item,
    into_folder,
    into_zip,
    item_at,
    item_of,
    read_through,
)
from archive.export.package.copying import copy_database
from archive.export.package.events import changes_as_events, events_of, history_lines
from archive.export.package.model import (
    PREVIEW,
    THUMBNAIL,
    TOLD,
    Known,
    Package,
    picture_of,
)
from archive.export.package.records import (
    FORMAT,
    Record,
    as_text,
    photo_records,
    project_record,
)
from archive.export.package.words import words_of
from archive.export.receipts import Receipt, receipt_of
from archive.export.sidecars import xmp
from archive.export.words import Words
from archive.export.writing import BEGUN, WHOLE, begun_at, writing
from archive.identity import new_uuid
from archive.originals import Stored, path_of
from archive.people import Person
from archive.photos import Photo, chunks, load_photos
from archive.plans import list_plans
from archive.rights import Viewer, allowed, require, viewer
from archive.settings import get_setting
from archive.sqlite import sqlite3
from archive.workers import Pool

Tell = Callable[[int, int], None]

ABSENT = "its file is not in the archive's folder"
CHANGED = "its file is not what it was when it was archived"
_WORKERS = 2


def _silent(done: int, of: int) -> None:
    """Say nothing of how far it is."""


def export_package(
    archive: Archive,
    who: Person,
    ids: Sequence[int] | None,
    out: Path,
    *,
    asked: str = "",
    language: str = "en",
    replace: bool = False,
    tell: Tell = _silent,
    now: datetime | None = None,
) -> Receipt:
    """Write a close-out package, as far as ``who`` may see.

    One that was killed is gone on with: what is to be in it is found out anew, and what
    is already there as it is to be is not written again.

    :param ids: of the photos; None: everything, with the recycle bin, all people and
        the whole history
    :param out: a folder; a zip if it is called so
    :param asked: which photos these are, in words; "": all
    :param language: of what it says; en where there is none
    :param tell: is told how many of how many are done; raises to end it
    :raises NotAllowed: ``who`` may not download photos, or not everything
    :raises InvalidInput: there are no photos
    :raises Conflict: ``out`` is there, and is not to be replaced
    :raises StoreError: it cannot be written
    :raises DamagedFile: a file changed while it was exported
    """
    require(who, "download")
    if ids is None:
        require_everything(who)
    now = now or utc_now()
    with writing(out, replace=replace, resume=(WHOLE, BEGUN)) as path:
        said = words_of(language)
        made = _Making(archive, who, ids, asked, path.parent, tell, now, said)
        with closing(made):
            written = _written(made, out, path)
    return receipt_of(
        out,
        "package",
        out.name,
        (made.whole, len(made.known)),
        missing=made.missing,
        written=written,
        now=now,
    )


def _written(made: _Making, out: Path, path: Path) -> tuple[int, str]:
    """Write all files of a package; returns bytes and the SHA-256 that seals them.

    :param out: as it will be called
    :param path: where it is written
    """
    begun = datetime.fromisoformat(wall_clock(begun_at(path, made.now)))
    bag = made.bag()
    items = bag.items(made.items())
    if out.suffix.lower() == ".zip":
        return into_zip(items, path, safe_name(out.stem, "package"), begun)
    into_folder(items, path)
    return bag.bytes, bag.seal


def require_everything(who: Person) -> None:
    """Refuse who may not see all that an archive has.

    :raises NotAllowed: says what they may not
    """
    for right in ("view_private", "retrieve", "history", "edit_people"):
        require(who, right)


@dataclass(slots=True)
class _Making:
    """A package on its way.

    :param folder: for what is needed meanwhile; cleared by who gave it
    :param missing: names of photos whose files are not in it, and why
    :param known: what lists and pages say of each photo, in their order
    """

    archive: Archive
    who: Person
    ids: Sequence[int] | None
    asked: str
    folder: Path
    tell: Tell
    now: datetime
    words: Words
    missing: list[tuple[str, str]] = field(default_factory=list)
    known: list[Known] = field(default_factory=list)
    whole: int = 0
    taken: Taken = field(default_factory=Taken)
    copy: Any = None
    package: Any = None

    def close(self) -> None:
        """Let go of the copy."""
        if self.copy is not None:
            self.copy.close()
            self.copy = None

    def bag(self) -> Bag:
        """Copy the database, and begin the bag."""
        path = self.folder / "archive.db"
        check = partial(self.tell, 0, self._asked())
        copy_database(self.archive, self.ids, path, viewer(self.who), check)
        self.copy = connect(path)
        self.package = self._about()
        return Bag(self.folder, readme.bag_info(self.package))

    def _asked(self) -> int:
        """Return how many photos it is to have."""
        if self.ids is not None:
            return len(self.ids)
        rows = self.archive.connection.execute("select count(*) from photos")
        return int(rows.fetchone()[0])

    def _about(self) -> Package:
        count = self.copy.execute("select count(*) from photos").fetchone()[0]
        if not count and self.ids is not None:
            raise InvalidInput("there are no photos to export")
        last = self.archive.connection.execute("select max(id) from batches").fetchone()
        history = allowed(self.who, "history")
        return Package(
            uuid=new_uuid(),
            archive_uuid=self.archive.uuid,
            title=str(get_setting(self.copy, "project_name") or "Project"),
            made_at=timestamp(self.now),
            made_by=self.who.name,
            photos=count,
            complete=self.ids is None,
            stars=allowed(self.who, "star"),
            changes=history,
            last_batch=last[0] or 0,
            asked=self.asked,
            language=self.words.language,
        )

    def items(self) -> Iterator[Item]:
        """Yield all files of the package but the bag's own."""
        wanted = self._numbers("sorted_at, uuid")
        lists = [self.folder / name for name in ("m.csv", "m.json", "events")]
        with open_cache(self.archive.folder) as cache, Pool(_WORKERS) as pool:
            draw = _Drawing(self.archive.originals, cache, pool)
            with (
                lists[0].open("wb") as table,
                lists[1].open("wb") as data,
                lists[2].open("wb") as events,
            ):
                yield from self._photos(wanted, draw, (table, data, events))
        for name, path in zip(
            ("manifest.csv", "manifest.json", "events.jsonl"), lists, strict=True
        ):
            yield item_at(f"data/{name}", path)
        yield from self._history()
        yield from self._plans()
        yield from self._project()
        yield from pages.items(self.package, self.known)
        yield from offline.items(self.package, self.known, list_plans_of(self.copy))
        yield from readme.items(self.package, len(self.missing))
        self.close()
        yield item_at("data/archive.db", self.folder / "archive.db")

    def _numbers(self, order: str) -> list[int]:
        rows = self.copy.execute(f"select id from photos order by {order}")
        return [row[0] for row in rows]

    def _photos(
        self,
        wanted: Sequence[int],
        draw: _Drawing,
        files: tuple[BinaryIO, BinaryIO, BinaryIO],
    ) -> Iterator[Item]:
        """Yield originals, sidecars and pictures, and write the lists."""
        table, data, events = files
        add_json, end_json = json_into(data)
        add_row: Callable[[Record], None] | None = None
        stars = self.package.stars
        # By their uuids, so that names stay as they are, in any archive
        names = self._names(self._numbers("uuid"))
        for done, (photo, record) in enumerate(self._records(wanted), 1):
            name = names.pop(photo.id)
            original = self._original(photo, name)
            record["file"] = original.name if original else None
            row = {"file": record["file"], **photo.as_json(stars=stars)}
            add_row = add_row or csv_into(table, row)
            add_row(row)
            add_json(row)
            self._tell_of(events, photo, record)
            if original:
                yield original
                self.whole += 1
            picture = draw.pictures(photo) if original else []
            yield from picture
            yield item_of(f"data/sidecars/{name}.json", as_text(record))
            yield item_of(f"data/sidecars/{name}.xmp", xmp(photo, stars=stars))
            told = {name: record[name] for name in TOLD}
            self.known.append(Known(photo, told, bool(picture), self.words))
            self.tell(done, len(wanted))
        end_json()

    def _records(self, wanted: Sequence[int]) -> Iterator[tuple[Photo, Record]]:
        for some in chunks(wanted):
            photos = load_photos(self.copy, some)
            records = photo_records(self.copy, some, stars=self.package.stars)
            for photo, (_, record) in zip(photos, records, strict=True):
                yield photo, record

    def _names(self, numbers: Sequence[int]) -> dict[int, str]:
        """Return each photo's path below ``originals``: album and name."""
        found = {}
        for some in chunks(numbers):
            for photo in load_photos(self.copy, some):
                found[photo.id] = self._name(photo)
        return found

    def _name(self, photo: Photo) -> str:
        folder = safe_folder(photo.album).replace("%", "_")  # see bags
        name = safe_file(photo.filename, photo.extension or "none", folder)
        path = f"{folder}/{name.replace('%', '_')}"
        mark, length = photo.uuid.replace("-", ""), 4
        wanted = path
        while not self.taken.take(wanted):
            wanted = marked(path, mark[-length:])
            length += 2
        return wanted

    def _original(self, photo: Photo, name: str) -> Item | None:
        """Return a photo's file after its bytes were checked; None: it is missing."""
        if photo.sha256 is None or photo.extension is None:
            self.missing.append((photo.filename, ABSENT))
            return None
        stored = Stored(photo.sha256, photo.extension)
        path = path_of(self.archive.originals, stored)
        try:
            read = read_through(path)
        except OSError:
            self.missing.append((photo.filename, ABSENT))
            return None
        if read.sha256 != photo.sha256:
            self.missing.append((photo.filename, CHANGED))
            return None
        return Item(f"data/originals/{name}", path, read.bytes, read.sha256, read.crc32)

    def _tell_of(self, events: BinaryIO, photo: Photo, record: Record) -> None:
        told = list(events_of(record, self.package))
        if self.package.changes:
            last = self.package.last_batch
            connection = self.archive.connection
            told += changes_as_events(connection, photo.id, photo.uuid, last)
        for one in sorted(told, key=lambda event: str(event["eventDateTime"])):
            line = json.dumps(one, ensure_ascii=False)
            events.write(f"{line}\n".encode("utf-8", "replace"))

    def _history(self) -> Iterator[Item]:
        if not self.package.complete:
            return
        path = self.folder / "history"
        with path.open("wb") as file:
            file.writelines(history_lines(self.copy))
        yield item_at("data/history.jsonl", path)
        rows = self.copy.execute("select id, uuid from packages order by id").fetchall()
        for number, uuid in rows:
            lines = self.copy.execute(
                "select line from package_lines where package_id = ? order by number",
                (number,),
            )
            with path.open("wb") as file:
                file.writelines(f"{line}\n".encode() for (line,) in lines)
            yield item_at(f"data/earlier/{uuid}/history.jsonl", path)

    def _plans(self) -> Iterator[Item]:
        for plan in list_plans_of(self.copy):
            path = plan.path(self.archive.folder)
            if path.is_file():
                yield item_at(f"data/maps/{path.name}", path)

    def _project(self) -> Iterator[Item]:
        record = {
            "format": FORMAT,
            "what": "asbuilt close-out package; README.txt says what lies where",
            **self.package.as_json(),
            "missing": [
                {"name": name, "reason": reason} for name, reason in self.missing
            ],
            **project_record(self.copy),
        }
        yield item_of("data/project.json", as_text(record))


def list_plans_of(copy: sqlite3.Connection) -> list[Any]:
    """Return the plans in a copy, which has only what may be seen."""
    return list_plans(copy, Viewer(0, everything=True, bin=True, stars=True))


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What gives the pictures of photos."""

    originals: Path
    cache: Cache
    pool: Pool

    def pictures(self, photo: Photo) -> list[Item]:
        """Return preview and thumbnail of a photo; none: there is no picture in it."""
        stored = Stored(photo.sha256 or "", photo.extension or "")
        path = path_of(self.originals, stored)
        try:
            made = [
                get_or_make(
                    self.cache, self.pool, path, stored.sha256, photo.rotation, name
                )
                for name in ("preview", "thumbnail")
            ]
        except FileProblem:
            return []
        return [
            item_of(f"data/{picture_of(photo.uuid, ending)}", rendition.data)
            for ending, rendition in zip((PREVIEW, THUMBNAIL), made, strict=True)
        ]
