"""Which address leads to which page, and the first door before all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from archive.errors import ArchiveError
from archive.people import Person
from archive.rights import MATRIX, require
from plugins import runners, texts
from plugins.api import authorize, files, storage
from plugins.api.endpoints import show_api
from plugins.calls import Call, Route
from plugins.compat import Datasette, Request, Response, database_page, front_page
from plugins.databases import ArchiveDatabase, archive_at
from plugins.pages import (
    account,
    albums,
    bulk,
    comments,
    compare,
    exports,
    feed,
    gallery,
    history,
    home,
    inbox,
    jobs,
    locations,
    log,
    login,
    markups,
    narrowing,
    photo,
    photo_actions,
    photo_bytes,
    photo_edit,
    plans,
    programs,
    settings,
    shared,
    shared_zip,
    sharing,
    sync,
    sync_standing,
    timeline,
    trades,
    undoing,
    uploads,
    verify,
)
from plugins.pages import map as map_page
from plugins.pages.answers import no_bytes, problem, refuse_method, unseen
from plugins.security import CACHE

# Each module of pages brings its routes; of two that match, the first is taken.
ROUTES: tuple[Route, ...] = (
    *timeline.ROUTES,
    *gallery.ROUTES,
    *narrowing.ROUTES,
    *photo.ROUTES,
    *photo_bytes.ROUTES,
    *photo_edit.ROUTES,
    *photo_actions.ROUTES,
    *comments.ROUTES,
    *markups.ROUTES,
    *compare.ROUTES,
    *albums.ROUTES,
    *locations.ROUTES,
    *trades.ROUTES,
    *map_page.ROUTES,
    *plans.ROUTES,
    *log.ROUTES,
    *history.ROUTES,
    *settings.ROUTES,
    *programs.ROUTES,
    *bulk.ROUTES,
    *exports.ROUTES,
    *account.ROUTES,
    *feed.ROUTES,
    *inbox.ROUTES,
    *uploads.ROUTES,
    *jobs.ROUTES,
    *sharing.ROUTES,
    *sync.ROUTES,
    *sync_standing.ROUTES,
    *verify.ROUTES,
    *undoing.ROUTES,
)
# What anybody may have: nothing of an archive is in it.
PUBLIC = (r"/-/asbuilt/texts/(?P<language>[a-z]{2,3})\.json$",)

PLACES = frozenset(r.pattern.removeprefix("/-/") for r in ROUTES if "GET" in r.methods)

Answer = Callable[[Datasette, Request], Awaitable[Any]]


def routes(datasette: Datasette) -> list[tuple[str, Any]]:  # noqa: ARG001
    """Return our routes; the first that matches is taken."""
    return [
        (r"/(\.(?P<format>json))?$", show_home),
        (PUBLIC[0], send_texts),
        *login.PUBLIC_ROUTES,
        (r"/rest/.*$", show_api),
        *files.PUBLIC_ROUTES,
        *shared.PUBLIC_ROUTES,
        *shared_zip.PUBLIC_ROUTES,
        *storage.PUBLIC_ROUTES,
        *authorize.ROUTES,
        *((route.regex, _behind_the_door(route)) for route in ROUTES),
        (r"/(?P<database>[^/.]+)/-/tables$", show_tables),
    ]


def _behind_the_door(route: Route) -> Answer:
    """Return what answers a route: its view, once all that it needs is given."""
    if route.right not in MATRIX:
        raise KeyError(route.right)

    async def answer(datasette: Datasette, request: Request) -> Any:  # noqa: ANN401
        name = request.url_vars["database"]
        database = archive_at(datasette, name)
        if database is None and name in datasette.databases:
            return await database_page(request, datasette)
        person = await database.person(request.actor) if database else None
        if database is None or person is None:
            return await _nobody(datasette, request, route)
        return await _answered(route, _call(datasette, request, database, person))

    return answer


def _call(
    datasette: Datasette, request: Request, database: ArchiveDatabase, person: Person
) -> Call:
    names = {key: value for key, value in request.url_vars.items() if value is not None}
    return Call(datasette, request, database, person, names, PLACES)


async def _answered(route: Route, call: Call) -> Any:  # noqa: ANN401
    """Ask the view, and turn what goes wrong into a page or JSON with its status."""
    try:
        refusal = refuse_method(call.request, route.allowed)
        if refusal:
            return refusal
        require(call.person, route.right)
        answer = await route.view(call)
    except ArchiveError as error:
        return await problem(call, error)
    if call.request.method not in ("GET", "HEAD"):  # perhaps it left work to do
        await runners.look(call.datasette, call.database)
    return answer


async def _nobody(datasette: Datasette, request: Request, route: Route) -> Any:  # noqa: ANN401
    """Answer somebody who is nobody here, as if there were nothing."""
    if route.json or "GET" in route.methods:
        return await unseen(datasette, request)
    return no_bytes()


async def show_home(datasette: Datasette, request: Request) -> Any:  # noqa: ANN401
    """``/``: the archives, or the only one's gallery."""
    return refuse_method(request) or await home.show(datasette, request, front_page)


async def show_tables(datasette: Datasette, request: Request) -> Any:  # noqa: ANN401
    """``/tower-4/-/tables``: Datasette's own page of the database."""
    return await database_page(request, datasette)


async def send_texts(datasette: Datasette, request: Request) -> Any:  # noqa: ANN401, ARG001
    """``/-/asbuilt/texts/de.json``: the texts that the scripts of a page say."""
    language = request.url_vars["language"]
    if language not in texts.languages():
        return no_bytes()
    body, version = texts.as_json(language)
    fresh = request.args.get("v") == version
    cache = "public, max-age=31536000, immutable" if fresh else "no-cache"
    return refuse_method(request) or Response(
        body, headers={CACHE: cache}, content_type="application/json; charset=utf-8"
    )
