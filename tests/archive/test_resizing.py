"""The fast resizer beside Pillow's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from archive import resizing
from tests.archive.rendered import scene


def test_the_fast_resizer_is_checked_against_pillow() -> None:
    fast = resizing._cykooz()
    if fast is None:
        pytest.skip("cykooz.resizer is not installed")
    assert resizing._agrees(fast)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda image, size: image.resize(size, Image.Resampling.NEAREST),
        lambda image, size: Image.new(image.mode, size),
        lambda _image, _size: 1 / 0,
    ],
    ids=["coarse", "black", "raises"],
)
def test_a_resizer_that_is_wrong_is_not_used(wrong: Any) -> None:
    assert not resizing._agrees(wrong)


@pytest.mark.parametrize("mode", resizing.MODES)
def test_both_resizers_agree_in_every_mode(mode: str) -> None:
    fast = resizing._cykooz()
    if fast is None:
        pytest.skip("cykooz.resizer is not installed")
    image = scene((900, 700)).convert(mode)
    pairs = zip(
        fast(image, (320, 249)).tobytes(),
        resizing._pillow(image, (320, 249)).tobytes(),
        strict=True,
    )
    assert max(abs(a - b) for a, b in pairs) <= 2


@given(st.integers(1, 70000), st.integers(1, 70000), st.sampled_from([240, 720, 1600]))
def test_fitted_boxes_fit(width: int, height: int, limit: int) -> None:
    fitted = resizing.fitted((width, height), limit)
    assert min(fitted) >= 1
    assert max(fitted) <= limit
    assert fitted[0] <= width
    assert fitted[1] <= height
    assert max(width, height) < limit or max(fitted) == min(limit, max(width, height))
