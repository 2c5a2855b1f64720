"""``/-/login``: who somebody is, before they may see anything; ``/-/invitation/…``.

Nothing here tells which archives there are, nor who is in them: an archive that is not
served is tried like one that is, with a login that nobody can have.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Any

from archive import accounts
from archive.accounts import Accounts, Begun
from archive.accounts.passwords import SHORTEST
from archive.clock import utc_now
from archive.database import Archive
from archive.errors import (
    ArchiveError,
    LoginFailed,
    NotFound,
    TooManyAttempts,
    WeakPassword,
)
from archive.identity import name_key
from archive.people import Person
from plugins import sessions
from plugins.access import Access
from plugins.calls import MAX_ASKED, form_of, redirect, sends_json
from plugins.compat import Datasette, Request, Response
from plugins.databases import ArchiveDatabase, archive_at, archives
from plugins.entrance import INVITATION, LOGIN, LOGOUT
from plugins.pages.answers import data, page, refuse_method, unseen
from plugins.pages.links import Links
from plugins.security import UNKEPT
from plugins.templating import refusal, text

# Of an address: the archive
_FIRST = re.compile(r"/(?!(?:-|oauth)(?:[/?]|$))([^/.?]+)")
# Where a program asks somebody, who had to log in first; nobody is sent on from there
# before they have answered.
_ASKED = re.compile(r"/oauth/authorize\?[!-~]+", re.ASCII)
_NOBODY = "\0"  # no login has it: control characters are refused in names
_POST = ("GET", "HEAD", "POST")


async def show_login(datasette: Datasette, request: Request) -> Response:
    """``/-/login``: the form, and what it leads to."""
    refused = refuse_method(request, _POST)
    if refused:
        return refused
    if not Access.of(datasette).accounts:
        return redirect(datasette.urls.instance())
    if request.method == "POST":
        return await _log_in(datasette, request)
    wanted = str(request.args.get("next") or "")
    return await _form(datasette, request, _Asked(next=wanted))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What somebody typed on the login page.

    :param archive: the name of a project, where the page that they want does not say it
    """

    next: str = ""
    archive: str = ""
    login: str = ""
    password: str = ""
    kept: bool = False


async def _log_in(datasette: Datasette, request: Request) -> Response:
    try:
        asked = _asked(await form_of(request, MAX_ASKED))
        database, begun = await _try(datasette, request, asked)
    except (LoginFailed, TooManyAttempts) as error:
        return await _refused(datasette, request, asked, error)
    except ArchiveError as error:
        return await _form(
            datasette, request, _Asked(), refusal(error), error.http_status
        )
    where = _next(datasette, database, asked.next)
    answer = data({"next": where}) if sends_json(request) else redirect(where)
    await _end(datasette, request, database)
    sessions.remember(answer, datasette, database, request.scope, begun)
    return answer


def _next(datasette: Datasette, database: ArchiveDatabase, wanted: str) -> str:
    """Return where to go: into the archive, or back to what a program asked."""
    if _ASKED.fullmatch(wanted):
        return str(datasette.urls.path(wanted))
    return Links(datasette, database).back(wanted)


def _asked(form: dict[str, Any]) -> _Asked:
    texts = {name: str(form.get(name) or "") for name in ("next", "archive", "login")}
    return _Asked(
        **texts,
        password=str(form.get("password") or ""),
        kept=bool(form.get("kept")),
    )


def _archive(datasette: Datasette, asked: _Asked) -> ArchiveDatabase | None:
    """Return the archive that somebody means; None when there is none like that."""
    served = archives(datasette)
    if len(served) == 1:
        return served[0]
    found = _FIRST.match(asked.next)
    if found:
        return archive_at(datasette, found[1])
    key = name_key(asked.archive)
    return next((db for db in served if key in (db.route, name_key(db.title))), None)


async def _try(
    datasette: Datasette, request: Request, asked: _Asked
) -> tuple[ArchiveDatabase, Begun]:
    """Begin a session, or fail after the same time for every reason.

    :raises LoginFailed: the archive, the login or the password is not right
    :raises TooManyAttempts: after failures, for a while
    """
    found = _archive(datasette, asked)
    database = found or archives(datasette)[0]
    login = asked.login if found else f"{_NOBODY}{asked.login}"
    visit = sessions.visit(request.scope)

    def begin(opened: Accounts, archive: Archive) -> Begun:
        return accounts.log_in(
            opened,
            archive.connection,
            login,
            asked.password,
            visit,
            kept=asked.kept,
        )

    return database, await sessions.work(datasette, database, begin)


async def _refused(
    datasette: Datasette,
    request: Request,
    asked: _Asked,
    error: LoginFailed | TooManyAttempts,
) -> Response:
    """Say that it did not work, and how long to wait; not why."""
    if isinstance(error, TooManyAttempts):
        sentence = text("login.wait", n=error.seconds)
        answer = await _form(datasette, request, asked, sentence, error.http_status)
        answer.headers["retry-after"] = str(error.seconds)
        return answer
    sentence = text("login.failed")
    return await _form(datasette, request, asked, sentence, error.http_status)


