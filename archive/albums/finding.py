"""Albums as people find them: in order, counted for who looks, by name or number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from archive.errors import InvalidInput, NotFound
from archive.identity import as_id, name_key
from archive.rights import Viewer, scope_condition
from archive.sqlite import sqlite3

UNCLASSIFIED_ID = 1
UNCLASSIFIED = "Unclassified"
# What a person reads in place of it, by the language; stored and sent it is English
UNCLASSIFIED_IN = {"en": UNCLASSIFIED, "de": "Nicht klassifiziert"}
_COLUMNS = "id, uuid, name, private, cover_photo_id, created_at, updated_at"


@dataclass(frozen=True, slots=True)
class Album:
    """An album.

    :param cover_photo_id: the photo that somebody chose, where the viewer may see it;
        None: the newest stands in
    :param photos: how many the viewer may see; None when nobody asked
    :param shown: the photo to show for it: the chosen one, else the newest that the
        viewer may see; None: there is none, or nobody asked
    """

    id: int
    uuid: str
    name: str
    private: bool
    cover_photo_id: int | None
    photos: int | None = None
    shown: int | None = None
    created_at: str = ""
    updated_at: str = ""


def called(number: int, name: str, language: str) -> str:
    """Return what an album is called for a person who reads this language.

    Only Unclassified has names of its own in other languages: nobody can rename it.
    """
    return UNCLASSIFIED_IN.get(language, name) if number == UNCLASSIFIED_ID else name


def list_albums(connection: sqlite3.Connection, who: Viewer | None) -> list[Album]:
    """Return all albums in their order, counted as ``who`` may see them.

    A private album is listed only to those who may see private photos, and to those
    who have a photo of their own in it.
    """
    if who is None:
        return []
    rows = connection.execute(
        f"""
        select a.id, a.uuid, a.name, a.private, chosen.id, coalesce((
            select sum(c.photos) from facet_counts c
            where c.dimension = 'album' and c.location_id = 0 and c.value = a.id
                and {scope_condition(who, "c.scope")}), 0),
            coalesce(chosen.id, (
                select p.id from photos p
                where p.album_id = a.id and {scope_condition(who, "p.scope")}
                order by p.sorted_at desc, p.id desc limit 1)),
            a.created_at, a.updated_at
        from albums a
        left join photos chosen on chosen.id = a.cover_photo_id
            and chosen.album_id = a.id and {scope_condition(who, "chosen.scope")}
        order by a.position, a.id
        """
    )
    albums = [Album(r[0], r[1], r[2], bool(r[3]), *r[4:]) for r in rows]
    return [a for a in albums if who.everything or not a.private or a.photos]


def albums_changed(
    connection: sqlite3.Connection,
    who: Viewer | None,
    first: str | None,
    last: str | None,
) -> list[int]:
    """Return the ids of the albums with photos that were changed in a window.

    :param first: and ``last``: as ``updated_at`` is written, both included; None: open
    """
    rows = connection.execute(
        f"""
        select distinct album_id from photos
        where updated_at >= ? and updated_at <= ? and {scope_condition(who)}
        order by album_id
        """,
        (first or "", last or "9999-12-31T23:59:59.999Z"),
    )
    return [int(row[0]) for row in rows]


def visible_album(
    connection: sqlite3.Connection, which: int | str, who: Viewer | None
) -> Album:
    """Return an album as ``find_album`` does, of those that ``who`` may know of.

    :raises NotFound: no such album, or a private one with nothing in it for ``who``
    :raises InvalidInput: a name that two of them have
    """
    return _find(connection, which, lambda a: is_visible(connection, a, who))


def is_visible(
    connection: sqlite3.Connection, album: Album, who: Viewer | None
) -> bool:
    """Return whether ``who`` may know of an album: a private one too, or not."""
    if who is None:
        return False
    if who.everything or not album.private:
        return True
    own = connection.execute(
        f"""
        select 1 from photos where album_id = ? and {scope_condition(who)} limit 1
        """,
        (album.id,),
    )
    return own.fetchone() is not None


def find_album(connection: sqlite3.Connection, which: int | str) -> Album:
    """Return an album by id, uuid or name.

    A name goes before an id, since albums are often called "2026".

    :param which: a number is an id and nothing else
    :raises NotFound: no such album
    :raises InvalidInput: a name that two albums have
    """
    return _find(connection, which, lambda _: True)


def _find(
    connection: sqlite3.Connection, which: int | str, seen: Callable[[Album], bool]
) -> Album:
    albums: list[Album] = []
    if isinstance(which, str):
        albums = [a for a in named(connection, which) if seen(a)]
    if not albums:
        rows = connection.execute(
            f"select {_COLUMNS} from albums where id = ? or uuid = ?",
            (as_id(which), str(which)),
        )
        albums = [a for a in map(_album, rows) if seen(a)]
    if not albums:
        raise NotFound(f"there is no album {which!r}", key="no_album", name=which)
    if len(albums) > 1:
        each = " and ".join(f"{a.id}{' (private)' * a.private}" for a in albums)
        raise InvalidInput(
            f"there are two albums {which!r}, {each}; say which by its number",
            key="two_albums",
            name=which,
        )
    return albums[0]


def named(connection: sqlite3.Connection, name: str) -> list[Album]:
    """Return the albums whose names read like this one: at most two."""
    rows = connection.execute(
        f"select {_COLUMNS} from albums where name_key = ? order by id",
        (name_key(name),),
    )
    return [_album(row) for row in rows]


def _album(row: tuple[Any, ...]) -> Album:
    return Album(
        row[0],
        row[1],
        row[2],
        bool(row[3]),
        row[4],
        created_at=row[5],
        updated_at=row[6],
    )
