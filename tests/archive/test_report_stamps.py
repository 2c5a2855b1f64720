"""Stamps in reports: burned into what is embedded, never into an original."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageChops

from archive.database import Archive
from archive.errors import InvalidInput
from archive.export.pdf import Template, template_from
from archive.people import Person
from tests.archive.report_files import HERE, images, made, picture, put

pytestmark = pytest.mark.usefixtures("one_process")


def embedded(path: Path) -> Image.Image:
    with pikepdf.open(path) as pdf:
        (image,) = images(pdf).values()
        return Image.open(io.BytesIO(image.read_raw_bytes())).convert("RGB")


def differs(one: Image.Image, other: Image.Image) -> tuple[int, int, int, int] | None:
    """Where two pictures differ by more than encoding makes them."""
    apart = ImageChops.difference(one, other).convert("L")
    return apart.point([0] * 48 + [255] * 208).getbbox()


@pytest.mark.parametrize("resolution", [0, 200])
def test_a_stamp_is_burned_into_its_corner(
    archive: Archive, sam: Person, tmp_path: Path, resolution: int
) -> None:
    data = picture(1, (600, 400))
    ids = [put(archive, data, filename="a.jpg")]
    template = replace(HERE, resolution=resolution, per_page=1)
    made(archive, sam, tmp_path / "plain.pdf", ids, template)
    looks = replace(template, stamp="{n:03} {filename}", stamp_corner="top_right")
    made(archive, sam, tmp_path / "stamped.pdf", ids, looks)
    before, after = embedded(tmp_path / "plain.pdf"), embedded(tmp_path / "stamped.pdf")
    assert after.size == before.size == (600, 400)
    box = differs(before, after)
    assert box is not None
    assert box[0] > 300
    assert box[3] < 200
    (path,) = (path for path in archive.originals.glob("*/*") if path.is_file())
    assert path.read_bytes() == data


def test_a_photo_of_which_nothing_is_said_has_no_plate(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    ids = [put(archive, picture(1, (600, 400)))]
    made(archive, sam, tmp_path / "plain.pdf", ids)
    looks = replace(HERE, stamp="{taken:%Y}")
    made(archive, sam, tmp_path / "stamped.pdf", ids, looks)
    assert (
        differs(*(embedded(tmp_path / f"{n}.pdf") for n in ("plain", "stamped")))
        is None
    )


def test_letters_can_be_read_on_paper(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    ids = [put(archive, picture(1, (1200, 800)))]
    looks = replace(HERE, per_page=9, resolution=300)
    made(archive, sam, tmp_path / "plain.pdf", ids, looks)
    made(archive, sam, tmp_path / "stamped.pdf", ids, replace(looks, stamp="H"))
    found = differs(*(embedded(tmp_path / f"{n}.pdf") for n in ("plain", "stamped")))
    assert found is not None
    points = (found[3] - found[1]) / 300 * 72
    assert 3.9 < points < 6  # a capital has 0.7 of its size


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"stamp": "{place}"}, "no field {place}"),
        ({"stamp": 3}, "text"),
        ({"stamp_corner": "middle"}, "bottom_left, bottom_right"),
    ],
)
def test_a_stamp_that_cannot_be_is_refused_with_its_template(
    values: dict[str, object], said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        template_from(values, Template())
