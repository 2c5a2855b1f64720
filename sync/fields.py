"""The three-way merge of one field, by its kind (sync design §2.4; ``docs/sync.md``).

One side changed: its value goes to the other. Both changed: the rule of the kind. Never
agreed: what somebody said wins over what nobody ever said, and two things that were
said are a conflict.
"""

from __future__ import annotations

from collections.abc import Mapping

from archive.identity import name_key
from sync.decisions import (
    CONFLICT,
    KEEP,
    Decision,
    merged,
    only_here,
    pull,
    push,
    same,
    unsent,
)
from sync.records import (
    FIELDS,
    UNWRITTEN,
    Agreed,
    Base,
    Capabilities,
    Field,
    Kind,
    Sort,
    Value,
    Version,
)
from sync.words import merge_texts

REFUSED = "the remote did not take it"


def decide_all(
    kind: Kind,
    base: Base | None,
    local: Version,
    remote: Version,
    capabilities: Capabilities,
) -> dict[str, Decision]:
    """Return what becomes of each field of a record that stands on both sides."""
    known: Mapping[str, Agreed] = base.fields if base else {}
    return {
        name: decide(
            field,
            known.get(name),
            local.fields[name],
            seen=name in remote.fields,
            theirs=remote.fields.get(name),
            cannot=capabilities.cannot_write(kind, name),
        )
        for name, field in FIELDS[kind].items()
    }


def decide(
    field: Field,
    base: Agreed | None,
    ours: Value,
    *,
    seen: bool,
    theirs: Value,
    cannot: str = "",
) -> Decision:
    """Return what becomes of one field.

    :param base: None: this field was never agreed
    :param seen: whether the remote's value is known; else ``theirs`` means nothing
    :param cannot: why the remote takes no value of this field; "": it does
    """
    if not seen:
        return _unseen(field, base, ours, cannot)
    if ours == theirs:
        return KEEP if base == Agreed(ours, theirs) else same(ours)
    if field.sort is Sort.FACT:
        return pull(theirs) if ours == field.empty else KEEP
    if base is None:
        decision = _first_meeting(field, ours, theirs)
    else:
        decision = _three_way(field, base, ours, theirs)
    return _within(decision, field, cannot)


def _unseen(field: Field, base: Agreed | None, ours: Value, cannot: str) -> Decision:
    """Decide without the remote's value: ``log_date`` in most views (§9.7 of the API).

    What was changed here is sent, after a look at what is there.
    """
    if field.sort in UNWRITTEN or ours == (base.ours if base else field.empty):
        return KEEP
    return only_here(cannot) if cannot else push(ours, look=True)


def _three_way(field: Field, base: Agreed, ours: Value, theirs: Value) -> Decision:
    changed_here, changed_there = ours != base.ours, theirs != base.theirs
    if changed_here and not changed_there:
        return push(ours)
    if not changed_there:
        return only_here(REFUSED) if base.is_refused else KEEP
    if not changed_here and not base.is_refused:
        return pull(theirs)
    return _both_changed(field, base, ours, theirs)


def _both_changed(field: Field, base: Agreed, ours: Value, theirs: Value) -> Decision:
    if isinstance(ours, frozenset) and isinstance(theirs, frozenset):
        return merged(_merge_sets(base, ours, theirs), theirs)
    if field.sort is Sort.TEXT and not base.is_refused:
        text = merge_texts(str(base.ours), str(ours), str(theirs))
        return CONFLICT if text is None else merged(text, theirs)
    return CONFLICT


def _merge_sets(
    base: Agreed, ours: frozenset[str], theirs: frozenset[str]
) -> frozenset[str]:
    """Return ours with what came and went there; where both meet, coming wins."""
    before = base.theirs if isinstance(base.theirs, frozenset) else frozenset()
    return ours - (before - theirs) | (theirs - before)


def _first_meeting(field: Field, ours: Value, theirs: Value) -> Decision:
    if field.cautious is not None:
        return push(ours) if ours == field.cautious else pull(theirs)
    if isinstance(ours, frozenset) and isinstance(theirs, frozenset):
        return merged(ours | theirs, theirs)
    if ours == field.empty or field.sort is Sort.FLAG:
        return pull(theirs)
    if theirs == field.empty or field.sort is Sort.ORDER:
        return push(ours)
    if field.sort is Sort.NAME and name_key(str(ours)) == name_key(str(theirs)):
        return pull(theirs)  # adopted by name: as it is spelt there
    return CONFLICT


def _within(decision: Decision, field: Field, cannot: str) -> Decision:
    """Return the decision as far as the remote takes part in it."""
    if cannot and field.sort is Sort.ORDER and decision is CONFLICT:
        return only_here(cannot)  # albums stay as somebody here put them
    return unsent(decision, cannot) if cannot and decision.sends else decision
