"""People: who is here, at what level, with which granular rights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from archive.batches import Batch, permit
from archive.errors import Conflict, InvalidInput, NotFound
from archive.identity import clean_name, name_key, new_uuid
from archive.rights import LEVELS
from archive.sqlite import sqlite3

OWNER_ID = 1
GRANULAR = (
    "can_create_albums",
    "can_delete_albums",
    "can_reorder_albums",
    "can_view_private",
)
_ANY_NAME = "id = ?1 or uuid = ?1 or login = ?1 or name = ?1"
_COLUMNS = f"id, uuid, name, login, level, {', '.join(GRANULAR)}, active"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who acts here.

    :param level: one of ``LEVELS``; the ``can_*`` rights come on top of it
    """

    id: int
    uuid: str
    name: str
    login: str | None
    level: str
    can_create_albums: bool = False
    can_delete_albums: bool = False
    can_reorder_albums: bool = False
    can_view_private: bool = False
    active: bool = True


def _person(row: tuple[Any, ...]) -> Person:
    return Person(*row[:5], *(bool(value) for value in row[5:]))


def owner(connection: sqlite3.Connection) -> Person:
    """Return person 1, who owns the laptop and is its admin."""
    return find_person(connection, OWNER_ID)


def find_person(connection: sqlite3.Connection, who: int | str) -> Person:
    """Return a person by id, uuid, login or (when only one has it) name.

    :param who: a number is an id and nothing else, whatever people are called
    :raises NotFound: nobody, or more than one
    """
    same = "id = ?1" if isinstance(who, int) else _ANY_NAME
    rows = connection.execute(
        f"select {_COLUMNS} from people where {same} limit 2", (who,)
    ).fetchall()
    if len(rows) != 1:
        if rows:
            which = "; say the login or the number"
            raise NotFound(
                f"more than one person is called {who!r}{which}",
                key="several_people",
                name=who,
            )
        raise NotFound(f"nobody here is called {who!r}", key="no_person", name=who)
    return _person(rows[0])


def person_with_uuid(connection: sqlite3.Connection, uuid: str) -> Person | None:
    """Return the person with this uuid, whatever others are called."""
    row = connection.execute(
        f"select {_COLUMNS} from people where uuid = ?", (uuid,)
    ).fetchone()
    return _person(row) if row else None


def person_with_login(connection: sqlite3.Connection, login: str) -> Person | None:
    """Return the person who logs in by this name; ``Ana@`` is ``ana@`` to a phone."""
    key = name_key(login)
    rows = connection.execute(
        f"select {_COLUMNS} from people where login is not null order by id"
    )
    people = [_person(row) for row in rows]
    alike = [person for person in people if name_key(person.login or "") == key]
    exact = [person for person in alike if person.login == login]
    return next(iter(exact or alike), None)


def list_people(connection: sqlite3.Connection) -> list[Person]:
    """Return everyone, by name."""
    rows = connection.execute(f"select {_COLUMNS} from people order by name, id")
    return [_person(row) for row in rows]


def namesakes(connection: sqlite3.Connection, person: Person) -> list[Person]:
    """Return the others whose name reads like this person's; that is allowed."""
    key = name_key(person.name)
    people = list_people(connection)
    return [p for p in people if p.id != person.id and name_key(p.name) == key]


def add_person(
    connection: sqlite3.Connection,
    actor: Person,
    batch: Batch,
    name: str,
    *,
    login: str | None = None,
    level: str = "read_only",
    rights: tuple[str, ...] = (),
) -> Person:
    """Add a person.

    :param rights: names from ``GRANULAR``
    :raises NotAllowed: the actor may not
    :raises InvalidInput: unknown level or right
    :raises Conflict: the login is taken
    """
    permit(connection, actor, "edit_people")
    _check(level, rights)
    login = None if login is None else _free_login(connection, login)
    values = [1 if right in rights else 0 for right in GRANULAR]
    cursor = connection.execute(
        f"""
        insert into people (uuid, name, login, level, {", ".join(GRANULAR)}, created_at)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (new_uuid(), clean_name(name, "person"), login, level, *values, batch.at),
    )
    return find_person(connection, int(cursor.lastrowid or 0))


def edit_person(
    connection: sqlite3.Connection,
    actor: Person,
    person: Person,
    *,
    name: str | None = None,
    login: str | None = None,
    level: str | None = None,
    rights: dict[str, bool] | None = None,
    active: bool | None = None,
) -> Person:
    """Change what is given and leave the rest.

    :raises NotAllowed: the actor may not
    :raises InvalidInput: unknown level or right, or no admin would be left
    :raises Conflict: the login is taken
    """
    permit(connection, actor, "edit_people")
    rights = rights or {}
    _check(level or person.level, tuple(rights))
    values: dict[str, object] = {right: int(on) for right, on in rights.items()}
    if name is not None:
        values["name"] = clean_name(name, "person")
    if login is not None:
        values["login"] = _free_login(connection, login, person)
    if level is not None:
        values["level"] = level
    if active is not None:
        values["active"] = int(active)
    if person.id == OWNER_ID and (level not in (None, "admin") or active is False):
        raise InvalidInput(
            "the owner of the archive stays its admin", key="owner_stays"
        )
    for field, value in values.items():
        connection.execute(
            f"update people set {field} = ? where id = ?", (value, person.id)
        )
    return find_person(connection, person.id)


def _free_login(
    connection: sqlite3.Connection, login: str, person: Person | None = None
) -> str:
    """Return a login as it is stored, if nobody else has one that reads alike."""
    login = clean_name(login, "login")
    other = person_with_login(connection, login)
    if other is not None and (person is None or other.id != person.id):
        raise Conflict(f"the login {login!r} is taken", key="login_taken", name=login)
    return login


def _check(level: str, rights: tuple[str, ...]) -> None:
    if level not in LEVELS:
        raise InvalidInput(f"no level {level!r}; there are {', '.join(LEVELS)}")
    for right in rights:
        if right not in GRANULAR:
            raise InvalidInput(f"no right {right!r}; there are {', '.join(GRANULAR)}")
