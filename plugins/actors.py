"""Who is asking: the actor that Datasette chose, told to the guard.

An actor is ``{"id": "1", "name": "Sam"}`` with the id of a row in ``people``. On
loopback the laptop's owner (person 1) is the actor with no login, because whoever sits
there can read the files anyway. That holds only where ``asbuilt serve`` said so.
"""

from __future__ import annotations

import ipaddress
from contextvars import ContextVar, Token
from dataclasses import dataclass
from typing import Any

from archive.people import OWNER_ID
from plugins.compat import Datasette, Request, TokenInvalid, await_me_maybe

Actor = dict[str, Any]


@dataclass(slots=True)
class _Request:
    """What is known of the request under way; filled while it is worked on."""

    actor: Actor | None = None
    nonce: str = ""
    language: str = "en"


_current: ContextVar[_Request | None] = ContextVar("asbuilt_request", default=None)


def begin(nonce: str, language: str = "en") -> Token[_Request | None]:
    """Start a request with nobody as its actor; undone by ``end``.

    Requests nest: Datasette's own client asks within a request.

    :param language: in which the pages are written, such as ``de``
    """
    return _current.set(_Request(nonce=nonce, language=language))


def end(token: Token[_Request | None]) -> None:
    """Return to the request around this one, or to none."""
    _current.reset(token)


def current() -> Actor | None:
    """Return the actor of the request under way; without one, nobody."""
    request = _current.get()
    return request.actor if request else None


def language() -> str:
    """Return the language of the request under way."""
    request = _current.get()
    return request.language if request else "en"


def nonce() -> str:
    """Return the nonce of the request under way, for Datasette's inline scripts."""
    request = _current.get()
    return request.nonce if request else ""


async def choose(
    datasette: Datasette, request: Request, found: list[Any]
) -> Actor | None:
    """Choose the actor as Datasette's router does, and note it for the guard.

    :param found: what the other plugins' hooks returned, perhaps still to be awaited
    :raises TokenInvalid: a token was presented that is not valid
    """
    chosen: Actor | None = None
    refused: TokenInvalid | None = None
    for item in found:
        try:
            actor = await await_me_maybe(item)
        except TokenInvalid as error:
            refused = refused or error
            continue
        chosen = chosen or actor
    if refused:
        raise refused
    chosen = chosen or request.scope.get("actor") or _owner(datasette, request)
    state = _current.get()
    if state:
        state.actor = chosen
    return chosen


def _owner(datasette: Datasette, request: Request) -> Actor | None:
    """Return the laptop's owner, when it is certain that nobody else asks."""
    if not owner_is_here(datasette) or not is_loopback(
        (request.scope.get("client") or ("",))[0]
    ):
        return None
    return {"id": str(OWNER_ID), "name": "Owner"}


def owner_is_here(datasette: Datasette) -> bool:
    """Whether ``asbuilt serve`` runs this for the person at the keyboard."""
    return bool((datasette.plugin_config("asbuilt") or {}).get("owner"))


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this computer's own."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
