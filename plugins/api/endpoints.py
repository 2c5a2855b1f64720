"""Every endpoint of the API, and the door before them."""

from __future__ import annotations

from functools import cache
from typing import Any

from plugins.api import (
    categories,
    images,
    logs,
    openapi,
    people,
    places,
    trades,
    uploads,
)
from plugins.api.errors import Json
from plugins.api.routing import Endpoint, Router, answer, respond_to
from plugins.compat import Datasette, Request

# Of two that match, the first answers.
ENDPOINTS: tuple[Endpoint, ...] = (
    *images.ENDPOINTS,
    *categories.ENDPOINTS,
    *places.ENDPOINTS,
    *trades.ENDPOINTS,
    *people.ENDPOINTS,
    *logs.ENDPOINTS,
    *uploads.ENDPOINTS,
)
ROUTER = Router.of(ENDPOINTS)
DESCRIPTION = "/rest/openapi.json"


@cache
def description() -> Json:
    """Return the API's own description."""
    return openapi.describe(ENDPOINTS)


async def show_api(datasette: Datasette, request: Request) -> Any:  # noqa: ANN401
    """Answer whatever lies under ``/rest/``; the description needs no token."""
    if request.path == DESCRIPTION and request.method in ("GET", "HEAD"):
        return answer(description())
    return await respond_to(ROUTER, datasette, request)
