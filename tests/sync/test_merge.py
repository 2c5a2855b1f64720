"""The laws of the merge, over any three versions, possible or not."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.answers import Sent, acknowledge
from sync.clashes import Neighbours
from sync.fields import REFUSED
from sync.lives import CONFLICTS, Step
from sync.merge import Outcome, Surroundings, edited_here, edited_there, merge
from sync.records import (
    FIELDS,
    UNWRITTEN,
    Agreed,
    Base,
    Kind,
    Life,
    Record,
    Sort,
    Value,
    Version,
    renders,
)
from sync.together import merge_all
from tests.sync.stories import words
from tests.sync.versions import records, versions
from tests.sync.worlds import ABLE, after, base_of

# a broken rule shows within a few dozen; the stories (test_stories) are for volume
MODEST = settings(max_examples=int(os.environ.get("SYNC_EXAMPLES", "50")))
AROUND = st.builds(
    Surroundings,
    here=st.frozensets(st.sampled_from("abcxyz")),
    there=st.frozensets(st.sampled_from("abcxyz")),
    private_albums=st.frozensets(st.sampled_from("xyz")),
)


def writable(kind: Kind) -> list[str]:
    return [n for n, spec in FIELDS[kind].items() if spec.sort not in UNWRITTEN]


@MODEST
@given(records(live=True))
def test_what_nobody_changed_stays(record: Record) -> None:
    local = replace(record.local, life=Life.ACTIVE)
    same = replace(record, local=local, remote=local, base=base_of(local))
    outcome = merge(same, ABLE)
    assert (outcome.write, outcome.send, outcome.conflicts) == ({}, {}, ())
    assert outcome.base == same.base


@MODEST
@given(records(), AROUND)
def test_merging_again_has_nothing_more_to_write(
    record: Record, near: Surroundings
) -> None:
    first = merge(record, ABLE, near)
    if first.step in (Step.MAKE_HERE, Step.NOTHING):
        return
    second = merge(after(record, first), ABLE, near)
    assert second.write == {}
    assert (second.life, second.base) == (first.life, first.base)
    if first.step not in CONFLICTS:
        assert {*first.send} <= {*second.send, *second.waiting, *second.only_here}
    assert [c.id for c in second.conflicts] == [c.id for c in first.conflicts]


def mirrored(record: Record) -> Record:
    base = record.base and Base(
        record.base.life,
        {n: Agreed(one.theirs, one.ours) for n, one in record.base.fields.items()},
    )
    return replace(record, base=base, local=record.remote, remote=record.local)


@MODEST
@given(records(live=True))
def test_neither_side_is_favoured(record: Record) -> None:
    # facts and order are the remote's by nature, trades are only made there
    if record.kind is Kind.TRADE:
        return
    one, other = merge(record, ABLE), merge(mirrored(record), ABLE)
    for name in writable(record.kind):
        ours, theirs = record.local.fields[name], record.remote.fields[name]
        if record.base is None or name not in record.base.fields:
            if FIELDS[record.kind][name].sort is Sort.NAME:
                continue  # adopted by name: as it is spelt there
        elif record.base.fields[name].is_refused:
            continue
        if name == "log_date" and outcome_private(one, other):
            continue
        assert one.write.get(name, ours) == other.send.get(name, ours)
        assert one.send.get(name, theirs) == other.write.get(name, theirs)
        assert (name in {c.field for c in one.conflicts}) == (
            name in {c.field for c in other.conflicts}
        )


def outcome_private(*outcomes: Outcome) -> bool:
    """Whether the photo becomes private, which takes it off the log."""
    return any(one.write.get("private") or one.send.get("private") for one in outcomes)


def contains(here: Value, there: Value, before: Value) -> bool:
    """Whether a value here has what a remote value brought, by another road."""
    if here == there:
        return True
    old = set(words(before))
    came, went = set(words(there)) - old, old - set(words(there))
    mine = set(words(here))
    return bool(came | went) and came <= mine and not went & mine - came


@MODEST
@given(records(), AROUND)
def test_the_base_moves_only_where_the_value_here_has_the_remotes(
    record: Record, near: Surroundings
) -> None:
    outcome = merge(record, ABLE, near)
    if outcome.base is None or outcome.base == record.base:
        return
    old = record.base.fields if record.base else {}
    local = after(record, outcome).local
    for name, now in outcome.base.fields.items():
        if now == old.get(name):
            continue
        assert now.theirs == record.remote.fields[name]
        empty = FIELDS[record.kind][name].empty
        before = old[name].theirs if name in old else empty
        assert contains(local.fields[name], now.theirs, before) or (
            # repeated words in a text: what came may be there already
            FIELDS[record.kind][name].sort in (Sort.TEXT, Sort.SET)
            and {*words(now.theirs)} - {*words(before)} <= {*words(local.fields[name])}
        )


@MODEST
@given(records(), AROUND)
def test_what_somebody_here_wrote_stays_or_is_in_what_comes(
    record: Record, near: Surroundings
) -> None:
    outcome = merge(record, ABLE, near)
    old = record.base.fields if record.base else {}
    for name, new in outcome.write.items():
        if name not in record.local.fields or name in ("private", "log_date"):
            continue
        spec = FIELDS[record.kind][name]
        ours = record.local.fields[name]
        before = old[name].ours if name in old else spec.empty
        if ours == before or spec.sort is Sort.ORDER:
            continue
        if name not in old and spec.sort is Sort.NAME:
            continue
        if spec.sort is Sort.FLAG:
            # trades that are offered: the remote's list is the company's
            assert record.kind is Kind.TRADE
            continue
        assert {*words(ours)} - {*words(before)} <= {*words(new)}


@MODEST
@given(records(), AROUND)
def test_nothing_there_is_written_over_that_was_not_seen(
    record: Record, near: Surroundings
) -> None:
    outcome = merge(record, ABLE, near)
    old = record.base.fields if record.base else {}
    for name, new in outcome.send.items():
        if outcome.step is Step.CREATE_THERE:
            continue
        spec = FIELDS[record.kind][name]
        if name not in record.remote.fields:
            assert name in outcome.look
            continue
        there = record.remote.fields[name]
        seen = old[name].theirs if name in old else spec.empty
        known = {*words(there)} - {*words(seen)} <= {*words(new)}
        assert there == seen or spec.cautious == new or known


@MODEST
@given(records(), AROUND)
def test_nothing_goes_to_a_bin_while_somebody_wrote_to_it(
    record: Record, near: Surroundings
) -> None:
    outcome = merge(record, ABLE, near)
    was, now = record.local.life, outcome.life
    if now in (Life.RECYCLED, Life.PURGED) and now is not was:
        assert record.remote.life in (Life.RECYCLED, Life.PURGED)
        assert not edited_here(record)
    if outcome.step is Step.DELETE_THERE:
        assert was in (Life.RECYCLED, Life.PURGED)
        assert not edited_there(record)
        assert outcome.look >= {*writable(record.kind)} - {*record.remote.fields}


@MODEST
@given(records(), AROUND)
def test_in_a_conflict_of_lives_nothing_moves(
    record: Record, near: Surroundings
) -> None:
    outcome = merge(record, ABLE, near)
    if outcome.step in CONFLICTS:
        assert (outcome.write, outcome.send) == ({}, {})
        assert (outcome.life, outcome.base) == (record.local.life, record.base)
        assert [one.field for one in outcome.conflicts] == [""]


@MODEST
@given(records(), AROUND)
def test_only_a_person_makes_something_public(
    record: Record, near: Surroundings
) -> None:
    outcome = merge(record, ABLE, near)
    known = record.base.fields.get("private") if record.base else None
    if outcome.write.get("private") is False and "private" in record.local.fields:
        # both held it as private, and somebody there made it public
        assert known is not None
        assert record.remote.fields["private"] is False
        assert known.theirs is True
    if outcome.send.get("private") is False and outcome.step is not Step.CREATE_THERE:
        assert known is not None
        assert known.ours is True or known.theirs is True


@MODEST
@given(records(), AROUND)
def test_the_archives_own_rules_of_privacy_hold(
    record: Record, near: Surroundings
) -> None:
    if record.kind is not Kind.PHOTO:
        return
    outcome = merge(record, ABLE, near)
    fields = after(record, outcome).local.fields
    if outcome.write and fields.get("album") in near.private_albums:
        assert fields["private"] is True
    if outcome.write and fields.get("private"):
        assert fields.get("log_date") is None


@MODEST
@given(records())
def test_flags_never_conflict(record: Record) -> None:
    outcome = merge(record, ABLE)
    flags = {n for n, s in FIELDS[record.kind].items() if s.sort is Sort.FLAG}
    assert not flags & {one.field for one in outcome.conflicts}


@MODEST
@given(records(live=True), st.booleans())
def test_what_is_sent_and_kept_leaves_nothing_to_do(
    record: Record,
    lost: bool,
) -> None:
    record = after(record, merge(record, ABLE))
    outcome = merge(record, ABLE)
    sent = Sent(outcome.send, record.local.fields, record.remote.fields)
    fields = {**record.remote.fields, **outcome.send}
    # the answer was lost, or came: the next merge finds out by itself
    base = outcome.base if lost else acknowledge(outcome.base, sent, fields)
    remote = replace(record.remote, fields=fields)
    then = merge(replace(record, remote=remote, base=base), ABLE)
    assert (then.write, then.send) == ({}, {})


@MODEST
@given(records(live=True))
def test_what_the_remote_ignores_is_told_and_not_sent_again(record: Record) -> None:
    record = after(record, merge(record, ABLE))
    outcome = merge(record, ABLE)
    sent = Sent(outcome.send, record.local.fields, record.remote.fields)
    base = acknowledge(outcome.base, sent, record.remote.fields)
    then = merge(replace(record, base=base), ABLE)
    assert then.send == {}
    for name, value in outcome.send.items():
        if not renders(value, record.remote.fields[name]):
            assert then.only_here[name] == REFUSED


@MODEST
@given(versions(Kind.PHOTO, st.just(Life.ACTIVE), whole=False), AROUND)
def test_what_is_plainly_new_is_made_as_field_by_field(
    remote: Version, near: Surroundings
) -> None:
    fields = {**remote.fields, "private": False}
    there = replace(remote, fields=fields)
    record = Record(Kind.PHOTO, "p", remote=there)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sync.merge._is_plainly_new", lambda _, __: False)
        slowly = merge(record, ABLE, near)
    assert merge(record, ABLE, near) == slowly


@MODEST
@given(st.lists(records(kinds=[Kind.PHOTO]), max_size=4), AROUND)
def test_photos_alone_end_as_beside_others(
    some: list[Record], near: Surroundings
) -> None:
    """For them one turn tells all that there is to know."""
    photos = {f"p{n}": replace(one, uuid=f"p{n}") for n, one in enumerate(some)}
    nobody = Neighbours()
    beside = {**photos, "t": Record(Kind.TRADE, "t")}
    both = merge_all(beside, ABLE, near, nobody)
    assert merge_all(photos, ABLE, near, nobody) == {u: both[u] for u in photos}
