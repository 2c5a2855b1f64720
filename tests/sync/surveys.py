"""Runs that ought to stop, one for each brake."""

from __future__ import annotations

from sync.brakes import Brake, Remote, Survey, brakes
from sync.evidence import Sweep
from sync.operations import Act, Operation
from sync.records import Kind

HELD = 10_000
CALM = Survey(
    held=HELD,
    texts=HELD,
    before=Remote("1/2 Tower", HELD, frozenset({"delete"}), 1_000_000),
    now=Remote("1/2 Tower", HELD, frozenset({"delete"}), 1_000_100),
    sweep=Sweep(finished=True, unique=HELD, total_first=HELD, total_last=HELD),
)


def several(act: Act, count: int) -> list[Operation]:
    """Operations that change a description which stood there."""
    fields = {"description": ("before", "after")}
    return [Operation(act, Kind.PHOTO, f"u{n}", "", fields) for n in range(count)]


def everything() -> list[Operation]:
    return [
        *several(Act.RECYCLE_HERE, HELD),
        *several(Act.DELETE_THERE, HELD),
        *several(Act.CHANGE_HERE, HELD),
    ]


STRANGE = Survey(
    held=HELD,
    texts=HELD,
    hidden=HELD,
    before=Remote("1/2 Tower", HELD, frozenset({"delete"}), 1_000_000),
    now=Remote("1/3 Other", 0, frozenset(), 10),
    sweep=Sweep(finished=True, unique=0, total_first=0, total_last=0),
    older_stamps=3,
)


def every_brake() -> tuple[Brake, ...]:
    return brakes(everything(), STRANGE)
