"""Changing photos: their fields, and the recycle bin. One call is one step of a batch.

Rights are asked here, so that no door can forget them; privacy rules are those of the
tool we equal (edge rules 4, 5 and 8).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

from archive.albums import Album
from archive.batches import Batch, permit
from archive.errors import InvalidInput, NotFound
from archive.fields import require_unchanged, touched
from archive.identity import clean_text
from archive.locations import get_location
from archive.moments import check_offset, parse_date, parse_moment
from archive.people import Person
from archive.photos import chunks, find_photo_id, sorted_ids
from archive.rights import require, viewer
from archive.sqlite import sqlite3
from archive.trades import find_trade

MAX_DESCRIPTION = 100_000  # characters; far over what any of our peers takes

Unknown = Literal["unknown"]
UNKNOWN: Unknown = "unknown"


@dataclass(frozen=True, slots=True)
class Edit:
    """What to change; None leaves a field as it is.

    :param album: the one to move to
    :param location: id of a location, or 0 for none
    :param trades: ids, in place of those there are
    :param rotate: degrees clockwise, on top of how the photo is turned now
    :param taken_at: local time, with offset or without; "" goes back to what the file
        says
    :param log_date: ``YYYY-MM-DD``; "" takes the photo off the daily log
    :param position: (latitude, longitude) in degrees; () goes back to what the file
        says; ``UNKNOWN`` takes the photo off the map, whatever the file says
    """

    description: str | None = None
    album: Album | None = None
    location: int | None = None
    trades: tuple[int, ...] | None = None
    private: bool | None = None
    starred: bool | None = None
    rotate: int | None = None
    taken_at: str | None = None
    log_date: str | None = None
    position: tuple[float, float] | tuple[()] | Unknown | None = None

    def given(self) -> list[str]:
        """Return the names of the fields to change."""
        return [f.name for f in fields(self) if getattr(self, f.name) is not None]


# field of an Edit: right for one photo (several need "bulk_edit" too, or, for the
# description, "bulk_describe")
RIGHTS = {
    "description": "describe",
    "album": "move",
    "location": "set_location",
    "trades": "set_trades",
    "private": "set_private",
    "starred": "star",
    "rotate": "rotate",
    "taken_at": "correct",
    "log_date": "correct",
    "position": "pin",
}


def edit_photos(
    connection: sqlite3.Connection,
    actor: Person,
    ids: Sequence[int],
    edit: Edit,
    seen: Mapping[str, Any] | None = None,
) -> int:
    """Change live photos, inside a batch. Returns how many there were.

    :param seen: what fields held when the person began to edit, as ``fields_of`` gives
        it: what is wanted as it was seen is left as it is now; fields that are not in
        it are overwritten whatever they hold
    :raises NotAllowed: the actor may not change one of the fields
    :raises NotFound: one of them is not there for the actor, or is in the bin
    :raises InvalidInput: a value that cannot be, or nothing to change
    :raises Changed: a field holds neither what was seen nor what is wanted
    """
    given = edit.given()
    if not given:
        raise InvalidInput("nothing to change was given", key="nothing_given")
    for field in given:
        permit(connection, actor, RIGHTS[field])
        if len(ids) > 1:
            require(actor, "bulk_describe" if field == "description" else "bulk_edit")
    ids = live_ids(connection, actor, ids)
    if seen is not None:
        edit = touched(edit, seen)
        for number in ids:
            require_unchanged(connection, number, edit, seen)
    for field in edit.given():
        _EDITORS[field](connection, ids, edit)
    return len(ids)


def live_ids(
    connection: sqlite3.Connection, actor: Person, ids: Sequence[int]
) -> list[int]:
    """Return the ids sorted, when all are photos outside the bin that ``actor`` sees.

    :raises NotFound: naming the first that is not
    """
    who = viewer(actor)
    wanted = sorted_ids(ids)
    for number in wanted:
        find_photo_id(connection, number, who)
    for some in chunks(wanted):
        marks = ", ".join("?" * len(some))
        row = connection.execute(
            f"""
            select min(id) from photos where id in ({marks}) and recycled_at is not null
            """,
            some,
        ).fetchone()
        if row[0] is not None:
            raise NotFound(
                f"photo {row[0]} is in the recycle bin; retrieve it first",
                key="in_bin",
                number=row[0],
            )
    return wanted


def _set(
    connection: sqlite3.Connection,
    ids: Sequence[int],
    assignments: str,
    *values: object,
) -> None:
    for some in chunks(list(ids)):
        marks = ", ".join("?" * len(some))
        connection.execute(
            f"update photos set {assignments} where id in ({marks})", (*values, *some)
        )


def _description(
    connection: sqlite3.Connection, ids: Sequence[int], edit: Edit
) -> None:
    text = clean_text(edit.description or "")
    if len(text) > MAX_DESCRIPTION:
        raise InvalidInput(
            f"the description is over {MAX_DESCRIPTION:,} characters",
            key="description_long",
            n=MAX_DESCRIPTION,
        )
    _set(connection, ids, "description = ?", text)


def _album(connection: sqlite3.Connection, ids: Sequence[int], edit: Edit) -> None:
    number = edit.album.id if edit.album else 0
    row = connection.execute(
        "select private from albums where id = ?", (number,)
    ).fetchone()
    if row is None:
        raise NotFound(f"there is no album {number}", key="no_album", name=number)
    # out of a private album a photo stays private (edge rule 5)
    _set(
        connection,
        ids,
        """album_id = ?1, private = max(private, ?2),
            log_date = iif(?2, null, log_date)""",
        number,
        row[0],
    )


def _location(connection: sqlite3.Connection, ids: Sequence[int], edit: Edit) -> None:
    if edit.location:
        get_location(connection, edit.location)
    _set(connection, ids, "location_id = ?", edit.location or None)


def _trades(connection: sqlite3.Connection, ids: Sequence[int], edit: Edit) -> None:
    wanted = set(edit.trades or ())
    for trade in wanted:
        find_trade(connection, trade)
    for number in ids:
        set_trades(connection, number, wanted)


def set_trades(connection: sqlite3.Connection, number: int, wanted: set[int]) -> None:
    """Give a photo these trades and no others, whoever writes."""
    rows = connection.execute(
        "select trade_id from photo_trades where photo_id = ?", (number,)
    )
    present = {row[0] for row in rows}
    for trade in sorted(present - wanted):
        connection.execute(
            "delete from photo_trades where photo_id = ? and trade_id = ?",
            (number, trade),
        )
    for trade in sorted(wanted - present):
        connection.execute(
            "insert into photo_trades (photo_id, trade_id) values (?, ?)",
            (number, trade),
        )


def _private(connection: sqlite3.Connection, ids: Sequence[int], edit: Edit) -> None:
    if not edit.private:
        for some in chunks(list(ids)):
            marks = ", ".join("?" * len(some))
            row = connection.execute(
                f"""
                select p.filename, a.name
                from photos p join albums a on a.id = p.album_id
                where p.id in ({marks}) and a.private = 1 limit 1
                """,
                some,
            ).fetchone()
            if row:
                raise InvalidInput(
                    f"{row[0]} lies in the private album {row[1]!r} and so stays"
                    " private; move it to another album first",
                    key="in_private_album",
                    photo=row[0],
                    album=row[1],
                )
    # a private photo leaves the daily log (edge rule 8)
    _set(
        connection,
        ids,
        "private = ?1, log_date = iif(?1, null, log_date)",
        int(bool(edit.private)),
    )


def _starred(connection: sqlite3.Connection, ids: Sequence[int], edit: Edit) -> None:
    _set(connection, ids, "starred = ?", int(bool(edit.starred)))


def _rotate(connection: sqlite3.Connection, ids: Sequence[int], edit: Edit) -> None:
    degrees = edit.rotate or 0
    if degrees % 90:
        raise InvalidInput(
            "photos are rotated by 90, 180 or 270 degrees", key="rotation"
        )
    _set(connection, ids, "rotation = (rotation + ?) % 360", degrees % 360)


def _taken_at(connection: sqlite3.Connection, ids: Sequence[int], edit: Edit) -> None:
    if edit.taken_at == "":
        _set(
            connection,
            ids,
            """(taken_at, taken_offset, taken_source) = (
                select taken_at, taken_offset, 'file: ' || taken_source from originals o
                where o.id = photos.original_id)""",
        )
        return
    local, offset = parse_moment(edit.taken_at or "")
    if offset is not None:
        check_offset(offset)
    _set(
        connection,
        ids,
        "taken_at = ?, taken_offset = ?, taken_source = 'person'",
        local,
        offset,
    )


def _position(connection: sqlite3.Connection, ids: Sequence[int], edit: Edit) -> None:
    if not edit.position:
        _set(
            connection,
            ids,
            """(latitude, longitude, position_source) = (
                select latitude, longitude, 'file: ' || position_source from originals o
                where o.id = photos.original_id)""",
        )
        return
    if edit.position == UNKNOWN:
        _set(
            connection,
            ids,
            "latitude = null, longitude = null, position_source = 'person'",
        )
        return
    latitude, longitude = edit.position
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise InvalidInput(
            f"{latitude}, {longitude} is no place on earth",
            key="no_place",
            place=f"{latitude}, {longitude}",
        )
    _set(
        connection,
        ids,
        "latitude = ?, longitude = ?, position_source = 'person'",
        latitude,
        longitude,
    )


def _log_date(connection: sqlite3.Connection, ids: Sequence[int], edit: Edit) -> None:
    if edit.log_date == "":
        _set(connection, ids, "log_date = null")
        return
    day = parse_date(edit.log_date or "")
    for some in chunks(list(ids)):
        marks = ", ".join("?" * len(some))
        row = connection.execute(
            f"""
            select filename from photos where id in ({marks}) and private = 1 limit 1
            """,
            some,
        ).fetchone()
        if row:
            raise InvalidInput(
                f"{row[0]} is private, so it cannot be in the daily log",
                key="private_in_log",
                photo=row[0],
            )
    _set(connection, ids, "log_date = ?", day)


# In this order an edit is applied: what makes a photo private or public before the log.
_EDITORS = {
    "description": _description,
    "album": _album,
    "location": _location,
    "trades": _trades,
    "private": _private,
    "starred": _starred,
    "rotate": _rotate,
    "taken_at": _taken_at,
    "position": _position,
    "log_date": _log_date,
}


def recycle_photos(
    connection: sqlite3.Connection, actor: Person, batch: Batch, ids: Sequence[int]
) -> int:
    """Put photos in the recycle bin. Returns how many went there.

    :raises NotAllowed: the actor may not
    :raises NotFound: one of them is not there, or in the bin already
    """
    permit(connection, actor, "recycle")
    ids = live_ids(connection, actor, ids)
    _set(connection, ids, "recycled_at = ?, recycled_by = ?", batch.at, actor.id)
    return len(ids)


def retrieve_photos(
    connection: sqlite3.Connection, actor: Person, ids: Sequence[int]
) -> int:
    """Take photos out of the bin, back to their albums. Returns how many.

    The album of a deleted one was Unclassified from then on; an album that became
    private meanwhile makes them private.

    :raises NotAllowed: the actor may not
    :raises NotFound: one of them is not in the bin
    """
    permit(connection, actor, "retrieve")
    ids = recycled_ids(connection, ids)
    _set(
        connection,
        ids,
        """(recycled_at, recycled_by, private, log_date) = (
            select null, null, max(photos.private, a.private),
                iif(a.private, null, photos.log_date)
            from albums a where a.id = photos.album_id)""",
    )
    return len(ids)


def recycled_ids(connection: sqlite3.Connection, ids: Sequence[int]) -> list[int]:
    """Return the ids sorted, when all are photos in the bin.

    :raises NotFound: naming the first that is not
    """
    wanted = sorted_ids(ids)
    for number in wanted:
        row = connection.execute(
            "select recycled_at from photos where id = ?", (number,)
        ).fetchone()
        if row is None or row[0] is None:
            raise NotFound(
                f"photo {number} is not in the recycle bin",
                key="not_in_bin",
                number=number,
            )
    return wanted
