"""What is drawn on photos, drawn into copies of them; the originals stay as is."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from archive.batches import batch
from archive.database import Archive
from archive.errors import InvalidInput
from archive.export import burning
from archive.export.burning import draw_shapes
from archive.export.copies import STRIPPED
from archive.export.files import export_zip
from archive.export.photos import Packaging
from archive.markup_shapes import POINTS, Shape, turned
from archive.markups import add_markup
from archive.people import Person
from tests.archive.report_files import picture, put

GREY = (128, 128, 128)
RED, WHITE = (229, 36, 27), (255, 255, 255)
WORDS = "Riß شق\n漢字"


def drawn(
    *shapes: Shape, size: tuple[int, int] = (400, 300), rotation: int = 0
) -> Image.Image:
    ground = Image.new("RGB", size, GREY)
    draw_shapes(ground, shapes, rotation)
    return ground


def shape(kind: str, *points: tuple[int, int], width: int = 10) -> Shape:
    """In percent of the picture."""
    placed = tuple((x * 1000, y * 1000) for x, y in points)
    return Shape(kind, "red", width, placed, WORDS if kind == "text" else "")


def near(found: object, wanted: tuple[int, int, int]) -> bool:
    assert isinstance(found, tuple)
    return all(abs(a - b) < 40 for a, b in zip(found, wanted, strict=True))


def test_a_line_lies_where_it_was_drawn_with_an_edge_around_it() -> None:
    image = drawn(shape("line", (25, 50), (75, 50)), size=(1600, 1200))
    assert image.getpixel((800, 600)) == RED
    assert image.getpixel((400, 593)) == RED
    assert image.getpixel((800, 590)) == WHITE  # 8 pixels, and 2.4 of an edge
    assert image.getpixel((800, 585)) == GREY
    assert image.getpixel((386, 600)) == GREY


@pytest.mark.parametrize(
    ("kind", "inside", "outside"),
    [
        ("arrow", (290, 218), (110, 220)),
        ("rectangle", (200, 75), (200, 150)),
        ("ellipse", (200, 75), (102, 77)),
        ("cloud", (100, 75), (200, 150)),
        ("pen", (200, 150), (100, 225)),
    ],
)
def test_each_kind_is_drawn(
    kind: str, inside: tuple[int, int], outside: tuple[int, int]
) -> None:
    image = drawn(shape(kind, (25, 25), (75, 75), width=20))
    assert near(image.getpixel(inside), RED)
    assert image.getpixel(outside) == GREY


def test_words_run_where_they_point() -> None:
    down = drawn(shape("text", (50, 5), (50, 90)), size=(800, 600))
    box = ImageChops.difference(down, Image.new("RGB", down.size, GREY)).getbbox()
    assert box is not None
    assert box[3] - box[1] > box[2] - box[0]  # downwards
    assert abs(box[1] - 30) < 8
    assert box[2] <= 403
    colours = {colour for _, colour in down.getcolors(1 << 16) or []}
    assert {RED, WHITE} <= colours


def test_a_picture_is_the_same_in_tiles_of_any_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shapes = [shape(kind, (10, 10), (80, 70)) for kind in POINTS]
    whole = drawn(*shapes)
    monkeypatch.setattr(burning, "_TILE", 64)
    parts = drawn(*shapes)
    difference = ImageChops.difference(whole, parts)
    # no seam that one sees
    assert max(high for _, high in difference.getextrema()) <= 16


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_what_is_drawn_turns_with_the_photo(rotation: int) -> None:
    size = (300, 400) if rotation % 180 else (400, 300)
    image = drawn(shape("rectangle", (10, 10), (20, 20)), size=size, rotation=rotation)
    ((x, y),) = turned(((15_000, 10_000),), rotation)
    assert image.getpixel((x * size[0] // 100_000, y * size[1] // 100_000)) == RED


# In a zip


@pytest.fixture
def ids(archive: Archive, sam: Person) -> list[int]:
    """Drawn on and turned; without markups; called as the first one's copy; damaged."""
    data = picture(1, (400, 200))
    found = [
        put(archive, data, filename="a.jpg", rotation=90),
        put(archive, picture(2), filename="b.jpg"),
        put(archive, picture(3), filename="a ~markups.jpg"),
        put(archive, picture(4)[:100], filename="cut.jpg"),
    ]
    with batch(archive.connection, sam) as opened:
        for number in (found[0], found[3]):
            line = shape("line", (10, 10), (60, 10), width=30)
            add_markup(archive.connection, sam, opened, number, line)
    return found


def test_a_zip_has_the_original_and_a_copy_that_shows_the_markups(
    archive: Archive, sam: Person, ids: list[int], tmp_path: Path
) -> None:
    out = tmp_path / "out.zip"
    packaging = Packaging(names="{filename}", markups=True)
    receipt = export_zip(archive, sam, ids, out, packaging)
    assert receipt.whole
    ((name, note),) = receipt.notes
    assert name == "cut.jpg"
    assert note.startswith("there is no copy with its markups (")
    with zipfile.ZipFile(out) as found:
        assert found.testzip() is None
        listed = json.loads(found.read("manifest.json"))
        files = {name: found.read(name) for name in found.namelist()}
    for content in receipt.contents:
        assert hashlib.sha256(files[content.name]).hexdigest() == content.sha256
    for row in listed:
        assert hashlib.sha256(files[row["file"]]).hexdigest() == row["sha256"]
    names = [row["file"] for row in listed]
    assert names == ["a.jpg", "b.jpg", "a ~markups.jpg", "cut.jpg"]
    copy = listed[0]["drawn_file"]
    assert copy.startswith("a ~markups ")  # the other keeps its name
    assert [row["drawn_file"] for row in listed[1:]] == [None] * 3
    assert b"photo 1" not in files[copy]  # the comment, like all metadata
    with Image.open(io.BytesIO(files[copy])) as image:
        assert image.size == (200, 400)  # upright, turned
        assert near(image.getpixel((180, 150)), RED)
        assert not near(image.getpixel((20, 150)), RED)


def test_without_being_asked_for_there_are_no_copies(
    archive: Archive, sam: Person, ids: list[int], tmp_path: Path
) -> None:
    out = tmp_path / "out.zip"
    export_zip(archive, sam, ids, out, Packaging(names="{filename}"))
    with zipfile.ZipFile(out) as found:
        assert len(found.namelist()) == len(ids) + 2
        assert "drawn_file" not in found.read("manifest.json").decode()


def test_markups_do_not_tell_what_is_stripped() -> None:
    with pytest.raises(InvalidInput, match="stripped"):
        Packaging(copies=STRIPPED, markups=True).check()
