"""Records of another copy of this archive, written here as they are there.

What ``archive.mirroring`` is for a remote, which knows less of a photo: here come also
the sources of facts, a rotation, comments, markups. Values are those of
``sync.exchanging``, and have been checked; what a record refers to is a uuid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archive import indexing, mirroring
from archive.albums import UNCLASSIFIED_ID
from archive.editing import set_trades
from archive.errors import InvalidInput, NotFound
from archive.markup_shapes import Shape
from archive.markups import MAX_MARKUPS, checked, is_full, stored, stored_points
from archive.mirroring import Mirror, id_of
from archive.sqlite import sqlite3

Values = Mapping[str, Any]
_PLACE = ("latitude", "longitude", "position_source", "direction")
_TAKEN = ("taken_at", "taken_offset", "taken_source")
_ON_PHOTOS = {"comment": "comments", "markup": "markups"}
_PLAIN = ("description", "log_date", "rotation", "filename", "projection")


def make(mirror: Mirror, kind: str, uuid: str, values: Values, born: Values) -> None:
    """Make a record that is not here; a photo has no bytes yet.

    :param born: what never changes: ``who`` (login, name), times, the photo it is on
    :raises ArchiveError: it cannot be made so
    """
    if kind == "photo":
        _make_photo(mirror, uuid, values, born)
    elif kind == "comment":
        _make_on_photo(mirror, "comments", uuid, {"body": values["body"]}, born)
    elif kind == "markup":
        _make_on_photo(mirror, "markups", uuid, stored(_shape(values)), born)
    else:
        kept = {name: value for name, value in values.items() if name != "position"}
        mirroring.make(mirror, kind, uuid, kept)
        _set_position(mirror, kind, uuid, values)


def change(mirror: Mirror, kind: str, uuid: str, values: Values, at: str = "") -> None:
    """Write these fields of a record that is here.

    :param at: when somebody set them there; "": nobody knows
    :raises ArchiveError: it cannot be so
    """
    if not values:
        return
    indexing.catch_up(mirror.connection)
    if kind == "photo":
        _change_photo(mirror, uuid, values)
    elif kind == "comment":
        _change_on_photo(mirror, "comments", uuid, values, at)
    elif kind == "markup":
        row = stored(_shape({**_drawn(mirror.connection, uuid), **values}))
        _change_on_photo(mirror, "markups", uuid, row, at)
    else:
        kept = {name: value for name, value in values.items() if name != "position"}
        mirroring.change(mirror, kind, uuid, kept)
        _set_position(mirror, kind, uuid, values)


def end(mirror: Mirror, kind: str, uuid: str) -> None:
    """Put a photo in the bin; delete all else.

    :raises Conflict: something that is not in the bin uses it
    """
    if kind in _ON_PHOTOS:
        indexing.catch_up(mirror.connection)
        table = _ON_PHOTOS[kind]
        mirror.connection.execute(f"delete from {table} where uuid = ?", (uuid,))
        return
    mirroring.recycle(mirror, kind, uuid)


def same_bytes(connection: sqlite3.Connection, uuid: str, sha256: str) -> bool:
    """Give a photo without bytes a file that is here already. Whether it is.

    What a camera says is as with the other photo of that file.
    """
    done = connection.execute(
        """
        update photos set original_id = o.id, camera_id = coalesce(camera_id, (
                select camera_id from photos p where p.original_id = o.id limit 1))
        from (select id from originals where sha256 = ?1) o
        where uuid = ?2 and original_id is null
        """,
        (sha256, uuid),
    )
    return bool(done.rowcount)


def _set_position(mirror: Mirror, kind: str, uuid: str, values: Values) -> None:
    if "position" in values:
        mirror.connection.execute(
            "update albums set position = ? where id = ?",
            (values["position"], id_of(mirror, kind, uuid)),
        )


def _make_photo(mirror: Mirror, uuid: str, values: Values, born: Values) -> None:
    indexing.put_off(mirror.connection)
    who = born.get("who")
    row = {
        "uuid": uuid,
        "uploader_id": mirroring.uploader_of(mirror, who) if who else None,
        "assumed_at": born["assumed_at"],
        "uploaded_at": born["uploaded_at"],
        "updated_at": mirror.batch.at,
        **_columns(mirror, values),
    }
    marks = ", ".join("?" * len(row))
    number = mirror.connection.execute(
        f"insert into photos ({', '.join(row)}) values ({marks})", tuple(row.values())
    ).lastrowid
    mirror.connection.executemany(
        "insert into photo_trades (photo_id, trade_id) values (?, ?)",
        [(number, trade) for trade in _trades(mirror, values)],
    )


def _change_photo(mirror: Mirror, uuid: str, values: Values) -> None:
    number = id_of(mirror, "photo", uuid)
    row = _columns(mirror, values)
    if row:
        sets = ", ".join(f"{name} = ?" for name in row)
        mirror.connection.execute(
            f"update photos set {sets} where id = ?", (*row.values(), number)
        )
    if "trades" in values:
        set_trades(mirror.connection, number, _trades(mirror, values))


def _trades(mirror: Mirror, values: Values) -> set[int]:
    return {id_of(mirror, "trade", one) for one in values.get("trades") or ()}


def _columns(mirror: Mirror, values: Values) -> dict[str, object]:
    row: dict[str, object] = {name: values[name] for name in _PLAIN if name in values}
    row |= {n: int(values[n]) for n in ("private", "starred") if n in values}
    if "album" in values:
        album = values["album"]
        row["album_id"] = id_of(mirror, "album", album) if album else UNCLASSIFIED_ID
    if "location" in values:
        place = values["location"]
        row["location_id"] = id_of(mirror, "location", place) if place else None
    for name, columns in (("taken", _TAKEN), ("place", _PLACE)):
        if name in values:
            parts = values[name] or (None,) * len(columns)
            row |= dict(zip(columns, parts, strict=True))
    return row


def _make_on_photo(
    mirror: Mirror, table: str, uuid: str, values: Values, born: Values
) -> None:
    """Make a comment or a markup.

    :raises NotFound: its photo is not here; InvalidInput: it has no room for more
    """
    connection = mirror.connection
    indexing.catch_up(connection)
    photo = connection.execute(
        "select id from photos where uuid = ?", (born["photo"],)
    ).fetchone()
    if photo is None:
        which = born["photo"]
        raise NotFound(f"there is no photo {which}", key="no_photo", number=which)
    if table == "markups" and is_full(connection, photo[0]):
        raise InvalidInput(
            f"a photo has at most {MAX_MARKUPS} markups",
            key="markups_many",
            n=MAX_MARKUPS,
        )
    who = born.get("who")
    row = {
        "uuid": uuid,
        "photo_id": photo[0],
        "author_id": mirroring.uploader_of(mirror, who) if who else None,
        "created_at": born["created_at"],
        "edited_at": born.get("edited_at"),
        **values,
    }
    marks = ", ".join("?" * len(row))
    connection.execute(
        f"insert into {table} ({', '.join(row)}) values ({marks})", tuple(row.values())
    )


def _change_on_photo(
    mirror: Mirror, table: str, uuid: str, values: Values, at: str
) -> None:
    """Change a comment or a markup; it was edited when the newest of it was set."""
    sets = ", ".join(f"{name} = ?" for name in values)
    mirror.connection.execute(
        f"""
        update {table} set {sets}, edited_at = max(coalesce(edited_at, ''), ?)
        where uuid = ?
        """,
        (*values.values(), at or mirror.batch.at, uuid),
    )


def _shape(values: Values) -> Shape:
    """Return what is drawn, by the fields of a markup (``sync.exchanging.drawn``).

    :raises InvalidInput: it cannot be drawn so
    """
    kind, points = values["shape"]
    return checked({**values, "kind": kind, "points": points})


def _drawn(connection: sqlite3.Connection, uuid: str) -> Values:
    kind, points, *rest = connection.execute(
        "select kind, points, colour, width, text from markups where uuid = ?", (uuid,)
    ).fetchone()
    shape = (kind, stored_points(points))
    return {"shape": shape, **dict(zip(("colour", "width", "text"), rest, strict=True))}
