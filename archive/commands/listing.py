"""``asbuilt photos`` and ``asbuilt show``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from archive.commands.common import (
    archive_argument,
    as_option,
    cell,
    isolated,
    json_option,
    list_options,
    opened,
    print_json,
    print_list,
)

SHORT = 18  # characters of a uuid: its time and 12 random bits
COLUMNS = (
    "id",
    "uuid",
    "taken_at",
    "filename",
    "album",
    "location",
    "trades",
    "description",
)


def quoted(value: str) -> str:
    """Return a value as the query language writes it."""
    return '"' + value.replace('"', '""') + '"'


def filter_options(command: Any) -> Any:  # noqa: ANN401
    """Add the filters that every command over photos has."""
    options = (
        click.option("--album", help="In this album."),
        click.option("--location", help="At this location or below it."),
        click.option("--trade", "trades", multiple=True, help="Of this trade."),
        click.option("--taken", metavar="A..B", help="Taken then: 2026-03..2026-05."),
        click.option("--uploaded", metavar="A..B", help="Added to the archive then."),
        click.option("--private", is_flag=True, help="Private ones only."),
        click.option("--starred", is_flag=True, help="Starred ones only."),
        click.option("--deleted", is_flag=True, help="Those in the recycle bin."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def query_text(
    query: str,
    album: str | None,
    location: str | None,
    trades: tuple[str, ...],
    taken: str | None,
    uploaded: str | None,
    private: bool,
    starred: bool,
    deleted: bool,
) -> str:
    """Return the options as one text of the query language."""
    parts = [query]
    for name, value in (
        ("album", album),
        ("location", location),
        *(("trade", trade) for trade in trades),
        ("taken", taken),
        ("uploaded", uploaded),
    ):
        if value is not None:
            parts.append(f"{name}:{quoted(value)}")
    for name, wanted in (
        ("private", private),
        ("starred", starred),
        ("recycled", deleted),
    ):
        if wanted:
            parts.append(f"is:{name}")
    return " ".join(part for part in parts if part)


class Search(click.Command):
    """The command ``photos``: a search that begins with ``-`` looks like an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; say how to search for what a photo is not."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if error.option_name.startswith("--"):
                raise
            raise click.UsageError(
                f"{error.format_message()} A search that begins with - comes last,"
                " after --: asbuilt photos tower-4 -- -trade:Steel",
                ctx,
            ) from None


@click.command(
    cls=Search,
    epilog="""Example: asbuilt photos tower-4 "rebar -trade:Steel" --taken 2026-03..
    --format csv""",
)
@archive_argument
@click.argument("query", required=False, default="")
@filter_options
@click.option(
    "--order",
    type=click.Choice(["newest", "oldest", "uploaded", "relevance"]),
    default="newest",
    show_default=True,
)
@list_options
@as_option
def photos(
    folder: Path,
    query: str,
    order: str,
    form: str,
    limit: int | None,
    person: str | None,
    **filters: Any,  # noqa: ANN401
) -> None:
    """Search and list photos, newest first.

    QUERY is words and filters, as in the search box: see docs/search.md. In a table, a
    time in parentheses is that of the import, assumed where the file states none.
    """
    from archive.rights import allowed, require, viewer
    from archive.search import iterate

    text = query_text(query, **filters)
    with opened(folder, person) as (archive, who):
        require(who, "view")
        found = iterate(archive.connection, text, viewer(who), order=order)
        stars = allowed(who, "star")
        rows = (photo.as_json(stars=stars) for photo in found)
        if form == "table":
            rows = (in_table(row) for row in rows)
        print_list(rows, COLUMNS, form, limit)


def in_table(row: dict[str, Any]) -> dict[str, Any]:
    """Return a photo as a line of a table: a short uuid, the assumed date as such."""
    taken = row["taken_at"] or f"({row['assumed_at']})"
    return {**row, "uuid": row["uuid"][:SHORT], "taken_at": taken}


@click.command(epilog="Example: asbuilt show tower-4 01a1fdb9-3d28")
@archive_argument
@click.argument("photo")
@as_option
@json_option
def show(folder: Path, photo: str, person: str | None, as_json: bool) -> None:
    """Show all about one photo: fields, facts with their sources, history."""
    from archive.photos import get_photo
    from archive.rights import viewer
    from archive.showing import describe

    with opened(folder, person) as (archive, who):
        found = get_photo(archive.connection, photo, viewer(who))
        about = describe(archive.connection, who, found)
    if as_json:
        print_json(about)
        return
    for title, part in about.items():
        _print_part(title, part)


def _print_part(title: str, part: Any) -> None:  # noqa: ANN401
    if not part:
        return
    click.echo(title.replace("_", " ").capitalize())
    if isinstance(part, dict):
        for name, value in part.items():
            if cell(value):
                click.echo(f"  {name.replace('_', ' '):<18} {inline(value)}")
    else:
        for line in part:
            click.echo(f"  {line_of(line)}")
    click.echo()


def inline(value: object) -> str:
    """Return a value as it stands between others on a line."""
    return isolated(cell(value))


def line_of(entry: dict[str, Any]) -> str:
    """Return a comment, a markup, a source or a change in one line."""
    if "body" in entry:
        return f"{entry['at'][:16]}  {inline(entry['author'])}: {inline(entry['body'])}"
    if "points" in entry:
        drawn = f"{entry['colour']} {entry['kind']} {inline(entry['text'])}".rstrip()
        return f"{entry['at'][:16]}  {inline(entry['author'])}: {drawn}"
    if "path" in entry:
        place = f"{inline(entry['source'])}: {inline(entry['path'])}"
        return f"{entry['at'][:16]}  {place} ({entry['outcome']})"
    who = f"{entry['at'][:16]}  {inline(entry['by'])}"
    of = "" if entry["what"] == "photo" else f"{entry['what'].replace('_', ' ')} "
    if entry["field"] == "":
        what = "added" if entry["new"] is not None else "removed"
    else:
        old, new = (inline(entry[side]) or "(empty)" for side in ("old", "new"))
        field = entry["field"].removesuffix("_id").replace("_", " ")
        what = f"{field}: {old} → {new}"
    reason = f" ({inline(entry['reason'])})" if entry["reason"] else ""
    return f"{who}  {of}{what}{reason}"
