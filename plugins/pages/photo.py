"""``/tower-4/-/photo/17``: all about one photo."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import Any

from archive.comments import Comment, list_comments, split_at_names
from archive.editing import RIGHTS
from archive.errors import ArchiveError, NotFound
from archive.fields import fields_of
from archive.history import BatchRecord, Change, changes_of_photo
from archive.inbox import unread_on
from archive.markup_shapes import COLOURS, WIDTHS
from archive.markups import as_json, list_markups
from archive.photos import Photo, get_photo, load_photos
from archive.project_photo import KEY as PROJECT_PHOTO
from archive.purging import Ending, what_ends
from archive.remotes import gone_there
from archive.rights import Viewer, allowed, viewer
from archive.search import Query, parse
from archive.settings import get_setting
from plugins import listing, media
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.databases import ArchiveDatabase
from plugins.pages.answers import absent, archive_page, data
from plugins.pages.gallery import photo_json
from plugins.pages.links import Links
from plugins.pages.photo_bytes import PHOTO
from plugins.pages.photo_facts import further, load_facts
from plugins.pages.pictures import is_picture, layer, preview_size
from plugins.pages.wording import field_name, written

# A browser shows larger ones with difficulty, if at all: these are cut into tiles.
MOST_PIXELS = 50_000_000
# Fields whose changes are no news in themselves
_DULL = {"updated_at", "uuid", "recycled_by"}
_NEWEST = 20  # entries of the history that are shown at first


async def show(call: Call) -> Response:
    """Answer with a photo's page or its JSON."""
    number = call.number("photo")
    query = call.arg("q")

    def load(connection: Any) -> dict[str, Any] | None:  # noqa: ANN401
        who = viewer(connection.person)
        try:
            photo = get_photo(connection, number, who)
        except NotFound:
            return None
        return _load(connection, who, photo, query)

    found = await call.read(load)
    if found is None:
        return await absent(call)
    if call.wants_json:
        return data(_as_json(found, call.links, query))
    missing = await asyncio.to_thread(_is_missing, call.database, found["photo"])
    return await archive_page(
        call, "photo.html", {**found, **_shown(call, found, missing=missing)}
    )


def _load(
    connection: Any,  # noqa: ANN401
    who: Viewer | None,
    photo: Photo,
    query: str,
) -> dict[str, Any]:
    beside = listing.neighbours(connection, who, _parsed(query), photo)
    near = {one.id: one for one in load_photos(connection, [i for i in beside if i])}
    admin = allowed(connection.person, "history")
    fields = fields_of(connection, photo.id)
    if not (who and who.stars):
        del fields["starred"]
    return {
        "photo": photo,
        "fields": fields,
        "album": _album(connection, photo),
        "newer": near.get(beside[0] or 0),
        "older": near.get(beside[1] or 0),
        "details": load_facts(connection, photo.id, past=admin),
        "comments": list_comments(connection, photo.id),
        "markups": list_markups(connection, [photo.id]).get(photo.id, []),
        "unread_here": unread_on(connection, connection.person, photo.id),
        "history": _history(connection, photo.id) if admin else [],
        "stars": bool(who and who.stars),
        "ending": _ending(connection, photo),
        "gone_there": gone_there(connection, photo.uuid),
        "stands_for_project": get_setting(connection, PROJECT_PHOTO) == photo.uuid,
    }


def _parsed(text: str) -> Query:
    """Return the search that led here; a wrong one is none."""
    try:
        return parse(text)
    except ArchiveError:
        return Query()


def _album(connection: Any, photo: Photo) -> dict[str, Any]:  # noqa: ANN401
    row = connection.execute(
        "select private, cover_photo_id from albums where id = ?", (photo.album_id,)
    ).fetchone()
    private, cover = row or (0, None)
    return {"private": bool(private), "is_cover": cover == photo.id}


def _ending(connection: Any, photo: Photo) -> Ending | None:  # noqa: ANN401
    """Return what a purge would end, for those who may."""
    if photo.recycled_at is None or not allowed(connection.person, "purge"):
        return None
    return what_ends(connection, photo.id)


def _is_missing(database: ArchiveDatabase, photo: Photo) -> bool:
    """Whether a photo's file is not in the folder any more."""
    if photo.sha256 is None or photo.extension is None:
        return False
    return not database.path_of(photo.sha256, photo.extension).is_file()


