"""``/tower-4/-/account``: one's own password and sessions; inviting others."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from archive import accounts
from archive.accounts import Accounts, Begun, Invitation, grants
from archive.accounts.passwords import SHORTEST
from archive.clock import utc_now
from archive.database import Archive
from archive.errors import ArchiveError, NotAllowed, NotFound
from archive.people import find_person
from plugins import sessions
from plugins.access import Access
from plugins.calls import Call, Route, redirect
from plugins.compat import Response
from plugins.entrance import INVITATION, LOGOUT
from plugins.pages.answers import archive_page, data
from plugins.pages.login import said, twice
from plugins.security import UNKEPT


async def show(call: Call) -> Response:
    """Answer with who one is, and where one is logged in."""
    return await _shown(call)


async def _shown(call: Call, sentence: str = "", status: int = 200) -> Response:
    here = await sessions.known(call.datasette, call.database, call.request.scope)
    listed = await asyncio.to_thread(
        accounts.list_sessions, _accounts(call), call.person, utc_now()
    )
    allowed = await asyncio.to_thread(
        grants.list_allowed, _accounts(call), call.person, utc_now()
    )
    current = here[1].id if here else None
    lines = [
        {**asdict(session), "current": session.id == current} for session in listed
    ]
    programs = [asdict(program) for program in allowed]
    if call.wants_json:
        return data({**_as_json(call, lines), "programs": programs})
    context = {
        "person": call.person,
        "sessions": lines,
        "programs": programs,
        "with_accounts": Access.of(call.datasette).accounts,
        "shortest": SHORTEST,
        "sentence": sentence,
        "changed": call.arg("changed") == "1",
        "logout": call.datasette.urls.path(LOGOUT),
    }
    return await archive_page(call, "account.html", context, status)


def _as_json(call: Call, lines: list[dict[str, Any]]) -> dict[str, Any]:
    shown = ("id", "begun_at", "used_at", "ends_at", "address", "browser", "current")
    person = call.person
    return {
        "person": {
            "id": person.id,
            "name": person.name,
            "login": person.login,
            "level": person.level,
        },
        "sessions": [{name: line[name] for name in shown} for line in lines],
    }


def _accounts(call: Call) -> Accounts:
    return sessions.accounts_of(call.datasette, call.database)


async def change_password(call: Call) -> Response:
    """Set another password: ``old``, ``new``, ``again``. Other sessions end."""
    _require_accounts(call)
    form = await call.form()
    here = await sessions.known(call.datasette, call.database, call.request.scope)
    old, kept = str(form.get("old") or ""), bool(here and here[1].kept)
    visit = sessions.visit(call.request.scope)

    def change(opened: Accounts, archive: Archive) -> Begun:
        return accounts.change_password(
            opened,
            archive.connection,
            call.person,
            visit,
            old=old,
            new=new,
            kept=kept,
        )

    try:
        new = twice(form)
        begun = await sessions.work(call.datasette, call.database, change)
    except ArchiveError as error:
        if call.wants_json:
            raise
        return await _shown(call, said(error), error.http_status)
    answer = (
        data({}) if call.wants_json else redirect(call.links.to("account", changed=1))
    )
    sessions.remember(answer, call.datasette, call.database, call.request.scope, begun)
    return answer


def _require_accounts(call: Call) -> None:
    """Refuse where nobody logs in: there it is the owner, who asked no password.

    :raises NotAllowed: the archive is served to this computer alone
    """
    if not Access.of(call.datasette).accounts:
        raise NotAllowed(
            "nobody logs in here: this is served to this computer alone",
            key="no_logins",
        )


async def end_session(call: Call) -> Response:
    """End one of one's own sessions."""
    number, visit = call.number("session"), sessions.visit(call.request.scope)
    ended = await asyncio.to_thread(
        accounts.end_session, _accounts(call), call.person, number, visit
    )
    if not ended:
        raise NotFound("there is no such session of yours", key="no_session")
    return _done(call, {"ended": 1})


async def end_others(call: Call) -> Response:
    """End all of one's own sessions but this one."""
    here = await sessions.known(call.datasette, call.database, call.request.scope)
    current, visit = here[1].id if here else None, sessions.visit(call.request.scope)

    def end() -> int:
        return accounts.end_sessions(_accounts(call), call.person, visit, but=current)

    return _done(call, {"ended": await asyncio.to_thread(end)})


async def end_program(call: Call) -> Response:
    """Let a program no longer act for one."""
    client, visit = call.names["client"], sessions.visit(call.request.scope)
    ended = await asyncio.to_thread(
        grants.withdraw, _accounts(call), call.person, client, visit
    )
    if not ended:
        raise NotFound("there is no such program of yours", key="not_allowed_program")
    return _done(call, {"ended": 1})


def _done(call: Call, told: dict[str, Any]) -> Response:
    return data(told) if call.wants_json else redirect(call.links.to("account"))


async def invite(call: Call) -> Response:
    """Make a link with which somebody chooses their password, once."""
    visit = sessions.visit(call.request.scope)
    number = call.number("person")

    def make(opened: Accounts, archive: Archive) -> Invitation:
        person = find_person(archive.connection, number)
        return accounts.invite(
            opened, archive.connection, person, visit, by=call.person
        )

    made = await sessions.work(call.datasette, call.database, make)
    link = _absolute(call, call.datasette.urls.path(INVITATION + made.token))
    if call.wants_json:
        return data({"link": link, "ends_at": made.ends_at})
    context = {"person": made.person, "link": link, "ends_at": made.ends_at}
    answer = await archive_page(call, "invited.html", context)
    answer.headers.update(UNKEPT)
    return answer


def _absolute(call: Call, path: str) -> str:
    """Return an address that can be sent to somebody."""
    secure = Access.of(call.datasette).is_encrypted(call.request.scope)
    return f"http{'s' if secure else ''}://{call.request.host}{path}"


_PROGRAM = r"/-/account/programs/(?P<client>[A-Za-z0-9._~-]{1,100})/end"
_SESSION = r"/-/account/sessions/(?P<session>[0-9]{1,18})/end"
ROUTES = (
    Route("/-/account", show, "view", json=True),
    Route("/-/account/password", change_password, "view", ("POST",)),
    Route("/-/account/sessions/end", end_others, "view", ("POST",)),
    Route(_SESSION, end_session, "view", ("POST",)),
    Route(_PROGRAM, end_program, "view", ("POST",)),
    Route(
        r"/-/people/(?P<person>[0-9]{1,18})/invitation",
        invite,
        "edit_people",
        ("POST",),
    ),
)
