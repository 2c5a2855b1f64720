"""``asbuilt people``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from archive.commands import accounts as account_commands
from archive.commands.common import (
    Where,
    lister,
    opened,
    say,
    sub_command,
)

if TYPE_CHECKING:
    from archive.database import Archive
    from archive.people import Person

COLUMNS = ("id", "name", "login", "level", "rights", "active", "password")
LEVELS = click.Choice(["none", "read_only", "standard", "admin"])
RIGHTS = click.Choice(
    ["create_albums", "delete_albums", "reorder_albums", "view_private"]
)


@lister(
    COLUMNS,
    epilog="""Example: asbuilt people tower-4 add "Ana Silva" --login ana@example.com
    --level standard --right view_private""",
)
def people(archive: Archive, who: Person) -> Iterator[dict[str, Any]]:
    """List people with their levels and rights, or add and change them.

    The column password says who has one, for logging in where the archive is served to
    other computers.
    """
    from archive.accounts import open_accounts, with_password
    from archive.people import list_people
    from archive.rights import allowed, require

    require(who, "view")
    all_of = allowed(who, "edit_people")
    with open_accounts(archive.folder) as accounts:
        have = with_password(accounts)
    return (
        {**as_json(each), "password": each.uuid in have}
        if all_of or each.id == who.id
        else name_only(each)
        for each in list_people(archive.connection)
    )


def as_json(person: Person) -> dict[str, Any]:
    """Return a person as they are listed."""
    from archive.people import GRANULAR

    return {
        "id": person.id,
        "uuid": person.uuid,
        "name": person.name,
        "login": person.login,
        "level": person.level,
        "rights": [
            right.removeprefix("can_") for right in GRANULAR if getattr(person, right)
        ],
        "active": person.active,
    }


def say_namesakes(archive: Archive, person: Person) -> None:
    """Tell how to keep people apart whose names read alike."""
    from archive.people import namesakes

    others = [str(other.id) for other in namesakes(archive.connection, person)]
    if others:
        say(
            f"note: {person.name} is also the name of person {', '.join(others)};"
            " --as takes the login or the number, too"
        )


def name_only(person: Person) -> dict[str, Any]:
    """Return what those who are no admins are told of another: as the pages do."""
    told = dict.fromkeys([*as_json(person), "password"])
    return told | {"id": person.id, "uuid": person.uuid, "name": person.name}


@people.command(
    epilog='Example: asbuilt people tower-4 add "Ana Silva" --level standard'
)
@click.argument("name")
@click.option("--login", help="E-mail or account name.")
@click.option("--level", type=LEVELS, default="read_only", show_default=True)
@click.option("--right", "rights", type=RIGHTS, multiple=True, help="May be repeated.")
@sub_command
def add(
    where: Where,
    name: str,
    login: str | None,
    level: str,
    rights: tuple[str, ...],
) -> dict[str, Any]:
    """Add a person."""
    from archive.batches import batch
    from archive.people import add_person

    granted = tuple(f"can_{right}" for right in rights)
    with opened(*where) as (archive, who):
        with batch(archive.connection, who) as made:
            person = add_person(
                archive.connection,
                who,
                made,
                name,
                login=login,
                level=level,
                rights=granted,
            )
        say(f"added person {person.id}, {person.name} ({person.level})")
        say_namesakes(archive, person)
    return as_json(person)


@people.command(
    name="set", epilog="Example: asbuilt people tower-4 set Ana --grant view_private"
)
@click.argument("name")
@click.option("--name", "new_name", help="New name.")
@click.option("--login", help="E-mail or account name.")
@click.option("--level", type=LEVELS)
@click.option("--grant", type=RIGHTS, multiple=True)
@click.option("--withdraw", type=RIGHTS, multiple=True)
@click.option("--active/--inactive", default=None, help="Whether they may do anything.")
@sub_command
def set_(
    where: Where,
    name: str,
    new_name: str | None,
    login: str | None,
    level: str | None,
    grant: tuple[str, ...],
    withdraw: tuple[str, ...],
    active: bool | None,
) -> dict[str, Any]:
    """Change a person's name, login, level or rights."""
    from archive.batches import batch
    from archive.people import edit_person, find_person

    rights = {f"can_{right}": True for right in grant}
    rights |= {f"can_{right}": False for right in withdraw}
    with opened(*where) as (archive, who):
        with batch(archive.connection, who):
            found = find_person(archive.connection, name)
            person = edit_person(
                archive.connection,
                who,
                found,
                name=new_name,
                login=login,
                level=level,
                rights=rights,
                active=active,
            )
        say(f"{person.name}: {person.level}{'' if person.active else ', inactive'}")
        if new_name is not None:
            say_namesakes(archive, person)
    return as_json(person)


for _command in account_commands.COMMANDS:
    people.add_command(_command)
