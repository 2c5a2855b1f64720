from __future__ import annotations

import io
import math
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image

from archive.batches import batch
from archive.checking import check_history
from archive.database import Archive
from archive.errors import (
    ArchiveError,
    Conflict,
    DamagedFile,
    InvalidInput,
    NotAllowed,
    NotFound,
)
from archive.grouping import pixel
from archive.history import find_batches
from archive.people import Person, add_person
from archive.plans import (
    Plan,
    Point,
    add_plan,
    between,
    check_corners,
    edit_plan,
    find_plan,
    fit,
    list_plans,
    mbtiles,
    pmtiles,
    purge_plans,
    read_tile,
    remove_plan,
)
from archive.plans import files as plan_files
from archive.plans.placing import Corners
from archive.rights import viewer
from archive.search.regions import Window
from archive.sqlite import sqlite3
from archive.undo import undo
from archive.workers import Pool
from tests.archive.map_files import (
    directory,
    make_mbtiles,
    make_pmtiles,
    picture,
    varint,
    world,
)

SITE = (59.91, 10.75)
NEAR = (59.912, 10.754)


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(workers=1) as opened:
        yield opened


Adder = Callable[..., Plan]


@pytest.fixture
def add(archive: Archive, sam: Person, pool: Pool) -> Adder:
    def added(path: Path, *args: Any, **options: Any) -> Plan:
        return add_plan(archive, sam, path, *args, pool=pool, **options)

    return added


@pytest.fixture
def drawing(tmp_path: Path) -> Path:
    path = tmp_path / "Ground floor.png"
    path.write_bytes(picture((250, 250, 250), (400, 300)))
    return path


def across(one: tuple[float, float], other: tuple[float, float]) -> float:
    return math.dist(pixel(*one, 22), pixel(*other, 22))


# Placing


def test_between_two_corners_its_top_is_north() -> None:
    assert between(NEAR, SITE) == ((59.912, 10.75), (59.912, 10.754), (59.91, 10.75))


numbers = st.floats(-3000, 3000)
places = st.tuples(st.floats(-70, 70), st.floats(-170, 170))


@given(
    st.lists(st.tuples(numbers, numbers), min_size=3, max_size=3),
    places,
    st.floats(0, 360),
    st.floats(0.05, 3),
)
def test_a_plan_turned_and_scaled_is_found_back_from_its_points(
    spots: list[tuple[float, float]],
    origin: tuple[float, float],
    turned: float,
    scale: float,
) -> None:
    ahead, aside = (
        (spots[n][0] - spots[0][0], spots[n][1] - spots[0][1]) for n in (1, 2)
    )
    assume(abs(ahead[0] * aside[1] - ahead[1] * aside[0]) > 1000)
    assume(math.hypot(*ahead) > 100)
    start = pixel(*origin, 19)
    sine, cosine = math.sin(math.radians(turned)), math.cos(math.radians(turned))

    def there(x: float, y: float) -> tuple[float, float]:
        east = start[0] + scale * (x * cosine - y * sine)
        south = start[1] + scale * (x * sine + y * cosine)
        size = 256 * 2**19
        north = math.pi * (1 - 2 * south / size)
        return math.degrees(math.atan(math.sinh(north))), east / size * 360 - 180

    known = [Point(x, y, *there(x, y)) for x, y in spots]
    wanted = (there(0, 0), there(4000, 0), there(0, 3000))
    for points in (known, known[:2]):
        for found, right in zip(fit(4000, 3000, points), wanted, strict=True):
            assert found == pytest.approx(right, abs=2e-6)


