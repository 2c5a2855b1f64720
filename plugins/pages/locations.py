"""``/tower-4/-/locations``: the tree of places, with what lies in each part of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from archive.batches import Batch
from archive.errors import NotFound
from archive.locations import (
    Location,
    delete_location,
    find_or_add_location,
    get_location,
    list_locations,
    move_location,
    rename_location,
    split_path,
)
from archive.people import Person
from archive.rights import viewer
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.pages.answers import archive_page, changed, data
from plugins.pages.fields import whole, word


async def show(call: Call) -> Response:
    """Answer with the whole tree; each count holds for a place and all below it."""

    def load(connection: Any) -> list[Location]:  # noqa: ANN401
        return list_locations(connection, viewer(connection.person))

    locations = await call.read(load)
    nodes = [_node(call, location) for location in locations]
    if call.wants_json:
        return data({"locations": nodes})
    return await archive_page(call, "locations.html", {"nodes": _nested(nodes)})


def _node(call: Call, location: Location) -> dict[str, Any]:
    return {
        **asdict(location),
        "depth": len(split_path(location.path)) - 1,
        "url": call.links.having("location", location.path),
    }


def _nested(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the tops of the tree, each node with those ``below`` it."""
    by_id = {node["id"]: {**node, "below": []} for node in nodes}
    tops: list[dict[str, Any]] = []
    for node in by_id.values():
        above = by_id.get(node["parent_id"])
        (above["below"] if above else tops).append(node)
    return tops


async def show_one(call: Call) -> Response:
    """Answer with one location, and what may be done with it."""

    def load(connection: Any) -> list[Location]:  # noqa: ANN401
        return list_locations(connection, viewer(connection.person))

    nodes = [_node(call, location) for location in await call.read(load)]
    number = call.number("location")
    found = next((node for node in nodes if node["id"] == number), None)
    if found is None:
        raise NotFound(f"there is no location {number}", key="no_location", name=number)
    if call.wants_json:
        return data({"location": found})
    path = f"{found['path']}>"
    inside = {n["id"] for n in nodes if n["path"].startswith(path)} | {number}
    context = {
        "node": found,
        "parents": [node for node in nodes if node["id"] not in inside],
        "empty": len(inside) == 1 and not found["photos"],
    }
    return await archive_page(call, "location.html", context)


async def add(call: Call) -> Response:
    """Add a location by its ``path``, with the tiers that are missing."""
    form = await call.form()
    path, parent = word(form, "path") or "", whole(form, "parent")

    def change(connection: Any, person: Person, batch: Batch) -> Location:  # noqa: ANN401
        above = f"{get_location(connection, parent).path}>" if parent else ""
        return find_or_add_location(connection, person, batch, above + path)

    done = await call.write("", change)
    return changed(call, form, done.batch, {"id": done.value.id})


async def edit(call: Call) -> Response:
    """Give a location another ``name``, or another ``parent`` (empty: the top)."""
    form = await call.form()
    name, parent = word(form, "name"), whole(form, "parent")

    def change(connection: Any, person: Person, _: Batch) -> None:  # noqa: ANN401
        location = get_location(connection, call.number("location"))
        if name is not None and name != location.name:
            location = rename_location(connection, person, location, name)
        if "parent" in form and parent != location.parent_id:
            above = get_location(connection, parent) if parent else None
            move_location(connection, person, location, above)

    done = await call.write("", change)
    return changed(call, form, done.batch)


async def delete(call: Call) -> Response:
    """Delete a location that nothing uses."""
    form = await call.form()

    def change(connection: Any, person: Person, _: Batch) -> None:  # noqa: ANN401
        location = get_location(connection, call.number("location"))
        delete_location(connection, person, location)

    done = await call.write("", change)
    return changed(call, form, done.batch)


_LOCATION = r"/-/locations/(?P<location>[0-9]{1,18})"

ROUTES = (
    Route("/-/locations", show, "view", json=True),
    Route(_LOCATION, show_one, "view", json=True),
    Route("/-/locations/add", add, "create_location", ("POST",)),
    Route(_LOCATION + "/edit", edit, "edit_locations", ("POST",)),
    Route(_LOCATION + "/delete", delete, "edit_locations", ("POST",)),
)
