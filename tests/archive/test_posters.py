"""Pictures out of RAW files, videos and HEIF, and tiles where there is none."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from archive import posters
from archive.heif_thumbnails import with_thumbnail_as_primary
from archive.pictures import renditions_from
from archive.renditions import make_renditions, type_tiles
from tests.archive.rendered import SHARED, apart, facts, needs_shared, scene, shown


def jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def test_the_largest_preview_of_a_raw_file_is_taken(tmp_path: Path) -> None:
    small, large = jpeg(Image.new("RGB", (160, 120), "blue")), jpeg(scene())
    path = tmp_path / "a.raw"
    path.write_bytes(b"RAW" * 99 + small + bytes(500) + large + bytes(70_000))
    image = shown(path, kind="raw", media_type="image/x-sony-arw", orientation=3)
    assert apart(image, scene().rotate(180)) < 4


def test_tiles_of_a_compressed_dng_are_no_preview(tmp_path: Path) -> None:
    tile, preview = jpeg(Image.new("RGB", (500, 500))), jpeg(scene())
    path = tmp_path / "a.dng"
    path.write_bytes(tile * 6 + preview)
    image = shown(path, kind="raw", media_type="image/x-adobe-dng")
    assert image.size == (400, 300)


def test_a_damaged_preview_gives_way_to_the_next(tmp_path: Path) -> None:
    large = jpeg(scene((800, 600)))
    headless = large[: large.index(b"\xff\xda") + 14]
    path = tmp_path / "a.raw"
    path.write_bytes(jpeg(scene()) + headless)
    assert shown(path, kind="raw", media_type="image/x-x").size == (400, 300)


@given(st.binary(max_size=300))
def test_any_bytes_after_a_jpeg_mark_are_survived(tail: bytes) -> None:
    posters._read_header(b"\xff\xd8\xff" + tail, 0)


@pytest.mark.parametrize("kind", ["raw", "video"])
def test_a_file_without_a_picture_is_a_tile(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.xyz"
    path.write_bytes(b"nothing to see" * 50)
    made = make_renditions(path, facts("image/x-none", kind))
    assert all(item.is_tile for item in made)
    assert renditions_from([_as_dict(item) for item in made]) == made


def _as_dict(item: Any) -> dict[str, Any]:
    return {name: getattr(item, name) for name in item.__slots__}


def box(kind: bytes, *contents: bytes) -> bytes:
    body = b"".join(contents)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def movie(cover: bytes) -> bytes:
    data = box(b"data", struct.pack(">II", 13, 0), cover)
    return (
        box(b"ftyp", b"isom")
        + box(b"mdat", bytes(5000))
        + box(b"moov", box(b"udta", box(b"meta", box(b"ilst", box(b"covr", data)))))
    )


def test_the_cover_of_a_video_is_its_poster(tmp_path: Path) -> None:
    path = tmp_path / "a.mov"
    path.write_bytes(movie(jpeg(scene())))
    image = shown(path, kind="video", media_type="video/quicktime", orientation=6)
    assert apart(image, scene()) < 4


@given(st.binary(max_size=200))
def test_any_bytes_instead_of_a_cover_are_survived(tail: bytes) -> None:
    posters._cover_in(b"covr" + tail)


def test_ffmpeg_draws_the_poster_when_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for ffmpeg: it writes down its arguments and hands out a JPEG."""
    (tmp_path / "frame.jpg").write_bytes(jpeg(scene()))
    program = tmp_path / "ffmpeg"
    program.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" > "{tmp_path}/args"\n'
        f'/bin/cat "{tmp_path}/frame.jpg"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    path = tmp_path / "-i evil.mov"
    path.write_bytes(movie(b""))
    image = shown(path, kind="video", media_type="video/quicktime")
    assert apart(image, scene()) < 4
    arguments = (tmp_path / "args").read_text().splitlines()
    assert f"file:{path}" in arguments
    assert "mov" in arguments


@pytest.mark.parametrize("script", ["exit 1", "echo junk"])
def test_an_ffmpeg_that_fails_leaves_a_tile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    path = tmp_path / "a.mp4"
    path.write_bytes(movie(b""))
    assert make_renditions(path, facts("video/mp4", "video"))[0].is_tile


@needs_shared
def test_a_heic_too_large_to_decode_shows_its_thumbnail() -> None:
    path = SHARED / "formats" / "pillow-heif--200MP.heic"
    made = make_renditions(path, facts("image/heic", orientation=6))
    assert [(item.width, item.height) for item in made] == [
        (384, 512),
        (384, 512),
        (180, 240),
    ]
    assert "only its embedded thumbnail: 12240 × 16320 pixels" in made[0].note


@given(st.binary(max_size=200))
def test_any_bytes_instead_of_a_heif_are_survived(tail: bytes) -> None:
    head = box(b"ftyp", b"heic")
    meta = box(b"meta", bytes(4), box(b"pitm", bytes(4), b"\0\1"), box(b"iref", tail))
    assert with_thumbnail_as_primary(head + tail) is None
    with_thumbnail_as_primary(head + meta)


@pytest.mark.parametrize("extension", ["mov", "cr3", "", "<b>&\n", "averylongone"])
def test_tiles_take_any_extension(extension: str) -> None:
    made = type_tiles(extension)
    assert [(item.width, item.height) for item in made] == [
        (1600, 1200),
        (720, 540),
        (240, 180),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"media_type": "text/html"},
        {"name": "original"},
        {"name": ["preview"]},
        {"width": 1601},
        {"width": True},
        {"height": 0},
        {"data": "text"},
        {"is_tile": 1},
        {"note": None},
        {"more": 1},
    ],
    ids=str,
)
def test_what_is_no_rendition_is_not_believed(change: dict[str, Any]) -> None:
    good = _as_dict(type_tiles("mov")[0])
    renditions_from([good])
    with pytest.raises(ValueError, match=r"of ours|no renditions"):
        renditions_from([good | change])


@pytest.mark.parametrize("answer", [None, 5, [None], [[]], "text"], ids=repr)
def test_no_list_of_renditions(answer: Any) -> None:
    with pytest.raises(ValueError, match="no renditions"):
        renditions_from(answer)
