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
from archive.commands.verifying import progress
from archive.errors import printable

if TYPE_CHECKING:
    from archive.backups import Taken

COLUMNS = ("name", "taken_at", "title", "photos", "originals", "bytes", "missing")


@click.command(
    epilog="""Examples: asbuilt backup tower-4 /media/stick/tower-4-backup;
    asbuilt backup tower-4 /media/stick/tower-4-backup --list"""
)
@archive_argument
@click.argument("backup_folder", metavar="DEST", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Read also what is in the backup already.")
@click.option("--list", "listing", is_flag=True, help="List the states that are there.")
@as_option
@json_option
def backup(
    folder: Path,
    backup_folder: Path,
    check: bool,
    listing: bool,
    person: str | None,
    as_json: bool,
) -> None:
    """Back the archive up into a folder, while people work with it.

    Each original is there once, and each run adds a state of the database, so that any
    of them can be restored. What is written is read again from the disk and compared.
    Exit code 3: some files of the archive were not to be had; the report names them.
    """
    if listing:
        print_list(
            states(backup_folder), COLUMNS, "jsonl" if as_json else "table", None
        )
        return
    from archive.backups import take

    with opened(folder, person) as (archive, who), ExitStack() as stack:
        told = take(archive, who, backup_folder, check=check, report=progress(stack))
    tell(told)
    if as_json:
        print_json(
            {
                "state": told.name,
                "backup": told.backup,
                "copied": told.copied,
                "bytes": told.bytes,
                "there": told.there,
                "missing": [{"file": n, "problem": why} for n, why in told.missing],
            }
        )
    if not told.is_complete:
        raise click.exceptions.Exit(NOT_ALL)


def states(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the states of a backup, newest first."""
    from archive.backups import list_states

    for state in list_states(folder):
        yield {
            "name": state.name,
            "taken_at": state.taken_at,
            "title": state.title,
            "photos": state.photos,
            "originals": state.originals,
            "bytes": state.bytes,
            "missing": len(state.missing),
        }


def tell(told: Taken) -> None:
    """Say what was done."""
    size = f"{told.bytes / 1e9:,.1f} GB"
    say(f"state {told.name}: {told.copied:,} originals copied ({size}), read again")
    say(f"and found whole; {told.there:,} were there already")
    missing(told.missing)


def missing(files: list[tuple[str, str]]) -> None:
    """Name files that were not to be had."""
    for name, why in files[:TABLE_LIMIT]:
        say(printable(f"originals/{name}: {why}"))
    if files:
        say(f"{len(files):,} originals are missing; 'asbuilt verify' says more")


@click.command(
    epilog="""Examples: asbuilt restore /media/stick/tower-4-backup tower-4;
    asbuilt restore /media/stick/tower-4-backup before --state 20261102"""
)
@click.argument("backup_folder", metavar="BACKUP", type=click.Path(path_type=Path))
@click.argument("folder", metavar="ARCHIVE", type=click.Path(path_type=Path))
@click.option("--state", "name", default="", help="Which (its name's beginning).")
@json_option
def restore(backup_folder: Path, folder: Path, name: str, as_json: bool) -> None:
    """Make an archive of a backup, in a new or empty folder.

    Every file is hashed while it is copied. Exit code 3: some are not in the backup as
    they were; the rest is restored.
    """
    from archive.backups import restore as run

    with ExitStack() as stack:
        told = run(backup_folder, folder, name=name, report=progress(stack))
    state = told.state
    say(f"{folder}: {state.title} as it was at {state.taken_at}")
    say(
        f"{state.photos:,} photos; {told.originals:,} of {state.originals:,} originals,"
    )
    say("hashed while they were copied")
    missing(told.missing)
    if as_json:
        print_json(
            {
                "state": state.name,
                "photos": state.photos,
                "originals": told.originals,
                "of": state.originals,
                "bytes": told.bytes,
                "missing": [{"file": n, "problem": why} for n, why in told.missing],
            }
        )
    if told.missing:
        raise click.exceptions.Exit(NOT_ALL)
