"""``asbuilt trades``."""

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

COLUMNS = ("id", "name", "photos", "active")


@lister(
    COLUMNS,
    epilog="Example: asbuilt trades tower-4 add Concrete",
)
def trades(archive: Archive, who: Person) -> Iterator[dict[str, Any]]:
    """List trades, or add, rename, retire and delete them."""
    from archive.rights import require, viewer
    from archive.trades import list_trades

    require(who, "view")
    found = list_trades(archive.connection, viewer(who))
    return ({**as_json(trade), "photos": trade.photos} for trade in found)


def as_json(trade: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a trade as it is listed, without the count of its photos."""
    return {
        "id": trade.id,
        "uuid": trade.uuid,
        "name": trade.name,
        "active": trade.active,
    }


@trades.command(epilog="Example: asbuilt trades tower-4 add Concrete")
@click.argument("name")
@sub_command
def add(where: Where, name: str) -> dict[str, Any]:
    """Add a trade."""
    from archive.batches import batch
    from archive.trades import add_trade

    with opened(*where) as (archive, who), batch(archive.connection, who) as made:
        trade = add_trade(archive.connection, who, made, name)
    say(f"added trade {trade.id}, {trade.name}")
    return as_json(trade)


@trades.command(epilog="Example: asbuilt trades tower-4 rename MEP 'Mechanical'")
@click.argument("trade")
@click.argument("name")
@sub_command
def rename(where: Where, trade: str, name: str) -> dict[str, Any]:
    """Rename a trade."""
    from archive.batches import batch
    from archive.trades import edit_trade, find_trade

    with opened(*where) as (archive, who), batch(archive.connection, who):
        found = find_trade(archive.connection, trade)
        renamed = edit_trade(archive.connection, who, found, name=name)
    say(f"renamed {found.name} to {renamed.name}")
    return as_json(renamed)


@trades.command(epilog="Example: asbuilt trades tower-4 retire Earthworks")
@click.argument("trade")
@click.option("--back", is_flag=True, help="Offer it again.")
@sub_command
def retire(where: Where, trade: str, back: bool) -> dict[str, Any]:
    """Offer a trade no longer; photos that have it keep it."""
    from archive.batches import batch
    from archive.trades import edit_trade, find_trade

    with opened(*where) as (archive, who), batch(archive.connection, who):
        found = find_trade(archive.connection, trade)
        found = edit_trade(archive.connection, who, found, active=back)
    say(f"{found.name} is {'offered again' if back else 'no longer offered'}")
    return as_json(found)


@trades.command(epilog="Example: asbuilt trades tower-4 delete Plumming")
@click.argument("trade")
@sub_command
def delete(where: Where, trade: str) -> dict[str, Any]:
    """Delete a trade that no photo has."""
    from archive.batches import batch
    from archive.trades import delete_trade, find_trade

    with opened(*where) as (archive, who), batch(archive.connection, who):
        found = find_trade(archive.connection, trade)
        delete_trade(archive.connection, who, found)
    say(f"deleted {found.name}")
    return as_json(found)
