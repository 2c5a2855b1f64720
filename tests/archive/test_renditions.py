"""Renditions: upright, of the right colour, never larger, and without metadata."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageCms, ImageDraw, ImageFile, ImageStat

from archive import colour, decoding, posters, resizing
from archive.errors import DamagedFile, StoreError
from archive.heif_thumbnails import with_thumbnail_as_primary
from archive.pictures import renditions_from
from archive.renditions import NAMES, make_renditions, type_tiles, upright

SHARED = Path(__file__).parents[3] / "shared" / "photos"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="no shared photos")


def facts(
    media_type: str = "image/jpeg", kind: str = "image", orientation: int | None = None
) -> Any:
    return SimpleNamespace(
        media_type=media_type, extension="xyz", kind=kind, orientation=orientation
    )


def shown(path: Path, name: str = "preview", **about: Any) -> Image.Image:
    """The named rendition, decoded."""
    (made,) = make_renditions(path, facts(**about), names=(name,))
    image = Image.open(io.BytesIO(made.data))
    assert image.size == (made.width, made.height)
    return image.convert("RGB")


def apart(left: Image.Image, right: Image.Image) -> float:
    """Mean difference over pixels and channels, 0..255."""
    assert left.size == right.size
    return sum(ImageStat.Stat(ImageChops.difference(left, right)).mean) / 3


def scene(size: tuple[int, int] = (400, 300)) -> Image.Image:
    """A picture no two of whose orientations look alike."""
    image = Image.radial_gradient("L").resize(size).convert("RGB")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, size[0] // 4, size[1] // 3), fill="red")
    draw.rectangle((size[0] * 3 // 4, 0, size[0], size[1] // 5), fill="blue")
    return image


def saved(folder: Path, image: Image.Image, name: str, **options: Any) -> Path:
    path = folder / name
    image.save(path, **options)
    return path


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


GREY = Image.linear_gradient("L")


def _sixteen() -> Image.Image:
    values = [v * 257 for v in GREY.tobytes()]
    raw = struct.pack(f"<{len(values)}H", *values)
    return Image.frombytes("I;16", GREY.size, raw)


def _wide(mode: str) -> Image.Image:
    wide = GREY.convert(mode)
    factor = 257 if mode == "I" else 1 / 255
    return wide.point(lambda value: value * factor + 0)


@pytest.mark.parametrize(
    ("make", "name", "media_type", "options"),
    [
        (lambda: GREY, "a.png", "image/png", {}),
        (lambda: GREY.convert("LA"), "a.png", "image/png", {}),
        (lambda: GREY.convert("P"), "a.png", "image/png", {}),
        (lambda: GREY.convert("P"), "a.gif", "image/gif", {}),
        (lambda: GREY.convert("RGBA"), "a.webp", "image/webp", {"lossless": True}),
        (lambda: GREY.convert("RGBA"), "a.png", "image/png", {}),
        (lambda: GREY.convert("CMYK"), "a.jpg", "image/jpeg", {}),
        (lambda: GREY.convert("CMYK"), "a.tif", "image/tiff", {}),
        (lambda: GREY.convert("YCbCr"), "a.tif", "image/tiff", {}),
        (lambda: GREY.convert("RGB").convert("LAB"), "a.tif", "image/tiff", {}),
        (_sixteen, "a.png", "image/png", {}),
        (_sixteen, "a.tif", "image/tiff", {}),
        (lambda: _wide("I"), "a.tif", "image/tiff", {}),
        (lambda: _wide("F"), "a.tif", "image/tiff", {}),
        (lambda: GREY.convert("RGB"), "a.bmp", "image/bmp", {}),
        (lambda: GREY.convert("RGB"), "a.jp2", "image/jp2", {}),
        (lambda: GREY, "a.pgm", "image/x-portable-graymap", {}),
    ],
    ids=[
        *("L", "LA", "P", "P-gif", "RGBA-webp", "RGBA", "CMYK-jpeg", "CMYK", "YCbCr"),
        *("LAB", "I;16-png", "I;16-tiff", "I", "F", "BMP", "JP2", "PGM"),
    ],
)
def test_every_mode_shows_the_same_ramp(
    tmp_path: Path,
    make: Callable[[], Image.Image],
    name: str,
    media_type: str,
    options: dict[str, Any],
) -> None:
    path = saved(tmp_path, make(), name, **options)
    assert apart(shown(path, media_type=media_type), GREY.convert("RGB")) < 4


def test_one_bit_pictures(tmp_path: Path) -> None:
    bilevel = GREY.convert("1")
    path = saved(tmp_path, bilevel, "a.png")
    image = shown(path, media_type="image/png")
    assert apart(image, bilevel.convert("RGB")) < 30  # a dither is hard on JPEG
    assert image.convert("L").getextrema() == (0, 255)


def test_floats_without_a_range_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, Image.new("F", (9, 9), float("nan")), "a.tif")
    with pytest.raises(DamagedFile, match="no usable range"):
        make_renditions(path, facts("image/tiff"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("mode", "clear"),
    [("RGBA", (255, 0, 0, 0)), ("LA", (0, 0)), ("P", 0), ("RGB", (0, 0, 0))],
    ids=["RGBA", "LA", "P", "RGB-tRNS"],
)
def test_transparency_is_white(
    tmp_path: Path, mode: str, clear: Any, name: str
) -> None:
    image = Image.new(mode, (2000, 1000), clear)
    options = {"transparency": clear} if mode in ("P", "RGB") else {}
    path = saved(tmp_path, image, "a.png", **options)
    made = shown(path, name, media_type="image/png")
    assert min(low for low, _ in _extrema(made)) >= 253


def _extrema(image: Image.Image) -> list[tuple[int, int]]:
    return [image.getchannel(band).getextrema() for band in "RGB"]  # type: ignore[misc]


def test_half_transparent_edges_do_not_darken(tmp_path: Path) -> None:
    image = Image.new("RGBA", (1000, 500), (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 500, 500))
    path = saved(tmp_path, image, "a.png")
    row = shown(path, "thumbnail", media_type="image/png").crop((110, 60, 130, 61))
    assert row.getchannel("R").getextrema()[0] > 180


def display_p3() -> bytes:
    """A matrix profile with Display P3's primaries (D50-adapted) and gamma 2.2."""

    def xyz(*values: float) -> bytes:
        numbers = [round(v * 65536) for v in values]
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *numbers)

    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 3) + b"P3\0" + bytes(78),
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.5151, 0.2412, -0.0011),
        b"gXYZ": xyz(0.2920, 0.6922, 0.0419),
        b"bXYZ": xyz(0.1571, 0.0666, 0.7841),
    }
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        padded = content + bytes(-len(content) % 4)
        offset = 128 + 4 + 12 * len(tags) + len(body)
        table += name + struct.pack(">II", offset, len(content))
        body += padded
    size = 128 + len(table) + len(body)
    head = struct.pack(">I4xI4s4s4s", size, 0x02200000, b"mntr", b"RGB ", b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28)
    head += struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + body


