"""Clients: programs that use the API, each with an id, a secret and what it acts as.

A program that acts by itself is a person of the archive, of its own and with a level:
so the history says who did it, and its rights are those of people. One that only acts
for people whom it asks has none. Its secret is 256 random bits, which nobody guesses:
SHA-256 of it is kept, and whoever has the right one never waits for those who try.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from archive.accounts import events, grants, passwords, redirects, throttling
from archive.accounts.sessions import Visit
from archive.accounts.store import Accounts, is_there, reading, transaction
from archive.batches import batch
from archive.clock import timestamp
from archive.errors import Conflict, InvalidInput, NotFound
from archive.identity import clean_name
from archive.people import Person, add_person, edit_person, person_with_uuid
from archive.rights import allowed, require
from archive.sqlite import sqlite3

SHORTEST_SECRET = 32  # characters, of one that was made elsewhere
_LONGEST = 200
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{5,99}", re.ASCII)
_VISIBLE = re.compile(r"[!-~]+", re.ASCII)
_COLUMNS = "id, secret, name, person, redirect_uris, made_at, made_by, ended_at"


@dataclass(frozen=True, slots=True)
class Client:
    """A program.

    :param secret: SHA-256 of it; None: it can keep none, and acts for people only
    :param person: uuid of the person that it is by itself
    :param made_by: uuid of a person
    """

    id: str
    secret: str | None
    name: str
    person: str | None
    redirect_uris: tuple[str, ...]
    made_at: str
    made_by: str
    ended_at: str | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """A client that was just made.

    :param secret: cannot be had again; None: it has none
    """

    client: Client
    secret: str | None


def add_client(
    accounts: Accounts,
    connection: sqlite3.Connection,
    name: str,
    visit: Visit,
    *,
    by: Person,
    level: str = "read_only",
    redirect_uris: Iterable[str] = (),
    client_id: str | None = None,
    secret: str | None = None,
    public: bool = False,
) -> Made:
    """Add a program; one with a secret becomes a person of the archive.

    :param connection: to archive.db
    :param by: who acts
    :param level: of that person
    :param client_id: one that it has elsewhere; so is ``secret``
    :param public: it can keep no secret, as what runs on people's own devices
    :raises NotAllowed: they may not
    :raises InvalidInput: something of it cannot be
    :raises Conflict: there is one with that id
    """
    require(by, "edit_people")
    uris = tuple(dict.fromkeys(redirects.check(uri) for uri in redirect_uris))
    name = clean_name(name, "program")
    client_id = _checked_id(client_id) if client_id else secrets.token_hex(16)
    if public:
        _require_public(secret, uris)
    else:
        secret = _checked_secret(secret, name) if secret else secrets.token_hex(32)
    if _find(accounts, client_id):
        raise Conflict(f"there is a program with the id {client_id!r}")
    with batch(connection, by, reason=f"program {name}") as made:
        person = None
        if not public:
            person = add_person(connection, by, made, name, level=level).uuid
        kept = digest(secret) if secret else None
        at = timestamp(visit.at)
        client = Client(client_id, kept, name, person, uris, at, by.uuid)
        _store(accounts, client, visit)  # last: when it fails, there is no person
    return Made(client, secret)


def _require_public(secret: str | None, uris: tuple[str, ...]) -> None:
    """Refuse what no program that can keep no secret can be.

    :raises InvalidInput: it has one, or there is nowhere to send an answer
    """
    if secret:
        raise InvalidInput(
            "a program that can keep no secret has no secret", key="public_program"
        )
    if not uris:
        raise InvalidInput(
            "a program that can keep no secret needs an address for answers",
            key="program_without_address",
        )


def _store(accounts: Accounts, client: Client, visit: Visit) -> None:
    with transaction(accounts) as opened:
        opened.execute(
            "DELETE FROM clients WHERE id = ? AND ended_at IS NOT NULL", (client.id,)
        )
        made = opened.execute(
            f"INSERT OR IGNORE INTO clients ({_COLUMNS})"
            " VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
            (
                client.id,
                client.secret,
                client.name,
                client.person,
                json.dumps(client.redirect_uris),
                client.made_at,
                client.made_by,
            ),
        )
        if not made.rowcount:
            raise Conflict(f"there is a program with the id {client.id!r}")
        _note(opened, events.CLIENT_MADE, client, visit, client.made_by)


def _checked_id(client_id: str) -> str:
    if not _ID.fullmatch(client_id):
        raise InvalidInput(
            "the id of a program has 6 to 100 letters, digits, dots and dashes"
        )
    return client_id


def _checked_secret(secret: str, name: str) -> str:
    """Refuse a secret that somebody thought up: it is not as hard to try as a password.

    :raises InvalidInput: it is too short, or would be guessed
    """
    if not SHORTEST_SECRET <= len(secret) <= _LONGEST or not _VISIBLE.fullmatch(secret):
        raise InvalidInput(
            f"the secret of a program has {SHORTEST_SECRET} to {_LONGEST} letters,"
            " digits and signs, made at random"
        )
    passwords.check_new(secret, name)
    return secret


def digest(secret: str) -> str:
    """Return what is stored of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def fits(client: Client, secret: str) -> bool:
    """Whether this is the client's secret; takes as long when it is not."""
    return hmac.compare_digest(client.secret or "", digest(secret))


