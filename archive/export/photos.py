"""Which files an export of photos has: the originals by album, and the lists beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from archive.clock import utc_now
from archive.export.manifest import as_csv, as_json
from archive.export.names import Unique, safe_name
from archive.export.zips import Entry, entry_of
from archive.originals import Stored, path_of
from archive.photos import Photo, chunks, load_photos
from archive.rights import Viewer
from archive.sqlite import sqlite3

MANIFEST = "manifest.csv"


@dataclass(frozen=True, slots=True)
class Package:
    """What goes into a zip.

    :param missing: names of photos whose files are not in the archive's folder
    """

    entries: list[Entry]
    photos: int
    missing: list[str]


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
    entries: list[Entry] = []
    rows: list[dict[str, Any]] = []
    missing: list[str] = []
    for some in chunks(ids):
        checksums = _checksums(connection, some)
        for photo in load_photos(connection, some):
            row = photo.as_json(stars=who.stars)
            entry = _entry(originals, photo, checksums.get(photo.id), unique)
            if entry is None:
                missing.append(photo.filename)
            else:
                entries.append(entry)
            rows.append({"file": entry.name if entry else None, **row})
    columns = list(rows[0]) if rows else ["file"]
    lists = [
        entry_of(unique(MANIFEST), as_csv(rows, columns), now),
        entry_of(unique("manifest.json"), as_json(rows), now),
    ]
    return Package([*entries, *lists], len(entries), missing)


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
