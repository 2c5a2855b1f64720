"""``asbuilt exchange verify`` and ``prune``: what lies on a stick, and need not."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.commands.common import (
    archive_argument,
    as_option,
    confirm,
    json_option,
    opened,
    print_json,
    say,
)
from archive.errors import printable

if TYPE_CHECKING:
    from sync.bundles.checking import Checked


@click.command(
    epilog="Example: asbuilt exchange verify /media/stick",
)
@click.argument(
    "stick", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False)
)
@json_option
def verify(stick: Path, as_json: bool) -> None:
    """Read all bundles in a folder, and say what each is good for.

    No archive is needed for that, and nothing is written. Exit code 1: one of them is
    not as it was written.
    """
    from sync.bundles.checking import check

    found = []
    for one in check(stick):
        say(f"{printable(one.found.path.name)}: {line(one)}")
        found.append(one)
    if not found:
        say("no bundle lies there")
    if as_json:
        print_json({"bundles": [one.as_json() for one in found]})
    if any(one.found.state == "torn" for one in found):
        raise click.exceptions.Exit(1)


def line(one: Checked) -> str:
    """Return what a bundle is good for, in a sentence."""
    found = one.found
    if found.state == "newer":
        return "was written by a newer version of asbuilt"
    if found.state == "torn":
        return (
            f"not whole: {printable(found.why)}; {one.saved:,} originals can be saved"
        )
    name = printable(found.heading.name) if found.heading else ""
    records = sum(one.records.values())
    return (
        f"whole: {records:,} records of {name!r}, {one.originals:,} originals"
        f" ({one.bytes / 1e6:,.1f} MB)"
    )


@click.command(epilog="Example: asbuilt exchange prune tower-4 /media/stick")
@archive_argument
@click.argument(
    "stick", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False)
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_option
@json_option
def prune(
    folder: Path, stick: Path, yes: bool, person: str | None, as_json: bool
) -> None:
    """Remove this laptop's older bundles from a folder, as a later one has it all.

    That is the last one written with 'exchange export --full'. It is read first, all of
    it. What other laptops wrote stays.
    """
    from sync.exchanging.pruning import prune as prune_folder

    confirm(f"Remove this laptop's older bundles from {stick}", yes=yes)
    with opened(folder, person) as (archive, who):
        done = prune_folder(archive, who, stick)
    say(
        f"{len(done.removed):,} bundles removed ({done.bytes / 1e6:,.1f} MB of"
        f" originals): {done.by} has it all"
    )
    for name in done.kept:
        say(
            f"kept: {name}: it, or one after it, has originals that are in no later one"
        )
    if as_json:
        print_json(asdict(done))
