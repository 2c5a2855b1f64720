"""Which files an export of photos has: originals or copies, and the lists beside."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from archive.copying import crc32_of, is_as_archived
from archive.errors import InvalidInput
from archive.export.copies import (
    COPIED,
    STRIPPED,
    Copy,
    check_kind,
    copies_of,
)
from archive.export.drawn import Drawing
from archive.export.manifest import csv_into, json_into
from archive.export.naming import LIKE_ALBUMS, Names, name_template, names_of
from archive.export.promised import ABSENT, CHANGED
from archive.export.receipts import Content
from archive.export.selection import visible
from archive.export.sidecars import ENDING, xmp
from archive.export.zips import Entry, entry_of
from archive.markups import Markup, drawn_on, list_markups
from archive.originals import Stored, path_of
from archive.photos import Photo, chunks, load_photos
from archive.rights import Viewer
from archive.sqlite import sqlite3

MANIFEST = "manifest.csv"
MANIFEST_JSON = "manifest.json"
KEPT_BACK = "it cannot be stripped"  # what goes with the reason
NOT_DRAWN = "there is no copy with its markups"  # likewise
SIDECARS = ("xmp",)
# Of stripped copies the lists say no more than the copies do.
_TELLING = ("lat", "lon", "direction", "camera", "uploaded_by", "comments", "markups")


@dataclass(frozen=True, slots=True)
class Packaging:
    """How photos are packed.

    :param names: a template, as ``archive.export.naming`` reads it
    :param sidecars: "xmp", or "" for none
    :param copies: "captioned" or "stripped" instead of the originals; "" for these
    :param markups: beside each photo on which something is drawn a copy that shows it
    """

    names: str = LIKE_ALBUMS
    sidecars: str = ""
    copies: str = ""
    markups: bool = False

    def check(self) -> None:
        """Refuse what cannot be.

        :raises InvalidInput: an unknown field, kind of copies or of sidecars
        """
        name_template(self.names)
        check_kind(self.copies)
        if self.sidecars and self.sidecars not in SIDECARS:
            raise InvalidInput(f"sidecars are xmp, not {self.sidecars!r}")
        if self.sidecars and self.copies == STRIPPED:
            raise InvalidInput(
                "sidecars would tell what is stripped from the copies",
                key="stripped_sidecars",
            )
        if self.markups and self.copies == STRIPPED:
            raise InvalidInput(
                "markups would tell what is stripped from the copies",
                key="stripped_markups",
            )


AS_THEY_ARE = Packaging()


@dataclass(frozen=True, slots=True)
class Packed:
    """A photo on its way: its row in the lists, and its files.

    :param entry: None: it is not in the export, and why
    :param sha256: of the entry
    :param beside: a sidecar, and a copy that shows the markups
    :param note: what is told of it besides
    """

    photo: Photo
    row: dict[str, Any]
    entry: Entry | None
    sha256: str
    beside: tuple[Entry, ...] = ()
    why: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where an export comes from, for whom, and how it is packed.

    :param altered: ids of photos whose files are not what they were
    :param draw: makes the copies that show markups
    """

    connection: sqlite3.Connection
    originals: Path
    who: Viewer | None
    packaging: Packaging
    names: Names
    altered: set[int] = field(default_factory=set)
    draw: Drawing | None = None

    @property
    def stars(self) -> bool:
        """Whether the viewer may see stars."""
        return self.who is not None and self.who.stars


@dataclass(frozen=True, slots=True)
class _File:
    """What the archive has of a photo's file besides its record."""

    crc32: int
    turned: int


@dataclass(frozen=True, slots=True)
class _Item:
    """A photo to be packed.

    :param number: in the export, from 1
    :param made: its copy, or why there is none; None: not tried
    """

    photo: Photo
    number: int
    file: _File | None
    made: Copy | str | None
    said: list[dict[str, Any]]
    drawn: list[Markup]


def packed_of(source: Source, ids: Sequence[int]) -> Iterator[Packed]:
    """Yield what is packed of each photo, all of which the viewer may see."""
    number = 0
    for some in chunks(ids):
        files = _files(source.connection, some)
        photos = load_photos(source.connection, some)
        copies = _copies(source, photos, files)
        said = _comments(source.connection, some)
        drawn = list_markups(source.connection, some)
        for photo in photos:
            number += 1
            which = photo.id
            file, made = files.get(which), copies.get(which)
            told = said.get(which, []), drawn.get(which, [])
            yield _one(source, _Item(photo, number, file, made, *told))


