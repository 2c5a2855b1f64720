from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import InvalidQuery, NotAllowed
from archive.rights import Viewer, scope_condition
from archive.search import (
    ORDERS,
    Query,
    count,
    facets,
    find_photos,
    iterate,
    parse,
    snippets,
)
from tests.archive import search_model as model
from tests.archive.search_project import (
    expect_same,
    fill,
    filled,
    pages,
    queries,
    viewers,
)


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    yield from filled(150, seed=1)


@pytest.fixture
def sam(connection: Any) -> Viewer:
    return model.admin(connection)


@settings(max_examples=400)
@given(
    queries(),
    st.sampled_from(("Sam", "Ana", "Reader")),
    st.sampled_from(sorted(ORDERS)),
)
def test_search_finds_what_looking_at_every_photo_finds(
    connection: Any, query: Query, name: str, order: str
) -> None:
    expect_same(connection, query, viewers(connection)[name], order, limit=7)


@settings(max_examples=120)
@given(
    queries(),
    st.sampled_from(("Sam", "Ana", "Reader")),
    st.sampled_from(("newest", "oldest")),
    st.sampled_from((0, 8, 1_000)),
)
def test_reading_an_index_and_walking_through_time_find_the_same(
    connection: Any, query: Query, name: str, order: str, most: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        read_little(patch, most)
        expect_same(connection, query, viewers(connection)[name], order, limit=5)


def read_little(patch: pytest.MonkeyPatch, most: int = 1_000) -> None:
    """Make pages out of many small pieces, as in a large archive."""
    for setting, value in {
        "listing._FEW": 0,
        "walking._MOST_IN_WINDOW": 3,
        "reading._MOST_TOGETHER": 7,
        "sifting._READ": 1,
        "sifting._FEWEST": 2,
        "sifting._GAP": 3,
        "sifting._MOST_READ": most,
    }.items():
        patch.setattr(f"archive.search.{setting}", value)


@pytest.mark.parametrize("order", ["newest", "oldest"])
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('location:"Tower A" -is:starred', "Sam"),
        ('location:"Tower A" found*', "Ana"),
        ('location:"Tower A>Level 3" taken:2026-01..2026-03', "Reader"),
        ('location:"Tower A" taken:2026-03-09T14:05:10..2026-05', "Ana"),
        ('location:"Tower B>Roof" OR wall is:public', "Sam"),
        ("album:2026 wal* OR s*", "Ana"),
        ("is:360 -noo*", "Reader"),
        ("wall OR s* taken:2026-03..", "Sam"),
        ("found* OR po* taken:..2026-02", "Ana"),
        ("wall OR s* uploaded:2026-05..", "Sam"),
        ("wall OR s* is:private", "Ana"),
        ("wall OR s* -is:private", "Ana"),
    ],
)
def test_a_place_or_an_album_is_read_day_by_day_for_what_the_words_find(
    connection: Any, text: str, name: str, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_little(monkeypatch)
    expect_same(connection, parse(text), viewers(connection)[name], order, limit=5)


def guard(connection: Any, who: Viewer) -> None:
    """Views over the tables, as the web process puts them before its connections."""
    for table in ("photos", "facet_counts"):
        condition = scope_condition(who)
        connection.execute(
            f"create temp view {table} as select * from main.{table} where {condition}"
        )
    connection.execute(
        f"""
        create temp view photos_fts as
        select rowid, photos_fts, rank, * from main.photos_fts
        where rowid in (select id from main.photos where {scope_condition(who)})
        """
    )
    for table in ("photo_trades", "comments"):
        connection.execute(
            f"create temp view {table} as select * from main.{table} where photo_id in"
            f" (select id from main.photos where {scope_condition(who)})"
        )


@pytest.mark.parametrize("name", ["Sam", "Ana", "Reader"])
def test_the_same_is_found_through_guarding_views(name: str) -> None:
    connection = model.project()
    fill(connection, 60, seed=2)
    who = viewers(connection)[name]
    asked = [
        *("", "wall", "found*", "-wall", "north-wall OR slab", 'location:"Tower A"'),
        *(
            "trade:Rebar poured",
            "album:2026",
            "by:Ana",
            "has:comments",
            "pour* is:private",
        ),
        *("taken:2026", "uploaded:2026-03", "camera:canon wall"),
    ]

    def answers() -> list[object]:
        return [
            (
                [list(pages(connection, q, who, order, 9)) for order in sorted(ORDERS)],
                facets(connection, q, who),
                count(connection, q, who),
                snippets(connection, q, who, find_photos(connection, q, who).ids),
            )
            for q in asked
        ]

    before = answers()
    guard(connection, who)
    assert answers() == before
    assert any(before)
    connection.close()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ('album:"Levle 3"', "did you mean 'Level 3'"),
        ("location:Towre", "did you mean 'Tower"),
        ("trade:reber", "did you mean 'Rebar'"),
        ("by:Anna", "did you mean 'Ana'"),
        ("camera:nikon", "there is no camera"),
        ('location:">"', "empty"),
    ],
)
def test_names_that_are_not_there_are_answered_with_near_ones(
    connection: Any, sam: Viewer, query: str, said: str
) -> None:
    with pytest.raises(InvalidQuery, match=said):
        find_photos(connection, query, sam)


def test_a_private_album_is_unknown_to_those_who_may_not_see_it() -> None:
    connection = model.project()
    fill(connection, 0, seed=1)
    reader = viewers(connection)["Reader"]
    answers = []
    for name in ("Claims", "Clbims"):
        with pytest.raises(InvalidQuery) as raised:
            find_photos(connection, f"album:{name}", reader)
        answers.append(str(raised.value).replace(name, "…"))
    assert answers[0] == answers[1]
    assert find_photos(connection, "album:Claims", model.admin(connection)).ids == ()
    connection.close()


def test_the_login_of_somebody_else_cannot_be_guessed() -> None:
    connection = model.project()
    fill(connection, 0, seed=1)
    who = viewers(connection)
    connection.execute("update people set login = 'ana@site' where name = 'Ana'")
    with pytest.raises(InvalidQuery, match="there is no person"):
        find_photos(connection, "by:ana@site", who["Reader"])
    for name in ("Ana", "Sam"):  # oneself, and an admin
        assert find_photos(connection, "by:ana@site", who[name]).ids == ()
    connection.close()


@pytest.mark.parametrize(
    "query", ["is:starred", "-is:starred", "a OR is:starred", "is:recycled"]
)
def test_stars_and_bin_are_refused_to_those_without_the_right(
    connection: Any, query: str
) -> None:
    with pytest.raises(NotAllowed):
        find_photos(connection, query, viewers(connection)["Ana"])


def test_nobody_finds_nothing(connection: Any) -> None:
    assert find_photos(connection, "", None).ids == ()
    assert count(connection, "", None).photos == 0


def test_a_location_is_found_by_path_by_part_of_it_and_by_name(
    connection: Any, sam: Viewer
) -> None:
    below = {p.id for p in iterate(connection, 'location:"Tower A>Level 3"', sam)}
    assert below
    assert below == {p.id for p in iterate(connection, 'location:"level 3"', sam)}
    assert below < {p.id for p in iterate(connection, 'location:"Tower A"', sam)}
    room = {p.id for p in iterate(connection, 'location:"Level 3>Room 1"', sam)}
    assert room <= below
