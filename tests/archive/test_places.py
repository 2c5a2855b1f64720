from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archive.batches import batch
from archive.cells import LARGEST_ZOOM
from archive.editing import UNKNOWN, Edit, edit_photos, recycle_photos
from archive.errors import InvalidInput, InvalidQuery, NotAllowed
from archive.grouping import APART, UNIT, Group, apart, around, pixel
from archive.history import find_batches
from archive.people import Person, add_person, owner
from archive.places import EARTH, Clusters, clusters, extent
from archive.rights import Viewer, viewer
from archive.search import find_photos, parse
from archive.search.regions import Window, parse_region
from archive.undo import undo
from tests.archive import search_model as model
from tests.archive.in_memory import insert_photo
from tests.archive.search_project import AREAS, PLACES, filled, viewers

NAMES = ("Sam", "Ana", "Reader")
SITE = (59.91, 10.75)


@pytest.fixture(scope="module")
def project() -> Iterator[Any]:
    yield from filled(150, seed=6)


@pytest.fixture
def connection() -> Iterator[Any]:
    found = model.project()
    yield found
    found.close()


def add(connection: Any, *places: tuple[float, float], **values: Any) -> list[int]:
    with batch(connection, owner(connection), origin="import") as opened:
        return [
            insert_photo(
                connection, opened, latitude=place[0], longitude=place[1], **values
            )
            for place in places
        ]


def told(found: Clusters) -> list[tuple[int, float, float]]:
    return sorted(
        (c.photos, round(c.latitude, 5), round(c.longitude, 5)) for c in found.clusters
    )


def placed(connection: Any, who: Viewer) -> list[Any]:
    shown = model.search(connection, parse("has:gps"), who)
    return [s.photo for s in model.everything(connection) if s.photo.id in shown]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("zoom", range(LARGEST_ZOOM + 1))
def test_counters_tell_what_counting_the_photos_does(
    project: Any, name: str, zoom: int
) -> None:
    who = viewers(project)[name]
    for window in (EARTH, Window(59.9, 10.7, 60.0, 10.8), Window(-5, 179, 5, 181)):
        kept = clusters(project, "", who, window, zoom)
        live = clusters(project, "has:gps", who, window, zoom)
        if zoom < 5 or window != EARTH:
            assert told(kept) == told(live)
        assert kept.exact
        assert live.exact
    photos = placed(project, who)
    found = clusters(project, "", who, EARTH, zoom).clusters
    assert sum(c.photos for c in found) == len(photos)
    for what in ("latitude", "longitude"):
        middle = sum(getattr(c, what) * c.photos for c in found)
        assert math.isclose(middle, sum(getattr(p, what) for p in photos), abs_tol=1e-4)


def test_a_cluster_shows_one_of_its_own_photos(project: Any) -> None:
    for who in viewers(project).values():
        where = {p.id: (p.latitude, p.longitude) for p in placed(project, who)}
        for query in ("", "has:gps"):
            for one in clusters(project, query, who, EARTH, 12).clusters:
                assert one.photo is not None
                x, y = pixel(*where[one.photo], 12)
                assert math.dist((x, y), pixel(one.latitude, one.longitude, 12)) < 200


@pytest.mark.parametrize("query", ["", "has:gps"])
@pytest.mark.parametrize("zoom", [0, 4, 9, 18, 22])
def test_the_area_of_a_cluster_holds_its_photos(
    project: Any, query: str, zoom: int
) -> None:
    sam = model.admin(project)
    for window in (EARTH, Window(-5, 179, 5, 181)):
        for one in clusters(project, query, sam, window, zoom).clusters:
            assert -180 <= one.area.west <= one.area.east
            found = find_photos(project, f"in:{one.area}", sam, limit=500)
            assert len(found.ids) >= one.photos
            if query or one.window is None:
                assert len(found.ids) == one.photos


places = st.tuples(st.floats(-90, 90), st.floats(-180, 180)) | st.builds(
    lambda y, x: (SITE[0] + y / 1e5, SITE[1] + x / 1e5),
    st.integers(-99, 99),
    st.integers(-99, 99),
)


