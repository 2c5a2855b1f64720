"""Records as they are here, with what their values have seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from archive.albums import UNCLASSIFIED_ID
from archive.markups import stored_points
from archive.photos import chunks
from archive.sqlite import sqlite3
from sync.exchanging.forms import DEFAULT, Form, marked_from
from sync.exchanging.model import (
    ACTIVE,
    COMMENT,
    FIELDS,
    LIFE,
    MARKUP,
    PURGED,
    RECYCLED,
    TALK,
    Any_,
    Told,
    Version,
)
from sync.exchanging.remoteness import Remoteness, nothing_remote

Rows = dict[str, "_Here"]


@dataclass(frozen=True, slots=True)
class _Here:
    """A record's own columns."""

    life: str
    values: dict[str, Any_]
    born: Mapping[str, object]
    blob: tuple[str, int, str] | None = None


def load(
    connection: sqlite3.Connection,
    uuids: Iterable[str],
    remote: Remoteness = nothing_remote,
) -> dict[str, Told]:
    """Return those records that are known here, also those that are no more.

    :param remote: what is known of the remote's part in their values
    """
    found: dict[str, Told] = {}
    for some in chunks(list(dict.fromkeys(uuids))):  # type: ignore[arg-type]
        marks = ", ".join("?" * len(some))
        rows = connection.execute(
            f"""
            select uuid, kind, stamps, origin from exchange_records
            where uuid in ({marks})
            """,
            some,
        ).fetchall()
        here = _here(connection, rows)
        also = _also(connection, some)
        seen = remote([row[0] for row in rows])
        for uuid, kind, stamps, origin in rows:
            told = _told(kind, uuid, json.loads(stamps), here.get(uuid))
            others = tuple(also.get(uuid, ()))
            found[uuid] = seen(replace(told, also=others, origin=origin))
    return found


def _told(kind: str, uuid: str, kept: Form, here: _Here | None) -> Told:
    default, *made = marked_from(kept, DEFAULT)
    values = here.values if here else {}
    fields = {
        name: Version(values.get(name), *marked_from(kept, name))
        for name in FIELDS[kind]
    }
    life = Version(here.life if here else PURGED, *marked_from(kept, LIFE))
    born, blob = (here.born, here.blob) if here else ({}, None)
    return Told(kind, uuid, fields, life, default, (made[0], made[1]), born, blob)


def _also(connection: sqlite3.Connection, some: list[Any]) -> dict[str, list[str]]:
    marks = ", ".join("?" * len(some))
    found: dict[str, list[str]] = {}
    for uuid, same_as in connection.execute(
        f"""
        select uuid, same_as from exchange_aliases where same_as in ({marks})
        order by uuid
        """,
        some,
    ):
        found.setdefault(same_as, []).append(uuid)
    return found


def _here(connection: sqlite3.Connection, rows: Iterable[tuple[Any, ...]]) -> Rows:
    by_kind: dict[str, list[str]] = {}
    for uuid, kind, *_ in rows:
        by_kind.setdefault(kind, []).append(uuid)
    found: Rows = {}
    for kind, uuids in by_kind.items():
        found |= dict(_READERS[kind](connection, uuids))
    return found


def _marks(some: list[str]) -> str:
    return ", ".join("?" * len(some))


def _who(login: str | None, name: str | None) -> dict[str, object]:
    return {"who": {"login": login or "", "name": name}} if name else {}


