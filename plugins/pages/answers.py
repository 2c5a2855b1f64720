"""How our pages answer: as a page or as JSON, and when they may not."""

from __future__ import annotations

from typing import Any

from plugins.actors import owner_is_here
from plugins.compat import Datasette, Request, Response
from plugins.security import CACHE, headers_of_page

NOTHING_HERE = "There is nothing here that you may see."


def wants_json(request: Request) -> bool:
    """Whether the address ends in ``.json``."""
    return bool(request.url_vars.get("format") == "json")


async def page(
    datasette: Datasette,
    request: Request,
    template: str,
    context: dict[str, Any],
    status: int = 200,
) -> Response:
    """Answer with one of our templates."""
    body = await datasette.render_template(
        f"asbuilt/{template}", context, request=request, view_name="asbuilt"
    )
    # On one's own computer a page may come back from the browser's memory as it was
    # left, scrolled down; by default Datasette forbids to keep it.
    kept = {CACHE: "private, no-cache"} if owner_is_here(datasette) else {}
    return Response.html(body, status=status, headers=headers_of_page(**kept))


def data(body: dict[str, Any], status: int = 200) -> Response:
    """Answer with JSON: ``{"ok": true, …}``."""
    return Response.json({"ok": True, **body}, status=status)


async def unseen(datasette: Datasette, request: Request) -> Response:
    """Answer in one way to what is not there and to what may not be seen."""
    if wants_json(request):
        return Response.error(NOTHING_HERE, 404)
    return await page(datasette, request, "unseen.html", {"text": NOTHING_HERE}, 404)


def no_bytes(why: str = NOTHING_HERE) -> Response:
    """Answer likewise where a picture or a file was asked for."""
    return Response.text(why, status=404)


def refuse_method(request: Request) -> Response | None:
    """Return the refusal of anything but reading, or None."""
    if request.method in ("GET", "HEAD"):
        return None
    return Response.text("only GET and HEAD here", 405, headers={"allow": "GET, HEAD"})
