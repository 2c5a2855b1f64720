"""``/oauth``: tokens for programs (contract 1.1). Errors are JSON, as in RFC 6749.

What is not right about a program is never told apart: an unknown id, a wrong secret and
one that was removed get the same answer, after the same work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from archive.accounts import clients
from archive.accounts.throttling import network
from archive.accounts.tokens import Holder
from archive.errors import ArchiveError, ArchiveLocked, TooManyAttempts
from plugins import sessions
from plugins.api import bearer, limits, oauth_bodies, projects
from plugins.api.errors import respond, unauthorized
from plugins.api.oauth_bodies import Fields, Unreadable
from plugins.api.oauth_programs import Desk, Place
from plugins.api.oauth_server import Answer, Asking, Server
from plugins.compat import Datasette, Request, Response
from plugins.databases import archives
from plugins.security import UNKEPT

TOKEN = "/oauth/token"  # noqa: S105 - an address
REVOKE = "/oauth/revoke"
INFO = "/oauth/token/info"
_UNKNOWN = "The program, its secret, or how it says who it is, is not right"
_HEADERS = {**UNKEPT, "pragma": "no-cache"}

Work = Callable[[Server, Asking], Answer]


async def give_tokens(datasette: Datasette, request: Request) -> Response:
    """``POST /oauth/token``: tokens for credentials, a code or a refresh token."""
    return await _asked(datasette, request, Server.create_token_response)


async def revoke_token(datasette: Datasette, request: Request) -> Response:
    """``POST /oauth/revoke``: 200, whether there was such a token or not."""

    def revoke(server: Server, asking: Asking) -> Answer:
        answer: Answer = server.create_endpoint_response("revocation", asking)
        return answer

    return await _asked(datasette, request, revoke)


async def _asked(datasette: Datasette, request: Request, work: Work) -> Response:
    """Answer a program that says who it is."""
    if request.method != "POST":
        return _refused("invalid_request", "Only POST here", 405, {"allow": "POST"})
    visit = sessions.visit(request.scope)
    limit = limits.count(datasette, f"oauth {network(visit.address)}")
    if limit.exceeded:
        return limits.refusal(limit)
    issuer = projects.origin(datasette, request.scope)
    desk = Desk(places(datasette), visit)
    try:
        fields = await oauth_bodies.read(request)
        return await asyncio.to_thread(_worked, desk, issuer, fields, work)
    except Unreadable as error:
        return _refused("invalid_request", str(error))
    except ArchiveError as error:
        return _failed(error)


def _failed(error: ArchiveError) -> Response:
    """Answer when it is not for the program that it did not work."""
    if isinstance(error, TooManyAttempts):
        wait = {"retry-after": str(error.seconds)}
        return _refused("temporarily_unavailable", "Too many failures", 429, wait)
    if isinstance(error, ArchiveLocked):
        busy, wait = "The archive is busy; ask again", {"retry-after": "2"}
        return _refused("temporarily_unavailable", busy, 503, wait)
    return _refused("server_error", "The archive cannot be used", 500)


def _worked(desk: Desk, issuer: str, fields: Fields, work: Work) -> Response:
    with desk:
        answer = work(Server(desk, issuer), Asking("POST", fields))
    if answer.error == "invalid_client":
        clients.note_failure(
            desk.places[0].accounts, fields.get("client_id", ""), desk.visit
        )
        asks = {"www-authenticate": 'Basic realm="asbuilt"'}
        return _refused("invalid_client", _UNKNOWN, 401, asks)
    return Response.json(answer.body, status=answer.status, headers=_HEADERS)


def places(datasette: Datasette) -> list[Place]:
    """Return the archives that are served, with their accounts."""
    return [
        Place(db, sessions.accounts_of(datasette, db)) for db in archives(datasette)
    ]


def _refused(
    error: str, about: str, status: int = 400, headers: dict[str, str] | None = None
) -> Response:
    body = {"error": error, "error_description": about}
    return Response.json(body, status=status, headers={**_HEADERS, **(headers or {})})


async def show_token(datasette: Datasette, request: Request) -> Response:
    """``GET /oauth/token/info``: whom a token stands for, and how long it lasts."""
    if request.method not in ("GET", "HEAD"):
        return _refused("invalid_request", "Only GET here", 405, {"allow": "GET, HEAD"})
    held = await bearer.holders(datasette, request.scope)
    if not held:
        return respond(unauthorized())
    return Response.json(_told(next(iter(held.values()))), headers=_HEADERS)


def _told(holder: Holder) -> dict[str, Any]:
    made, ends = bearer.seconds(holder.made_at), bearer.seconds(holder.ends_at)
    return {
        "resource_owner_id": holder.person.id,
        "scopes": [],
        "expires_in_seconds": max(0, int(ends - bearer.now())),
        "application": {"uid": holder.client},
        "created_at": int(made),
    }


ROUTES = (
    (f"{TOKEN}$", give_tokens),
    (f"{INFO}$", show_token),
    (f"{REVOKE}$", revoke_token),
)
