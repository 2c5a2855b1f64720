"""What is laid on the map: pictures, tiles, and for admins what can be done to them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from archive.batches import Batch
from archive.cache import get_or_make
from archive.database import Archive
from archive.errors import ArchiveError, FileProblem, InvalidInput
from archive.identity import new_uuid
from archive.people import Person
from archive.plans import (
    Inspected,
    Plan,
    edit_plan,
    find_plan,
    inspect_file,
    keep_plan,
    read_tile,
    remove_plan,
)
from archive.plans.files import FOLDER, LARGEST
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.media import FOR_EVER, workshop_of
from plugins.pages.answers import changed, data, no_bytes
from plugins.pages.fields import word
from plugins.pages.links import Links
from plugins.security import CACHE
from plugins.templating import refusal

_PICTURE = "sphere"  # the largest rendition: 4096 pixels


def plan_json(plan: Plan, links: Links) -> dict[str, Any]:
    """Return a plan as the map needs it.

    ``url`` is a picture's address, or that of tiles with ``{z}``, ``{x}`` and ``{y}``.
    """
    version = plan.sha256[:12]
    tiles = plan.kind != "image"
    window = plan.window
    return {
        "id": plan.id,
        "name": plan.name,
        "kind": plan.kind,
        "corners": plan.corners,
        "window": window and (window.south, window.west, window.north, window.east),
        "zooms": plan.zooms,
        "size": plan.size,
        "opacity": plan.opacity,
        "attribution": plan.attribution,
        "url": f"{links.base}/-/tiles/{plan.id}/{{z}}/{{x}}/{{y}}?v={version}"
        if tiles
        else links.to(f"map/plans/{plan.id}/picture", v=version),
    }


async def _plan(call: Call) -> Plan:
    """Return the plan of the address.

    :raises NotFound: there is none
    """

    def load(connection: Any) -> Plan:  # noqa: ANN401
        return find_plan(connection, call.number("plan"))

    return await call.read(load)


async def send_picture(call: Call) -> Response:
    """``/tower-4/-/map/plans/3/picture``: a plan, made small enough for a browser."""
    plan = await _plan(call)
    path = plan.path(call.database.folder)
    workshop = workshop_of(call.datasette)
    cache = workshop.cache(call.database)
    try:
        made = await asyncio.get_running_loop().run_in_executor(
            workshop.threads,
            get_or_make,
            cache,
            workshop.pool,
            path,
            plan.sha256,
            0,
            _PICTURE,
        )
    except FileProblem as error:
        return no_bytes(error.reason)
    return _bytes(call, made.data, made.media_type)


async def send_tile(call: Call) -> Response:
    """``/tower-4/-/tiles/3/17/69342/38119``: a piece of a map, counted from north."""
    plan = await _plan(call)
    zoom, x, y = (call.number(name) for name in ("zoom", "x", "y"))
    try:
        tile = await asyncio.to_thread(
            read_tile, plan, call.database.folder, zoom, x, y
        )
    except FileProblem as error:
        return no_bytes(error.reason)
    if tile is None:
        return no_bytes()
    return _bytes(call, tile.data, tile.media_type)


def _bytes(call: Call, body: bytes, media_type: str) -> Response:
    headers = {CACHE: FOR_EVER, "content-length": str(len(body))}
    sent = b"" if call.request.method == "HEAD" else body
    return Response(sent, headers=headers, content_type=media_type)


async def add(call: Call) -> Response:
    """Add a plan: the body is the file, ``name`` stands in the address."""
    try:
        plan = await _add(call)
    except ArchiveError as error:  # for a script, whatever type the file is sent as
        return Response.error(refusal(error), error.http_status)
    return data({"plan": plan_json(plan, call.links)}, 201)


async def _add(call: Call) -> Plan:
    name = call.arg("name")
    spooled = call.database.folder / FOLDER / f".incoming-{new_uuid()}"
    workshop = workshop_of(call.datasette)
    try:
        await _receive(call, spooled)
        found: Inspected = await asyncio.to_thread(
            inspect_file, call.database.folder, spooled, workshop.pool
        )
    except FileProblem as error:  # its path is ours; the person knows another name
        raise InvalidInput(
            f"{name}: {error.reason}", key="no_plan_file", name=name
        ) from error
    finally:
        await asyncio.to_thread(spooled.unlink, missing_ok=True)

    def change(archive: Archive, person: Person) -> Plan:
        return keep_plan(archive, person, found, Path(name).stem)

    try:
        return await call.change(change)
    finally:
        await asyncio.to_thread(found.discard)


async def _receive(call: Call, path: Path) -> None:
    """Write the request's body to a file.

    :raises InvalidInput: it is too long, or ended half way
    """
    await asyncio.to_thread(path.parent.mkdir, exist_ok=True)
    size = 0
    with await asyncio.to_thread(path.open, "xb") as file:
        more = True
        while more:
            message = await call.request.receive()
            if message["type"] != "http.request":
                raise InvalidInput("the file did not come whole", key="not_whole")
            piece = message.get("body", b"")
            size += len(piece)
            if size > LARGEST:
                raise InvalidInput(
                    f"a file has at most {LARGEST >> 30} GB",
                    key="file_large",
                    n=LARGEST >> 30,
                )
            await asyncio.to_thread(file.write, piece)
            more = message.get("more_body", False)


async def edit(call: Call) -> Response:
    """Rename a plan, place it (``corners``), or say how much it covers."""
    form = await call.form()

    def change(connection: Any, person: Person, _: Batch) -> Plan:  # noqa: ANN401
        return edit_plan(
            connection,
            person,
            find_plan(connection, call.number("plan")),
            name=word(form, "name"),
            corners=_list(form, "corners"),
            opacity=_number(form, "opacity"),
            attribution=word(form, "attribution"),
        )

    done = await call.write("", change)
    told = {"plan": plan_json(done.value, call.links)}
    return changed(call, form, done.batch, told)


def _number(form: Mapping[str, Any], name: str) -> float | None:
    value = form.get(name)
    if value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        raise InvalidInput(f"{name} is a number", key="no_number", name=name) from None


def _list(form: Mapping[str, Any], name: str) -> list[Any] | None:
    value = form.get(name)
    if value is None or isinstance(value, list):
        return value
    raise InvalidInput(f"{name} is a list")


async def remove(call: Call) -> Response:
    """Take a plan off the map; undo brings it back."""
    form = await call.form()

    def change(connection: Any, person: Person, _: Batch) -> None:  # noqa: ANN401
        remove_plan(connection, person, find_plan(connection, call.number("plan")))

    done = await call.write("", change)
    return changed(call, form, done.batch)


_PLAN = r"/-/map/plans/(?P<plan>[0-9]{1,18})"
_TILE = r"/(?P<zoom>[0-9]{1,2})/(?P<x>[0-9]{1,8})/(?P<y>[0-9]{1,8})"

ROUTES = (
    Route("/-/map/plans", add, "edit_plans", ("POST",)),
    Route(_PLAN + "/picture", send_picture, "view"),
    Route(_PLAN + "/edit", edit, "edit_plans", ("POST",)),
    Route(_PLAN + "/remove", remove, "edit_plans", ("POST",)),
    Route(r"/-/tiles/(?P<plan>[0-9]{1,18})" + _TILE, send_tile, "view"),
)
