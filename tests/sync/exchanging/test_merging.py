"""The rules of ``docs/exchange.md``, each by the shortest story that needs it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sync.conflicts import Choice
from sync.exchanging.merging import covered, merge
from sync.exchanging.model import ACTIVE, LIFE, PURGED, RECYCLED, Version
from sync.exchanging.settling import common, key_of, supersedes
from sync.stamps import Seen, stamp
from tests.sync.exchanging.replicas import Replica, copied


def pair() -> tuple[Replica, Replica]:
    """Two copies of an archive: a photo in an album, trades, a text."""
    one = Replica("A")
    for trade in ("t1", "t2"):
        one.add("trade", trade, name=trade)
    one.add("album", "a1", name="Facade")
    one.add("photo", "p1", description="as it was", album="a1")
    return one, copied(one, "B")


def meet(*some: Replica) -> None:
    for one in some:
        for other in some:
            if other is not one:
                one.take(other.tell())


def value(one: Replica, name: str, uuid: str = "p1") -> Any:
    return one.records[uuid].fields[name].value


def clashes(one: Replica) -> list[tuple[str, str]]:
    return [(clash.field, clash.why) for _, clash, _ in one.clashes()]


def test_who_has_seen_a_value_replaces_it_whoever_tells_whom_first() -> None:
    a, b = pair()
    a.edit("p1", "description", "newer")
    a.take(b.tell())
    assert value(a, "description") == "newer"
    b.take(a.tell())
    assert value(b, "description") == "newer"
    assert not a.clashes()
    assert not b.clashes()


def test_texts_that_do_not_touch_are_put_together() -> None:
    a, b = pair()
    a.edit("p1", "description", "before as it was")
    b.edit("p1", "description", "as it was after")
    meet(a, b, a, b)
    assert (
        value(a, "description") == value(b, "description") == ("before as it was after")
    )


def test_what_a_merge_makes_replaces_what_it_was_made_of() -> None:
    a, b = pair()
    a.edit("p1", "description", "before as it was")
    b.edit("p1", "description", "as it was after")
    a.take(b.tell())
    b.take(a.tell())
    stamps = [one.records["p1"].fields["description"].stamp for one in (a, b)]
    assert stamps[0] == stamps[1] != stamp({"A": 1})
    assert covered(b.records["p1"].fields["description"], Version("x", stamps[0]))


def test_texts_that_touch_are_a_question_with_one_name() -> None:
    a, b = pair()
    a.edit("p1", "description", "of a")
    b.edit("p1", "description", "of b")
    meet(a, b)
    assert clashes(a) == clashes(b) == [("description", "both changed")]
    assert (value(a, "description"), value(b, "description")) == ("of a", "of b")
    keys = {key_of(u, clash) for one in (a, b) for u, clash, _ in one.clashes()}
    assert len(keys) == 1


@pytest.mark.parametrize("choice", list(Choice), ids=str)
def test_a_decision_holds_wherever_it_is_told(choice: Choice) -> None:
    a, b = pair()
    a.edit("p1", "description", "of a")
    b.edit("p1", "description", "of b")
    meet(a, b)
    ((uuid, clash, theirs),) = a.clashes()
    a.decide(uuid, clash, theirs, choice)
    b.take(a.tell())
    told = {Choice.LOCAL: "of a", Choice.REMOTE: "of b", Choice.OTHER: "third"}
    assert value(a, "description") == value(b, "description") == told[choice]
    assert not a.clashes()
    assert not b.clashes()


@pytest.mark.parametrize("name", ["private", "starred"])
def test_a_flag_that_one_set_is_set(name: str) -> None:
    a, b = pair()
    for one, times in ((a, 1), (b, 2)):
        for _ in range(times):
            one.edit("p1", name, not value(one, name))
    meet(a, b)
    assert value(a, name) is value(b, name) is True


def test_members_that_came_and_went_on_either_side_have_come_and_gone() -> None:
    a, _ = pair()
    a.edit("p1", "trades", frozenset({"t1"}))
    b = copied(a, "B")
    a.edit("p1", "trades", frozenset({"t1", "t2"}))
    b.edit("p1", "trades", frozenset())
    b.take(a.tell())
    assert value(b, "trades") == {"t2"}


def test_where_nobody_knows_what_they_came_from_all_members_stay() -> None:
    a, b = pair()
    a.edit("p1", "trades", frozenset({"t1"}))
    b.edit("p1", "trades", frozenset({"t2"}))
    b.history.clear()
    b.take(a.tell())
    assert value(b, "trades") == {"t1", "t2"}


@pytest.mark.parametrize(
    ("name", "ours", "theirs"), [("rotation", 90, 180), ("album", None, "a2")]
)
def test_of_two_turns_or_places_somebody_chooses(
    name: str, ours: Any, theirs: Any
) -> None:
    a, b = pair()
    for one in (a, b):
        one.records["a2"] = replace(one.records["a1"], uuid="a2")
    a.edit("p1", name, ours)
    b.edit("p1", name, theirs)
    a.take(b.tell())
    assert value(a, name) == ours
    assert clashes(a) == [(name, "both changed")]


def test_names_that_read_alike_are_one() -> None:
    a, b = pair()
    a.edit("a1", "name", "FAÇADE east")
    b.edit("a1", "name", "Façade East")
    meet(a, b)
    assert value(a, "name", "a1") == value(b, "name", "a1")
    assert not a.clashes()


def test_a_deletion_counts_when_all_of_the_other_was_seen() -> None:
    a, b = pair()
    a.live("p1", RECYCLED)
    b.take(a.tell())
    assert b.records["p1"].life.value == RECYCLED


@pytest.mark.parametrize("end", [RECYCLED, PURGED])
@pytest.mark.parametrize("what", ["an edit", "a comment"])
def test_a_deletion_buries_nothing_unseen(end: str, what: str) -> None:
    a, b = pair()
    a.live("p1", end)
    if what == "an edit":
        b.edit("p1", "starred", True)
    else:
        b.add("comment", "c1", body="look", photo="p1")
    for one, other in ((a, b), (b, a)):
        one.take(other.tell())
        assert LIFE in {field for field, _ in clashes(one)}
    assert b.records["p1"].life.value == ACTIVE


def test_a_purge_there_is_the_bin_here() -> None:
    a, b = pair()
    a.live("p1", PURGED)
    b.take(a.tell())
    assert b.records["p1"].life.value == RECYCLED


def test_what_was_purged_is_made_again_by_no_bundle() -> None:
    a, b = pair()
    told = b.tell()
    a.live("p1", PURGED)
    a.take(told)
    assert a.records["p1"].life.value == PURGED
    assert not a.clashes()


def test_an_album_in_use_is_not_deleted() -> None:
    a, b = pair()
    a.edit("p1", "album", None)
    a.live("a1", PURGED)
    b.take([one for one in a.tell() if one.uuid == "a1"])
    assert b.records["a1"].life.value == ACTIVE
    assert clashes(b) == [(LIFE, "edited here, deleted there")]


def test_what_comes_into_a_private_album_is_private_and_in_no_log() -> None:
    a, b = pair()
    b.edit("a1", "private", True)
    a.add("photo", "p2", album="a1", log_date="2026-03-09")
    b.take([one for one in a.tell() if one.uuid == "p2"])
    assert (value(b, "private", "p2"), value(b, "log_date", "p2")) == (True, None)
    ours = b.records["p2"].fields["private"]
    assert not covered(ours, a.records["p2"].fields["private"])  # it is a new value


def test_what_refers_to_what_is_not_here_waits_for_it() -> None:
    a, b = pair()
    a.add("album", "a9", name="Roof")
    a.edit("p1", "album", "a9")
    a.edit("p1", "starred", True)
    told = {one.uuid: one for one in a.tell()}
    b.take([told["p1"]])
    assert (value(b, "album"), value(b, "starred")) == ("a1", True)
    b.take([told["a9"]])
    assert value(b, "album") == "a9"


def test_of_two_that_are_held_the_one_that_has_seen_the_other_is_enough() -> None:
    a, b = pair()
    a.edit("p1", "description", "of a")
    b.edit("p1", "description", "of b")
    b.take(a.tell())
    a.edit("p1", "starred", True)
    before = b.held["p1"][0]
    b.take(a.tell())
    assert len(b.held["p1"]) == 1
    assert supersedes(b.held["p1"][0], before)
    assert not supersedes(before, b.held["p1"][0])


def test_values_of_the_remote_alone_are_settled_by_who_asks_it() -> None:
    a, b = pair()
    made = a.records["p1"].fields["description"].stamp
    for one, text, at in ((a, "first", "x"), (b, "second", "y")):
        seen = replace(made, seen=Seen(100, frozenset(at)))
        record = one.records["p1"]
        fresh = Version(text, seen)
        one.records["p1"] = replace(
            record, fields={**record.fields, "description": fresh}
        )
    found = merge(b.records["p1"], a.records["p1"], b.near("p1"))
    assert not found.clashes
    assert found.write == {}


def test_what_nobody_ever_wrote_gives_way() -> None:
    a, b = pair()
    for one in (a, b):
        one.add("photo", "p2")
    a.edit("p2", "description", "said")
    b.take(a.tell())
    assert value(b, "description", "p2") == "said"
    assert not [u for u, _, _ in b.clashes() if u == "p2"]


def test_files_that_one_has_come_to_the_other() -> None:
    a, b = pair()
    a.records["p1"] = replace(a.records["p1"], blob=("ab", 3, "jpg"))
    found = merge(b.records["p1"], a.records["p1"], b.near("p1"))
    assert found.record is not None
    assert found.record.blob == ("ab", 3, "jpg")


def test_what_a_merge_made_meanwhile_hides_what_two_came_from() -> None:
    ours, theirs = Version("y", stamp({"A": 5})), Version("z", stamp({"B": 1}))
    by_hand = [(4, True, "x"), (5, True, "x y")]
    assert common("A", by_hand, ours, theirs) == (True, "x")
    assert common("A", [(4, False, "x"), by_hand[1]], ours, theirs) == (False, None)
