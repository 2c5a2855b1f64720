"""How our pages answer: as a page or as JSON, and when they may not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archive.clock import utc_now
from archive.errors import ArchiveError
from archive.inbox import count_unread
from archive.remotes import count_to_decide
from archive.rights import MATRIX
from plugins import templating
from plugins.actors import owner_is_here
from plugins.calls import Call, redirect
from plugins.compat import Datasette, Request, Response
from plugins.databases import archives
from plugins.pages import navigation
from plugins.security import CACHE, headers_of_page
from plugins.templating import refusal, text


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
    ours = templating.template(datasette.get_jinja_environment(request), template)
    body = await datasette.render_template(
        ours, context, request=request, view_name="asbuilt"
    )
    # On one's own computer a page may come back from the browser's memory as it was
    # left, scrolled down; by default Datasette forbids to keep it.
    kept = {CACHE: "private, no-cache"} if owner_is_here(datasette) else {}
    return Response.html(body, status=status, headers=headers_of_page(**kept))


async def archive_page(
    call: Call, template: str, context: dict[str, Any], status: int = 200
) -> Response:
    """Answer with a page of an archive, within its bar and its navigation.

    Templates know ``call``, ``archive``, ``links``, ``may`` (a function of a right),
    ``many`` (whether there are other archives), ``unread`` (how much is new for the
    person), ``to_decide`` (of the sync) and ``query``, besides ``context``.
    After a change without scripts ``?done=17`` in the address offers to undo batch 17.
    """
    now = utc_now()

    def count(connection: Any) -> tuple[int, int]:  # noqa: ANN401
        decides = call.may("settings")
        to_decide = count_to_decide(connection) if decides else 0
        return count_unread(connection, connection.person, now), to_decide

    unread, to_decide = await call.read(count)
    shell: dict[str, Any] = {
        "call": call,
        "unread": unread,
        "to_decide": to_decide,
        "archive": call.database,
        "links": call.links,
        "may": call.may,
        "many": len(archives(call.datasette)) > 1,
        "query": call.arg("q"),
        "places": navigation.places(call),
        "rights": " ".join(action for action in MATRIX if call.may(action)),
        "here": call.request.path,
        "done": done if (done := call.arg("done")).isdigit() else "",
    }
    if clash := (shell.keys() & context.keys()) - {"query"}:
        raise KeyError(f"{template} is given {clash}, which the shell has")
    return await page(
        call.datasette, call.request, template, {**shell, **context}, status
    )


def changed(
    call: Call,
    form: Mapping[str, Any],
    batch: int | None,
    more: dict[str, Any] | None = None,
) -> Response:
    """Answer to a change: JSON for a script, the page to see next for a form.

    :param form: its ``next`` is where the form leads on to
    :param batch: what undo takes back; None: nothing was changed
    """
    if call.wants_json:
        return data({"batch": batch, **(more or {})})
    wanted = str(form.get("next", ""))
    return redirect(call.links.back(wanted, done=batch))


async def problem(call: Call, error: ArchiveError) -> Response:
    """Answer with what went wrong, in the person's language."""
    sentence = refusal(error)
    if call.wants_json:
        return Response.error(sentence, error.http_status)
    title = "unseen.title" if error.http_status == 404 else "problem.title"
    return await _said(call, text(title), sentence, error.http_status)


async def absent(call: Call) -> Response:
    """Answer in one way to what is not there and to what may not be seen, within."""
    if call.wants_json:
        return Response.error(text("unseen.text"), 404)
    return await _said(call, text("unseen.title"), text("unseen.text"), 404)


async def _said(call: Call, title: str, sentence: str, status: int) -> Response:
    context = {"title": title, "sentence": sentence}
    return await archive_page(call, "problem.html", context, status)


def data(body: dict[str, Any], status: int = 200) -> Response:
    """Answer with JSON: ``{"ok": true, …}``."""
    return Response.json({"ok": True, **body}, status=status)


async def unseen(datasette: Datasette, request: Request) -> Response:
    """Answer in one way to what is not there and to what may not be seen."""
    if wants_json(request):
        return Response.error(text("unseen.text"), 404)
    return await page(datasette, request, "unseen.html", {}, 404)


async def no_page(
    datasette: Datasette, request: Request, status: int
) -> Response | None:
    """Answer with our page where Datasette has none for this person.

    :return: None: a program asks, which Datasette answers as programs expect
    """
    is_data = request.path.endswith((".json", ".csv")) or request.method == "POST"
    if is_data or "application/json" in (request.headers.get("accept") or ""):
        return None
    return await page(datasette, request, "unseen.html", {}, status)


def no_bytes(why: str = "") -> Response:
    """Answer likewise where a picture or a file was asked for."""
    return Response.text(why or text("unseen.text"), status=404)


def refuse_method(
    request: Request, methods: tuple[str, ...] = ("GET", "HEAD")
) -> Response | None:
    """Return the refusal of a method that is not answered here, or None."""
    if request.method in methods:
        return None
    headers = {"allow": ", ".join(methods)}
    return Response.text(f"only {' and '.join(methods)} here", 405, headers=headers)