def list_clients(accounts: Accounts) -> list[Client]:
    """Return all programs, also those that were removed; the oldest first."""
    if not is_there(accounts):
        return []
    with reading(accounts) as opened:
        rows = opened.execute(
            f"SELECT {_COLUMNS} FROM clients ORDER BY made_at, id"
        ).fetchall()
    return [_client(row) for row in rows]


def client_with_id(accounts: Accounts, client_id: str) -> Client | None:
    """Return the program with this id; None: there is none, or no longer."""
    return _find(accounts, client_id) if is_there(accounts) else None


def _find(accounts: Accounts, client_id: str) -> Client | None:
    with reading(accounts) as opened:
        row = opened.execute(
            f"SELECT {_COLUMNS} FROM clients WHERE id = ? AND ended_at IS NULL",
            (client_id,),
        ).fetchone()
    return _client(row) if row else None


def _client(row: tuple[Any, ...]) -> Client:
    values = list(row)
    values[4] = tuple(json.loads(values[4]))  # redirect_uris
    return Client(*values)


def find_client(accounts: Accounts, which: str) -> Client:
    """Return a program by id or (when only one has it) name.

    :raises NotFound: none, or more than one
    """
    living = [c for c in list_clients(accounts) if c.ended_at is None]
    found = [c for c in living if c.id == which] or [
        c for c in living if c.name == which
    ]
    if len(found) != 1:
        several = f"more than one program is called {which!r}; say the id"
        raise NotFound(several if found else f"no program is called {which!r}")
    return found[0]


def remove_client(
    accounts: Accounts,
    connection: sqlite3.Connection,
    client: Client,
    visit: Visit,
    *,
    by: Person,
) -> None:
    """Remove a program: all that was given to it ends, its person becomes inactive.

    :raises NotAllowed: who acts may not
    """
    require(by, "edit_people")
    with transaction(accounts) as opened:
        opened.execute(
            "UPDATE clients SET ended_at = ?, secret = NULL WHERE id = ?",
            (timestamp(visit.at), client.id),
        )
        grants.end(opened, client=client.id)
        _note(opened, events.CLIENT_ENDED, client, visit, by.uuid)
    person = person_with_uuid(connection, client.person or "")
    if person is not None and person.active:
        with batch(connection, by, reason=f"program {client.name}"):
            edit_person(connection, by, person, active=False)


def new_secret(accounts: Accounts, client: Client, visit: Visit, *, by: Person) -> str:
    """Give a program another secret; all that was given to it with the old one ends.

    :raises NotAllowed: who acts may not
    :raises InvalidInput: it has none
    """
    require(by, "edit_people")
    if client.secret is None:
        raise InvalidInput(
            f"{client.name} can keep no secret, so it has none",
            key="public_program",
        )
    secret = secrets.token_hex(32)
    with transaction(accounts) as opened:
        opened.execute(
            "UPDATE clients SET secret = ? WHERE id = ? AND ended_at IS NULL",
            (digest(secret), client.id),
        )
        grants.end(opened, client=client.id)
        _note(opened, events.CLIENT_SECRET, client, visit, by.uuid)
    return secret


def may_act(client: Client, connection: sqlite3.Connection) -> Person | None:
    """Return the person that a program is by itself; None: it may not be one now."""
    person = person_with_uuid(connection, client.person or "")
    return person if person is not None and allowed(person, "view") else None


def note_failure(accounts: Accounts, client_id: str, visit: Visit) -> None:
    """Write down that somebody came with a wrong secret, or make them wait.

    Only failures count, and those of each address by themselves: whoever knows the id
    of a program, which is no secret, cannot keep the program out.

    :raises TooManyAttempts: after failures, for a while
    """
    where = throttling.network(visit.address)
    throttling.begin(
        accounts, f"program {client_id} {where}", f"program {where}", visit.at
    )
    client = _find(accounts, client_id)
    with transaction(accounts) as opened:
        throttling.clear(opened, visit.at)
        person = client.person if client else None
        address = visit.address
        events.note(
            opened, events.CLIENT_FAILED, visit.at, person=person, address=address
        )


def _note(opened: Any, event: str, client: Client, visit: Visit, by: str) -> None:  # noqa: ANN401
    events.note(
        opened, event, visit.at, person=client.person, by=by, address=visit.address
    )