def _one(source: Source, item: _Item) -> Packed:
    photo, made, packaging = item.photo, item.made, source.packaging
    path = _path(source.originals, photo)
    if item.file is None or path is None or not path.is_file():
        return _left_out(source, item, ABSENT)
    if photo.id in source.altered:
        return _left_out(source, item, CHANGED)
    note = ""
    if packaging.copies and not isinstance(made, Copy):
        if packaging.copies == STRIPPED:
            return _left_out(source, item, f"{KEPT_BACK} ({made or 'only JPEGs can'})")
        note = f"as it came, without its caption ({made or 'only JPEGs have them'})"
    name = source.names(photo, item.number)
    moment = datetime.fromisoformat(photo.shown_at[:19])
    if isinstance(made, Copy):
        entry = Entry(name, made, made.size, made.crc32, moment)
        sha256 = made.sha256
    else:
        entry = Entry(name, path, photo.bytes or 0, item.file.crc32, moment)
        sha256 = photo.sha256 or ""
    beside = []
    if packaging.sidecars:
        data = xmp(photo, stars=source.stars)
        beside.append(entry_of(f"{name}.{ENDING}", data, moment))
    shown = None
    if source.draw and item.drawn:
        copy = source.draw(photo, path, item.file.crc32, item.drawn)
        if isinstance(copy, bytes):
            shown = source.names.drawn[photo.id]
            beside.append(entry_of(shown, copy, moment))
        else:
            note = "; ".join(filter(None, (note, f"{NOT_DRAWN} ({copy})")))
    row = _told(source, item, name, sha256, shown)
    return Packed(photo, row, entry, sha256, tuple(beside), note=note)


def _left_out(source: Source, item: _Item, why: str) -> Packed:
    return Packed(item.photo, _told(source, item, None, ""), None, "", why=why)


def _told(
    source: Source,
    item: _Item,
    name: str | None,
    sha256: str,
    shown: str | None = None,
) -> dict[str, Any]:
    """Return what the lists say of a photo, the name of its file first.

    :param shown: the name of the copy with its markups
    """
    row = item.photo.as_json(stars=source.stars)
    row |= {"comments": item.said, "markups": [_markup(one) for one in item.drawn]}
    file: dict[str, Any] = {"file": name}
    if source.packaging.markups:
        file["drawn_file"] = shown
    if source.packaging.copies:
        file["file_sha256"] = sha256 or None
    if source.packaging.copies == STRIPPED:
        row = {key: value for key, value in row.items() if key not in _TELLING}
    return {**file, **row}


def _copies(
    source: Source, photos: Sequence[Photo], files: dict[int, _File]
) -> dict[int, Copy | str]:
    if not source.packaging.copies:
        return {}
    wanted = []
    for photo in photos:
        path, file = _path(source.originals, photo), files.get(photo.id)
        if photo.media_type != COPIED or not file or not path or not path.is_file():
            continue
        if is_as_archived(path, file.crc32, photo.bytes or 0):
            wanted.append((photo, path, file.turned))
        else:
            source.altered.add(photo.id)
    return copies_of(wanted, source.packaging.copies)


