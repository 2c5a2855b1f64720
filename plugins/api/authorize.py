"""``/oauth/authorize``: a program asks somebody to let it act for them.

The request stands in the address, and is checked anew when the answer comes. Nobody is
sent anywhere before it is certain that the program has that address for answers; until
then all that is wrong is told on a page of ours.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, quote

from authlib.oauth2 import OAuth2Error

from archive.accounts import redirects
from archive.errors import ArchiveError
from plugins import sessions
from plugins.access import Access, headers_of
from plugins.api import oauth, oauth_bodies, projects
from plugins.api.oauth_bodies import Fields, Unreadable
from plugins.api.oauth_programs import Desk, Place, Program
from plugins.api.oauth_server import Answer, Asking, Server
from plugins.calls import MAX_ASKED, form_of, redirect
from plugins.compat import Datasette, Request, Response
from plugins.databases import archives
from plugins.entrance import LOGIN
from plugins.pages.answers import page, refuse_method
from plugins.security import OUR_POLICY, UNKEPT

AUTHORIZE = "/oauth/authorize"
_POST = ("GET", "HEAD", "POST")
_LOOPBACK = re.compile(r"http://(127\.|\[|localhost)")


@dataclass(frozen=True, slots=True)
class _Question:
    """What somebody is asked.

    :param places: the archives that it is about, with who they are there
    :param where: the address that their answer is sent to
    """

    program: str
    places: tuple[Place, ...]
    where: str


@dataclass(frozen=True, slots=True)
class _Told:
    """What the person gets.

    :param template: a page of ours
    :param location: where they are sent instead
    """

    template: str = ""
    status: int = 200
    question: _Question | None = None
    code: str = ""
    location: str = ""


_WRONG = _Told("authorize_problem.html", 400)


async def show(datasette: Datasette, request: Request) -> Response:
    """Ask somebody (GET), and give the program what they answered (POST)."""
    refused = refuse_method(request, _POST)
    if refused:
        return refused
    places = await _places(datasette, request)
    if not any(place.person for place in places):
        return _nobody(datasette, request)
    try:
        told = await _told(datasette, request, places)
    except Unreadable:
        told = _WRONG
    if told.location:
        return Response("", status=302, headers={"location": told.location, **UNKEPT})
    return await _page(datasette, request, told)


async def _told(datasette: Datasette, request: Request, places: list[Place]) -> _Told:
    """Return what a request comes to.

    :raises Unreadable: its address cannot be read
    """
    answer = ""
    if request.method == "POST":
        if not _is_from_our_page(request):
            return replace(_WRONG, status=403)
        answer = await _answer_of(request)
    pairs = parse_qsl(request.query_string, keep_blank_values=True, max_num_fields=50)
    fields = oauth_bodies.single(pairs)
    issuer = projects.origin(datasette, request.scope)
    desk = Desk(places, sessions.visit(request.scope))
    return await asyncio.to_thread(_asked, desk, issuer, fields, answer)


async def _answer_of(request: Request) -> str:
    """Return ``yes`` or ``no``; what is neither is no answer, and asked again."""
    try:
        answer = str((await form_of(request, MAX_ASKED)).get("answer", ""))
    except ArchiveError:
        return ""
    return answer if answer in ("yes", "no") else ""


def _is_from_our_page(request: Request) -> bool:
    """Whether a browser says that it was a page of ours that sent this.

    Elsewhere it is enough when nothing speaks against it; here something must speak for
    it. Every browser sends Origin with a form.
    """
    headers = headers_of(request.scope)
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    host = headers.get("origin", "").partition("://")[2].lower()
    return bool(host) and host == headers.get("host", "").lower()


async def _places(datasette: Datasette, request: Request) -> list[Place]:
    """Return the archives that are served, with who asks there."""
    return [
        Place(
            database,
            sessions.accounts_of(datasette, database),
            await database.person(request.actor),
        )
        for database in archives(datasette)
    ]


def _nobody(datasette: Datasette, request: Request) -> Response:
    """Have somebody log in first, where that can be."""
    if not Access.of(datasette).accounts:
        return Response.text("Nobody can be asked here.", 403, headers=UNKEPT)
    wanted = quote(request.full_path, safe="/")
    return redirect(f"{datasette.urls.path(LOGIN)}?next={wanted}")


def _asked(desk: Desk, issuer: str, fields: Fields, answer: str) -> _Told:
    """Check a request, and do what the person answered; in a thread."""
    server, asking = Server(desk, issuer), Asking("GET", fields)
    with desk:
        try:
            grant = server.get_consent_grant(asking, end_user=True)
        except OAuth2Error as error:
            return _sent(server.handle_error_response(asking, error), None)
        question = _question(asking.client, grant.redirect_uri)
        if not question.places:
            return _Told("authorize_problem.html", 403, question)
        if not answer:
            return _Told("authorize.html", question=question)
        done = server.create_authorization_response(
            asking, grant_user=answer == "yes" or None, grant=grant
        )
        return _sent(done, question, server.code)


def _question(program: Program, where: str) -> _Question:
    name = program.name
    program.keep(lambda place, _: place.person is not None)
    return _Question(name, tuple(program.places()), where)


def _sent(answer: Answer, question: _Question | None, code: str = "") -> _Told:
    """Return where an answer leads: to the program, or to a page of ours.

    :param code: what was given; "" for nothing
    """
    location = answer.headers.get("location", "")
    if not location:
        return _WRONG
    if not location.startswith(redirects.OUT_OF_BAND):
        return _Told(location=location)
    if question is None:
        return _WRONG
    return _Told("authorize_code.html", question=question, code=code)


async def _page(datasette: Datasette, request: Request, told: _Told) -> Response:
    asked = told.question
    context: dict[str, Any] = {
        "action": request.full_path,
        "asked": asked,
        "code": told.code,
        "here": bool(asked and _LOOPBACK.match(asked.where)),
        "shown": bool(asked and asked.where == redirects.OUT_OF_BAND),
        "login": datasette.urls.path(LOGIN),
        "several": Access.of(datasette).accounts and len(archives(datasette)) > 1,
    }
    answer = await page(datasette, request, told.template, context, told.status)
    answer.headers.update(UNKEPT)
    if asked:
        # The form's answer leads on to the program, which browsers hold against it
        ours = "form-action 'self'"
        policy = OUR_POLICY.replace(ours, f"{ours} {_source(asked.where)}")
        answer.headers["content-security-policy"] = policy
    return answer


def _source(uri: str) -> str:
    """Return an address for answers as a policy names it.

    It has none of the signs that would begin another rule (``redirects.check``).
    """
    scheme, _, rest = uri.partition(":")
    host = rest.removeprefix("//").partition("/")[0].partition("?")[0]
    if rest.startswith("//") and not host.startswith("["):
        return f"{scheme}://{host}"
    return f"{scheme}:"


ROUTES = ((f"{AUTHORIZE}$", show), *oauth.ROUTES)
