"""``asbuilt edit``, ``recycle``, ``retrieve`` and ``purge``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.commands.common import (
    album_named,
    archive_argument,
    as_option,
    confirm,
    json_option,
    opened,
    print_json,
    say,
    say_left_the_log,
    told,
)

if TYPE_CHECKING:
    from archive.batches import Batch
    from archive.database import Archive
    from archive.editing import Edit, Unknown
    from archive.people import Person

photos_argument = click.argument("photos", metavar="PHOTO...", nargs=-1, required=True)
reason_option = click.option("--reason", default="", help="Why; kept in the history.")


def ids_of(archive: Archive, who: Person, photos: tuple[str, ...]) -> list[int]:
    """Return the ids of photos given by uuid, beginning of a uuid, or id."""
    from archive.photos import find_photo_id
    from archive.rights import viewer

    seen = viewer(who)
    return [find_photo_id(archive.connection, photo, seen) for photo in photos]


@click.command(
    epilog="""Example: asbuilt edit tower-4 01a1fdb9-3d28 --description "Slab, level 3"
    --trade Concrete --star"""
)
@archive_argument
@photos_argument
@click.option("--description", help="New description.")
@click.option("--album", help="Move to this album.")
@click.option("--location", help="As in 'Tower>Level 3'; '' for none.")
@click.option("--trade", "trades", multiple=True, help="In place of those there are.")
@click.option("--no-trades", is_flag=True, help="Take all trades off.")
@click.option(
    "--private/--public",
    default=None,
    help="Who may see it. What is private leaves the daily log.",
)
@click.option("--star/--unstar", "starred", default=None)
@click.option("--rotate", type=click.Choice(["90", "180", "270"]), help="Clockwise.")
@click.option(
    "--taken-at", metavar="TIME", help="2026-03-09T14:05[+02:00]; '' as the file says."
)
@click.option("--log-date", metavar="DAY", help="Day of the daily log; '' for none.")
@click.option(
    "--position",
    metavar="LAT,LON",
    help="In degrees; '' as the file says; 'unknown' takes it off the map.",
)
@reason_option
@as_option
@json_option
def edit(
    folder: Path,
    photos: tuple[str, ...],
    reason: str,
    person: str | None,
    as_json: bool,
    **fields: Any,  # noqa: ANN401
) -> None:
    """Change photos. What is not given stays; 'asbuilt undo' takes it back."""
    from archive.batches import batch
    from archive.editing import edit_photos

    with opened(folder, person) as (archive, who):
        ids = ids_of(archive, who, photos)
        with batch(archive.connection, who, reason=reason) as made:
            wanted = edit_of(archive, who, made, **fields)
            count = edit_photos(archive.connection, who, ids, wanted)
        report(archive, made, "edited", count, as_json)
        if fields["log_date"] is None:
            say_left_the_log(archive, made)


def edit_of(
    archive: Archive,
    who: Person,
    made: Any,  # noqa: ANN401
    *,
    album: str | None,
    location: str | None,
    trades: tuple[str, ...],
    no_trades: bool,
    rotate: str | None,
    position: str | None,
    **rest: Any,  # noqa: ANN401
) -> Edit:
    """Return the command's options as an edit, finding what they name.

    :raises UsageError: trades given and taken off at once
    """
    from archive.editing import Edit
    from archive.locations import find_or_add_location
    from archive.trades import find_trade

    if trades and no_trades:
        raise click.UsageError("--trade and --no-trades exclude each other.")
    connection = archive.connection
    place = None if location is None else 0
    if location:
        before = connection.total_changes
        found = find_or_add_location(connection, who, made, location)
        place = found.id
        if connection.total_changes > before:
            say(f"added the location {found.path}")
    return Edit(
        album=album_named(archive, who, album) if album is not None else None,
        location=place,
        trades=tuple(find_trade(connection, name).id for name in trades)
        if trades or no_trades
        else None,
        rotate=int(rotate) if rotate else None,
        position=position_of(position),
        **rest,
    )


def position_of(
    text: str | None,
) -> tuple[float, float] | tuple[()] | Unknown | None:
    """Return ``LAT,LON`` as two numbers.

    :raises InvalidInput: it is something else
    """
    from archive.editing import UNKNOWN
    from archive.errors import InvalidInput

    if not text:
        return None if text is None else ()
    if text == UNKNOWN:
        return UNKNOWN
    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError:
        raise InvalidInput(
            f"{text!r} is not a position such as 52.3702,4.8952"
        ) from None
    return latitude, longitude


def report(archive: Archive, made: Batch, what: str, count: int, as_json: bool) -> None:
    """Say what was done, and how to take it back."""
    photos = "photo" if count == 1 else "photos"
    number = told(archive, made, f"{count:,} {photos} {what}")
    if as_json:
        print_json({"batch": number, what: count if number else 0})


@click.command(epilog="Example: asbuilt recycle tower-4 01a1fdb9-3d28")
@archive_argument
@photos_argument
@reason_option
@as_option
@json_option
def recycle(
    folder: Path,
    photos: tuple[str, ...],
    reason: str,
    person: str | None,
    as_json: bool,
) -> None:
    """Put photos in the recycle bin, where they stay until retrieved or purged."""
    from archive.batches import batch
    from archive.editing import recycle_photos

    with opened(folder, person) as (archive, who):
        ids = ids_of(archive, who, photos)
        with batch(archive.connection, who, reason=reason) as made:
            count = recycle_photos(archive.connection, who, made, ids)
        report(archive, made, "recycled", count, as_json)


@click.command(epilog="Example: asbuilt retrieve tower-4 01a1fdb9-3d28")
@archive_argument
@photos_argument
@reason_option
@as_option
@json_option
def retrieve(
    folder: Path,
    photos: tuple[str, ...],
    reason: str,
    person: str | None,
    as_json: bool,
) -> None:
    """Take photos out of the recycle bin, back to their albums."""
    from archive.batches import batch
    from archive.editing import retrieve_photos

    with opened(folder, person) as (archive, who):
        ids = ids_of(archive, who, photos)
        with batch(archive.connection, who, reason=reason) as made:
            count = retrieve_photos(archive.connection, who, ids)
        report(archive, made, "retrieved", count, as_json)


@click.command(epilog="Example: asbuilt purge tower-4 01a1fdb9-3d28 --yes")
@archive_argument
@photos_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--force",
    is_flag=True,
    help="Though no verified copy is elsewhere; needs --reason.",
)
@reason_option
@as_option
@json_option
def purge(
    folder: Path,
    photos: tuple[str, ...],
    yes: bool,
    force: bool,
    reason: str,
    person: str | None,
    as_json: bool,
) -> None:
    """Delete photos in the recycle bin for good. This cannot be undone.

    Once the archive knows of a copy elsewhere ('asbuilt copies'), only photos go that
    enough verified copies hold.
    """
    from archive.purging import count_sayings, purge_photos

    with opened(folder, person) as (archive, who):
        ids = ids_of(archive, who, photos)
        said = count_sayings(archive.connection, ids)
        confirm(_purge_question(len(ids), *said), yes=yes)
        count = purge_photos(archive, who, ids, reason, force=force)
    say(f"{count:,} purged; a tombstone of each stays")
    if as_json:
        print_json({"purged": count})


def _purge_question(photos: int, comments: int, markups: int) -> str:
    what = "this photo and the original"
    if photos > 1:
        what = f"these {photos:,} photos and the originals"
    counts = ((comments, "comment"), (markups, "markup"))
    more = [f"{n:,} {word}{'s' * (n > 1)}" for n, word in counts if n]
    more_said = f", with {' and '.join(more)}," if more else ""
    return f"Delete {what}{more_said} for good?"
