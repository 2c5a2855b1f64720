"""``asbuilt locations``."""

from __future__ import annotations

from pathlib import Path

import click

from archive.commands.common import (
    Lister,
    archive_argument,
    as_option,
    list_options,
    opened,
    print_list,
    say,
)

COLUMNS = ("id", "location", "photos")


@click.group(
    cls=Lister,
    invoke_without_command=True,
    epilog="""Example: asbuilt locations tower-4 add "Tower>Level 3>North wing" """,
)
@archive_argument
@as_option
@list_options
@click.pass_context
def locations(
    context: click.Context,
    folder: Path,
    person: str | None,
    form: str,
    limit: int | None,
) -> None:
    """List the tree of locations, or add, rename, move and delete them."""
    context.obj = (folder, person)
    if context.invoked_subcommand:
        return
    from archive.locations import list_locations
    from archive.rights import viewer

    with opened(folder, person) as (archive, who):
        rows = (
            {
                "id": place.id,
                "uuid": place.uuid,
                "parent_id": place.parent_id,
                "name": place.name,
                "location": place.path,
                "photos": place.photos,
            }
            for place in list_locations(archive.connection, viewer(who))
        )
        print_list(rows, COLUMNS, form, limit)


@locations.command(epilog='Example: asbuilt locations tower-4 add "Tower>Level 3"')
@click.argument("path")
@click.pass_obj
def add(where: tuple[Path, str | None], path: str) -> None:
    """Add a location, with the tiers above it that are missing."""
    from archive.batches import batch
    from archive.locations import find_or_add_location

    with opened(*where) as (archive, who), batch(archive.connection, who) as made:
        place = find_or_add_location(archive.connection, who, made, path)
    say(f"location {place.id}, {place.path}")


@locations.command(
    epilog="Example: asbuilt locations tower-4 rename 'Tower>L3' 'Level 3'"
)
@click.argument("location")
@click.argument("name")
@click.pass_obj
def rename(where: tuple[Path, str | None], location: str, name: str) -> None:
    """Rename a location."""
    from archive.batches import batch
    from archive.locations import find_location, rename_location

    with opened(*where) as (archive, who), batch(archive.connection, who):
        found = find_location(archive.connection, location)
        renamed = rename_location(archive.connection, who, found, name)
    say(f"{found.path} is {renamed.path} now")


@locations.command(
    epilog="Example: asbuilt locations tower-4 move 'Lobby' --under Tower"
)
@click.argument("location")
@click.option("--under", help="New parent; without it the location goes to the top.")
@click.pass_obj
def move(where: tuple[Path, str | None], location: str, under: str | None) -> None:
    """Put a location, with all below it, somewhere else in the tree."""
    from archive.batches import batch
    from archive.locations import find_location, move_location

    with opened(*where) as (archive, who), batch(archive.connection, who):
        found = find_location(archive.connection, location)
        parent = find_location(archive.connection, under) if under else None
        moved = move_location(archive.connection, who, found, parent)
    say(f"{found.path} is {moved.path} now")


@locations.command(epilog="Example: asbuilt locations tower-4 delete 'Tower>Level 13'")
@click.argument("location")
@click.pass_obj
def delete(where: tuple[Path, str | None], location: str) -> None:
    """Delete a location that nothing uses."""
    from archive.batches import batch
    from archive.locations import delete_location, find_location

    with opened(*where) as (archive, who), batch(archive.connection, who):
        found = find_location(archive.connection, location)
        delete_location(archive.connection, who, found)
    say(f"deleted {found.path}")
