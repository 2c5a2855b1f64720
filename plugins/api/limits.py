"""How often a program may ask: a stub that lets everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from plugins.actors import Actor
from plugins.compat import Datasette, Response, Scope


@dataclass(frozen=True, slots=True)
class Limit:
    """What is left of a window.

    :param headers: for every answer
    """

    exceeded: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


async def spent(datasette: Datasette, scope: Scope, actor: Actor) -> Limit:  # noqa: ARG001
    """Count one request."""
    return Limit()


def refusal(limit: Limit) -> Response:
    """Answer 429."""
    body = {"errors": ["Too many requests"]}
    return Response.json(body, status=429, headers=dict(limit.headers))
