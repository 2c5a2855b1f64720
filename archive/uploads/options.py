"""What holds for all files of an upload: from a form, as it is kept, for the import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archive.albums import visible_album
from archive.errors import InvalidInput
from archive.importing.memory import Sources
from archive.importing.model import ImportOptions
from archive.importing.records import Writer
from archive.people import Person
from archive.rights import require, viewer
from archive.sqlite import sqlite3

# option: the types that it may have. album: its id, or the name of a new one
_KNOWN: dict[str, tuple[type, ...]] = {
    "album": (int, str),
    "location": (str,),
    "trades": (list,),
    "description": (str,),
    "private": (bool,),
    "starred": (bool,),
    "daily_log": (bool,),
    "log_date": (str,),
    "taken_at": (str,),
    "undated_only": (bool,),
}


def clean_options(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as they are kept: those that say something.

    :raises InvalidInput: an unknown option, or a value of the wrong kind
    """
    for name, value in values.items():
        if name not in _KNOWN:
            raise InvalidInput(f"an upload has no option {name!r}")
        if value is not None and type(value) not in _KNOWN[name]:
            raise InvalidInput(f"the option {name} cannot be {value!r}")
    trades = values.get("trades") or []
    if not all(isinstance(trade, str) for trade in trades):
        raise InvalidInput("trades are given by their names")
    # False says something for private alone: not as the settings would have it
    return {
        name: value
        for name, value in values.items()
        if value or (name == "private" and value is not None)
    }


def import_options(
    connection: sqlite3.Connection, actor: Person, kept: Mapping[str, Any]
) -> ImportOptions:
    """Return the options as the import takes them now.

    :raises NotFound: the album is gone, or was never there for the actor
    """
    album = kept.get("album")
    if isinstance(album, int):
        # Two may have one name
        album = visible_album(connection, album, viewer(actor)).uuid
    values = {**kept, "album": album, "trades": tuple(kept.get("trades", ()))}
    return ImportOptions(**values)


def check_options(
    connection: sqlite3.Connection,
    archive_uuid: str,
    actor: Person,
    kept: Mapping[str, Any],
) -> None:
    """Refuse before a byte is sent what the import would refuse.

    :raises NotAllowed: the actor may not add photos, or not so
    :raises InvalidInput: an option that cannot be
    :raises NotFound: no such album for the actor
    """
    require(actor, "upload")
    options = import_options(connection, actor, kept)
    Writer(connection, Sources(connection, archive_uuid, actor), actor, options)
