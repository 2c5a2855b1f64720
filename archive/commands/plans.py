"""``asbuilt maps``: site plans and maps of tiles."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.commands.common import Where, confirm, lister, opened, say, sub_command

if TYPE_CHECKING:
    from archive.database import Archive
    from archive.people import Person
    from archive.plans import Corners, Plan

COLUMNS = ("id", "name", "kind", "placed", "bytes")
_POINT = re.compile(r"([\d.]+),([\d.]+)=([^,]+),([^,]+)")


@lister(
    COLUMNS,
    epilog="Example: asbuilt maps tower-4 add ground-floor.png",
)
def maps(archive: Archive, who: Person) -> Iterator[dict[str, Any]]:
    """List site plans and maps of tiles, or add, place and remove them."""
    from archive.plans import list_plans
    from archive.rights import require, viewer

    require(who, "view")
    return map(as_json, list_plans(archive.connection, viewer(who)))


def as_json(plan: Plan) -> dict[str, Any]:
    """Return a plan as it is listed."""
    window = plan.window
    return {
        "id": plan.id,
        "uuid": plan.uuid,
        "name": plan.name,
        "kind": plan.kind,
        "placed": plan.kind != "image" or plan.corners is not None,
        "corners": plan.corners,
        "bounds": window and (window.south, window.west, window.north, window.east),
        "zooms": plan.zooms,
        "opacity": plan.opacity,
        "attribution": plan.attribution,
        "sha256": plan.sha256,
        "bytes": plan.bytes,
        "media_type": plan.media_type,
        "size": plan.size,
    }


def placing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where a picture lies."""
    command = click.option(
        "--point",
        "points",
        multiple=True,
        metavar="X,Y=LAT,LON",
        help="A point of the picture, in pixels from its top left, and where it is."
        " Two points turn and scale it, three stretch it too.",
    )(command)
    return click.option(
        "--corners",
        nargs=2,
        metavar="LAT,LON LAT,LON",
        help="Two corners of a picture whose top is north.",
    )(command)


def place_of(
    points: tuple[str, ...], corners: tuple[str, str] | None
) -> Callable[[tuple[int, int]], Corners] | None:
    """Return what places a picture of some size, as the options say.

    :raises InvalidInput: an option is no point or place
    :raises UsageError: both were given
    """
    from archive.plans import between, fit

    if points and corners:
        raise click.UsageError("--point and --corners exclude each other.")
    if corners:
        one, other = (_place(text) for text in corners)
        return lambda size: between(one, other)  # noqa: ARG005
    if points:
        known = [_point(text) for text in points]
        return lambda size: fit(*size, known)
    return None


def _place(text: str) -> tuple[float, float]:
    from archive.commands.editing import position_of

    found = position_of(text)
    if found is None or len(found) != 2 or isinstance(found, str):
        raise click.UsageError(f"{text!r} is not a place such as 52.3702,4.8952")
    return found


def _point(text: str) -> Any:  # noqa: ANN401 - a Point
    from archive.errors import InvalidInput
    from archive.plans import Point

    found = _POINT.fullmatch(text)
    try:
        if found:
            return Point(*(float(number) for number in found.groups()))
    except ValueError:
        pass
    raise InvalidInput(f"{text!r} is not a point such as 120,80=52.3702,4.8952")


@maps.command(
    epilog="Example: asbuilt maps tower-4 add ground-floor.png"
    " --corners 52.3702,4.8952 52.3709,4.8966"
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="Else the file's name.")
@placing
@click.option("--attribution", help="Who made it; else as the file says.")
@sub_command
def add(
    where: Where,
    file: Path,
    name: str | None,
    points: tuple[str, ...],
    corners: tuple[str, str] | None,
    attribution: str | None,
) -> dict[str, Any]:
    """Add a picture (PNG, JPEG, …) or a file of picture tiles (PMTiles, MBTiles)."""
    from archive.plans import add_plan

    place = place_of(points, corners)
    with opened(*where) as (archive, who):
        plan = add_plan(archive, who, file, name, place=place, attribution=attribution)
    say(f"added {plan.name}")
    if plan.kind == "image" and plan.corners is None:
        say("it is placed on the map's page, or by asbuilt maps ARCHIVE change")
    return as_json(plan)


@maps.command(epilog="Example: asbuilt maps tower-4 change ground-floor --opacity 0.6")
@click.argument("plan")
@click.option("--name")
@placing
@click.option("--opacity", type=float, help="From 0 (nothing is seen of it) to 1.")
@click.option("--attribution", help="Who made it.")
@sub_command
def change(
    where: Where,
    plan: str,
    points: tuple[str, ...],
    corners: tuple[str, str] | None,
    **values: Any,  # noqa: ANN401
) -> dict[str, Any]:
    """Rename a plan, place it, or say how much it covers."""
    from archive.batches import batch
    from archive.plans import edit_plan, find_plan

    place = place_of(points, corners)
    with opened(*where) as (archive, who), batch(archive.connection, who):
        found = find_plan(archive.connection, plan)
        lies = place(found.size or (1, 1)) if place else None
        found = edit_plan(archive.connection, who, found, corners=lies, **values)
    say(f"changed {found.name}")
    return as_json(found)


@maps.command(epilog="Example: asbuilt maps tower-4 remove ground-floor")
@click.argument("plan")
@sub_command
def remove(where: Where, plan: str) -> dict[str, Any]:
    """Take a plan off the map; its file stays until 'purge'."""
    from archive.batches import batch
    from archive.plans import find_plan, remove_plan

    with opened(*where) as (archive, who), batch(archive.connection, who):
        found = find_plan(archive.connection, plan)
        remove_plan(archive.connection, who, found)
    say(f"removed {found.name}")
    return as_json(found)


@maps.command(epilog="Example: asbuilt maps tower-4 purge")
@click.option("--yes", is_flag=True, help="Do not ask.")
@sub_command
def purge(where: Where, yes: bool) -> dict[str, Any]:
    """Delete the files of removed plans for good."""
    from archive.plans import purge_plans

    confirm("Delete the files of all removed plans for good?", yes=yes)
    with opened(*where) as (archive, who):
        gone = purge_plans(archive, who)
    say(f"deleted {len(gone)} files" if len(gone) != 1 else "deleted 1 file")
    return {"deleted": [path.name for path in gone]}
