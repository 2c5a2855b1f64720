from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings

from archive.errors import InvalidQuery, NotAllowed
from archive.people import Person
from archive.photos import load_photos
from archive.rights import Viewer, viewer
from archive.search import (
    DIMENSIONS,
    Count,
    Facets,
    Query,
    Word,
    count,
    facet_at,
    facets,
    find_photos,
    parse,
)
from archive.search.names import find_ids
from bench.filling import fill
from tests.archive import search_model as model
from tests.archive.search_project import filled, queries

READER = viewer(Person(99, "", "Reader", None, "read_only"))


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    yield from filled(120, seed=4)


@pytest.fixture
def sam(connection: Any) -> Viewer:
    return model.admin(connection)


def counted(connection: Any, query: Query, who: Viewer) -> dict[str, Counter[str]]:
    """The facets, by looking at every photo that is found."""
    found: dict[str, Counter[str]] = {d: Counter() for d in DIMENSIONS}
    prefix = _path(connection, query, who)
    for photo in load_photos(connection, sorted(model.search(connection, query, who))):
        found["album"][photo.album] += 1
        found["camera"][photo.camera or "unknown"] += 1
        found["month"][photo.taken_at[:7] if photo.taken_at else "unknown"] += 1
        found["trade"].update(photo.trades)
        names = (photo.location or "").split(">") if photo.location else []
        if len(names) > len(prefix) and names[: len(prefix)] == prefix:
            found["location"][names[len(prefix)]] += 1
    return found


def _path(connection: Any, query: Query, who: Viewer) -> list[str]:
    for clause in query.clauses:
        term = clause[0]
        if (
            len(clause) == 1
            and getattr(term, "name", "") == "location"
            and not term.negated
        ):
            assert len(find_ids(connection, "location", term.value, who)) == 1  # type: ignore[union-attr]
            return term.value.split(">")  # type: ignore[union-attr]
    return []


def shown(found: Facets) -> dict[str, dict[str, int]]:
    return {d: {f.name: f.photos for f in getattr(found, d)} for d in DIMENSIONS}


@settings(max_examples=150)
@given(queries())
def test_facets_are_what_counting_every_photo_gives(
    connection: Any, query: Query
) -> None:
    sam = model.admin(connection)
    try:
        found = facets(connection, query, sam)
    except InvalidQuery as error:
        if "recycle bin" in str(error):
            return
        raise
    assert found.exact
    assert shown(found) == counted(connection, query, sam)


@pytest.mark.parametrize(
    "query", ["", 'location:"Tower A"', 'location:"Tower A>Level 3"']
)
@pytest.mark.parametrize("name", ["admin", "reader"])
def test_facets_of_a_place_come_from_the_counters(
    connection: Any, query: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = model.admin(connection) if name == "admin" else READER
    assert who is not None
    monkeypatch.setattr("archive.search.counting._matching", None)
    assert shown(facets(connection, query, who)) == counted(
        connection, parse(query), who
    )


@pytest.mark.parametrize("query", ["", "wall OR found*", "-wall"])
def test_what_is_hidden_is_in_no_facet(connection: Any, query: str) -> None:
    found = facets(connection, query, READER)
    assert "Claims" not in {facet.name for facet in found.album}
    public = model.search(connection, parse(query), READER)  # type: ignore[arg-type]
    assert sum(facet.photos for facet in found.album) == len(public)


def test_months_are_newest_first_and_the_rest_by_how_many(
    connection: Any, sam: Viewer
) -> None:
    found = facets(connection, "", sam)
    months = [facet.id for facet in found.month]
    assert months == sorted(months, key=str, reverse=True)
    numbers = [facet.photos for facet in found.album]
    assert numbers == sorted(numbers, reverse=True)


def test_only_the_facets_asked_for(connection: Any, sam: Viewer) -> None:
    found = facets(connection, "wall", sam, dimensions=("trade",))
    assert found.trade
    assert not found.album
    assert facet_at(connection, "trade", 0, sam) == facets(connection, "", sam).trade


def test_beyond_what_is_counted_it_says_so(
    connection: Any, sam: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.search.counting.MOST_COUNTED", 5)
    monkeypatch.setattr("archive.search.counting.MOST_SAMPLED", 3)
    for query in ("wall", "wall taken:2026-01-01T00:00..", "is:public"):
        found = facets(connection, query, sam)
        assert not found.exact
        assert sum(facet.photos for facet in found.album) == 3


@pytest.mark.parametrize("query", ["wall", "wall taken:2026-01-01T00:00.."])
def test_up_to_what_is_counted_it_is_exact(
    connection: Any, sam: Viewer, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = len(model.search(connection, parse(query), sam))
    monkeypatch.setattr("archive.search.counting.MOST_COUNTED", there)
    monkeypatch.setattr("archive.search.counting.MOST_SAMPLED", 3)
    found = facets(connection, query, sam)
    assert found.exact
    assert sum(facet.photos for facet in found.album) == there


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("wall", Count(3, exact=False)),
        ("", None),
        ("album:2026", None),
        ("trade:Rebar", None),
        ('location:"Tower A"', None),
        ("is:recycled", None),
    ],
)
def test_totals_are_exact_where_they_are_known(
    connection: Any, sam: Viewer, query: str, expected: Count | None
) -> None:
    found = count(connection, query, sam, limit=3)
    assert found == (
        expected or Count(len(model.search(connection, parse(query), sam)))
    )


def test_of_signs_alone_there_are_none(connection: Any, sam: Viewer) -> None:
    query = Query(((Word("&"),),))
    assert count(connection, query, sam) == Count(0)
    assert facets(connection, query, sam) == Facets()
    assert find_photos(connection, query, sam).ids == ()


def test_a_total_reads_as_a_person_writes_it() -> None:
    assert str(Count(10_000, exact=False)) == "10,000+"
    assert str(Count(9_999)) == "9,999"


def test_facets_of_the_bin_need_the_right_to_it(connection: Any, sam: Viewer) -> None:
    assert facets(connection, "is:recycled", sam).album
    with pytest.raises(NotAllowed):
        facets(connection, "is:recycled", READER)


def test_a_filled_project_is_counted_and_found(connection: Any) -> None:
    del connection
    made = model.project()
    fill(made, 300, 7)
    sam = model.admin(made)
    for facet in facets(made, "", sam).album[:5]:
        assert count(made, f'album:"{facet.name}"', sam) == Count(facet.photos)
        page = find_photos(made, f'album:"{facet.name}"', sam, limit=500)
        assert len(page.ids) == facet.photos
    made.close()