def test_three_points_may_stretch_it() -> None:
    corners = fit(
        200,
        100,
        [Point(0, 0, 1, 1), Point(100, 0, 1, 1.001), Point(0, 100, 0.99, 1)],
    )
    assert corners == ((1, 1), (1, 1.002), (0.99, 1))


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ([Point(0, 0, 1, 1)], "two or three points"),
        ([Point(0, 0, 1, 1)] * 2, "in one line"),
        (
            [Point(0, 0, 1, 1), Point(1, 1, 2, 2), Point(2, 2, 3, 3)],
            "in one line",
        ),
        ([Point(0, 0, 1, 1), Point(900, 0, 1, 1)], "in one line"),
        ([Point(0, 0, 90, 1), Point(9, 9, 1, 1)], "no latitude"),
        ([Point(0, 0, 80, 179), Point(9, 9, 79, 179.9)], "no place for a plan"),
    ],
)
def test_points_that_place_nothing_are_refused(points: list[Point], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        fit(4000, 3000, points)


@pytest.mark.parametrize(
    "corners",
    [(), ((1, 2), (3, 4)), ((1, 2), (3, 4), (5, "x")), ((1,), (2,), (3,)), 7, None],
)
def test_what_is_no_corners_is_refused(corners: Any) -> None:
    with pytest.raises(InvalidInput):
        check_corners(corners)


# Pictures


def test_a_picture_becomes_a_plan(
    archive: Archive, add: Adder, drawing: Path, sam: Person
) -> None:
    plan = add(drawing, attribution=" Nordic Architects ")
    assert (plan.name, plan.kind, plan.size) == ("Ground floor", "image", (400, 300))
    assert (plan.corners, plan.opacity) == (None, 1)
    assert plan.attribution == "Nordic Architects"
    kept = plan.path(archive.folder)
    assert kept.read_bytes() == drawing.read_bytes()
    assert kept.parent == archive.folder / "maps"
    assert kept.stat().st_mode & 0o222 == 0
    assert kept.name == f"{plan.sha256}.png"
    assert list_plans(archive.connection, viewer(sam)) == [plan]
    assert list_plans(archive.connection, None) == []
    assert drawing.exists()


def test_a_photo_of_a_plan_lies_as_it_is_shown(add: Adder, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (400, 300)).save(path, exif=exif)
    assert add(path).size == (300, 400)


def test_a_plan_is_placed_while_it_is_added(add: Adder, drawing: Path) -> None:
    plan = add(
        drawing,
        place=lambda size: fit(
            *size, [Point(0, 0, *NEAR), Point(size[0], size[1], *SITE)]
        ),
    )
    assert plan.corners is not None
    assert plan.corners[0] == pytest.approx(NEAR)
    top = across(plan.corners[0], plan.corners[1])
    side = across(plan.corners[0], plan.corners[2])
    assert top / side == pytest.approx(4 / 3, rel=1e-3)


def test_a_plan_is_changed_taken_off_and_brought_back(
    archive: Archive, add: Adder, drawing: Path, sam: Person
) -> None:
    connection = archive.connection
    plan = add(drawing)
    corners: Corners = between(SITE, NEAR)
    with batch(connection, sam) as changed:
        plan = edit_plan(
            connection, sam, plan, name="Level 0", corners=corners, opacity=0.5
        )
    assert (plan.name, plan.corners, plan.opacity) == ("Level 0", corners, 0.5)
    with batch(connection, sam) as removed:
        remove_plan(connection, sam, plan)
    with pytest.raises(NotFound):
        find_plan(connection, "Level 0")
    assert plan.path(archive.folder).exists()
    undo(connection, sam, find_batches(connection, str(removed.id)))
    assert find_plan(connection, plan.id) == plan
    undo(connection, sam, find_batches(connection, str(changed.id)))
    assert find_plan(connection, plan.uuid).corners is None
    assert list(check_history(connection)) == []


def test_files_of_plans_that_were_removed_go_when_asked(
    archive: Archive, add: Adder, drawing: Path, tmp_path: Path, sam: Person
) -> None:
    kept, gone = add(drawing), tmp_path / "other.png"
    gone.write_bytes(picture((9, 9, 9)))
    removed = add(gone)
    with batch(archive.connection, sam):
        remove_plan(archive.connection, sam, removed)
    assert purge_plans(archive, sam) == [removed.path(archive.folder)]
    assert purge_plans(archive, sam) == []
    assert not removed.path(archive.folder).exists()
    assert kept.path(archive.folder).exists()


def test_the_same_file_twice_is_stored_once(
    archive: Archive, add: Adder, drawing: Path
) -> None:
    one, other = add(drawing), add(drawing, "Level 1")
    assert one.path(archive.folder) == other.path(archive.folder)
    assert len(list((archive.folder / "maps").iterdir())) == 1


def test_a_name_is_taken_once(archive: Archive, add: Adder, drawing: Path) -> None:
    add(drawing)
    with pytest.raises(Conflict, match="already"):
        add(drawing, "GROUND  floor")
    assert len(list((archive.folder / "maps").iterdir())) == 1


def test_a_plan_named_like_a_number_is_no_other_plan(
    archive: Archive, add: Adder, drawing: Path
) -> None:
    first, second = add(drawing, "Ground"), add(drawing, "1")
    assert find_plan(archive.connection, 1) == first
    assert find_plan(archive.connection, "1") == second


def test_only_admins_lay_plans_on_the_map(
    archive: Archive, add: Adder, drawing: Path, sam: Person
) -> None:
    connection = archive.connection
    plan = add(drawing)
    with batch(connection, sam) as opened:
        sue = add_person(connection, sam, opened, "Sue", level="standard")
    with pytest.raises(NotAllowed):
        add_plan(archive, sue, drawing, "Other")
    with pytest.raises(NotAllowed):
        purge_plans(archive, sue)
    for change in (
        lambda: edit_plan(connection, sue, plan, name="x"),
        lambda: remove_plan(connection, sue, plan),
    ):
        with pytest.raises(NotAllowed), batch(connection, sue):
            change()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "nothing to change"),
        ({"opacity": 1.1}, "covers from 0"),
        ({"opacity": float("nan")}, "covers from 0"),
        ({"name": " "}, "empty"),
        ({"attribution": "x" * 1001}, "over 1,000"),
        ({"corners": [[0, 0], [0, 0], [0, 0]]}, "in one line"),
        ({"corners": [[float("nan"), 0], [1, 0], [0, 1]]}, "no place"),
    ],
)
def test_what_a_plan_cannot_be_is_refused(
    archive: Archive,
    add: Adder,
    drawing: Path,
    sam: Person,
    values: dict[str, Any],
    said: str,
) -> None:
    plan = add(drawing)
    with pytest.raises(InvalidInput, match=said), batch(archive.connection, sam):
        edit_plan(archive.connection, sam, plan, **values)


