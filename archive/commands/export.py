"""``asbuilt export pdf|zip|log|csv|json|jsonl|parquet|db``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.commands.common import (
    NOT_ALL,
    archive_argument,
    as_option,
    json_option,
    opened,
    print_json,
    say,
)
from archive.commands.listing import Search, filter_options, query_text
from archive.commands.package import package_command

if TYPE_CHECKING:
    from archive.database import Archive
    from archive.export.receipts import Receipt
    from archive.people import Person

    Write = Callable[..., Receipt]

FEW = 10  # names of missing photos that are told


@click.group(epilog="Example: asbuilt export zip tower-4 close-out.zip --album Facade")
def export() -> None:
    """Hand photos over: as a report, with their files, or as a list.

    Each export is whole or not there, and ends with a receipt: how many photos of how
    many are in it, its size and its SHA-256. Nobody gets what they may not see.
    """


def _named(_context: click.Context, _option: click.Parameter, out: Path) -> Path:
    """Refuse the standard output: what breaks off there would look whole."""
    if str(out) == "-":
        raise click.BadParameter("an export is a file: it needs a name, not -")
    return out


def _exporting(command: Any) -> Any:  # noqa: ANN401
    """Add what every export takes."""
    options = (
        archive_argument,
        click.argument("out", type=click.Path(path_type=Path), callback=_named),
        click.argument("query", required=False, default=""),
        filter_options,
        click.option(
            "--order",
            type=click.Choice(["newest", "oldest", "uploaded", "name"]),
            help="Oldest first, unless a template says otherwise.",
        ),
        click.option("--replace", is_flag=True, help="OUT may be there already."),
        as_option,
        json_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


@export.command(
    "pdf",
    cls=Search,
    epilog="""Example: asbuilt export pdf tower-4 week20.pdf --per-page 6
    --sections location --taken 2026-05-11..2026-05-17""",
)
@_exporting
@click.option(
    "--template",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A report's looks, in TOML: see docs/reports.md.",
)
@click.option("--title", help="On the cover; the project's name otherwise.")
@click.option("--per-page", type=click.Choice(["1", "2", "4", "6", "9"]))
@click.option(
    "--sections",
    type=click.Choice(["none", "album", "location", "trade", "day", "month"]),
)
@click.option("--fields", metavar="A,B", help="Of captions: number,taken,description.")
@click.option("--resolution", type=int, metavar="DPI", help="0: photos as they are.")
@click.option("--pairs", is_flag=True, default=None, help="Before and after, in twos.")
@click.option("--qr", metavar="WHAT", help="uuid, sha256, or an address with {uuid}.")
@click.option(
    "--key-plan",
    is_flag=True,
    default=None,
    help="Pages that show where the photos were taken, as pins on plan or map.",
)
@click.option(
    "--markups/--no-markups", default=None, help="What is drawn on photos, on them."
)
@click.option(
    "--stamp",
    metavar="TEXT",
    help="Burned into the photos of the report: '{location} · {taken:%d %b %Y}'.",
)
@click.option(
    "--stamp-corner",
    type=click.Choice(["bottom_left", "bottom_right", "top_left", "top_right"]),
)
@click.option("--language", help="en or de.")
def pdf(
    folder: Path,
    out: Path,
    file: Path | None,
    per_page: str | None,
    fields: str | None,
    **values: Any,  # noqa: ANN401
) -> None:
    """Make a report: photos with captions, in sections, as PDF/A."""
    from archive.export.files import export_pdf
    from archive.export.pdf import Template, read_template, template_from

    looks = {name: values.pop(name) for name in _LOOKS}
    looks["per_page"] = int(per_page) if per_page else None
    looks["fields"] = fields.split(",") if fields else None
    given = {name: value for name, value in looks.items() if value is not None}
    base = read_template(file) if file else Template()
    if values["order"]:
        given["order"] = "given"
    template = template_from(given, base)
    _export(folder, out, partial(export_pdf, template=template), values)


_LOOKS = (
    "title",
    "sections",
    "resolution",
    "pairs",
    "qr",
    "key_plan",
    "markups",
    "stamp",
    "stamp_corner",
    "language",
)


@export.command(
    "zip",
    cls=Search,
    epilog="Example: asbuilt export zip tower-4 facade.zip --album Facade --json",
)
@_exporting
@click.option(
    "--name-template",
    "names",
    metavar="TEMPLATE",
    default="{album}/{filename}",
    show_default=True,
    help="Of files in the zip: '{location:/}/{taken:%Y-%m-%d}_{n:04}_{description}'.",
)
@click.option(
    "--sidecars", type=click.Choice(["xmp"]), help="A file beside each photo."
)
@click.option(
    "--copies",
    type=click.Choice(["captioned", "stripped"]),
    help="Instead of originals: with captions and places in them, or with neither"
    " places nor serial numbers nor names.",
)
@click.option(
    "--markups",
    is_flag=True,
    help="Beside each photo on which something is drawn a copy that shows it.",
)
def zip_(
    folder: Path,
    out: Path,
    names: str,
    sidecars: str | None,
    copies: str | None,
    *,
    markups: bool,
    **values: Any,  # noqa: ANN401
) -> None:
    """Pack the files as they came, with lists of all that is known of them."""
    from archive.export.files import export_zip
    from archive.export.photos import Packaging

    packaging = Packaging(names, sidecars or "", copies or "", markups)
    packaging.check()
    _export(folder, out, partial(export_zip, packaging=packaging), values)


_links_option = click.option(
    "--photo-links",
    metavar="URL",
    default="",
    help="Where the archive is served: adds each photo's address there.",
)


@export.command(
    "log",
    cls=Search,
    epilog="Example: asbuilt export log tower-4 log.xlsx --taken 2026-05",
)
@_exporting
@click.option(
    "--name-template",
    "names",
    metavar="TEMPLATE",
    default="",
    help="Of the zip that it goes with: files are called as there.",
)
def log(folder: Path, out: Path, names: str, **values: Any) -> None:  # noqa: ANN401
    """List photos as specifications ask for it, as CSV or XLSX by the name of OUT.

    Number, date, photographer, place, direction, description, file and hash.
    """
    from archive.export.files import export_log

    _export(folder, out, partial(export_log, names=names), values)


@export.command(
    "csv",
    cls=Search,
    epilog="Example: asbuilt export csv tower-4 may.csv --taken 2026-05",
)
@_exporting
@_links_option
def csv_(folder: Path, out: Path, **values: Any) -> None:  # noqa: ANN401
    """List photos with every field, for a spreadsheet; nothing in it is a formula."""
    _table(folder, out, "csv", values)


@export.command(
    "json",
    cls=Search,
    epilog='Example: asbuilt export json tower-4 cranes.json "crane"',
)
@_exporting
@_links_option
def json_(folder: Path, out: Path, **values: Any) -> None:  # noqa: ANN401
    """List photos with every field, for programs: one list."""
    _table(folder, out, "json", values)


@export.command(
    "jsonl",
    cls=Search,
    epilog='Example: asbuilt export jsonl tower-4 cranes.jsonl "crane"',
)
@_exporting
@_links_option
def jsonl(folder: Path, out: Path, **values: Any) -> None:  # noqa: ANN401
    """List photos with every field, for programs: an object a line."""
    _table(folder, out, "jsonl", values)


@export.command(
    "parquet",
    cls=Search,
    epilog="Example: asbuilt export parquet tower-4 photos.parquet",
)
@_exporting
@_links_option
def parquet(folder: Path, out: Path, **values: Any) -> None:  # noqa: ANN401
    """List photos with every field, for data tools (needs asbuilt[parquet])."""
    _table(folder, out, "parquet", values)


@export.command(
    "db",
    cls=Search,
    epilog="Example: asbuilt export db tower-4 for-kim.db --as Kim",
)
@_exporting
def db(folder: Path, out: Path, **values: Any) -> None:  # noqa: ANN401
    """Write a database for free SQL, of what somebody may see and of nothing else."""
    from archive.export.files import export_database

    _export(folder, out, export_database, values)


def _table(folder: Path, out: Path, kind: str, values: dict[str, Any]) -> None:
    from archive.export.files import export_table

    links = values.pop("photo_links")
    write = partial(export_table, kind=kind, photo_links=links)
    _export(folder, out, write, values)


def _export(folder: Path, out: Path, write: Write, values: dict[str, Any]) -> None:
    """Find the photos, write them, and tell what was done.

    :raises click.exceptions.Exit: some are missing
    """
    person, as_json = values.pop("person"), values.pop("as_json")
    order, replace = values.pop("order"), values.pop("replace")
    query = query_text(**values)
    with opened(folder, person) as (archive, who):
        ids = _found(archive, who, query, order or "oldest")
        receipt = write(archive, who, ids, out, replace=replace, tell=_progress())
    _say(receipt)
    if as_json:
        print_json(receipt.as_json())
    if not receipt.whole:
        raise click.exceptions.Exit(NOT_ALL)


def _found(archive: Archive, who: Person, query: str, order: str) -> list[int]:
    from archive.export.selection import found_by
    from archive.rights import require, viewer

    require(who, "download")
    return found_by(archive.connection, query, viewer(who), order=order)


def _progress() -> Callable[[int, int], None]:
    """Return what shows a running count on a terminal."""
    if not sys.stderr.isatty():
        return lambda _done, _of: None

    def show(done: int, of: int) -> None:
        end = "\n" if done >= of else " "
        click.echo(f"\r{done:,} of {of:,} photos", err=True, nl=False)
        click.echo(end, err=True, nl=False)

    return show


def _say(receipt: Receipt) -> None:
    pages = f", {receipt.pages} pages" if receipt.pages else ""
    what = f"{receipt.photos:,} of {receipt.of:,} photos"
    say(f"{receipt.name}: {what}{pages}, {receipt.bytes:,} bytes")
    say(f"SHA-256 {receipt.sha256}")
    for name, reason in receipt.missing[:FEW]:
        say(f"not in it: {name}: {reason}")
    if len(receipt.missing) > FEW:
        say(f"(and {len(receipt.missing) - FEW:,} more; --json names them)")
    for name, note in receipt.notes[:FEW]:
        say(f"{name}: {note}")
    if len(receipt.notes) > FEW:
        say(f"(and {len(receipt.notes) - FEW:,} more like that)")


export.add_command(package_command(_exporting, _export, Search))
