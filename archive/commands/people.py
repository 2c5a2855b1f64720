"""``asbuilt people``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

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

COLUMNS = ("id", "name", "login", "level", "rights", "active")
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
    """List people with their levels and rights, or add and change them."""
    from archive.people import list_people
    from archive.rights import allowed, require

    require(who, "view")
    all_of = allowed(who, "edit_people")
    return (
        as_json(each) if all_of or each.id == who.id else name_only(each)
        for each in list_people(archive.connection)
    )


def as_json(person: Any) -> dict[str, Any]:  # noqa: ANN401
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


def name_only(person: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return what those who are no admins are told of another: as the pages do."""
    told = dict.fromkeys(as_json(person))
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
    with opened(*where) as (archive, who), batch(archive.connection, who) as made:
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
    return as_json(person)


@people.command(
    name="set", epilog="Example: asbuilt people tower-4 set Ana --grant view_private"
)
@click.argument("name")
@click.option("--name", "new_name", help="New name.")
@click.option("--level", type=LEVELS)
@click.option("--grant", type=RIGHTS, multiple=True)
@click.option("--withdraw", type=RIGHTS, multiple=True)
@click.option("--active/--inactive", default=None, help="Whether they may do anything.")
@sub_command
def set_(
    where: Where,
    name: str,
    new_name: str | None,
    level: str | None,
    grant: tuple[str, ...],
    withdraw: tuple[str, ...],
    active: bool | None,
) -> dict[str, Any]:
    """Change a person's name, level or rights."""
    from archive.batches import batch
    from archive.people import edit_person, find_person

    rights = {f"can_{right}": True for right in grant}
    rights |= {f"can_{right}": False for right in withdraw}
    with opened(*where) as (archive, who), batch(archive.connection, who):
        found = find_person(archive.connection, name)
        person = edit_person(
            archive.connection,
            who,
            found,
            name=new_name,
            level=level,
            rights=rights,
            active=active,
        )
    say(f"{person.name}: {person.level}{'' if person.active else ', inactive'}")
    return as_json(person)