def _photos(
    connection: sqlite3.Connection, some: list[str]
) -> Iterator[tuple[str, _Here]]:
    rows = connection.execute(
        f"""
        select p.uuid, p.recycled_at, p.description,
            iif(p.album_id = {UNCLASSIFIED_ID}, null, a.uuid), l.uuid,
            (select group_concat(t.uuid) from photo_trades x
                join trades t on t.id = x.trade_id where x.photo_id = p.id),
            p.private, p.starred, p.log_date, p.rotation, p.filename,
            p.taken_at, p.taken_offset, p.taken_source,
            p.latitude, p.longitude, p.position_source, p.direction, p.projection,
            p.uploaded_at, p.assumed_at, u.login, u.name,
            o.sha256, o.bytes, o.extension
        from photos p join albums a on a.id = p.album_id
        left join locations l on l.id = p.location_id
        left join people u on u.id = p.uploader_id
        left join originals o on o.id = p.original_id
        where p.uuid in ({_marks(some)})
        """,
        some,
    )
    for row in rows:
        values: dict[str, Any_] = {
            "description": row[2],
            "album": row[3],
            "location": row[4],
            "trades": frozenset(row[5].split(",")) if row[5] else frozenset(),
            "private": bool(row[6]),
            "starred": bool(row[7]),
            "log_date": row[8],
            "rotation": row[9],
            "filename": row[10],
            "taken": _compound(row[11:14]),
            "place": _compound(row[14:18]),
            "projection": row[18],
            TALK: None,
        }
        born = {"uploaded_at": row[19], "assumed_at": row[20], **_who(*row[21:23])}
        life = ACTIVE if row[1] is None else RECYCLED
        yield row[0], _Here(life, values, born, row[23:26] if row[23] else None)


def _compound(parts: tuple[Any, ...]) -> Any_:
    return None if all(one is None for one in parts) else parts


def _albums(
    connection: sqlite3.Connection, some: list[str]
) -> Iterator[tuple[str, _Here]]:
    for uuid, name, private, cover, position in connection.execute(
        f"""
        select a.uuid, a.name, a.private, p.uuid, a.position from albums a
        left join photos p on p.id = a.cover_photo_id
        where a.uuid in ({_marks(some)})
        """,
        some,
    ):
        values = {"name": name, "private": bool(private), "cover": cover}
        yield uuid, _Here(ACTIVE, {**values, "position": position}, {})


def _locations(
    connection: sqlite3.Connection, some: list[str]
) -> Iterator[tuple[str, _Here]]:
    for uuid, name, parent in connection.execute(
        f"""
        select l.uuid, l.name, above.uuid from locations l
        left join locations above on above.id = l.parent_id
        where l.uuid in ({_marks(some)})
        """,
        some,
    ):
        yield uuid, _Here(ACTIVE, {"name": name, "parent": parent}, {})


def _trades(
    connection: sqlite3.Connection, some: list[str]
) -> Iterator[tuple[str, _Here]]:
    for uuid, name, active in connection.execute(
        f"select uuid, name, active from trades where uuid in ({_marks(some)})", some
    ):
        yield uuid, _Here(ACTIVE, {"name": name, "active": bool(active)}, {})


def _comments(
    connection: sqlite3.Connection, some: list[str]
) -> Iterator[tuple[str, _Here]]:
    for uuid, born, body in _on_photos(connection, "comments", "c.body", some):
        yield uuid, _Here(ACTIVE, {"body": body}, born)


def _markups(
    connection: sqlite3.Connection, some: list[str]
) -> Iterator[tuple[str, _Here]]:
    columns = "c.kind, c.points, c.colour, c.width, c.text"
    for uuid, born, *drawn in _on_photos(connection, "markups", columns, some):
        kind, points, colour, width, text = drawn
        values = {"shape": (kind, stored_points(points)), "colour": colour}
        yield uuid, _Here(ACTIVE, {**values, "width": width, "text": text}, born)


def _on_photos(
    connection: sqlite3.Connection, table: str, columns: str, some: list[str]
) -> Iterator[tuple[Any, ...]]:
    """Yield what is on photos: uuid, what never changes, the columns."""
    for uuid, photo, made, edited, login, name, *values in connection.execute(
        f"""
        select c.uuid, p.uuid, c.created_at, c.edited_at, u.login, u.name, {columns}
        from {table} c join photos p on p.id = c.photo_id
        left join people u on u.id = c.author_id where c.uuid in ({_marks(some)})
        """,
        some,
    ):
        born = {"photo": photo, "created_at": made, **_who(login, name)}
        if edited:
            born["edited_at"] = edited
        yield uuid, born, *values


_READERS: Mapping[
    str, Callable[[sqlite3.Connection, list[str]], Iterator[tuple[str, _Here]]]
] = {
    "photo": _photos,
    "album": _albums,
    "location": _locations,
    "trade": _trades,
    COMMENT: _comments,
    MARKUP: _markups,
}
