"""``asbuilt clients``: the programs that use the API of an archive that is served."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from archive.commands.common import Where, lister, opened, say, sub_command

if TYPE_CHECKING:
    from archive.accounts.clients import Client
    from archive.database import Archive
    from archive.people import Person

COLUMNS = ("client_id", "name", "level", "redirect_uris", "made_at", "ended_at")
LEVELS = click.Choice(["read_only", "standard", "admin"])
SECRET = "ASBUILT_CLIENT_SECRET"  # noqa: S105 - the name of a variable


@lister(
    COLUMNS,
    epilog="""Example: asbuilt clients tower-4 add "Report maker" --level standard
    --json""",
)
def clients(archive: Archive, who: Person) -> Iterator[dict[str, Any]]:
    """List the programs that may use the API, or add and remove them.

    Each has a client_id and a client_secret. By itself a program acts as a person of
    its own, with the level that it was given; the level column is empty where it only
    acts for people who allow it.
    """
    from archive.accounts import open_accounts
    from archive.accounts.clients import list_clients
    from archive.rights import require

    require(who, "edit_people")
    with open_accounts(archive.folder) as accounts:
        found = list_clients(accounts)
    return (as_json(archive, client) for client in found)


def as_json(archive: Archive, client: Client) -> dict[str, Any]:
    """Return a program as it is listed; never its secret."""
    from archive.people import person_with_uuid

    person = person_with_uuid(archive.connection, client.person or "")
    return {
        "client_id": client.id,
        "name": client.name,
        "person": person.id if person else None,
        "level": person.level if person else None,
        "redirect_uris": list(client.redirect_uris),
        "made_at": client.made_at,
        "ended_at": client.ended_at,
    }


@clients.command(
    epilog="""Examples: asbuilt clients tower-4 add Reports --level read_only --json;
    in a further archive: ASBUILT_CLIENT_SECRET=… asbuilt clients bridge add Reports
    --id 3f…"""
)
@click.argument("name")
@click.option(
    "--level",
    type=LEVELS,
    default="read_only",
    show_default=True,
    help="What it may do by itself.",
)
@click.option(
    "--redirect-uri",
    "redirect_uris",
    multiple=True,
    metavar="URI",
    help="Where people who allow it to act for them are sent back to. May be repeated.",
)
@click.option(
    "--id",
    "client_id",
    help=f"One that it has in another archive; its secret in {SECRET}.",
)
@click.option(
    "--public",
    is_flag=True,
    help="It runs on people's own devices: no secret, and it acts for people only.",
)
@sub_command
def add(
    where: Where,
    name: str,
    level: str,
    redirect_uris: tuple[str, ...],
    client_id: str | None,
    public: bool,
) -> dict[str, Any]:
    """Add a program; its client_id and client_secret are shown once."""
    from archive.accounts import Visit, open_accounts
    from archive.accounts.clients import add_client, may_act
    from archive.clock import utc_now
    from archive.commands.people import say_namesakes

    given = os.environ.get(SECRET) if client_id and not public else None
    with opened(*where) as (archive, who), open_accounts(archive.folder) as accounts:
        made = add_client(
            accounts,
            archive.connection,
            name,
            Visit(utc_now()),
            by=who,
            level=level,
            redirect_uris=redirect_uris,
            client_id=client_id,
            secret=given,
            public=public,
        )
        told = as_json(archive, made.client)
        say(f"added the program {made.client.name}")
        if person := may_act(made.client, archive.connection):
            say_namesakes(archive, person)
    return told | shown_once(made.client, None if given else made.secret)


def shown_once(client: Client, secret: str | None) -> dict[str, Any]:
    """Print the credentials of a program; with --json they are returned instead.

    :param secret: None: it has none, or who asked knows it
    """
    told = {"client_id": client.id}
    if secret is not None:
        told["client_secret"] = secret
    if not click.get_current_context().params["as_json"]:
        for name, value in told.items():
            click.echo(f"{name}: {value}")
    if secret is not None:
        say("keep the secret now: it is shown this once")
    return told


@clients.command(epilog='Example: asbuilt clients tower-4 remove "Report maker"')
@click.argument("which", metavar="CLIENT")
@sub_command
def remove(where: Where, which: str) -> dict[str, Any]:
    """Remove a program, by its id or name. Its tokens end at once.

    The person that it was becomes inactive and stays in the history.
    """
    from archive.accounts import Visit, open_accounts
    from archive.accounts.clients import find_client, remove_client
    from archive.clock import utc_now

    with opened(*where) as (archive, who), open_accounts(archive.folder) as accounts:
        permit(who)
        client = find_client(accounts, which)
        visit = Visit(utc_now())
        remove_client(accounts, archive.connection, client, visit, by=who)
    say(f"{client.name} may no longer use the API")
    return {"client_id": client.id, "removed": True}


def permit(who: Person) -> None:
    """Refuse before it is told which programs there are."""
    from archive.rights import require

    require(who, "edit_people")


@clients.command(epilog='Example: asbuilt clients tower-4 secret "Report maker" --json')
@click.argument("which", metavar="CLIENT")
@sub_command
def secret(where: Where, which: str) -> dict[str, Any]:
    """Give a program a new secret, shown once. Its tokens end at once."""
    from archive.accounts import Visit, open_accounts
    from archive.accounts.clients import find_client, new_secret
    from archive.clock import utc_now

    with opened(*where) as (archive, who), open_accounts(archive.folder) as accounts:
        permit(who)
        client = find_client(accounts, which)
        made = new_secret(accounts, client, Visit(utc_now()), by=who)
    return shown_once(client, made)
