"""Which files an export of photos has: the originals by album, and the lists beside."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from archive.clock import utc_now
from archive.export.manifest import as_csv, as_json, csv_into, json_into
from archive.export.names import Unique, safe_name
from archive.export.receipts import Content
from archive.export.selection import visible
from archive.export.zips import Entry, entry_of
from archive.originals import Stored, path_of
from archive.photos import Photo, chunks, load_photos
from archive.rights import Viewer
from archive.sqlite import sqlite3

MANIFEST = "manifest.csv"
MANIFEST_JSON = "manifest.json"
ABSENT = "its file is not in the archive's folder"


@dataclass(frozen=True, slots=True)
class Package:
    """What goes into a zip.

    :param missing: names of photos whose files are not in the archive's folder
    """

    entries: list[Entry]
    photos: int
    missing: list[str]


@dataclass(frozen=True, slots=True)
class _Packed:
    """A photo on its way: its row in the lists, and its file, where that is there."""

    photo: Photo
    row: dict[str, Any]
    entry: Entry | None


def package(
    connection: sqlite3.Connection,
    originals: Path,
    ids: Sequence[int],
    who: Viewer,
    now: datetime | None = None,
) -> Package:
    """Return the files of an export of these photos, as far as ``who`` may see them.

    Originals lie in a folder for each album, under the names they came with; the order
    is that of ``ids``. A photo whose file is missing stands in the lists as such.
    """
    now = now or utc_now()
    unique = Unique()
    packed = list(_packed(connection, originals, ids, who, unique))
    entries = [one.entry for one in packed if one.entry]
    rows = [one.row for one in packed]
    columns = list(rows[0]) if rows else ["file"]
    lists = [
        entry_of(unique(MANIFEST), as_csv(rows, columns), now),
        entry_of(unique(MANIFEST_JSON), as_json(rows), now),
    ]
    missing = [one.photo.filename for one in packed if one.entry is None]
    return Package([*entries, *lists], len(entries), missing)


def _packed(
    connection: sqlite3.Connection,
    originals: Path,
    ids: Sequence[int],
    who: Viewer | None,
    unique: Unique,
) -> Iterator[_Packed]:
    """Yield what is packed of each photo that ``who`` may see."""
    stars = who is not None and who.stars
    for some in chunks(ids):
        seen = visible(connection, some, who)
        checksums = _checksums(connection, seen)
        for photo in load_photos(connection, seen):
            entry = _entry(originals, photo, checksums.get(photo.id), unique)
            row = photo.as_json(stars=stars)
            yield _Packed(photo, {"file": entry.name if entry else None, **row}, entry)


@dataclass(slots=True)
class Packing:
    """An export that is packed as it is written, so in little memory.

    :param folder: where the lists are kept until they are packed, last
    :param contents: the photos that were packed; then the lists
    """

    connection: sqlite3.Connection
    originals: Path
    who: Viewer | None
    folder: Path
    now: datetime
    contents: list[Content] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)
    done: int = 0

    def entries(self, ids: Sequence[int]) -> Iterator[Entry]:
        """Yield the files of photos as far as the viewer may see them; once."""
        unique = Unique()
        paths = [self.folder / MANIFEST, self.folder / MANIFEST_JSON]
        with ExitStack() as files:
            table, data = (files.enter_context(path.open("wb")) for path in paths)
            yield from self._photos(ids, unique, table, data)
        for path in paths:
            entry = _listed(unique(path.name), path, self.now)
            self.contents.append(_content(entry, path))
            yield entry

    def _photos(
        self, ids: Sequence[int], unique: Unique, table: BinaryIO, data: BinaryIO
    ) -> Iterator[Entry]:
        add_json, end_json = json_into(data)
        add_csv = None
        packed = _packed(self.connection, self.originals, ids, self.who, unique)
        for one in packed:
            add_csv = add_csv or csv_into(table, one.row)
            add_csv(one.row)
            add_json(one.row)
            if one.entry is None:
                self.missing.append((one.photo.filename, ABSENT))
            else:
                sha256 = one.photo.sha256 or ""
                content = Content(one.entry.name, one.entry.size, sha256)
                self.contents.append(content)
                yield one.entry
            self.done += 1
        end_json()


def _listed(name: str, path: Path, now: datetime) -> Entry:
    crc = size = 0
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            crc = zlib.crc32(piece, crc)
            size += len(piece)
    return Entry(name, path, size, crc, now)


def _content(entry: Entry, path: Path) -> Content:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Content(entry.name, entry.size, digest)


def _checksums(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, int]:
    marks = ", ".join("?" * len(ids))
    rows = connection.execute(
        f"""
        select p.id, o.crc32 from photos p join originals o on o.id = p.original_id
        where p.id in ({marks})
        """,
        list(ids),
    )
    return {row[0]: row[1] for row in rows}


def _entry(
    originals: Path, photo: Photo, crc32: int | None, unique: Unique
) -> Entry | None:
    if photo.sha256 is None or photo.extension is None or crc32 is None:
        return None
    path = path_of(originals, Stored(photo.sha256, photo.extension))
    if not path.is_file():
        return None
    name = _with_ending(safe_name(photo.filename), photo.extension)
    wanted = unique(f"{safe_name(photo.album, 'album')}/{name}")
    moment = datetime.fromisoformat(photo.shown_at[:19])
    return Entry(wanted, path, photo.bytes or 0, crc32, moment)


def _with_ending(name: str, extension: str) -> str:
    """Return a name that ends as its real type does: a JPEG called plan.html opens."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    same = {"jpeg": "jpg", "tif": "tiff", "heif": "heic", "jpe": "jpg"}
    if same.get(ending, ending) == same.get(extension, extension):
        return name
    return f"{name}.{extension}"
