"""The files that a link gives, as files of a zip: nothing is told of them besides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from archive.copying import is_as_archived
from archive.export.copies import COPIED, Copy, little
from archive.export.names import safe_file
from archive.export.promised import (
    AT_ONCE,
    Left,
    missing_list,
    stream_as_told,
    why_not,
)
from archive.export.zips import Entry, length, stream
from archive.originals import Stored, path_of
from archive.photos import Photo, chunks, load_photos
from archive.sqlite import sqlite3

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


def as_they_are(files: list[Given]) -> tuple[Iterator[bytes], int]:
    """Return the zip of originals, byte for byte, and how long it will be.

    What is not what was archived is left out; of many bytes that is seen when its turn
    comes, so that the length was told before.
    """
    entries = [
        Entry(one.name, one.path, one.bytes, one.crc32, one.modified) for one in files
    ]
    if sum(one.bytes for one in files) > AT_ONCE:
        return stream_as_told(entries, _lists), length(entries)
    right = [entry for entry in entries if not why_not(entry)]
    return stream(right), length(right)


def _lists(left: Sequence[Left]) -> list[Entry]:
    lines = [(entry.name, why) for entry, why in left]
    return [missing_list(lines, left[0][0].modified)] if left else []


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
