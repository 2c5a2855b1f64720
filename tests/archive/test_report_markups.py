"""What is drawn on photos stands in a report as vectors, turned with its photo."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest

from archive.batches import batch
from archive.markup_shapes import POINTS, Shape
from archive.markups import add_markup
from archive.people import owner
from tests.archive.report_files import (
    HERE,
    each_mark_and_link_is_in_the_tree,
    made,
    new_tower,
    picture,
    put,
    texts,
)

RED = "0.898 0.141 0.106"
POINT = 72 / 25.4


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One with what is drawn, one without; the photo is turned to the right."""
    base = tmp_path_factory.mktemp("markups")
    with new_tower(base) as archive:
        sam = owner(archive.connection)
        photo = put(archive, picture(1), rotation=90)
        with batch(archive.connection, sam) as opened:
            for kind in POINTS:
                text = "A4 سلام </svg>\nsecond" if kind == "text" else ""
                points = ((0, 50_000), (50_000, 50_000))
                shape = Shape(kind, "red", 4, points, text)
                add_markup(archive.connection, sam, opened, photo, shape)
        made(archive, sam, base / "with.pdf", [photo], HERE)
        without = replace(HERE, markups=False)
        made(archive, sam, base / "without.pdf", [photo], without)
    return base


def content(path: Path) -> str:
    with pikepdf.open(path) as pdf:
        return pdf.pages[0].Contents.read_bytes().decode("latin-1")


def test_shapes_are_vectors_over_the_picture_and_can_be_left_out(
    reports: Path,
) -> None:
    drawn = content(reports / "with.pdf")
    assert drawn.count(f"{RED} RG") >= len(POINTS) - 1
    assert drawn.index(" Do") < drawn.index(f"{RED} RG")
    assert RED not in content(reports / "without.pdf")
    with pikepdf.open(reports / "with.pdf") as pdf:
        each_mark_and_link_is_in_the_tree(pdf)


def test_words_on_a_photo_are_words_of_the_page(reports: Path) -> None:
    (page,) = texts(reports / "with.pdf")
    assert "A4" in page
    assert "</svg>" in page
    assert "second" in page


def test_what_is_drawn_turns_with_its_photo(reports: Path) -> None:
    drawn = content(reports / "with.pdf")
    line = drawn.split(f"{RED} RG")[1].split(" S Q")[0].split()
    at = line.index("m")
    (x0, y0), (x1, y1) = (
        (float(line[n]), float(line[n + 1])) for n in (at - 2, at + 1)
    )
    # to the right in the file, so downwards on the page, where up is more
    assert x0 == pytest.approx(x1, abs=0.1)
    assert y0 - y1 > 10 * POINT
