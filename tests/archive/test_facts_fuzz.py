"""Whatever is in a file, reading it ends, and ends with facts or one of two errors."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import DamagedFile, NotAPhoto
from archive.facts import Facts, read_facts
from archive.facts.texts import LONGEST, clean
from tests.archive import picture_files as build

SAMPLES = build.samples() | {
    "jpg-xmp": build.jpeg(
        build.sample_exif(">"), build.xmp("<dc:title>a</dc:title>", 'exif:GPSLatitude="1,2N"')  # noqa: E501
    ),
    "png-raw": build.png(build.chunk(b"zTXt", b"Raw profile type exif\0\0x\x9c")),
    "raw": build.exif_block({0x0100: 40, 0x0101: 30, 0x010F: "SONY", 0x0106: 32803, 0x014A: 8, 0xC634: 99}),  # noqa: E501
    "gif": b"GIF89a\4\0\4\0\x80\0\0" + b"\0" * 6 + b"!\xfe\2hi\0,\0\0\0\0\4\0\4\0\0\2\1\0\0;",  # noqa: E501
    "bmp": b"BM" + bytes(8) + b"\x36\0\0\0\x28\0\0\0\4\0\0\0\4\0\0\0\1\0\x18" + bytes(80),  # noqa: E501
    "jp2": b"\0\0\0\x0cjP  \r\n\x87\n"
    + build.box(b"jp2h", build.box(b"ihdr", b"\0\0\0\4\0\0\0\4\0\3\7\7\0\0"))
    + build.box(b"uuid", b"JpgTiffExif->JP2" + build.sample_exif())
    + build.box(b"jp2c", b"\xff\x4f\xff\x51"),
    "mkv": b"\x1aE\xdf\xa3\x80\x18S\x80g\x92\x16T\xaek\x8d\xae\x8b\xe0\x89\xb0\x81\x40\xba\x81\x30",  # noqa: E501
    "avi": b"RIFF\x40\0\0\0AVI LIST\x34\0\0\0hdrlavih" + bytes(36) + b"\4\0\0\0\4\0\0\0" + bytes(8),  # noqa: E501
    "pnm": b"P6 4 4 255\n" + bytes(48),
    "cr3": build.box(b"ftyp", b"crx \0\0\0\0")
    + build.box(
        b"moov",
        build.box(
            b"uuid",
            bytes.fromhex("85c0b687820f11e08111f4ce462b6a48"),
            build.box(b"CMT1", build.exif_block({0x0100: 40, 0x0101: 30})),
            build.box(b"CMT2", build.exif_block(build.DATE)),
            build.box(b"CMT4", build.exif_block(build.GPS)),
        ),
    ),
    "raf": b"FUJIFILMCCD-RAW ".ljust(84, b"0")
    + (100).to_bytes(4, "big") + (500).to_bytes(4, "big") + bytes(8)
    + build.jpeg(build.sample_exif()),
}  # fmt: skip


def read(data: bytes, folder: Path) -> Facts | None:
    path = folder / "fuzzed"
    path.write_bytes(data)
    return read_path(path)


def read_path(path: Path) -> Facts | None:
    try:
        facts = read_facts(path)
    except (DamagedFile, NotAPhoto):
        return None
    check(facts)
    return facts


def check(facts: Facts) -> None:
    """What holds for all facts, whatever the file says."""
    assert facts.kind in {"image", "raw", "video"}
    assert facts.projection in {"regular", "360", "unknown"}
    assert facts.orientation is None or 1 <= facts.orientation <= 8
    assert 1 <= facts.turned <= 8
    assert (facts.width is None) == (facts.height is None)
    assert facts.width is None or facts.width > 0
    assert (facts.taken_at is None) == (facts.taken_source is None)
    assert (facts.latitude is None) == (facts.longitude is None)
    if facts.latitude is not None and facts.longitude is not None:
        assert -90 <= facts.latitude <= 90
        assert -180 <= facts.longitude <= 180
        assert facts.position_source
    assert facts.direction is None or 0 <= facts.direction < 360
    texts = [facts.camera_make, facts.camera_model, facts.lens, facts.damage]
    for text in (*texts, *facts.details.values(), *facts.warnings):
        if isinstance(text, str):
            assert text
            assert len(text) <= LONGEST
            assert clean(text) == text
        elif isinstance(text, float):
            assert abs(text) < 1e18


@pytest.mark.parametrize("kind", SAMPLES)
def test_samples_are_readable(kind: str, tmp_path: Path) -> None:
    facts = read(SAMPLES[kind], tmp_path)
    assert facts is not None
    assert facts.width


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.mark.parametrize("kind", SAMPLES)
def test_every_cut_of_a_file_is_bearable(kind: str, folder: Path) -> None:
    path = folder / "cut"
    path.write_bytes(SAMPLES[kind])
    for end in reversed(range(len(SAMPLES[kind]))):
        os.truncate(path, end)
        read_path(path)


@settings(max_examples=150)
@given(st.binary(max_size=400), st.sampled_from(sorted(SAMPLES)), st.integers(2, 40))
def test_random_bytes_behind_a_real_start(
    folder: Path, noise: bytes, kind: str, kept: int
) -> None:
    read(noise, folder)
    read(SAMPLES[kind][:kept] + noise, folder)


@settings(max_examples=400)
@given(st.data())
def test_mutations_of_files(folder: Path, data: st.DataObject) -> None:
    changed = bytearray(SAMPLES[data.draw(st.sampled_from(sorted(SAMPLES)))])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed) - 1))
        new = data.draw(
            st.sampled_from(
                [b"\0", b"\xff", b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"]
            )
            | st.binary(min_size=1, max_size=4)
        )
        changed[at : at + len(new)] = new
    read(bytes(changed), folder)
