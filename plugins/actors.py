"""Who is asking: the actor that Datasette chose, told to the guard.

On loopback the laptop's owner is the actor with no login, because whoever sits there
can read the files anyway: ``{"id": "1", "name": "Owner"}``, person 1 of each archive.
That holds only where ``asbuilt serve`` said so. Where there are accounts, the actor
says who they are in each: ``{"id": uuid, "name": "Kim", "people": {"tower-4": 2}}``.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from dataclasses import dataclass
from typing import Any

from archive.people import OWNER_ID
from plugins.access import Access, is_api, is_loopback
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


def number_in(actor: Actor | None, archive: str) -> str:
    """Return the number of the person that an actor is in an archive, or ""."""
    if actor is None:
        return ""
    people = actor.get("people")
    return str(actor.get("id", "") if people is None else people.get(archive, ""))


def log_in(actor: Actor | None) -> None:
    """Note whom a session is of, before anybody else is asked who it is."""
    request = _current.get()
    if request:
        request.actor = actor


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
    # Sessions and tokens of our own: the entrance has looked at them
    if Access.of(datasette).accounts or is_api(request.path):
        return current()
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
    return Access.of(datasette).owner
