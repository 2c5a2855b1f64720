"""Every endpoint of the API, and the door before them."""

from __future__ import annotations

from typing import Any

from plugins.api import categories, images, logs, people, places, trades
from plugins.api.routing import Endpoint, Router, respond_to
from plugins.compat import Datasette, Request

# Of two that match, the first answers.
ENDPOINTS: tuple[Endpoint, ...] = (
    *images.ENDPOINTS,
    *categories.ENDPOINTS,
    *places.ENDPOINTS,
    *trades.ENDPOINTS,
    *people.ENDPOINTS,
    *logs.ENDPOINTS,
)
ROUTER = Router.of(ENDPOINTS)


async def show_api(datasette: Datasette, request: Request) -> Any:  # noqa: ANN401
    """Answer whatever lies under ``/rest/``."""
    return await respond_to(ROUTER, datasette, request)
