"""All about one photo, as plain data for a page or a terminal.

Its fields, the facts of its file with their sources, its comments, its markups and its
history.
"""

from __future__ import annotations

import json
from typing import Any

from archive.comments import list_comments
from archive.history import changes_of_photo
from archive.markups import list_markups
from archive.people import Person
from archive.photos import Photo
from archive.remotes import gone_there
from archive.sqlite import sqlite3

_GONE = {  # on the remote, while it is kept here
    "recycled": "in the recycle bin",
    "purged": "deleted for good",
    "hidden": "no longer visible to you",
}
_FACTS = """
    select bytes, sha256, media_type, kind, width, height, orientation, taken_at,
        taken_offset, taken_source, latitude, longitude, altitude, position_source,
        direction, camera_make, camera_model, lens, projection, damage, stored_at,
        verified_at, details
    from originals where sha256 = ?
"""


def describe(
    connection: sqlite3.Connection, who: Person, photo: Photo
) -> dict[str, Any]:
    """Return photo, file, comments, markups, ``came_from`` and ``history``.

    The last two are empty for those who may not read the history: it knows the albums
    and words of times when the photo was private, and who else had the same bytes.
    """
    from archive.rights import allowed

    stars, past = allowed(who, "star"), allowed(who, "history")
    turned = {"rotation": photo.rotation} if photo.rotation else {}
    record = photo.as_json(stars=stars) | {"taken_source": taken_source(photo)}
    gone = gone_there(connection, photo.uuid) if past else ""
    record |= {"on_remote": _GONE[gone]} if gone else {}
    return {
        "photo": record | turned,
        "file": file_facts(connection, photo, past=past),
        "came_from": origins(connection, photo) if past else [],
        "comments": comments(connection, photo.id),
        "markups": markups(connection, photo.id),
        "history": history(connection, photo.id) if past else [],
    }


def taken_source(photo: Photo) -> str:
    """Say where a photo's date comes from."""
    if photo.taken_at is None:
        return "assumed: the time of import, since the file states none"
    if photo.taken_source == "person":
        return "set by a person"
    return photo.taken_source or "unknown"


def file_facts(
    connection: sqlite3.Connection, photo: Photo, *, past: bool = True
) -> dict[str, Any]:
    """Return what the file itself says, the rarer facts after the usual ones.

    :param past: also when its bytes first came, perhaps as somebody's private photo
    """
    cursor = connection.execute(_FACTS, (photo.sha256,))
    row = cursor.fetchone()
    if row is None:
        return {}
    names = [column[0] for column in cursor.description]
    facts = dict(zip(names, row, strict=True))
    details = json.loads(facts.pop("details"))
    if not past:
        del facts["stored_at"], facts["verified_at"]
    return {**facts, **details}


def origins(connection: sqlite3.Connection, photo: Photo) -> list[dict[str, Any]]:
    """Return the places that the file was found in."""
    rows = connection.execute(
        """
        select s.kind, s.name, f.path, f.outcome, i.started_at
        from originals o join source_files f on f.original_id = o.id
        join sources s on s.id = f.source_id join imports i on i.id = f.import_id
        where o.sha256 = ? order by i.started_at, f.path limit 20
        """,
        (photo.sha256,),
    )
    return [
        {
            "at": row[4],
            "source": f"{row[0]} {_text(row[1])}",
            "path": _text(row[2]),
            "outcome": row[3],
        }
        for row in rows
    ]


def _text(name: str | bytes) -> str:
    return name if isinstance(name, str) else name.decode("utf-8", "backslashreplace")


def comments(connection: sqlite3.Connection, photo_id: int) -> list[dict[str, Any]]:
    """Return a photo's comments, newest last."""
    return [
        {
            "id": comment.id,
            "at": comment.created_at,
            "author": comment.author or "somebody",
            "body": comment.body,
            "edited_at": comment.edited_at,
            "mentions": [name for _, name in comment.mentions],
        }
        for comment in list_comments(connection, photo_id)
    ]


def markups(connection: sqlite3.Connection, photo_id: int) -> list[dict[str, Any]]:
    """Return what is drawn on a photo, lowest first."""
    return [
        {
            "id": markup.id,
            "at": markup.created_at,
            "author": markup.author or "somebody",
            "kind": markup.kind,
            "colour": markup.colour,
            "width": markup.width,
            "points": [list(point) for point in markup.points],
            "text": markup.text,
            "edited_at": markup.edited_at,
        }
        for markup in list_markups(connection, [photo_id]).get(photo_id, [])
    ]


def history(connection: sqlite3.Connection, photo_id: int) -> list[dict[str, Any]]:
    """Return what changed in a photo, oldest first, names in place of numbers."""
    return [
        {
            "batch": record.id if record else None,
            "at": record.at if record else "",
            "by": record.actor if record else "unknown",
            "origin": record.origin if record else "sql",
            "reason": record.reason if record else "",
            "what": change.entity,
            "field": change.field,
            "old": change.shown_old,
            "new": change.shown_new,
        }
        for record, change in changes_of_photo(connection, photo_id)
    ]
