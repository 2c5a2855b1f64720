"""Random stories: everybody comes to rest, agrees, and nobody's words are lost."""

from __future__ import annotations

import os

import pytest

from tests.sync.stories import Story

# SYNC_STORIES=100000 for a night; a seed that fails is named by the test's id
BLOCKS = 5
SEEDS = int(os.environ.get("SYNC_STORIES", "100"))
STEPS = 25


def told(seed: int) -> Story:
    story = Story(seed)
    story.go_on(STEPS)
    return story


def check(seed: int) -> None:
    """Tell a story to its end; P1, P2, P3, P5, P6 of the sync design."""
    story = told(seed)
    story.come_to_rest()
    assert not story.differences()
    assert not story.lost()
    story.decide_everything()
    assert not story.differences()
    assert not story.lost()


@pytest.mark.parametrize("block", range(BLOCKS))
def test_a_story_ends_well(block: int) -> None:
    for seed in range(block, SEEDS, BLOCKS):
        try:
            check(seed)
        except AssertionError as error:
            pytest.fail(f"seed {seed}: {error}\n" + "\n".join(told(seed).log))
