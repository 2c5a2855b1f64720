"""The three-way merge of a record: what to write here, what to send, what is agreed.

Pure: the same three versions always give the same outcome, and once it is written here
the same call gives nothing more to write (sync design §0.1, §2.4, §2.5; the table of
rules is ``docs/sync.md``).
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field

from sync.conflicts import Conflict, field_conflict, life_conflict
from sync.decisions import Decision, Verdict, only_here, pull, push
from sync.fields import decide_all
from sync.lives import CONFLICTS, Flow, Step, flow, life_agreed, life_here, step
from sync.privacy import keep_private
from sync.records import (
    FIELDS,
    UNWRITTEN,
    Agreed,
    Base,
    Capabilities,
    Fields,
    Kind,
    Life,
    Record,
    Sort,
    Value,
    agreed,
)


class Everything:
    """Holds whatever one asks for."""

    def __contains__(self, one: object) -> bool:
        """Whether it holds it."""
        return True


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the merge of one record has to know of others, by uuid.

    :param here: albums, places, trades and photos that are here, so that something may
        refer to them
    :param there: those that the remote has, or will have when its turn comes
    :param private_albums: as they will be here, once the albums are merged
    :param used_here: albums and locations in which something is here, and stays;
        ``used_there``: likewise on the remote
    """

    here: Container[str] = field(default_factory=Everything)
    there: Container[str] = field(default_factory=Everything)
    private_albums: Container[str] = ()
    used_here: Container[str] = ()
    used_there: Container[str] = ()


ALONE = Surroundings()
ABLE = Capabilities()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a record.

    :param write: values to be written here, only those that are others now
    :param send: values for the remote, likewise
    :param life: where the record stands here afterwards
    :param base: what is agreed once ``write`` and ``life`` are committed, and before
        anything was sent
    :param waiting: fields that cannot move yet, with the reason
    :param only_here: fields that the remote does not take, with the reason
    :param look: fields whose value there was not seen, and has to be before it is
        written over or deleted
    """

    step: Step
    life: Life
    base: Base | None
    write: Fields = field(default_factory=dict)
    send: Fields = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    waiting: Mapping[str, str] = field(default_factory=dict)
    only_here: Mapping[str, str] = field(default_factory=dict)
    look: frozenset[str] = frozenset()


def merge(
    record: Record, capabilities: Capabilities = ABLE, near: Surroundings = ALONE
) -> Outcome:
    """Return what becomes of a record.

    :param near: what it has to know of others
    """
    chosen = _step(record, near)
    if chosen is Step.MAKE_HERE and _is_plainly_new(record, near):
        return _made_as_there(record)
    if chosen is Step.MAKE_HERE and _is_scope_unknown(record):
        why = "the remote does not say whether it is private"
        return unmade(record, waiting={"private": why})
    if chosen in CONFLICTS:
        conflict = life_conflict(record, chosen)
        return Outcome(chosen, record.local.life, record.base, conflicts=(conflict,))
    decisions, waiting = _ready(_decisions(record, chosen, capabilities), record, near)
    if "parent" in waiting and chosen in (Step.MAKE_HERE, Step.CREATE_THERE):
        return unmade(record, waiting=waiting)
    if record.kind is Kind.PHOTO:
        decisions, held = keep_private(decisions, record, near.private_albums)
        waiting |= held
    return _outcome(record, chosen, decisions, waiting)


def _step(record: Record, near: Surroundings) -> Step:
    """Return the step; what is used counts as edited, unless it is only hidden."""
    is_hidden = record.remote.life is Life.HIDDEN
    holds = record.kind in _HOLDING
    used_here = holds and record.uuid in near.used_here and not is_hidden
    used_there = holds and record.uuid in near.used_there
    return step(
        record.base.life if record.base else None,
        record.local.life,
        record.remote.life,
        edited_here=edited_here(record) or used_here,
        edited_there=edited_there(record) or used_there,
    )


_HOLDING = frozenset({Kind.ALBUM, Kind.LOCATION})


def _is_plainly_new(record: Record, near: Surroundings) -> bool:
    """Whether a photo is new there, and nothing but that is to be known of it.

    It is what most records of a first run are: for them the decisions about each field
    need not be made one by one.
    """
    fields = record.remote.fields
    return (
        record.kind is Kind.PHOTO
        and record.base is None
        and not record.local.fields
        and fields.get("private") is False
        and fields.get("album") not in near.private_albums
        and all(_all_in(fields.get(name), near.here) for name in _REFERRING)
    )


_REFERRING = tuple(name for name, one in FIELDS[Kind.PHOTO].items() if one.target)


def _made_as_there(record: Record) -> Outcome:
    """Return what becomes of a photo that is made here just as it is there."""
    fields = record.remote.fields
    base = Base(Life.ACTIVE, agreed(fields))
    return Outcome(Step.MAKE_HERE, Life.ACTIVE, base, write=fields)


def _is_scope_unknown(record: Record) -> bool:
    """Whether nobody said if a record is private that could be."""
    fields = record.remote.fields
    return "private" in FIELDS[record.kind] and "private" not in fields


def unmade(
    record: Record,
    *,
    waiting: Mapping[str, str] | None = None,
    conflict: Conflict | None = None,
) -> Outcome:
    """Leave a new record on the side that it is on, for now."""
    return Outcome(
        Step.NOTHING,
        record.local.life,
        record.base,
        waiting=waiting or {},
        conflicts=(conflict,) if conflict else (),
    )


def edited_here(record: Record) -> bool:
    """Whether somebody here wrote what the other side has not seen."""
    if record.base is None or record.local.touched:
        return True
    return _differs(record, record.local.fields, "ours")


def edited_there(record: Record) -> bool:
    """Whether somebody there wrote what this side has not seen."""
    return record.base is None or _differs(record, record.remote.fields, "theirs")


def _differs(record: Record, fields: Fields, side: str) -> bool:
    known = record.base.fields if record.base else {}
    return any(
        value != (getattr(known[name], side) if name in known else spec.empty)
        for name, spec in FIELDS[record.kind].items()
        if spec.sort not in UNWRITTEN and name in fields
        for value in (fields[name],)
    )


def _decisions(
    record: Record, chosen: Step, capabilities: Capabilities
) -> dict[str, Decision]:
    """Return the fields' decisions, as far as the step lets them move."""
    if chosen is Step.CREATE_THERE:
        return _creation(record, capabilities)
    if chosen is Step.MAKE_HERE:
        return {name: pull(value) for name, value in record.remote.fields.items()}
    direction = flow(chosen, record.remote.life)
    if direction is Flow.NONE or not record.local.fields:
        return {}
    found = decide_all(
        record.kind, record.base, record.local, record.remote, capabilities
    )
    if direction is Flow.HERE:  # what is in the bin there takes no values
        found = {name: one for name, one in found.items() if not one.sends}
    return found


