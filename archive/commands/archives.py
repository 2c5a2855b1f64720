"""``asbuilt init``."""

from __future__ import annotations

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
    say(f"Made an archive in {folder}. Next: asbuilt import {folder} PHOTOS")
    if as_json:
        print_json({"archive": str(folder), "uuid": read_marker(folder)["uuid"]})
