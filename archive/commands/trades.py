"""``asbuilt trades``."""

from __future__ import annotations

from pathlib import Path

import click

from archive.commands.common import (
    Lister,
    archive_argument,
    as_option,
    list_options,
    opened,
    print_list,
    say,
)

COLUMNS = ("id", "name", "photos", "active")


@click.group(
    cls=Lister,
    invoke_without_command=True,
    epilog="Example: asbuilt trades tower-4 add Concrete",
)
@archive_argument
@as_option
@list_options
@click.pass_context
def trades(
    context: click.Context,
    folder: Path,
    person: str | None,
    form: str,
    limit: int | None,
) -> None:
    """List trades, or add, rename, retire and delete them."""
    context.obj = (folder, person)
    if context.invoked_subcommand:
        return
    from archive.rights import viewer
    from archive.trades import list_trades

    with opened(folder, person) as (archive, who):
        rows = (
            {
                "id": trade.id,
                "uuid": trade.uuid,
                "name": trade.name,
                "active": trade.active,
                "photos": trade.photos,
            }
            for trade in list_trades(archive.connection, viewer(who))
        )
        print_list(rows, COLUMNS, form, limit)


@trades.command(epilog="Example: asbuilt trades tower-4 add Concrete")
@click.argument("name")
@click.pass_obj
def add(where: tuple[Path, str | None], name: str) -> None:
    """Add a trade."""
    from archive.batches import batch
    from archive.trades import add_trade

    with opened(*where) as (archive, who), batch(archive.connection, who) as made:
        trade = add_trade(archive.connection, who, made, name)
    say(f"added trade {trade.id}, {trade.name}")


@trades.command(epilog="Example: asbuilt trades tower-4 rename MEP 'Mechanical'")
@click.argument("trade")
@click.argument("name")
@click.pass_obj
def rename(where: tuple[Path, str | None], trade: str, name: str) -> None:
    """Rename a trade."""
    from archive.batches import batch
    from archive.trades import edit_trade, find_trade

    with opened(*where) as (archive, who), batch(archive.connection, who):
        found = find_trade(archive.connection, trade)
        edit_trade(archive.connection, who, found, name=name)
    say(f"renamed {found.name} to {name}")


@trades.command(epilog="Example: asbuilt trades tower-4 retire Earthworks")
@click.argument("trade")
@click.option("--back", is_flag=True, help="Offer it again.")
@click.pass_obj
def retire(where: tuple[Path, str | None], trade: str, back: bool) -> None:
    """Offer a trade no longer; photos that have it keep it."""
    from archive.batches import batch
    from archive.trades import edit_trade, find_trade

    with opened(*where) as (archive, who), batch(archive.connection, who):
        found = find_trade(archive.connection, trade)
        edit_trade(archive.connection, who, found, active=back)
    say(f"{found.name} is {'offered again' if back else 'no longer offered'}")


@trades.command(epilog="Example: asbuilt trades tower-4 delete Plumming")
@click.argument("trade")
@click.pass_obj
def delete(where: tuple[Path, str | None], trade: str) -> None:
    """Delete a trade that no photo has."""
    from archive.batches import batch
    from archive.trades import delete_trade, find_trade

    with opened(*where) as (archive, who), batch(archive.connection, who):
        found = find_trade(archive.connection, trade)
        delete_trade(archive.connection, who, found)
    say(f"deleted {found.name}")
