"""``asbuilt albums``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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

COLUMNS = ("id", "name", "photos", "private")


@click.group(
    cls=Lister,
    invoke_without_command=True,
    epilog="""Example: asbuilt albums tower-4 add "Concealed work" """,
)
@archive_argument
@as_option
@list_options
@click.pass_context
def albums(
    context: click.Context,
    folder: Path,
    person: str | None,
    form: str,
    limit: int | None,
) -> None:
    """List albums in their order, or add, rename, move, hide and delete them."""
    context.obj = (folder, person)
    if context.invoked_subcommand:
        return
    from archive.albums import list_albums
    from archive.rights import viewer

    with opened(folder, person) as (archive, who):
        found = list_albums(archive.connection, viewer(who))
        print_list((as_json(album) for album in found), COLUMNS, form, limit)


def as_json(album: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return an album as it is listed."""
    return {
        "id": album.id,
        "uuid": album.uuid,
        "name": album.name,
        "private": album.private,
        "photos": album.photos,
        "cover_photo_id": album.cover_photo_id,
    }


@albums.command(epilog='Example: asbuilt albums tower-4 add "Concealed work"')
@click.argument("name")
@click.option(
    "--private", is_flag=True, help="Only for those who may see private ones."
)
@click.pass_obj
def add(where: tuple[Path, str | None], name: str, private: bool) -> None:
    """Add an album."""
    from archive.albums import add_album
    from archive.batches import batch

    with opened(*where) as (archive, who), batch(archive.connection, who) as made:
        album = add_album(archive.connection, who, made, name, private=private)
    say(f"added album {album.id}, {album.name}")


@albums.command(epilog="Example: asbuilt albums tower-4 rename Concealed 'Covered up'")
@click.argument("album")
@click.argument("name")
@click.pass_obj
def rename(where: tuple[Path, str | None], album: str, name: str) -> None:
    """Rename an album."""
    from archive.albums import find_album, rename_album
    from archive.batches import batch

    with opened(*where) as (archive, who), batch(archive.connection, who):
        found = find_album(archive.connection, album)
        rename_album(archive.connection, who, found, name)
    say(f"renamed {found.name} to {name}")


@albums.command(epilog="Example: asbuilt albums tower-4 move Safety --before Progress")
@click.argument("album")
@click.option("--before", help="Album to put it before; else it goes to the end.")
@click.pass_obj
def move(where: tuple[Path, str | None], album: str, before: str | None) -> None:
    """Change the place of an album in the list."""
    from archive.albums import find_album, move_album
    from archive.batches import batch

    with opened(*where) as (archive, who), batch(archive.connection, who):
        found = find_album(archive.connection, album)
        next_one = find_album(archive.connection, before) if before else None
        move_album(archive.connection, who, found, next_one)
    say(f"moved {found.name} {'before ' + next_one.name if next_one else 'to the end'}")


@albums.command(epilog="Example: asbuilt albums tower-4 private Claims")
@click.argument("album")
@click.option("--off", is_flag=True, help="Make it public; its photos stay private.")
@click.pass_obj
def private(where: tuple[Path, str | None], album: str, off: bool) -> None:
    """Make an album private, and every photo in it."""
    from archive.albums import find_album, set_album_private
    from archive.batches import batch

    with opened(*where) as (archive, who), batch(archive.connection, who):
        found = find_album(archive.connection, album)
        set_album_private(archive.connection, who, found, private=not off)
    say(f"{found.name} is {'public' if off else 'private'} now")


@albums.command(epilog="Example: asbuilt albums tower-4 cover Progress 01a1fdb9-3d28")
@click.argument("album")
@click.argument("photo", required=False)
@click.pass_obj
def cover(where: tuple[Path, str | None], album: str, photo: str | None) -> None:
    """Choose an album's cover; without PHOTO the newest one stands in."""
    from archive.albums import find_album, set_cover
    from archive.batches import batch
    from archive.photos import find_photo_id
    from archive.rights import viewer

    with opened(*where) as (archive, who), batch(archive.connection, who):
        connection = archive.connection
        found = find_album(connection, album)
        chosen = find_photo_id(connection, photo, viewer(who)) if photo else None
        set_cover(connection, who, found, chosen)
    say(f"{found.name}: cover {'chosen' if photo else 'left to the newest photo'}")


@albums.command(epilog="Example: asbuilt albums tower-4 delete Deliveries")
@click.argument("album")
@click.pass_obj
def delete(where: tuple[Path, str | None], album: str) -> None:
    """Delete an album; its photos go to the recycle bin."""
    from archive.albums import delete_album, find_album
    from archive.batches import batch

    with opened(*where) as (archive, who), batch(archive.connection, who) as made:
        found = find_album(archive.connection, album)
        count = delete_album(archive.connection, who, made, found)
    say(
        f"deleted {found.name}; {count:,} photos are in the recycle bin"
        f" (to take it back: asbuilt undo ARCHIVE {made.id})"
    )
