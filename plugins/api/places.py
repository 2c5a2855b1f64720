"""Locations: the tree, as the project's list and by path (contract 5.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from archive.batches import Batch
from archive.errors import NotFound
from archive.locations import (
    MAX_TIERS,
    Location,
    add_location,
    delete_location,
    find_or_add_location,
    get_location,
    join_path,
    list_locations,
    move_location,
    rename_location,
)
from archive.people import Person
from archive.rights import viewer
from plugins.api import bodies, params
from plugins.api.errors import Json, bad_request, unprocessable
from plugins.api.paging import PAGING, cut
from plugins.api.params import MOMENTS, NUMBER, NUMBERS, TEXT, Param, choice
from plugins.api.pictures import node
from plugins.api.projects import require_no_other
from plugins.api.routing import ApiCall, Endpoint, answer, get, listed, write
from plugins.compat import Response

IN_PROJECT = "/rest/v1.0/projects/{project_id}/locations"
_SORTS = ("name", "created_at", "node_name", "parent_id", "updated_at")
_FILTERS = (
    Param("filters[id]", NUMBERS, "These locations"),
    Param("filters[parent_id]", NUMBERS, "Directly below these"),
    Param("filters[search]", TEXT, "Part of the name or the path"),
    Param("filters[search_with_code]", TEXT, "The same; there are no codes"),
    Param("filters[code]", params.TEXTS, "There are no codes: finds nothing"),
    Param("filters[superlocations_for]", NUMBERS, "Above these"),
    Param("filters[sublocations_for]", NUMBERS, "Anywhere below these"),
    Param("filters[depth_range]", params.NUMBER_RANGES, "Tiers from the top: 0...1"),
    Param("filters[updated_at]", MOMENTS, "When it was changed, both ends included"),
    Param("sort", choice(*_SORTS, *(f"-{s}" for s in _SORTS)), "name unless said"),
)


async def list_places(call: ApiCall) -> Response:
    """``GET …/locations``."""
    who = viewer(call.person)
    every = await call.read(lambda connection: list_locations(connection, who))
    tree = {location.id: location for location in every}
    found = [one for one in every if _is_wanted(one, call.args, tree)]
    found = _sorted(found, call.args["sort"] or "name")
    rows = [_form(location) for location in cut(found, call.wish)]
    return listed(call, rows, len(found))


def _form(location: Location) -> Json:
    return {**(node(location) or {}), "code": None}


def _above(location: Location, tree: dict[int, Location]) -> list[int]:
    found: list[int] = []
    while location.parent_id is not None and location.parent_id in tree:
        found.append(location.parent_id)
        location = tree[location.parent_id]
    return found


def _is_wanted(one: Location, args: Any, tree: dict[int, Location]) -> bool:  # noqa: ANN401
    above = _above(one, tree)
    words = args["filters[search]"] or args["filters[search_with_code]"]
    depths = args["filters[depth_range]"]
    of = args["filters[superlocations_for]"]
    lower = [tree[number] for number in of or () if number in tree]
    tests: tuple[tuple[Any, Callable[[Any], bool]], ...] = (
        (args["filters[id]"], lambda ids: one.id in ids),
        (args["filters[parent_id]"], lambda ids: one.parent_id in ids),
        (args["filters[code]"], lambda _: False),
        (args["filters[sublocations_for]"], lambda ids: bool({*ids} & {*above})),
        (of, lambda _: any(one.id in _above(low, tree) for low in lower)),
        (words, lambda text: text.casefold() in one.path.casefold()),
        (depths, lambda some: any(a <= len(above) <= b for a, b in some)),
        (args["filters[updated_at]"], lambda w: params.holds(w, one.updated_at)),
    )
    return all(value is None or passes(value) for value, passes in tests)


def _sorted(found: list[Location], sort: str) -> list[Location]:
    """Return locations in an order; that of names is the tree's own."""
    field = sort.removeprefix("-")
    if field != "name":
        keys = {
            "created_at": lambda one: one.created_at,
            "updated_at": lambda one: one.updated_at,
            "node_name": lambda one: one.name.casefold(),
            "parent_id": lambda one: one.parent_id or 0,
        }
        found = sorted(found, key=keys[field])
    return found[::-1] if sort.startswith("-") else found


async def show_place(call: ApiCall) -> Response:
    """``GET …/locations/{id}``."""
    return await _shown(call, call.names["id"])


async def _shown(call: ApiCall, number: int, status: int = 200) -> Response:
    found = await call.read(lambda connection: get_location(connection, number))
    return answer(_form(found), status)