def _creation(record: Record, capabilities: Capabilities) -> dict[str, Decision]:
    """Return what a new record on the remote is sent: all that somebody said of it.

    ``private`` is sent in any case, as the remote has a default of its own (§9.7 of the
    API).
    """
    found = {}
    for name, spec in FIELDS[record.kind].items():
        value = record.local.fields[name]
        if spec.sort in UNWRITTEN or (value == spec.empty and name != "private"):
            continue
        # names and parents can be given where they cannot be changed afterwards
        cannot = ""
        if spec.sort is Sort.FLAG:
            cannot = capabilities.cannot_write(record.kind, name)
        found[name] = only_here(cannot) if cannot else push(value)
    return found


def _ready(
    decisions: Mapping[str, Decision], record: Record, near: Surroundings
) -> tuple[dict[str, Decision], dict[str, str]]:
    """Leave out what refers to a record that is not where it would have to be."""
    ready, waiting = {}, {}
    for name, decision in decisions.items():
        target = FIELDS[record.kind][name].target
        if target and decision.writes and not _all_in(decision.here, near.here):
            waiting[name] = f"{_waits_for(target)} that is not here"
        elif target and decision.sends and not _all_in(decision.there, near.there):
            waiting[name] = f"{_waits_for(target)} that the remote has not"
        else:
            ready[name] = decision
    return ready, waiting


def _waits_for(target: Kind) -> str:
    return f"waits for {'an' if target is Kind.ALBUM else 'a'} {target}"


def _all_in(value: Value, known: Container[str]) -> bool:
    if isinstance(value, frozenset):
        return all(one in known for one in value)
    return value is None or value in known


def _outcome(
    record: Record,
    chosen: Step,
    decisions: Mapping[str, Decision],
    waiting: Mapping[str, str],
) -> Outcome:
    here = record.local.fields
    return Outcome(
        chosen,
        life_here(chosen, record.local.life, has_bin=record.kind is Kind.PHOTO),
        _base(record, chosen, decisions),
        write={
            name: one.here
            for name, one in decisions.items()
            if one.writes and (name not in here or here[name] != one.here)
        },
        send={name: one.there for name, one in decisions.items() if one.sends},
        conflicts=tuple(
            field_conflict(record, name)
            for name, one in decisions.items()
            if one.verdict is Verdict.CONFLICT
        ),
        waiting=dict(waiting),
        only_here={
            name: one.why
            for name, one in decisions.items()
            if one.verdict is Verdict.ONLY_HERE
        },
        look=_look(record, chosen, decisions),
    )


def _look(
    record: Record, chosen: Step, decisions: Mapping[str, Decision]
) -> frozenset[str]:
    """Return what has to be read there first: what is written over, or deleted."""
    if chosen is not Step.DELETE_THERE:
        return frozenset(name for name, one in decisions.items() if one.look)
    return frozenset(
        name
        for name, spec in FIELDS[record.kind].items()
        if spec.sort not in UNWRITTEN and name not in record.remote.fields
    )


def _base(
    record: Record, chosen: Step, decisions: Mapping[str, Decision]
) -> Base | None:
    """Return the base after the step: the only place where it moves in a merge."""
    old = record.base
    life = life_agreed(chosen, record.remote.life, old.life if old else None)
    if life is None:
        return old
    known: dict[str, Agreed] = dict(old.fields) if old else {}
    known |= {name: one.agreed for name, one in decisions.items() if one.agreed}
    return Base(life, known)
