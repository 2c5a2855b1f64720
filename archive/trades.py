"""Trades: the crafts on site; a photo may show the work of several."""

from __future__ import annotations

from dataclasses import dataclass

from archive.batches import Batch, permit
from archive.errors import Conflict, NotFound
from archive.identity import as_id, clean_name, name_key, new_uuid
from archive.people import Person
from archive.rights import Viewer, scope_condition
from archive.sqlite import sqlite3


@dataclass(frozen=True, slots=True)
class Trade:
    """A trade.

    :param active: whether it is still offered
    :param photos: how many the viewer may see; None when nobody asked
    """

    id: int
    uuid: str
    name: str
    active: bool
    photos: int | None = None
    updated_at: str = ""


def list_trades(connection: sqlite3.Connection, who: Viewer | None) -> list[Trade]:
    """Return all trades by name, counted as ``who`` may see them."""
    if who is None:
        return []
    rows = connection.execute(
        f"""
        select id, uuid, name, active, coalesce((
            select sum(c.photos) from facet_counts c
            where c.dimension = 'trade' and c.location_id = 0 and c.value = t.id
                and {scope_condition(who, "c.scope")}), 0), updated_at
        from trades t order by name_key
        """
    )
    return [Trade(r[0], r[1], r[2], bool(r[3]), r[4], r[5]) for r in rows]


def find_trade(connection: sqlite3.Connection, which: int | str) -> Trade:
    """Return a trade by name, uuid or id.

    :param which: a number is an id and nothing else, whatever trades are called
    :raises NotFound: no such trade
    """
    text = str(which)
    row = connection.execute(
        """
        select id, uuid, name, active, updated_at from trades
        where name_key = ?1 or uuid = ?2 or id = ?3 order by name_key = ?1 desc limit 1
        """,
        ("" if isinstance(which, int) else name_key(text), text, as_id(text)),
    ).fetchone()
    if row is None:
        raise NotFound(f"there is no trade {text!r}", key="no_trade", name=text)
    return Trade(row[0], row[1], row[2], bool(row[3]), updated_at=row[4])


def add_trade(
    connection: sqlite3.Connection, actor: Person, batch: Batch, name: str
) -> Trade:
    """Add a trade.

    :raises NotAllowed: the actor may not
    :raises Conflict: it is there already
    """
    permit(connection, actor, "edit_trades")
    return find_trade(connection, put_trade(connection, batch, name))


def put_trade(
    connection: sqlite3.Connection,
    batch: Batch,
    name: str,
    *,
    active: bool = True,
    uuid: str | None = None,
) -> int:
    """Add a trade, whoever writes. Returns its id.

    :raises Conflict: it is there already
    """
    name = clean_name(name, "trade")
    values = (uuid or new_uuid(), name, name_key(name), int(active), batch.at, batch.at)
    try:
        cursor = connection.execute(
            """
            insert into trades (uuid, name, name_key, active, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?)
            """,
            values,
        )
    except sqlite3.IntegrityError:
        raise Conflict(
            f"there is a trade {name!r} already", key="trade_taken", name=name
        ) from None
    return int(cursor.lastrowid or 0)


def find_or_add_trade(
    connection: sqlite3.Connection, actor: Person, batch: Batch, name: str
) -> Trade:
    """Return the trade of that name, made now if it is not there.

    :raises NotAllowed: it is not there, and the actor may not make it
    """
    try:
        return find_trade(connection, name)
    except NotFound:
        return add_trade(connection, actor, batch, name)


def edit_trade(
    connection: sqlite3.Connection,
    actor: Person,
    trade: Trade,
    *,
    name: str | None = None,
    active: bool | None = None,
) -> Trade:
    """Rename a trade, or say whether it is still offered.

    :raises NotAllowed: the actor may not
    :raises Conflict: the name is taken
    """
    permit(connection, actor, "edit_trades")
    try:
        if name is not None:
            name = clean_name(name, "trade")
            connection.execute(
                "update trades set name = ?, name_key = ? where id = ?",
                (name, name_key(name), trade.id),
            )
        if active is not None:
            connection.execute(
                "update trades set active = ? where id = ?", (int(active), trade.id)
            )
    except sqlite3.IntegrityError:
        raise Conflict(
            f"there is a trade {name!r} already", key="trade_taken", name=name
        ) from None
    return find_trade(connection, trade.id)


def delete_trade(connection: sqlite3.Connection, actor: Person, trade: Trade) -> None:
    """Delete a trade that no photo has (edge rule 24).

    :raises NotAllowed: the actor may not
    :raises Conflict: photos, also ones in the recycle bin, have it
    """
    permit(connection, actor, "edit_trades")
    try:
        connection.execute("delete from trades where id = ?", (trade.id,))
    except sqlite3.IntegrityError:
        raise Conflict(
            f"the trade {trade.name!r} is in use by photos",
            key="trade_used",
            name=trade.name,
        ) from None
