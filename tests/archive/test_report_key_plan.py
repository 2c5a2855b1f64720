"""Key plans: each photo's number where it was taken, and the way there and back."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from archive.database import Archive
from archive.export.pdf import Template
from archive.export.pdf.charts import MOST_PINS, KeyPlan, key_plan
from archive.export.pdf.layout import Box, paper
from archive.export.pdf.pins import Pin, overlap, ranges, spread
from archive.export.pdf.sections import Item, Section
from archive.people import Person
from archive.plans import Plan, add_plan, between
from archive.search.regions import Window
from tests.archive.import_checks import inline
from tests.archive.report_files import (
    HERE,
    each_mark_and_link_is_in_the_tree,
    elements,
    images,
    made,
    picture,
    put,
    texts,
)

pytestmark = pytest.mark.usefixtures("one_process")

CHARTED = replace(HERE, key_plan=True)
LATITUDE, LONGITUDE = 52.5, 13.4
METRE = 1 / 111_195  # degrees of latitude


# looks at plans in this process
HERE_POOL: Any = SimpleNamespace(submit=lambda f, *args: next(inline(f, [(0, args)])))


def shot(
    east: float = 0,
    north: float = 0,
    *,
    direction: float | None = None,
    location: str | None = None,
    nowhere: bool = False,
) -> Any:
    """A photo so many metres from a place."""
    return SimpleNamespace(
        latitude=None if nowhere else LATITUDE + north * METRE,
        longitude=LONGITUDE + east * METRE / math.cos(math.radians(LATITUDE)),
        direction=direction,
        location=location,
    )


def charted(
    photos: list[Any], plans: list[Plan] | None = None, template: Template = CHARTED
) -> KeyPlan:
    items = tuple(Item(photo, n) for n, photo in enumerate(photos, 1))
    return key_plan([Section("all", items)], template, plans or [])


def plan(
    name: str, number: int = 1, *, metres: float = 200, turned: bool = False
) -> Plan:
    """A plan around the place, its top north; or, turned, its top east."""
    south, west = shot(-metres / 2, -metres / 2), shot(metres / 2, metres / 2)
    corners = between(
        (south.latitude, south.longitude), (west.latitude, west.longitude)
    )
    if turned:
        top_left, top_right, bottom_left = corners
        bottom_right = (bottom_left[0], top_right[1])
        corners = (top_right, bottom_right, top_left)
    return Plan(
        id=number,
        uuid="",
        name=name,
        kind="image",
        sha256="0" * 64,
        extension="png",
        bytes=1,
        media_type="image/png",
        opacity=1,
        attribution="",
        size=(1000, 1000),
        corners=corners,
    )


def pins(key: KeyPlan) -> dict[str, Pin]:
    return {pin.label: pin for chart in key.charts for pin in chart.pins}


# Where they stand


def test_pins_stand_where_photos_were_taken_and_look_where_they_looked() -> None:
    key = charted(
        [shot(0, 0, direction=90), shot(40, 0, direction=0), shot(0, 40, direction=225)]
    )
    (chart,) = key.charts
    found = pins(key)
    middle, east, north = (found[str(n)] for n in (1, 2, 3))
    assert east.at[0] - middle.at[0] == pytest.approx(40 * chart.metre, rel=0.01)
    assert middle.at[1] - north.at[1] == pytest.approx(40 * chart.metre, rel=0.01)
    assert middle.looks == pytest.approx((1, 0), abs=1e-9)
    assert east.looks == pytest.approx((0, -1), abs=1e-9)
    assert north.looks == pytest.approx((-math.sqrt(0.5), math.sqrt(0.5)), abs=1e-9)


def test_on_a_plan_that_is_turned_all_turns_with_it() -> None:
    key = charted([shot(50, 0, direction=0)], [plan("Site", turned=True)])
    (chart,) = key.charts
    (pin,) = chart.pins
    assert chart.north == pytest.approx((-1, 0), abs=1e-6)  # its top is east
    assert pin.looks == pytest.approx((-1, 0), abs=1e-6)
    assert pin.at[0] == pytest.approx(chart.frame.x + chart.frame.w / 2, abs=0.1)
    assert pin.at[1] == pytest.approx(chart.frame.y + chart.frame.h / 4, abs=0.3)
    assert chart.metre == pytest.approx(chart.frame.w / 200, rel=0.01)


def test_photos_far_apart_have_pages_of_their_own() -> None:
    key = charted([shot(), shot(5000, 0), shot(30, 0), shot(5030, 20)])
    assert [[pin.label for pin in chart.pins] for chart in key.charts] == [
        ["1", "3"],
        ["2", "4"],
    ]
    assert {chart.scale for chart in key.charts} == {500}


def test_more_pins_than_a_page_takes_go_on_on_the_next() -> None:
    key = charted([shot(n % 30 * 9, n // 30 * 9) for n in range(300)])
    assert len(key.charts) > 3
    assert all(len(chart.pins) <= MOST_PINS for chart in key.charts)
    assert sorted(map(int, pins(key))) == list(range(1, 301))
    assert key.charts[0].part == (1, len(key.charts))


def test_photos_of_one_view_share_a_pin() -> None:
    key = charted([*(shot(direction=10) for _ in range(3)), shot(direction=200)])
    assert list(pins(key)) == ["1–3", "4"]
    assert key.page_of() == {1: 0, 2: 0, 3: 0, 4: 0}


def test_photos_without_a_position_are_named() -> None:
    photos = [shot(), *(shot(nowhere=True) for _ in range(3)), shot()]
    key = charted(photos)
    assert key.unplaced == "2–4"
    assert key.pages == 1
    lost = charted(
        [shot(n % 40 * 15, n // 40 * 15, nowhere=n % 2 == 0) for n in range(2000)]
    )
    numbers = ", ".join(lost.texts).replace(" ", "").replace(",,", ",")
    assert len(lost.texts) == 2
    assert [int(n) for n in numbers.split(",")] == list(range(1, 2001, 2))
    assert charted([shot(nowhere=True)]).pages == 1


# On which plan


@pytest.mark.parametrize(
    ("names", "location", "wanted"),
    [
        (["Site", "Level 1"], "Tower>Level 1>Lobby", "Level 1"),
        (["Site plan", "Tower Level 1"], "Tower>Level 1", "Tower Level 1"),
        (["Site plan", "Tower Level 1"], "Tower>Level 5", "Site plan"),
        (["Tower Level 1"], "Tower>Level 5", None),
        (["Level 1"], "Level 5", None),
        (["Level 1"], None, "Level 1"),
        (["Site plan"], "Tower>Level 5", "Site plan"),
        (["Level 1", "Level 10"], "Level 10", "Level 10"),
        (["Levels"], "Tower>Level 1", "Levels"),
    ],
)
def test_a_photo_stands_on_the_plan_of_its_place(
    names: list[str], location: str | None, wanted: str | None
) -> None:
    tree = [
        shot(9000, 0, location=where) for where in ("Site", "Tower>Level 1", "Tower")
    ]
    plans = [plan(name, number) for number, name in enumerate(names, 1)]
    key = charted([shot(location=location), *tree], plans)
    (chart,) = (c for c in key.charts if any(pin.label == "1" for pin in c.pins))
    assert (chart.plan.name if chart.plan else None) == wanted


def test_beyond_the_plan_there_is_a_map() -> None:
    key = charted([shot(), shot(150, 0)], [plan("Site")])
    assert [chart.plan is None for chart in key.charts] == [False, True]


def test_photos_in_a_corner_of_a_plan_are_shown_larger() -> None:
    photos = [shot(n, 60) for n in range(8)]
    (chart,) = charted(photos, [plan("Site", metres=2000)]).charts
    assert chart.ground is not None
    assert chart.ground.w > 2 * chart.frame.w
    assert all(_within(Box(*pin.at, 0, 0), chart.frame) for pin in chart.pins)


# Room for each


@given(
    st.lists(
        st.tuples(
            st.floats(-90, 90), st.floats(-90, 90), st.none() | st.floats(0, 359)
        ),
        min_size=1,
        max_size=60,
    ),
    st.floats(0.01, 3),
)
def test_no_pin_covers_another(
    spots: list[tuple[float, float, float | None]], apart: float
) -> None:
    photos = [shot(x * apart, y * apart, direction=d) for x, y, d in spots]
    for chart in charted(photos).charts:
        assert _within(chart.frame, Box(0, 0, *paper(CHARTED)))
        for pin in chart.pins:
            assert _within(pin.room(), chart.frame)
            assert _within(Box(*pin.at, 0, 0), chart.frame)
        for one, other in combinations(chart.pins, 2):
            assert not overlap(one.box(), other.box())


def _within(box: Box, frame: Box) -> bool:
    return (
        box.x >= frame.x - 1e-6
        and box.y >= frame.y - 1e-6
        and box.x + box.w <= frame.x + frame.w + 1e-6
        and box.y + box.h <= frame.y + frame.h + 1e-6
    )


def test_pins_without_room_still_stand_in_the_frame() -> None:
    crowd = [Pin((n, n), (10.0, 10.0), None) for n in range(30)]
    frame = Box(0, 0, 20, 20)
    assert all(_within(pin.box(), frame) for pin in spread(crowd, frame))


@pytest.mark.parametrize(
    ("numbers", "said"), [([3, 1, 2], "1–3"), ([1, 2, 7], "1–2, 7"), ([], "")]
)
def test_numbers_are_told_in_runs(numbers: list[int], said: str) -> None:
    assert ranges(numbers) == said


# In the report


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
        pool=HERE_POOL,
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


# Tiles


@pytest.fixture
def tiles(tmp_path: Path) -> Callable[..., Plan]:
    """Return a function that writes tiles of one colour, zooms 0 to so many."""

    def write(archive: Archive, who: Person, zooms: int) -> Plan:
        path = tmp_path / "map.mbtiles"
        Image.new("RGB", (256, 256), (10, 120, 60)).save(tmp_path / "t.png")
        data = (tmp_path / "t.png").read_bytes()
        with sqlite3.connect(path) as db:
            db.execute("create table metadata (name text, value text)")
            db.execute(
                "create table tiles"
                " (zoom_level int, tile_column int, tile_row int, tile_data blob)"
            )
            photo = shot()
            for zoom in range(zooms + 1):
                east = (photo.longitude + 180) / 360 * 2**zoom
                north = math.asinh(math.tan(math.radians(photo.latitude)))
                row = (1 + north / math.pi) / 2 * 2**zoom
                for n in range(9):
                    at = (zoom, int(east) + n % 3 - 1, int(row) + n // 3 - 1)
                    db.execute("insert into tiles values (?, ?, ?, ?)", (*at, data))
        db.close()
        return add_plan(
            archive,
            who,
            path,
            "Streets",
            attribution="© OpenStreetMap",
            pool=HERE_POOL,
        )

    return write


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


def test_tiles_cover_the_frame() -> None:
    streets = replace(
        plan("Streets"),
        kind="pmtiles",
        corners=None,
        size=None,
        window=Window(-85, -180, 85, 180),
        zooms=(0, 19),
    )
    (chart,) = charted([shot(), shot(300, 100)], [streets]).charts
    assert chart.ground is not None
    assert chart.tiles is not None
    assert _within(chart.frame, chart.ground)
    assert chart.tiles.columns * chart.tiles.rows <= 120
