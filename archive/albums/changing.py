"""Changes of albums: added, named, hidden, given a cover, put in order, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from archive.albums.finding import (
    UNCLASSIFIED,
    UNCLASSIFIED_ID,
    Album,
    find_album,
    is_visible,
    named,
    visible_album,
)
from archive.batches import Batch, permit
from archive.errors import Conflict, InvalidInput, NotFound
from archive.identity import clean_name, name_key, new_uuid
from archive.ordering import key_between, spread
from archive.people import Person
from archive.rights import require, viewer
from archive.settings import get_setting
from archive.sqlite import sqlite3


def _refuse_taken(
    connection: sqlite3.Connection, actor: Person, name: str, *, but: int = 0
) -> None:
    """Refuse a name that an album has already, as far as the actor may know.

    :param but: id of the album that is to have it
    """
    for album in named(connection, name):
        if album.id != but and is_visible(connection, album, viewer(actor)):
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
    for other in named(connection, name):
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


def _refuse_hidden(connection: sqlite3.Connection, actor: Person, album: Album) -> None:
    if not is_visible(connection, album, viewer(actor)):
        raise NotFound(
            f"there is no album {album.name!r}", key="no_album", name=album.name
        )


def _refuse_unclassified(album: Album, what: str) -> None:
    if album.id == UNCLASSIFIED_ID:
        raise InvalidInput(
            f"{UNCLASSIFIED} is always there and cannot be {what}",
            key="unclassified",
            what=what,
        )
