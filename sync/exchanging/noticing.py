"""What was changed here since the last exchange: found in the history, in O(changes).

A change by a person is a new value, numbered by its batch at the site where that was
made. What the sync or an exchange wrote has its stamp from there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from archive.sites import Sites
from archive.sqlite import sqlite3
from sync.exchanging.forms import DEFAULT, Form, marked_form, marked_from
from sync.exchanging.model import COMMENT, LIFE, MARKUP, ON_PHOTOS, TALK
from sync.stamps import NOTHING, bump

BYTES = "bytes"  # no field with a stamp: the file came
WITH_PHOTO = "with its photo"  # likewise: it ended as its photo was purged
TABLES = {
    "trade": "trades",
    "location": "locations",
    "album": "albums",
    "photo": "photos",
    COMMENT: "comments",
    MARKUP: "markups",
}
# columns whose fields have another name
_FIELDS: Mapping[str, Mapping[str, str]] = {
    "photo": {
        **{n: n for n in ("description", "private", "starred", "log_date", "rotation")},
        "filename": "filename",
        "projection": "projection",
        "album_id": "album",
        "location_id": "location",
        "trade": "trades",
        "recycled_at": LIFE,
        **dict.fromkeys(("taken_at", "taken_offset", "taken_source"), "taken"),
        **dict.fromkeys(("latitude", "longitude", "position_source"), "place"),
        "direction": "place",
        "original_id": BYTES,
    },
    "album": {
        "name": "name",
        "private": "private",
        "position": "position",
        "cover_photo_id": "cover",
    },
    "location": {"name": "name", "parent_id": "parent"},
    "trade": {"name": "name", "active": "active"},
    COMMENT: {"body": "body"},
    MARKUP: {
        **dict.fromkeys(("kind", "points"), "shape"),
        **{n: n for n in ("colour", "width", "text")},
    },
}
_SOME = 5_000  # changes that are held in memory; and numbers of records
_KNOWN = 50_000
_ROWS = """
    select c.entity, c.record_id, c.field, c.old, c.new, b.id, b.origin, b.actor_name,
        b.at from batches b join changes c on c.batch_id = b.id
