"""Stamps: an order, its joins, and what a remote adds to them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.stamps import NOTHING, Seen, Stamp, ahead, bump, covers, join, meet, stamp

SITES = st.sampled_from("ABC")
VECTORS = st.dictionaries(SITES, st.integers(0, 3))
SEEN = st.none() | st.builds(
    Seen, st.integers(1, 3), st.sets(st.sampled_from("xyz"), min_size=1).map(frozenset)
)
STAMPS = st.builds(stamp, VECTORS, SEEN)
FLUSHED = st.builds(stamp, VECTORS, SEEN, st.none() | st.integers(1, 3))


@given(STAMPS)
def test_a_stamp_covers_itself_and_nothing_is_covered_by_all(one: Stamp) -> None:
    assert covers(one, one)
    assert covers(one, NOTHING)


@given(STAMPS, STAMPS)
def test_two_that_cover_each_other_are_the_same(one: Stamp, other: Stamp) -> None:
    assert (covers(one, other) and covers(other, one)) == (one == other)


@given(STAMPS, STAMPS, STAMPS)
def test_covering_is_transitive(one: Stamp, other: Stamp, third: Stamp) -> None:
    if covers(one, other) and covers(other, third):
        assert covers(one, third)


@given(STAMPS, STAMPS, STAMPS)
def test_a_join_is_the_least_that_covers_both(
    one: Stamp, other: Stamp, third: Stamp
) -> None:
    both = join(one, other)
    assert covers(both, one)
    assert covers(both, other)
    if covers(third, one) and covers(third, other):
        assert covers(third, both)


@given(FLUSHED, FLUSHED, FLUSHED)
def test_joins_are_a_semilattice(one: Stamp, other: Stamp, third: Stamp) -> None:
    assert join(one, one) == one
    assert join(one, other) == join(other, one)
    left = join(join(one, other), third)
    right = join(one, join(other, third))
    assert (left.vector, left.seen) == (right.vector, right.seen)


@given(FLUSHED, SITES, st.integers(4, 9))
def test_a_new_value_covers_the_old_one_which_does_not_cover_it(
    one: Stamp, site: str, number: int
) -> None:
    new = bump(one, site, number)
    assert covers(new, one)
    assert not covers(one, new)
    assert new.flushed is None


@given(STAMPS, STAMPS)
def test_what_both_saw_and_what_one_saw_more_make_it_up(
    one: Stamp, other: Stamp
) -> None:
    common, more = meet(one, other), ahead(one, other)
    for site, number in one.vector:
        assert (number > common.get(site, 0)) == (site in more)


A7 = stamp({"A": 7}, Seen(100, frozenset({"v"})), 100)


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        pytest.param(stamp({}, Seen(101, frozenset("q"))), True, id="a second later"),
        pytest.param(stamp({}, Seen(100, frozenset("v"))), True, id="that very value"),
        pytest.param(stamp({}, Seen(100, frozenset("w"))), False, id="another of then"),
        pytest.param(stamp({}, Seen(99, frozenset("v"))), False, id="before"),
        pytest.param(stamp({"B": 1}), False, id="nothing of the remote"),
    ],
)
def test_what_the_remote_took_is_known_to_who_saw_it_later(
    later: Stamp, expected: Any
) -> None:
    assert covers(later, A7, "v") is expected


def test_a_joined_stamp_does_not_pass_for_the_one_that_was_taken() -> None:
    """Story 10: the mark, copied onto a join, covered what it had not seen."""
    more = join(A7, stamp({"B": 1}))
    later = stamp({"C": 1}, Seen(150, frozenset("v")))
    assert more.flushed is None
    assert covers(later, A7, "v")
    assert not covers(later, more, "v")
