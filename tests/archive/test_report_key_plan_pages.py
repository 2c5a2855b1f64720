"""Key plans in a report: the way there and back, and what lies below the numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image

from archive.database import Archive
from archive.export.pdf import Template
from archive.people import Person
from archive.plans import Plan, add_plan, between
from tests.archive import map_files
from tests.archive.import_checks import InPlace
from tests.archive.report_files import (
    each_mark_and_link_is_in_the_tree,
    elements,
    images,
    made,
    picture,
    put,
    texts,
)
from tests.archive.shots import CHARTED, shot

pytestmark = pytest.mark.usefixtures("one_process")
POOL: Any = InPlace()  # looks at plans


@pytest.fixture
def site(archive: Archive, sam: Person, tmp_path: Path) -> list[int]:
    """Three photos on a plan, one of them without a position."""
    Image.new("RGB", (400, 300), "#ddeedd").save(tmp_path / "site.png")
    low, high = shot(-100, -75), shot(100, 75)
    corners = between((low.latitude, low.longitude), (high.latitude, high.longitude))
    add_plan(
        archive,
        sam,
        tmp_path / "site.png",
        "Ground floor",
        place=lambda _: corners,
        attribution="© Harbor Architects",
        pool=POOL,
    )
    places = [shot(-20), shot(30, 10), shot(nowhere=True)]
    return [
        put(
            archive,
            picture(n),
            description=f"crane {n}",
            latitude=place.latitude,
            longitude=None if place.latitude is None else place.longitude,
            direction=(45.0, None, None)[n],
            taken_at=f"2026-05-1{n}T10:00",
        )
        for n, place in enumerate(places)
    ]


@pytest.fixture
def report(archive: Archive, sam: Person, tmp_path: Path, site: list[int]) -> Path:
    template = Template(
        key_plan=True, sections="day", per_page=1, fields=("description",)
    )
    made(archive, sam, tmp_path / "r.pdf", site, template)
    return tmp_path / "r.pdf"


def test_pins_lead_to_photos_and_captions_back(report: Path) -> None:
    with pikepdf.open(report) as pdf:
        assert pdf.check_pdf_syntax() == []
        each_mark_and_link_is_in_the_tree(pdf)
        at = {page.obj.objgen: n for n, page in enumerate(pdf.pages)}
        leads = [
            [at[note.Dest[0].objgen] for note in page.obj.get("/Annots", [])]
            for page in pdf.pages
        ]
    # cover; contents with the key plan; the plan; photos; the last has no position
    assert leads == [[], [2, 3, 4, 5], [3, 4], [2], [2], []]


def test_a_key_plan_is_told_to_who_does_not_see_it(report: Path) -> None:
    with pikepdf.open(report) as pdf:
        found = list(elements(pdf))
        alts = [str(e.Alt) for e in found if str(e.S) == "/Figure"]
        links = [str(e.Alt) for e in found if str(e.S) == "/Link" and "/Alt" in e]
        assert any("photos 1–2 were taken, on Ground floor" in alt for alt in alts)
        assert "No. 1, looking north-east, crane 0" in links
        assert len(images(pdf)) == 4  # three photos, and the plan
    said = texts(report)[2].replace("\n", " ")
    assert "Key plan" in said
    assert "Ground floor · 2 photos" in said
    assert "© Harbor Architects" in said
    assert "Photos without a position: 3" in said
    assert "No. 1" in texts(report)[3]  # though captions were to have no numbers


def test_the_plan_lies_where_it_belongs(report: Path) -> None:
    with pikepdf.open(report) as pdf:
        matrices = [
            [float(v) for v in operands]
            for operands, operator in pikepdf.parse_content_stream(pdf.pages[2])
            if str(operator) == "cm"
        ]
    widths = [m[0] for m in matrices if m[0] > 300]
    assert widths == pytest.approx([182 * 72 / 25.4], abs=1)


def test_without_any_position_it_says_so(
    archive: Archive, sam: Person, tmp_path: Path
) -> None:
    ids = [put(archive, picture(n)) for n in (1, 2)]
    made(archive, sam, tmp_path / "r.pdf", ids, CHARTED)
    assert "Photos without a position: 1–2" in texts(tmp_path / "r.pdf")[0]


def test_a_plan_whose_file_is_gone_stops_nothing(
    archive: Archive, sam: Person, tmp_path: Path, site: list[int]
) -> None:
    for path in (archive.folder / "maps").iterdir():
        path.unlink()
    report = made(archive, sam, tmp_path / "r.pdf", site, CHARTED)
    assert report.photos == 3
    assert "Ground floor" in texts(tmp_path / "r.pdf")[0]


@pytest.fixture
def tiles(tmp_path: Path) -> Callable[..., Plan]:
    """Return a function that writes tiles of one colour, zooms 0 to so many."""

    def write(archive: Archive, who: Person, zooms: int) -> Plan:
        data, around = map_files.picture((10, 120, 60)), {}
        for zoom in range(zooms + 1):
            column, row = tile_of(shot(), zoom)
            for n in range(9):
                around[zoom, column + n % 3 - 1, row + n // 3 - 1] = data
        return add_plan(
            archive,
            who,
            map_files.make_mbtiles(tmp_path / "map.mbtiles", around),
            "Streets",
            attribution="© OpenStreetMap",
            pool=POOL,
        )

    return write


def tile_of(photo: Any, zoom: int) -> tuple[int, int]:
    """Column and row of the tile in which a photo lies, from the north-west."""
    east = (photo.longitude + 180) / 360
    south = (1 - math.asinh(math.tan(math.radians(photo.latitude))) / math.pi) / 2
    return int(east * 2**zoom), int(south * 2**zoom)


@pytest.mark.parametrize(("zooms", "shown"), [(19, True), (5, False)])
def test_tiles_that_people_have_lie_below(
    archive: Archive,
    sam: Person,
    tmp_path: Path,
    tiles: Callable[..., Plan],
    zooms: int,
    *,
    shown: bool,
) -> None:
    tiles(archive, sam, zooms)
    place = shot()
    put_at = {"latitude": place.latitude, "longitude": place.longitude}
    ids = [put(archive, picture(1), **put_at)]
    made(archive, sam, tmp_path / "r.pdf", ids, CHARTED)
    assert ("© OpenStreetMap" in texts(tmp_path / "r.pdf")[0]) is shown
    with pikepdf.open(tmp_path / "r.pdf") as pdf:
        found = pdf.pages[0].obj.Resources.get("/XObject", {})
        assert len(found) == (1 if shown else 0)
        for image in found.values():
            seen = pikepdf.PdfImage(image).as_pil_image()
            middle = seen.getpixel((seen.width // 2, seen.height // 2))
            assert middle == pytest.approx((10, 120, 60), abs=4)
