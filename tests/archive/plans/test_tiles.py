"""Files of tiles: every tile of them, and no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archive.batches import batch
from archive.database import Archive
from archive.errors import InvalidInput
from archive.people import Person
from archive.plans import between, edit_plan, find_plan, read_tile
from archive.search.regions import Window
from archive.sqlite import sqlite3
from tests.archive.map_files import (
    directory,
    make_mbtiles,
    make_pmtiles,
    picture,
    world,
)
from tests.archive.plans.conftest import Adder
from tests.archive.plans.places import NEAR, SITE


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
