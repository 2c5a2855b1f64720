"""``/``: the archives that are served."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from archive.photos import Photo
from archive.project_photo import project_photo
from archive.rights import viewer
from archive.search import Query
from plugins import listing
from plugins.compat import Datasette, Request, Response
from plugins.databases import ArchiveDatabase, archives
from plugins.pages.answers import data, page, unseen, wants_json
from plugins.pages.links import Links

COVERS = 4


async def show(
    datasette: Datasette,
    request: Request,
    otherwise: Callable[[Request, Datasette], Awaitable[Response]],
) -> Response:
    """Answer with the archives; with the only one's gallery when there is one.

    :param otherwise: answers where no archive is served at all
    """
    if not archives(datasette):
        return await otherwise(request, datasette)
    seen = [db for db in archives(datasette) if await db.person(request.actor)]
    if not seen:
        return await unseen(datasette, request)
    if wants_json(request):
        return data({"archives": [_entry(datasette, db) for db in seen]})
    if len(archives(datasette)) == 1:
        return Response.redirect(Links(datasette, seen[0]).gallery())
    cards = [await _card(datasette, db) for db in seen]
    return await page(datasette, request, "home.html", {"cards": cards})


def _entry(datasette: Datasette, database: ArchiveDatabase) -> dict[str, Any]:
    home = Links(datasette, database)
    return {"name": database.name, "title": database.title, "url": home.gallery()}


async def _card(datasette: Datasette, database: ArchiveDatabase) -> dict[str, Any]:
    links = Links(datasette, database)

    def load(connection: Any) -> tuple[listing.Page, Photo | None]:  # noqa: ANN401
        who = viewer(connection.person)
        newest = listing.find(connection, who, Query(), limit=COVERS)
        return newest, project_photo(connection)

    newest, chosen = await database.read(load)
    return {
        **_entry(datasette, database),
        "total": newest.total,
        "photo": links.rendition(chosen, "medium") if chosen else None,
        "covers": [links.rendition(photo, "thumbnail") for photo in newest.photos],
    }
