"""Fractional keys of the albums' order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.ordering import DIGITS, key_between, spread

# (which to move, before which): indices, taken modulo the length
MOVES = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=200)
KEYS = st.text(DIGITS, min_size=1, max_size=8).filter(lambda k: k[-1] != "0")


@given(KEYS, KEYS)
def test_there_is_a_key_between_any_two(one: str, two: str) -> None:
    low, high = sorted((one, two))
    if low == high:
        with pytest.raises(ValueError, match="does not sort before"):
            key_between(low, high)
        return
    key = key_between(low, high)
    assert low < key < high
    assert key[-1] != "0"
    assert len(key) <= max(len(low), len(high)) + 1


@given(KEYS)
def test_there_is_a_key_beyond_any(key: str) -> None:
    low, high = key_between(None, key), key_between(key, None)
    assert low < key < high
    assert "0" not in (low[-1], high[-1])
    assert max(len(low), len(high)) <= len(key) + 1


@given(st.integers(1, 30), MOVES)
def test_moves_keep_the_order_and_the_keys_short(
    count: int, moves: list[tuple[int, int]]
) -> None:
    keys = spread(count)
    assert keys == sorted(set(keys))
    names = dict(zip(keys, range(count), strict=True))
    wanted = list(range(count))
    for which, before in moves:
        name = wanted.pop(which % count)
        at = before % count
        order = [key for key in sorted(names) if names[key] != name]
        low = order[at - 1] if at else None
        high = order[at] if at < len(order) else None
        names = {key: n for key, n in names.items() if n != name}
        key = key_between(low, high)
        assert key not in names
        assert key[-1] != "0"
        names[key] = name
        wanted.insert(at, name)
        assert [names[key] for key in sorted(names)] == wanted
    # halving a gap of 62 takes a digit for every 5 moves into the same place
    assert max(map(len, names)) <= 3 + len(moves) // 5


@pytest.mark.parametrize("end", ["first", "last"])
def test_a_thousand_albums_at_one_end_have_short_keys(end: str) -> None:
    keys = [key_between(None, None)]
    for _ in range(1000):
        edge = keys[-1]
        keys.append(
            key_between(None, edge) if end == "first" else key_between(edge, None)
        )
    assert keys == sorted(keys, reverse=end == "first")
    assert len(set(keys)) == len(keys)
    assert max(map(len, keys)) <= 18
    assert all(key[-1] != "0" for key in keys)
