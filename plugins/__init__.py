"""What Datasette shows of an archive: pages, bytes, and the guard beneath them.

This one module is the plugin (entry point ``asbuilt``); it owns ``static/`` and
``templates/`` and hands each hook to the sub-module that knows. Those are imported when
Datasette calls, so that ``asbuilt serve --help`` loads no web server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pluggy import HookimplMarker

if TYPE_CHECKING:
    from plugins.compat import (
        ASGIApp,
        Datasette,
        Environment,
        PermissionSQL,
        Request,
        Response,
    )

hookimpl = HookimplMarker("datasette")


@hookimpl
def startup(datasette: Datasette) -> Any:  # noqa: ANN401
    """Guard archives that were opened as plain files; go on with what was not done."""
    from plugins import serving

    serving.guard_archives(datasette)

    async def begin() -> None:
        from plugins import runners, schedules

        if datasette.plugin_config("asbuilt") is not None:  # by asbuilt serve
            await runners.start(datasette)
            schedules.start(datasette)

    return begin()


@hookimpl
def shutdown(datasette: Datasette) -> None:
    """End the changes under way and the worker processes, and close the caches."""
    from plugins import databases, media, receiving, runners, schedules, sessions

    schedules.close(datasette)
    runners.close(datasette)
    receiving.close(datasette)
    media.close(datasette)
    sessions.close(datasette)
    for database in databases.archives(datasette):
        database.end_changes()


@hookimpl
def prepare_jinja2_environment(env: Environment, datasette: Datasette) -> None:
    """Give templates our filters, and their inline scripts a nonce."""
    from plugins import templating

    templating.prepare(env, datasette)


@hookimpl(trylast=True)  # outermost: also what other plugins answer is checked
def asgi_wrapper(datasette: Datasette) -> Any:  # noqa: ANN401
    """Check where a request comes from, and put the security headers on the answer."""
    from plugins import security

    def wrap(app: ASGIApp) -> ASGIApp:
        return security.wrap(app, datasette)

    return wrap


@hookimpl(wrapper=True)
def actor_from_request(datasette: Datasette, request: Request) -> Any:  # noqa: ANN401
    """Tell the guard which actor Datasette chose; on loopback, the laptop's owner."""
    from plugins import actors

    found = yield
    return [actors.choose(datasette, request, found)]


@hookimpl
def permission_resources_sql(
    datasette: Datasette, actor: dict[str, Any] | None, action: str
) -> Any:  # noqa: ANN401
    """Open Datasette's own pages of an archive to its admins, and to nobody else."""
    from plugins import permissions

    async def inner() -> PermissionSQL | None:
        return await permissions.rules(datasette, actor, action)

    return inner


@hookimpl
def register_routes(datasette: Datasette) -> list[tuple[str, Any]]:
    """Our pages. They come before Datasette's own routes."""
    from plugins import routes

    return routes.routes(datasette)


@hookimpl
def handle_exception(
    datasette: Datasette, request: Request, exception: Exception
) -> Any:  # noqa: ANN401
    """What is not there looks like a page of ours, in the person's language."""
    from plugins.pages import answers

    async def inner() -> Response | None:
        if getattr(exception, "status", None) != 404:
            return None
        return await answers.no_page(datasette, request, 404)

    return inner


@hookimpl(wrapper=True)
def forbidden(datasette: Datasette, request: Request) -> Any:  # noqa: ANN401
    """So does what Datasette refuses."""
    from plugins.compat import await_me_maybe
    from plugins.pages import answers

    found = yield

    async def inner() -> Any:  # noqa: ANN401
        ours = await answers.no_page(datasette, request, 403)
        return ours or await await_me_maybe(found[0])

    return [inner]


@hookimpl
def render_cell(
    row: Any,  # noqa: ANN401
    column: str,
    table: str | None,
    database: str,
    datasette: Datasette,
) -> Any:  # noqa: ANN401
    """Show a thumbnail in place of a photo's id."""
    from plugins import tables

    return tables.render_cell(datasette, database, table, column, row)


@hookimpl
def menu_links(datasette: Datasette, actor: dict[str, Any] | None) -> Any:  # noqa: ANN401
    """Links from Datasette's own pages back to the photos."""
    from plugins import tables

    async def inner() -> list[dict[str, str]]:
        return await tables.menu_links(datasette, actor)

    return inner


@hookimpl
def extra_css_urls(datasette: Datasette) -> list[str]:
    """A few lines for Datasette's own pages, such as the size of a thumbnail."""
    from plugins import templating

    return [templating.asset(datasette, "tables.css")]
