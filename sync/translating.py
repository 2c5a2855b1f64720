"""From what the images API says of a record to what the sync knows of it, and back.

Nothing is promised of a field but ``id`` (contract 8, no. 23): what is missing, null,
or of a kind that it should not be, is *unseen*. What nothing here knows is kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import cast

from archive.errors import InvalidInput
from archive.identity import clean_text
from sync.errors import Nonsense
from sync.identity import display_name
from sync.records import FIELDS, Fields, Kind, Life
from sync.store import Seen, Told

Json = Mapping[str, object]
_LARGEST = 1 << 63  # ids go beyond 32 bits, and not beyond what SQLite takes

# Understood, or true only for a moment: not kept word for word
_PHOTO_KEYS = frozenset(
    {
        *("id", "description", "image_category_id", "location", "trades", "private"),
        *("starred", "log_date", "filename", "taken_at", "gps_lat", "gps_long"),
        *("projection", "created_at", "updated_at", "size", "permanently_deleted"),
        *("url", "thumbnail_url", "links", "image_category_name", "deleted_at"),
        *("image_category_private", "comments_count", "daily_log_header_id"),
        *("tiling_status", "tiles_config"),
    }
)
_ALBUM_KEYS = frozenset(
    {
        *("id", "name", "private", "album_cover_id", "created_at", "updated_at"),
        *("count", "cover_photo", "links"),
    }
)
_LOCATION_KEYS = frozenset(
    {"id", "name", "node_name", "parent_id", "created_at", "updated_at"}
)
_TRADE_KEYS = frozenset({"id", "name", "active", "updated_at"})
_OF_TOMBSTONES = ("filename", "uploaded_at", "bytes")


def photo(
    body: Json, unclassified: int | None = None, life: Life = Life.ACTIVE
) -> Seen:
    """Return an image as it is known to the sync.

    :param unclassified: number of the album there that is no album here
    :param life: where it was seen; ``permanently_deleted`` goes before
    :raises Nonsense: it has no id
    """
    is_tombstone = body.get("permanently_deleted") is True
    life = Life.PURGED if is_tombstone else life
    name = _text(body.get("filename")) or ""
    told: dict[str, object] = {
        "description": _description(body),
        "album": _album(body, unclassified),
        "location": _place(body),
        "trades": _trades(body.get("trades", UNSEEN)),
        "private": _flag(body.get("private")),
        "starred": _flag(body.get("starred")),
        "log_date": _day(body.get("log_date", UNSEEN)),
        "filename": display_name(name) if name else UNSEEN,
        "taken_at": _taken(body.get("taken_at")),
        "coordinates": _coordinates(body),
        "projection": _projection(body.get("projection")),
        "uploaded_at": _moment(body.get("created_at")),
        "bytes": _size(body.get("size")),
    }
    if is_tombstone:  # its words are gone, which nobody took out of the photo
        told = {name: told[name] for name in _OF_TOMBSTONES}
    return _seen(Kind.PHOTO, body, told, _PHOTO_KEYS, life=life, name=name)


def album(body: Json, life: Life = Life.ACTIVE) -> Seen:
    """Return an image category. Its cover is in the form that is shown alone.

    :raises Nonsense: it has no id
    """
    told: dict[str, object] = {
        "name": _name(body.get("name")),
        "private": _flag(body.get("private")),
        "cover": _number_or_none(body.get("album_cover_id", UNSEEN)),
    }
    return _seen(Kind.ALBUM, body, told, _ALBUM_KEYS, life=life)


def location(body: Json, life: Life = Life.ACTIVE) -> Seen:
    """Return a location: by its own name and its parent, never by its path.

    :raises Nonsense: it has no id
    """
    told: dict[str, object] = {
        "name": _name(body.get("node_name")),
        "parent": _number_or_none(body.get("parent_id", UNSEEN)),
    }
    return _seen(Kind.LOCATION, body, told, _LOCATION_KEYS, life=life)


def trade(body: Json, life: Life = Life.ACTIVE) -> Seen:
    """Return a trade.

    :raises Nonsense: it has no id
    """
    told: dict[str, object] = {
        "name": _name(body.get("name")),
        "active": _flag(body.get("active")),
    }
    return _seen(Kind.TRADE, body, told, _TRADE_KEYS, life=life)


READERS: Mapping[Kind, Callable[[Json], Seen]] = {
    Kind.TRADE: trade,
    Kind.LOCATION: location,
    Kind.ALBUM: album,
    Kind.PHOTO: photo,
}


def url_of(body: Json, key: str = "url") -> str:
    """Return the address of a file; "" when there is none."""
    return _text(body.get(key)) or ""


# What is sent

_ATTRIBUTES = {
    Kind.PHOTO: {"album": "image_category_id", "location": "location_id"}
    | {"trades": "trade_ids"},
    Kind.ALBUM: {"cover": "album_cover_id"},
    Kind.LOCATION: {"name": "node_name", "parent": "parent_id"},
    Kind.TRADE: {},
}


def sent_as(
    kind: Kind,
    fields: Fields,
    number: Callable[[Kind, str], int | None],
    unclassified: int | None = None,
) -> dict[str, object]:
    """Return the attributes by which values are written there.

    :param number: of a record on the remote
    :param unclassified: the album there for photos that are in none
    :raises Nonsense: something is referred to that the remote has not
    """
    told: dict[str, object] = {}
    for name, value in fields.items():
        target = FIELDS[kind][name].target
        if target is None:
            plain: object = value
        elif isinstance(value, frozenset):
            plain = sorted(_numbered(target, str(one), number) for one in value)
        elif value is None:
            plain = unclassified if name == "album" else None
        else:
            plain = _numbered(target, str(value), number)
        told[_ATTRIBUTES[kind].get(name, name)] = plain
    return told


def _numbered(kind: Kind, uuid: str, number: Callable[[Kind, str], int | None]) -> int:
    found = number(kind, uuid)
    if found is None:
        raise Nonsense(f"the remote has no number for the {kind} {uuid}")
    return found


# How values are read: each returns UNSEEN for what it does not understand


class _Unseen:
    """What was not shown."""


UNSEEN = _Unseen()


def _seen(
    kind: Kind,
    body: Json,
    told: Mapping[str, object],
    known: frozenset[str],
    *,
    life: Life,
    name: str = "",
) -> Seen:
    number = number_of(body)
    fields = {field: value for field, value in told.items() if value is not UNSEEN}
    return Seen(
        kind,
        number,
        life,
        cast("dict[str, Told]", fields),
        {key: value for key, value in body.items() if key not in known},
        name,
        created_of(body),
        _seconds(body.get("updated_at")),
    )


def number_of(body: object) -> int:
    """Return the id of a record.

    :raises Nonsense: it is none
    """
    found = _number(body.get("id")) if isinstance(body, Mapping) else None
    if found is None:
        # not its values: an address of a file is good for whoever has it
        shape = ", ".join(body) if isinstance(body, Mapping) else str(body)
        raise Nonsense(f"a record without an id: {shape[:80]}")
    return found


def created_of(body: Json) -> int:
    """Return when a record was made there, in seconds since 1970; 0: not known."""
    return _seconds(body.get("created_at"))


def is_numbered(body: Json) -> bool:
    """Whether a record has a number that can be one."""
    return _number(body.get("id")) is not None


def _number(value: object) -> int | None:
    if type(value) is int:  # as nearly always
        return value if 0 < value < _LARGEST else None
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:20])
    return value if isinstance(value, int) and 0 < value < _LARGEST else None


def _number_or_none(value: object) -> object:
    if value is None:
        return None
    found = _number(value)
    return UNSEEN if found is None else found


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        return clean_text(value)
    except InvalidInput:  # half a surrogate pair, which JSON can hold
        return clean_text(value.encode("utf-8", "replace").decode("utf-8"))


def _name(value: object) -> object:
    text = (_text(value) or "").strip()
    return text or UNSEEN


def _description(body: Json) -> object:
    if "description" not in body:
        return UNSEEN
    if body["description"] is None:
        return ""
    text = _text(body["description"])
    return UNSEEN if text is None else text


def _album(body: Json, unclassified: int | None) -> object:
    found = _number(body.get("image_category_id"))
    if found is None:
        return UNSEEN
    return None if found == unclassified else found


def _place(body: Json) -> object:
    value = body.get("location", UNSEEN)
    if isinstance(value, Mapping):  # {} passes for none in some clients
        return _number_or_none(value.get("id")) if value else None
    return None if value is None else UNSEEN


def _trades(value: object) -> object:
    if not isinstance(value, list):
        return UNSEEN
    numbers = [_number(one.get("id")) for one in value if isinstance(one, Mapping)]
    if len(numbers) < len(value) or None in numbers:
        return UNSEEN
    return frozenset(number for number in numbers if number is not None)


def _flag(value: object) -> object:
    return value if isinstance(value, bool) else UNSEEN


def _day(value: object) -> object:
    if value is None:
        return None
    moment = _parsed(value)
    return moment.date().isoformat() if moment else UNSEEN


def _taken(value: object) -> object:
    """Read a camera's time: its clock, with the offset that is stated.

    A ``Z`` states none: the API's times are UTC throughout, and EXIF's have no zone.
    """
    moment = _parsed(value)
    if moment is None:
        return UNSEEN
    local = moment.replace(tzinfo=None).isoformat(timespec="milliseconds")
    local = local.removesuffix(".000")
    offset = moment.strftime("%z")
    if not offset or offset == "+0000":
        return local
    return f"{local}{offset[:3]}:{offset[3:5]}"


def _coordinates(body: Json) -> object:
    try:
        latitude = float(str(body.get("gps_lat")))
        longitude = float(str(body.get("gps_long")))
    except ValueError:
        return UNSEEN
    is_place = abs(latitude) <= 90 and abs(longitude) <= 180
    is_place = is_place and math.isfinite(latitude + longitude)
    is_null_island = latitude == 0 and longitude == 0
    return (latitude, longitude) if is_place and not is_null_island else UNSEEN


def _projection(value: object) -> object:
    return value if value in ("regular", "360") else UNSEEN


def _size(value: object) -> object:
    found = _number(value)
    return UNSEEN if found is None else found


def _moment(value: object) -> object:
    moment = _parsed(value)
    if moment is None:
        return UNSEEN
    text = _utc(moment).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _seconds(value: object) -> int:
    return _counted(value) if isinstance(value, str) else 0


@lru_cache(1024)  # as for ``_read``
def _counted(text: str) -> int:
    moment = _read(text)
    return max(0, int(_utc(moment).timestamp())) if moment else 0


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


def _parsed(value: object) -> datetime | None:
    """Read a moment or a day; None for what is neither, and for years of nonsense."""
    return _read(value) if isinstance(value, str) else None


@lru_cache(1024)  # of one record the same moment is asked for several times
def _read(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
        _utc(moment)
    except (ValueError, OverflowError):
        return None
    return moment if 1900 <= moment.year <= 2200 else None
