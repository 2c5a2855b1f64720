"""What was changed here since the last run: found in the history, in O(changes)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from archive.albums import UNCLASSIFIED_ID
from archive.photos import chunks
from archive.sqlite import sqlite3
from sync.records import Kind

TABLES = {
    Kind.TRADE: "trades",
    Kind.LOCATION: "locations",
    Kind.ALBUM: "albums",
    Kind.PHOTO: "photos",
}
# What the sync exchanges, under the names that the history has for it. Whatever else
# happens to a photo touches it; to the other kinds it does not matter.
_EXCHANGED = {
    "photo": frozenset(
        {
            *("", "description", "album_id", "location_id", "trade", "private"),
            *("starred", "log_date", "recycled_at", "original_id"),
        }
    ),
    "album": frozenset({"", "name", "private", "cover_photo_id"}),
    "location": frozenset({"", "name", "parent_id"}),
    "trade": frozenset({"", "name", "active"}),
}
_ON_PHOTOS = {"comment": "comments", "markup": "markups"}
# No one's doing: they come with another change, or follow from it
_FOLLOWING = frozenset({"recycled_by", "filename_bytes", "camera_id", "assumed_at"})


@dataclass(slots=True)
class _Found:
    """What batches changed, by id; ``ended`` by uuid, ``on_photos`` by table."""

    changed: dict[str, set[int]] = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)
    on_photos: dict[str, set[int]] = field(default_factory=dict)
    ended: set[tuple[str, str]] = field(default_factory=set)


def take_all(connection: sqlite3.Connection) -> int:
    """Make everything that is here pending. Returns how many records that is."""
    return sum(
        _make_pending(connection, kind, f"id <> {UNCLASSIFIED_ID}" * (kind == "album"))
        for kind in Kind
    )


def take_since(connection: sqlite3.Connection, last: int, opened: int) -> int:
    """Make pending what was changed by others than the sync.

    :param last: number of the last batch that was looked at
    :param opened: of the batch that is open: it does not count
    :return: how many records became pending
    """
    found = _Found()
    rows = connection.execute(
        """
        select c.entity, c.record_id, c.field, c.old from batches b
        join changes c on c.batch_id = b.id
        where b.id > ? and b.id < ? and b.origin <> 'sync'
        """,
        (last, opened),
    )
    for entity, record, name, old in rows:
        _note(found, entity, record, name, old)
    return _keep(connection, found)


def _note(found: _Found, entity: str, record: int, name: str, old: str | None) -> None:
    if entity in _ON_PHOTOS:
        found.on_photos.setdefault(_ON_PHOTOS[entity], set()).add(record)
        if name == "" and old is not None:
            found.touched.add(json.loads(old)["photo_id"])
    elif entity not in _EXCHANGED:
        return
    elif name == "" and old is not None:
        found.ended.add((entity, json.loads(old)["uuid"]))
    elif name in _EXCHANGED[entity]:
        found.changed.setdefault(entity, set()).add(record)
    elif entity == "photo" and name not in _FOLLOWING:
        found.touched.add(record)


def _keep(connection: sqlite3.Connection, found: _Found) -> int:
    count = 0
    for entity, uuid in sorted(found.ended):
        count += connection.execute(
            """
            update sync_records set ended = 1, pending = 1
            where uuid = ? and kind = ?
            """,
            (uuid, entity),
        ).rowcount
    for entity, ids in found.changed.items():
        left_out = {UNCLASSIFIED_ID} if entity == "album" else set()
        for some in chunks(sorted(ids - left_out)):
            count += _make_pending(connection, Kind(entity), f"id in ({_in(some)})")
    _touch(connection, found)
    return count


def _make_pending(connection: sqlite3.Connection, kind: Kind, which: str) -> int:
    """Make pending those of a table; they are set aside no longer."""
    lacks = "iif(original_id is null, 2, 0)" if kind is Kind.PHOTO else "0"
    where = which or "true"
    connection.execute(
        f"""
        delete from sync_troubles
        where about = 'record'
            and uuid in (select uuid from {TABLES[kind]} where {where})
        """
    )
    return int(
        connection.execute(
            f"""
            insert into sync_records (kind, uuid, pending, lacks)
            select '{kind}', uuid, 1, {lacks} from {TABLES[kind]} where {where}
            on conflict (uuid) do update set pending = 1, ended = 0
            """
        ).rowcount
    )


def _touch(connection: sqlite3.Connection, found: _Found) -> None:
    for table, ids in found.on_photos.items():
        for some in chunks(sorted(ids)):
            sql = f"select photo_id from {table} where id in ({_in(some)})"
            found.touched |= {row[0] for row in connection.execute(sql)}
    for some in chunks(sorted(found.touched)):
        connection.execute(
            f"""
            update sync_records set touched = 1
            where uuid in (select uuid from photos where id in ({_in(some)}))
            """
        )


def _in(ids: Iterable[int]) -> str:
    return ", ".join(str(int(one)) for one in ids)
