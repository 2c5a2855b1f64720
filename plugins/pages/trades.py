"""``/tower-4/-/trades``: the crafts on site."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from archive.batches import Batch
from archive.people import Person
from archive.rights import viewer
from archive.trades import (
    Trade,
    add_trade,
    delete_trade,
    edit_trade,
    find_trade,
    list_trades,
)
from plugins.calls import Call, Route
from plugins.compat import Response
from plugins.pages.answers import archive_page, changed, data
from plugins.pages.fields import flag, word


async def show(call: Call) -> Response:
    """Answer with all trades by name."""

    def load(connection: Any) -> list[Trade]:  # noqa: ANN401
        return list_trades(connection, viewer(connection.person))

    trades = [_line(call, trade) for trade in await call.read(load)]
    if call.wants_json:
        return data({"trades": trades})
    return await archive_page(call, "trades.html", {"trades": trades})


def _line(call: Call, trade: Trade) -> dict[str, Any]:
    return {**asdict(trade), "url": call.links.having("trade", trade.name)}


async def add(call: Call) -> Response:
    """Add a trade by its ``name``."""
    form = await call.form()

    def change(connection: Any, person: Person, batch: Batch) -> Trade:  # noqa: ANN401
        return add_trade(connection, person, batch, word(form, "name") or "")

    done = await call.write("", change)
    return changed(call, form, done.batch, {"id": done.value.id})


async def edit(call: Call) -> Response:
    """Rename a trade, or say whether it is still offered (``active``)."""
    form = await call.form()

    def change(connection: Any, person: Person, _: Batch) -> None:  # noqa: ANN401
        trade = find_trade(connection, call.number("trade"))
        name, active = word(form, "name"), flag(form, "active")
        edit_trade(connection, person, trade, name=name, active=active)

    done = await call.write("", change)
    return changed(call, form, done.batch)


async def delete(call: Call) -> Response:
    """Delete a trade that no photo has."""
    form = await call.form()

    def change(connection: Any, person: Person, _: Batch) -> None:  # noqa: ANN401
        delete_trade(connection, person, find_trade(connection, call.number("trade")))

    done = await call.write("", change)
    return changed(call, form, done.batch)


_TRADE = r"/-/trades/(?P<trade>[0-9]{1,18})"

ROUTES = (
    Route("/-/trades", show, "view", json=True),
    Route("/-/trades/add", add, "edit_trades", ("POST",)),
    Route(_TRADE + "/edit", edit, "edit_trades", ("POST",)),
    Route(_TRADE + "/delete", delete, "edit_trades", ("POST",)),
)
