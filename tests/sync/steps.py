"""What an engine does with a store, in single steps."""

from __future__ import annotations

from typing import Any

from sync.operations import HERE
from sync.planning import Plan, plan
from sync.records import Kind, Record
from sync.store import Seen
from tests.sync.both_stores import Both, load
from tests.sync.simulator.archive import PROJECT

EVERY = list(Kind)


CONTAINERS = [Kind.TRADE, Kind.LOCATION, Kind.ALBUM]


def pending(archive: Both, kinds: Any = EVERY, after: int = 0) -> list[str]:
    rows = archive.commit(lambda store: store.pending(kinds, after, 100))
    return [uuid for _, uuid in rows]


def take_in(archive: Both) -> int:
    found: int = archive.commit(lambda store: store.take_in())
    return found


def rest_all(archive: Both) -> None:
    def work(store: Any) -> None:
        store.rest([uuid for _, uuid in store.pending(EVERY, 0, 1_000)])

    archive.commit(work)


def settled(archive: Both) -> None:
    take_in(archive)
    rest_all(archive)


def see(archive: Both, *every: Seen) -> list[bool]:
    """Show records to the store, as those that they are linked with, or new ones."""

    def work(store: Any) -> list[bool]:
        return [
            store.see(
                store.uuid_of(one.kind, one.remote_id)
                or PROJECT.uuid_of(one.kind, one.remote_id),
                one,
            )
            for one in every
        ]

    return archive.commit(work)


def photo(number: int = 9, **fields: Any) -> Seen:
    known = {
        "description": "",
        "album": None,
        "location": None,
        "trades": frozenset(),
        "private": False,
        "starred": False,
        "filename": f"IMG_{number}.jpg",
        "uploaded_at": "2026-03-09T08:00:00.000Z",
        "bytes": 1000 + number,
    }
    return Seen(Kind.PHOTO, number, fields=known | fields, created=number, updated=50)


def write_plan(archive: Both, kinds: Any) -> Plan:
    """Write here what is pending, as an engine does."""

    def work(store: Any) -> Plan:
        records = {
            one.uuid: one
            for one in store.load([u for _, u in store.pending(kinds, 0, 100)])
        }
        made = plan(records.values(), near=store.near(), others=store.others())
        for one in made.operations:
            if one.act in HERE:
                store.write(records[one.uuid], made.outcomes[one.uuid], one.why)
        store.show(list(records), made.conflicts)
        return made

    return archive.commit(work)


def pull(archive: Both) -> list[str]:
    """Write here what was seen there; returns the acts."""
    made = [write_plan(archive, CONTAINERS), write_plan(archive, [Kind.PHOTO])]
    return [str(one.act) for each in made for one in each.operations]


def one(archive: Both, uuid: str) -> Record:
    (record,) = load(archive, uuid)
    return record
