"""What a tile shows of a photo: little of it, and of very many photos at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archive.locations import PATH_SQL
from archive.photos import HEIGHT_SQL, WIDTH_SQL, chunks
from archive.sqlite import sqlite3


@dataclass(frozen=True, slots=True)
class Face:
    """Of a photo what its tile shows; the fields are those of ``Photo``."""

    id: int
    sha256: str | None
    rotation: int
    filename: str
    description: str
    location: str | None
    shown_at: str
    taken_at: str | None
    private: bool
    starred: bool
    projection: str
    kind: str | None
    damage: str | None
    recycled_at: str | None
    width: int | None
    height: int | None
    dated_ahead: bool


def load_faces(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, Face]:
    """Return the faces of these photos, by their ids, without those that are gone.

    Whoever calls has decided that the viewer may see them. At a million photos a whole
    ``Photo`` takes three times as long: its albums, trades and comments lie elsewhere.
    """
    rows = [row for some in chunks(ids) for row in _rows(connection, some)]
    paths = _paths(connection, {row[5] for row in rows} - {None})
    return {row[0]: _face(row, paths) for row in rows}


def _face(row: Sequence[Any], paths: Mapping[object, str]) -> Face:
    values = list(row)
    values[5] = paths.get(row[5])
    values[8], values[9] = bool(row[8]), bool(row[9])
    values[-1] = bool(row[-1])
    return Face(*values)


def _rows(connection: sqlite3.Connection, ids: Sequence[int]) -> list[tuple[Any, ...]]:
    marks = ", ".join("?" * len(ids))
    found = connection.execute(
        f"""
        select p.id, o.sha256, p.rotation, p.filename, p.description, p.location_id,
            p.sorted_at, p.taken_at, p.private, p.starred, p.projection, o.kind,
            o.damage, p.recycled_at, {WIDTH_SQL}, {HEIGHT_SQL}, coalesce(
                p.taken_at > strftime('%Y-%m-%dT%H:%M:%S', p.uploaded_at, '+1 day'), 0)
        from photos p left join originals o on o.id = p.original_id
        where p.id in ({marks})
        """,
        ids,
    )
    return found.fetchall()  # type: ignore[no-any-return,unused-ignore]


def _paths(
    connection: sqlite3.Connection, places: Iterable[object]
) -> dict[object, str]:
    """Return the paths of locations, by their ids; many photos share one."""
    some = list(places)
    marks = ", ".join("?" * len(some))  # of a page of tiles there are few enough
    rows = connection.execute(
        f"select l.id, {PATH_SQL} from locations l where l.id in ({marks})", some
    )
    return dict(rows.fetchall())
