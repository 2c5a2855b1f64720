"""From what becomes of a record to what is done, and in which words it is told."""

from __future__ import annotations

from collections.abc import Mapping

from sync.lives import Step
from sync.merge import Outcome
from sync.operations import Act, Operation
from sync.records import FIELDS, Fields, Kind, Life, Record, Value

_HERE = {
    Step.MAKE_HERE: Act.MAKE_HERE,
    Step.RECYCLE_HERE: Act.RECYCLE_HERE,
    Step.RETRIEVE_HERE: Act.RETRIEVE_HERE,
}
_THERE = {
    Step.CREATE_THERE: Act.CREATE_THERE,
    Step.DELETE_THERE: Act.DELETE_THERE,
    Step.RETRIEVE_THERE: Act.RETRIEVE_THERE,
}
_WHY = {
    Act.MAKE_HERE: "new there",
    Act.RETRIEVE_HERE: "restored there",
    Act.AGREE: "both hold the same",
    Act.CREATE_THERE: "new here",
    Act.RETRIEVE_THERE: "restored here",
    Act.DELETE_THERE: "deleted here, unchanged there",
    Act.FETCH_THUMBNAIL: "to be looked at",
    Act.FETCH_ORIGINAL: "the bytes are not here",
}


def operations_of(
    record: Record,
    outcomes: Mapping[str, Outcome],
    records: Mapping[str, Record],
    *,
    files: bool = True,
) -> list[Operation]:
    """Return what is done to a record: here, there, and its bytes.

    :param outcomes: of all records of the plan, as those that it refers to come first
    :param files: also fetching its bytes
    """
    outcome = outcomes[record.uuid]
    found = [
        _operation(act, record, outcome, outcomes, _depth(record, records))
        for act in (_act_here(record, outcome), _act_there(outcome))
        if act is not None
    ]
    return found + _fetches(record, outcome) if files else found


def _act_here(record: Record, outcome: Outcome) -> Act | None:
    if outcome.step in _HERE:
        return _HERE[outcome.step]
    if outcome.write:
        return Act.CHANGE_HERE
    return Act.AGREE if outcome.base != record.base else None


def _act_there(outcome: Outcome) -> Act | None:
    if outcome.step in _THERE:
        return _THERE[outcome.step]
    return Act.CHANGE_THERE if outcome.send else None


def _operation(
    act: Act,
    record: Record,
    outcome: Outcome,
    outcomes: Mapping[str, Outcome],
    depth: int,
) -> Operation:
    is_here = act not in _THERE.values() and act is not Act.CHANGE_THERE
    values, side = (
        (outcome.write, record.local.fields)
        if is_here
        else (outcome.send, record.remote.fields)
    )
    is_upload = act is Act.CREATE_THERE and record.kind is Kind.PHOTO
    return Operation(
        act,
        record.kind,
        record.uuid,
        _why(act, record, outcome),
        fields={name: (side.get(name), value) for name, value in values.items()},
        needs=_needs(record, values, outcomes, is_here=is_here),
        look=frozenset() if is_here else outcome.look,
        remote_id=record.remote_id,
        bytes=_size(record) if is_upload else 0,
        depth=depth,
    )


def _why(act: Act, record: Record, outcome: Outcome) -> str:
    if act in (Act.CHANGE_HERE, Act.CHANGE_THERE):
        if set(outcome.write) & set(outcome.send):
            return "changed on both sides, put together"
        return "changed there" if act is Act.CHANGE_HERE else "changed here"
    if act is Act.RECYCLE_HERE:
        is_purged = record.remote.life is Life.PURGED
        return "purged there" if is_purged else "seen in the bin there"
    return _WHY[act]


def _needs(
    record: Record, values: Fields, outcomes: Mapping[str, Outcome], *, is_here: bool
) -> frozenset[str]:
    """Return those of the plan that have to be done before: made, to be referred to.

    A merged value is written here before it is sent (INV-BASE).
    """
    step = Step.MAKE_HERE if is_here else Step.CREATE_THERE
    made = frozenset(
        uuid
        for name, value in values.items()
        if FIELDS[record.kind][name].target
        for uuid in members(value)
        if uuid in outcomes and outcomes[uuid].step is step
    )
    is_merged = not is_here and set(values) & set(outcomes[record.uuid].write)
    return made | {record.uuid} if is_merged else made


def members(value: Value) -> frozenset[str]:
    """Return the records that a reference, or a set of them, names."""
    if isinstance(value, frozenset):
        return value
    return frozenset() if value is None else frozenset({str(value)})


def _depth(record: Record, records: Mapping[str, Record]) -> int:
    """Return how many locations of the plan lie above one."""
    depth, at, seen = 0, record, {record.uuid}
    while True:
        above = at.local.fields.get("parent") or at.remote.fields.get("parent")
        if not above or above not in records or above in seen:
            return depth
        seen.add(str(above))
        depth, at = depth + 1, records[str(above)]


def _fetches(record: Record, outcome: Outcome) -> list[Operation]:
    """Return what is fetched of a photo that is live on both sides."""
    is_live = outcome.life is Life.ACTIVE and record.remote.life is Life.ACTIVE
    if record.kind is not Kind.PHOTO or record.bytes_here or not is_live:
        return []
    acts = [Act.FETCH_ORIGINAL]
    if not record.thumbnail_here:
        acts.append(Act.FETCH_THUMBNAIL)
    return [
        Operation(
            act,
            record.kind,
            record.uuid,
            _WHY[act],
            remote_id=record.remote_id,
            bytes=_size(record) if act is Act.FETCH_ORIGINAL else None,
        )
        for act in acts
    ]


def _size(record: Record) -> int | None:
    size = record.local.fields.get("bytes") or record.remote.fields.get("bytes")
    return size if isinstance(size, int) else None
