"""``asbuilt demo``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from archive.commands.common import say


@click.command(epilog="Example: asbuilt demo harbor-point --port 8001 --open")
@click.argument(
    "folder",
    metavar="[DIR]",
    required=False,
    default="asbuilt-demo",
    type=click.Path(path_type=Path),
)
@click.option(
    "--port",
    default=8001,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="0 takes any free port.",
)
@click.option("--open", "opened", is_flag=True, help="Open the browser, too.")
@click.option(
    "--photos",
    default=400,
    show_default=True,
    type=click.IntRange(40, 10_000),
    help="How many to draw.",
)
@click.option("--no-serve", is_flag=True, help="Only build it.")
@click.pass_context
def demo(
    context: click.Context,
    folder: Path,
    port: int,
    opened: bool,
    photos: int,
    no_serve: bool,
) -> None:
    """Draw a sample project, and show it in the browser.

    An archive that is in DIR already is shown as it is.
    """
    from archive.database import MARKER

    if (folder / MARKER).exists():
        say(f"{folder} is there already")
    else:
        build(folder, photos)
    if no_serve:
        return
    serve = context.find_root().command.get_command(context, "serve")  # type: ignore[attr-defined]
    context.invoke(
        serve, archives=(folder,), host="127.0.0.1", port=port, opened=opened
    )


def build(folder: Path, photos: int) -> None:
    """Build the sample, telling how far it is."""
    from archive.demo.building import build_demo

    say(f"drawing a sample project of {photos} photos in {folder} (about a minute)")
    shown = sys.stderr.isatty()

    def progress(what: str, done: int, of: int) -> None:
        if shown:
            click.echo(f"\r{what} {done:,} of {of:,} ", err=True, nl=False)
        elif done == of:
            say(f"{what}: {done:,} done")

    build_demo(folder, photos=photos, progress=progress)
    if shown:
        click.echo(err=True)
