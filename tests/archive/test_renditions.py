"""Renditions: their sizes, which way is up, and what is never shown."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile, UnidentifiedImageError

from archive import decoding
from archive.errors import DamagedFile, StoreError
from archive.renditions import NAMES, make_renditions, upright
from tests.archive.picture_files import bomb
from tests.archive.rendered import (
    SHARED,
    apart,
    display_p3,
    facts,
    needs_shared,
    saved,
    scene,
    shown,
)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((4000, 3000), [(1600, 1200), (720, 540), (240, 180)]),
        ((3000, 4000), [(1200, 1600), (540, 720), (180, 240)]),
        ((1000, 500), [(1000, 500), (720, 360), (240, 120)]),
        ((100, 60), [(100, 60), (100, 60), (100, 60)]),
        ((9000, 3), [(1600, 1), (720, 1), (240, 1)]),
        ((1, 1), [(1, 1), (1, 1), (1, 1)]),
    ],
    ids=["large", "portrait", "middling", "small", "sliver", "pixel"],
)
def test_sizes_fit_and_nothing_is_enlarged(
    tmp_path: Path, size: tuple[int, int], expected: list[tuple[int, int]]
) -> None:
    path = saved(tmp_path, Image.new("RGB", size, "olive"), "a.jpg")
    made = make_renditions(path, facts())
    assert [item.name for item in made] == list(NAMES)
    assert [(item.width, item.height) for item in made] == expected
    assert [item.media_type for item in made] == [
        "image/jpeg",
        "image/jpeg",
        "image/webp",
    ]


def test_previews_are_baseline_jpeg(tmp_path: Path) -> None:
    made = make_renditions(saved(tmp_path, scene(), "a.jpg"), facts())
    for item in made[:2]:
        assert "progressive" not in Image.open(io.BytesIO(item.data)).info


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_upright_by_exif_then_by_the_person(
    tmp_path: Path, orientation: int, rotation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = scene().transpose(_UNDO[orientation]) if orientation > 1 else scene()
    path = saved(tmp_path, stored, "a.png", exif=exif)
    made = make_renditions(path, facts("image/png", orientation=orientation), rotation)
    expected = scene().rotate(-rotation, expand=True)
    image = Image.open(io.BytesIO(made[0].data)).convert("RGB")
    assert apart(image, expected) < 3


_UNDO = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@given(st.integers(1, 8), st.integers(-8, 8), st.integers(-8, 8))
def test_turns_add_up(orientation: int, first: int, second: int) -> None:
    both = upright(orientation, 90 * (first + second))
    assert upright(upright(orientation, 90 * first), 90 * second) == both


@pytest.mark.parametrize("orientation", [None, 0, 9, 65535, -1])
def test_an_illegal_orientation_is_none(orientation: int | None) -> None:
    assert upright(orientation, 0) == 1


@needs_shared
@pytest.mark.parametrize("shape", ["Landscape", "Portrait"])
def test_all_orientations_of_a_photo_look_the_same(shape: str) -> None:
    folder = SHARED / "orientation"
    files = sorted(folder.glob(f"*--{shape}_*.jpg"))
    assert len(files) == 9
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pictures = [shown(f, "medium", orientation=_exif_of(f)) for f in files]
    # The files are drawn with a number in the middle, and were encoded one by one.
    assert max(apart(pictures[0], other) for other in pictures[1:]) < 6
    assert pictures[0].size == ((720, 480) if shape == "Landscape" else (480, 720))


def _exif_of(path: Path) -> int | None:
    with Image.open(path) as image:
        return image.getexif().get(0x0112)


@needs_shared
@pytest.mark.parametrize(
    ("name", "media_type", "orientation", "size"),
    [
        ("formats/pillow-heif--arrow.heic", "image/heic", 6, (540, 720)),
        ("formats/exifr--Irvine_CA.avif", "image/avif", None, (480, 640)),
        ("orientation/pillow--g4_orientation_6.tif", "image/tiff", 6, (590, 88)),
        ("orientation/pillow--g4_orientation_3.tif", "image/tiff", 3, (590, 88)),
        ("orientation/pillow--hopper_orientation_8.webp", "image/webp", 8, (128, 128)),
    ],
)
def test_no_reader_is_turned_twice(
    name: str, media_type: str, orientation: int | None, size: tuple[int, int]
) -> None:
    image = shown(
        SHARED / name, "medium", media_type=media_type, orientation=orientation
    )
    assert image.size == size


@needs_shared
def test_the_heic_arrow_points_up() -> None:
    path = SHARED / "formats" / "pillow-heif--arrow.heic"
    image = shown(path, "medium", media_type="image/heic", orientation=6)
    dark = image.convert("L").point(lambda v: 255 if v < 90 else 0)
    box = dark.getbbox()
    assert box is not None
    left, top, right, _ = box
    tip = dark.crop((left, top, right, top + 40)).getbbox()
    assert tip is not None
    assert tip[2] - tip[0] < (right - left) / 2


def test_an_avif_is_turned_by_its_container_not_by_the_facts(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # Pillow writes it as irot and drops the EXIF value
    stored = scene().transpose(_UNDO[6])
    path = saved(tmp_path, stored, "a.avif", exif=exif, quality=95)
    image = shown(path, media_type="image/avif", orientation=None)
    assert apart(image, scene()) < 6


@pytest.mark.parametrize("profile", [b"", display_p3()], ids=["sRGB", "P3"])
@pytest.mark.parametrize("size", [(3000, 2000), (100, 50)], ids=["large", "small"])
def test_no_metadata_comes_out(
    tmp_path: Path, size: tuple[int, int], profile: bytes
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRETMAKE"
    exif.get_ifd(0x8825)[1] = "N"
    path = saved(
        tmp_path,
        scene(size),
        "a.jpg",
        exif=exif,
        comment=b"SECRETCOMMENT",
        xmp=b"<x:xmpmeta>SECRETXMP</x:xmpmeta>",
        icc_profile=profile,
        dpi=(313, 313),
    )
    for item in make_renditions(path, facts()):
        assert b"SECRET" not in item.data
        info = Image.open(io.BytesIO(item.data)).info
        assert set(info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"} | {
            *("loop", "background", "timestamp", "duration")  # of any WebP
        }
        assert info.get("jfif_density", (1, 1)) == (1, 1)


@pytest.mark.parametrize("kept", [0.4, 0.8])
def test_a_truncated_jpeg_shows_what_there_is(tmp_path: Path, kept: float) -> None:
    path = saved(tmp_path, scene((1200, 900)), "a.jpg")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    image = shown(path)
    assert image.size == (1200, 900)
    assert (
        apart(image.crop((0, 0, 1200, 90)), scene((1200, 900)).crop((0, 0, 1200, 90)))
        < 3
    )


def test_a_jpeg_with_no_data_is_damaged(tmp_path: Path) -> None:
    path = saved(tmp_path, scene(), "a.jpg")
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"\xff\xda") + 14])
    with pytest.raises(DamagedFile, match="truncated"):
        make_renditions(path, facts())


def test_a_blank_wall_is_no_damage(tmp_path: Path) -> None:
    path = saved(tmp_path, Image.new("RGB", (500, 300), (128, 128, 128)), "a.jpg")
    assert len(make_renditions(path, facts())) == 3


def test_pillows_switches_are_put_back(tmp_path: Path) -> None:
    before = ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS
    make_renditions(saved(tmp_path, scene(), "a.jpg"), facts())
    with pytest.raises(DamagedFile):
        make_renditions(saved(tmp_path, scene(), "b.png"), facts())
    after = ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS
    assert after == before


@pytest.mark.parametrize("name", ["a.eps", "a.pdf", "a.tif", "a.gif", "a.ppm"])
def test_only_the_sniffed_format_is_read(tmp_path: Path, name: str) -> None:
    path = saved(tmp_path, scene(), name)
    with pytest.raises(DamagedFile, match="header is damaged"):
        make_renditions(path, facts("image/png"))
    with pytest.raises(UnidentifiedImageError):
        decoding.check(path, "image/png", 100)


@pytest.mark.parametrize("kind", ["application/pdf", "image/svg+xml", "", "EPS"])
def test_other_types_have_no_reader(tmp_path: Path, kind: str) -> None:
    with pytest.raises(DamagedFile, match="no reader"):
        make_renditions(saved(tmp_path, scene(), "a.jpg"), facts(kind))


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(bomb(30_000))
    with pytest.raises(DamagedFile, match="30000 × 30000 pixels"):
        make_renditions(path, facts("image/png"))


def test_a_large_jpeg_is_within_the_budget_because_it_is_reduced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path, Image.new("RGB", (6400, 4800), "teal"), "a.jpg")
    monkeypatch.setattr(decoding, "LARGEST_DECODED", 1600 * 1200 * 4)
    assert make_renditions(path, facts())[0].width == 1600


def test_a_missing_file_is_a_matter_of_the_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        make_renditions(tmp_path / "gone.jpg", facts())


@pytest.mark.parametrize("name", ["a.gif", "a.png", "a.webp", "a.tif"])
def test_the_first_frame_is_shown(tmp_path: Path, name: str) -> None:
    frames = [Image.new("RGB", (90, 60), colour) for colour in ("red", "blue")]
    path = saved(tmp_path, frames[0], name, save_all=True, append_images=frames[1:])
    media_type = "image/" + {"tif": "tiff"}.get(name[2:], name[2:])
    red, _, blue = shown(path, media_type=media_type).getpixel((40, 30))  # type: ignore[misc]
    assert red > blue + 150


def test_only_the_names_asked_for(tmp_path: Path) -> None:
    path = saved(tmp_path, scene(), "a.jpg")
    made = make_renditions(path, facts(), names=("thumbnail", "medium"))
    assert [item.name for item in made] == ["medium", "thumbnail"]