async def create_place(call: ApiCall) -> Response:
    """``POST …/locations``, by name and parent or (v1.0/locations) by path."""
    body = await call.body()
    require_no_other(body, call.database)
    sent = bodies.part(body, "location")
    if sent.get("path"):
        return await _found_or_made(call, sent)
    name, parent = _name_and_parent(sent)

    def change(connection: Any, person: Person, opened: Batch) -> int:  # noqa: ANN401
        above = _existing(connection, parent) if parent else None
        return add_location(connection, person, opened, name or "", above).id

    if not name:
        raise unprocessable("node_name", "can't be blank")
    return await _shown(call, await call.write("", change), 201)


async def find_or_create(call: ApiCall) -> Response:
    """``POST …/locations/find_or_create_by_path``: 200 found, 201 created."""
    return await _found_or_made(call, bodies.part(await call.body(), "location"))


async def _found_or_made(call: ApiCall, sent: Json) -> Response:
    tiers = _tiers(sent.get("path"))
    path = join_path(tiers)

    def change(connection: Any, person: Person, opened: Batch) -> tuple[int, bool]:  # noqa: ANN401
        place = find_or_add_location(connection, person, opened, path)
        return place.id, place.created_at == opened.at

    number, made = await call.write("", change)
    return await _shown(call, number, 201 if made else 200)


def _tiers(path: Any) -> list[str]:  # noqa: ANN401
    if isinstance(path, str):
        path = [path]
    if not isinstance(path, list) or not all(isinstance(name, str) for name in path):
        raise bad_request("location.path is no list of names", "location.path")
    if not 0 < len(path) <= MAX_TIERS:
        raise unprocessable("path", f"must have 1 to {MAX_TIERS} names")
    return path


async def update_place(call: ApiCall) -> Response:
    """``PATCH …/locations/{id}``: renamed, moved, or both."""
    number, sent = call.names["id"], bodies.part(await call.body(), "location")
    name, parent = _name_and_parent(sent)

    def change(connection: Any, person: Person, opened: Batch) -> None:  # noqa: ANN401, ARG001
        place = get_location(connection, number)
        if name is not None and name != place.name:
            place = rename_location(connection, person, place, name)
        if "parent_id" in sent and parent != place.parent_id:
            above = _existing(connection, parent) if parent else None
            move_location(connection, person, place, above)

    await call.write("", change)
    return await _shown(call, number)


async def delete_place(call: ApiCall) -> Response:
    """``DELETE …/locations/{id}``: one that nothing uses."""
    number = call.names["id"]

    def change(connection: Any, person: Person, opened: Batch) -> None:  # noqa: ANN401, ARG001
        delete_location(connection, person, get_location(connection, number))

    await call.write("", change)
    if call.request.path.startswith("/rest/v1.1/"):
        return Response("", status=204)
    return answer({})


def _name_and_parent(sent: Json) -> tuple[str | None, int | None]:
    name = bodies.text_of(sent, "node_name", "location")
    return name, bodies.whole_of(sent, "parent_id", "location")


def _existing(connection: Any, number: int) -> Location:  # noqa: ANN401
    try:
        return get_location(connection, number)
    except NotFound:
        raise unprocessable("parent_id", "there is no such location") from None


_IN_QUERY = Param("project_id", NUMBER, "The project")
_SENDS = ("location_write", "location")


def _endpoints(where: str, taken: tuple[Param, ...]) -> tuple[Endpoint, ...]:
    one = f"{where}/{{id}}"
    added = write(
        "POST",
        where,
        create_place,
        "create_location",
        "Add a location",
        taken,
        sends=_SENDS,
        status=201,
    )
    found = write(
        "POST",
        f"{where}/find_or_create_by_path",
        find_or_create,
        "view",  # making one has its own right
        "The location at a path, made when it is not there",
        taken,
        sends=_SENDS,
    )
    return (
        get(
            where,
            list_places,
            "view",
            "The locations of a project",
            (*taken, *PAGING, *_FILTERS),
            "[location]",
        ),
        replace(found, or_status=201),
        replace(added, project_in_body=bool(taken), or_status=200),  # by a path
        get(one, show_place, "view", "A location", taken, "location"),
        write(
            "PATCH",
            one,
            update_place,
            "edit_locations",
            "Rename or move it",
            taken,
            sends=_SENDS,
        ),
        write(
            "DELETE",
            one,
            delete_place,
            "edit_locations",
            "Delete one that nothing uses",
            taken,
        ),
    )


ENDPOINTS = (
    *_endpoints(IN_PROJECT, ()),
    *_endpoints("/rest/v1.0/locations", (_IN_QUERY,)),
    write(
        "DELETE",
        f"{IN_PROJECT.replace('v1.0', 'v1.1')}/{{id}}",
        delete_place,
        "edit_locations",
        "Delete one that nothing uses",
        status=204,
    ),
)
