"""What a linked remote has to do with the values here: which of its own they contain.

Follows from the sync's state (``sync_records``), and is kept nowhere else: what both
sides agreed about, and how the remote last showed the record.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from sync.exchanging.model import ACTIVE, FIELDS, RECYCLED, Told, Version, digest_of
from sync.records import Agreed, Life, Record, renders
from sync.stamps import Seen, Stamp, join, stamp

# for some records: what puts the remote's part into the stamps of each
Remoteness = Callable[[Collection[str]], Callable[[Told], Told]]
_LIVES = {Life.ACTIVE: ACTIVE, Life.RECYCLED: RECYCLED}


def nothing_remote(uuids: Collection[str]) -> Callable[[Told], Told]:  # noqa: ARG001
    """There is no remote."""
    return lambda told: told


def with_remote(told: Told, record: Record, updated: int) -> Told:
    """Return a record whose stamps say what its values contain of the remote's.

    :param updated: when the remote last changed it, by its clock; 0: never seen there
    """
    if not updated or record.base is None:
        return told
    fields: Mapping[str, Agreed] = record.base.fields
    found = {
        name: _field(one, fields[name], record, name, updated)
        if name in fields and name in FIELDS[told.kind]
        else one
        for name, one in told.fields.items()
    }
    return replace(told, fields=found, life=_life(told.life, record, updated))


def _field(
    one: Version, agreed: Agreed, record: Record, name: str, updated: int
) -> Version:
    shown = record.remote.fields
    if name not in shown or shown[name] != agreed.theirs:
        # something of the remote's is not here, or is not shown: what it was, and when,
        # nobody knows
        return replace(one, is_unsettled=one.stamp.seen is None)
    is_taken = one.value == agreed.ours and (
        agreed.ours == agreed.theirs or renders(agreed.ours, agreed.theirs)
    )
    return replace(one, stamp=_seen(one.stamp, agreed.theirs, updated, taken=is_taken))


def _life(one: Version, record: Record, updated: int) -> Version:
    there = _LIVES.get(record.remote.life)
    if (
        record.base is None
        or there is None
        or record.base.life is not record.remote.life
    ):
        return one
    return replace(
        one, stamp=_seen(one.stamp, there, updated, taken=one.value == there)
    )


def _seen(before: Stamp, value: object, updated: int, *, taken: bool) -> Stamp:
    seen = stamp({}, Seen(updated, frozenset({digest_of(value)})))
    both = join(before, seen)
    return replace(both, flushed=updated if taken and before.vector else None)


__all__ = ["Remoteness", "nothing_remote", "with_remote"]
