"""Everything we take from inside Datasette 1.0a41, in one place.

Datasette's alphas move things about: when one breaks us, this is where to look. It is
imported only from within hooks, when Datasette itself is complete.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from datasette import handle_exception
from datasette.app import Datasette
from datasette.database import Database
from datasette.permissions import PermissionSQL
from datasette.resources import DatabaseResource
from datasette.tokens import TokenInvalid
from datasette.utils import StartupError, await_me_maybe, tilde_encode
from datasette.utils.asgi import (
    BadRequest,
    Forbidden,
    NotFound,
    PayloadTooLarge,
    Request,
    Response,
)
from datasette.views.database import DatabaseView
from datasette.views.index import IndexView
from jinja2 import Environment

__all__ = [
    "ASGIApp",
    "BadRequest",
    "Database",
    "DatabaseResource",
    "Datasette",
    "Environment",
    "Forbidden",
    "Message",
    "NotFound",
    "PayloadTooLarge",
    "PermissionSQL",
    "Receive",
    "Request",
    "Response",
    "Scope",
    "Send",
    "StartupError",
    "TokenInvalid",
    "await_me_maybe",
    "database_page",
    "front_page",
    "tilde_encode",
]

# Where rich is installed Datasette prints every variable of what failed, secrets too,
# and fails itself over an address that is not there.
handle_exception.rich = None

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]


async def database_page(request: Request, datasette: Datasette) -> Response:
    """Answer with Datasette's own page of a database: its tables and views."""
    return await DatabaseView()(request, datasette)


async def front_page(request: Request, datasette: Datasette) -> Response:
    """Answer with Datasette's own list of databases."""
    return await IndexView(datasette).dispatch_request(request)
