"""``asbuilt history`` and ``asbuilt undo``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.commands.common import (
    NOT_ALL,
    TABLE_LIMIT,
    archive_argument,
    as_option,
    json_option,
    list_options,
    opened,
    print_json,
    print_list,
    say,
)

if TYPE_CHECKING:
    from archive.database import Archive
    from archive.people import Person

BATCHES = ("id", "at", "by", "origin", "changes", "reason", "undone_by")
CHANGES = ("at", "by", "what", "field", "old", "new", "reason")
PAGE = 500


@click.command(
    epilog="""Examples: asbuilt history tower-4; asbuilt history tower-4 01a1fdb9-3d28;
    asbuilt history tower-4 --check --expect a0017a286af05f0f"""
)
@archive_argument
@click.argument("photo", required=False)
@click.option("--batch", "batch_id", help="All changes of this batch.")
@click.option("--check", is_flag=True, help="Verify that nothing was altered by hand.")
@click.option(
    "--expect",
    "hashes",
    metavar="HASH",
    multiple=True,
    help="With --check: a hash that an earlier check printed must still be in it.",
)
@list_options
@as_option
def history(
    folder: Path,
    photo: str | None,
    batch_id: str | None,
    check: bool,
    hashes: tuple[str, ...],
    form: str,
    limit: int | None,
    person: str | None,
) -> None:
    """Show who changed what, when and why: all of it, one photo's or one batch's."""
    from archive.rights import require

    with opened(folder, person) as (archive, who):
        require(who, "history")
        if check or hashes:
            verify(archive, hashes)
        elif photo:
            print_list(of_photo(archive, who, photo), CHANGES, form, limit)
        else:
            rows = of_batch(archive, batch_id) if batch_id else of_archive(archive)
            columns = CHANGES if batch_id else BATCHES
            print_list(rows, columns, form, limit)


def verify(archive: Archive, hashes: tuple[str, ...]) -> None:
    """Check the whole history and name what is wrong; else print its last hash."""
    from archive.checking import check_contains, check_history
    from archive.history import list_batches

    connection, found = archive.connection, 0
    expected = (check_contains(connection, hash_) for hash_ in hashes)
    for fault in chain(*expected, check_history(connection)):
        found += 1
        if found <= TABLE_LIMIT:
            click.echo(fault.text)
    if found:
        faults = "1 fault" if found == 1 else f"{found:,} faults"
        say(f"{faults}: this archive was altered by other means than asbuilt")
        raise click.exceptions.Exit(1)
    say("the history is whole, and every record is what its history says")
    last = list_batches(connection, limit=1)[0]
    say(f"its last batch is {last.id}, of {last.at}. Keep this hash somewhere else:")
    say("--expect HASH tells whether the history was cut off or written anew since.")
    click.echo(last.hash)


def of_photo(archive: Archive, who: Person, photo: str) -> list[dict[str, Any]]:
    """Return the changes of one photo, oldest first."""
    from archive.photos import get_photo
    from archive.rights import viewer
    from archive.showing import describe

    found = get_photo(archive.connection, photo, viewer(who))
    return list(describe(archive.connection, who, found)["history"])


def of_archive(archive: Archive) -> Iterator[dict[str, Any]]:
    """Yield all batches, newest first."""
    from archive.history import list_batches

    before = None
    while page := list_batches(archive.connection, limit=PAGE, before=before):
        for record in page:
            yield {
                "id": record.id,
                "uuid": record.uuid,
                "run": record.run,
                "at": record.at,
                "by": record.actor,
                "origin": record.origin,
                "changes": record.changes,
                "reason": record.reason,
                "undoes": record.undoes,
                "undone_by": record.undone_by,
                "hash": record.hash,
            }
        before = page[-1].id


def of_batch(archive: Archive, which: str) -> Iterator[dict[str, Any]]:
    """Yield the changes of a batch, or of all batches of a run."""
    from archive.history import changes_of_batch, find_batches, name_changes

    for record in find_batches(archive.connection, which):
        for change in changes_of_batch(archive.connection, record.id):
            named = name_changes(archive.connection, [change])[0]
            yield {
                "at": record.at,
                "by": record.actor,
                "what": f"{named.entity} {named.record_id}",
                "field": named.field or "(all)",
                "old": named.shown_old,
                "new": named.shown_new,
                "reason": record.reason,
            }


@click.command(epilog="Example: asbuilt undo tower-4 17")
@archive_argument
@click.argument("batch")
@as_option
@json_option
def undo(folder: Path, batch: str, person: str | None, as_json: bool) -> None:
    """Take a batch of changes back, or all batches of a run (an import's).

    BATCH is its number or the beginning of its uuid. What changed again since is left
    as it is and named.
    """
    from archive.history import find_batches
    from archive.undo import undo as take_back

    with opened(folder, person) as (archive, who):
        found = find_batches(archive.connection, batch)
        report = take_back(archive.connection, who, found)
    changes = "1 change" if report.undone == 1 else f"{report.undone:,} changes"
    say(f"{changes} taken back, {len(report.kept):,} left as they are")
    for kept in report.kept[:TABLE_LIMIT]:
        field = f", {kept.field}" if kept.field else ""
        say(f"left: {kept.entity} {kept.record_id}{field}: {kept.reason}")
    if as_json:
        print_json(
            {
                "batches": report.batches,
                "undone": report.undone,
                "kept": [
                    {
                        "entity": kept.entity,
                        "id": kept.record_id,
                        "field": kept.field,
                        "reason": kept.reason,
                    }
                    for kept in report.kept
                ],
            }
        )
    if report.kept:
        raise click.exceptions.Exit(NOT_ALL)
