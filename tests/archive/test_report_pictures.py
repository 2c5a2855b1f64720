"""The photos of a report: byte for byte where it may be, upright, once in memory."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image, ImageCms, ImageOps

from archive.database import Archive
from archive.errors import InvalidInput
from archive.export.pdf import Template
from archive.export.pdf.layout import Cell, arrange, fitted, split
from archive.export.pdf.sections import Item, Section
from archive.people import Person
from archive.photos import load_photos
from tests.archive.report_files import (
    CORNERS,
    HERE,
    images,
    made,
    picture,
    put,
    texts,
)

pytestmark = pytest.mark.usefixtures("one_process")


def test_a_report_is_a_whole_pdf_of_every_photo(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    ids = [put(archive, picture(n), description=f"slab {n}") for n in range(7)]
    report = made(archive, sam, tmp_path / "r.pdf", ids, Template())
    assert (report.photos, report.of, report.missing) == (7, 7, ())
    with pikepdf.open(tmp_path / "r.pdf") as pdf:
        assert pdf.check_pdf_syntax() == []
        assert len(pdf.pages) == report.pages == 3  # a cover, 4 and 3
        assert len(images(pdf)) == 7
    said = "".join(texts(tmp_path / "r.pdf"))
    assert all(f"slab {n}" in said for n in range(7))
    assert "Page 3 of 3" in said.replace("\n", "")


def test_a_small_jpeg_is_embedded_without_its_metadata(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "CAMERASECRET"
    data = picture(1, exif=exif)
    made(archive, sam, tmp_path / "r.pdf", [put(archive, data)])
    with pikepdf.open(tmp_path / "r.pdf") as pdf:
        (image,) = images(pdf).values()
        raw = image.read_raw_bytes()
    assert b"CAMERASECRET" not in (tmp_path / "r.pdf").read_bytes()
    start, end = data.index(b"\xff\xda"), len(data)  # the scan, which is all pixels
    assert data[start:end] in raw
    assert b"photo 1" not in raw


def test_a_large_photo_is_made_as_large_as_it_is_printed(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    ids = [put(archive, picture(1, (3000, 2000)))]
    made(archive, sam, tmp_path / "r.pdf", ids, replace(HERE, resolution=150))
    with pikepdf.open(tmp_path / "r.pdf") as pdf:
        (image,) = images(pdf).values()
        width, height = int(image.Width), int(image.Height)
    assert 480 < width < 560  # 88 mm at 150 dpi
    assert abs(width / height - 1.5) < 0.01


def test_all_stay_as_they_are_where_no_resolution_is_asked_for(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    ids = [put(archive, picture(1, (3000, 2000)))]
    made(archive, sam, tmp_path / "r.pdf", ids, replace(HERE, resolution=0))
    with pikepdf.open(tmp_path / "r.pdf") as pdf:
        (image,) = images(pdf).values()
        assert (int(image.Width), int(image.Height)) == (3000, 2000)


def test_a_colour_profile_stays_with_its_photo(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    ids = [put(archive, picture(n, icc_profile=profile)) for n in (1, 2)]
    ids.append(put(archive, picture(3, icc_profile=b"no profile")))
    made(archive, sam, tmp_path / "r.pdf", ids)
    with pikepdf.open(tmp_path / "r.pdf") as pdf:
        spaces = [image.ColorSpace for image in images(pdf).values()]
        based = [space for space in spaces if isinstance(space, pikepdf.Array)]
        assert len(based) == 2
        assert based[0][1].objgen == based[1][1].objgen  # one copy of it
        assert based[0][1].read_bytes() == profile


@pytest.mark.parametrize(
    ("data", "facts"),
    [
        (b"nothing", {}),
        (picture(1)[:200], {"damage": "cut short"}),
        (b"\0\0\0\x10ftypqt  ", {"media_type": "video/quicktime", "kind": "video"}),
    ],
    ids=["no picture", "cut short", "video"],
)
def test_a_file_without_a_picture_is_told_and_stops_nothing(
    archive: Archive,
    sam: Person,
    tmp_path: Path,
    data: bytes,
    facts: dict[str, Any],
) -> None:
    ids = [put(archive, picture(1)), put(archive, data, filename="a.mov", facts=facts)]
    report = made(archive, sam, tmp_path / "r.pdf", ids)
    assert (report.photos, report.of) == (1, 2)
    ((name, reason),) = report.missing
    assert name == "a.mov"
    assert reason
    assert "No picture of this file" in "".join(texts(tmp_path / "r.pdf"))


@pytest.mark.parametrize("stamp", ["", "{n}"], ids=["as it is", "by a worker"])
def test_a_missing_or_changed_file_is_told(
    archive: Archive, sam: Person, tmp_path: Path, stamp: str
) -> None:
    ids = [put(archive, picture(n), filename=f"{n}.jpg") for n in (1, 2, 3)]
    files = [p for p in archive.originals.glob("*/*") if p.is_file()]
    by_name = {path.stem: path for path in files}
    photos = load_photos(archive.connection, ids)
    by_name[str(photos[0].sha256)].unlink()
    by_name[str(photos[1].sha256)].write_bytes(picture(9))
    report = made(archive, sam, tmp_path / "r.pdf", ids, replace(HERE, stamp=stamp))
    assert [name for name, _ in report.missing] == ["1.jpg", "2.jpg"]
    assert "not what it was" in report.missing[1][1]


# How photos are turned


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.skipif(not shutil.which("pdftoppm"), reason="no pdftoppm here")
def test_a_turned_photo_stands_upright_without_being_encoded_again(
    archive: Archive, sam: Person, tmp_path: Path, orientation: int, rotation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = picture(1, exif=exif)
    ids = [put(archive, data, rotation=rotation, facts={"turned": orientation})]
    made(archive, sam, tmp_path / "r.pdf", ids, replace(HERE, per_page=1, fields=()))
    with Image.open(io.BytesIO(data)) as image:
        right = ImageOps.exif_transpose(image).rotate(-rotation, expand=True)
    command = ["pdftoppm", "-r", "36", "-png", "-singlefile", "r.pdf", "page"]
    subprocess.run(command, cwd=tmp_path, check=True)
    with Image.open(tmp_path / "page.png") as page:
        place = fitted(split(_first_cell(), HERE_ONE)[0], *right.size)
        for x, y in ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)):
            spot = (place.x + place.w * x, place.y + place.h * y)
            seen = page.getpixel(tuple(int(v / 25.4 * 36) for v in spot))
            wanted = right.getpixel((int(right.width * x), int(right.height * y)))
            assert _nearest(seen) == _nearest(wanted)


HERE_ONE = replace(HERE, per_page=1, fields=())


def _first_cell() -> Any:
    photo = object()
    section = Section("s", (Item(photo, 1),))  # type: ignore[arg-type]
    parts = arrange([section], HERE_ONE)[0].parts
    cell = next(part for part in parts if isinstance(part, Cell))
    height = cell.caption.y + cell.caption.h - cell.photo.y
    return cell.photo._replace(h=height)


def _nearest(colour: Any) -> int:
    apart = [sum(abs(a - b) for a, b in zip(colour, c, strict=False)) for c in CORNERS]
    return apart.index(min(apart))


# The file


def test_each_picture_is_in_the_file_once_and_nothing_else_is_left(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    data = [picture(n, (600, 400)) for n in range(3)]
    ids = [put(archive, one) for one in data]
    made(archive, sam, tmp_path / "r.pdf", [*ids, ids[0]], replace(HERE, resolution=0))
    raw = (tmp_path / "r.pdf").read_bytes()
    assert [raw.count(one[one.index(b"\xff\xda") :]) for one in data] == [1, 1, 1]
    assert raw.count(b"startxref") == raw.count(b"/Type /Catalog") == 1
    with pikepdf.open(tmp_path / "r.pdf") as pdf:
        assert len(bytes(pdf.trailer.ID[0])) == 16
        numbers = [one.objgen[0] for one in pdf.objects]
        assert len(numbers) > 40
        assert max(numbers) == int(pdf.trailer.Size) - 1


# Memory


MEASURED = """
import resource, sys
from pathlib import Path
from archive.database import open_archive
from archive.export.pdf import Template, write_report
from archive.people import owner
with open_archive(Path(sys.argv[1])) as archive:
    ids = [row[0] for row in archive.connection.execute("select id from photos")]
    ids = ids[: int(sys.argv[2])]
    template = Template(resolution=0)
    write_report(archive, owner(archive.connection), ids, template, Path(sys.argv[3]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_photos(archive: Archive, tmp_path: Path) -> None:
    noise = io.BytesIO()
    Image.effect_noise((1600, 1600), 90).save(noise, "JPEG", quality=98)
    for n in range(60):
        comment = b"\xff\xfe\x00\x06%04d" % n
        put(archive, b"\xff\xd8" + comment + noise.getvalue()[2:])
    taken = []
    for count in (2, 60):
        out = str(tmp_path / f"{count}.pdf")
        command = [sys.executable, "-c", MEASURED, str(archive.folder), str(count), out]
        cwd = Path(__file__).parents[2]
        done = subprocess.run(command, check=True, capture_output=True, cwd=cwd)
        taken.append(int(done.stdout) << 10)
    embedded = (tmp_path / "60.pdf").stat().st_size
    assert embedded > 60 << 20
    assert taken[1] - taken[0] < embedded / 4


def test_logo_and_project_photo_stand_on_the_cover(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    Image.new("RGB", (300, 100), "navy").save(tmp_path / "logo.png")
    ids = [put(archive, picture(1))]
    template = Template(logo=tmp_path / "logo.png", lines=("Client: City",))
    made(archive, sam, tmp_path / "r.pdf", ids, template)
    with pikepdf.open(tmp_path / "r.pdf") as pdf:
        assert len(pdf.pages[0].obj.Resources.XObject) == 1
    assert "Client: City" in texts(tmp_path / "r.pdf")[0]


def test_a_logo_that_is_no_picture_is_refused(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    (tmp_path / "logo.png").write_text("no picture")
    ids = [put(archive, picture(1))]
    with pytest.raises(InvalidInput, match="logo"):
        made(
            archive, sam, tmp_path / "r.pdf", ids, Template(logo=tmp_path / "logo.png")
        )
    assert not (tmp_path / "r.pdf").exists()


# Whose photos


def test_a_report_has_nothing_that_its_reader_may_not_see(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    reader = replace(sam, id=7, level="read_only")
    ids = [
        put(archive, picture(1), description="open"),
        put(archive, picture(2), description="HIDDEN", private=1),
        put(
            archive, picture(3), description="BINNED", recycled_at="2026", recycled_by=1
        ),
    ]
    report = made(archive, reader, tmp_path / "r.pdf", ids, Template())
    assert (report.photos, report.of) == (1, 1)
    said = "".join(texts(tmp_path / "r.pdf"))
    assert "open" in said
    assert "HIDDEN" not in said
    assert "BINNED" not in said
    with pytest.raises(InvalidInput, match="no photos"):
        made(archive, reader, tmp_path / "r.pdf", ids[1:])
