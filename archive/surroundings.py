"""What stands around photos, for a page of them at once: places, albums, trades, words.

Whoever calls has decided that the viewer may see these photos; on the guarded
connection the rest is hidden by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from archive.comments import Comment
from archive.locations import PATH_SQL, Location
from archive.photos import Photo, chunks
from archive.sqlite import sqlite3
from archive.trades import Trade


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What some photos refer to.

    :param private_albums: ids of those albums that are private
    :param logins: of the uploaders, as far as the reader may know them
    :param trades: and ``comments``: by the photo's id; those without are left out
    """

    locations: dict[int, Location] = field(default_factory=dict)
    private_albums: frozenset[int] = frozenset()
    logins: dict[int, str | None] = field(default_factory=dict)
    trades: dict[int, list[Trade]] = field(default_factory=dict)
    comments: dict[int, list[Comment]] = field(default_factory=dict)


def around(
    connection: sqlite3.Connection, photos: Sequence[Photo], *, comments: bool = False
) -> Surroundings:
    """Return what photos refer to.

    :param comments: their texts too, oldest first
    """
    ids = [photo.id for photo in photos]
    return Surroundings(
        _locations(connection, {p.location_id for p in photos}),
        _private(connection, {p.album_id for p in photos}),
        _logins(connection, {p.uploader_id for p in photos}),
        _trades(connection, [p.id for p in photos if p.trades]),
        _comments(connection, ids) if comments else {},
    )


def _rows(
    connection: sqlite3.Connection, select: str, ids: Iterable[int | None]
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a statement with ``{marks}`` in it, for these ids."""
    for some in chunks(sorted(number for number in ids if number is not None)):
        marks = ", ".join("?" * len(some))
        yield from connection.execute(select.format(marks=marks), some).fetchall()


def _locations(
    connection: sqlite3.Connection, ids: Iterable[int | None]
) -> dict[int, Location]:
    select = (
        f"select l.id, l.uuid, l.parent_id, l.name, {PATH_SQL}, null, l.created_at,"
        " l.updated_at from locations l where l.id in ({marks})"
    )
    return {row[0]: Location(*row) for row in _rows(connection, select, ids)}


def _private(
    connection: sqlite3.Connection, ids: Iterable[int | None]
) -> frozenset[int]:
    select = "select id from albums where private = 1 and id in ({marks})"
    return frozenset(row[0] for row in _rows(connection, select, ids))


def _logins(
    connection: sqlite3.Connection, ids: Iterable[int | None]
) -> dict[int, str | None]:
    select = "select id, login from people where id in ({marks})"
    return {row[0]: row[1] for row in _rows(connection, select, ids)}


def _trades(
    connection: sqlite3.Connection, ids: Iterable[int]
) -> dict[int, list[Trade]]:
    select = (
        "select x.photo_id, t.id, t.uuid, t.name, t.active, t.updated_at"
        " from photo_trades x join trades t on t.id = x.trade_id"
        " where x.photo_id in ({marks}) order by x.photo_id, t.name_key"
    )
    found: dict[int, list[Trade]] = {}
    for photo, number, uuid, name, active, updated in _rows(connection, select, ids):
        trade = Trade(number, uuid, name, bool(active), updated_at=updated)
        found.setdefault(photo, []).append(trade)
    return found


def _comments(
    connection: sqlite3.Connection, ids: Iterable[int]
) -> dict[int, list[Comment]]:
    select = (
        "select c.photo_id, c.id, c.author_id, u.name, c.body, c.created_at,"
        " c.edited_at from comments c left join people u on u.id = c.author_id"
        " where c.photo_id in ({marks}) order by c.photo_id, c.id"
    )
    found: dict[int, list[Comment]] = {}
    for photo, *row in _rows(connection, select, ids):
        found.setdefault(photo, []).append(Comment(*row))
    return found
