"""Albums: flat, ordered, each photo in exactly one; *Unclassified* is permanent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from archive.batches import Batch, permit
from archive.errors import Conflict, InvalidInput, NotFound
from archive.identity import as_id, clean_name, name_key, new_uuid
from archive.ordering import key_between, spread
from archive.people import Person
from archive.rights import Viewer, require, scope_condition, viewer
from archive.settings import get_setting
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
    return _find(connection, which, lambda a: _is_visible(connection, a, who))


def _is_visible(
    connection: sqlite3.Connection, album: Album, who: Viewer | None
) -> bool:
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


def _refuse_hidden(connection: sqlite3.Connection, actor: Person, album: Album) -> None:
    if not _is_visible(connection, album, viewer(actor)):
        raise NotFound(
            f"there is no album {album.name!r}", key="no_album", name=album.name
        )


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
        albums = [a for a in _named(connection, which) if seen(a)]
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


def _named(connection: sqlite3.Connection, name: str) -> list[Album]:
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


def _refuse_taken(
    connection: sqlite3.Connection, actor: Person, name: str, *, but: int = 0
) -> None:
    """Refuse a name that an album has already, as far as the actor may know.

    :param but: id of the album that is to have it
    """
    for album in _named(connection, name):
        if album.id != but and _is_visible(connection, album, viewer(actor)):
            raise Conflict(
                f"there is an album {name!r} already", key="album_taken", name=name
            )


def add_album(
    connection: sqlite3.Connection,
    actor: Person,
    batch: Batch,
    name: str,
    *,
    private: bool = False,
) -> Album:
    """Add an album at the end of the list (or its beginning, as the settings say).

    It may get the name of a private album that the actor may not know of: whoever may
    see both tells them apart by their numbers.

    :raises NotAllowed: the actor may not, or may not make it private
    :raises Conflict: an album of that name is there
    """
    permit(connection, actor, "create_album")
    if private:
        require(actor, "set_private")
    name = clean_name(name, "album")
    _refuse_taken(connection, actor, name)
    return find_album(connection, put_album(connection, batch, name, private=private))


def put_album(
    connection: sqlite3.Connection,
    batch: Batch,
    name: str,
    *,
    private: bool,
    uuid: str | None = None,
) -> int:
    """Add an album where the settings say, whoever writes. Returns its id.

    :raises Conflict: another has its name, and is private or public like that
    """
    name = clean_name(name, "album")
    order = "asc" if get_setting(connection, "new_albums_first") else "desc"
    row = connection.execute(
        f"select position from albums order by position {order}, id {order} limit 1"
    ).fetchone()
    edge = row[0] if row else None
    position = key_between(None, edge) if order == "asc" else key_between(edge, None)
    values = (uuid or new_uuid(), name, name_key(name), position, int(private))
    with _names_differ(name):
        cursor = connection.execute(
            """
            insert into albums
                (uuid, name, name_key, position, private, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, ?)
            """,
            (*values, batch.at, batch.at),
        )
    return int(cursor.lastrowid or 0)


def name_album(connection: sqlite3.Connection, number: int, name: str) -> None:
    """Give an album another name, whoever writes.

    :raises Conflict: another has it, and is private or public like this one
    """
    name = clean_name(name, "album")
    with _names_differ(name):
        connection.execute(
            "update albums set name = ?, name_key = ? where id = ?",
            (name, name_key(name), number),
        )


@contextmanager
def _names_differ(name: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        if "name_key" not in str(error):
            raise
        raise Conflict(
            f"there is an album {name!r} already", key="album_taken", name=name
        ) from None


def find_or_add_album(
    connection: sqlite3.Connection, actor: Person, batch: Batch, name: str
) -> Album:
    """Return the album of that name, made now if it is not there for the actor.

    :raises NotAllowed: it is not there, and the actor may not make it
    :raises InvalidInput: there are two of that name
    """
    try:
        return visible_album(connection, name, viewer(actor))
    except NotFound:
        return add_album(connection, actor, batch, name)


def rename_album(
    connection: sqlite3.Connection, actor: Person, album: Album, name: str
) -> Album:
    """Give an album another name.

    :raises NotAllowed: the actor may not
    :raises InvalidInput: it is Unclassified
    :raises Conflict: the name is taken
    """
    permit(connection, actor, "rename_album")
    _refuse_unclassified(album, "renamed")
    name = clean_name(name, "album")
    _refuse_taken(connection, actor, name, but=album.id)
    name_album(connection, album.id, name)
    return find_album(connection, album.id)


def set_album_private(
    connection: sqlite3.Connection, actor: Person, album: Album, *, private: bool
) -> Album:
    """Make an album private (then every photo in it is) or public again.

    What becomes private leaves the daily log (edge rule 8).

    Photos stay private when the album becomes public: the mark was set on each of
    them, and nothing is shown to more people without somebody saying so (the tool we
    equal does not document its choice; edge rule 5).

    :raises NotAllowed: the actor may not
    :raises InvalidInput: it is Unclassified
    :raises Conflict: another has its name, and is private or public like that
    """
    permit(connection, actor, "set_private")
    _refuse_unclassified(album, "made private")
    name = find_album(connection, album.id).name  # as it is by now
    for other in _named(connection, name):
        if other.id != album.id and other.private == private:
            what = "private" if private else "public"
            raise Conflict(
                f"there is another {what} album {name!r}; rename one first",
                key=f"another_album.{what}",
                name=name,
            )
    connection.execute(
        "update albums set private = ?1 where id = ?2 and private <> ?1",
        (int(private), album.id),
    )
    if private:
        connection.execute(
            """
            update photos set private = 1, log_date = null
            where album_id = ? and private = 0
            """,
            (album.id,),
        )
    return find_album(connection, album.id)


def set_cover(
    connection: sqlite3.Connection, actor: Person, album: Album, photo_id: int | None
) -> Album:
    """Choose an album's cover; None lets the newest photo stand in.

    A private photo is the cover of a private album only: in any other one most people
    would be shown another.

    :raises NotAllowed: the actor may not
    :raises InvalidInput: the photo is not in the album, or it is private
    """
    permit(connection, actor, "rename_album")
    if photo_id is not None:
        row = connection.execute(
            """
            select p.private > a.private
            from photos p join albums a on a.id = p.album_id
            where p.id = ? and p.album_id = ? and p.recycled_at is null
            """,
            (photo_id, album.id),
        ).fetchone()
        if row is None:
            raise InvalidInput(
                f"the cover must be a photo of the album {album.name!r}",
                key="cover_elsewhere",
                name=album.name,
            )
        if row[0]:
            raise InvalidInput(
                f"a private photo cannot be the cover of the album {album.name!r},"
                " which is not private",
                key="cover_private",
                name=album.name,
            )
    connection.execute(
        "update albums set cover_photo_id = ? where id = ?", (photo_id, album.id)
    )
    return find_album(connection, album.id)


def move_album(
    connection: sqlite3.Connection, actor: Person, album: Album, before: Album | None
) -> None:
    """Put an album before another, or at the end of the list.

    :raises NotAllowed: the actor may not
    :raises NotFound: a private album that the actor may not know of
    """
    permit(connection, actor, "reorder_albums")
    for one in (album, before):
        if one is not None:
            _refuse_hidden(connection, actor, one)
    if before is not None and before.id == album.id:
        return
    rows = _positions(connection, album)
    if len({position for _, position in rows}) < len(rows):
        # two laptops chose the same place; there is nothing between equal keys
        for (number, _), position in zip(rows, spread(len(rows)), strict=True):
            _set_position(connection, number, position)
        rows = _positions(connection, album)
    at = len(rows)
    if before is not None:
        at = [number for number, _ in rows].index(before.id)
    low = rows[at - 1][1] if at else None
    high = rows[at][1] if at < len(rows) else None
    _set_position(connection, album.id, key_between(low, high))


def _positions(connection: sqlite3.Connection, album: Album) -> list[tuple[int, str]]:
    """Return (id, position) of all other albums, in their order."""
    rows = connection.execute(
        "select id, position from albums where id <> ? order by position, id",
        (album.id,),
    )
    return [(row[0], row[1]) for row in rows]


def _set_position(connection: sqlite3.Connection, number: int, position: str) -> None:
    connection.execute(
        "update albums set position = ? where id = ?", (position, number)
    )


def delete_album(
    connection: sqlite3.Connection, actor: Person, batch: Batch, album: Album
) -> int:
    """Delete an album; its photos go to the recycle bin.

    Restored later, they land in Unclassified (edge rule 1), so that is where they
    are filed now. Returns how many photos went to the bin.

    :raises NotAllowed: the actor may not, or the album holds photos and the actor may
        not put photos in the bin (edge rule 10)
    :raises NotFound: a private album that the actor may not know of
    :raises InvalidInput: it is Unclassified
    """
    permit(connection, actor, "delete_album")
    _refuse_hidden(connection, actor, album)
    _refuse_unclassified(album, "deleted")
    holds = connection.execute(
        "select 1 from photos where album_id = ? and recycled_at is null limit 1",
        (album.id,),
    ).fetchone()
    if holds:
        require(actor, "recycle")
    recycled = connection.execute(
        """
        update photos set recycled_at = ?, recycled_by = ?
        where album_id = ? and recycled_at is null
        """,
        (batch.at, actor.id, album.id),
    ).rowcount
    connection.execute(
        "update photos set album_id = ? where album_id = ?",
        (UNCLASSIFIED_ID, album.id),
    )
    connection.execute("delete from albums where id = ?", (album.id,))
    return int(recycled)


def _refuse_unclassified(album: Album, what: str) -> None:
    if album.id == UNCLASSIFIED_ID:
        raise InvalidInput(
            f"{UNCLASSIFIED} is always there and cannot be {what}",
            key="unclassified",
            what=what,
        )