def _shown(call: Call, found: dict[str, Any], *, missing: bool) -> dict[str, Any]:
    """Return what the template needs besides what was read."""
    photo: Photo = found["photo"]
    live = photo.recycled_at is None
    return {
        "missing": missing,
        "live": live,
        "can": {field: live and call.may(right) for field, right in RIGHTS.items()},
        "talks": live and call.may("comment"),
        "layer": layer(photo, found["markups"]),
        "draws": live and call.may("mark") and is_picture(photo),
        "colours": COLOURS,
        "widths": WIDTHS,
        "size": preview_size(photo),
        "zoom": _zoom(photo),
        "playable": media.INLINE,
        "further": further(found["details"].get("more") or {}),
        "said": [_said(comment) for comment in found["comments"]],
        "recent": _labelled(found["history"][:_NEWEST]),
        "former": _labelled(found["history"][_NEWEST:]),
        "to": {
            path: call.links.to(f"photo/{photo.id}/{path}")
            for path in (
                *("edit", "recycle", "retrieve", "purge", "cover", "project-photo"),
                "comment",
            )
        },
        "back": call.links.photo(photo.id, call.arg("q")),
        "on_map": _on_map(call, photo),
    }


def _on_map(call: Call, photo: Photo) -> str:
    """Return the address of the map around the photo; "" without a place or a map."""
    if photo.latitude is None or "map" not in call.places:
        return ""
    return call.links.to("map", at=f"{photo.latitude:.6f},{photo.longitude:.6f},17")


def _zoom(photo: Photo) -> str:
    """Say where its pixels come from: its "file", "tiles", or "" for the preview.

    The file itself knows nothing of how a person turned it; the browser does that.
    """
    if photo.kind not in ("image", "raw") or photo.sha256 is None:
        return ""
    pixels = (photo.width or 0) * (photo.height or 0)
    shown = photo.media_type in media.INLINE and photo.kind == "image"
    return "file" if shown and 0 < pixels <= MOST_PIXELS else "tiles"


def _said(comment: Comment) -> dict[str, Any]:
    """Return a comment with its text in pieces, those that name somebody marked."""
    return {**asdict(comment), "pieces": split_at_names(comment.body, comment.mentions)}


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
        "who": batch.actor if batch else None,
        "origin": batch.origin if batch else "sql",
        "reason": batch.reason if batch else "",
        "undoes": batch.undoes if batch else None,
        "changes": [],
    }


def _line(change: Change) -> dict[str, Any] | None:
    """Return one change as a line: the field, old and new; None for what is no news."""
    if change.field in _DULL:
        return None
    if change.field == "points":  # where it lies now is seen on the photo
        return {"field": "points", "old": None, "new": None}
    if change.field == "":
        body = _what(json.loads(change.new or change.old or "{}"))
        ended = change.new is None
        return {
            "field": f"{change.entity}_{'ended' if ended else 'added'}",
            "old": body if ended else None,
            "new": None if ended else body,
        }
    return {
        "field": change.field,
        "old": change.shown_old,
        "new": change.shown_new,
        "stored": {"old": change.old, "new": change.new},
    }


def _what(record: dict[str, Any]) -> str | None:
    """Say what a record was: words of a comment, or on the photo, a kind of shape."""
    found: str | None = record.get("body") or record.get("text") or record.get("kind")
    return found


def _labelled(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries with each field as a person calls it."""
    return [
        {**entry, "changes": [_for_a_person(change) for change in entry["changes"]]}
        for entry in history
    ]


def _for_a_person(change: dict[str, Any]) -> dict[str, Any]:
    name = change["field"]
    stored = change.get("stored", {})
    values = {k: written(name, change[k], stored.get(k)) for k in ("old", "new")}
    return {"field": field_name(name), **values}


def _as_json(found: dict[str, Any], links: Links, query: str) -> dict[str, Any]:
    def beside(photo: Photo | None) -> str | None:
        return links.photo(photo.id, query, ".json") if photo else None

    return {
        "photo": photo_json(found["photo"], links, query, stars=found["stars"]),
        "fields": found["fields"],
        "file": found["details"],
        "comments": [asdict(comment) for comment in found["comments"]],
        "markups": [as_json(markup) for markup in found["markups"]],
        "history": found["history"],
        "newer": beside(found["newer"]),
        "older": beside(found["older"]),
    }


ROUTES = (Route(PHOTO, show, "view", json=True),)
