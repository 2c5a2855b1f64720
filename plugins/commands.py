"""``asbuilt serve``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(
    epilog="Example: asbuilt serve tower-4 --open",
    short_help="Show archives in the browser.",
)
@click.argument(
    "archives",
    metavar="ARCHIVE...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback only.")
@click.option(
    "--port",
    default=8001,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="0 takes any free port.",
)
@click.option("--open", "opened", is_flag=True, help="Open the browser, too.")
def serve(archives: tuple[Path, ...], host: str, port: int, opened: bool) -> None:
    """Show archives in the browser, on this computer only, until Ctrl-C."""
    from plugins import serving
    from plugins.actors import is_loopback

    if not is_loopback(host):
        raise click.BadParameter(
            f"{host!r} would let other computers in, and there are no accounts yet:"
            " whoever came would be the owner. Use 127.0.0.1, localhost or ::1.",
            param_hint="--host",
        )
    datasette = serving.make_datasette(archives, owner=True)
    listener = serving.listen("127.0.0.1" if host == "localhost" else host, port)
    addresses = serving.pages(datasette, serving.address(listener))

    def started() -> None:
        for title, url in addresses:
            click.echo(f"{title}: {url}")
        click.echo("Stop with Ctrl-C.", err=True)
        if opened:
            serving.open_browser(addresses[0][1])

    serving.run(datasette, listener, started=started)
