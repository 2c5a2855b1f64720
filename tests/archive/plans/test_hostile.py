"""Files of plans that mean harm."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.database import Archive
from archive.errors import ArchiveError, DamagedFile
from archive.plans import mbtiles, pmtiles, read_tile
from archive.sqlite import sqlite3
from tests.archive.map_files import (
    directory,
    make_mbtiles,
    make_pmtiles,
    picture,
    varint,
    world,
)
from tests.archive.picture_files import bomb
from tests.archive.plans.conftest import Adder


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
    "a bomb": plain(bomb(30_000)),
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