def group(latitude: float, longitude: float, photos: int = 1) -> Group:
    return Group(
        photos,
        round(latitude / UNIT) * photos,
        round(longitude / UNIT) * photos,
        Window(latitude, longitude, latitude, longitude),
    )


@given(st.lists(st.tuples(places, st.integers(1, 9))), st.integers(0, LARGEST_ZOOM))
def test_groups_stand_apart_and_none_is_lost(
    given_: list[tuple[tuple[float, float], int]], zoom: int
) -> None:
    groups = [group(*place, n) for place, n in given_]
    joined = apart(groups, zoom)
    for name in ("photos", "latitudes", "longitudes"):
        assert sum(getattr(g, name) for g in joined) == sum(
            getattr(g, name) for g in groups
        )
    for one, other in combinations(joined, 2):
        there = pixel(*one.middle, zoom), pixel(*other.middle, zoom)
        assert math.dist(*there) >= APART
    assert [g.photos for g in joined] == sorted(g.photos for g in joined)[::-1]
    assert apart(groups[::-1], zoom) == joined


@given(st.lists(places, min_size=1))
@example([(0.0, 179.9), (0.0, -179.9)])
@example([(0.0, -180.0)])
@example([(0.0, 180.0), (0.0, -90.0)])
def test_the_window_around_places_holds_them_and_is_narrow(
    given_: list[tuple[float, float]],
) -> None:
    found = around([group(*place).window for place in given_])
    assert found is not None
    for latitude, longitude in given_:
        assert found.south <= latitude <= found.north
        turns = (longitude, longitude + 360)
        assert any(found.west <= x <= found.east for x in turns)
    plain = max(x for _, x in given_) - min(x for _, x in given_)
    assert found.east - found.west <= plain
    assert -180 <= found.west <= 180


def test_around_nothing_there_is_no_window() -> None:
    assert around([]) is None


HIDDEN = [
    {"private": 1, "uploader_id": 77},
    {"private": 1, "uploader_id": None},
    {"recycled_at": "2026-01-01T00:00:00.000Z"},
    {"private": 1, "uploader_id": 77, "recycled_at": "2026-01-01T00:00:00.000Z"},
]


@pytest.mark.parametrize("query", ["", "has:gps", "is:image OR -is:video"])
@pytest.mark.parametrize("zoom", [0, 3, 10, 19, 22])
def test_what_is_hidden_moves_and_adds_to_no_cluster(
    connection: Any, query: str, zoom: int
) -> None:
    query = query.replace("is:image OR -is:video", "-is:damaged")
    connection.execute(
        "insert into people (id, uuid, name, created_at) values (77, 'x', 'Xi', '')"
    )
    near = [(SITE[0] + n * 1e-6, SITE[1]) for n in range(3)]
    add(connection, SITE, *near)
    reader = viewer(Person(99, "", "Reader", None, "read_only"))

    def seen() -> tuple[Clusters, Window | None]:
        window = Window(59, 10, 60, 11)
        found = clusters(connection, query, reader, window, zoom)
        return found, extent(connection, query, reader)

    before = seen()
    assert before[0].clusters
    for values in HIDDEN:
        add(
            connection, SITE, near[1], (59.5, 10.2), (SITE[0], SITE[1] + 2e-5), **values
        )
    assert seen() == before
    sam = model.admin(connection)
    assert (
        told(clusters(connection, "", sam, EARTH, 0))[0][0]
        > before[0].clusters[0].photos
    )


def test_somebody_s_own_private_photo_is_on_their_map(connection: Any) -> None:
    with batch(connection, owner(connection)):
        connection.execute(
            "insert into people (id, uuid, name, level, created_at)"
            " values (5, 'x', 'Xi', 'standard', '')"
        )
    (number,) = add(connection, SITE, private=1, uploader_id=5)
    xi = viewer(Person(5, "", "Xi", None, "standard"))
    assert clusters(connection, "", xi, EARTH, 4).clusters[0].photo == number
    other = viewer(Person(6, "", "Yo", None, "standard"))
    assert clusters(connection, "", other, EARTH, 4) == Clusters()
    assert extent(connection, "", other) is None
    assert clusters(connection, "", None, EARTH, 4) == Clusters()


