"""``asbuilt backup`` and ``asbuilt restore``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.commands.common import (
    NOT_ALL,
    TABLE_LIMIT,
    archive_argument,
    as_option,
    json_option,
    opened,
    print_json,
    print_list,
    say,
)
from archive.commands.verifying import in_bytes, progress
from archive.errors import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.backups import Taken
    from archive.backups.reports import Lacking
    from archive.database import Archive
    from archive.keeping import Copy
    from archive.people import Person

COLUMNS = ("name", "taken_at", "title", "photos", "originals", "bytes", "missing")


@click.command(
    epilog="""Examples: asbuilt backup tower-4 /media/stick/tower-4-backup;
    asbuilt backup tower-4 s3://site-photos/tower-4;
    asbuilt backup tower-4 /media/stick/tower-4-backup --list"""
)
@archive_argument
@click.argument("place", metavar="DEST")
@click.option("--check", is_flag=True, help="Read also what is in the backup already.")
@click.option("--list", "listing", is_flag=True, help="List the states that are there.")
@as_option
@json_option
def backup(
    folder: Path,
    place: str,
    check: bool,
    listing: bool,
    person: str | None,
    as_json: bool,
) -> None:
    """Back the archive up into a folder or a bucket, while people work with it.

    Each original is there once, and each run adds a state of the database, so that any
    of them can be restored. What is written is read again and compared. The archive
    knows the backup as a copy from then on ('asbuilt copies'). Exit code 3: some files
    of the archive were not to be had; the report names them.

    DEST may be s3://bucket/beginning (needs asbuilt[s3]): AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT_URL say who and where.
    """
    if listing:
        print_list(states(place), COLUMNS, "jsonl" if as_json else "table", None)
        return
    with opened(folder, person) as (archive, who), ExitStack() as stack:
        told = run(archive, who, place, check, progress(stack))
        before = [copy.name for copy in were_here(archive, told)]
    tell(told)
    for name in before:
        say(f"{name} was here before: if it is no more, 'asbuilt copies' forgets it")
    if as_json:
        print_json(
            {
                "state": told.name,
                "backup": told.backup,
                "copied": told.copied,
                "bytes": told.bytes,
                "there": told.there,
                "lacking": told.lacking,
                "missing": [{"file": n, "problem": why} for n, why in told.missing],
            }
        )
    if not told.is_complete:
        raise click.exceptions.Exit(NOT_ALL)


def run(
    archive: Archive,
    who: Person,
    place: str,
    check: bool,
    report: Callable[[int, int], None],
) -> Taken:
    """Back up into a folder, or a bucket."""
    from archive.backups import take
    from archive.keeping.places import URL

    if not place.startswith(URL):
        return take(archive, who, Path(place), check=check, report=report)
    from archive.backups.buckets import open_bucket
    from archive.backups.sending import send

    return send(archive, who, open_bucket(place), check=check, report=report)


def were_here(archive: Archive, told: Taken) -> list[Copy]:
    """Return the copies that were last found where this backup is now."""
    from archive.keeping import find_copy
    from archive.keeping.places import beside

    return beside(archive.connection, find_copy(archive.connection, told.backup))


def states(place: str) -> Iterator[dict[str, Any]]:
    """Yield the states of a backup, newest first."""
    from archive.backups.buckets import source_of

    for state in source_of(place).states():
        yield {
            "name": state.name,
            "taken_at": state.taken_at,
            "title": state.title,
            "photos": state.photos,
            "originals": state.originals,
            "bytes": state.bytes,
            "missing": state.lacking,
        }


def tell(told: Taken) -> None:
    """Say what was done."""
    size = in_bytes(told.bytes)
    copied = "1 original" if told.copied == 1 else f"{told.copied:,} originals"
    say(f"state {told.name}: {copied} copied ({size}), read again")
    there = "1 was" if told.there == 1 else f"{told.there:,} were"
    say(f"and found whole; {there} there already")
    missing(told)


def missing(told: Lacking) -> None:
    """Name files that were not to be had."""
    for name, why in told.missing[:TABLE_LIMIT]:
        shown = name if name.startswith("maps/") else f"originals/{name}"
        say(printable(f"{shown}: {why}"))
    if told.lacking:
        files = "1 file is" if told.lacking == 1 else f"{told.lacking:,} files are"
        say(f"{files} missing; 'asbuilt verify' says more")


@click.command(
    epilog="""Examples: asbuilt restore /media/stick/tower-4-backup tower-4;
    asbuilt restore /media/stick/tower-4-backup before --state 20261102"""
)
@click.argument("place", metavar="BACKUP")
@click.argument("folder", metavar="ARCHIVE", type=click.Path(path_type=Path))
@click.option("--state", "name", default="", help="Which (its name's beginning).")
@json_option
def restore(place: str, folder: Path, name: str, as_json: bool) -> None:
    """Make an archive of a backup, in a new or empty folder.

    BACKUP is a folder or, as for 'asbuilt backup', s3://bucket/beginning. Every file is
    hashed while it is copied; a run that was cut off is gone on with by the next. Exit
    code 3: some are not in the backup as they were; the rest is restored.
    """
    from archive.backups import restore as make
    from archive.keeping.places import URL

    backup_ = place if place.startswith(URL) else Path(place)
    with ExitStack() as stack:
        told = make(backup_, folder, name=name, report=progress(stack))
    state = told.state
    say(f"{folder}: {state.title} as it was at {state.taken_at}")
    say(
        f"{state.photos:,} photos; {told.originals:,} of {state.originals:,} originals,"
    )
    say("hashed while they were copied")
    if told.ended is not None:
        say(
            f"passwords are those of then; {told.ended:,} sessions, links and the like"
            " were ended, as they may have been revoked since"
        )
    missing(told)
    if as_json:
        print_json(
            {
                "state": state.name,
                "photos": state.photos,
                "originals": told.originals,
                "of": state.originals,
                "bytes": told.bytes,
                "ended": told.ended,
                "lacking": told.lacking,
                "missing": [{"file": n, "problem": why} for n, why in told.missing],
            }
        )
    if told.lacking:
        raise click.exceptions.Exit(NOT_ALL)
