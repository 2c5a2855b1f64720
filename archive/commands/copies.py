"""``asbuilt copies``: who else has the originals, and since when that is known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from archive.commands.common import (
    NOT_ALL,
    Where,
    as_option,
    json_option,
    lister,
    opened,
    print_json,
    say,
    sub_command,
)
from archive.commands.verifying import progress, seconds

if TYPE_CHECKING:
    from archive.database import Archive
    from archive.keeping import Copy
    from archive.people import Person

COLUMNS = ("name", "kind", "where", "held", "of", "verified", "newest", "reachable")


@lister(COLUMNS, epilog="Example: asbuilt copies tower-4 check Stick")
def copies(archive: Archive, who: Person) -> Iterator[dict[str, Any]]:
    """List the copies of the originals, or add, check and forget them.

    'verified' is when what was read longest ago in a copy was read, in full. A disk
    that is not connected is absent, not empty: what it held stays known with its date.
    'asbuilt purge' counts these.
    """
    from archive.keeping import list_copies
    from archive.keeping.held import held_here
    from archive.rights import require

    require(who, "history")
    connection = archive.connection
    yield _row("this archive", "archive", ".", held_here(connection), True)
    for copy in list_copies(connection):
        yield as_row(archive, copy)


def as_row(archive: Archive, copy: Copy) -> dict[str, Any]:
    """Return a copy as it is listed."""
    from archive.keeping.held import holding
    from archive.keeping.places import is_reachable, place_of

    place = place_of(copy)
    held = holding(archive.connection, copy)
    row = _row(copy.name, copy.kind, place, held, is_reachable(copy, place))
    return {**row, "uuid": copy.uuid, "added_at": copy.added_at}


def _row(name: str, kind: str, place: Any, held: Any, reachable: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "name": name,
        "kind": kind,
        "where": place,
        "held": held.originals,
        "of": held.of,
        "verified": held.oldest,
        "newest": held.newest,
        "reachable": reachable,
    }


@copies.command(epilog="Example: asbuilt copies tower-4 add /media/nas/tower-4")
@click.argument("place")
@click.option("--name", default="", help="What people call it.")
@sub_command
def add(where: Where, place: str, name: str) -> dict[str, Any]:
    """Know a backup, or another archive's folder, as a copy.

    What it holds counts once it was checked. 'asbuilt backup' adds its own.
    """
    from archive.keeping.checking import add_place

    with opened(*where) as (archive, who):
        copy = add_place(archive, who, place, name)
        say(f"{copy.name} is known; 'asbuilt copies ARCHIVE check' reads what it holds")
        return as_row(archive, copy)


@copies.command(epilog="Example: asbuilt copies tower-4 check Stick --for 20m")
@click.argument("copy")
@click.option("--at", "place", help="Where it is now, if not where it last was.")
@click.option(
    "--for",
    "budget",
    metavar="TIME",
    callback=seconds,
    help="Begin no file after 90s, 20m, 2h; what was read longest ago comes first.",
)
@as_option
@json_option
def check(
    copy: str,
    place: str | None,
    budget: float | None,
    person: str | None,
    as_json: bool,
) -> None:
    """Read every original in a copy in full, and note what it holds.

    Exit code 1: it lacks some, or has other bytes; 3: there was not time for all.
    """
    from archive.keeping import find_copy
    from archive.keeping.checking import check_copy

    folder, outer = click.get_current_context().obj
    with opened(folder, person or outer) as (archive, who), ExitStack() as stack:
        found = find_copy(archive.connection, copy)
        told = check_copy(
            archive, who, found, place=place, seconds=budget, report=progress(stack)
        )
        row = as_row(archive, found)
    good = "1 original is" if told.good == 1 else f"{told.good:,} originals are"
    say(f"{found.name}: {good} there as {'it' if told.good == 1 else 'they'} should be")
    if told.bad:
        bad = "1 is" if told.bad == 1 else f"{told.bad:,} are"
        again = found.kind in {"backup", "bucket"}
        out = "; back up again with --check" if again else ""
        say(f"{bad} absent there, or damaged{out}")
    if told.left:
        say(f"{told.left:,} left for the next time")
    if as_json:
        print_json({**row, "good": told.good, "bad": told.bad, "left": told.left})
    if told.bad or told.left:
        raise click.exceptions.Exit(1 if told.bad else NOT_ALL)


@copies.command(epilog="Example: asbuilt copies tower-4 forget 'Old stick'")
@click.argument("copy")
@sub_command
def forget(where: Where, copy: str) -> dict[str, Any]:
    """Count on a copy no longer. Nothing in it is touched."""
    from archive.keeping import find_copy
    from archive.keeping.checking import forget as forget_it

    with opened(*where) as (archive, who):
        found = find_copy(archive.connection, copy)
        row = as_row(archive, found)
        forget_it(archive, who, found)
    say(f"{found.name} is counted on no longer")
    return row
