"""What two people changed differently, and what a third decides (sync design §2.6).

A conflict follows from the three versions of a record: nobody keeps a list of them, so
none is forgotten, and each closes by itself when both sides say the same. A decision is
an edit by somebody who saw both values.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from enum import StrEnum, unique

from archive.errors import Conflict as NotSoAnyMore
from archive.errors import InvalidInput
from sync.lives import Step
from sync.records import (
    FIELDS,
    UNWRITTEN,
    Agreed,
    Base,
    Kind,
    Life,
    Mark,
    Record,
    Sort,
    Value,
    Version,
)

UNKNOWN = Mark()
LIFE = ""  # in the place of a field: the conflict is about the record as a whole


@unique
class Choice(StrEnum):
    """What somebody may decide."""

    LOCAL = "local"
    REMOTE = "remote"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two values, with who set it and when, as far as that is known."""

    value: Value
    mark: Mark = UNKNOWN


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two values of which neither was seen by who wrote the other.

    :param field: ``LIFE`` when one side deleted what the other edited or wants
    :param why: a step of ``sync.lives``, or "both changed"
    :param base: what was agreed; None also where nothing was
    :param shown: of a record as a whole: a digest of all that both sides say of it, as
        whoever decides has read just that
    """

    kind: Kind
    uuid: str
    field: str
    why: str
    base: Value
    local: Side
    remote: Side
    shown: str = ""

    @property
    def id(self) -> str:
        """16 hex digits: the same on every laptop that meets the same two values."""
        both = [plain(self.local.value), plain(self.remote.value)]
        more = [self.shown] if self.shown else []
        return _digest([self.uuid, self.field, *both, *more])


def _digest(values: object) -> str:
    text = json.dumps(values, ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def plain(value: Value) -> object:
    """Return a value as JSON has it; sets in order."""
    return sorted(value) if isinstance(value, frozenset) else value


def field_conflict(record: Record, name: str) -> Conflict:
    """Return the conflict of a field that both sides changed."""
    known = record.base.fields.get(name) if record.base else None
    return Conflict(
        record.kind,
        record.uuid,
        name,
        "both changed" if known else "never agreed",
        known.ours if known else None,
        _side(record.local, name),
        _side(record.remote, name),
    )


def life_conflict(record: Record, step: Step) -> Conflict:
    """Return the conflict of a record that one side deleted."""
    return Conflict(
        record.kind,
        record.uuid,
        LIFE,
        str(step),
        record.base.life if record.base else None,
        Side(record.local.life, record.local.marks.get(LIFE, UNKNOWN)),
        Side(record.remote.life, record.remote.marks.get(LIFE, UNKNOWN)),
        _digest([_said(record.kind, one) for one in (record.local, record.remote)]),
    )


def _said(kind: Kind, version: Version) -> dict[str, object]:
    """Return what people said of a record on one side."""
    return {
        name: plain(value)
        for name, value in version.fields.items()
        if FIELDS[kind][name].sort not in UNWRITTEN
    }


def _side(version: Version, name: str) -> Side:
    return Side(version.fields.get(name), version.marks.get(name, UNKNOWN))


def resolve(
    record: Record, conflict: Conflict, choice: Choice, other: Value = None
) -> Record:
    """Return the record as it is once somebody has decided.

    ``remote`` takes the value over. ``local`` leaves it as it is and agrees that the
    remote's was seen, so that the next run sends ours. ``other`` writes a third value,
    seen likewise.

    :raises Conflict: one of the values is no longer what was shown; look again
    :raises InvalidInput: ``other`` for a life, or for a field that has no third value;
        a record that is on one side only, as its name is taken on the other
    """
    _require_same(record, conflict)
    if conflict.field == LIFE:
        return _resolve_life(record, conflict, choice)
    if not {conflict.field} <= set(record.local.fields) & set(record.remote.fields):
        raise InvalidInput("rename one of the two that have this name, or delete it")
    name = conflict.field
    theirs = record.remote.fields[name]
    value = {
        Choice.LOCAL: record.local.fields[name],
        Choice.REMOTE: theirs,
        Choice.OTHER: other,
    }[choice]
    if choice is Choice.OTHER:
        _require_third(FIELDS[record.kind][name].sort, other)
    base = record.base or Base(Life.ACTIVE)
    known = {**base.fields, name: Agreed(theirs, theirs)}
    return replace(
        record,
        local=replace(record.local, fields={**record.local.fields, name: value}),
        base=replace(base, fields=known),
    )


def _require_third(sort: Sort, value: Value) -> None:
    if sort not in (Sort.TEXT, Sort.NAME) or not isinstance(value, str):
        raise InvalidInput("only words can be other than both")
    if sort is Sort.NAME and not value.strip():
        raise InvalidInput("the name is empty", key="name_empty", what="record")


def _require_same(record: Record, conflict: Conflict) -> None:
    if conflict.field == LIFE:
        now: tuple[Value, Value] = (record.local.life, record.remote.life)
    else:
        now = (
            record.local.fields.get(conflict.field),
            record.remote.fields.get(conflict.field),
        )
    if now != (conflict.local.value, conflict.remote.value):
        raise NotSoAnyMore("this changed since it was shown; look again")


def _resolve_life(record: Record, conflict: Conflict, choice: Choice) -> Record:
    if choice is Choice.OTHER:
        raise InvalidInput("a record is either kept or deleted")
    step = Step(conflict.why)
    if step in (Step.DELETED_HERE, Step.PURGED_HERE):
        return _delete_anyway(record) if choice is Choice.LOCAL else _want_again(record)
    gone = Life.RECYCLED if record.kind is Kind.PHOTO else Life.PURGED
    here = record.local.life if choice is Choice.LOCAL else gone
    seen = record.remote.life  # what happened there was seen, and is agreed to be so
    base = replace(record.base, life=seen) if record.base else Base(seen)
    return replace(record, local=replace(record.local, life=here), base=base)


def _delete_anyway(record: Record) -> Record:
    """The deletion stands, now that the other's values were seen.

    They are taken over first: should it be restored one day, it comes back with the
    newer words (sync design §3.4, no. 3).
    """
    fields = dict(record.remote.fields)
    base = record.base or Base(Life.ACTIVE)
    known = {**base.fields, **{n: Agreed(v, v) for n, v in fields.items()}}
    kept = {**record.local.fields, **fields} if record.local.fields else {}
    return replace(
        record,
        local=replace(record.local, fields=kept),
        base=Base(Life.ACTIVE, known),
    )


def _want_again(record: Record) -> Record:
    """Here it comes back: out of the bin, or, purged, made anew from the remote."""
    purged = record.local.life is Life.PURGED
    local = Version(Life.ABSENT) if purged else replace(record.local, life=Life.ACTIVE)
    base = None if purged else record.base
    return replace(record, local=local, base=base)
