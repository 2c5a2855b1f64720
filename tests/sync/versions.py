"""Records in any state, for hypothesis."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from sync.records import (
    FIELDS,
    Agreed,
    Base,
    Field,
    Kind,
    Life,
    Record,
    Sort,
    Value,
    Version,
)

# facts have one rule between them: one of them stands for all
ALIKE = frozenset({"taken_at", "coordinates", "projection", "uploaded_at", "bytes"})
WORDS = st.lists(st.sampled_from("abcd"), max_size=5).map(" ".join)
REFS = st.sampled_from([None, "x", "y", "z"])
DAYS = st.sampled_from([None, "2026-05-01", "2026-05-02"])
NAMES = st.sampled_from(["Roof", "roof", "Yard", "Hall"])


def values(field: Field) -> st.SearchStrategy[Value]:
    if field.sort is Sort.FLAG:
        return st.booleans()
    if field.sort is Sort.SET:
        return st.frozensets(st.sampled_from("abc"))
    if field.sort is Sort.REFERENCE:
        return REFS
    if field.sort is Sort.TEXT:
        return WORDS
    return NAMES if field.sort is Sort.NAME else DAYS


def agreements(field: Field) -> st.SearchStrategy[Agreed]:
    """Mostly the same on both sides; else what the remote made of ours."""
    one = values(field)
    return st.one_of(one.map(lambda v: Agreed(v, v)), st.builds(Agreed, one, one))


def lawful(fields: dict[str, Value]) -> dict[str, Value]:
    """What is private is in no daily log: both sides see to that."""
    if fields.get("private") and fields.get("log_date"):
        return {**fields, "log_date": None}
    return fields


def versions(
    kind: Kind, lives: st.SearchStrategy[Life], *, whole: bool
) -> st.SearchStrategy[Version]:
    spec = {n: values(field) for n, field in FIELDS[kind].items() if n not in ALIKE}
    rest: dict[str, Value] = {n: None for n in FIELDS[kind] if n in ALIKE}
    fields = (
        st.fixed_dictionaries(spec).map(lambda some: {**some, **rest})
        if whole
        else st.fixed_dictionaries({}, optional=spec)
    )
    return st.builds(Version, lives, fields.map(lawful))


def bases(kind: Kind) -> st.SearchStrategy[Base]:
    spec = {n: agreements(f) for n, f in FIELDS[kind].items() if n not in ALIKE}
    lives = st.sampled_from([Life.ACTIVE, Life.RECYCLED, Life.PURGED, Life.HIDDEN])
    return st.builds(Base, lives, st.fixed_dictionaries({}, optional=spec))


@st.composite
def records(
    draw: st.DrawFn, *, live: bool = False, kinds: Sequence[Kind] = tuple(Kind)
) -> Record:
    """Any three versions, possible or not.

    :param live: active on both sides, and seen as a whole
    """
    kind = draw(st.sampled_from(kinds))
    here = [Life.ACTIVE] if live else [Life.ACTIVE, Life.RECYCLED]
    there = [Life.ACTIVE] if live else list(Life)
    local = draw(versions(kind, st.sampled_from(here), whole=True))
    remote = draw(versions(kind, st.sampled_from(there), whole=live))
    base = draw(st.none() | bases(kind))
    if not live and draw(st.integers(0, 5)) == 0:
        local = Version(draw(st.sampled_from([Life.ABSENT, Life.PURGED])))
    if base is not None and live:
        base = Base(Life.ACTIVE, base.fields)
    return Record(kind, "u", base, local, remote)
