"""``asbuilt export package``: the close-out package."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.commands.listing import query_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.database import Archive
    from archive.export.receipts import Receipt
    from archive.people import Person

LANGUAGES = ("en", "de")  # named here, so that --help need not read their files


def package_command(exporting: Any, run: Any, search: Any) -> Any:  # noqa: ANN401
    """Return the command; what every export takes is given by its group.

    :param exporting: adds the options of every export
    :param run: finds the photos, writes them and tells what was done
    :param search: the class of commands that take a search
    """

    def package(
        folder: Path,
        out: Path,
        *,
        complete: bool,
        language: str,
        **values: Any,  # noqa: ANN401
    ) -> None:
        """Put together what is handed over: a bag (RFC 8493) that needs no program.

        Originals, lists, sidecars, the database as far as one may see it, what
        happened to each photo, plain pages and a viewer that opens from a stick. OUT is
        a folder; a zip if it ends so. See docs/package.md.
        """
        others = ("person", "as_json", "order", "replace")
        asked = query_text(**{n: v for n, v in values.items() if n not in others})
        if complete and asked:
            raise click.UsageError("--complete takes all photos: say no search with it")
        write = partial(_write, complete=complete, asked=asked, language=language)
        run(folder, out, write, values)

    said: Any = click.option(
        "--language",
        type=click.Choice(LANGUAGES),
        default="en",
        help="Of its pages, its viewer and its README.",
    )
    option: Any = click.option(
        "--complete",
        is_flag=True,
        help="Everything: the recycle bin, all people and the whole history, too.",
    )
    named: Any = click.command(
        "package",
        cls=search,
        epilog="Example: asbuilt export package tower-4 close-out --complete",
    )
    return named(exporting(option(said(package))))


def _write(
    archive: Archive,
    who: Person,
    ids: Sequence[int],
    out: Path,
    *,
    complete: bool,
    asked: str,
    language: str,
    **options: Any,  # noqa: ANN401
) -> Receipt:
    from archive.export.package import export_package, found_by_search

    wanted = None if complete else ids
    return export_package(
        archive,
        who,
        wanted,
        out,
        asked=found_by_search(asked, language),
        language=language,
        **options,
    )
