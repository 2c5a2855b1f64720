"""What somebody gets who is not logged in: the way to the login page, and no more.

It stands before all pages, ours and Datasette's, so that none can forget to ask. An
archive that is not there and one that the person is not logged in to look alike.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from plugins.access import headers_of
from plugins.compat import Datasette, Request, Response, Scope
from plugins.databases import archives

LOGIN = "/-/login"
LOGOUT = "/-/logout"
INVITATION = "/-/invitation/"
# What is the same for everybody. Nothing of an archive is in it.
_OPEN = re.compile(
    r"/-/(login|logout)|/-/invitation/[\w-]{1,100}|/-/asbuilt/texts/[a-z]{2,3}\.json"
    r"|/-/static(-plugins/asbuilt)?/.*|/favicon\.ico"
    # What programs ask for, with a token or a signature in its place
    r"|/oauth/(token(/info)?|revoke)|/-/(files|storage)/.*"
    # Links that people made for whom nobody knows
    r"|/-/(shared|open)/.*",
    re.ASCII,
)
_FIRST = re.compile(r"/([^/.]+)")
_LONGEST_NEXT = 2_000  # characters


def turned_away(
    datasette: Datasette, scope: Scope, actor: dict[str, Any] | None
) -> Response | None:
    """Return the answer to somebody who has to log in first; None when they need not.

    A page leads to the login page and back; anything else is told that it is 401.
    """
    request = Request(scope, None)
    if _may_pass(datasette, request.path, actor):
        return None
    login = str(datasette.urls.path(LOGIN))
    if _shows_a_page(request):
        wanted = request.full_path[:_LONGEST_NEXT]
        where = f"{login}?next={quote(wanted, safe='/')}" if wanted != "/" else login
        return Response("", status=302, headers={"location": where, **_UNKEPT})
    body = {"ok": False, "error": "Log in first.", "status": 401, "login": login}
    return Response.json(body, status=401, headers=_UNKEPT | _ASKS)


_UNKEPT = {"cache-control": "no-store"}
_ASKS = {"www-authenticate": 'Session realm="asbuilt"'}


def _may_pass(datasette: Datasette, path: str, actor: dict[str, Any] | None) -> bool:
    if _OPEN.fullmatch(path):
        return True
    if actor is None:
        return False
    served = archives(datasette)
    found = _FIRST.match(path)
    if found is None or found[1] in ("-", "oauth") or len(served) == 1:
        return True
    return any(db.route == found[1] and db.name in actor["people"] for db in served)


def _shows_a_page(request: Request) -> bool:
    """Whether a person's browser goes there, rather than a script or an image."""
    if request.method not in ("GET", "HEAD") or request.path.endswith(".json"):
        return False
    headers = headers_of(request.scope)
    # Not said over plain http, but to the same computer
    kind = headers.get("sec-fetch-dest")
    return kind == "document" or (not kind and "text/html" in headers.get("accept", ""))
