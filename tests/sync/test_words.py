"""Two texts that grew out of one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.words import MOST_WORDS, merge_texts

TEXTS = st.lists(st.sampled_from(["a", "b", "c", ".", "\n"]), max_size=8).map(" ".join)


@pytest.mark.parametrize(
    ("base", "one", "other", "both"),
    [
        ("a crack", "a wide crack", "a crack", "a wide crack"),
        ("a crack in it", "one crack in it", "a crack on it", "one crack on it"),
        (
            "a crack in it",
            "a large crack in it",
            "a crack on it",
            "a large crack on it",
        ),
        ("a crack in it", "a crack deep in it", "a crack on it", None),
        (
            "a crack in the wall",
            "one crack in the wall",
            "a crack in the door",
            "one crack in the door",
        ),
        ("wall", "north wall", "wall, open", None),
        ("the wall", "north of the wall", "the wall, open", "north of the wall, open"),
        ("wall", "north wall", "east wall", None),
        ("a b c d", "x b c d", "a y c d", None),
        ("a b c d", "x b c d", "a b y d", "x b y d"),
        ("a b c d", "b c d", "a b c", "b c"),
        ("", "one", "other", None),
        ("a\n\nb c\n\nd", "A\n\nb c\n\nd", "a\n\nb c\n\nD", "A\n\nb c\n\nD"),
    ],
)
def test_changes_apart_are_put_together(
    base: str, one: str, other: str, both: str | None
) -> None:
    assert merge_texts(base, one, other) == both


@settings(max_examples=200)
@given(TEXTS, TEXTS, TEXTS)
def test_the_merge_of_texts_is_symmetric_and_keeps_its_ends(
    base: str, one: str, other: str
) -> None:
    assert merge_texts(base, one, other) == merge_texts(base, other, one)
    assert merge_texts(base, one, base) == one
    assert merge_texts(base, one, one) == one


@settings(max_examples=200)
@given(TEXTS, st.sampled_from(["x", "y x"]), st.sampled_from(["p", "p q"]))
def test_new_words_of_both_are_in_the_merge(base: str, one: str, other: str) -> None:
    found = merge_texts(f"{base} m n", f"{one} {base} m n", f"{base} m n {other}")
    assert found == f"{one} {base} m n {other}"


def test_texts_that_changed_throughout_are_not_compared_word_by_word() -> None:
    base, one, other = ("a " * MOST_WORDS, "b " * MOST_WORDS, "c " * MOST_WORDS)
    assert merge_texts(base, one, other) is None
    assert merge_texts("m " + base, "x " + base, base.strip() + " y") is None
