"""An edit as plain data: what pages send, and what a job keeps among its options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from archive.albums import visible_album
from archive.batches import Batch
from archive.editing import Edit
from archive.errors import InvalidInput
from archive.locations import find_or_add_location
from archive.people import Person
from archive.rights import viewer
from archive.sqlite import sqlite3
from archive.trades import find_trade


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_list_of(holds: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and all(map(holds, value))


def _is_name(value: object) -> bool:
    return isinstance(value, str) or type(value) is int


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


# field: what it must be, and in words
_FIELDS: dict[str, tuple[Callable[[object], bool], str]] = {
    "description": (_is_text, "a text"),
    "album": (_is_name, "the id, uuid or name of an album"),
    "location": (_is_name, "a path such as Tower>Level 3, an id, or '' for none"),
    "trades": (_is_list_of(_is_name), "a list of trades"),
    "private": (_is_flag, "true or false"),
    "starred": (_is_flag, "true or false"),
    "rotate": (lambda value: type(value) is int, "degrees"),
    "taken_at": (_is_text, "a time, or '' for what the file says"),
    "log_date": (_is_text, "a date, or '' for none"),
    "position": (
        _is_list_of(_is_number),
        "[latitude, longitude], or []",
    ),
}


def check_edit(values: Mapping[str, Any]) -> None:
    """Refuse what cannot be an edit, as far as that is known without the archive.

    :raises InvalidInput: an unknown field, a value of the wrong kind, or none at all
    """
    if not values:
        raise InvalidInput("nothing to change was given", key="nothing_given")
    for name, value in values.items():
        if name not in _FIELDS:
            raise InvalidInput(f"a photo has no field {name!r} to change")
        holds, wanted = _FIELDS[name]
        if not holds(value):
            raise InvalidInput(f"{name} is {wanted}")
    if len(values.get("position", ())) not in (0, 2):
        raise InvalidInput(f"position is {_FIELDS['position'][1]}")


def edit_from(
    connection: sqlite3.Connection,
    actor: Person,
    batch: Batch,
    values: Mapping[str, Any],
) -> Edit:
    """Return the edit that plain data describes, finding what it names.

    :param values: some of the fields of ``Edit``; ``album`` by id, uuid or name,
        ``location`` by path (missing tiers are made), id or "", ``trades`` likewise
    :raises InvalidInput: as for ``check_edit``
    :raises NotFound: an album, a location or a trade that is not there for the actor
    """
    check_edit(values)
    found = dict(values)
    if "album" in found:
        found["album"] = visible_album(connection, found["album"], viewer(actor))
    if isinstance(found.get("location"), str):
        path = found["location"]
        found["location"] = (
            find_or_add_location(connection, actor, batch, path).id if path else 0
        )
    if "trades" in found:
        trades = [find_trade(connection, name).id for name in found["trades"]]
        found["trades"] = tuple(trades)
    if "position" in found:
        found["position"] = tuple(found["position"])
    return Edit(**found)