def test_the_bin_has_a_map_of_its_own(connection: Any) -> None:
    first, second = add(connection, SITE, SITE)
    with batch(connection, owner(connection)) as opened:
        recycle_photos(connection, owner(connection), opened, [second])
    sam = model.admin(connection)
    live, binned = (
        clusters(connection, query, sam, EARTH, 20).clusters
        for query in ("", "is:recycled")
    )
    assert [c.photo for c in live] == [first]
    assert [c.photo for c in binned] == [second]
    with pytest.raises(NotAllowed):
        clusters(
            connection,
            "is:recycled",
            viewer(Person(99, "", "Reader", None, "read_only")),
            EARTH,
            3,
        )


def test_a_cluster_says_what_to_zoom_to(connection: Any) -> None:
    sam = model.admin(connection)
    add(connection, SITE, SITE)
    assert clusters(connection, "", sam, EARTH, 3).clusters[0].window is None
    assert clusters(connection, "has:gps", sam, EARTH, 3).clusters[0].window is None
    add(connection, (SITE[0] + 0.001, SITE[1] - 0.002))
    for query in ("", "has:gps"):
        window = clusters(connection, query, sam, EARTH, 3).clusters[0].window
        assert window is not None
        edges = (window.south, window.west, window.north, window.east)
        wanted = (SITE[0], SITE[1] - 0.002, SITE[0] + 0.001, SITE[1])
        assert edges == pytest.approx(wanted, abs=1e-6)
        inside = clusters(connection, query, sam, window, 17).clusters
        assert [c.photos for c in inside] == [2, 1]


def test_at_the_180th_meridian_both_sides_are_one_place(connection: Any) -> None:
    add(connection, (0.0, 179.9999), (0.0, -179.9999))
    sam = model.admin(connection)
    window = parse_region("-1,179..1,-179")
    assert isinstance(window, Window)
    for query in ("", "has:gps"):
        (one,) = clusters(connection, query, sam, window, 10).clusters
        assert one.photos == 2
        assert abs(one.longitude) == pytest.approx(180)
        west, east = clusters(connection, query, sam, window, 22).clusters
        assert {round(west.longitude, 4), round(east.longitude, 4)} == {
            179.9999,
            -179.9999,
        }
    around_both = extent(connection, "", sam)
    assert around_both is not None
    assert around_both.east - around_both.west < 0.001


@pytest.mark.parametrize("query", ["", "has:gps"])
def test_a_window_nearly_around_the_earth_counts_nobody_twice(
    connection: Any, query: str
) -> None:
    add(connection, *PLACES, (1.0, -50.0))
    nearly = Window(-90, -10, 90, 349)
    found = clusters(connection, query, model.admin(connection), nearly, 0).clusters
    assert sum(c.photos for c in found) == len(PLACES) + 1


@pytest.mark.parametrize("place", [(0.0, 0.0), (90.0, 180.0), (-90.0, -180.0)])
@pytest.mark.parametrize("query", ["", "has:gps"])
def test_a_pin_anywhere_on_earth_is_on_the_map(
    connection: Any, place: tuple[float, float], query: str
) -> None:
    (number,) = add(connection, place)
    found = clusters(connection, query, model.admin(connection), EARTH, 1)
    assert [c.photo for c in found.clusters] == [number]
    assert (found.clusters[0].latitude, found.clusters[0].longitude) == place


def test_an_empty_window_and_an_empty_archive_have_no_clusters(connection: Any) -> None:
    sam = model.admin(connection)
    assert extent(connection, "", sam) is None
    add(connection, SITE)
    for query in ("", "has:gps"):
        assert clusters(connection, query, sam, Window(0, 0, 1, 1), 5) == Clusters()
        assert clusters(connection, query, sam, Window(0, 0, 0, 0), 22) == Clusters()


def test_the_world_at_the_last_zoom_is_looked_at_coarsely(connection: Any) -> None:
    add(connection, *PLACES)
    sam = model.admin(connection)
    found = clusters(connection, "", sam, EARTH, LARGEST_ZOOM)
    assert sum(c.photos for c in found.clusters) == len(PLACES)


