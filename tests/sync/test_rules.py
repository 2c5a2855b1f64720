"""The rules of ``docs/sync.md`` and those of the code are the same, cell by cell."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from sync.brakes import EVERYTHING
from sync.conflicts import LIFE, Choice, resolve
from sync.decisions import Decision, Verdict
from sync.evidence import Sighting, Sweep, life_there
from sync.fields import decide
from sync.lives import CONFLICTS, Step, step
from sync.merge import merge
from sync.operations import Act, Operation, place
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
from tests.sync.pairs import outcome
from tests.sync.people import ACTS
from tests.sync.surveys import every_brake
from tests.sync.tables import Row, table
from tests.sync.worlds import base_of, edited, photo


def test_every_field_is_in_the_table_and_no_other() -> None:
    written = {
        (row["record"], row["field"]): (row["kind"], row["the remote takes it"])
        for row in table("record", "field")
    }
    assert written == {
        (kind, name): (spec.sort, spec.needs or "always")
        for kind, fields in FIELDS.items()
        for name, spec in fields.items()
    }


# kind of field: (base, here, there) of which all differ
EXAMPLES: dict[str, tuple[Field, Value, Value, Value]] = {
    "text, apart": (
        FIELDS[Kind.PHOTO]["description"],
        "a crack in the wall",
        "a wide crack in the wall",
        "a crack in the wall, sealed",
    ),
    "text, touching": (
        FIELDS[Kind.PHOTO]["description"],
        "crack",
        "crack 1",
        "crack 2",
    ),
    "name": (FIELDS[Kind.ALBUM]["name"], "Roof", "Roof, north", "Roof 2"),
    "name, read alike": (
        FIELDS[Kind.ALBUM]["name"],
        "Roof",
        "North  roof",
        "north Roof",
    ),
    "reference": (FIELDS[Kind.PHOTO]["album"], "roof", "yard", "hall"),
    "set": (
        FIELDS[Kind.PHOTO]["trades"],
        frozenset({"brick", "steel"}),
        frozenset({"steel", "paint"}),
        frozenset({"brick", "steel", "glass"}),
    ),
    "day": (FIELDS[Kind.PHOTO]["log_date"], "2026-05-01", "2026-05-02", "2026-05-03"),
    "fact": (FIELDS[Kind.PHOTO]["filename"], "a.jpg", "b.jpg", "c.jpg"),
    "order": (FIELDS[Kind.ALBUM]["position"], "A", "B", "C"),
}
CANNOT = {Sort.ORDER: "no order", Sort.FACT: "no facts"}


def told(decision: Decision) -> str:
    return f"{decision.verdict}, look" if decision.look else str(decision.verdict)


def decided(
    field: Field, base: Agreed | None, ours: Value, theirs: Value, *, seen: bool = True
) -> str:
    cannot = CANNOT.get(field.sort, "")
    return told(decide(field, base, ours, seen=seen, theirs=theirs, cannot=cannot))


@pytest.mark.parametrize("row", table("kind", "changed here"), ids=lambda r: r["kind"])
def test_a_field_is_merged_as_the_table_says(row: Row) -> None:
    if row["kind"] == "flag":
        field, base, ours, theirs = FIELDS[Kind.PHOTO]["private"], False, True, True
    else:
        field, base, ours, theirs = EXAMPLES[row["kind"]]
    known, empty = Agreed(base, base), field.empty
    found = {
        "changed here": decided(field, known, ours, base),
        "changed there": decided(field, known, base, theirs),
        "both, differently": decided(field, known, ours, theirs),
        "first meeting, only here": decided(field, None, ours, empty),
        "first meeting, only there": decided(field, None, empty, theirs),
        "first meeting, differently": decided(field, None, ours, theirs),
        "unseen, changed here": decided(field, known, ours, None, seen=False),
    }
    if row["kind"] == "flag":  # two values: what differs from one is the other
        found["both, differently"] = found["first meeting, differently"] = "–"
    assert found == {name: cell for name, cell in row.items() if name != "kind"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_did_not_change_is_kept_and_the_same_change_is_agreed(name: str) -> None:
    field, base, ours, _ = EXAMPLES[name]
    known = Agreed(base, base)
    kept = decide(field, known, base, seen=True, theirs=base)
    assert kept.verdict is Verdict.KEEP
    same = decide(field, known, ours, seen=True, theirs=ours)
    assert (same.verdict, same.agreed) == (Verdict.SAME, Agreed(ours, ours))
    assert decide(field, None, ours, seen=True, theirs=ours).verdict is Verdict.SAME
    unseen = decide(field, known, base, seen=False, theirs=None)
    assert unseen.verdict is Verdict.KEEP


LIVES = [Life.ABSENT, Life.ACTIVE, Life.RECYCLED, Life.PURGED, Life.HIDDEN]


@pytest.mark.parametrize("agreed", LIVES, ids=str)
def test_what_happens_to_a_record_is_what_the_table_says(agreed: Life) -> None:
    written = {
        (row["agreed"], row["here"], row["there"]): row
        for row in table("agreed", "here")
    }
    for here, there, ours, theirs in product(
        [one for one in LIVES if one is not Life.HIDDEN],
        LIVES,
        (False, True),
        (False, True),
    ):
        base = None if agreed is Life.ABSENT else agreed
        found = step(base, here, there, edited_here=ours, edited_there=theirs)
        row = written.get((agreed, here, there))
        expected = row["what happens"] if row else "nothing"
        if row and theirs and row["edited there"]:
            expected = row["edited there"]
        if row and ours and row["edited here"]:
            expected = row["edited here"]
        assert str(found) == expected, (agreed, here, there, ours, theirs)


PAIRS = [
    pytest.param(
        kind,
        row[str(kind)],
        there,
        row[there],
        id=f"{kind}: {row[str(kind)]} | {there}",
    )
    for kind in ACTS
    for row in table(str(kind), "nothing")
    for there in row
    if there != str(kind)
]


@pytest.mark.parametrize(("kind", "here", "there", "written"), PAIRS)
def test_two_acts_at_once_end_as_the_table_says(
    kind: Kind, here: str, there: str, written: str
) -> None:
    assert outcome(kind, here, there) == written


@pytest.mark.parametrize("kind", ACTS, ids=str)
def test_every_pair_of_acts_is_in_the_table(kind: Kind) -> None:
    rows = table(str(kind), "nothing")
    acts = set(ACTS[kind])
    assert {row[str(kind)] for row in rows} == acts
    assert set(rows[0]) - {str(kind)} == acts


def test_every_conflict_of_lives_is_in_the_table_of_decisions() -> None:
    written = {row["conflict"] for row in table("conflict", "keep ours")}
    assert written == {*map(str, CONFLICTS), "both changed", "never agreed"}


# conflict: (agreed, here, there); what the next plans do after each choice
DECIDED = {
    Step.DELETED_THERE: (Life.ACTIVE, Life.ACTIVE, Life.RECYCLED),
    Step.PURGED_THERE: (Life.ACTIVE, Life.ACTIVE, Life.PURGED),
    Step.HIDDEN_THERE: (Life.ACTIVE, Life.ACTIVE, Life.HIDDEN),
    Step.DELETED_HERE: (Life.ACTIVE, Life.RECYCLED, Life.ACTIVE),
    Step.PURGED_HERE: (Life.ACTIVE, Life.PURGED, Life.ACTIVE),
}
NEXT = {
    "it is restored there, and ours is sent": (Step.RETRIEVE_THERE, Life.ACTIVE),
    "it goes to the bin here": (None, Life.RECYCLED),
    "it stays, here only": (Step.ENDED_THERE, Life.ACTIVE),
    "it stays; ours waits until it is visible": (Step.MISSING, Life.ACTIVE),
    "it is deleted there, their words kept in the bin here": (
        Step.DELETE_THERE,
        Life.RECYCLED,
    ),
    "it is restored here": (Step.MERGE, Life.ACTIVE),
    "it is deleted there": (Step.DELETE_THERE, Life.PURGED),
    "it is made here anew": (Step.MAKE_HERE, Life.ABSENT),
}


@pytest.mark.parametrize("choice", [Choice.LOCAL, Choice.REMOTE], ids=str)
@pytest.mark.parametrize("why", DECIDED, ids=str)
def test_a_decision_leads_where_the_table_says(why: Step, choice: Choice) -> None:
    agreed, here, there = DECIDED[why]
    theirs = edited(photo(), description="theirs")
    shown = {} if there is Life.HIDDEN else theirs.fields
    local = Version(here, {} if here is Life.PURGED else photo().fields)
    base = Base(agreed, base_of(photo()).fields)
    record = Record(Kind.PHOTO, "p", base, local, Version(there, shown))
    if "edited here" in why:
        record = replace(record, local=edited(local, description="ours"))
    [conflict] = merge(record).conflicts
    after = resolve(record, conflict, choice)
    column = "keep ours" if choice is Choice.LOCAL else "take theirs"
    written = next(
        row[column] for row in table("conflict", "keep ours") if row["conflict"] == why
    )
    then, life = NEXT[written]
    assert after.local.life is life
    found = merge(after)
    assert not [one for one in found.conflicts if one.field == LIFE]
    steps = (Step.NOTHING, Step.AGREE) if then is None else (then,)
    assert found.step in steps


SWEEPS = {
    "yes": Sweep(finished=True, unique=7, total_first=7, total_last=7),
    "no": Sweep(finished=False, unique=7, total_first=7, total_last=7),
}
STATUSES = ("not asked", "200", "403", "404", "500")
BEFORE = [Life.ACTIVE, Life.RECYCLED, Life.PURGED, Life.HIDDEN]


@pytest.mark.parametrize("row", table("listed", "in the bin"), ids=str)
def test_what_was_seen_proves_what_the_table_says(row: Row) -> None:
    any_of = {"–": ("yes", "no")}
    for before, listed, in_bin, sweep, asked in product(
        BEFORE,
        any_of.get(row["listed"], (row["listed"],)),
        any_of.get(row["in the bin"], (row["in the bin"],)),
        any_of.get(row["the sweep was whole"], (row["the sweep was whole"],)),
        STATUSES if row["asked by number"] == "–" else (row["asked by number"],),
    ):
        seen = Sighting(
            listed == "yes",
            in_bin == "yes",
            row["said to be purged"] == "yes",
            int(asked) if asked.isdigit() else None,
        )
        expected = before if row["it is"] == "as before" else Life(row["it is"])
        if expected is Life.HIDDEN and before is not Life.ACTIVE:
            expected = before
        assert life_there(before, seen, SWEEPS[sweep]) is expected


def test_every_brake_is_in_the_table() -> None:
    written = {row["brake"]: row["holds"] for row in table("brake", "when")}
    met = {one.name: one.holds for one in every_brake()}
    assert written == {
        name: "everything"
        if holds == EVERYTHING
        else ", ".join(sorted(map(str, holds), key=list(Act).index))
        for name, holds in met.items()
    }


def test_the_order_is_the_one_in_the_table() -> None:
    rows = table("stage", "what")
    assert [row["stage"] for row in rows] == [str(at) for at in range(len(rows))]
    assert {
        place(Operation(act, kind, "u", ""))[0] for act, kind in product(Act, Kind)
    } == set(range(len(rows)))
