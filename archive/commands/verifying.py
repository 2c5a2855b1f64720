"""``asbuilt verify``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
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
from archive.errors import InvalidInput, printable

if TYPE_CHECKING:
    from archive.database import Archive
    from archive.people import Person
    from archive.verifying import Report

EVENTS = ("at", "by", "what", "copy", "files", "bytes", "wrong", "finished")
_UNITS = {"s": 1, "m": 60, "h": 3600}
_WAYS_OUT = {
    "files": "files: --repair COPY",
    "strays": "files that no record has: import them, or move them away",
    "database": "the database: asbuilt salvage",
    "history": "the history: a backup has it as it was",
}


def seconds(_: click.Context, __: click.Parameter, text: str | None) -> float | None:
    """Read ``90s``, ``20m`` or ``2h``."""
    if text is None:
        return None
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not number.replace(".", "", 1).isdigit():
        raise InvalidInput(f"{text!r} is no time: 90s, 20m or 2h")
    return float(number) * _UNITS[unit]


@click.command(
    epilog="""Examples: asbuilt verify tower-4; asbuilt verify tower-4 --for 20m;
    asbuilt verify tower-4 --repair /media/stick/tower-4;
    asbuilt verify tower-4 --log"""
)
@archive_argument
@click.option("--files-only", is_flag=True, help="Read the originals only.")
@click.option(
    "--for",
    "budget",
    metavar="TIME",
    callback=seconds,
    help="Begin no file after 90s, 20m, 2h: the next run goes on there.",
)
@click.option(
    "--repair",
    "copy",
    metavar="COPY",
    help="Then take what is absent or damaged from this copy ('asbuilt copies'), or"
    " from this archive, backup or folder.",
)
@click.option(
    "--log",
    "listing",
    is_flag=True,
    help="Read nothing; list what was verified, backed up and mended, by whom.",
)
@as_option
@json_option
def verify(
    folder: Path,
    files_only: bool,
    budget: float | None,
    copy: str | None,
    listing: bool,
    person: str | None,
    as_json: bool,
) -> None:
    """Read every file in full, and compare everything with what it follows from.

    Each file is hashed whole, whatever its size and time say; of the database its
    pages, references, search index, counters and the chain of its history are compared.
    A run that is stopped is gone on with by the next. Exit code 1: something is wrong;
    3: there was not time for all.
    """
    from archive.verifying import Limits
    from archive.verifying import verify as run
    from archive.verifying.run import know

    if listing:
        with opened(folder, person) as (archive, who):
            print_list(log(archive, who), EVENTS, "jsonl" if as_json else "table", None)
        return
    limits = Limits(seconds=budget, records=not files_only)
    with opened(folder, person) as (archive, who), ExitStack() as stack:
        told = run(archive, who, limits, progress(stack))
        mended = repair(archive, who, copy) if copy else []
        know(archive, told)
    tell(told, mended)
    if as_json:
        print_json(as_object(told, mended))
    else:
        for fault in told.known[:TABLE_LIMIT]:
            click.echo(printable(fault.text))
    if told.wrong:
        raise click.exceptions.Exit(1)
    if told.left:
        raise click.exceptions.Exit(NOT_ALL)


def log(archive: Archive, who: Person) -> Iterator[dict[str, Any]]:
    """Yield what was verified, and what was done with copies, newest first."""
    from archive.keeping.copies import list_events
    from archive.rights import require
    from archive.verifying import list_checks

    require(who, "history")
    told: list[dict[str, Any]] = [
        {"at": one.started_at, "by": one.who, "what": "verified", "copy": ""}
        | {"files": one.files, "bytes": one.bytes, "wrong": one.faults}
        | {"finished": one.finished_at}
        for one in list_checks(archive.connection, -1)
    ]
    told += [
        {"at": one.at, "by": one.who, "what": one.what, "copy": one.name}
        | {"files": one.good, "bytes": None, "wrong": one.bad, "finished": one.at}
        for one in list_events(archive.connection, -1)
    ]
    yield from sorted(told, key=lambda one: str(one["at"]), reverse=True)


def in_bytes(count: int) -> str:
    """Say how many bytes: ``4.2 MB``."""
    size, units = float(count), ["bytes", "kB", "MB", "GB"]
    while size >= 1000 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:,.1f} {units[0]}" if len(units) < 4 else f"{count} bytes"


def progress(stack: ExitStack) -> Callable[[int, int], None]:
    """Return what shows how far it is, on a terminal."""
    bars: list[Any] = []

    def report(done: int, total: int) -> None:
        if not bars:
            bar = click.progressbar(length=total, label="files", file=sys.stderr)
            bars.append(stack.enter_context(bar))
        bars[0].update(done - bars[0].pos)

    if sys.stderr.isatty():
        return report
    return lambda done, total: None  # noqa: ARG005


def repair(archive: Archive, who: Person, copy: str) -> list[dict[str, str]]:
    """Mend what is absent or damaged. Returns what became of each file.

    :param copy: a folder, or else the name of a copy
    """
    from archive.keeping.mending import mend_from
    from archive.verifying.mending import mend_files

    folder = Path(copy)
    made = (
        mend_files(archive, folder)
        if folder.is_dir()
        else mend_from(archive, who, copy)
    )
    return [{"file": name, "problem": why} for name, why in made]


def tell(told: Report, mended: list[dict[str, str]]) -> None:
    """Say in words what was found."""
    from archive.verifying import ways_out

    size = in_bytes(told.bytes)
    say(f"{told.files:,} of {told.of:,} files read in full, {size} as they were")
    if told.left:
        say(f"{told.left:,} are left for the next run")
    if told.records:
        say("the database, its search index, counters and history were compared")
    for one in mended:
        state = f"not mended: {one['problem']}" if one["problem"] else "mended"
        say(printable(f"{one['file']}: {state}"))
    if not told.wrong:
        say("nothing is wrong" if not told.left else "nothing is wrong so far")
        return
    faults = "1 fault" if told.wrong == 1 else f"{told.wrong:,} faults"
    say("; ".join([faults, *(_WAYS_OUT[way] for way in ways_out(told.known))]))


def as_object(told: Report, mended: list[dict[str, str]]) -> dict[str, object]:
    """Return the report for ``--json``."""
    return {
        "files": told.files,
        "of": told.of,
        "left": told.left,
        "bytes": told.bytes,
        "records": told.records,
        "wrong": told.wrong,
        "faults": [
            {"what": one.what, "subject": one.subject, "text": one.text}
            for one in told.known
        ],
        "mended": mended,
    }
