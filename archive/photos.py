"""Photos: the records that people see, and what may be changed in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from archive.errors import InvalidInput, NotFound
from archive.locations import PATH_SQL
from archive.rights import Viewer, scope_condition
from archive.sqlite import sqlite3

SHORTEST_PREFIX = 6  # of a uuid, hex digits: enough to be meant, short enough to type
_CHUNK = 500  # ids a statement; SQLite allows 32,766


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as it is listed; names follow the command line's JSON.

    :param album: name; ``location``: ``Building>Floor>Room`` or None
    :param taken_at: local, ``YYYY-MM-DDTHH:MM:SS[.fff]``; None: unknown
    :param shown_at: ``taken_at``, or the time of import where that is unknown
    :param width: as shown, turned upright by camera and person; pixels
    :param sha256: of the original; None while its bytes are not here yet
    :param remote_id: its number on the remote, where it is known to be there and the
        reader may read what the sync knows
    :param dated_ahead: its date lies over a day (zones differ by as much) after it was
        uploaded, so a clock was wrong
    """

    id: int
    uuid: str
    sha256: str | None
    filename: str
    description: str
    album_id: int
    album: str
    location_id: int | None
    location: str | None
    trades: tuple[str, ...]
    private: bool
    starred: bool
    taken_at: str | None
    taken_offset: str | None
    taken_source: str | None
    shown_at: str
    log_date: str | None
    latitude: float | None
    longitude: float | None
    position_source: str | None
    direction: float | None
    projection: str
    camera: str | None
    rotation: int
    width: int | None
    height: int | None
    media_type: str | None
    kind: str | None
    extension: str | None
    bytes: int | None
    damage: str | None
    uploader_id: int | None
    uploader: str | None
    uploaded_at: str
    updated_at: str
    recycled_at: str | None
    comments: int
    remote_id: int | None
    dated_ahead: bool

    def as_json(self, *, stars: bool) -> dict[str, Any]:
        """Return the object that ``photos --format jsonl`` prints.

        :param stars: whether the reader may see stars; else they are None
        """
        return {
            "uuid": self.uuid,
            "id": self.id,
            "sha256": self.sha256,
            "filename": self.filename,
            "description": self.description,
            "album": self.album,
            "location": self.location,
            "trades": list(self.trades),
            "private": self.private,
            "starred": self.starred if stars else None,
            "taken_at": self.taken_at,
            "taken_offset": self.taken_offset,
            "taken_source": self.taken_source,
            "assumed_at": None if self.taken_at else self.shown_at,
            "dated_ahead": self.dated_ahead,
            "log_date": self.log_date,
            "projection": self.projection,
            "lat": self.latitude,
            "lon": self.longitude,
            "direction": self.direction,
            "camera": self.camera,
            "width": self.width,
            "height": self.height,
            "media_type": self.media_type,
            "bytes": self.bytes,
            "damage": self.damage,
            "uploaded_by": self.uploader,
            "uploaded_at": self.uploaded_at,
            "updated_at": self.updated_at,
            "deleted_at": self.recycled_at,
            "comments": self.comments,
            "remote_id": self.remote_id,
        }


_TURNED = "(o.turned >= 5) <> (p.rotation % 180 = 90)"
# as shown, in a query in which p is the photo and o its original
WIDTH_SQL = f"case when {_TURNED} then o.height else o.width end"
HEIGHT_SQL = f"case when {_TURNED} then o.width else o.height end"
_SELECT = f"""
    select p.id, p.uuid, o.sha256, p.filename, p.description, p.album_id, a.name,
        p.location_id, {PATH_SQL},
        (select group_concat(name, char(31)) from (
            select t.name from photo_trades x join trades t on t.id = x.trade_id
            where x.photo_id = p.id order by t.name_key)),
        p.private, p.starred, p.taken_at, p.taken_offset, p.taken_source, p.sorted_at,
        p.log_date, p.latitude, p.longitude, p.position_source, p.direction,
        p.projection, k.name, p.rotation,
        {WIDTH_SQL}, {HEIGHT_SQL},
        o.media_type, o.kind, o.extension, o.bytes, o.damage,
        p.uploader_id, u.name, p.uploaded_at, p.updated_at, p.recycled_at,
        (select count(*) from comments c where c.photo_id = p.id),
        (select r.remote_id from sync_records r where r.uuid = p.uuid),
        coalesce(p.taken_at > strftime('%Y-%m-%dT%H:%M:%S', p.uploaded_at, '+1 day'), 0)
    from photos p
    join albums a on a.id = p.album_id
    left join originals o on o.id = p.original_id
    left join locations l on l.id = p.location_id
    left join cameras k on k.id = p.camera_id
    left join people u on u.id = p.uploader_id
"""