@pytest.mark.parametrize("name", NAMES)
def test_display_p3_does_not_come_out_pale(tmp_path: Path, name: str) -> None:
    reddish = Image.new("RGB", (2000, 1000), (200, 60, 60))
    path = saved(tmp_path, reddish, "a.jpg", icc_profile=display_p3(), quality=95)
    red, green, blue = shown(path, name).getpixel((20, 20))  # type: ignore[misc]
    assert red > 210
    assert green < 50
    assert blue < 58


def test_srgb_is_recognised_and_costs_nothing() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.new("RGB", (8, 8), (200, 60, 60))
    same, note = colour.to_srgb(image, srgb)
    assert same is image
    assert not note


@pytest.mark.parametrize(
    "profile", [b"", b"junk", display_p3()[:200], bytes(9 << 20)], ids=len
)
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_broken_profile_is_ignored_with_a_note(mode: str, profile: bytes) -> None:
    image = Image.new(mode, (8, 8))
    converted, note = colour.to_srgb(image, profile)
    assert converted.mode == ("L" if mode == "L" else "RGB")
    assert bool(note) == bool(profile)


def test_a_profile_for_another_kind_of_picture_is_ignored() -> None:
    converted, note = colour.to_srgb(Image.new("CMYK", (8, 8)), display_p3())
    assert converted.mode == "RGB"
    assert "colour profile ignored" in note


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


@pytest.mark.parametrize("kind", ["application/pdf", "image/svg+xml", "", "EPS"])
def test_other_types_have_no_reader(tmp_path: Path, kind: str) -> None:
    with pytest.raises(DamagedFile, match="no reader"):
        make_renditions(saved(tmp_path, scene(), "a.jpg"), facts(kind))


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = saved(tmp_path, Image.new("1", (30000, 30000)), "a.png")
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
