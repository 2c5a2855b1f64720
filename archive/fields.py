"""The fields of one photo that people edit, and whether they are still what was seen.

Two people may have the same photo open. Who saves sends what they saw beside what they
want, and nothing is overwritten that they have not seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archive.errors import Changed, NotFound
from archive.identity import clean_text
from archive.moments import parse_moment
from archive.sqlite import sqlite3

if TYPE_CHECKING:
    from archive.editing import Edit


def fields_of(connection: sqlite3.Connection, number: int) -> dict[str, Any]:
    """Return what a photo's fields hold, under the names that an edit gives them.

    ``album`` and ``location`` are ids (0: none), ``trades`` a list of them; dates are
    texts, "" for none, and ``taken_at`` has its offset behind it where that is known.
    Whoever calls has decided that the reader may see the photo.

    :raises NotFound: no such photo
    """
    row = connection.execute(
        """
        select description, album_id, coalesce(location_id, 0), private, starred,
            coalesce(taken_at || coalesce(taken_offset, ''), ''), coalesce(log_date, '')
        from photos where id = ?
        """,
        (number,),
    ).fetchone()
    if row is None:
        raise NotFound(f"there is no photo {number}", key="no_photo", number=number)
    trades = connection.execute(
        "select trade_id from photo_trades where photo_id = ? order by 1", (number,)
    )
    return {
        "description": row[0],
        "album": row[1],
        "location": row[2],
        "trades": [trade for (trade,) in trades],
        "private": bool(row[3]),
        "starred": bool(row[4]),
        "taken_at": row[5],
        "log_date": row[6],
    }


def touched(edit: Edit, seen: Mapping[str, Any]) -> Edit:
    """Return the edit without the fields that are wanted as they were seen.

    Who sends a whole form has touched only some of it.
    """
    wanted = _wanted(edit)
    same = {
        field: None
        for field, value in wanted.items()
        if field in seen and value == _plain(field, seen[field])
    }
    return replace(edit, **same) if same else edit


def require_unchanged(
    connection: sqlite3.Connection, number: int, edit: Edit, seen: Mapping[str, Any]
) -> None:
    """Refuse an edit of a field that holds neither what was seen nor what is wanted.

    :raises Changed: with what such fields hold now
    """
    now = fields_of(connection, number)
    wanted = _wanted(edit)
    changed = {
        field: value
        for field, value in now.items()
        if field in wanted
        and field in seen
        and _plain(field, value) not in (_plain(field, seen[field]), wanted[field])
    }
    if changed:
        raise Changed(changed)


def _wanted(edit: Edit) -> dict[str, Any]:
    """Return what the fields will hold, in the form in which they are compared."""
    found: dict[str, Any] = {field: getattr(edit, field) for field in edit.given()}
    if edit.album is not None:
        found["album"] = edit.album.id
    return {field: _plain(field, value) for field, value in found.items()}


def _plain(field: str, value: Any) -> Any:  # noqa: ANN401
    """Return a value so that two that mean the same are equal."""
    if field == "trades":
        return sorted(value or ())
    if field == "taken_at" and value:
        local, offset = parse_moment(str(value))
        if "." in local:  # browsers write .12 for .120
            local = local.rstrip("0").rstrip(".")
        return local + (offset or "")
    return (clean_text(value) if isinstance(value, str) else value) or 0
