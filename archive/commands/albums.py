"""``asbuilt albums``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from archive.commands.common import (
    Where,
    album_named,
    lister,
    opened,
    say,
    say_left_the_log,
    sub_command,
    told,
)

if TYPE_CHECKING:
    from archive.database import Archive
    from archive.people import Person

COLUMNS = ("id", "name", "photos", "private")


@lister(
    COLUMNS,
    epilog="""Example: asbuilt albums tower-4 add "Concealed work" """,
)
def albums(archive: Archive, who: Person) -> Iterator[dict[str, Any]]:
    """List albums in their order, or add, rename, move, hide and delete them."""
    from archive.albums import list_albums
    from archive.rights import require, viewer

    require(who, "view")
    found = list_albums(archive.connection, viewer(who))
    return ({**as_json(album), "photos": album.photos} for album in found)


def as_json(album: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return an album as it is listed, without the count of its photos."""
    return {
        "id": album.id,
        "uuid": album.uuid,
        "name": album.name,
        "private": album.private,
        "cover_photo_id": album.cover_photo_id,
    }


@albums.command(epilog='Example: asbuilt albums tower-4 add "Concealed work"')
@click.argument("name")
@click.option(
    "--private", is_flag=True, help="Only for those who may see private ones."
)
@sub_command
def add(where: Where, name: str, private: bool) -> dict[str, Any]:
    """Add an album."""
    from archive.albums import add_album
    from archive.batches import batch

    with opened(*where) as (archive, who), batch(archive.connection, who) as made:
        album = add_album(archive.connection, who, made, name, private=private)
    say(f"added album {album.id}, {album.name}")
    return as_json(album)


@albums.command(epilog="Example: asbuilt albums tower-4 rename Concealed 'Covered up'")
@click.argument("album")
@click.argument("name")
@sub_command
def rename(where: Where, album: str, name: str) -> dict[str, Any]:
    """Rename an album."""
    from archive.albums import rename_album
    from archive.batches import batch

    with opened(*where) as (archive, who), batch(archive.connection, who):
        found = album_named(archive, who, album)
        renamed = rename_album(archive.connection, who, found, name)
    say(f"renamed {found.name} to {renamed.name}")
    return as_json(renamed)


@albums.command(epilog="Example: asbuilt albums tower-4 move Safety --before Progress")
@click.argument("album")
@click.option("--before", help="Album to put it before; else it goes to the end.")
@sub_command
def move(where: Where, album: str, before: str | None) -> dict[str, Any]:
    """Change the place of an album in the list."""
    from archive.albums import move_album
    from archive.batches import batch

    with opened(*where) as (archive, who), batch(archive.connection, who):
        found = album_named(archive, who, album)
        next_one = album_named(archive, who, before) if before else None
        move_album(archive.connection, who, found, next_one)
    say(f"moved {found.name} {'before ' + next_one.name if next_one else 'to the end'}")
    return as_json(found)


@albums.command(epilog="Example: asbuilt albums tower-4 private Claims")
@click.argument("album")
@click.option("--off", is_flag=True, help="Make it public; its photos stay private.")
@sub_command
def private(where: Where, album: str, off: bool) -> dict[str, Any]:
    """Make an album private, and every photo in it."""
    from archive.albums import set_album_private
    from archive.batches import batch

    with opened(*where) as (archive, who):
        with batch(archive.connection, who) as made:
            found = album_named(archive, who, album)
            found = set_album_private(archive.connection, who, found, private=not off)
        say(f"{found.name} is {'public' if off else 'private'} now")
        say_left_the_log(archive, made)
    return as_json(found)


@albums.command(epilog="Example: asbuilt albums tower-4 cover Progress 01a1fdb9-3d28")
@click.argument("album")
@click.argument("photo", required=False)
@sub_command
def cover(where: Where, album: str, photo: str | None) -> dict[str, Any]:
    """Choose an album's cover; without PHOTO the newest one stands in."""
    from archive.albums import set_cover
    from archive.batches import batch
    from archive.photos import find_photo_id
    from archive.rights import viewer

    with opened(*where) as (archive, who), batch(archive.connection, who):
        connection = archive.connection
        found = album_named(archive, who, album)
        chosen = find_photo_id(connection, photo, viewer(who)) if photo else None
        found = set_cover(connection, who, found, chosen)
    say(f"{found.name}: cover {'chosen' if photo else 'left to the newest photo'}")
    return as_json(found)


@albums.command(epilog="Example: asbuilt albums tower-4 delete Deliveries")
@click.argument("album")
@sub_command
def delete(where: Where, album: str) -> dict[str, Any]:
    """Delete an album; its photos go to the recycle bin."""
    from archive.albums import delete_album
    from archive.batches import batch

    with opened(*where) as (archive, who):
        with batch(archive.connection, who) as made:
            found = album_named(archive, who, album)
            count = delete_album(archive.connection, who, made, found)
        photos = "1 photo is" if count == 1 else f"{count:,} photos are"
        told(archive, made, f"deleted {found.name}; {photos} in the recycle bin")
    return {"id": found.id, "name": found.name, "recycled": count, "batch": made.id}
