"""``asbuilt init`` and ``asbuilt salvage``."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import click

from archive.commands.common import (
    archive_argument,
    json_option,
    owner_name,
    print_json,
    say,
)


@click.command(
    epilog="""Example: asbuilt init tower-4 --name "Tower 4, Harbour Street" """
)
@archive_argument
@click.option("--name", help="Name of the project (else that of the folder).")
@click.option("--owner", help="Your name (else the one this computer knows).")
@json_option
def init(folder: Path, name: str | None, owner: str | None, as_json: bool) -> None:
    """Make a new archive in an empty or new folder."""
    from archive.database import create_archive, read_marker

    create_archive(folder, name or folder.absolute().name, owner or owner_name())
    next_one = f"asbuilt import {shlex.quote(str(folder))} PHOTOS"
    say(f"Made an archive in {folder}. Next: {next_one}")
    if as_json:
        print_json({"archive": str(folder), "uuid": read_marker(folder)["uuid"]})


@click.command(epilog="Example: asbuilt salvage tower-4 rescued.db")
@archive_argument
@click.argument("out", metavar="OUT.db", type=click.Path(path_type=Path))
@click.pass_context
def salvage(context: click.Context, folder: Path, out: Path) -> None:
    """Bring what can still be read of a damaged archive.db into a new file.

    The damaged file is not touched. Put the new one in its place, with the damaged one
    kept aside, and the archive opens again.
    """
    # In a process of its own: it reads with a second SQLite library
    command = [sys.executable, "-m", "archive.salvage", str(folder), str(out)]
    context.exit(subprocess.run(command, check=False).returncode)  # noqa: S603
