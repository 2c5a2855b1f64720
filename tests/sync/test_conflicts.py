"""What somebody decides about a conflict, and what follows from it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archive.errors import Conflict as NotSoAnyMore
from archive.errors import InvalidInput
from sync.conflicts import LIFE, Choice, Conflict, Side, plain, resolve
from sync.merge import merge
from sync.records import Kind, Life, Mark, Record, Value, Version
from tests.sync.worlds import base_of, edited, photo

OLD, OURS, THEIRS = (photo(description=word) for word in ("old", "ours", "theirs"))
BOTH = Record(Kind.PHOTO, "p", base_of(OLD), OURS, THEIRS)
DELETED_HERE = replace(BOTH, local=replace(OLD, life=Life.RECYCLED))
PURGED_HERE = replace(BOTH, local=Version(Life.PURGED))


def conflict_of(record: Record) -> Conflict:
    [conflict] = merge(record).conflicts
    return conflict


@pytest.mark.parametrize(
    ("choice", "other", "write", "send"),
    [
        (Choice.LOCAL, None, "ours", "ours"),
        (Choice.REMOTE, None, "theirs", None),
        (Choice.OTHER, "both", "both", "both"),
        (Choice.OTHER, "", "", ""),
    ],
)
@pytest.mark.parametrize("met", [True, False], ids=["met", "never met"])
def test_a_decision_is_an_edit_that_saw_both(
    choice: Choice, other: Value, write: str, send: str | None, met: bool
) -> None:
    record = BOTH if met else replace(BOTH, base=None)
    after = resolve(record, conflict_of(record), choice, other)
    assert after.local.fields["description"] == write
    outcome = merge(after)
    assert outcome.conflicts == ()
    assert outcome.send.get("description") == send
    assert outcome.write == {}


def test_a_conflict_says_who_wrote_what_and_when() -> None:
    ana, bo = Mark("Ana", "2026-05-01T09:00:00Z"), Mark("", "2026-05-02T09:00:00Z")
    record = replace(
        BOTH,
        local=replace(OURS, marks={"description": ana}),
        remote=replace(THEIRS, marks={"description": bo}),
    )
    conflict = conflict_of(record)
    assert conflict.local == Side("ours", ana)
    assert conflict.remote == Side("theirs", bo)
    assert (conflict.base, conflict.why) == ("old", "both changed")


def test_a_conflict_has_one_id_wherever_it_is_met() -> None:
    # how a set is iterated differs from process to process
    assert plain(frozenset("hgfedcba")) == list("abcdefgh")
    sides = Side(frozenset("hgfedcba")), Side(frozenset())
    conflict = Conflict(Kind.PHOTO, "p", "trades", "", None, *sides)
    assert conflict.id == "cd06e53d54f3b375"
    assert conflict_of(BOTH).id != conflict_of(replace(BOTH, uuid="q")).id
    later = replace(BOTH, remote=edited(THEIRS, description="later"))
    assert conflict_of(BOTH).id != conflict_of(later).id


@pytest.mark.parametrize("side", ["local", "remote"])
def test_what_changed_since_it_was_shown_is_not_decided(side: str) -> None:
    conflict = conflict_of(BOTH)
    since = edited(getattr(BOTH, side), description="since")
    with pytest.raises(NotSoAnyMore):
        resolve(replace(BOTH, **{side: since}), conflict, Choice.LOCAL)
    conflict = conflict_of(DELETED_HERE)
    gone = replace(getattr(DELETED_HERE, side), life=Life.PURGED)
    with pytest.raises(NotSoAnyMore):
        resolve(replace(DELETED_HERE, **{side: gone}), conflict, Choice.LOCAL)


def test_the_other_fields_of_a_record_go_on_meanwhile() -> None:
    record = replace(BOTH, remote=edited(THEIRS, location="hall"))
    outcome = merge(record)
    assert outcome.write == {"location": "hall"}
    assert [one.field for one in outcome.conflicts] == ["description"]


def test_deleted_anyway_comes_back_with_the_newer_words() -> None:
    after = resolve(DELETED_HERE, conflict_of(DELETED_HERE), Choice.LOCAL)
    assert after.local.fields["description"] == "theirs"
    assert after.local.life is Life.RECYCLED
    restored = replace(after, local=replace(after.local, life=Life.ACTIVE))
    assert merge(restored).send == {}


def test_wanted_again_after_a_purge_is_made_anew() -> None:
    after = resolve(PURGED_HERE, conflict_of(PURGED_HERE), Choice.REMOTE)
    assert after.base is None
    assert merge(after).write["description"] == "theirs"


@pytest.mark.parametrize(
    ("record", "field", "other"),
    [
        (BOTH, "description", 7),
        (BOTH, "description", None),
        (DELETED_HERE, LIFE, "half"),
    ],
)
def test_only_words_can_be_a_third(record: Record, field: str, other: Value) -> None:
    conflict = conflict_of(record)
    assert conflict.field == field
    with pytest.raises(InvalidInput):
        resolve(record, conflict, Choice.OTHER, other)


def test_a_reference_has_no_third_value_and_a_name_is_not_empty() -> None:
    moved = replace(BOTH, local=edited(OLD, album="x"), remote=edited(OLD, album="y"))
    with pytest.raises(InvalidInput):
        resolve(moved, conflict_of(moved), Choice.OTHER, "z")
    place = Version(Life.ACTIVE, {"name": "Room", "parent": None})
    rooms = Record(
        Kind.LOCATION,
        "l",
        base_of(place),
        edited(place, name="Room 1"),
        edited(place, name="Room I"),
    )
    with pytest.raises(InvalidInput):
        resolve(rooms, conflict_of(rooms), Choice.OTHER, " ")
    after = resolve(rooms, conflict_of(rooms), Choice.OTHER, "Room one")
    assert merge(after).send == {"name": "Room one"}
