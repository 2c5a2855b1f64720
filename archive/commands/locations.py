"""``asbuilt locations``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from archive.commands.common import (
    Where,
    lister,
    opened,
    say,
    sub_command,
)

if TYPE_CHECKING:
    from archive.database import Archive
    from archive.people import Person

COLUMNS = ("id", "location", "photos")


@lister(
    COLUMNS,
    epilog="""Example: asbuilt locations tower-4 add "Tower>Level 3>North wing" """,
)
def locations(archive: Archive, who: Person) -> Iterator[dict[str, Any]]:
    """List the tree of locations, or add, rename, move and delete them."""
    from archive.locations import list_locations
    from archive.rights import require, viewer

    require(who, "view")
    found = list_locations(archive.connection, viewer(who))
    return ({**as_json(place), "photos": place.photos} for place in found)


def as_json(place: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a location as it is listed, without the count of its photos."""
    return {
        "id": place.id,
        "uuid": place.uuid,
        "parent_id": place.parent_id,
        "name": place.name,
        "location": place.path,
    }


@locations.command(epilog='Example: asbuilt locations tower-4 add "Tower>Level 3"')
@click.argument("path")
@sub_command
def add(where: Where, path: str) -> dict[str, Any]:
    """Add a location, with the tiers above it that are missing."""
    from archive.batches import batch, is_kept
    from archive.locations import find_or_add_location

    with opened(*where) as (archive, who):
        with batch(archive.connection, who) as made:
            place = find_or_add_location(archive.connection, who, made, path)
        new = is_kept(archive.connection, made)
    what = "added location" if new else "there is already location"
    say(f"{what} {place.id}, {place.path}")
    return as_json(place)


@locations.command(
    epilog="Example: asbuilt locations tower-4 rename 'Tower>L3' 'Level 3'"
)
@click.argument("location")
@click.argument("name")
@sub_command
def rename(where: Where, location: str, name: str) -> dict[str, Any]:
    """Rename a location."""
    from archive.batches import batch
    from archive.locations import find_location, rename_location

    with opened(*where) as (archive, who), batch(archive.connection, who):
        found = find_location(archive.connection, location)
        renamed = rename_location(archive.connection, who, found, name)
    say(f"{found.path} is {renamed.path} now")
    return as_json(renamed)


@locations.command(
    epilog="Example: asbuilt locations tower-4 move 'Lobby' --under Tower"
)
@click.argument("location")
@click.option("--under", help="New parent; without it the location goes to the top.")
@sub_command
def move(where: Where, location: str, under: str | None) -> dict[str, Any]:
    """Put a location, with all below it, somewhere else in the tree."""
    from archive.batches import batch
    from archive.locations import find_location, move_location

    with opened(*where) as (archive, who), batch(archive.connection, who):
        found = find_location(archive.connection, location)
        parent = find_location(archive.connection, under) if under else None
        moved = move_location(archive.connection, who, found, parent)
    say(f"{found.path} is {moved.path} now")
    return as_json(moved)


@locations.command(epilog="Example: asbuilt locations tower-4 delete 'Tower>Level 13'")
@click.argument("location")
@sub_command
def delete(where: Where, location: str) -> dict[str, Any]:
    """Delete a location that nothing uses."""
    from archive.batches import batch
    from archive.locations import delete_location, find_location

    with opened(*where) as (archive, who), batch(archive.connection, who):
        found = find_location(archive.connection, location)
        delete_location(archive.connection, who, found)
    say(f"deleted {found.path}")
    return as_json(found)
