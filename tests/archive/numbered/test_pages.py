"""Numbered pages beside looking at every photo."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.database import create_archive, open_archive
from archive.errors import NotAllowed
from archive.rights import Viewer
from archive.search import Filter, Query, Word
from archive.search.language import has_words
from archive.search.numbered import Days, Moments, Wanted, numbered
from tests.archive import search_model as model
from tests.archive.numbered.far_off import (
    EVERY_WAY,
    GAP,
    PHOTOS,
    fill_far_off,
    put_in_order,
)
from tests.archive.search_project import WORDS, viewers


@pytest.fixture(scope="module", params=["in the order of uploads", "in no order"])
def connection(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """A project whose photos came one after the other, and one in which not."""
    folder = tmp_path_factory.mktemp("numbered") / "tower-4"
    create_archive(folder, "Tower 4", "Sam")
    with open_archive(folder) as archive:
        fill_far_off(archive.connection)
        if request.param == "in the order of uploads":
            put_in_order(archive.connection)
        archive.connection.execute(
            "update photos set updated_at = strftime('%Y-%m-%dT%H:%M:%fZ',"
            " '2026-01-01', (id % 270) || ' days')"
        )
        yield archive.connection


def holds(connection: Any, seen: model.Seen, wanted: Wanted, who: Viewer) -> bool:  # noqa: C901, PLR0911, PLR0912
    """Whether a photo is what is asked for, looked at field by field."""
    photo, live = seen.photo, model.visible(seen, who, recycled=False)
    binned = model.visible(seen, who, recycled=True)
    if not {"without": live, "with": live or binned, "only": binned}[wanted.bin]:
        return False
    if wanted.album is not None and photo.album_id != wanted.album:
        return False
    if wanted.ids is not None and photo.id not in wanted.ids:
        return False
    if wanted.private is not None and photo.private != wanted.private:
        return False
    if wanted.starred is not None and who.stars and photo.starred != wanted.starred:
        return False
    if wanted.projection is not None and photo.projection != wanted.projection:
        return False
    if wanted.uploaders and photo.uploader_id not in wanted.uploaders:
        return False
    if wanted.locations and not _lies_in(connection, photo.location_id, wanted):
        return False
    if wanted.trades and not _trades(connection, photo.id) & set(wanted.trades):
        return False
    if wanted.logged is not None:
        days = wanted.logged
        if photo.log_date is None or not (
            (days.first or date.min).isoformat()
            <= photo.log_date
            <= (days.last or date.max).isoformat()
        ):
            return False
    for moment, window in (
        (photo.uploaded_at, wanted.uploaded),
        (photo.updated_at, wanted.updated),
    ):
        second = datetime.fromisoformat(moment).replace(microsecond=0)
        if window is not None and not (
            (window.first is None or window.first <= second)
            and (window.last is None or second <= window.last)
        ):
            return False
    return True


def _trades(connection: Any, photo: int) -> set[int]:
    rows = connection.execute(
        "select trade_id from photo_trades where photo_id = ?", (photo,)
    )
    return {row[0] for row in rows}


def _lies_in(connection: Any, place: int | None, wanted: Wanted) -> bool:
    while place is not None:
        if any(first <= place <= last for first, last in wanted.locations):
            return True
        if not wanted.sublocations:
            return False
        (place,) = connection.execute(
            "select parent_id from locations where id = ?", (place,)
        ).fetchone()
    return False


def saying(connection: Any, wanted: Wanted, who: Viewer) -> set[int] | None:
    """Return the photos in which the words are, as the search finds them."""
    if not wanted.text.strip():
        return None
    words = [word for word in wanted.text.split() if has_words(word)]
    if not words:
        return set()
    clauses = tuple((Word(word),) for word in words)
    bins = [(), ((Filter("is", "recycled"),),)] if who.bin else [()]
    found: set[int] = set()
    for clause in bins:
        found |= model.search(connection, Query((*clauses, *clause)), who)
    return found


def expected(connection: Any, wanted: Wanted, who: Viewer, order: str) -> list[int]:
    said = saying(connection, wanted, who)
    found = [
        seen.photo
        for seen in model.everything(connection)
        if (said is None or seen.photo.id in said)
        and holds(connection, seen, wanted, who)
    ]
    field = {"uploaded": "uploaded_at", "taken": "shown_at", "recycled": "recycled_at"}
    column = field[order.removeprefix("-")]
    keyed = sorted((getattr(p, column) or "", p.id) for p in found)
    return [number for _, number in (keyed[::-1] if order[0] == "-" else keyed)]


def walked(
    connection: Any, wanted: Wanted, who: Viewer | None, per_page: int, order: str
) -> list[int]:
    """Return the ids of all pages, which all tell the same total."""
    found: list[int] = []
    for page in itertools.count(1):
        some = numbered(
            connection, wanted, who, order=order, page=page, per_page=per_page
        )
        found += some.ids
        if len(some.ids) < per_page:
            assert some.total == len(found)
            return found
    raise AssertionError


def moments() -> st.SearchStrategy[datetime | None]:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    near = st.integers(0, 4 * 86_400).map(lambda n: begin + timedelta(seconds=n))
    months = range(1, 10)
    exact = st.sampled_from([datetime(2026, m, 11, 10, tzinfo=UTC) for m in months])
    return st.none() | near | exact


def numbers(most: int) -> st.SearchStrategy[int]:
    return st.integers(0, most + 1) | st.just(2**63 - 1) | st.just(2**70)


FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "album": numbers(4),
    "ids": st.lists(numbers(PHOTOS).map(lambda n: n * GAP)).map(tuple),
    "logged": st.builds(
        Days,
        *[st.none() | st.sampled_from([date(2025, 12, 31), date(2026, 3, 9)])] * 2,
    ),
    "private": st.booleans(),
    "starred": st.booleans(),
    "projection": st.sampled_from(["360", "regular", "unknown", "flat"]),
    "locations": st.lists(
        st.tuples(numbers(5), st.integers(0, 2)).map(lambda n: (n[0], sum(n))),
        min_size=1,
        max_size=3,
    ).map(tuple),
    "trades": st.lists(numbers(3), min_size=1, max_size=3).map(tuple),
    "uploaders": st.lists(numbers(3), min_size=1, max_size=3).map(tuple),
    "text": st.lists(
        st.sampled_from([*WORDS, "&", '"', "(wall", "wall*"]), max_size=3
    ).map(" ".join),
    "uploaded": st.builds(Moments, moments(), moments()),
    "updated": st.builds(Moments, moments(), moments()),
    "bin": st.sampled_from(["without", "with", "only"]),
}


@st.composite
def wishes(draw: st.DrawFn) -> Wanted:
    """Nothing, each filter alone, and each with each."""
    names = draw(
        st.sampled_from([*itertools.combinations(FIELDS, 2), *zip(FIELDS), ()])
    )
    given = {name: draw(FIELDS[name]) for name in names}
    return Wanted(**given, sublocations=draw(st.booleans()))


@settings(max_examples=300)
@given(
    wishes(),
    st.sampled_from(("Sam", "Ana", "Reader")),
    st.sampled_from(EVERY_WAY),
    st.sampled_from((1, 7, 100)),
)
def test_all_pages_are_what_looking_at_every_photo_finds(
    connection: Any, wanted: Wanted, name: str, order: str, per_page: int
) -> None:
    who = viewers(connection)[name]
    if wanted.bin != "without" and not who.bin:
        with pytest.raises(NotAllowed):
            numbered(connection, wanted, who, order=order)
        return
    found = walked(connection, wanted, who, per_page, order)
    assert found == expected(connection, wanted, who, order)


@given(st.text())
def test_no_text_is_an_error(connection: Any, text: str) -> None:
    numbered(connection, Wanted(text=text), viewers(connection)["Ana"])
