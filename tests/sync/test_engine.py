"""What a run asks for, and how often."""

from __future__ import annotations

from sync.records import Kind
from tests.sync.simulator.scripted import script


def test_a_trade_and_an_album_that_nobody_has_met_are_read_at_once() -> None:
    told = script()
    told.sync(told.laptop)
    remote = told.world.remote
    fields = {
        "description": "w-new",
        "trades": frozenset({remote.add_trade("Steel").id}),
        "album": remote.add_album("Roof").id,
    }
    remote.add_image("new.jpg", ("0" * 64, 9), fields)
    told.sync(told.laptop)
    rows = told.laptop.archive.rows.items()
    (photo,) = [row for _, row in rows if row.fields.get("description") == "w-new"]
    names = {
        told.laptop.archive.rows[uuid].fields["name"]
        for uuid in (*photo.fields["trades"], photo.fields["album"])  # type: ignore[misc]
    }
    assert names == {"Steel", "Roof"}
    assert sum(kind is Kind.TRADE for kind in told.laptop.archive.kinds.values()) == 1