@dataclass(slots=True)
class Packing:
    """An export that is packed as it is written, so in little memory.

    :param folder: where the lists are kept until they are packed, last
    :param altered: photos that are left out, since their files are not what they were
    :param contents: the photos that were packed; then the lists
    :param missing: photos that are not in it, with reasons
    :param notes: photos that are in it otherwise than they were to be
    """

    connection: sqlite3.Connection
    originals: Path
    who: Viewer | None
    folder: Path
    now: datetime
    packaging: Packaging = AS_THEY_ARE
    altered: set[int] = field(default_factory=set)
    contents: list[Content] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    done: int = 0

    def anew(self, altered: set[int]) -> Packing:
        """Return one that begins again, without these photos."""
        return Packing(
            self.connection,
            self.originals,
            self.who,
            self.folder,
            self.now,
            self.packaging,
            altered,
        )

    def entries(self, ids: Sequence[int]) -> Iterator[Entry]:
        """Yield the files of photos as far as the viewer may see them; once."""
        self.packaging.check()
        paths = [self.folder / MANIFEST, self.folder / MANIFEST_JSON]
        with ExitStack() as files:
            table, data = (files.enter_context(path.open("wb")) for path in paths)
            yield from self._photos(ids, table, data)
        for path in paths:
            entry = _listed(path.name, path, self.now)
            self.contents.append(_content(entry, path))
            yield entry

    def _photos(
        self, ids: Sequence[int], table: BinaryIO, data: BinaryIO
    ) -> Iterator[Entry]:
        add_json, end_json = json_into(data)
        add_csv = None
        seen = visible(self.connection, ids, self.who)
        drawn = drawn_on(self.connection, seen) if self.packaging.markups else []
        names = names_of(self.connection, seen, self.packaging.names, drawn=drawn)
        with Drawing(self.folder) as draw:
            source = Source(
                self.connection,
                self.originals,
                self.who,
                self.packaging,
                names,
                self.altered,
                draw if self.packaging.markups else None,
            )
            for one in packed_of(source, seen):
                add_csv = add_csv or csv_into(table, one.row)
                add_csv(one.row)
                add_json(one.row)
                yield from self._files(one)
                self.done += 1
        end_json()

    def _files(self, one: Packed) -> Iterator[Entry]:
        if one.entry is None:
            self.missing.append((one.photo.filename, one.why))
            return
        if one.note:
            self.notes.append((one.photo.filename, one.note))
        self.contents.append(Content(one.entry.name, one.entry.size, one.sha256))
        yield one.entry
        for entry in one.beside:
            self.contents.append(_said(entry))
            yield entry


def _said(entry: Entry) -> Content:
    """Return what a receipt has of a file that was in memory."""
    data = entry.source if isinstance(entry.source, bytes) else b""
    return Content(entry.name, entry.size, hashlib.sha256(data).hexdigest())


def find_altered(
    connection: sqlite3.Connection, originals: Path, ids: Sequence[int]
) -> set[int]:
    """Return which photos have files that are not what was archived.

    :raises StoreError: one cannot be read
    """
    found = set()
    for some in chunks(ids):
        files = _files(connection, some)
        for photo in load_photos(connection, some):
            path = _path(originals, photo)
            if photo.id in files and path and path.is_file():
                crc32 = files[photo.id].crc32
                if not is_as_archived(path, crc32, photo.bytes or 0):
                    found.add(photo.id)
    return found


def _listed(name: str, path: Path, now: datetime) -> Entry:
    crc, size = crc32_of(path)
    return Entry(name, path, size, crc, now)


def _content(entry: Entry, path: Path) -> Content:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Content(entry.name, entry.size, digest)


def _files(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, _File]:
    marks = ", ".join("?" * len(ids))
    rows = connection.execute(
        f"""
        select p.id, o.crc32, o.turned
        from photos p join originals o on o.id = p.original_id where p.id in ({marks})
        """,
        list(ids),
    )
    return {row[0]: _File(row[1], row[2]) for row in rows}


def _comments(
    connection: sqlite3.Connection, ids: Sequence[int]
) -> dict[int, list[dict[str, Any]]]:
    """Return what was said of photos, oldest first."""
    marks = ", ".join("?" * len(ids))
    rows = connection.execute(
        f"""
        select c.photo_id, u.name, c.created_at, c.body
        from comments c left join people u on u.id = c.author_id
        where c.photo_id in ({marks}) order by c.id
        """,
        list(ids),
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for photo, author, at, body in rows:
        comment = {"author": author, "created_at": at, "body": body}
        found.setdefault(photo, []).append(comment)
    return found


def _markup(markup: Markup) -> dict[str, Any]:
    """Return one thing that is drawn, as the lists have it (units: docs/format.md)."""
    names = ("author", "created_at", "kind", "colour", "width", "points", "text")
    return {name: getattr(markup, name) for name in names}


def _path(originals: Path, photo: Photo) -> Path | None:
    if photo.sha256 is None or photo.extension is None:
        return None
    return path_of(originals, Stored(photo.sha256, photo.extension))
