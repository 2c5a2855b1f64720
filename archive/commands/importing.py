"""``asbuilt import``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.commands.common import (
    NOT_ALL,
    archive_argument,
    as_option,
    isolated,
    json_option,
    opened,
    print_json,
    say,
    undo_hint,
)
from archive.errors import printable

if TYPE_CHECKING:
    from archive.importing import ImportReport

SHOWN = 40  # refusals listed on the terminal; --json has all


@click.command(
    name="import",
    epilog="""Example: asbuilt import tower-4 /media/stick/DCIM --album Progress
    --location "Tower>Level 3" --trade Concrete""",
)
@archive_argument
@click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--album", help="Album for these photos; made if it is not there.")
@click.option("--location", help="Where they were taken, as in 'Tower>Level 3'.")
@click.option("--trade", "trades", multiple=True, help="Trade; may be given again.")
@click.option("--description", default="", help="Description for each of them.")
@click.option("--private", is_flag=True, default=None, help="Mark them private.")
@click.option("--starred", is_flag=True, help="Star them.")
@click.option("--daily-log", is_flag=True, help="Also in the daily log of their day.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=lambda: os.cpu_count() or 1,
    show_default="one a core",
    help="Processes that read files and make thumbnails.",
)
@click.option(
    "--no-thumbnails",
    is_flag=True,
    help="Make thumbnails when they are first looked at, not now.",
)
@click.option(
    "--include-purged", is_flag=True, help="Also photos once deleted for good."
)
@click.option(
    "--checksum",
    is_flag=True,
    help="Read every file again, also where size and time of change say it is known.",
)
@as_option
@json_option
def import_(
    folder: Path,
    paths: tuple[Path, ...],
    jobs: int,
    no_thumbnails: bool,
    include_purged: bool,
    person: str | None,
    as_json: bool,
    **options: object,
) -> None:
    """Add photos from files, folders and zips. Nothing is ever written to them.

    A file is known by the SHA-256 of its bytes. One that was read before and has the
    same path, size and time of change is taken for the same, unread; --checksum reads
    it again (a stick that lost bits, a program that puts the old time back).

    A close-out package (asbuilt export package), a folder or a zip, is taken in whole,
    with all that was known of its photos: see docs/package.md. It is given alone.
    """
    from archive.importing import ImportOptions, import_photos
    from archive.importing.bags import is_package
    from archive.rights import allowed

    wanted = ImportOptions(purged_too=include_purged, **options)  # type: ignore[arg-type]
    is_one = any(is_package(path) for path in paths)
    if is_one and (
        len(paths) > 1 or wanted != ImportOptions(purged_too=include_purged)
    ):
        raise click.UsageError("a close-out package is taken in alone, as it is")
    take: Callable[..., ImportReport] = partial(import_photos, options=wanted)
    if is_one:
        from archive.importing.packages import import_package

        take = partial(import_package, purged_too=include_purged)
    with opened(folder, person) as (archive, who), told_when_stopped():
        report = take(
            archive,
            who,
            paths[0] if is_one else paths,
            workers=jobs,
            renditions=not no_thumbnails,
            progress=progress(),
        )
    tell(report, folder, undoable=allowed(who, "recycle"))
    if as_json:
        print_json(report.as_json(), indent=None)
    if report.refused:
        raise click.exceptions.Exit(NOT_ALL)


def progress() -> Callable[[ImportReport], None] | None:
    """Return what shows a running count on a terminal, or None elsewhere."""
    if not sys.stderr.isatty():
        return None

    def show(report: ImportReport) -> None:
        click.echo(f"\r{counts(report)} ", err=True, nl=False)

    return show


def counts(report: ImportReport) -> str:
    """Return the report in one line."""
    return (
        f"{len(report.imported):,} imported, {len(report.duplicates):,} already there,"
        f" {len(report.refused):,} refused"
    )


@contextmanager
def told_when_stopped() -> Iterator[None]:
    """Say what Ctrl-C leaves behind: whole photos, and a command to run again."""
    try:
        yield
    except KeyboardInterrupt:
        say("\nwhat was imported so far stays; the same command again does the rest")
        raise


def tell(report: ImportReport, folder: Path, *, undoable: bool) -> None:
    """Say on stderr what was done, and what was not and why.

    :param undoable: whether the person may put photos in the recycle bin
    """
    if sys.stderr.isatty():
        click.echo("\r", err=True, nl=False)
    say(counts(report))
    if report.imported and undoable:
        say(undo_hint(folder, report.run))
    for path, note in report.notes[:SHOWN]:
        say(f"note: {isolated(printable(path), err=True)}: {note}")
    for refusal in report.refused[:SHOWN]:
        path = isolated(printable(refusal.path), err=True)
        say(f"refused: {path}: {refusal.reason}")
    left = max(0, len(report.notes) - SHOWN) + max(0, len(report.refused) - SHOWN)
    if left:
        say(f"… and {left:,} more notes and refusals; --json lists all")
