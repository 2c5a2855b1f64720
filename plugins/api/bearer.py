"""Whom a token stands for: a stub that knows nobody."""

from __future__ import annotations

from plugins.actors import Actor
from plugins.compat import Datasette, Scope


async def actor_of(datasette: Datasette, scope: Scope) -> Actor | None:  # noqa: ARG001
    """Return the actor that a request's Bearer token stands for."""
    return None
