"""One photo of a package, and what was said about it, as rows of the database."""

from __future__ import annotations

from archive.batches import Batch
from archive.identity import name_key
from archive.importing.package_lists import Numbers, Values, insert
from archive.markups import stored
from archive.sqlite import sqlite3


def add_photo(
    connection: sqlite3.Connection,
    opened: Batch,
    record: Values,
    numbers: Numbers,
    original: int | None,
) -> None:
    """Record a photo, its trades, comments and drawings.

    :param record: as ``package_records`` checked it
    :param original: id of its bytes; None: it has none
    """
    photo = insert(
        connection, "photos", _photo(connection, opened, record, numbers, original)
    )
    connection.executemany(
        "insert into photo_trades (photo_id, trade_id) values (?, ?)",
        [(photo, n) for n in sorted({numbers.trades[t] for t in record["trades"]})],
    )
    for comment in record["comments"]:
        add_comment(connection, photo, comment, numbers)
    for markup in record["markups"]:
        add_markup(connection, photo, markup, numbers)


def _photo(
    connection: sqlite3.Connection,
    opened: Batch,
    record: Values,
    numbers: Numbers,
    original: int | None,
) -> Values:
    album = numbers.albums[record["album"]]
    private = record["private"] or _is_private(connection, album)
    raw = record["filename_hex"]
    same = (
        *("uuid", "filename", "description", "starred", "taken_at", "taken_offset"),
        *("taken_source", "assumed_at", "latitude", "longitude", "position_source"),
        *("direction", "projection", "rotation", "uploaded_at", "recycled_at"),
    )
    return {
        **{name: record[name] for name in same},
        "original_id": original,
        "filename_bytes": bytes.fromhex(raw) if raw else None,
        "album_id": album,
        "location_id": numbers.locations.get(record["location"] or ""),
        "uploader_id": numbers.people.get(record["uploader"] or ""),
        "private": private,
        "log_date": None if private else record["log_date"],
        "camera_id": _camera(connection, record["camera"]),
        "updated_at": opened.at,
        "recycled_by": numbers.people.get(record["recycled_by"] or ""),
    }


def _is_private(connection: sqlite3.Connection, album: int) -> int:
    row = connection.execute("select private from albums where id = ?", (album,))
    return int(row.fetchone()[0])


def _camera(connection: sqlite3.Connection, name: str | None) -> int | None:
    if name is None:
        return None
    key = name_key(name)
    row = connection.execute(
        "select id from cameras where name_key = ?", (key,)
    ).fetchone()
    if row:
        return int(row[0])
    return insert(connection, "cameras", {"name": name, "name_key": key})


def add_comment(
    connection: sqlite3.Connection, photo: int, comment: Values, numbers: Numbers
) -> None:
    """Add a comment of a package to a photo."""
    number = insert(
        connection,
        "comments",
        {
            "uuid": comment["uuid"],
            "photo_id": photo,
            "author_id": numbers.people.get(comment["author"] or ""),
            "body": comment["body"],
            "created_at": comment["created_at"],
            "edited_at": comment["edited_at"],
        },
    )
    named = {numbers.people[m] for m in comment["mentions"] if m in numbers.people}
    connection.executemany(
        "insert into mentions (comment_id, person_id) values (?, ?)",
        [(number, person) for person in sorted(named)],
    )


def add_markup(
    connection: sqlite3.Connection, photo: int, markup: Values, numbers: Numbers
) -> None:
    """Add a drawing of a package to a photo."""
    values = {
        "uuid": markup["uuid"],
        "photo_id": photo,
        "author_id": numbers.people.get(markup["author"] or ""),
        "created_at": markup["created_at"],
        "edited_at": markup["edited_at"],
    }
    insert(connection, "markups", {**values, **stored(markup["shape"])})
