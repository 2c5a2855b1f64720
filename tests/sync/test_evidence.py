"""When a sweep of the remote's list may be believed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync.evidence import NO_SWEEP, Sweep, is_whole

WHOLE = Sweep(finished=True, unique=7, total_first=7, total_last=7, album_counts=7)


@pytest.mark.parametrize(
    ("sweep", "whole"),
    [
        (WHOLE, True),
        (replace(WHOLE, finished=False), False),
        (replace(WHOLE, unique=6), False),
        (replace(WHOLE, total_first=8), False),
        (replace(WHOLE, total_last=8), False),
        (replace(WHOLE, forbidden=True), False),
        # albums count what is private, too, and what came since
        (replace(WHOLE, album_counts=9), True),
        (Sweep(True, 0, 0, 0, album_counts=0), True),
        (Sweep(True, 0, 0, 0, album_counts=3), False),
        (Sweep(True, 0, 0, 0), False),
        (NO_SWEEP, False),
    ],
)
def test_a_sweep_is_whole_when_everything_agrees(sweep: Sweep, whole: bool) -> None:
    assert is_whole(sweep) is whole