def _photo(row: Sequence[Any]) -> Photo:
    values = list(row)
    values[9] = tuple(values[9].split("\x1f")) if values[9] else ()
    values[10], values[11] = bool(values[10]), bool(values[11])
    values[-1] = bool(values[-1])
    return Photo(*values)


def chunks(ids: Sequence[int]) -> Iterator[list[int]]:
    """Cut a list of ids into pieces that one statement can take."""
    for start in range(0, len(ids), _CHUNK):
        yield list(ids[start : start + _CHUNK])


def load_photos(connection: sqlite3.Connection, ids: Sequence[int]) -> list[Photo]:
    """Return the photos of these ids, in the ids' order, without those that are gone.

    Whoever calls has decided that the viewer may see them.
    """
    found: dict[int, Photo] = {}
    for some in chunks(ids):
        marks = ", ".join("?" * len(some))
        rows = connection.execute(f"{_SELECT} where p.id in ({marks})", some)
        found.update((row[0], _photo(row)) for row in rows)
    return [found[i] for i in ids if i in found]


def get_photo(
    connection: sqlite3.Connection, which: int | str, who: Viewer | None
) -> Photo:
    """Return one photo by id, uuid or unique beginning of a uuid.

    :raises NotFound: there is none that ``who`` may see, or several begin so
    """
    number = find_photo_id(connection, which, who)
    photos = load_photos(connection, [number])
    if not photos:
        raise NotFound(f"there is no photo {which}", key="no_photo", number=which)
    return photos[0]


def find_photo_id(
    connection: sqlite3.Connection, which: int | str, who: Viewer | None
) -> int:
    """Return a photo's id, whether it is in the bin or not.

    A photo that ``who`` may not see and one that is not there give the same answer.

    :raises NotFound: as for ``get_photo``
    :raises InvalidInput: neither an id nor the beginning of a uuid
    """
    live = scope_condition(who)
    recycled = scope_condition(who, recycled=True)
    condition, values = _which(str(which).strip().lower())
    rows = connection.execute(
        f"select id from photos where {condition} and ({live} or {recycled}) limit 2",
        values,
    ).fetchall()
    if not rows:
        raise NotFound(f"there is no photo {which}", key="no_photo", number=which)
    if len(rows) > 1:
        raise NotFound(
            f"more than one photo's uuid begins with {which}; add digits",
            key="no_photo",
            number=which,
        )
    return int(rows[0][0])


def _which(text: str) -> tuple[str, tuple[object, ...]]:
    # (a version 7 uuid begins with 0 until the year 2527, and often with digits only)
    if text.isascii() and text.isdigit() and len(text) < 19 and text[0] != "0":
        return "id = ?", (int(text),)
    digits = text.replace("-", "")
    if len(digits) < SHORTEST_PREFIX or not set(digits) <= set("0123456789abcdef"):
        raise InvalidInput(
            f"{text!r} is neither the id of a photo nor the beginning of a uuid"
            f" ({SHORTEST_PREFIX} digits or more)"
        )
    prefix = "-".join(
        part
        for part in (
            digits[:8],
            digits[8:12],
            digits[12:16],
            digits[16:20],
            digits[20:],
        )
        if part
    )
    return "uuid >= ? and uuid < ?", (prefix, prefix + "g")


def sorted_ids(ids: Iterable[int]) -> list[int]:
    """Return ids once each, in order, so that work on them is the same every time."""
    return sorted(set(ids))
