"""Which address leads to which page."""

from __future__ import annotations

from typing import Any

from plugins.compat import Datasette, Request, database_page, front_page
from plugins.databases import ArchiveDatabase, archive_at
from plugins.pages import gallery, home, photo
from plugins.pages.answers import refuse_method, unseen

_ARCHIVE = r"/(?P<database>[^/.]+)"
_PHOTO = _ARCHIVE + r"/-/photo/(?P<photo>[0-9]{1,18})"
_FORMAT = r"(\.(?P<format>json))?$"


def routes(datasette: Datasette) -> list[tuple[str, Any]]:  # noqa: ARG001
    """Return our routes; the first that matches is taken."""
    return [
        (r"/" + _FORMAT, show_home),
        (_ARCHIVE + _FORMAT, show_gallery),
        (_ARCHIVE + r"/-/tables$", show_tables),
        (_PHOTO + _FORMAT, show_photo),
        (_PHOTO + r"/(?P<name>thumbnail|medium|preview)$", send_rendition),
        (_PHOTO + r"/original$", send_original),
    ]


async def _seen(datasette: Datasette, request: Request) -> ArchiveDatabase | None:
    """Return the archive of the URL, if the actor may see anything of it."""
    database = archive_at(datasette, request.url_vars["database"])
    if database is None or await database.person(request.actor) is None:
        return None
    return database


async def show_home(datasette: Datasette, request: Request) -> Any:  # noqa: ANN401
    """``/``: the archives, or the only one's gallery."""
    return refuse_method(request) or await home.show(datasette, request, front_page)


async def show_gallery(datasette: Datasette, request: Request) -> Any:  # noqa: ANN401
    """``/tower-4``: the gallery; other databases keep Datasette's own page."""
    route = request.url_vars["database"]
    if archive_at(datasette, route) is None and route in datasette.databases:
        return await database_page(request, datasette)
    database = await _seen(datasette, request)
    if database is None:
        return await unseen(datasette, request)
    return refuse_method(request) or await gallery.show(datasette, request, database)


async def show_tables(datasette: Datasette, request: Request) -> Any:  # noqa: ANN401
    """``/tower-4/-/tables``: Datasette's own page of the database."""
    return await database_page(request, datasette)


async def show_photo(datasette: Datasette, request: Request) -> Any:  # noqa: ANN401
    """``/tower-4/-/photo/17``: all about one photo."""
    database = await _seen(datasette, request)
    if database is None:
        return await unseen(datasette, request)
    return refuse_method(request) or await photo.show(datasette, request, database)


async def send_rendition(datasette: Datasette, request: Request) -> Any:  # noqa: ANN401
    """``/tower-4/-/photo/17/thumbnail``: a small picture."""
    return refuse_method(request) or await photo.send_rendition(
        datasette, request, await _seen(datasette, request)
    )


async def send_original(datasette: Datasette, request: Request) -> Any:  # noqa: ANN401
    """``/tower-4/-/photo/17/original``: the file as it came."""
    return refuse_method(request) or await photo.send_original(
        request, await _seen(datasette, request)
    )
