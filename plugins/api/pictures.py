"""Photos as the API shows them: the fields of an image, by the view that was asked for.

Types are strict, as generated clients demand: numbers are numbers, positions are text,
every field is there and null where nothing is known (contract 2.2, 2.3, 8.23 to 8.25).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from archive.comments import Comment
from archive.locations import Location
from archive.photos import Photo
from archive.surroundings import Surroundings
from archive.trades import Trade
from plugins.api.errors import Json

VIEWS = ("normal", "android", "mobile", "mobile_feed", "prostore_file", "ids_only")
WITH_COMMENTS = ("android", "mobile", "mobile_feed")
_WITH_TRADES = ("normal", "android", "mobile")
_DAY_ZERO = date(1, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads images, and where.

    :param project: its number
    :param stars: may see stars
    :param changes: which of the links' actions they may take
    """

    project: int
    stars: bool
    changes: frozenset[str]


def moment(text: str | None) -> str | None:
    """Return a time of the archive's in whole seconds: ``2026-05-11T09:00:00Z``."""
    return f"{text[:19]}Z" if text else None


def taken(photo: Photo) -> str | None:
    """Return when a photo was taken, in UTC where its offset is known.

    Where it is not, the camera's clock is taken for UTC, as the remote does.
    """
    if not photo.taken_at:
        return None
    if not photo.taken_offset:
        return moment(photo.taken_at)
    try:
        local = datetime.fromisoformat(photo.taken_at[:19] + photo.taken_offset)
        return moment(local.astimezone(UTC).isoformat())
    except (OverflowError, ValueError):  # the year 1; an offset that cannot be
        return moment(photo.taken_at)


def header_id(log_date: str | None) -> int | None:
    """Return the number of a day's log: 1 is the first day of the year 1."""
    return date.fromisoformat(log_date).toordinal() if log_date else None


def log_day(header: int) -> date | None:
    """Return the day that ``header_id`` made a number of; None: of none."""
    if not _DAY_ZERO <= header <= date.max.toordinal():
        return None
    return date.fromordinal(header)


def image(
    photo: Photo,
    near: Surroundings,
    urls: tuple[str | None, str | None],
    reader: Reader,
    view: str = "normal",
) -> Json:
    """Return a photo as an image of the API.

    :param urls: of the file and of its thumbnail
    :param view: one of ``VIEWS`` but ``ids_only``
    """
    return {
        **_fields(photo, near, urls, reader),
        **_of_view(photo, near, urls, reader, view),
    }


def _fields(
    photo: Photo,
    near: Surroundings,
    urls: tuple[str | None, str | None],
    reader: Reader,
) -> Json:
    return {
        "id": photo.id,
        "url": urls[0],
        "thumbnail_url": urls[1],
        "filename": photo.filename,
        "size": photo.bytes,
        "width": photo.width,
        "height": photo.height,
        "description": photo.description,
        "taken_at": taken(photo),
        "created_at": moment(photo.uploaded_at),
        "updated_at": moment(photo.updated_at),
        "deleted_at": moment(photo.recycled_at),
        "location": node(near.locations.get(photo.location_id or 0)),
        "image_category_id": photo.album_id,
        "image_category_name": photo.album,
        "image_category_private": photo.album_id in near.private_albums,
        "permanently_deleted": False,
        "private": photo.private,
        "starred": photo.starred and reader.stars,
        "projection": photo.projection,
        "origin_id": None,
        "daily_log_header_id": header_id(photo.log_date),
        "daily_log_segment_id": None,
        "daily_log_segment": None,
        "gps_lat": _degrees(photo.latitude),
        "gps_long": _degrees(photo.longitude),
        "uploader": _uploader(photo, near),
    }


def _of_view(
    photo: Photo,
    near: Surroundings,
    urls: tuple[str | None, str | None],
    reader: Reader,
    view: str,
) -> Json:
    found: Json = {}
    if view in _WITH_TRADES:
        found["trades"] = [trade(one) for one in near.trades.get(photo.id, ())]
    if view in WITH_COMMENTS:
        found["comments"] = [_comment(one) for one in near.comments.get(photo.id, ())]
    if view == "normal":
        found["comments_count"] = photo.comments
        found["links"] = _links(photo.id, reader)
    if view == "mobile":
        found["log_date"] = photo.log_date
    if view == "prostore_file":  # of no documented shape
        found["images"] = [{"url": urls[0], "thumbnail_url": urls[1]}]
    return found


def _degrees(value: float | None) -> str | None:
    """Return degrees as text, in digits even where they are tiny."""
    if value is None:
        return None
    text = repr(value)
    return f"{value:.12f}".rstrip("0") if "e" in text else text


def _uploader(photo: Photo, near: Surroundings) -> Json | None:
    if photo.uploader_id is None:
        return None
    login = near.logins.get(photo.uploader_id)
    return {"id": photo.uploader_id, "login": login or "", "name": photo.uploader}


def _links(number: int, reader: Reader) -> Json:
    address = f"/rest/v1.0/images/{number}"
    project = f"project_id={reader.project}"
    every = {
        "self": f"{address}?{project}",
        "update": f"{address}?{project}",
        "delete": f"{address}?{project}",
        "permanentlyDelete": f"{address}?{project}&permanent=true",
        "retrieve": f"{address}/retrieve?{project}",
    }
    return {k: v for k, v in every.items() if k == "self" or k in reader.changes}


def node(location: Location | None) -> Json | None:
    """Return a location as the API shows it; its path is joined by a plain ``>``."""
    if location is None:
        return None
    return {
        "id": location.id,
        "name": location.path.replace("\\>", ">"),
        "node_name": location.name,
        "parent_id": location.parent_id,
        "created_at": moment(location.created_at),
        "updated_at": moment(location.updated_at),
    }


def trade(one: Trade) -> Json:
    """Return a trade as the API shows it."""
    return {
        "id": one.id,
        "name": one.name,
        "active": one.active,
        "updated_at": moment(one.updated_at),
    }


def _comment(one: Comment) -> Json:
    user = None
    if one.author_id is not None:
        user = {"id": one.author_id, "login": "", "name": one.author}
    return {
        "id": one.id,
        "body": one.body,
        "created_at": moment(one.created_at),
        "user": user,
    }


def tombstone(row: Sequence[Any]) -> Json:
    """Return what is left of a purged photo.

    :param row: photo_id, filename, bytes, uploaded_at, recycled_at, purged_at
    """
    number, filename, size, uploaded_at, recycled_at, purged_at = row
    nothing = dict.fromkeys(
        (
            *("url", "thumbnail_url", "width", "height", "taken_at", "location"),
            *("origin_id", "daily_log_header_id", "daily_log_segment_id"),
            *("daily_log_segment", "gps_lat", "gps_long", "uploader", "links"),
            *("image_category_id",),
        )
    )
    return {
        **nothing,
        "id": number,
        "filename": filename,
        "size": size,
        "description": "",
        "created_at": moment(uploaded_at),
        "updated_at": moment(purged_at),
        "deleted_at": moment(recycled_at or purged_at),
        "image_category_name": "",
        "image_category_private": False,
        "permanently_deleted": True,
        "private": False,
        "starred": False,
        "projection": "unknown",
        "trades": [],
        "comments": [],
        "comments_count": 0,
        "log_date": None,
    }
