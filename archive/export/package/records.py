"""What is known of a photo and of the project, as JSON that another archive can read.

Things are named by their uuids, and by their names for people. Nothing rests on the
numbers of one database.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from archive.locations import PATH_SQL
from archive.photos import chunks
from archive.plans.files import FOLDER as MAPS
from archive.sqlite import sqlite3

FORMAT = 1

Record = dict[str, Any]

_PHOTO = f"""
    select p.id, p.uuid, p.filename, hex(p.filename_bytes) as filename_hex,
        p.description, p.private, p.starred, p.taken_at, p.taken_offset, p.taken_source,
        p.assumed_at, p.log_date, p.latitude, p.longitude, p.position_source,
        p.direction, p.projection, k.name as camera, p.rotation, p.uploaded_at,
        p.updated_at, p.recycled_at,
        a.uuid as album_uuid, a.name as album_name, a.private as album_private,
        l.uuid as location_uuid, iif(l.id is null, null, {PATH_SQL}) as location_path,
        u.uuid as uploader_uuid, u.name as uploader_name,
        r.uuid as recycler_uuid, r.name as recycler_name, p.original_id
    from photos p
    join albums a on a.id = p.album_id
    left join locations l on l.id = p.location_id
    left join cameras k on k.id = p.camera_id
    left join people u on u.id = p.uploader_id
    left join people r on r.id = p.recycled_by
    where p.id in ({{}})
"""
_ORIGINAL = """
    select id, sha256, bytes, crc32, extension, media_type, kind, width, height,
        orientation, turned, taken_at, taken_offset, taken_source, latitude, longitude,
        altitude, position_source, direction, camera_make, camera_model, lens,
        projection, damage, details, stored_at, verified_at
    from originals where id in ({})
"""
_TRADES = """
    select x.photo_id, t.uuid, t.name from photo_trades x
    join trades t on t.id = x.trade_id where x.photo_id in ({}) order by t.name_key
"""
_COMMENTS = """
    select c.id, c.photo_id, c.uuid, c.body, c.created_at, c.edited_at,
        u.uuid as author_uuid, u.name as author_name
    from comments c left join people u on u.id = c.author_id
    where c.photo_id in ({}) order by c.id
"""
_MARKUPS = """
    select m.photo_id, m.uuid, m.kind, m.colour, m.width, m.points, m.text,
        m.created_at, m.edited_at, u.uuid as author_uuid, u.name as author_name
    from markups m left join people u on u.id = m.author_id
    where m.photo_id in ({}) order by m.id
"""
_MENTIONS = """
    select m.comment_id, u.uuid, u.name from mentions m
    join people u on u.id = m.person_id join comments c on c.id = m.comment_id
    where c.photo_id in ({}) order by u.name, u.uuid