async def _form(
    datasette: Datasette,
    request: Request,
    asked: _Asked,
    sentence: str = "",
    status: int = 200,
) -> Response:
    """Answer with the login page."""
    if sends_json(request):
        return Response.error(sentence, status)
    several = len(archives(datasette)) > 1 and not _FIRST.match(asked.next)
    context = {
        "action": datasette.urls.path(LOGIN),
        "asked": asked,
        "several": several,
        "sentence": sentence,
    }
    return await _door(datasette, request, "login.html", context, status)


async def _door(
    datasette: Datasette,
    request: Request,
    template: str,
    context: dict[str, Any],
    status: int = 200,
) -> Response:
    """Answer with a page that is kept nowhere.

    Its address may hold a token. No other site is told it (Referrer-Policy is
    same-origin everywhere; with no-referrer a form's Origin would be ``null``).
    """
    answer = await page(datasette, request, template, context, status)
    answer.headers.update(UNKEPT)
    return answer


async def show_logout(datasette: Datasette, request: Request) -> Response:
    """``/-/logout``: ends this browser's sessions in all archives."""
    if request.method != "POST":
        context = {"action": datasette.urls.path(LOGOUT)}
        answer = await _door(datasette, request, "logout.html", context)
        return refuse_method(request, _POST) or answer
    answer = redirect(datasette.urls.path(LOGIN))
    for database in archives(datasette):
        if await _end(datasette, request, database):
            sessions.forget(answer, datasette, database, request.scope)
    return answer


async def _end(
    datasette: Datasette, request: Request, database: ArchiveDatabase
) -> bool:
    """End the session that this browser has in an archive, if it has one."""
    token = sessions.token_of(datasette, database, request.scope)
    if token:
        opened = sessions.accounts_of(datasette, database)
        visit = sessions.visit(request.scope)
        await asyncio.to_thread(accounts.log_out, opened, token, visit)
    return bool(token)


async def show_invitation(datasette: Datasette, request: Request) -> Response:
    """``/-/invitation/TOKEN``: choosing a password, once."""
    access = Access.of(datasette)
    if not (access.accounts or access.owner):
        return await unseen(datasette, request)
    refused = refuse_method(request, _POST)
    if refused:
        return refused
    token = request.url_vars["token"]
    for database in archives(datasette):
        person = await _invited(datasette, database, token)
        if person:
            return await _choose(datasette, request, database, person)
    return await _door(datasette, request, "uninvited.html", {}, 404)


async def _invited(
    datasette: Datasette, database: ArchiveDatabase, token: str
) -> Person | None:
    opened = sessions.accounts_of(datasette, database)
    now = utc_now()

    def look(connection: Any) -> Person | None:  # noqa: ANN401
        return accounts.invited(opened, connection, token, now)

    return await database.look_up(look)


async def _choose(
    datasette: Datasette, request: Request, database: ArchiveDatabase, person: Person
) -> Response:
    """Show the form for a password, or take what was chosen."""
    sentence = ""
    if request.method == "POST":
        try:
            begun = await _accepted(datasette, request, database)
        except NotFound:
            return await _door(datasette, request, "uninvited.html", {}, 404)
        except ArchiveError as error:
            sentence = said(error)
        else:
            answer = redirect(Links(datasette, database).gallery())
            sessions.remember(answer, datasette, database, request.scope, begun)
            return answer
    context = {
        "action": datasette.urls.path(INVITATION + request.url_vars["token"]),
        "archive": database,
        "person": person,
        "shortest": SHORTEST,
        "sentence": sentence,
    }
    status = 400 if sentence else 200
    return await _door(datasette, request, "invitation.html", context, status)


async def _accepted(
    datasette: Datasette, request: Request, database: ArchiveDatabase
) -> Begun:
    """Set the password that was typed twice.

    :raises WeakPassword: it would be guessed, or the two differ
    :raises NotFound: somebody was quicker
    """
    chosen = twice(await form_of(request, MAX_ASKED))
    token, visit = request.url_vars["token"], sessions.visit(request.scope)

    def accept(opened: Accounts, archive: Archive) -> Begun:
        return accounts.accept(opened, archive.connection, token, chosen, visit)

    return await sessions.work(datasette, database, accept)


def twice(form: dict[str, Any]) -> str:
    """Return a new password that was typed twice.

    :raises WeakPassword: the two differ
    """
    chosen = str(form.get("new") or "")
    if chosen != str(form.get("again") or ""):
        raise WeakPassword("differ", "the two passwords differ")
    return chosen


def said(error: ArchiveError) -> str:
    """Return what is wrong with a password, in the language of the page."""
    if isinstance(error, WeakPassword):
        return text(f"password.{error.why}", n=SHORTEST)
    return f"{refusal(error)}."


# Outside of any archive: who somebody is has to be known before.
PUBLIC_ROUTES = (
    (LOGIN + "$", show_login),
    (LOGOUT + "$", show_logout),
    (INVITATION + r"(?P<token>[A-Za-z0-9_-]{1,100})$", show_invitation),
)
