from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archive.cells import FINEST, LARGEST_ZOOM, LEVELS, block, column, level_at, row
from archive.search import matching
from tests.archive import search_model as model
from tests.archive.in_memory import insert_photo

latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    found = model.project()
    found.execute("begin")
    yield found
    found.close()


@given(latitudes, longitudes)
@example(0.0, 0.0)
@example(-0.0, -0.0)
@example(90.0, 180.0)
@example(-90.0, -180.0)
@example(math.nextafter(40, 0), math.nextafter(180, 0))
def test_the_database_and_we_put_a_place_in_the_same_cell(
    connection: Any, latitude: float, longitude: float
) -> None:
    found = connection.execute(
        """
        insert into photos (uuid, filename, assumed_at, uploaded_at, updated_at,
            latitude, longitude)
        values (hex(randomblob(16)), 'a', '2026-01-01', '', '', ?, ?)
        returning map_x, map_y, id
        """,
        (latitude, longitude),
    ).fetchone()
    assert found[:2] == (column(longitude), row(latitude))
    for level in range(1, LEVELS + 1):
        cell = block(level, latitude, longitude, latitude, longitude)
        rows = connection.execute(
            "select 1 from photos_fts where photos_fts match ? and rowid = ?",
            (matching.cells([cell]), found[2]),
        )
        assert rows.fetchone() == (1,)


@given(latitudes, latitudes, longitudes, longitudes)
def test_further_north_and_east_is_never_a_cell_before(
    one: float, other: float, here: float, there: float
) -> None:
    assert (row(min(one, other)), row(max(one, other))) == tuple(
        sorted((row(one), row(other)))
    )
    assert 0 <= column(min(here, there)) <= column(max(here, there)) < FINEST


@given(st.floats(-84.9, 84.9))
def test_cells_are_nearly_square_on_the_map(latitude: float) -> None:
    step = 0.05
    north = math.asinh(math.tan(math.radians(latitude + step)))
    height = math.degrees(north - math.asinh(math.tan(math.radians(latitude))))
    rows = row(latitude + step) - row(latitude)
    assert 0.65 < height / 360 * FINEST / rows < 1.5


@pytest.mark.parametrize("zoom", range(LARGEST_ZOOM + 1))
def test_at_every_zoom_cells_are_as_wide_as_a_thumbnail(zoom: int) -> None:
    assert 256 * 2**zoom / 4 ** level_at(zoom) in (32, 64)


@given(latitudes, longitudes, st.integers(1, LEVELS))
@example(-90.0, -180.0, 1)
@example(90.0, 180.0, 12)
@example(89.0, 0.0, 12)
def test_the_bounds_of_a_cell_hold_what_is_in_it(
    latitude: float, longitude: float, level: int
) -> None:
    cell = block(level, latitude, longitude, latitude, longitude)
    south, west, north, east = cell.bounds()
    slack = 1e-12
    assert south - slack <= latitude <= north + slack
    assert west - slack <= longitude <= east + slack
    inside = block(level, (south + north) / 2, (west + east) / 2, latitude, longitude)
    assert len(inside) == 1


def test_a_cell_is_a_beginning_of_the_words_of_those_in_it() -> None:
    coarse, fine = (block(n, 59.91, 10.75, 59.91, 10.75) for n in (3, 9))
    assert fine.names()[0].startswith(coarse.names()[0])
    assert len(block(1, -90, -180, 90, 180)) == 16
    assert len({*block(2, -90, -180, 90, 180).names()}) == 256


def test_the_words_of_places_are_no_words_of_people(connection: Any) -> None:
    with_place = insert_photo(connection, _Batch(), latitude=1.0, longitude=2.0)
    rune = block(1, 1.0, 2.0, 1.0, 2.0).names()[0]
    found = connection.execute(
        "select count(*) from photos_fts where photos_fts match ? and rowid = ?",
        (f'- refs : "{rune}" *', with_place),
    )
    assert found.fetchone() == (0,)


class _Batch:
    at = "2026-01-01T00:00:00.000Z"
