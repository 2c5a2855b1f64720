"""The files that a link gives, as files of a zip: nothing is told of them besides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from archive.copying import is_as_archived
from archive.export.copies import COPIED, Copy, little
from archive.export.names import safe_file
from archive.export.zips import Entry
from archive.originals import Stored, path_of
from archive.photos import Photo, chunks, load_photos
from archive.sqlite import sqlite3

# Bytes of originals that are read before they are sent: a second of waiting at most
CHECKED = 256 << 20
# Makes the copy of a file that says so much and no more; or says why there is none
Strip = Callable[[Path, dict[str, Any]], Copy | str]


@dataclass(frozen=True, slots=True)
class Given:
    """A file to give away.

    :param name: in the zip: its place in the link, and its own name
    :param said: what a stripped copy of it says; None: it cannot be stripped
    """

    name: str
    path: Path
    bytes: int
    crc32: int
    modified: datetime
    said: dict[str, Any] | None


def given(
    connection: sqlite3.Connection, originals: Path, places: Mapping[int, int]
) -> list[Given]:
    """Return the files of photos by their places in a link, as far as they are here.

    One that has another size than when it was archived is not.

    :param connection: shows what the link's maker may see
    """
    place_of = {number: place for place, number in places.items()}
    found = []
    for some in chunks(list(place_of)):
        marks = ", ".join("?" * len(some))
        files = {
            row[0]: row[1:]
            for row in connection.execute(
                f"""
                select p.id, o.crc32, o.turned from photos p
                join originals o on o.id = p.original_id where p.id in ({marks})
                """,
                some,
            )
        }
        found += [
            one
            for photo in load_photos(connection, some)
            if photo.id in files
            and (one := _given(photo, place_of[photo.id], originals, *files[photo.id]))
        ]
    return found


def _given(
    photo: Photo, place: int, originals: Path, crc32: int, turned: int
) -> Given | None:
    if photo.sha256 is None or photo.extension is None:
        return None
    path = path_of(originals, Stored(photo.sha256, photo.extension))
    if not path.is_file() or path.stat().st_size != photo.bytes:
        return None
    name = f"{place:04}_{safe_file(photo.filename, photo.extension)}"
    moment = datetime.fromisoformat(photo.shown_at[:19])
    said = little(photo, turned) if photo.media_type == COPIED else None
    return Given(name, path, photo.bytes or 0, crc32, moment, said)


def as_they_are(files: list[Given]) -> list[Entry]:
    """Return the entries of originals, byte for byte.

    Of few enough those are left out that are not what was archived. Where there are
    more, the length of the zip has to be told before all of them are read, and it
    breaks off at such a one.

    :raises StoreError: one cannot be read
    """
    if sum(one.bytes for one in files) <= CHECKED:
        files = [o for o in files if is_as_archived(o.path, o.crc32, o.bytes)]
    return [
        Entry(one.name, one.path, one.bytes, one.crc32, one.modified) for one in files
    ]


def stripped(files: list[Given], strip: Strip) -> Iterator[Entry]:
    """Yield the entries of copies, each made when its turn comes.

    What cannot be stripped is left out, as it has no button of its own either, and
    what is not what was archived.
    """
    for one in files:
        if one.said is None or not is_as_archived(one.path, one.crc32, one.bytes):
            continue
        copy = strip(one.path, one.said)
        if isinstance(copy, Copy):
            yield Entry(one.name, copy, copy.size, copy.crc32, one.modified)
