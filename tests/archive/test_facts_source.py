"""How much of a file is read: the head and what is needed, whatever it claims."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from archive.facts.contents import Contents
from archive.facts.jpeg import read_jpeg
from archive.facts.source import HEAD, WINDOW, FileSource, Memory, Part
from archive.facts.videos import read_movie
from tests.archive import picture_files as build


class CountingFile(io.BytesIO):
    """A file that counts the bytes it hands out."""

    count = 0

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        self.count += len(found)
        return found


def source_of(data: bytes) -> tuple[FileSource, CountingFile]:
    file = CountingFile(data)
    return FileSource(file, len(data)), file


def test_the_picture_itself_is_not_read() -> None:
    source, file = source_of(
        build.jpeg(build.sample_exif(), scan=b"\x12\x34" * 2_000_000)
    )
    read_jpeg(source, contents := Contents())
    assert contents.damage is None
    assert file.count <= HEAD + 2 * WINDOW


def test_long_segments_are_jumped_over() -> None:
    notes = [build.segment(0xE4, b"x" * 65_000)] * 50
    source, file = source_of(build.jpeg(build.sample_exif(), None, *notes))
    read_jpeg(source, contents := Contents())
    assert contents.width == 40
    assert file.count <= HEAD + 55 * WINDOW


def test_the_samples_of_a_movie_are_not_read() -> None:
    data = build.movie().replace(
        build.box(b"mdat", b"frames"), build.box(b"mdat", b"frames" * 1_000_000)
    )
    source, file = source_of(data)
    read_movie(source, contents := Contents())
    assert contents.width == 64
    assert file.count <= HEAD + 4 * WINDOW


@given(
    st.binary(max_size=HEAD + 20_000).map(lambda data: data * 3),
    st.lists(st.tuples(st.integers(-5, 200_000), st.integers(-5, 100_000)), max_size=8),
    st.integers(0, 1000),
)
def test_reading_is_slicing(
    data: bytes, places: list[tuple[int, int]], base: int
) -> None:
    source, _ = source_of(data)
    part = Part(source, base, 5000)
    inside = data[base : base + 5000]
    for offset, length in places:
        inner = offset % 6000
        wanted = data[offset : offset + length] if offset >= 0 and length > 0 else b""
        assert source.read(offset, length) == wanted
        assert Memory(data).read(offset, length) == wanted
        wanted = inside[inner : inner + length] if length > 0 else b""
        assert part.read(inner, length) == wanted