@pytest.mark.parametrize("zoom", [-1, LARGEST_ZOOM + 1])
def test_another_zoom_is_refused(connection: Any, zoom: int) -> None:
    with pytest.raises(InvalidInput, match="from 0 to 22"):
        clusters(connection, "", model.admin(connection), EARTH, zoom)


def test_a_wrong_search_is_an_error_here_too(connection: Any) -> None:
    with pytest.raises(InvalidQuery):
        clusters(connection, "album:nowhere", model.admin(connection), EARTH, 3)


def test_beyond_what_is_counted_it_says_so(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.places.MOST_COUNTED", 5)
    sam = model.admin(project)
    found = clusters(project, "has:gps", sam, EARTH, 3)
    assert not found.exact
    assert clusters(project, "", sam, EARTH, 3).exact


def test_only_some_clusters_name_a_photo(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.places.MOST_SHOWN", 2)
    found = clusters(project, "", model.admin(project), EARTH, 6).clusters
    assert [c.photo is not None for c in found[:3]] == [True, True, False]


@pytest.mark.parametrize("query", ["", "-is:damaged"])
def test_the_extent_holds_all_photos_nearly(project: Any, query: str) -> None:
    for name in NAMES:
        who = viewers(project)[name]
        window = extent(project, query, who)
        assert window is not None
        for photo in placed(project, who):
            assert window.south - 0.01 <= photo.latitude <= window.north + 0.01


@settings(max_examples=60)
@given(st.sampled_from(AREAS), st.sampled_from(NAMES))
def test_an_area_is_found_on_the_map_as_in_the_list(
    project: Any, area: str, name: str
) -> None:
    who = viewers(project)[name]
    found = clusters(project, f"in:{area}", who, EARTH, 2)
    listed = find_photos(project, f"in:{area}", who, limit=500).ids
    assert sum(c.photos for c in found.clusters) == len(listed)


def test_a_pin_is_put_moved_taken_off_and_each_is_taken_back(connection: Any) -> None:
    sam = owner(connection)
    with batch(connection, sam) as opened:
        sue = add_person(connection, sam, opened, "Sue", level="standard")
        rae = add_person(connection, sam, opened, "Rae", level="read_only")
        number = insert_photo(connection, opened)

    def pin(person: Person, position: Any) -> int:
        with batch(connection, person) as opened:
            edit_photos(connection, person, [number], Edit(position=position))
        return opened.id

    def place() -> tuple[Any, ...]:
        return connection.execute(  # type: ignore[no-any-return]
            "select latitude, longitude, position_source from photos where id = ?",
            (number,),
        ).fetchone()

    states = [place()]
    batches = []
    for position in ((0.0, 0.0), SITE, UNKNOWN):
        batches.append(pin(sue, position))
        states.append(place())
    assert states == [
        (None, None, None),
        (0.0, 0.0, "person"),
        (*SITE, "person"),
        (None, None, "person"),
    ]
    assert clusters(connection, "", model.admin(connection), EARTH, 3) == Clusters()
    for back in batches[::-1]:
        assert place() == states.pop()
        undo(connection, sue, find_batches(connection, str(back)))
    assert place() == states.pop()
    with pytest.raises(NotAllowed, match="put photos on the map"):
        pin(rae, SITE)


def test_what_a_person_took_off_the_map_can_go_back_to_what_the_file_says(
    connection: Any,
) -> None:
    sam = owner(connection)
    with batch(connection, sam) as opened:
        original = connection.execute(
            """
            insert into originals (sha256, extension, bytes, crc32, media_type, kind,
                projection, latitude, longitude, position_source, stored_at)
            values (?, 'jpg', 1, 0, 'image/jpeg', 'image', 'unknown', 59.91, 10.75,
                'EXIF GPS', '')
            """,
            ("a" * 64,),
        ).lastrowid
        number = insert_photo(connection, opened, original_id=original)
    for position, wanted in ((UNKNOWN, None), ((), 59.91)):
        with batch(connection, sam):
            edit_photos(connection, sam, [number], Edit(position=position))
        row = connection.execute("select latitude, position_source from photos")
        source = "person" if wanted is None else "file: EXIF GPS"
        assert row.fetchone() == (wanted, source)
