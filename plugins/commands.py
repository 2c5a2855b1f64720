"""``asbuilt serve`` and ``asbuilt mcp``."""

from __future__ import annotations

from pathlib import Path

import click

from archive.commands.common import archive_argument, as_option
from archive.errors import InvalidInput


@click.command(
    epilog="""Examples: asbuilt serve tower-4 --open; for other computers, where people
    log in: asbuilt serve tower-4 --host 0.0.0.0""",
    short_help="Show archives in the browser.",
)
@click.argument(
    "archives",
    metavar="ARCHIVE...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to answer on. For any but loopback people log in.",
)
@click.option(
    "--port",
    default=8001,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="0 takes any free port.",
)
@click.option("--open", "opened", is_flag=True, help="Open the browser, too.")
@click.option("--accounts", is_flag=True, help="Log in on this computer, too.")
@click.option(
    "--public-url",
    default="",
    metavar="URL",
    help="Where people reach it when that is another name, such as a proxy's.",
)
@click.option(
    "--certificate", type=click.Path(path_type=Path), help="PEM file, for https."
)
@click.option("--key", type=click.Path(path_type=Path), help="PEM file of its key.")
@click.option(
    "--rate-limit",
    metavar="RATES",
    help="How often a program may ask: 3600/hour,60/10s (this by default for other"
    " computers), or off (by default for this one).",
)
@click.option(
    "--largest-upload",
    metavar="MB",
    type=click.IntRange(1, 1_000_000),
    help="The largest file that a program may send by the API; 5120 by default.",
)
def serve(
    archives: tuple[Path, ...],
    host: str,
    port: int,
    opened: bool,
    accounts: bool,
    public_url: str,
    certificate: Path | None,
    key: Path | None,
    rate_limit: str | None,
    largest_upload: int | None,
) -> None:
    """Show archives in the browser, until Ctrl-C.

    On this computer alone its owner needs no login. Everybody else does: set passwords
    with asbuilt people ARCHIVE password, or invite.
    """
    from plugins import serving
    from plugins.api import limits

    if bool(certificate) != bool(key):
        raise click.UsageError("--certificate and --key go together.")
    encryption = serving.Encryption(certificate, key) if certificate and key else None
    access = serving.access_for(host, accounts=accounts, public_url=public_url)
    if access.accounts:
        serving.require_admins(archives)
    rates = None if rate_limit is None else limits.parse(rate_limit)
    most = None if largest_upload is None else largest_upload << 20
    datasette = serving.make_datasette(
        archives, access=access, rates=rates, largest_upload=most
    )
    listener = serving.listen("127.0.0.1" if host == "localhost" else host, port)
    scheme = "https" if encryption else "http"
    base = public_url.rstrip("/") or serving.address(listener, scheme)
    addresses = serving.pages(datasette, base)

    def started() -> None:
        for title, url in addresses:
            click.echo(f"{title}: {url}")
        if serving.is_overheard(host, access, encryption):
            click.echo(
                "Passwords go through the network as they are: --certificate and --key,"
                " or a proxy with https, keep them to yourselves (docs/serve.md).",
                err=True,
            )
        click.echo("Stop with Ctrl-C.", err=True)
        if opened:
            serving.open_browser(addresses[0][1])

    serving.run(datasette, listener, started=started, encryption=encryption)


@click.command(
    epilog="""Examples: asbuilt mcp tower-4; what somebody else may see:
    asbuilt mcp tower-4 --as "Ana Lima" --write""",
    short_help="Give an assistant the photos as tools.",
)
@archive_argument
@as_option
@click.option("--write", is_flag=True, help="Let it change photos and albums, too.")
def mcp(folder: Path, person: str | None, write: bool) -> None:
    """Speak the Model Context Protocol on standard input and output.

    An assistant that starts this finds tools to list, search and look at photos, as
    far as the person may see them. It changes nothing unless --write is given; then
    each change is in the history under the person's name and can be undone.
    """
    try:
        from plugins.mcp import server
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("mcp", "mcp_types"):
            raise
        raise InvalidInput(
            "asbuilt mcp needs the package mcp: pip install 'asbuilt[mcp]'"
        ) from None
    server.run(folder, person, writes=write)
