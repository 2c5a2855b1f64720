from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.albums import add_album
from archive.batches import batch
from archive.errors import InvalidInput
from archive.people import owner
from archive.rights import Viewer
from archive.search import (
    ORDERS,
    Query,
    cursor_at,
    find_photos,
    iterate,
    photos,
)
from archive.search.ranges import tokens
from tests.archive import search_model as model
from tests.archive.in_memory import insert_photo
from tests.archive.search_project import (
    add_photo,
    expect_same,
    fill,
    filled,
    pages,
    photo_of,
    queries,
)


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    yield from filled(150, seed=1)


@pytest.fixture
def sam(connection: Any) -> Viewer:
    return model.admin(connection)


@settings(max_examples=100)
@given(queries(), st.integers(1, 9))
def test_many_hits_ranked_are_the_same_hits(
    connection: Any, query: Query, limit: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("archive.search.listing._FEW_RANKED", 0)
        expect_same(connection, query, model.admin(connection), "relevance", limit)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(9999, 12, 30), date.max, ["d99991230", "d99991231"]),
        (date(9998, 12, 31), date.max, ["d99981231", "y9999"]),
        (date.min, date(2, 2, 1), ["y0001", "m000201", "d00020201"]),
    ],
)
def test_the_ends_of_time_are_covered(
    first: date, last: date, expected: list[str]
) -> None:
    assert tokens(first, last, year="y") == expected


@pytest.mark.parametrize("order", ORDERS)
def test_photos_of_the_first_and_the_last_day_of_time_are_found(order: str) -> None:
    connection = model.project()
    sam = owner(connection)
    with batch(connection, sam) as opened:
        days = ("0001-01-01", "9999-12-31")
        moments = [f"{day}T00:00:00" for day in days]
        edges = [insert_photo(connection, opened, taken_at=at) for at in moments]
        insert_photo(connection, opened, description="crane")
    found = find_photos(connection, "-crane", model.admin(connection), order=order)
    assert sorted(found.ids) == edges


def test_many_hits_are_ranked_by_where_the_word_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("archive.search.listing._FEW_RANKED", 0)
    connection = model.project()
    sam = owner(connection)
    with batch(connection, sam) as opened:
        album = add_album(connection, sam, opened, "Wall").id
        by_name = insert_photo(connection, opened, filename="wall.jpg")
        in_album = insert_photo(connection, opened, album_id=album)
        said = [
            insert_photo(connection, opened, description="a wall", filename="wall.jpg")
            for _ in range(2)
        ]
        insert_photo(connection, opened, description="a slab")
    best = (said[1], said[0], in_album, by_name)
    who = model.admin(connection)
    for limit in (1, 3, 9):
        assert sum(pages(connection, "wal*", who, "relevance", limit), ()) == best
    monkeypatch.setattr("archive.search.listing.MOST_SORTED", 2)
    page = find_photos(connection, "wal*", who, order="relevance")
    assert (page.ids, page.whole) == (best[:2], False)
    connection.close()


@pytest.mark.parametrize("order", sorted(ORDERS))
@pytest.mark.parametrize(
    "span", ["2025-03", "2025-03-09", "..2025-06", "2025-03-09T08:00..2025-04"]
)
def test_a_span_is_put_in_order_though_many_later_photos_have_the_word(
    order: str, span: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.search.listing._FEW_RANKED", 0)
    monkeypatch.setattr("archive.search.listing.MOST_SORTED", 2)
    connection = model.project()
    with batch(connection, owner(connection)) as opened:
        for moment in ("2025-03-09T08:00:00",) * 2 + ("2026-03-09T08:00:00",) * 5:
            insert_photo(connection, opened, description="wall", assumed_at=moment)
    page = find_photos(
        connection, f"wall taken:{span}", model.admin(connection), order=order
    )
    assert (set(page.ids), page.whole) == ({1, 2}, True)
    connection.close()


@pytest.mark.parametrize("order", ["newest", "oldest", "uploaded", "name"])
def test_a_cursor_at_a_photo_is_where_its_page_would_end(
    connection: Any, sam: Viewer, order: str
) -> None:
    page = find_photos(connection, "", sam, order=order, limit=7)
    assert cursor_at(photo_of(connection, page.ids[-1]), order) == page.next


@pytest.mark.parametrize("order", ["relevance", "size"])
def test_no_photo_has_a_place_in_an_order_that_it_does_not_make(
    connection: Any, sam: Viewer, order: str
) -> None:
    (photo,) = photos(connection, "", sam, limit=1)
    with pytest.raises(InvalidInput, match=order):
        cursor_at(photo, order)


_SURROGATE = "WyJuZXdlc3QiLCJcdWQ4MDAiLDFd"  # ["newest", "\ud800", 1]


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "AAAA", "é", "bnVsbA", "WyJuZXdlc3QiLDEsMV0", "W10", "=" * 9, _SURROGATE],
)
def test_a_cursor_that_is_not_ours_is_refused(
    connection: Any, sam: Viewer, cursor: str
) -> None:
    with pytest.raises(InvalidInput, match="'after'"):
        find_photos(connection, "", sam, after=cursor)


def test_a_cursor_of_another_order_is_refused(connection: Any, sam: Viewer) -> None:
    after = find_photos(connection, "", sam, limit=1).next
    with pytest.raises(InvalidInput, match="another order, newest"):
        find_photos(connection, "", sam, after=after, order="name")


def test_photos_added_meanwhile_shift_no_page() -> None:
    connection = model.project()
    fill(connection, 40, seed=3)
    sam = model.admin(connection)
    first = find_photos(connection, "", sam, limit=10)
    whole = [p.id for p in iterate(connection, "", sam)]
    with batch(connection, owner(connection)) as opened:
        add_photo(
            connection, opened.at, random.Random(9), 99, ([1, 1, 3], [1], [1, 2], [1])
        )
    second = find_photos(connection, "", sam, limit=10, after=first.next)
    assert set(first.ids).isdisjoint(second.ids)
    assert [n for n in second.ids if n in whole] == list(second.ids) == whole[10:20]
    connection.close()


def test_listing_reads_whole_photos_in_order(connection: Any, sam: Viewer) -> None:
    page = find_photos(connection, "wall", sam)
    assert [p.id for p in photos(connection, "wall", sam)] == list(page.ids)
    assert [p.id for p in iterate(connection, "wall", sam)] == list(page.ids)