# Files of tiles


def file_of_tiles(kind: str, folder: Path, **options: Any) -> Path:
    make = make_pmtiles if kind == "pmtiles" else make_mbtiles
    return make(folder / f"town.{kind}", world(), **options)


@pytest.mark.parametrize("kind", ["pmtiles", "mbtiles"])
def test_every_tile_of_a_file_is_there_and_no_other(
    archive: Archive, add: Adder, tmp_path: Path, kind: str
) -> None:
    plan = add(
        file_of_tiles(kind, tmp_path, attribution="© <a href='x'>OSM</a> &amp; Co")
    )
    assert (plan.kind, plan.media_type, plan.zooms) == (kind, "image/png", (0, 2))
    assert plan.attribution == "© OSM & Co"
    for (zoom, x, y), data in world().items():
        found = read_tile(plan, archive.folder, zoom, x, y)
        assert found is not None
        assert (found.media_type, found.data) == ("image/png", data)
    for zoom, x, y in ((3, 0, 0), (2, 4, 0), (2, 0, -1), (-1, 0, 0), (60, 0, 0)):
        assert read_tile(plan, archive.folder, zoom, x, y) is None


def test_where_the_tiles_lie_is_told_by_the_file(add: Adder, tmp_path: Path) -> None:
    pm = add(file_of_tiles("pmtiles", tmp_path))
    assert pm.window == Window(59, 10, 60, 11)
    mb = add(file_of_tiles("mbtiles", tmp_path, bounds="10,59,11,60.5"), "Other")
    assert mb.window == Window(59, 10, 60.5, 11)
    (tmp_path / "town.mbtiles").unlink()
    for n, bounds in enumerate(("", "1,2", "5,5,4,4", "nan,0,1,1", "0,0,999,1")):
        path = make_mbtiles(tmp_path / f"{n}.mbtiles", world(1), bounds=bounds)
        assert add(path).window == Window(-85, -180, 85, 180)


