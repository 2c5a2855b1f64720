"""Whom a Bearer token stands for, in each archive that is served.

Nothing of an answer is kept: a token that was revoked, or whose person was shut out, is
worth nothing from the next request on. Only where a token is *not* known is remembered,
since no token ever comes to be known in a further archive.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from archive.accounts import tokens
from archive.accounts.sessions import digest
from archive.accounts.store import is_there
from archive.accounts.tokens import Holder
from archive.clock import utc_now
from archive.errors import ArchiveError
from plugins import sessions
from plugins.access import headers_of
from plugins.actors import Actor
from plugins.compat import Datasette, Scope
from plugins.databases import ArchiveDatabase, archives

_LONGEST = 200  # characters
_REMEMBERED = 1_000  # tokens

_places: WeakKeyDictionary[Datasette, OrderedDict[str, list[str]]] = WeakKeyDictionary()


async def actor_of(datasette: Datasette, scope: Scope) -> Actor | None:
    """Return the actor that a request's Bearer token stands for.

    As for sessions, ``people`` says who that is in each archive; ``client`` is the
    program that came with it.
    """
    held = await holders(datasette, scope)
    if not held:
        return None
    first = next(iter(held.values()))
    return {
        "id": first.person.uuid,
        "name": first.person.name,
        "people": {db.name: holder.person.id for db, holder in held.items()},
        "client": first.client,
    }


async def holders(datasette: Datasette, scope: Scope) -> dict[ArchiveDatabase, Holder]:
    """Return whom the token of a request stands for, in each archive that knows it."""
    token = token_of(scope)
    if not token:
        return {}
    known = _places.setdefault(datasette, OrderedDict())
    key, now = digest(token), utc_now()
    names = known.get(key)
    found: dict[ArchiveDatabase, Holder] = {}
    unsure: list[str] = []  # could not be asked: nobody for now, and asked again
    for database in archives(datasette):
        if names is not None and database.name not in names:
            continue
        try:
            holder = await _holder(datasette, database, token, now)
        except ArchiveError:
            unsure.append(database.name)
            continue
        if holder is not None:
            found[database] = holder
    _remember(known, key, [*(database.name for database in found), *unsure])
    return found


async def _holder(
    datasette: Datasette, database: ArchiveDatabase, token: str, now: datetime
) -> Holder | None:
    accounts = sessions.accounts_of(datasette, database)
    if not is_there(accounts):
        return None
    return await database.look_up(partial(_look, accounts, token, now))


def _look(accounts: Any, token: str, now: datetime, connection: Any) -> Holder | None:  # noqa: ANN401
    return tokens.holder(accounts, connection, token, now)


def _remember(known: OrderedDict[str, list[str]], key: str, names: list[str]) -> None:
    """Keep in which archives a token is known, of those used last."""
    known.pop(key, None)
    if names:
        known[key] = names
        if len(known) > _REMEMBERED:
            known.popitem(last=False)


def token_of(scope: Scope) -> str:
    """Return the Bearer token of a request; "" for none."""
    scheme, _, token = headers_of(scope).get("authorization", "").partition(" ")
    token = token.strip()
    good = scheme.lower() == "bearer" and token.isascii() and len(token) <= _LONGEST
    return token if good else ""


def seconds(moment: str) -> float:
    """Return a time of the database as seconds since 1970."""
    return datetime.fromisoformat(moment).timestamp()


def now() -> float:
    """Return the present moment, likewise."""
    return utc_now().timestamp()
