"""``asbuilt exchange``: laptop to laptop, by a stick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.commands.common import (
    NOT_ALL,
    Lister,
    as_option,
    confirm,
    json_option,
    opened,
    owner_name,
    print_json,
    say,
    undo_hint,
)
from archive.errors import printable
from sync.commands import sticks

if TYPE_CHECKING:
    from archive.database import Archive
    from sync.exchanging.importing import Imported, Taken

folder_argument = click.argument(
    "stick", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False)
)
archive_path = click.argument(
    "folder", metavar="ARCHIVE", type=click.Path(path_type=Path, file_okay=False)
)


@click.group(
    cls=Lister,
    epilog="""Examples: asbuilt exchange export tower-4 /media/stick; on the other
    laptop: asbuilt exchange import tower-4 /media/stick""",
)
def exchange() -> None:
    """Bring laptops together that hold one archive, by a stick and without a network.

    What each has made is told to all, in any order and as often as one likes.
    """


@exchange.command(
    "export", epilog="Example: asbuilt exchange export tower-4 /media/stick"
)
@archive_path
@folder_argument
@click.option("--full", is_flag=True, help="Everything, whatever is on the stick.")
@click.option("--fast", is_flag=True, help="Do not read again what was copied.")
@as_option
@json_option
def export_(
    folder: Path,
    stick: Path,
    full: bool,
    fast: bool,
    person: str | None,
    as_json: bool,
) -> None:
    """Write to a folder what was changed here and is not in it yet."""
    from sync.exchanging.exporting import export

    with opened(folder, person) as (archive, who):
        done = export(archive, who, stick, full=full, fast=fast)
    written = done.written
    if done.acknowledged:
        say(f"{done.acknowledged:,} originals are verified on other laptops")
    if written is None:
        say("the folder has it all")
    else:
        what = f"since bundle {done.since}" if done.since else "all that is here"
        say(
            f"{written.records:,} records and {written.blobs:,} originals"
            f" ({written.bytes / 1e6:,.1f} MB), {what}: {written.path.name}"
        )
        if done.kinds:
            say(f"  {counted(done.kinds)}")
        for sha256, why in written.missing:
            say(f"left out: {sha256[:16]}: {printable(why)}")
    if as_json:
        print_json(
            {
                "bundle": written.path.name if written else None,
                "records": written.records if written else 0,
                "kinds": dict(done.kinds),
                "originals": written.blobs if written else 0,
                "bytes": written.bytes if written else 0,
                "since": done.since,
                "missing": [one for one, _ in written.missing] if written else [],
                "acknowledged": done.acknowledged,
            }
        )
    if written and written.missing:
        raise click.exceptions.Exit(NOT_ALL)


@exchange.command(
    "import",
    epilog="""Examples: asbuilt exchange import tower-4 /media/stick; a laptop that has
    no archive yet gets one: asbuilt exchange import new-folder /media/stick""",
)
@archive_path
@folder_argument
@click.option(
    "--merge-archives",
    is_flag=True,
    help="Also what another archive's laptop told: both become one.",
)
@as_option
@json_option
def import_(
    folder: Path,
    stick: Path,
    merge_archives: bool,
    person: str | None,
    as_json: bool,
) -> None:
    """Take in what other laptops wrote to a folder, and leave word of it there.

    Where both changed the same, both values are kept: 'asbuilt conflicts' shows them.
    Exit code 3: something is not here yet, and why.
    """
    from sync.exchanging.importing import import_all
    from sync.exchanging.starting import begin

    if begin(folder, stick, owner_name()):
        say(f"Made an archive in {folder}")
    with opened(folder, person) as (archive, who):
        done = import_all(archive, who, stick, merge_archives=merge_archives)
        tell(done)
        _develop(archive, done)
    if done.is_undoable:
        say(undo_hint(folder, done.run))
    if as_json:
        print_json(as_plain(done))
    if not done.is_complete:
        raise click.exceptions.Exit(NOT_ALL)


def _develop(archive: Archive, done: Imported) -> None:
    """Make the pictures of files that came: all else is done by then."""
    landed = sorted({sha256 for one in done.taken for sha256 in one.landed})
    if not landed:
        return
    from archive.cache import open_cache
    from archive.jobs.developing import develop_files

    with open_cache(archive.folder) as cache:
        develop_files(archive, cache, landed)


def tell(done: Imported) -> None:
    """Say what was taken in, what was not and why."""
    if not done.taken:
        say("nobody else has told anything there")
    for one in done.taken:
        say(f"{printable(one.path.name)}: {line(one)}")
        if one.kinds:
            say(f"  {counted(one.kinds)}")
        for which, why in one.refused:
            say(f"  refused: {printable(which)}: {printable(why)}")
    if done.silent:
        say(f"no word of it could be left there: {printable(done.silent)}")
    if done.conflicts:
        say(f"{done.conflicts:,} to decide: asbuilt conflicts ARCHIVE")
    if done.waiting:
        say(f"{done.waiting:,} records refer to what is not here yet")


def counted(kinds: Mapping[str, int]) -> str:
    """Return how many records of each kind there are: ``2 photos, 1 markup``."""
    return ", ".join(
        f"{count:,} {kind}{'s' * (count != 1)}" for kind, count in kinds.items()
    )


def line(one: Taken) -> str:
    """Return what became of a bundle, in a sentence."""
    if one.state == "known":
        return "was here already"
    if one.state == "refused":
        return f"not taken in: {printable(one.why)}"
    told = f"{one.records:,} records, {one.changed:,} of them changed something here"
    told += f"; {one.originals:,} originals"
    if one.absent:
        told += f"; {one.absent:,} photos came without their files"
    if one.is_gap:
        told += "; bundles before it are missing: export there with --full"
    return told


def as_plain(done: Imported) -> dict[str, Any]:
    """Return what is printed as JSON."""
    return {
        "run": done.run if done.is_undoable else None,
        "conflicts": done.conflicts,
        "waiting": done.waiting,
        "bundles": [
            asdict(one) | {"path": one.path.name, "landed": sorted(one.landed)}
            for one in done.taken
        ],
    }


@exchange.command("status", epilog="Example: asbuilt exchange status tower-4 --json")
@archive_path
@as_option
@json_option
def status(folder: Path, person: str | None, as_json: bool) -> None:
    """Say which laptops are known, what they took in, and what is left to do."""
    from archive.rights import require
    from sync.exchanging.standing import standing

    with opened(folder, person) as (archive, who):
        require(who, "settings")
        found = standing(archive)
    say(f"this laptop is site {found.site or '(nothing was changed here yet)'}")
    for peer in found.peers:
        waits = f", {peer.waiting:,} photos wait for it to sync" if peer.waiting else ""
        name = printable(peer.name)
        say(f"{name}: site {peer.site}, last heard of {peer.heard_at}{waits}")
    say(f"{found.conflicts:,} conflicts, {len(found.held):,} records that wait")
    for uuid, why in found.held:
        say(f"  {uuid}: {printable(why)}")
    if as_json:
        print_json(asdict(found))


@exchange.command(
    "takeover", epilog="Example: asbuilt exchange takeover tower-4 01a2008b-cf4a"
)
@archive_path
@click.argument("site")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_option
@json_option
def takeover(
    folder: Path, site: str, yes: bool, person: str | None, as_json: bool
) -> None:
    """Bring a lost laptop's photos to the remote from here.

    SITE is as 'exchange status' names it, or the beginning of that.
    """
    from sync.exchanging.standing import take_over_site

    confirm(f"Is the laptop {site} lost for good", yes=yes)
    with opened(folder, person) as (archive, who):
        count = take_over_site(archive, who, site)
    say(f"{count:,} photos are brought to the remote by the next sync from here")
    if as_json:
        print_json({"photos": count})


exchange.add_command(sticks.verify)
exchange.add_command(sticks.prune)
