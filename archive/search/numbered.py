"""Pages by number, with totals: a stub until the real one is here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from archive.rights import Viewer, scope_condition
from archive.sqlite import sqlite3


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list; all of it holds."""

    album: int | None = None
    ids: tuple[int, ...] | None = None
    logged: Any = None
    private: bool | None = None
    starred: bool | None = None
    projection: str | None = None
    locations: tuple[tuple[int, int], ...] = ()
    sublocations: bool = False
    trades: tuple[int, ...] = ()
    uploaders: tuple[int, ...] = ()
    text: str = ""
    uploaded: Any = None
    updated: Any = None
    bin: str = "without"


@dataclass(frozen=True, slots=True)
class Numbered:
    """One page."""

    ids: tuple[int, ...]
    total: int


def numbered(
    connection: sqlite3.Connection,
    wanted: Wanted,  # noqa: ARG001
    who: Viewer | None,
    *,
    order: str = "uploaded",  # noqa: ARG001
    page: int = 1,
    per_page: int = 100,
) -> Numbered:
    """Return one page."""
    seen = scope_condition(who)
    rows = connection.execute(
        f"select id from photos where {seen} order by id limit ? offset ?",
        (per_page, (page - 1) * per_page),
    ).fetchall()
    total = connection.execute(f"select count(*) from photos where {seen}").fetchone()
    return Numbered(tuple(row[0] for row in rows), total[0])
