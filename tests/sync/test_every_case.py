"""Every case of a field and of a life there is, against a second telling of the rules.

Layer V0 of the sync design (§3.1). The rules here are written from §2.4 and §2.5 alone,
so that a slip in the code is no slip of theirs.
"""

from __future__ import annotations

from itertools import product

import pytest

from sync.conflicts import LIFE
from sync.fields import decide
from sync.lives import Step
from sync.merge import merge
from sync.records import FIELDS, Agreed, Base, Field, Kind, Life, Record, Value, Version
from tests.sync.worlds import after, base_of, edited, photo

TEXTS = ("", "a b c d e", "x b c d e", "a b c d y", "a b z d e")
MEMBERS = ("x", "y", "z")
SETS = tuple(
    frozenset(one for one, is_in in zip(MEMBERS, some, strict=True) if is_in)
    for some in product((False, True), repeat=3)
)
CASES: dict[str, tuple[Field, tuple[Value, ...]]] = {
    "text": (FIELDS[Kind.PHOTO]["description"], TEXTS),
    "reference": (FIELDS[Kind.PHOTO]["album"], (None, "x", "y", "z")),
    "set": (FIELDS[Kind.PHOTO]["trades"], SETS),
    "flag": (FIELDS[Kind.PHOTO]["private"], (False, True)),
    "star": (FIELDS[Kind.PHOTO]["starred"], (False, True)),
    "day": (FIELDS[Kind.PHOTO]["log_date"], (None, "2026-05-01", "2026-05-02")),
    "name": (FIELDS[Kind.ALBUM]["name"], ("Roof", "Yard", "Hall", "Shed")),
    "fact": (FIELDS[Kind.PHOTO]["filename"], (None, "a.jpg", "b.jpg", "c.jpg")),
}


def expected(name: str, base: Value, ours: Value, theirs: Value) -> tuple[str, Value]:
    """Return what becomes of a field that was agreed, and the value both end with.

    ``None`` in the place of a value: each keeps its own.
    """
    if ours == theirs:
        return ("keep" if base == ours else "same"), ours
    if name == "fact":
        return ("pull", theirs) if ours is None else ("keep", None)
    if ours == base:
        return "pull", theirs
    if theirs == base:
        return "push", ours
    value = _put_together(name, base, ours, theirs)
    if value is None:
        return "conflict", None
    return ("pull" if value == theirs else "merge"), value


def _put_together(name: str, base: Value, ours: Value, theirs: Value) -> Value:
    """Return a value with the changes of both; None: there is none."""
    if name == "set":
        assert isinstance(base, frozenset)
        assert isinstance(ours, frozenset)
        assert isinstance(theirs, frozenset)
        return (ours & theirs) | (ours - base) | (theirs - base)
    if name != "text" or "" in (base, ours, theirs):
        return None
    words = [str(one).split() for one in (base, ours, theirs)]
    three = list(zip(*words, strict=True))
    here = {at for at, (was, one, _) in enumerate(three) if one != was}
    there = {at for at, (was, _, one) in enumerate(three) if one != was}
    alike = {at for at, (_, one, other) in enumerate(three) if one == other}
    if any(abs(one - other) < 2 for one in here - alike for other in there - alike):
        return None
    return " ".join(one if one != was else other for was, one, other in three)


@pytest.mark.parametrize("name", CASES)
def test_every_three_values_of_a_field_end_as_the_rule_says(name: str) -> None:
    field, values = CASES[name]
    for base, ours, theirs in product(values, repeat=3):
        found = decide(field, Agreed(base, base), ours, seen=True, theirs=theirs)
        verdict, value = expected(name, base, ours, theirs)
        case = (base, ours, theirs)
        assert str(found.verdict) == verdict, case
        if verdict == "merge":
            assert found.here == value, case


@pytest.mark.parametrize("name", CASES)
def test_every_two_values_that_were_never_agreed_end_as_the_rule_says(
    name: str,
) -> None:
    field, values = CASES[name]
    for ours, theirs in product(values, repeat=2):
        found = decide(field, None, ours, seen=True, theirs=theirs)
        assert str(found.verdict) == expected_first(name, ours, theirs), (ours, theirs)


def expected_first(name: str, ours: Value, theirs: Value) -> str:
    """Return what becomes of a field that was never agreed."""
    if ours == theirs:
        return "same"
    if name in ("flag", "star"):  # somebody said so
        return "push" if ours else "pull"
    if name == "set":
        return "pull" if ours <= theirs else "merge"  # type: ignore[operator]
    if ours in (None, ""):
        return "pull"
    if name == "fact":
        return "keep"
    return "push" if theirs in (None, "") else "conflict"


@pytest.mark.parametrize("name", CASES)
def test_a_value_that_is_not_shown_is_never_taken_for_an_empty_one(name: str) -> None:
    field, values = CASES[name]
    for base, ours in product(values, repeat=2):
        found = decide(field, Agreed(base, base), ours, seen=False, theirs=None)
        is_sent = base != ours and name != "fact"
        assert str(found.verdict) == ("push" if is_sent else "keep"), (base, ours)
        assert found.look is is_sent


LIVES = [Life.ABSENT, Life.ACTIVE, Life.RECYCLED, Life.PURGED, Life.HIDDEN]
WORDS = ("a b c", "x b c", "a b y")


def every_record() -> list[Record]:
    """Return a photo in every state: three lives, and three texts."""
    found = []
    for agreed, here, there in product(LIVES, LIVES[:-1], LIVES):
        for base, ours, theirs in product(WORDS, repeat=3):
            known = base_of(edited(photo(), description=base)).fields
            old = None if agreed is Life.ABSENT else Base(agreed, known)
            local = _standing(here, ours, {Life.ABSENT, Life.PURGED})
            remote = _standing(there, theirs, {Life.ABSENT, Life.PURGED, Life.HIDDEN})
            found.append(Record(Kind.PHOTO, "p", old, local, remote))
    return found


def _standing(life: Life, text: str, bare: set[Life]) -> Version:
    return Version(life, {} if life in bare else photo(description=text).fields)


def test_in_every_state_of_a_record_nothing_is_buried_and_nothing_unseen_agreed() -> (
    None
):
    for record in every_record():
        found = merge(record)
        base = record.base.fields["description"].theirs if record.base else None
        ours = record.local.fields.get("description")
        theirs = record.remote.fields.get("description")
        if any(one.field == LIFE for one in found.conflicts):
            assert not found.write
            assert not found.send
            assert found.base == record.base
        if found.step is Step.RECYCLE_HERE:
            assert ours == base, record  # P3
        if found.step is Step.DELETE_THERE:
            assert theirs == base, record
        now = found.base.fields.get("description") if found.base else None
        if now is not None and now.theirs != base:  # P8
            held = set(str(found.write.get("description", ours)).split())
            assert set(str(now.theirs).split()) - set(str(base).split()) <= held, record


def test_in_every_state_of_a_record_a_second_merge_has_nothing_to_write() -> None:
    for record in every_record():
        written = after(record, merge(record))
        again = merge(written)
        assert not again.write, record
        assert again.life is written.local.life, record
