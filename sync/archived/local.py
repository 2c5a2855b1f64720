"""Records as they are here, read from the archive's own tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from archive.albums import UNCLASSIFIED_ID
from archive.clock import timestamp
from archive.photos import chunks
from archive.sqlite import sqlite3
from sync.records import FIELDS, Kind, Life, Mark, Value

NO_MARK = Mark()


@dataclass(frozen=True, slots=True)
class Here:
    """A record that is here, in the bin or not.

    :param number: its id
    :param fields: all fields of its kind
    :param has_bytes: False for a photo whose original is not here
    """

    number: int
    life: Life
    fields: dict[str, Value]
    has_bytes: bool = True


def find(
    connection: sqlite3.Connection, kind: Kind, uuids: Collection[str]
) -> dict[str, Here]:
    """Return those of the records that are here."""
    found: dict[str, Here] = {}
    for some in chunks(list(uuids)):  # type: ignore[arg-type]
        found |= _READERS[kind](connection, some)
    return found


def purged(connection: sqlite3.Connection, uuids: Collection[str]) -> set[str]:
    """Return those of these photos that were deleted for good."""
    found: set[str] = set()
    for some in chunks(list(uuids)):  # type: ignore[arg-type]
        sql = f"select uuid from tombstones where uuid in ({_marks(some)})"
        found |= {row[0] for row in connection.execute(sql, some)}
    return found


def _marks(some: Collection[object]) -> str:
    return ", ".join("?" * len(some))


def _photos(connection: sqlite3.Connection, some: list[Any]) -> dict[str, Here]:
    rows = connection.execute(
        f"""
        select p.uuid, p.id, p.recycled_at, p.original_id, p.description,
            iif(p.album_id = {UNCLASSIFIED_ID}, null, a.uuid), l.uuid,
            p.private, p.starred, p.log_date, p.filename, p.taken_at, p.taken_offset,
            p.latitude, p.longitude, p.position_source, p.projection, p.uploaded_at,
            o.bytes,
            (select group_concat(t.uuid) from photo_trades x
                join trades t on t.id = x.trade_id where x.photo_id = p.id)
        from photos p join albums a on a.id = p.album_id
        left join locations l on l.id = p.location_id
        left join originals o on o.id = p.original_id
        where p.uuid in ({_marks(some)})
        """,
        some,
    )
    return {row[0]: _photo(row) for row in rows}


def _photo(row: tuple[Any, ...]) -> Here:
    life = Life.ACTIVE if row[2] is None else Life.RECYCLED
    fields: dict[str, Value] = {
        "description": row[4],
        "album": row[5],
        "location": row[6],
        "trades": frozenset(row[19].split(",")) if row[19] else frozenset(),
        "private": bool(row[7]),
        "starred": bool(row[8]),
        "log_date": row[9],
        "filename": row[10],
        "taken_at": row[11] + (row[12] or "") if row[11] else None,
        "coordinates": _coordinates(*row[13:16]),
        "projection": None if row[16] == "unknown" else row[16],
        "uploaded_at": row[17],
        "bytes": row[18],
    }
    return Here(row[1], life, fields, row[3] is not None)


def _coordinates(
    latitude: float | None, longitude: float | None, source: str | None
) -> Any:  # noqa: ANN401
    """Return a place; () where a person said that it has none."""
    if latitude is None or longitude is None:
        return () if source == "person" else None
    return (latitude, longitude)


def _albums(connection: sqlite3.Connection, some: list[Any]) -> dict[str, Here]:
    rows = connection.execute(
        f"""
        select a.uuid, a.id, a.name, a.private, p.uuid, a.position from albums a
        left join photos p on p.id = a.cover_photo_id
        where a.uuid in ({_marks(some)})
        """,
        some,
    )
    names = ("name", "private", "cover", "position")
    return {
        uuid: Here(
            number,
            Life.ACTIVE,
            dict(zip(names, (name, bool(private), *rest), strict=True)),
        )
        for uuid, number, name, private, *rest in rows
    }


def _locations(connection: sqlite3.Connection, some: list[Any]) -> dict[str, Here]:
    rows = connection.execute(
        f"""
        select l.uuid, l.id, l.name, above.uuid from locations l
        left join locations above on above.id = l.parent_id
        where l.uuid in ({_marks(some)})
        """,
        some,
    )
    return {
        uuid: Here(number, Life.ACTIVE, {"name": name, "parent": parent})
        for uuid, number, name, parent in rows
    }


def _trades(connection: sqlite3.Connection, some: list[Any]) -> dict[str, Here]:
    rows = connection.execute(
        f"select uuid, id, name, active from trades where uuid in ({_marks(some)})",
        some,
    )
    return {
        uuid: Here(number, Life.ACTIVE, {"name": name, "active": bool(active)})
        for uuid, number, name, active in rows
    }


_READERS: dict[Kind, Callable[[sqlite3.Connection, list[Any]], dict[str, Here]]] = {
    Kind.PHOTO: _photos,
    Kind.ALBUM: _albums,
    Kind.LOCATION: _locations,
    Kind.TRADE: _trades,
}

# Fields whose changes stand in the history under other names; "" is the life
_COLUMNS = {
    "": ("recycled_at",),
    "album": ("album_id",),
    "location": ("location_id",),
    "trades": ("trade",),
    "cover": ("cover_photo_id",),
    "parent": ("parent_id",),
    "coordinates": ("latitude", "longitude"),
    "bytes": ("original_id",),
}


@dataclass(frozen=True, slots=True)
class Marks(Mapping[str, Mark]):
    """Who changed which field here, and when: looked up when it is asked for.

    A conflict shows it, and nothing else needs it.
    """

    connection: sqlite3.Connection
    kind: Kind
    number: int

    def __getitem__(self, name: str) -> Mark:
        """Return who changed a field last; "" is the life.

        :raises KeyError: no such field
        """
        if name and name not in FIELDS[self.kind]:
            raise KeyError(name)
        columns = ("", *_COLUMNS.get(name, (name,)))
        row = self.connection.execute(
            f"""
            select b.actor_name, b.at from changes c
            join batches b on b.id = c.batch_id
            where c.entity = ? and c.record_id = ? and c.field in ({_marks(columns)})
            order by c.id desc limit 1
            """,
            (str(self.kind), self.number, *columns),
        ).fetchone()
        return Mark(*row) if row else NO_MARK

    def __iter__(self) -> Iterator[str]:
        """Iterate over all fields, and the life."""
        return iter(("", *FIELDS[self.kind]))

    def __len__(self) -> int:
        """Return how many there are."""
        return 1 + len(FIELDS[self.kind])


@dataclass(frozen=True, slots=True)
class AllAt(Mapping[str, Mark]):
    """The remote says when a record was changed, and neither by whom nor what.

    :param seconds: since 1970; 0: it does not say
    """

    kind: Kind
    seconds: int

    def __getitem__(self, name: str) -> Mark:
        """Return the record's mark."""
        if not self.seconds:
            return NO_MARK
        return Mark(at=timestamp(datetime.fromtimestamp(self.seconds, UTC)))

    def __iter__(self) -> Iterator[str]:
        """Iterate over all fields, and the life."""
        return iter(("", *FIELDS[self.kind]))

    def __len__(self) -> int:
        """Return how many there are."""
        return 1 + len(FIELDS[self.kind])