def test_tiles_in_leaf_directories_and_runs_are_found(
    archive: Archive, add: Adder, tmp_path: Path
) -> None:
    plan = add(make_pmtiles(tmp_path / "a.pmtiles", world(4), leaf=5))
    for (zoom, x, y), data in world(4).items():
        found = read_tile(plan, archive.folder, zoom, x, y)
        assert found is not None
        assert found.data == data
    sea = picture((0, 0, 200))
    root = directory([(1, 3, len(sea), 0)])  # tiles 1, 2 and 3 look alike
    path = make_pmtiles(tmp_path / "b.pmtiles", {(1, 0, 0): sea}, root=root)
    plan = add(path)
    there = [read_tile(plan, archive.folder, 1, x, y) for x in (0, 1) for y in (0, 1)]
    assert [tile is not None for tile in there] == [True, True, False, True]


def test_tiles_that_are_views_are_read_too(
    archive: Archive, add: Adder, tmp_path: Path
) -> None:
    path = make_mbtiles(tmp_path / "a.mbtiles", {(0, 0, 0): picture((1, 2, 3))})
    connection = sqlite3.connect(path)
    connection.executescript(
        "alter table tiles rename to map; create view tiles as select * from map"
    )
    connection.close()
    assert read_tile(add(path), archive.folder, 0, 0, 0) is not None


def test_a_file_of_tiles_is_not_placed_by_hand(
    archive: Archive, add: Adder, tmp_path: Path, sam: Person
) -> None:
    path = file_of_tiles("mbtiles", tmp_path)
    with pytest.raises(InvalidInput, match="knows where it lies"):
        add(path, place=lambda _: between(SITE, NEAR))
    plan = add(path)
    with (
        pytest.raises(InvalidInput, match="knows where it lies"),
        batch(archive.connection, sam),
    ):
        edit_plan(archive.connection, sam, plan, corners=between(SITE, NEAR))


def test_a_file_that_another_program_writes_is_refused(
    add: Adder, tmp_path: Path
) -> None:
    path = file_of_tiles("mbtiles", tmp_path)
    (tmp_path / "town.mbtiles-wal").write_bytes(b"x")
    with pytest.raises(InvalidInput, match="another program"):
        add(path)


def test_a_file_that_is_gone_has_no_tiles(
    archive: Archive, add: Adder, tmp_path: Path
) -> None:
    for kind in ("pmtiles", "mbtiles"):
        plan = add(file_of_tiles(kind, tmp_path), kind)
        plan.path(archive.folder).unlink()
    assert read_tile(plan, archive.folder, 0, 0, 0) is None
    assert (
        read_tile(find_plan(archive.connection, "pmtiles"), archive.folder, 0, 0, 0)
        is None
    )


# Files that mean harm


def sql(path: Path, *statements: str) -> Path:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()
    return path


