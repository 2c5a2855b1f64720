"""What an admin may set for the archive, each with its default."""

from __future__ import annotations

import json
from collections.abc import Iterable

from archive.batches import permit
from archive.errors import InvalidInput
from archive.identity import clean_text
from archive.people import Person
from archive.sqlite import sqlite3

# key: (default, what a value must be, meaning)
KNOWN: dict[str, tuple[object, type, str]] = {
    "project_name": ("", str, "shown on every page and export"),
    "private_by_default": (
        False,
        bool,
        "photos added are private unless said otherwise",
    ),
    "new_albums_first": (False, bool, "new albums go to the beginning of the list"),
    "locations_on_the_fly": (True, bool, "adding a photo may add its location"),
    "project_photo": ("", str, "uuid of the photo that stands for the project"),
    "subscribers": ([], list, "ids of the people who want to hear of new photos"),
    # see archive/keeping/rule.py
    "copies_elsewhere": (1, int, "verified copies elsewhere that a purge asks for"),
    "copies_days": (365, int, "how long a copy counts since it was verified, in days"),
}
_MOST = 36_500  # copies or days: a hundred years


def get_setting(connection: sqlite3.Connection, key: str) -> object:
    """Return a setting's value, or its default.

    :raises InvalidInput: no such setting
    """
    default, _, _ = _known(key)
    found = kept(connection, key)
    return default if found is None else found


def kept(connection: sqlite3.Connection, key: str) -> object:
    """Return what is kept under a key, which may be none of KNOWN; None: nothing."""
    row = connection.execute(
        "select value from settings where key = ?", (key,)
    ).fetchone()
    return json.loads(row[0]) if row else None


def keep(connection: sqlite3.Connection, key: str, value: object) -> None:
    """Keep something under a key, inside a batch; None: nothing any more.

    Whoever calls asked whether the person may.
    """
    if value is None:
        connection.execute("delete from settings where key = ?", (key,))
        return
    connection.execute(
        """
        insert into settings (key, value) values (?, ?)
        on conflict (key) do update set value = excluded.value
        """,
        (key, json.dumps(value, ensure_ascii=False, sort_keys=True)),
    )


def set_setting(
    connection: sqlite3.Connection, actor: Person, key: str, value: object
) -> None:
    """Set a setting, inside a batch.

    :raises NotAllowed: the actor may not
    :raises InvalidInput: no such setting, or a value of the wrong kind
    """
    permit(connection, actor, "settings")
    _, kind, _ = _known(key)
    if type(value) is not kind:  # of int and bool each is the other's
        raise InvalidInput(f"the setting {key} must be {kind.__name__}")
    if isinstance(value, int) and not 0 <= value <= _MOST:
        raise InvalidInput(
            f"the setting {key} is a number from 0 to {_MOST:,}",
            key="no_number",
            name=key,
        )
    if isinstance(value, str):
        value = clean_text(value)
    if isinstance(value, list):
        value = _people(connection, value)
    keep(connection, key, value)


def subscribers(connection: sqlite3.Connection) -> set[int]:
    """Return the ids of the people who want to hear of new photos."""
    found = get_setting(connection, "subscribers")
    return set(found) if isinstance(found, list) else set()


def subscribe(
    connection: sqlite3.Connection, actor: Person, person_id: int, *, wanted: bool
) -> None:
    """Say whether somebody wants to hear of new photos, inside a batch.

    Each of themselves; admins also of others.

    :raises NotAllowed: the actor may not
    :raises InvalidInput: there is no such person
    """
    permit(connection, actor, "view" if person_id == actor.id else "settings")
    before = subscribers(connection)
    after = before | {person_id} if wanted else before - {person_id}
    if after != before:
        keep(connection, "subscribers", _people(connection, after))


def _people(connection: sqlite3.Connection, ids: Iterable[object]) -> list[int]:
    """Return the ids sorted, when all are people.

    :raises InvalidInput: one is not
    """
    known = {row[0] for row in connection.execute("select id from people")}
    for number in ids:
        if number not in known:
            raise InvalidInput(
                f"there is no person {number!r}", key="no_person", name=number
            )
    return sorted({int(str(number)) for number in ids})


def _known(key: str) -> tuple[object, type, str]:
    if key not in KNOWN:
        raise InvalidInput(f"no setting {key!r}; there are {', '.join(KNOWN)}")
    return KNOWN[key]
