"""The merge case by case: answers, what waits or is refused, bins, private albums."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync.answers import Sent, acknowledge, acknowledge_life, adopt
from sync.lives import Step
from sync.merge import Surroundings, merge
from sync.records import Agreed, Base, Capabilities, Fields, Kind, Life, Record, Version
from tests.sync.worlds import ABLE, after, agreed_world, base_of, edited, photo


def sent_description(answer: Fields, *, ours: str = "ours") -> Base:
    sent = Sent({"description": "ours"}, {"description": ours}, {"description": "old"})
    return acknowledge(base_of(photo(description="old")), sent, answer)


@pytest.mark.parametrize(
    ("answer", "agreed"),
    [
        ({"description": "ours"}, Agreed("ours", "ours")),
        ({}, Agreed("ours", "ours")),
        ({"description": " ours\n"}, Agreed("ours", " ours\n")),
        ({"description": "old"}, Agreed("ours", "old")),
        ({"description": "of a third"}, Agreed("old", "old")),
    ],
    ids=["kept", "not shown", "other spaces", "ignored", "somebody was faster"],
)
def test_an_answer_agrees_to_what_it_holds(answer: Fields, agreed: Agreed) -> None:
    assert sent_description(answer).fields["description"] == agreed


def test_a_merged_value_that_is_not_here_yet_is_not_agreed_by_its_answer() -> None:
    base = sent_description({"description": "ours"}, ours="half of it")
    assert base.fields["description"] == Agreed("old", "old")


def test_a_found_upload_agrees_to_what_was_sent_and_to_nothing_else() -> None:
    sent = {"description": "then", "private": False}
    base = adopt(Sent(sent, sent))
    later = edited(photo(description="then"), description="since")
    record = Record(Kind.PHOTO, "p", base, later, photo(description="then"))
    assert merge(record, ABLE).send == {"description": "since"}


def test_what_an_album_refers_to_waits_until_it_is_there() -> None:
    record = Record(Kind.PHOTO, "p", None, Version(Life.ABSENT), photo(album="x"))
    outcome = merge(record, ABLE, Surroundings(here=()))
    assert "album" not in outcome.write
    assert outcome.base is not None
    assert "album" not in outcome.base.fields
    assert outcome.waiting == {"album": "waits for an album that is not here"}


def test_a_photo_of_which_nobody_says_who_may_see_it_is_not_made() -> None:
    fields = {n: v for n, v in photo().fields.items() if n != "private"}
    remote = Version(Life.ACTIVE, fields)
    outcome = merge(Record(Kind.PHOTO, "p", None, Version(Life.ABSENT), remote), ABLE)
    assert (outcome.step, outcome.write, outcome.base) == (Step.NOTHING, {}, None)


def test_a_new_photo_always_says_whether_it_is_private() -> None:
    record = Record(Kind.PHOTO, "p", None, photo())
    assert merge(record, ABLE).send == {"private": False}


def test_a_comment_here_counts_when_the_photo_is_deleted_there() -> None:
    here, there = photo(), replace(photo(), life=Life.RECYCLED)
    record = Record(Kind.PHOTO, "p", base_of(here), here, there)
    assert merge(record, ABLE).step is Step.RECYCLE_HERE
    commented = replace(record, local=replace(here, touched=True))
    assert merge(commented, ABLE).step is Step.DELETED_THERE


def test_a_base_of_lives_keeps_its_fields() -> None:
    base = base_of(photo(description="a"))
    after_delete = acknowledge_life(base, Life.RECYCLED)
    assert after_delete == Base(Life.RECYCLED, base.fields)
    assert acknowledge_life(None, Life.ACTIVE) == Base(Life.ACTIVE)


def known(**fields: Agreed) -> Base:
    return Base(Life.ACTIVE, {**base_of(photo()).fields, **fields})


def test_a_change_of_what_stands_for_ours_there_is_a_conflict() -> None:
    base = known(description=Agreed("ours", "refused"))
    ours, theirs = photo(description="ours"), photo(description="of a third")
    [conflict] = merge(Record(Kind.PHOTO, "p", base, ours, theirs)).conflicts
    assert (conflict.local.value, conflict.remote.value) == ("ours", "of a third")
    spelt = known(description=Agreed("a  b", "a b"))
    ours, theirs = photo(description="a  b"), photo(description="a b c")
    record = Record(Kind.PHOTO, "p", spelt, ours, theirs)
    assert merge(record).write == {"description": "a b c"}


def test_what_was_not_seen_and_cannot_be_written_is_told() -> None:
    able = Capabilities(refused={(Kind.PHOTO, "log_date"): "no daily logs"})
    fields = {n: v for n, v in photo().fields.items() if n != "log_date"}
    record = Record(
        Kind.PHOTO,
        "p",
        base_of(photo()),
        photo(log_date="2026-05-01"),
        Version(Life.ACTIVE, fields),
    )
    outcome = merge(record, able)
    assert (outcome.send, outcome.only_here) == ({}, {"log_date": "no daily logs"})


def test_where_a_set_cannot_be_written_theirs_still_comes_here() -> None:
    able = Capabilities(refused={(Kind.PHOTO, "trades"): "only admins"})
    ours = photo(trades=frozenset({"paint"}))
    theirs = photo(trades=frozenset({"brick"}))
    record = Record(Kind.PHOTO, "p", base_of(photo()), ours, theirs)
    first = merge(record, able)
    assert first.write == {"trades": frozenset({"brick", "paint"})}
    assert first.send == {}
    second = merge(after(record, first), able)
    assert (second.write, second.send) == ({}, {})
    assert second.only_here == {"trades": "only admins"}


def test_a_star_is_not_sent_where_none_is_kept() -> None:
    outcome = merge(Record(Kind.PHOTO, "p", None, photo(starred=True)))
    assert outcome.send == {"private": False}
    assert list(outcome.only_here) == ["starred"]
    outcome = merge(Record(Kind.PHOTO, "p", None, photo(starred=True)), ABLE)
    assert outcome.send == {"private": False, "starred": True}


def test_what_was_purged_there_goes_to_the_bin_here() -> None:
    gone = replace(photo(), life=Life.PURGED)
    outcome = merge(Record(Kind.PHOTO, "p", base_of(photo()), photo(), gone))
    assert (outcome.step, outcome.life) == (Step.RECYCLE_HERE, Life.RECYCLED)
    assert outcome.base is not None
    assert outcome.base.life is Life.PURGED


def test_what_is_hidden_there_is_not_agreed_to_be() -> None:
    hidden = Version(Life.HIDDEN)
    record = Record(Kind.PHOTO, "p", base_of(photo()), photo(), hidden)
    outcome = merge(record)
    assert (outcome.step, outcome.base) == (Step.MISSING, record.base)
    edit = replace(record, local=photo(description="since"))
    assert merge(edit).step is Step.HIDDEN_THERE


def test_what_both_deleted_and_one_restores_is_restored() -> None:
    laptop, remote = agreed_world(p=photo())
    for side in (laptop, remote):
        side.rows["p"] = replace(photo(), life=Life.RECYCLED)
    laptop.sync(remote)
    laptop.rows["p"] = photo()
    laptop.sync(remote)
    assert laptop.rows["p"] == remote.rows["p"] == photo()


def test_facts_are_no_edits() -> None:
    record = Record(
        Kind.PHOTO,
        "p",
        base_of(photo()),
        replace(photo(), life=Life.RECYCLED),
        photo(projection="360", bytes=7),
    )
    assert merge(record).step is Step.DELETE_THERE


IN_PRIVATE = Surroundings(private_albums={"x"})


def test_a_photo_that_comes_into_a_private_album_becomes_private_on_both_sides() -> (
    None
):
    record = Record(Kind.PHOTO, "p", base_of(photo()), photo(), photo(album="x"))
    first = merge(record, ABLE, IN_PRIVATE)
    assert first.write == {"album": "x", "private": True}
    assert merge(after(record, first), ABLE, IN_PRIVATE).send == {"private": True}


def test_a_new_photo_of_a_private_album_is_sent_as_private() -> None:
    outcome = merge(Record(Kind.PHOTO, "p", None, photo(album="x")), ABLE, IN_PRIVATE)
    assert outcome.send == {"album": "x", "private": True}
    assert outcome.write == {"private": True}


def test_a_photo_is_not_made_public_in_a_private_album() -> None:
    ours = photo(album="x", private=True)
    record = Record(Kind.PHOTO, "p", base_of(ours), ours, edited(ours, private=False))
    outcome = merge(record, ABLE, IN_PRIVATE)
    assert (outcome.write, outcome.send, outcome.base) == ({}, {}, record.base)
    assert outcome.waiting == {"private": "lies in an album that is private here"}
    assert merge(record, ABLE).write == {"private": False}


def test_what_becomes_private_leaves_the_log_and_takes_no_day_from_there() -> None:
    ours = photo(log_date="2026-05-01")
    record = Record(Kind.PHOTO, "p", base_of(photo()), ours, photo(private=True))
    assert merge(record, ABLE).write == {"private": True, "log_date": None}
    hidden = photo(private=True)
    record = Record(
        Kind.PHOTO,
        "p",
        base_of(hidden),
        hidden,
        edited(hidden, log_date="2026-05-01"),
    )
    outcome = merge(record, ABLE)
    assert outcome.write == {}
    assert outcome.waiting == {"log_date": "a private photo is in no daily log"}
