"""Stamps: what is said, in any script, legible on any ground, and never a guess."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from archive.database import Archive
from archive.errors import InvalidInput
from archive.export.lettering import _runs, lettering
from archive.export.pdf.fonts import fonts_for
from archive.export.pdf.words import words_of
from archive.export.stamps import (
    CORNERS,
    FIELDS,
    check_stamp,
    stamp_file,
    stamp_text,
    stamped,
)
from archive.photos import Photo, load_photos
from tests.archive.report_files import picture, put

ENGLISH = words_of("en")


@pytest.fixture
def photo(archive: Archive) -> Photo:
    number = put(archive, picture(1), description="crane", direction=271.6)
    (found,) = load_photos(archive.connection, [number])
    return replace(
        found, location="Tower 4>Level 3", taken_at="2026-05-11T14:05:09", trades=("A",)
    )


# What a stamp says


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (
            "{location} · {taken:%d %b %Y %H:%M}",
            "Tower 4 › Level 3 · 11 May 2026 14:05",
        ),
        ("{project} {n:04} {trades}", "P 0007 A"),
        ("{taken}", "11 May 2026, 14:05"),
        ("{direction} {description} {{x}} 100%", "272° crane {x} 100%"),
        ("{taken:%d%%}", "11%"),
        ("a\nb", "a\nb"),
    ],
)
def test_a_stamp_says(photo: Photo, template: str, said: str) -> None:
    assert stamp_text(template, photo, ENGLISH, n=7, project="P") == said


def test_a_date_stays_in_one_piece_between_words_from_right_to_left(
    photo: Photo,
) -> None:
    said = stamp_text(
        "{location} · {taken:%d %b}", replace(photo, location="אב"), ENGLISH
    )
    assert said == "\u2068אב\u2069 · \u206811 May\u2069"
    assert _order("אב · \u206811 May\u2069") == "11 May · בא"
    assert _order("אב · 11 May") == "May 11 · בא"


def _order(text: str) -> str:
    runs = _runs(text, fonts_for([text]))
    seen = (run.text[::-1] if run.rtl else run.text for run in runs)
    return "".join(seen).translate({0x2068: None, 0x2069: None})


def test_months_are_named_in_the_language(photo: Photo) -> None:
    said = stamp_text("{taken:%A %d. %B}", photo, words_of("de"))
    assert said == "Montag 11. Mai"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{location} · {taken:%d.%m.%Y}", "Tower 4 › Level 3"),
        ("{taken} · {location}", "Tower 4 › Level 3"),
        ("{location} · {taken} · {n}", "Tower 4 › Level 3 · 7"),
        ("{location} (taken {taken})", "Tower 4 › Level 3"),
        ("{taken} {camera}", ""),
    ],
)
def test_what_is_not_known_is_left_out_with_what_leads_to_it(
    photo: Photo, template: str, said: str
) -> None:
    undated = replace(photo, taken_at=None)
    assert stamp_text(template, undated, ENGLISH, n=7) == said


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{place}", r"no field \{place\}; it has location, taken"),
        ("{}", "no field"),
        ("{0}", "no field"),
        ("{taken.__class__}", "no field"),
        ("{taken!r}", "cannot be read"),
        ("{taken:{n}}", "cannot be read"),
        ("{taken", "cannot be read"),
        ("}", "cannot be read"),
        ("{taken:%Q}", "%Q is no part of a date"),
        ("{taken:%-d}", "%- is no part of a date"),
        ("{n:999999999}", "how many digits"),
        ("{album:>99}", "only dates"),
        ("x" * 501, "500"),
    ],
)
def test_what_a_stamp_cannot_say_is_refused(template: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        check_stamp(template)


def test_every_field_can_be_filled(photo: Photo) -> None:
    for name in FIELDS:
        assert "{" not in stamp_text(f"{{{name}}}", photo, ENGLISH)


# How it looks


def changed_box(before: Image.Image, after: Image.Image) -> tuple[int, int, int, int]:
    box = ImageChops.difference(before, after).getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize("corner", CORNERS)
def test_a_stamp_stands_in_its_corner_and_nowhere_else(corner: str) -> None:
    ground = Image.new("RGB", (800, 600), (200, 180, 160))
    left, top, right, bottom = changed_box(ground, stamped(ground, "Tower 4", corner))
    assert (right < 400, left > 400) == ("left" in corner, "right" in corner)
    assert (bottom < 300, top > 300) == ("top" in corner, "bottom" in corner)


@pytest.mark.parametrize("ground", ["white", "black", "#808080", "#ffff00"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_letters_stand_out_from_any_ground(ground: str, mode: str) -> None:
    before = Image.new("RGB", (800, 600), ground).convert(mode)
    after = stamped(before, "HHHH")
    assert after.mode == mode
    plate = after.crop(changed_box(before, after)).convert("RGB")
    light, dark = (_luminance(plate, pick) for pick in (max, min))
    assert (light + 0.05) / (dark + 0.05) >= 7  # WCAG 1.4.6


def _luminance(image: Image.Image, pick: object) -> float:
    shades = [shade for _, shade in image.getcolors(1 << 20) or []]
    shade = pick(shades, key=sum)  # type: ignore[operator]
    linear = [(c / 255 / 12.92, ((c / 255 + 0.055) / 1.055) ** 2.4) for c in shade]
    red, green, blue = (
        b if c > 10 else a for c, (a, b) in zip(shade, linear, strict=True)
    )
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)


def test_letters_are_as_large_as_the_picture_wants() -> None:
    small, large = (Image.new("L", size, 255) for size in ((800, 600), (4000, 3000)))
    boxes = [changed_box(one, stamped(one, "Tower 4")) for one in (small, large)]
    heights = [box[3] - box[1] for box in boxes]
    assert 4.5 < heights[1] / heights[0] < 5.5
    assert 0.03 < heights[1] / 3000 < 0.06


@given(
    st.text(max_size=60),
    st.tuples(st.integers(1, 300), st.integers(1, 300)),
    st.sampled_from(CORNERS),
)
def test_any_words_stand_on_any_picture(
    text: str, size: tuple[int, int], corner: str
) -> None:
    before = Image.new("RGB", size, "white")
    assert stamped(before, text, corner).size == size
    assert before.getcolors() == [(size[0] * size[1], (255, 255, 255))]


@pytest.mark.parametrize(
    "text",
    ["بدن", "בדיקה", "三层楼板", "तीसरी", "ตรวจ", "🏗", "→ ½ é"],
    ids=["arabic", "hebrew", "chinese", "hindi", "thai", "emoji", "signs"],
)
def test_letters_of_any_script_are_drawn(text: str) -> None:
    drawn = lettering(text, 40, 1000)
    unknown = lettering("\ue000" * len(text), 40, 1000)
    assert drawn is not None
    assert unknown is not None
    assert sum(drawn.coverage) > 40 * 255
    assert drawn.coverage != unknown.coverage


def test_arabic_is_shaped_and_goes_from_right_to_left() -> None:
    joined, apart = lettering("بب", 40, 999), lettering("ب\u200cب", 40, 999)
    assert joined is not None
    assert apart is not None
    assert joined.width < apart.width
    mixed = lettering("אא H", 40, 999)  # the H is read last, so it stands at the left
    assert mixed is not None
    columns = [sum(mixed.coverage[x :: mixed.width]) for x in range(mixed.width)]
    latin = lettering("H", 40, 999)
    assert latin is not None
    head = sum(columns[: latin.width])
    assert abs(head - sum(latin.coverage)) < head * 0.1


def test_long_words_are_broken_and_cut() -> None:
    drawn = lettering("word " * 100, 20, 200, most=2)
    one = lettering("word", 20, 200)
    assert drawn is not None
    assert one is not None
    assert drawn.width <= 203
    assert one.height < drawn.height < 3 * one.height
    assert lettering("x" * 400, 20, 200) is not None


def test_no_words_change_nothing() -> None:
    ground = Image.new("RGB", (50, 50), "red")
    assert stamped(ground, " \n ").tobytes() == ground.tobytes()


def test_a_file_gets_its_stamp_upright_and_without_metadata(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "CAMERASECRET"
    path = tmp_path / "a.jpg"
    path.write_bytes(picture(1, (400, 200), exif=exif))
    before = path.read_bytes()
    width, height, data = stamp_file(str(path), 90, "Tower 4", "top_left")
    assert (width, height) == (400, 200)  # turned by the camera, and once more
    assert b"CAMERASECRET" not in data
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (400, 200)
        plain = Image.open(path).convert("RGB").rotate(180)
        assert changed_box(plain.crop((0, 0, 30, 30)), image.crop((0, 0, 30, 30)))
    assert path.read_bytes() == before