"""


@dataclass(frozen=True, slots=True)
class Change:
    """A field that was changed: LIFE for a record's making (``is_new``) and its end.

    :param by_hand: neither the sync nor an exchange wrote it
    """

    kind: str
    uuid: str
    field: str
    batch: int
    by_hand: bool
    who: str
    at: str
    is_new: bool = False


@dataclass(slots=True)
class _Names:
    """Uuids of records by their numbers, also of those that ended meanwhile."""

    connection: sqlite3.Connection
    known: dict[tuple[str, int], str] = field(default_factory=dict)

    def of(self, kind: str, number: int) -> str | None:
        key = (kind, number)
        if key not in self.known:
            row = self.connection.execute(
                f"select uuid from {TABLES[kind]} where id = ?", (number,)
            ).fetchone()
            if row is None:
                return None
            self.known[key] = row[0]
        return self.known[key]


def changes_in(
    connection: sqlite3.Connection, where: str, *values: object
) -> Iterator[Change]:
    """Yield changes of what is exchanged, oldest first.

    A comment or a markup that comes or goes also changes its photo (``TALK``). One that
    goes with its photo is none of these: elsewhere the photo is in the bin, with it.

    :param where: a condition on the batches ``b``
    """
    names = _Names(connection)
    rows = connection.execute(f"{_ROWS} where {where} order by b.id, c.id", values)
    for kind, number, name, old, new, batch, origin, who, at in rows:
        if kind not in _FIELDS:
            continue
        if len(names.known) > _KNOWN:
            names.known.clear()
        by_hand = origin not in ("sync", "exchange")
        if name == "":
            made = json.loads(new if new is not None else old)
            uuid = names.known[kind, number] = made["uuid"]
            is_new = new is not None
            if kind in ON_PHOTOS and _ended_with_photo(connection, made, batch, new):
                yield Change(kind, uuid, WITH_PHOTO, batch, by_hand, who, at)
                continue
            yield Change(kind, uuid, LIFE, batch, by_hand, who, at, is_new)
            if is_new and made.get("original_id"):
                yield Change(kind, uuid, BYTES, batch, by_hand, who, at)
            on_photo = kind in ON_PHOTOS
            if on_photo and (photo := names.of("photo", made["photo_id"])):
                yield Change("photo", photo, TALK, batch, by_hand, who, at)
        elif name in _FIELDS[kind] and (found := names.of(kind, number)):
            named = _FIELDS[kind][name]
            yield Change(kind, found, named, batch, by_hand, who, at)


def _ended_with_photo(
    connection: sqlite3.Connection, made: Mapping[str, int], batch: int, new: object
) -> bool:
    return (
        new is None
        and connection.execute(
            """
            select 1 from changes
            where entity = 'photo' and record_id = ? and +batch_id = ?  -- by record
                and field = '' and new is null
            """,
            (made["photo_id"], batch),
        ).fetchone()
        is not None
    )


def notice(
    connection: sqlite3.Connection, sites: Sites, opened: int, clock: int
) -> int:
    """Stamp what was changed since the last call. Returns how many records.

    :param opened: number of the batch that is open
    :param clock: of this exchange
    """
    last = recall(connection, "noticed")
    if last >= opened - 1:
        return 0
    since = "b.id > ? and b.id < ? and b.origin <> 'exchange'"
    count = 0
    for found in _together(connection, changes_in(connection, since, last, opened)):
        for (kind, uuid), changes in found.items():
            _stamp(connection, kind, uuid, changes, sites, clock)
        count += len(found)
    remember(connection, "noticed", opened - 1)
    return count


def _together(
    connection: sqlite3.Connection, changes: Iterable[Change]
) -> Iterator[dict[tuple[str, str], list[Change]]]:
    """Yield changes by their records, some thousand at a time.

    The first exchange looks at all that ever happened: that is not held in memory.
    """
    found: dict[tuple[str, str], list[Change]] = {}
    held = 0
    for change in changes:
        if change.kind == "album" and _is_unclassified(connection, change.uuid):
            continue
        found.setdefault((change.kind, change.uuid), []).append(change)
        held += 1
        if held == _SOME:
            yield found
            found, held = {}, 0
    yield found


def _is_unclassified(connection: sqlite3.Connection, uuid: str) -> bool:
    row = connection.execute("select id from albums where uuid = ?", (uuid,)).fetchone()
    return row is not None and row[0] == 1


def _stamp(  # noqa: PLR0917
    connection: sqlite3.Connection,
    kind: str,
    uuid: str,
    changes: Iterable[Change],
    sites: Sites,
    clock: int,
) -> None:
    row = connection.execute(
        "select stamps from exchange_records where uuid = ?", (uuid,)
    ).fetchone()
    kept: Form = json.loads(row[0]) if row else {DEFAULT: {"v": {}}}
    has_file, is_known = False, row is not None
    for change in changes:
        if change.field == WITH_PHOTO:
            connection.execute("delete from exchange_records where uuid = ?", (uuid,))
            return
        if change.field == LIFE and kind == "photo" and is_known:
            tell_again(connection, uuid, clock)
        has_file |= change.field == BYTES
        _note(kept, change, sites.of(change.batch), is_known=is_known)
        is_known = True  # made again after that, by an undo, it is the same
    keep(connection, kind, uuid, kept, clock, came=clock if has_file else None)


def _note(kept: Form, change: Change, site: str, *, is_known: bool) -> None:
    if change.field == BYTES:
        return
    is_first = change.is_new and not is_known
    name = DEFAULT if is_first else change.field
    before = NOTHING if is_first else marked_from(kept, name)[0]
    after = bump(before, site, change.batch) if change.by_hand else before
    kept[name] = marked_form((after, change.who, change.at))


def keep(  # noqa: PLR0917
    connection: sqlite3.Connection,
    kind: str,
    uuid: str,
    kept: Form,
    clock: int,
    came: int | None = None,
) -> None:
    """Keep the stamps of a record, that are others now.

    :param came: the clock, when its file came with that
    """
    connection.execute(
        """
        insert into exchange_records (uuid, kind, stamps, changed, came)
        values (?1, ?2, ?3, ?4, coalesce(?5, 0))
        on conflict (uuid) do update set stamps = excluded.stamps,
            changed = excluded.changed, came = coalesce(?5, came), told_by = ''
        """,
        (uuid, kind, json.dumps(kept, separators=(",", ":")), clock, came),
    )


def tell_again(connection: sqlite3.Connection, photo: str, clock: int) -> None:
    """Tell again what is on a photo that somebody wants.

    Where it was purged, nothing of that is known any more.
    """
    connection.execute(
        """
        update exchange_records set changed = ?1, told_by = ''
        where uuid in (
            select c.uuid from comments c join photos p on p.id = c.photo_id
            where p.uuid = ?2 and p.recycled_at is null
            union all select m.uuid from markups m join photos p on p.id = m.photo_id
            where p.uuid = ?2 and p.recycled_at is null)
        """,
        (clock, photo),
    )


def recall(connection: sqlite3.Connection, key: str) -> int:
    """Return a counter; 0: it never counted."""
    row = connection.execute(
        "select value from exchange_state where key = ?", (key,)
    ).fetchone()
    return int(row[0]) if row else 0


def remember(connection: sqlite3.Connection, key: str, value: int) -> None:
    """Keep a counter."""
    connection.execute(
        """
        insert into exchange_state (key, value) values (?, ?)
        on conflict (key) do update set value = excluded.value
        """,
        (key, value),
    )


def tick(connection: sqlite3.Connection) -> int:
    """Count on: each exchange has a number of its own, for all that it writes."""
    clock = recall(connection, "clock") + 1
    remember(connection, "clock", clock)
    return clock
