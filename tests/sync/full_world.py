"""Something of everything to plan, and a plan's operations as lines."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sync.operations import Operation, told
from sync.records import Kind, Life, Record, Version
from tests.sync.worlds import album, base_of, location, photo


def new_here(kind: Kind, uuid: str, version: Version) -> Record:
    return Record(kind, uuid, local=version)


def new_there(kind: Kind, uuid: str, version: Version, number: int = 1) -> Record:
    whole = kind is not Kind.PHOTO
    return Record(
        kind,
        uuid,
        remote=version,
        remote_id=number,
        bytes_here=whole,
        thumbnail_here=whole,
    )


def full_world() -> list[Record]:
    """Something of everything, in the worst order."""
    roof = photo(description="d", album="a2", location="l2", bytes=1000)
    deleted = replace(photo(), life=Life.RECYCLED)
    return [
        new_here(Kind.PHOTO, "p2", photo(album="a3", location="l4", bytes=500)),
        new_there(Kind.PHOTO, "p1", roof),
        Record(Kind.PHOTO, "p3", base_of(photo()), deleted, photo()),
        Record(Kind.PHOTO, "p4", base_of(photo()), photo(starred=True), photo()),
        Record(Kind.ALBUM, "a1", base_of(album()), Version(Life.PURGED), album()),
        new_there(Kind.ALBUM, "a2", album("Two")),
        new_here(Kind.ALBUM, "a3", album("Three")),
        new_here(Kind.LOCATION, "l4", location("Four", "l5")),
        new_here(Kind.LOCATION, "l5", location("Five")),
        new_there(Kind.LOCATION, "l2", location("Two", "l3")),
        new_there(Kind.LOCATION, "l3", location("Three"), 9),
        new_there(
            Kind.TRADE, "t1", Version(Life.ACTIVE, {"name": "T", "active": True})
        ),
    ]


def lines(operations: Collection[Operation]) -> list[str]:
    return [told(one).split(":")[0] for one in operations]
