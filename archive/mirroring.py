"""Writing here what a remote has: records by their uuids, as its sync was told.

Whoever calls has decided what is to be written; here are the statements, and the rules
that hold whoever writes (names, privacy, places). Values are those of ``sync.records``:
what a record refers to is a uuid, an album of None is Unclassified.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from archive import indexing
from archive.albums import (
    UNCLASSIFIED_ID,
    delete_album,
    find_album,
    name_album,
    put_album,
    set_album_private,
)
from archive.batches import Batch
from archive.clock import wall_clock
from archive.editing import recycle_photos, retrieve_photos, set_trades
from archive.errors import Conflict, InvalidInput, NotFound
from archive.identity import clean_name, clean_text, name_key, new_uuid
from archive.locations import delete_location, get_location, put_location, set_location
from archive.moments import parse_moment
from archive.people import Person
from archive.sqlite import sqlite3
from archive.trades import delete_trade, edit_trade, find_trade, put_trade

REMOTE = "remote"  # in taken_source and position_source
TABLES = {
    "photo": "photos",
    "album": "albums",
    "location": "locations",
    "trade": "trades",
}
Values = Mapping[str, Any]


@dataclass(slots=True)
class Mirror:
    """One transaction in which a remote's records are written.

    :param actor: whose batch is open
    :param ids: (kind, uuid) of records that were looked up: their ids; kept by the
        functions below
    :param people: likewise, by what the remote calls them: (login, name)
    :param waits: new photos wait for the index (``archive.indexing``)
    """

    connection: sqlite3.Connection
    actor: Person
    batch: Batch
    ids: dict[tuple[str, str], int] = field(default_factory=dict)
    people: dict[tuple[str, str], int] = field(default_factory=dict)
    waits: bool = False


@contextmanager
def whole(mirror: Mirror) -> Iterator[None]:
    """Do all of what is written in the body, or nothing.

    :raises Conflict: the database does not take it
    """
    connection = mirror.connection
    connection.execute("savepoint mirrored")
    try:
        yield
    except BaseException as error:
        if connection.in_transaction:
            connection.execute("rollback to mirrored")
            connection.execute("release mirrored")
        if isinstance(error, sqlite3.IntegrityError):
            raise Conflict(str(error)) from error
        mirror.people.clear()  # whom the body added is not there
        mirror.waits = False
        raise
    connection.execute("release mirrored")


def catch_up(mirror: Mirror) -> None:
    """Put what waits into the index: before all else is written, and at the end."""
    indexing.catch_up(mirror.connection)
    mirror.waits = False


def make(
    mirror: Mirror,
    kind: str,
    uuid: str,
    values: Values,
    uploader: Values | None = None,
) -> None:
    """Make a record that is not here. A photo has no bytes yet.

    :param uploader: of a photo: ``login`` and ``name``, as far as they are known
    :raises ArchiveError: it cannot be made so; a photo was not, then
    """
    if kind == "photo":
        if not mirror.waits:
            indexing.put_off(mirror.connection)
            mirror.waits = True
        _make_photo(mirror, uuid, values, uploader)
        return
    number = _MAKERS[kind](mirror, uuid, values)
    mirror.ids[kind, uuid] = number
    if values.get("cover") is not None:
        change(mirror, kind, uuid, {"cover": values["cover"]})


def change(mirror: Mirror, kind: str, uuid: str, values: Values) -> None:
    """Write these fields of a record that is here, in the bin or not.

    Facts are filled in where they are unknown, and stay where they are known.

    :raises ArchiveError: it cannot be so
    """
    if values:
        catch_up(mirror)
        _CHANGERS[kind](mirror, id_of(mirror, kind, uuid), values)


def recycle(mirror: Mirror, kind: str, uuid: str) -> None:
    """Put a photo in the bin; delete an album, location or trade that is not used.

    What lies in the bin goes up a tier from a location, and lets go of a trade.

    :raises Conflict: something that is not in the bin uses it
    """
    number = id_of(mirror, kind, uuid)
    connection, actor = mirror.connection, mirror.actor
    catch_up(mirror)
    if kind == "photo":
        recycle_photos(connection, actor, mirror.batch, [number])
        return
    if kind == "album":
        _refuse_used(connection, "album_id", number)
        delete_album(connection, actor, mirror.batch, find_album(connection, number))
    elif kind == "location":
        _refuse_used(connection, "location_id", number)
        place = get_location(connection, number)
        connection.execute(
            "update photos set location_id = ? where location_id = ?",
            (place.parent_id, number),
        )
        delete_location(connection, actor, place)
    else:
        connection.execute(
            """
            delete from photo_trades where trade_id = ? and photo_id in (
                select id from photos where recycled_at is not null)
            """,
            (number,),
        )
        delete_trade(connection, actor, find_trade(connection, number))
    mirror.ids.pop((kind, uuid), None)


def retrieve(mirror: Mirror, uuid: str) -> None:
    """Take a photo out of the bin.

    :raises NotFound: it is not in it
    """
    catch_up(mirror)
    retrieve_photos(mirror.connection, mirror.actor, [id_of(mirror, "photo", uuid)])


def _refuse_used(connection: sqlite3.Connection, column: str, number: int) -> None:
    used = connection.execute(
        f"select 1 from photos where {column} = ? and recycled_at is null limit 1",
        (number,),
    )
    if used.fetchone():
        raise Conflict("there are photos in it")


def id_of(mirror: Mirror, kind: str, uuid: str) -> int:
    """Return a record's number here.

    :raises NotFound: it is not here
    """
    key = (kind, uuid)
    if key not in mirror.ids:
        row = mirror.connection.execute(
            f"select id from {TABLES[kind]} where uuid = ?", (uuid,)
        ).fetchone()
        if row is None:
            raise NotFound(f"there is no {kind} {uuid}")
        if kind == "photo":
            return int(row[0])  # each is asked for once
        mirror.ids[key] = int(row[0])
    return mirror.ids[key]


def _ref(mirror: Mirror, kind: str, uuid: object) -> int | None:
    return None if uuid is None else id_of(mirror, kind, str(uuid))


def _album_id(mirror: Mirror, uuid: object) -> int:
    return _ref(mirror, "album", uuid) or UNCLASSIFIED_ID


# Albums, locations, trades


def _make_album(mirror: Mirror, uuid: str, values: Values) -> int:
    private = bool(values.get("private"))
    name = str(values.get("name", ""))
    return put_album(mirror.connection, mirror.batch, name, private=private, uuid=uuid)


def _make_location(mirror: Mirror, uuid: str, values: Values) -> int:
    parent = _ref(mirror, "location", values.get("parent"))
    name = str(values.get("name", ""))
    return put_location(mirror.connection, mirror.batch, name, parent, uuid)


def _make_trade(mirror: Mirror, uuid: str, values: Values) -> int:
    active = values.get("active", True) is not False
    name = str(values.get("name", ""))
    return put_trade(mirror.connection, mirror.batch, name, active=active, uuid=uuid)


def _change_album(mirror: Mirror, number: int, values: Values) -> None:
    connection = mirror.connection
    if "name" in values:
        name_album(connection, number, str(values["name"]))
    if "private" in values:
        album = find_album(connection, number)
        private = bool(values["private"])
        set_album_private(connection, mirror.actor, album, private=private)
    if "cover" in values:
        # one that lies elsewhere, or is private, is not shown: the newest stands in
        connection.execute(
            "update albums set cover_photo_id = ? where id = ?",
            (_ref(mirror, "photo", values["cover"]), number),
        )


def _change_location(mirror: Mirror, number: int, values: Values) -> None:
    now = get_location(mirror.connection, number)
    parent = now.parent_id
    if "parent" in values:
        parent = _ref(mirror, "location", values["parent"])
    set_location(mirror.connection, number, str(values.get("name", now.name)), parent)


def _change_trade(mirror: Mirror, number: int, values: Values) -> None:
    trade = find_trade(mirror.connection, number)
    name, active = values.get("name"), values.get("active")
    edit_trade(mirror.connection, mirror.actor, trade, name=name, active=active)


# Photos


def _make_photo(
    mirror: Mirror, uuid: str, values: Values, uploader: Values | None
) -> None:
    at = str(values.get("uploaded_at") or mirror.batch.at)
    row = {
        "uuid": uuid,
        "filename": clean_text(str(values.get("filename") or "photo")),
        "uploader_id": uploader_of(mirror, uploader),
        "assumed_at": wall_clock(datetime.fromisoformat(at)),
        "uploaded_at": at,
        "updated_at": mirror.batch.at,
        **_columns(mirror, values),
        **_facts(values),
    }
    trades = _trades(mirror, values)
    marks = ", ".join("?" * len(row))
    try:
        number = mirror.connection.execute(
            f"insert into photos ({', '.join(row)}) values ({marks})",
            tuple(row.values()),
        ).lastrowid
    except sqlite3.IntegrityError as error:
        raise Conflict(str(error)) from error
    mirror.connection.executemany(
        "insert into photo_trades (photo_id, trade_id) values (?, ?)",
        [(number, trade) for trade in trades],
    )


def _change_photo(mirror: Mirror, number: int, values: Values) -> None:
    sets = {f"{name} = ?": value for name, value in _columns(mirror, values).items()}
    sets |= {
        f"{name} = coalesce({name}, ?)": value
        for name, value in _facts(values).items()
        if name != "projection"
    }
    if "projection" in values:
        sets["projection = iif(projection = 'unknown', ?, projection)"] = values[
            "projection"
        ]
    if sets:
        mirror.connection.execute(
            f"update photos set {', '.join(sets)} where id = ?",
            (*sets.values(), number),
        )
    if "trades" in values:
        set_trades(mirror.connection, number, _trades(mirror, values))


def _columns(mirror: Mirror, values: Values) -> dict[str, object]:
    """Return the columns for what people write; what is private is in no daily log."""
    row: dict[str, object] = {}
    if "description" in values:
        row["description"] = clean_text(str(values["description"] or ""))
    if "album" in values:
        row["album_id"] = _album_id(mirror, values["album"])
    if "location" in values:
        row["location_id"] = _ref(mirror, "location", values["location"])
    for name in ("private", "starred"):
        if name in values:
            row[name] = int(bool(values[name]))
    if "log_date" in values:
        row["log_date"] = values["log_date"]
    if row.get("private"):
        row["log_date"] = None
    return row


def _facts(values: Values) -> dict[str, object]:
    """Return the columns for what the remote knows of a file; nonsense is left out."""
    row: dict[str, object] = {}
    if values.get("taken_at"):
        try:
            local, offset = parse_moment(str(values["taken_at"]))
        except InvalidInput:
            pass
        else:
            row |= {"taken_at": local, "taken_offset": offset, "taken_source": REMOTE}
    if values.get("coordinates"):
        latitude, longitude = values["coordinates"]
        row |= {"latitude": latitude, "longitude": longitude}
        row["position_source"] = REMOTE
    if values.get("projection"):
        row["projection"] = values["projection"]
    return row


def _trades(mirror: Mirror, values: Values) -> set[int]:
    return {id_of(mirror, "trade", one) for one in values.get("trades") or ()}


def uploader_of(mirror: Mirror, told: Values | None) -> int | None:
    """Return who uploaded it: known by login, else by name, else new, with level none.

    None: the remote does not say.
    """
    key = (str(told.get("login")), str(told.get("name"))) if told else None
    if told is None or key is None:
        return None
    if key not in mirror.people:
        login, name = _said(told, "login"), _said(told, "name")
        if not login and not name:
            return None
        found = _person(mirror.connection, name_key(login), name_key(name))
        mirror.people[key] = found or _add_person(mirror, login, name or login)
    return mirror.people[key]


def _said(told: Values, key: str) -> str:
    value = told.get(key)
    if not isinstance(value, str):
        return ""
    try:
        return clean_name(value, "person")
    except InvalidInput:
        return ""


def _person(connection: sqlite3.Connection, login: str, name: str) -> int | None:
    rows = connection.execute("select id, login, name from people order by id")
    people = rows.fetchall()
    if login:
        for number, own, _ in people:
            if own and name_key(own) == login:
                return int(number)
    for number, own, called in people:
        if name and name_key(called) == name and not (own and login):
            return int(number)
    return None


def _add_person(mirror: Mirror, login: str, name: str) -> int:
    cursor = mirror.connection.execute(
        """
        insert into people (uuid, name, login, level, created_at)
        values (?, ?, ?, 'none', ?)
        """,
        (new_uuid(), name, login or None, mirror.batch.at),
    )
    return int(cursor.lastrowid or 0)


_MAKERS: dict[str, Callable[[Mirror, str, Values], int]] = {
    "album": _make_album,
    "location": _make_location,
    "trade": _make_trade,
}
_CHANGERS: dict[str, Callable[[Mirror, int, Values], None]] = {
    "photo": _change_photo,
    "album": _change_album,
    "location": _change_location,
    "trade": _change_trade,
}
