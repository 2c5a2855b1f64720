"""What the commands share: the archive's argument, who acts, how lists are printed."""

from __future__ import annotations

import csv
import io
import json
import os
import shlex
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial, wraps
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from archive.errors import InvalidInput, printable

if TYPE_CHECKING:
    from archive.albums import Album
    from archive.batches import Batch
    from archive.database import Archive
    from archive.people import Person

NUMBER = click.IntRange(0, 2**63 - 1)  # as SQLite has them
NOT_ALL = 3  # exit code: not everything was done, safe to run again
TABLE_LIMIT = 100
F = TypeVar("F", bound=Callable[..., Any])
Rows = Callable[["Archive", "Person"], Iterable[dict[str, Any]]]
Where = tuple[Path, str | None]  # what a Lister hands on: folder, person who acts

archive_argument = click.argument(
    "folder", metavar="ARCHIVE", type=click.Path(path_type=Path)
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object at the end."
)
_AS = "Act as this person (name, login or id) instead of the owner."
as_option = click.option(
    "--as", "person", metavar="PERSON", envvar="ASBUILT_PERSON", help=_AS
)


class Lister(click.Group):
    """A group that lists when no sub-command is named: ``albums ARCHIVE --format csv``.

    Groups stop reading options at the first argument. Ours takes them on both sides of
    the archive; those after a sub-command are its own.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options, before and after the archive."""
        options, rest = self._options_first(ctx, args)
        return super().parse_args(ctx, options + rest)

    def _options_first(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[list[str], list[str]]:
        """Return the group's own options with their values, and what is left."""
        valued = {
            name
            for option in self.get_params(ctx)
            if isinstance(option, click.Option) and not option.is_flag
            for name in option.opts
        }
        options: list[str] = []
        rest: list[str] = []
        left = list(args)
        while left and len(rest) < 2:  # the archive and the sub-command
            if left[0] == "--":
                break
            arg = left.pop(0)
            if not arg.startswith("-"):
                rest.append(arg)
                continue
            options.append(arg)
            if arg in valued and left:
                options.append(left.pop(0))
        return options, rest + left


def sub_command(body: Callable[..., dict[str, Any]]) -> Callable[..., None]:
    """Make a function the body of a ``Lister``'s sub-command.

    It gets ``Where`` first, and returns the object that ``--json`` prints.
    """

    @click.option("--as", "person", metavar="PERSON", help=_AS)
    @json_option
    @wraps(body)
    def run(person: str | None, as_json: bool, **values: Any) -> None:  # noqa: ANN401
        folder, outer = click.get_current_context().obj
        answer = body((folder, person or outer), **values)
        if as_json:
            print_json(answer)

    return run


def list_options(command: F) -> F:
    """Add ``--format`` and ``--limit`` to a command that lists."""
    command = click.option(
        "--limit",
        type=NUMBER,
        help=f"At most so many ({TABLE_LIMIT} for tables, else all).",
    )(command)
    return click.option(
        "--format",
        "form",
        type=click.Choice(["table", "jsonl", "csv"]),
        default="table",
        show_default=True,
    )(command)


def lister(columns: Sequence[str], *, epilog: str) -> Callable[[Rows], Lister]:
    """Make a function that gives rows the body of a command that lists them.

    It gets the open archive and the person who acts; its docstring is the help. The
    command takes sub-commands, which get ``Where`` (see ``sub_command``).

    :param columns: keys of the rows that a table shows
    """

    def made(rows: Rows) -> Lister:
        def run(folder: Path, person: str | None, form: str, limit: int | None) -> None:
            context = click.get_current_context()
            context.obj = (folder, person)
            if context.invoked_subcommand:
                return
            with opened(folder, person) as (archive, who):
                print_list(rows(archive, who), columns, form, limit)

        command: Lister = click.group(
            rows.__name__,
            cls=Lister,
            invoke_without_command=True,
            help=rows.__doc__,
            epilog=epilog,
        )(archive_argument(as_option(list_options(run))))
        return command

    return made


@contextmanager
def opened(folder: Path, person: str | None = None) -> Iterator[tuple[Archive, Person]]:
    """Open an archive for a command; gives it and the person who acts.

    :raises ArchiveError: what is wrong with the archive, or nobody of that name
    """
    from archive.database import database_errors, open_archive
    from archive.people import find_person, owner

    with open_archive(folder) as archive, database_errors(folder):
        connection = archive.connection
        connection.waiting = partial(say_waiting, folder)
        who = find_person(connection, person) if person else owner(connection)
        yield archive, who


def say_waiting(folder: Path, writer: str) -> None:
    """Say whom a command waits for.

    :param writer: "process 7 (asbuilt import) is writing to it"
    """
    from archive.database import BUSY_SECONDS

    what = printable(f"{folder}: {writer}")
    say(f"waiting: {what} (for {BUSY_SECONDS:.0f} seconds at most)")


def album_named(archive: Archive, who: Person, which: str) -> Album:
    """Return an album; one that ``who`` may not know of is not there.

    :raises NotFound: no such album for them
    """
    from archive.albums import visible_album
    from archive.rights import viewer

    return visible_album(archive.connection, which, viewer(who))


def say(message: str) -> None:
    """Tell the person something, on stderr."""
    click.echo(message, err=True)


def undo_hint(folder: Path, which: int | str) -> str:
    """Say how to take a batch or a run back, so that it can be copied and run."""
    return f"(to take it back: asbuilt undo {shlex.quote(str(folder))} {which})"


def told(archive: Archive, made: Batch, what: str) -> int | None:
    """Say what a batch did and how to take it back, or that it changed nothing.

    Returns its number, or None: a batch without changes is not kept, and its number
    goes to the next one.
    """
    from archive.batches import is_kept

    if not is_kept(archive.connection, made):
        say("nothing to change: it was so already")
        return None
    say(f"{what} {undo_hint(archive.folder, made.id)}")
    return made.id


def say_left_the_log(archive: Archive, made: Batch) -> None:
    """Say how many photos a batch took off the daily log because they are private."""
    from archive.batches import is_kept
    from archive.history import count_changes

    count = count_changes(archive.connection, made.id, "photo", "log_date")
    if count and is_kept(archive.connection, made):
        photos = "1 photo is" if count == 1 else f"{count:,} photos are"
        say(f"{photos} no longer in the daily log, where nothing private is")


def print_json(value: Any, indent: int | None = 2) -> None:  # noqa: ANN401
    """Print one JSON object on stdout.

    :param indent: None: on one line, which takes a third of the time
    """
    click.echo(json.dumps(value, ensure_ascii=False, indent=indent))


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
    if form == "table":
        wanted = TABLE_LIMIT if limit is None else limit
        shown = list(islice(rows, wanted + 1))
        print_table(shown[:wanted], columns)
        if not shown:
            say("(none)")
        elif limit is None and len(shown) > wanted:
            say(f"(the first {wanted}; --limit shows more)")
        return
    chosen = rows if limit is None else islice(rows, limit)
    if form == "jsonl":
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
        cut = [_fit(text, width) for text, width in zip(line, widths, strict=True)]
        parts = [isolated(text) for text in cut]
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


def isolated(text: str, *, err: bool = False) -> str:
    """Return text that does not turn what stands beside it on a terminal's line.

    What is written from right to left gets the marks of an isolate (UAX 9, 2.7) around
    it; what goes to a file stays as it is.

    :param err: it is for stderr
    """
    terminal = sys.stderr.isatty() if err else on_terminal()
    if terminal and any(unicodedata.bidirectional(c) in ("R", "AL") for c in text):
        return f"\u2068{text}\u2069"
    return text


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
    if not on_terminal():
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
    if isinstance(value, str) and on_terminal():
        return printable(value)
    return value


def on_terminal() -> bool:
    """Whether stdout is a terminal; it is None where it was closed (``>&-``)."""
    return sys.stdout is not None and sys.stdout.isatty()


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
