"""Trades: a list of the company's, which is the archive's (contract 5.2)."""

from __future__ import annotations

from typing import Any

from archive.batches import Batch
from archive.errors import Conflict
from archive.people import Person
from archive.rights import viewer
from archive.trades import Trade, add_trade, edit_trade, find_trade, list_trades
from plugins.api import bodies, params
from plugins.api.errors import unprocessable
from plugins.api.paging import PAGING, cut
from plugins.api.params import BOOLEAN, MOMENTS, TEXT, Param
from plugins.api.pictures import trade
from plugins.api.routing import ApiCall, answer, get, listed, write
from plugins.compat import Response

TRADES = "/rest/v1.0/companies/{company_id}/trades"
_FILTERS = (
    Param("filters[active]", BOOLEAN, "Whether they are still offered"),
    Param("filters[query]", TEXT, "Part of the name"),
    Param("filters[updated_at]", MOMENTS, "When it was changed, both ends included"),
)


async def list_all(call: ApiCall) -> Response:
    """``GET …/trades``."""
    who = viewer(call.person)
    every = await call.read(lambda connection: list_trades(connection, who))
    found = [one for one in every if _is_wanted(one, call.args)]
    return listed(call, [trade(one) for one in cut(found, call.wish)], len(found))


def _is_wanted(one: Trade, args: Any) -> bool:  # noqa: ANN401
    active, words = args["filters[active]"], args["filters[query]"]
    window = args["filters[updated_at]"]
    if active is not None and one.active != active:
        return False
    if words is not None and words.casefold() not in one.name.casefold():
        return False
    return params.holds(window, one.updated_at)


async def show(call: ApiCall) -> Response:
    """``GET …/trades/{id}``."""
    number = call.names["id"]
    found = await call.read(lambda connection: find_trade(connection, number))
    return answer(trade(found))


async def create(call: ApiCall) -> Response:
    """``POST …/trades``; a name that is taken is 422, as the contract says."""
    sent = bodies.part(await call.body(), "trade")
    name = bodies.text_of(sent, "name", "trade")
    if not name:
        raise unprocessable("name", "can't be blank")
    offered = bodies.flag_of(sent, "active", "trade") is not False

    def change(connection: Any, person: Person, opened: Batch) -> Trade:  # noqa: ANN401
        made = add_trade(connection, person, opened, name)
        if offered:
            return made
        return edit_trade(connection, person, made, active=False)

    try:
        made = await call.write("", change)
    except Conflict:
        raise unprocessable("name", "has already been taken") from None
    return answer(trade(made), 201)


ENDPOINTS = (
    get(TRADES, list_all, "view", "The trades", (*PAGING, *_FILTERS), "[trade]"),
    get(f"{TRADES}/{{id}}", show, "view", "A trade", answer="trade"),
    write(
        "POST",
        TRADES,
        create,
        "edit_trades",
        "Add a trade",
        sends=("trade_write", "trade"),
        status=201,
    ),
)
