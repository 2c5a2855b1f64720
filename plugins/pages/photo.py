"""``/tower-4/-/photo/17``: all about one photo; and its bytes."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from archive.errors import ArchiveError
from archive.history import BatchRecord, Change, changes_of_photo
from archive.photos import Photo, get_photo
from archive.rights import allowed, viewer
from archive.search import Query, parse
from plugins import listing, media
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.databases import ArchiveDatabase
from plugins.pages.answers import archive_page, data, no_bytes, unseen
from plugins.pages.gallery import photo_json
from plugins.pages.links import Links

# Fields as a person calls them, for the history.
FIELDS = {
    "album_id": "album",
    "location_id": "location",
    "uploader_id": "uploaded by",
    "taken_at": "date taken",
    "taken_offset": "time zone",
    "taken_source": "source of the date",
    "assumed_at": "assumed date",
    "log_date": "daily log",
    "position_source": "source of the place",
    "camera_id": "camera",
    "recycled_at": "in the recycle bin since",
    "recycled_by": "recycled by",
    "original_id": "file",
    "body": "text of a comment",
}
_DULL = {"updated_at", "uuid", "recycled_by"}


async def show(call: Call) -> Response:
    """Answer with a photo's page or its JSON."""
    number = call.number("photo")
    query = call.arg("q")

    def load(connection: Any) -> dict[str, Any] | None:  # noqa: ANN401
        return _load(connection, number, query)

    found = await call.read(load)
    if found is None:
        return await unseen(call.datasette, call.request)
    links = call.links
    if call.wants_json:
        return data(_as_json(found, links, query))
    photo: Photo = found["photo"]
    context = {
        **found,
        "viewable": photo.media_type in media.INLINE,
        "missing": await asyncio.to_thread(_missing, call.database, photo),
        "shown": _shown(photo),
    }
    return await archive_page(call, "photo.html", context)


def _load(connection: Any, number: int, query: str) -> dict[str, Any] | None:  # noqa: ANN401
    who = viewer(connection.person)
    try:
        photo = get_photo(connection, number, who)
    except ArchiveError:
        return None
    newer, older = listing.neighbours(connection, who, _parsed(query), photo)
    admin = allowed(connection.person, "history")
    return {
        "photo": photo,
        "newer": newer,
        "older": older,
        "details": _details(connection, number, past=admin),
        "comments": _comments(connection, number),
        "history": _history(connection, number) if admin else [],
        "admin": admin,
        "stars": bool(who and who.stars),
    }


def _parsed(text: str) -> Query:
    """Return the search that led here; a wrong one is none."""
    try:
        return parse(text)
    except ArchiveError:
        return Query()


_FACTS = (
    "width",
    "height",
    "orientation",
    "taken_at",
    "taken_offset",
    "taken_source",
    "latitude",
    "longitude",
    "altitude",
    "make",
    "model",
    "lens",
)


def _missing(database: ArchiveDatabase, photo: Photo) -> str:
    """Say that a photo's file is not in the folder any more; "" when it is."""
    if photo.sha256 is None or photo.extension is None:
        return ""
    here = database.path_of(photo.sha256, photo.extension).is_file()
    return "" if here else media.MISSING


def _details(connection: Any, number: int, *, past: bool) -> dict[str, Any]:  # noqa: ANN401
    """Return the facts of the file, as they were read from it.

    :param past: also when its bytes first came, perhaps as somebody's private photo
    """
    row = connection.execute(
        """
        select o.width, o.height, o.orientation, o.taken_at, o.taken_offset,
            o.taken_source, o.latitude, o.longitude, o.altitude, o.camera_make,
            o.camera_model, o.lens, o.details, o.stored_at
        from photos p join originals o on o.id = p.original_id where p.id = ?
        """,
        (number,),
    ).fetchone()
    if row is None:
        return {}
    return {
        **dict(zip(_FACTS, row[:12], strict=True)),
        "more": json.loads(row[12]),
        **({"stored_at": row[13]} if past else {}),
    }


def _comments(connection: Any, number: int) -> list[dict[str, Any]]:  # noqa: ANN401
    rows = connection.execute(
        """
        select c.id, u.name, c.body, c.created_at, c.edited_at
        from comments c left join people u on u.id = c.author_id
        where c.photo_id = ? order by c.id
        """,
        (number,),
    )
    names = ("id", "author", "body", "created_at", "edited_at")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _history(connection: Any, number: int) -> list[dict[str, Any]]:  # noqa: ANN401
    """Return what changed, newest first, the changes of one batch together."""
    entries: dict[int | None, dict[str, Any]] = {}
    for batch, change in changes_of_photo(connection, number):
        key = batch.id if batch else None
        entry = entries.setdefault(key, _entry(batch))
        line = _line(change)
        if line:
            entry["changes"].append(line)
    return [entry for entry in reversed(entries.values()) if entry["changes"]]


def _entry(batch: BatchRecord | None) -> dict[str, Any]:
    return {
        "batch": batch.id if batch else None,
        "at": batch.at if batch else None,
        "who": batch.actor if batch else "unknown",
        "origin": batch.origin if batch else "sql",
        "reason": batch.reason if batch else "",
        "changes": [],
    }


def _line(change: Change) -> dict[str, Any] | None:
    """Return one change as a line: the field, old and new; None for what is no news."""
    if change.field in _DULL:
        return None
    if change.field == "":
        what = {"photo": "photo added", "comment": "comment"}.get(
            change.entity, change.entity
        )
        body = json.loads(change.new or change.old or "{}").get("body")
        ended = change.new is None
        return {
            "field": what,
            "old": body if ended else None,
            "new": None if ended else body,
        }
    return {
        "field": FIELDS.get(change.field, change.field),
        "old": change.shown_old,
        "new": change.shown_new,
    }


def _shown(photo: Photo) -> dict[str, Any]:
    """Return size and place of the preview, so that the page does not jump."""
    width, height = photo.width or 4, photo.height or 3
    scale = min(1.0, 1600 / max(width, height))
    return {"width": round(width * scale), "height": round(height * scale)}


def _as_json(found: dict[str, Any], links: Links, query: str) -> dict[str, Any]:
    return {
        "photo": photo_json(found["photo"], links, query, stars=found["stars"]),
        "file": found["details"],
        "comments": found["comments"],
        "history": found["history"],
        "newer": links.photo(found["newer"], query, ".json")
        if found["newer"]
        else None,
        "older": links.photo(found["older"], query, ".json")
        if found["older"]
        else None,
    }


async def send_rendition(call: Call) -> Any:  # noqa: ANN401
    """``/tower-4/-/photo/17/thumbnail``: a small picture."""
    photo = await media.look_up(call.database, call.number("photo"))
    if photo is None:
        return no_bytes()
    return await media.rendition(
        call.datasette, call.database, call.request, photo, call.names["name"]
    )


async def send_original(call: Call) -> Any:  # noqa: ANN401
    """``/tower-4/-/photo/17/original``: the file as it came."""
    photo = await media.look_up(call.database, call.number("photo"))
    if photo is None:
        return no_bytes()
    download = call.arg("download") == "1"
    found = media.original(call.database, call.request, photo, download=download)
    return found or no_bytes(media.MISSING)


_PHOTO = r"/-/photo/(?P<photo>[0-9]{1,18})"
_RENDITION = r"/(?P<name>thumbnail|medium|preview)"

ROUTES = (
    Route(_PHOTO, show, "view", json=True),
    Route(_PHOTO + _RENDITION, send_rendition, "view"),
    Route(_PHOTO + "/original", send_original, "download"),
)
