"""The merge of many records, each knowing what becomes of those that it refers to."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace

from sync.clashes import Neighbours, without_clashes
from sync.lives import Step
from sync.merge import Outcome, Surroundings, merge
from sync.records import Capabilities, Fields, Kind, Life, Record

NO_ONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Except:
    """A container with some more in it, and some less."""

    first: Container[str]
    more: Container[str]
    less: Container[str]

    def __contains__(self, one: object) -> bool:
        return one not in self.less and (one in self.more or one in self.first)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the last turn of the merge showed of records that others depend on.

    :param unmade: cannot be made here; ``uncreated``: on the remote
    :param used_here: albums and locations in which something stays; ``used_there``: on
        the remote
    """

    unmade: frozenset[str] = NO_ONE
    uncreated: frozenset[str] = NO_ONE
    used_here: frozenset[str] = NO_ONE
    used_there: frozenset[str] = NO_ONE

    def __or__(self, other: _Known) -> _Known:
        return _Known(
            self.unmade | other.unmade,
            self.uncreated | other.uncreated,
            self.used_here | other.used_here,
            self.used_there | other.used_there,
        )


def merge_all(
    records: Mapping[str, Record],
    capabilities: Capabilities,
    near: Surroundings,
    others: Neighbours,
) -> dict[str, Outcome]:
    """Return what becomes of each record.

    A record that cannot be made after all (the one above it is missing, its name is
    taken) is no longer there to be referred to, and an album in which a photo stays is
    not deleted; so again with what was found out, until that is all. It ends, as each
    turn finds out more about a finite number.

    :param near: what is true of records that are not among these
    """
    known = _Known()
    if all(record.kind is Kind.PHOTO for record in records.values()):
        # nothing else refers to them, and no two of them can be in each other's way
        return _merge_once(records, capabilities, _around(records, near, known))
    while True:
        found = _merge_once(records, capabilities, _around(records, near, known))
        found = without_clashes(records, found, others)
        more = known | _found_out(records, found, capabilities)
        if more == known:
            return found
        known = more


def _found_out(
    records: Mapping[str, Record],
    outcomes: Mapping[str, Outcome],
    capabilities: Capabilities,
) -> _Known:
    refused = frozenset(
        uuid
        for uuid, outcome in outcomes.items()
        if outcome.step is Step.CREATE_THERE
        and capabilities.cannot(records[uuid].kind, "create")
    )
    return _Known(
        _failing(records, outcomes, Step.MAKE_HERE),
        _failing(records, outcomes, Step.CREATE_THERE) | refused,
        _used_here(records, outcomes),
        _used_there(records, outcomes),
    )


def _used_here(
    records: Mapping[str, Record], outcomes: Mapping[str, Outcome]
) -> frozenset[str]:
    return frozenset(
        used
        for uuid, outcome in outcomes.items()
        if outcome.life is Life.ACTIVE
        for used in _holders({**records[uuid].local.fields, **outcome.write})
        if used in records
    )


def _used_there(
    records: Mapping[str, Record], outcomes: Mapping[str, Outcome]
) -> frozenset[str]:
    return frozenset(
        used
        for uuid, outcome in outcomes.items()
        if records[uuid].remote.life is Life.ACTIVE
        and outcome.step is not Step.DELETE_THERE
        for used in _holders({**records[uuid].remote.fields, **outcome.send})
        if used in records
    )


def _holders(fields: Fields) -> Iterator[str]:
    """Yield what would lose something if it were deleted."""
    for name in ("album", "location", "parent"):
        if fields.get(name):
            yield str(fields[name])


def _merge_once(
    records: Mapping[str, Record], capabilities: Capabilities, near: Surroundings
) -> dict[str, Outcome]:
    found: dict[str, Outcome] = {}
    for kind in Kind:
        around = near
        if kind is Kind.PHOTO:
            private = _private_albums(records, found, near.private_albums)
            around = replace(near, private_albums=private)
        for uuid, record in records.items():
            if record.kind is kind:
                found[uuid] = merge(record, capabilities, around)
    return found


def _private_albums(
    records: Mapping[str, Record],
    outcomes: Mapping[str, Outcome],
    known: Container[str],
) -> Container[str]:
    """Return the albums that will be private here, once the albums are merged."""
    private: set[str] = set()
    public: set[str] = set()
    for uuid, outcome in outcomes.items():
        if records[uuid].kind is Kind.ALBUM:
            after = {**records[uuid].local.fields, **outcome.write}
            (private if after.get("private") else public).add(uuid)
    return _Except(known, private, public)


def _around(
    records: Mapping[str, Record], near: Surroundings, known: _Known
) -> Surroundings:
    """Return what is on each side, or will be when its turn comes."""
    every = set(records)
    here = {uuid for uuid, one in records.items() if _will_be_here(one)}
    there = {uuid for uuid, one in records.items() if _will_be_there(one)}
    here, there = here - known.unmade, there - known.uncreated
    return replace(
        near,
        here=_Except(near.here, here, every - here),
        there=_Except(near.there, there, every - there),
        used_here=_Except(near.used_here, known.used_here, NO_ONE),
        used_there=_Except(near.used_there, known.used_there, NO_ONE),
    )


def _will_be_here(record: Record) -> bool:
    made = record.local.life is Life.ABSENT and record.remote.life is Life.ACTIVE
    return record.local.life is Life.ACTIVE or made


def _will_be_there(record: Record) -> bool:
    return record.remote.life is Life.ACTIVE or _is_new_here(record)


def _is_new_here(record: Record) -> bool:
    is_only_here = record.base is None and record.remote.life is Life.ABSENT
    return is_only_here and record.local.life is Life.ACTIVE


def _failing(
    records: Mapping[str, Record], outcomes: Mapping[str, Outcome], step: Step
) -> frozenset[str]:
    """Return those that should be made by this step and are not."""

    def is_due(record: Record) -> bool:
        if step is Step.CREATE_THERE:
            return _is_new_here(record)
        return record.local.life is Life.ABSENT and _will_be_here(record)

    return frozenset(
        uuid
        for uuid, outcome in outcomes.items()
        if outcome.step is not step and is_due(records[uuid])
    )