ENDLESS = """
    create view tiles as
    with recursive n (i) as (select 0 union all select i + 1 from n)
    select 0 as zoom_level, 0 as tile_column, 0 as tile_row, x'89' as tile_data
    from n where i < 0
"""
WIDE = f"""
    create view tiles as select 0 as zoom_level, 0 as tile_column, 0 as tile_row,
        x'89' as tile_data
    from {", ".join(f"t t{n}" for n in range(12))} where t0.a + t11.a < 0
"""
HUGE = """
    create view tiles as select 0 as zoom_level, 0 as tile_column, 0 as tile_row,
        zeroblob(999999999) as tile_data
"""
LOADS = """
    create view tiles as select 0 as zoom_level, 0 as tile_column, 0 as tile_row,
        load_extension('x') as tile_data
"""


def bad_mbtiles(what: str) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        make_mbtiles(path, {(0, 0, 0): b"\x1a\x33pbf"} if what == "vector" else {})
        if what in ("empty", "vector"):
            return path
        drop = "drop table tiles"
        statements = {
            "no tiles": [drop],
            "endless": [drop, ENDLESS],
            "wide": [
                "create table t (a)",
                f"insert into t values {', '.join(f'({n})' for n in range(100))}",
                drop,
                WIDE,
            ],
            "huge": [drop, HUGE],
            "loads": [drop, LOADS],
            "words": ["insert into tiles values ('x', 'y', 'z', 'a')"],
            "deep": ["insert into tiles values (99, 0, 0, x'89504e470d0a1a0a')"],
        }
        return sql(path, *statements[what])

    return make


def cut(path: Path) -> Path:
    make_mbtiles(path, world())
    path.write_bytes(path.read_bytes()[:5000])
    return path


def scrambled(path: Path) -> Path:
    make_mbtiles(path, world())
    data = bytearray(path.read_bytes())
    data[100:4096] = bytes(255 - b for b in data[100:4096])
    path.write_bytes(data)
    return path


def plain(data: bytes) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        path.write_bytes(data)
        return path

    return make


def bomb() -> bytes:
    buffer = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(buffer, "PNG")
    return buffer.getvalue()


