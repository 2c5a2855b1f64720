"""The places that hold copies of the originals, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass

from archive.clock import timestamp, utc_now
from archive.errors import Conflict, InvalidInput, NotFound
from archive.identity import clean_name
from archive.jobs.records import transaction
from archive.people import Person
from archive.rights import require
from archive.sqlite import sqlite3

# backup: a folder of asbuilt backup; bucket: the same in an S3-compatible store; stick:
# bundles of an exchange; site: another laptop's archive, by its acknowledgements;
# folder: any folder of files, another archive's or one that is called by SHA-256s
KINDS = ("backup", "bucket", "stick", "site", "folder")

_COLUMNS = "c.id, c.uuid, c.kind, c.name, c.added_at"


@dataclass(frozen=True, slots=True)
class Copy:
    """A place that holds copies of originals.

    :param uuid: of the place itself: the backup's, the other laptop's
    """

    id: int
    uuid: str
    kind: str
    name: str
    added_at: str


def add_copy(
    connection: sqlite3.Connection, who: Person, uuid: str, kind: str, name: str
) -> Copy:
    """Return the copy of this uuid, known from now on; the name it has stays.

    :raises InvalidInput: no such kind, or no name
    """
    if kind not in KINDS:
        raise InvalidInput(f"no kind of copy {kind!r}; there are {', '.join(KINDS)}")
    with transaction(connection):
        known = _one(connection, "c.uuid = ?", uuid)
        if known is not None:
            return known
        connection.execute(
            "insert into copies (uuid, kind, name, added_at) values (?, ?, ?, ?)",
            (uuid, kind, _free_name(connection, name), timestamp(utc_now())),
        )
        made = find_copy(connection, uuid)
        log(connection, who, made, "added")
    return made


def _free_name(connection: sqlite3.Connection, name: str) -> str:
    """Return the name, with a number where another copy is called so."""
    wanted = clean_name(name, "copy")
    taken = {row[0].casefold() for row in connection.execute("select name from copies")}
    found, number = wanted, 2
    while found.casefold() in taken:
        found, number = f"{wanted} {number}", number + 1
    return found


def find_copy(connection: sqlite3.Connection, which: str) -> Copy:
    """Return a copy by its name, its uuid or the beginning of that.

    :raises NotFound: there is none
    :raises Conflict: it could be several
    """
    found = _one(connection, "c.name = ?1 collate nocase or c.uuid = ?1", which)
    if found is not None:
        return found
    begun = _all(connection, "substr(c.uuid, 1, length(?1)) = ?1", which)
    if len(begun) > 1 and which:
        raise Conflict(f"{which!r} is the beginning of several copies' uuids")
    if not which or not begun:
        raise NotFound(f"no copy is called {which!r}; asbuilt copies lists them")
    return begun[0]


def list_copies(connection: sqlite3.Connection) -> list[Copy]:
    """Return the copies that are known, in the order in which they became so."""
    return _all(connection, "true")


def _one(connection: sqlite3.Connection, condition: str, value: str) -> Copy | None:
    found = _all(connection, condition, value)
    return found[0] if found else None


def _all(connection: sqlite3.Connection, condition: str, *values: str) -> list[Copy]:
    rows = connection.execute(
        f"select {_COLUMNS} from copies c where {condition} order by c.id", values
    )
    return [Copy(*row) for row in rows]


def forget_copy(connection: sqlite3.Connection, who: Person, copy: Copy) -> None:
    """Know nothing of a copy any more. Nothing in it is touched.

    :raises NotAllowed: ``who`` may not
    """
    require(who, "settings")
    drop_copy(connection, who, copy)


def drop_copy(connection: sqlite3.Connection, who: Person, copy: Copy) -> None:
    """Do so whoever it is: of a copy that turns out not to be one."""
    with transaction(connection):
        log(connection, who, copy, "forgotten")
        connection.execute("delete from copies where id = ?", (copy.id,))


def log(  # noqa: PLR0917 - a row
    connection: sqlite3.Connection,
    who: Person,
    copy: Copy,
    what: str,
    good: int = 0,
    bad: int = 0,
) -> None:
    """Write down what was done with a copy.

    :param what: "added", "forgotten", "backed up", "checked", "acknowledged" or
        "repaired": originals were mended from it
    :param good: originals that were found whole in it; ``bad``: that were not
    """
    connection.execute(
        "insert into copy_events (at, person_id, copy, name, what, good, bad)"
        " values (?, ?, ?, ?, ?, ?, ?)",
        (timestamp(utc_now()), who.id, copy.uuid, copy.name, what, good, bad),
    )


@dataclass(frozen=True, slots=True)
class Event:
    """What was done with a copy, when and by whom (see ``log``)."""

    at: str
    who: str
    name: str
    what: str
    good: int
    bad: int


def list_events(connection: sqlite3.Connection, limit: int = 50) -> list[Event]:
    """Return what was done with copies, newest first."""
    rows = connection.execute(
        "select e.at, p.name, e.name, e.what, e.good, e.bad from copy_events e"
        " join people p on p.id = e.person_id order by e.id desc limit ?",
        (limit,),
    )
    return [Event(*row) for row in rows]
