"""What the commands share: the archive's argument, who acts, how lists are printed."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from archive.errors import InvalidInput, printable

if TYPE_CHECKING:
    from archive.database import Archive
    from archive.people import Person

NOT_ALL = 3  # exit code: not everything was done, safe to run again
TABLE_LIMIT = 100
F = TypeVar("F", bound=Callable[..., Any])

archive_argument = click.argument(
    "folder", metavar="ARCHIVE", type=click.Path(path_type=Path)
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object at the end."
)
as_option = click.option(
    "--as",
    "person",
    metavar="PERSON",
    envvar="ASBUILT_PERSON",
    help="Act as this person (name, login or id) instead of the owner.",
)


class Lister(click.Group):
    """A group that lists when no sub-command is named: ``albums ARCHIVE --format csv``.

    Groups stop reading options at the first argument; ours goes on unless a
    sub-command follows, whose own the options after it are.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options, before and after the archive."""
        ctx.allow_interspersed_args = not any(arg in self.commands for arg in args[1:])
        return super().parse_args(ctx, args)


def list_options(command: F) -> F:
    """Add ``--format`` and ``--limit`` to a command that lists."""
    command = click.option(
        "--limit",
        type=click.IntRange(min=0),
        help=f"At most so many ({TABLE_LIMIT} for tables, else all).",
    )(command)
    return click.option(
        "--format",
        "form",
        type=click.Choice(["table", "jsonl", "csv"]),
        default="table",
        show_default=True,
    )(command)


@contextmanager
def opened(folder: Path, person: str | None = None) -> Iterator[tuple[Archive, Person]]:
    """Open an archive for a command; gives it and the person who acts.

    :raises ArchiveError: what is wrong with the archive, or nobody of that name
    """
    from archive.database import database_errors, open_archive
    from archive.people import find_person, owner

    with open_archive(folder) as archive, database_errors(folder):
        connection = archive.connection
        who = find_person(connection, person) if person else owner(connection)
        yield archive, who


def say(message: str) -> None:
    """Tell the person something, on stderr."""
    click.echo(message, err=True)


def print_json(value: Any) -> None:  # noqa: ANN401
    """Print one JSON object on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_list(
    rows: Iterable[dict[str, Any]],
    columns: Sequence[str],
    form: str,
    limit: int | None = None,
) -> None:
    """Print rows as a table, JSON lines or CSV.

    :param columns: keys of the rows that a table shows; jsonl and csv show all
    :param limit: None: ``TABLE_LIMIT`` for tables, no limit else
    """
    if limit is None and form == "table":
        limit = TABLE_LIMIT
        shown = list(islice(rows, limit + 1))
        print_table(shown[:limit], columns)
        if len(shown) > limit:
            say(f"(the first {limit}; --limit shows more)")
        return
    chosen = rows if limit is None else islice(rows, limit)
    if form == "table":
        print_table(list(chosen), columns)
    elif form == "jsonl":
        for row in chosen:
            click.echo(json.dumps(row, ensure_ascii=False))
    else:
        _print_csv(chosen)


def print_table(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    """Print rows in columns, cut to the terminal's width where there is one."""
    if not rows:
        return
    cells = [[cell(row.get(column)) for column in columns] for row in rows]
    widths = [
        max(_width(line[n]) for line in [list(columns), *cells])
        for n in range(len(columns))
    ]
    _squeeze(widths)
    for line in [list(columns), ["-" * width for width in widths], *cells]:
        parts = [_fit(text, width) for text, width in zip(line, widths, strict=True)]
        click.echo("  ".join(parts).rstrip())


def cell(value: object) -> str:
    """Return a value as a table shows it, safe for a terminal."""
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    if isinstance(value, list | tuple):
        return ", ".join(cell(item) for item in value)
    return printable(" ".join(str(value).split()))


def _width(text: str) -> int:
    return sum(
        0
        if unicodedata.combining(c)
        else 2
        if unicodedata.east_asian_width(c) in "WF"
        else 1
        for c in text
    )


def _squeeze(widths: list[int]) -> None:
    """Take width from the widest columns until the table fits the terminal."""
    if not sys.stdout.isatty():
        return
    room = shutil.get_terminal_size().columns - 2 * (len(widths) - 1)
    while sum(widths) > room and max(widths) > 8:
        widths[widths.index(max(widths))] -= 1


def _fit(text: str, width: int) -> str:
    if _width(text) <= width:
        return text + " " * (width - _width(text))
    cut = text
    while _width(cut) > width - 1:
        cut = cut[:-1]
    return cut + "…" + " " * (width - 1 - _width(cut))


def _print_csv(rows: Iterable[dict[str, Any]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for number, row in enumerate(rows):
        if not number:
            writer.writerow(row)
        writer.writerow([_csv_cell(value) for value in row.values()])
        # color: not a byte of the data is dropped; a terminal gets no escapes anyway
        click.echo(out.getvalue(), nl=False, color=True)
        out.seek(0)
        out.truncate()


def _csv_cell(value: object) -> object:
    """Return a value for CSV.

    Text that a spreadsheet would run as a formula gets a quote in front (OWASP, CSV
    injection).
    """
    if isinstance(value, list | tuple):
        value = "; ".join(str(item) for item in value)
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        value = f"'{value}"
    if isinstance(value, str) and sys.stdout.isatty():
        return printable(value)
    return value


def owner_name() -> str:
    """Return what the person at this computer is called, as far as it knows."""
    import getpass

    try:
        import pwd

        full = pwd.getpwuid(os.getuid()).pw_gecos.split(",")[0].strip()
    except (ImportError, KeyError):
        full = ""
    try:
        return full or getpass.getuser()
    except (KeyError, OSError):
        return "Owner"


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something that cannot be undone.

    :param yes: the person said so already
    :raises InvalidInput: nobody is there to ask
    :raises click.Abort: the answer is no
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise InvalidInput(f"{question} Nobody is there to ask: add --yes.")
    click.confirm(question, abort=True, err=True)