BAD: dict[str, Callable[[Path], Path]] = {
    **{
        f"mbtiles {what}": bad_mbtiles(what)
        for what in (
            *("empty", "vector", "no tiles", "endless", "wide", "huge"),
            *("loads", "words", "deep"),
        )
    },
    "mbtiles cut": cut,
    "mbtiles scrambled": scrambled,
    "nothing": plain(b""),
    "text": plain(b"<svg onload=alert(1)>"),
    "pdf": plain(b"%PDF-1.7 plan"),
    "a broken picture": plain(picture((1, 2, 3))[:60]),
    "a bomb": plain(bomb()),
    "pmtiles header only": plain(b"PMTiles\x03" + bytes(40)),
    "pmtiles version 2": plain(b"PMTiles\x02" + bytes(200)),
    "pmtiles vector": lambda p: make_pmtiles(p, world(), header={"tile_type": 1}),
    "pmtiles brotli": lambda p: make_pmtiles(p, world(), header={"packing": 3}),
    "pmtiles zooms": lambda p: make_pmtiles(p, world(), header={"low": 9}),
    "pmtiles deep": lambda p: make_pmtiles(p, world(), header={"high": 200}),
    "pmtiles metadata away": lambda p: make_pmtiles(
        p, world(), header={"metadata": 1 << 62}
    ),
    "pmtiles metadata long": lambda p: make_pmtiles(
        p, world(), header={"metadata_length": 1 << 40}
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_laid_on_the_map_is_refused_in_words(
    archive: Archive, add: Adder, tmp_path: Path, what: str
) -> None:
    path = BAD[what](tmp_path / "plan")
    with pytest.raises(ArchiveError) as problem:
        add(path)
    assert "crashed" not in str(problem.value)
    assert str(tmp_path / "plan") in str(problem.value)
    assert ".incoming" not in str(problem.value)
    assert not list((archive.folder / "maps").glob("*"))
    assert not list(archive.connection.execute("select 1 from plans"))


def packed(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(data) + packer.flush()


ROOTS = {
    "not packed": b"\x01\x02\x03",
    "too many": packed(varint(10**6)),
    "cut short": packed(varint(9) + b"\x01\x02"),
    "a number without end": packed(b"\xff" * 20),
    "a bomb": packed(bytes(40 << 20)),
    "itself again": directory([(0, 0, 20, 0)]),
    "a tile beyond the end": directory([(0, 1, 3_000_000, 1 << 40)]),
    "a tile too large": directory([(0, 1, 1 << 40, 0)]),
    "a leaf beyond the end": directory([(0, 0, 2_000, 1 << 40)]),
    "a leaf too large": directory([(0, 0, 1 << 30, 0)]),
}


@pytest.mark.parametrize("what", ROOTS)
def test_a_directory_that_lies_is_found_out(tmp_path: Path, what: str) -> None:
    path = make_pmtiles(tmp_path / "x", world(1), root=ROOTS[what])
    with pytest.raises(DamagedFile):
        pmtiles.read_tile(path, 0, 0, 0)


def test_a_leaf_that_leads_to_itself_ends(tmp_path: Path) -> None:
    loop = directory([(0, 0, 0, 0)])
    loop = directory([(0, 0, len(loop), 0)])
    header = {"leaves": 127}  # the leaves begin with the root
    path = make_pmtiles(tmp_path / "x", world(1), root=loop, header=header)
    with pytest.raises(DamagedFile, match="no end"):
        pmtiles.read_tile(path, 0, 0, 0)


@given(st.binary(max_size=200), st.integers(0, 126))
def test_any_bytes_in_a_header_are_answered(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes, at: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "junk.pmtiles"
    make_pmtiles(path, world(1))
    data = bytearray(path.read_bytes())
    data[at : at + len(junk)] = junk
    path.write_bytes(data)
    with suppress(DamagedFile):
        pmtiles.read_tile(path, 0, 0, 0)


def test_a_tile_of_the_other_kind_is_not_sent(
    archive: Archive, add: Adder, tmp_path: Path
) -> None:
    tiles = {(1, 1, 1): picture((1, 1, 1)), (1, 0, 0): b"<script>alert(1)</script>"}
    plan = add(make_mbtiles(tmp_path / "a.mbtiles", tiles))
    assert read_tile(plan, archive.folder, 1, 1, 1) is not None
    assert read_tile(plan, archive.folder, 1, 0, 0) is None


@pytest.mark.parametrize(
    "statement",
    [
        "select randomblob(9)",
        "pragma user_version",
        "attach ':memory:' as x",
        "create table y (a)",
        "delete from tiles",
        "select load_extension('x')",
        "with recursive n (i) as (select 1 union select i from n) select i from n",
    ],
)
def test_such_a_file_is_asked_for_nothing_but_rows(
    tmp_path: Path, statement: str
) -> None:
    path = make_mbtiles(tmp_path / "a.mbtiles", world(1))
    with pytest.raises(DamagedFile), mbtiles.opened(path) as connection:
        connection.execute(statement)


def test_what_a_crash_left_on_its_way_is_cleared_a_day_later(
    archive: Archive, add: Adder, drawing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = archive.folder / "maps" / ".incoming-x"
    left.parent.mkdir()
    left.write_bytes(b"half")
    add(drawing)
    assert left.exists()
    now = left.stat().st_mtime + 25 * 3600
    monkeypatch.setattr("archive.plans.files.time.time", lambda: now)
    add(drawing, "again")
    assert not left.exists()


def test_a_full_disk_leaves_no_plan(
    archive: Archive,
    add: Adder,
    drawing: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("archive.plans.files.sync_folder", full)
    with pytest.raises(ArchiveError, match="No space left"):
        add(drawing)
    assert not list(archive.connection.execute("select 1 from plans"))
    monkeypatch.undo()
    add(drawing)
    shutil.rmtree(archive.folder / "maps")
    assert plan_files.purge(archive.folder, set()) == []
