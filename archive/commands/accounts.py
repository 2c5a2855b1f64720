"""What ``asbuilt people`` does about accounts: passwords, invitations, sessions."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from archive.commands.common import (
    Where,
    as_option,
    list_options,
    opened,
    print_list,
    say,
    sub_command,
)
from archive.errors import InvalidInput

if TYPE_CHECKING:
    from archive.database import Archive
    from archive.people import Person

LOGINS = ("at", "event", "person", "by", "address")


@click.command(
    epilog="""Examples: asbuilt people tower-4 password Sam --login sam@example.com;
    from a program: printf '%s\\n' "$NEW" | asbuilt people tower-4 password Sam"""
)
@click.argument("name")
@click.option("--login", help="Their login from now on; it is needed for a password.")
@sub_command
def password(where: Where, name: str, login: str | None) -> dict[str, Any]:
    """Set somebody's password, for logging in from other computers.

    It is asked for, or read from a pipe: on the command line others could see it. At
    least 15 characters; three or four words are easy to keep in mind. Sessions end.
    """
    from archive.accounts import Visit, open_accounts, permit_password, set_password
    from archive.clock import utc_now
    from archive.people import find_person

    with opened(*where) as (archive, who), open_accounts(archive.folder) as accounts:
        person = find_person(archive.connection, name)
        if login is not None:
            person = with_login(archive, who, person, login)
        elif person.login is None:
            raise InvalidInput(f"{person.name} has no login yet; add one with --login")
        permit_password(person, who)
        chosen = asked_for(f"New password for {person.name}")
        visit = Visit(utc_now())
        set_password(accounts, archive.connection, person, chosen, visit, by=who)
    say(f"{person.name} can log in as {person.login} from now on")
    return {"person": person.id, "login": person.login}


def with_login(archive: Archive, who: Person, person: Person, login: str) -> Person:
    """Give somebody a login."""
    from archive.batches import batch
    from archive.people import edit_person

    with batch(archive.connection, who):
        return edit_person(archive.connection, who, person, login=login)


def is_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty()


def asked_for(what: str) -> str:
    """Ask for something secret twice, unseen; or take the first line of a pipe."""
    if is_terminal():
        answer: str = click.prompt(
            what, hide_input=True, confirmation_prompt=True, err=True
        )
        return answer
    return sys.stdin.readline().rstrip("\r\n")


@click.command(
    epilog="Example: asbuilt people tower-4 invite Kim --url http://office:8001"
)
@click.argument("name")
@click.option("--url", default="", help="Where the archive is served, for the link.")
@sub_command
def invite(where: Where, name: str, url: str) -> dict[str, Any]:
    """Print a link with which somebody chooses their password, once, within a week."""
    from archive.accounts import Visit, open_accounts
    from archive.accounts import invite as make
    from archive.clock import utc_now
    from archive.people import find_person

    with opened(*where) as (archive, who), open_accounts(archive.folder) as accounts:
        person = find_person(archive.connection, name)
        made = make(accounts, archive.connection, person, Visit(utc_now()), by=who)
    link = f"{url.rstrip('/')}/-/invitation/{made.token}"
    say(f"give this to {person.name} alone; it works once, until {made.ends_at}")
    if not url:
        say("(put the server's address before it, or say it with --url)")
    click.echo(link)
    return {"person": person.id, "link": link, "ends_at": made.ends_at}


@click.command(epilog="Example: asbuilt people tower-4 logout Kim")
@click.argument("name")
@sub_command
def logout(where: Where, name: str) -> dict[str, Any]:
    """End all sessions of a person, wherever they are logged in."""
    from archive.accounts import Visit, end_sessions, open_accounts
    from archive.clock import utc_now
    from archive.people import find_person
    from archive.rights import require

    with opened(*where) as (archive, who), open_accounts(archive.folder) as accounts:
        person = find_person(archive.connection, name)
        if person.id != who.id:
            require(who, "edit_people")
        ended = end_sessions(accounts, person, Visit(utc_now()), by=who)
    say(f"{person.name}: {ended} session{'' if ended == 1 else 's'} ended")
    return {"person": person.id, "ended": ended}


@click.command(epilog="Example: asbuilt people tower-4 logins --format csv")
@as_option
@list_options
def logins(person: str | None, form: str, limit: int | None) -> None:
    """List who logged in or failed to, from where; the latest first."""
    from archive.accounts import list_events, open_accounts
    from archive.rights import require

    folder, outer = click.get_current_context().obj
    with (
        opened(folder, person or outer) as (archive, who),
        open_accounts(folder) as accounts,
    ):
        require(who, "edit_people")
        events = list_events(accounts, archive.connection)
        rows = ({name: getattr(event, name) for name in LOGINS} for event in events)
        print_list(rows, LOGINS, form, limit)


COMMANDS = (password, invite, logout, logins)