"""


def photo_records(
    connection: sqlite3.Connection, ids: Sequence[int], *, stars: bool
) -> Iterator[tuple[int, Record]]:
    """Yield the number and the record of each photo, in the ids' order.

    :param connection: to a copy that has only what may be seen
    :param stars: whether the reader may see stars; else they are null
    """
    for some in chunks(ids):
        photos = {row["id"]: row for row in _rows(connection, _PHOTO, some)}
        trades = _by(connection, _TRADES, some, "photo_id")
        comments, markups = _comments(connection, some), _markups(connection, some)
        originals = _originals(connection, list(photos.values()))
        for number in some:
            if number in photos:
                row = photos[number]
                row["starred"] = bool(row["starred"]) if stars else None
                original = originals.get(row.pop("original_id"))
                row["trades"] = trades.get(number, [])
                row["comments"] = comments.get(number, [])
                row["markups"] = markups.get(number, [])
                yield number, _record(row, original)


def _record(row: Record, original: Record | None) -> Record:
    row.pop("id")
    of_it = {name: row.pop(name) for name in ("trades", "comments", "markups")}
    found = {
        **row,
        "private": bool(row["private"]),
        "filename_hex": row["filename_hex"] or None,
        "album": {
            **(_named(row, "album") or {}),
            "private": bool(row["album_private"]),
        },
        "location": _named(row, "location", "path"),
        "trades": of_it["trades"],
        "uploader": _named(row, "uploader"),
        "recycled_by": _named(row, "recycler"),
        "comments": of_it["comments"],
        "markups": of_it["markups"],
        "original": original,
    }
    for name in ("album", "location", "uploader", "recycler"):
        for part in ("uuid", "name", "path", "private"):
            found.pop(f"{name}_{part}", None)
    return found


def _named(row: Record, what: str, name: str = "name") -> Record | None:
    uuid = row[f"{what}_uuid"]
    return {"uuid": uuid, name: row[f"{what}_{name}"]} if uuid else None


def _comments(
    connection: sqlite3.Connection, ids: Sequence[int]
) -> dict[int, list[Record]]:
    named = _by(connection, _MENTIONS, ids, "comment_id")
    found: dict[int, list[Record]] = {}
    for row in _rows(connection, _COMMENTS, ids):
        comment = {
            "uuid": row["uuid"],
            "author": _named(row, "author"),
            "body": row["body"],
            "created_at": row["created_at"],
            "edited_at": row["edited_at"],
            "mentions": named.get(row["id"], []),
        }
        found.setdefault(row["photo_id"], []).append(comment)
    return found


def _markups(
    connection: sqlite3.Connection, ids: Sequence[int]
) -> dict[int, list[Record]]:
    found = _by(connection, _MARKUPS, ids, "photo_id")
    for row in (row for rows in found.values() for row in rows):
        row["points"] = json.loads(row["points"])
        row["author"] = _named(row, "author")
        del row["author_uuid"], row["author_name"]
    return found


def _originals(
    connection: sqlite3.Connection, photos: Sequence[Record]
) -> dict[int | None, Record]:
    wanted = [row["original_id"] for row in photos if row["original_id"]]
    found: dict[int | None, Record] = {}
    for row in _rows(connection, _ORIGINAL, wanted):
        number = row.pop("id")
        found[number] = {**row, "details": json.loads(row["details"])}
    return found


def _by(
    connection: sqlite3.Connection, sql: str, ids: Sequence[int], key: str
) -> dict[int, list[Record]]:
    found: dict[int, list[Record]] = {}
    for row in _rows(connection, sql, ids):
        found.setdefault(row.pop(key), []).append(row)
    return found


def _rows(
    connection: sqlite3.Connection, sql: str, ids: Sequence[int] | None = None
) -> list[Record]:
    marks = ", ".join("?" * len(ids or ()))
    cursor = connection.execute(sql.format(marks), list(ids or ()))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def project_record(connection: sqlite3.Connection) -> Record:
    """Return the lists of a project: people, albums, places, trades, plans, settings.

    Each list is in an order in which it can be made again.
    """
    return {
        "people": _rows(
            connection, "select uuid, name, created_at from people order by id"
        ),
        "albums": [
            {**row, "private": bool(row["private"])}
            for row in _rows(connection, _ALBUMS)
        ],
        "locations": _rows(connection, _LOCATIONS),
        "trades": [
            {**row, "active": bool(row["active"])} for row in _rows(connection, _TRADE)
        ],
        "plans": [_plan(row) for row in _rows(connection, _PLANS)],
        "settings": {
            row["key"]: json.loads(row["value"])
            for row in _rows(connection, "select key, value from settings order by key")
        },
        "purged": _rows(connection, _TOMBSTONES),
        "packages": [
            {**row, "complete": bool(row["complete"])}
            for row in _rows(connection, _PACKAGES)
        ],
    }


_ALBUMS = """
    select a.uuid, a.name, a.private, p.uuid as cover, a.id = 1 as unclassified,
        a.created_at
    from albums a left join photos p on p.id = a.cover_photo_id
    order by a.position, a.id
"""
_LOCATIONS = """
    select l.uuid, l.name, u.uuid as parent, l.created_at from locations l
    left join locations u on u.id = l.parent_id
    order by (select max(depth) from location_tree where descendant_id = l.id), l.id
"""
_TRADE = "select uuid, name, active, created_at from trades order by name_key"
_PLANS = """
    select uuid, name, kind, sha256, extension, bytes, media_type, width, height,
        corners, min_zoom, max_zoom, opacity, attribution, created_at
    from plans order by name_key, id
"""
_PACKAGES = """
    select uuid, archive_uuid, title, made_at, made_by, seal, complete
    from packages order by id
"""
_TOMBSTONES = """
    select t.uuid, t.sha256, t.bytes, t.filename, t.uploaded_at, t.recycled_at,
        t.purged_at, u.name as purged_by, t.reason
    from tombstones t left join people u on u.id = t.purged_by order by t.photo_id
"""


def _plan(row: Record) -> Record:
    corners = json.loads(row["corners"]) if row["corners"] else None
    file = f"data/{MAPS}/{row['sha256']}.{row['extension']}"
    return {**row, "corners": corners, "file": file}


def as_text(record: Record) -> bytes:
    """Return a record as people read it: indented JSON in UTF-8."""
    text = json.dumps(record, ensure_ascii=False, indent=1)
    return f"{text}\n".encode("utf-8", "replace")
