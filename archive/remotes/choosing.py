"""Whose originals the sync brings here: a setting that goes with the link.

Choosing fewer deletes nothing, and everything else of a photo comes in any case.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

from archive.albums import find_album
from archive.batches import permit
from archive.errors import InvalidInput
from archive.locations import PATH_SQL, find_location, get_location
from archive.people import Person
from archive.settings import keep, kept
from archive.sqlite import sqlite3

ORIGINALS = "remote_originals"  # the setting
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Choice:
    """Whose originals are wanted: those that any of this names.

    :param all: everybody's; else none but the following
    :param albums: uuids; ``locations`` likewise, with all below them
    :param taken: first and last day, both included; "" where it is open
    """

    all: bool = True
    albums: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    taken: tuple[tuple[str, str], ...] = ()

    @property
    def is_none(self) -> bool:
        """Whether no original is wanted."""
        return not (self.all or self.albums or self.locations or self.taken)


EVERY = Choice()


def originals_of(connection: sqlite3.Connection) -> Choice:
    """Return whose originals are wanted; everybody's, as long as nobody said so."""
    found = kept(connection, ORIGINALS)
    return _from_json(found) if isinstance(found, dict) else EVERY


def _from_json(found: dict[str, Any]) -> Choice:
    taken = tuple((str(first), str(last)) for first, last in found.get("taken", ()))
    return Choice(
        bool(found.get("all")),
        tuple(found.get("albums", ())),
        tuple(found.get("locations", ())),
        taken,
    )


def set_originals(
    connection: sqlite3.Connection, actor: Person, choice: Choice
) -> None:
    """Keep whose originals are wanted, inside a batch: it is history.

    :raises NotAllowed: the actor may not
    """
    permit(connection, actor, "settings")
    keep(connection, ORIGINALS, asdict(choice))


def choice_of(connection: sqlite3.Connection, words: tuple[str, ...]) -> Choice:
    """Return a choice as it is said on the command line: what any of the words wants.

    :param words: "all", "none", "album=…", "location=…", "taken=A..B"; none: all
    :raises InvalidInput: a word that cannot be
    :raises NotFound: no such album or location
    """
    found: dict[str, list[Any]] = {"album": [], "location": [], "taken": []}
    for word in words:
        if word in ("all", "none"):
            continue
        key, _, value = word.partition("=")
        if not value or key not in found:
            raise _unknown(word)
        found[key].append(_meant(connection, key, value))
    if not words or "all" in words:
        return EVERY
    albums, locations, taken = (tuple(some) for some in found.values())
    return Choice(all=False, albums=albums, locations=locations, taken=taken)


def _meant(connection: sqlite3.Connection, key: str, value: str) -> Any:  # noqa: ANN401
    if key == "album":
        return find_album(connection, value).uuid
    if key == "location":
        return find_location(connection, value).uuid
    first, dots, last = value.partition("..")
    if not dots:
        raise _unknown(f"taken={value}")
    return days(first, last)


def days(first: str, last: str) -> tuple[str, str]:
    """Return a range of days; either may be open.

    :raises InvalidInput: both are, or one is no day
    """
    ends = first.strip()[:10], last.strip()[:10]
    if not any(ends) or not all(_DAY.fullmatch(one) for one in ends if one):
        raise _unknown(f"taken={first}..{last}")
    return ends


def _unknown(word: str) -> InvalidInput:
    forms = "all, none, album=NAME, location=PATH, taken=A..B"
    return InvalidInput(f"{word!r} is none of {forms}", key="no_originals", name=word)


def words_of(connection: sqlite3.Connection, choice: Choice) -> list[str]:
    """Return a choice as it is said on the command line.

    An album or a location that is gone stands there with its uuid.
    """
    if choice.all:
        return ["all"]
    if choice.is_none:
        return ["none"]
    found = [f"album={_album(connection, uuid)}" for uuid in choice.albums]
    found += [f"location={_location(connection, uuid)}" for uuid in choice.locations]
    return found + [f"taken={first}..{last}" for first, last in choice.taken]


def _album(connection: sqlite3.Connection, uuid: str) -> str:
    row = connection.execute(
        "select name from albums where uuid = ?", (uuid,)
    ).fetchone()
    return str(row[0]) if row else uuid


def _location(connection: sqlite3.Connection, uuid: str) -> str:
    row = connection.execute(
        "select id from locations where uuid = ?", (uuid,)
    ).fetchone()
    return get_location(connection, row[0]).path if row else uuid


def choosable(
    connection: sqlite3.Connection,
) -> tuple[dict[str, str], dict[str, str]]:
    """Return what can be chosen: names of albums, and paths of locations, by uuid."""
    albums = connection.execute("select uuid, name from albums order by position, id")
    places = connection.execute(
        f"select l.uuid, {PATH_SQL} from locations l order by 2"
    )
    return dict(albums.fetchall()), dict(places.fetchall())
