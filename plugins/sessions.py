"""Sessions in the browser: the cookie of each archive, and whom it lets in.

Each archive has people of its own, so a session belongs to one archive and its cookie
names it. Somebody who is known in two archives has two.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from archive.accounts import (
    Accounts,
    Begun,
    Session,
    Visit,
    open_accounts,
    recognise,
)
from archive.clock import utc_now
from archive.database import Archive, open_archive
from archive.errors import ArchiveLocked
from archive.people import Person
from plugins.access import Access, cookies_of, headers_of
from plugins.browsers import browser_of
from plugins.compat import Datasette, Response, Scope
from plugins.databases import ArchiveDatabase, archives

T = TypeVar("T")
Known = tuple[Person, Session]

# Each hash takes 32 MiB and a core for a tenth of a second; more at once would make
# everybody wait, and a crowd of them would be somebody's doing.
_AT_ONCE = 2
_MOST_WAITING = 20


@dataclass(slots=True)
class _Office:
    """Where passwords are looked at: threads of their own, and the open accounts."""

    threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(
            _AT_ONCE, thread_name_prefix="accounts"
        )
    )
    accounts: dict[Path, Accounts] = field(default_factory=dict)
    waiting: int = 0


_offices: WeakKeyDictionary[Datasette, _Office] = WeakKeyDictionary()


def _office(datasette: Datasette) -> _Office:
    return _offices.setdefault(datasette, _Office())


def accounts_of(datasette: Datasette, database: ArchiveDatabase) -> Accounts:
    """Return the accounts of an archive."""
    known = _office(datasette).accounts
    if database.folder not in known:
        known[database.folder] = open_accounts(database.folder)
    return known[database.folder]


def close(datasette: Datasette) -> None:
    """End the threads and close the files."""
    office = _offices.pop(datasette, None)
    if office is None:
        return
    office.threads.shutdown(wait=True)
    for accounts in office.accounts.values():
        accounts.close()


async def work(
    datasette: Datasette,
    database: ArchiveDatabase,
    fn: Callable[[Accounts, Archive], T],
) -> T:
    """Run what computes a hash where nobody waits for it, on an archive of its own.

    :raises ArchiveLocked: too many others wait for the same
    :raises ArchiveError: what ``fn`` raises
    """
    office, accounts = _office(datasette), accounts_of(datasette, database)
    if office.waiting >= _MOST_WAITING:
        raise ArchiveLocked(
            "too many are logging in at this moment; try again soon", key="many_logins"
        )

    def alone() -> T:
        with open_archive(database.folder) as archive:
            return fn(accounts, archive)

    office.waiting += 1
    try:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(office.threads, alone)
    finally:
        office.waiting -= 1


def visit(scope: Scope, now: datetime | None = None) -> Visit:
    """Return when and from where a request comes."""
    address = (scope.get("client") or ("",))[0]
    agent = headers_of(scope).get("user-agent", "")
    return Visit(now or utc_now(), str(address), browser_of(agent))


def cookie_name(datasette: Datasette, database: ArchiveDatabase, scope: Scope) -> str:
    """Return the name of an archive's cookie.

    It names the archive, since cookies do not tell the ports of a computer apart.
    Through https it begins so that no other site of the same domain can set it (RFC
    6265bis, 4.1.3.2).
    """
    host = "__Host-" if Access.of(datasette).is_encrypted(scope) else ""
    return f"{host}asbuilt-{accounts_of(datasette, database).archive[-12:]}"


def token_of(datasette: Datasette, database: ArchiveDatabase, scope: Scope) -> str:
    """Return what the browser sent for an archive; "" for nothing."""
    return cookies_of(scope).get(cookie_name(datasette, database, scope), "")


async def known(
    datasette: Datasette, database: ArchiveDatabase, scope: Scope
) -> Known | None:
    """Return who is logged in to an archive, with their session."""
    token = token_of(datasette, database, scope)
    if not token:
        return None
    accounts, now = accounts_of(datasette, database), utc_now()

    def look(connection: Any) -> Known | None:  # noqa: ANN401
        return recognise(accounts, connection, token, now)

    return await database.look_up(look)


async def actor(datasette: Datasette, scope: Scope) -> dict[str, Any] | None:
    """Return who asks, as the actor of Datasette; None when nobody is logged in.

    ``people`` says who they are in each archive: a number is somebody else in the next.
    """
    found = {db: await known(datasette, db, scope) for db in archives(datasette)}
    people = {db.name: who[0] for db, who in found.items() if who}
    if not people:
        return None
    first = next(iter(people.values()))
    numbers = {name: person.id for name, person in people.items()}
    return {"id": first.uuid, "name": first.name, "people": numbers}


def remember(
    response: Response,
    datasette: Datasette,
    database: ArchiveDatabase,
    scope: Scope,
    begun: Begun,
) -> None:
    """Give the browser the cookie of a session that has just begun."""
    response.set_cookie(
        cookie_name(datasette, database, scope),
        begun.token,
        max_age=begun.lasts,
        path="/",
        secure=Access.of(datasette).is_encrypted(scope),
        httponly=True,
        samesite="lax",
    )


def forget(
    response: Response, datasette: Datasette, database: ArchiveDatabase, scope: Scope
) -> None:
    """Take the cookie of an archive back."""
    response.set_cookie(
        cookie_name(datasette, database, scope),
        "",
        max_age=0,
        path="/",
        secure=Access.of(datasette).is_encrypted(scope),
        httponly=True,
        samesite="lax",
    )
