"""JPEG files as they are embedded: the same pixels, and nothing else."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from archive.export.pdf.jpegs import embeddable
from tests.archive.import_checks import SHARED
from tests.archive.report_files import (
    picture,
)

pytestmark = pytest.mark.usefixtures("one_process")


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_what_is_embedded_decodes_to_the_same_pixels(
    mode: str, *, progressive: bool
) -> None:
    buffer = io.BytesIO()
    noise = Image.effect_noise((64, 48), 90).convert(mode)
    noise.save(buffer, "JPEG", progressive=progressive, restart_marker_rows=1)
    jpeg = embeddable(buffer.getvalue() + b"appended \xff\xd9 video")
    assert jpeg is not None
    assert jpeg.components == len(mode)
    assert b"appended" not in jpeg.data
    with Image.open(io.BytesIO(jpeg.data)) as ours, Image.open(buffer) as theirs:
        assert ours.tobytes() == theirs.tobytes()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8",
        picture(1)[:-2],
        picture(1)[:300],
        b"\x89PNG" + picture(1),
        picture(1).replace(b"\xff\xc0", b"\xff\xc9"),
        b"\xff\xd8\xff\xda\0\x02\xff\xd9",
    ],
    ids=["empty", "start", "no end", "cut", "png", "arithmetic", "no size"],
)
def test_what_is_no_whole_jpeg_is_not_embedded(data: bytes) -> None:
    assert embeddable(data) is None


def test_cmyk_is_not_embedded() -> None:
    buffer = io.BytesIO()
    Image.new("CMYK", (8, 8)).save(buffer, "JPEG")
    assert embeddable(buffer.getvalue()) is None


@given(st.binary(max_size=400), st.integers(0, 2000))
def test_any_bytes_are_embedded_or_refused(noise: bytes, at: int) -> None:
    data = picture(1)
    found = embeddable(data[:at] + noise + data[at + len(noise) :])
    assert found is None or found.data.endswith(b"\xff\xd9")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared photos are not here")
def test_what_is_embedded_of_real_photos_decodes_as_they_do() -> None:
    seen = 0
    for path in sorted(SHARED.rglob("*.jp*g"))[:150]:
        jpeg = embeddable(path.read_bytes())
        if jpeg is None or "hostile" in path.parts:
            continue
        with Image.open(path) as theirs, Image.open(io.BytesIO(jpeg.data)) as ours:
            assert ours.size == theirs.size
            theirs.draft(None, (64, 64))
            ours.draft(None, (64, 64))
            assert ours.tobytes() == theirs.tobytes()
        seen += 1
    assert seen > 10
