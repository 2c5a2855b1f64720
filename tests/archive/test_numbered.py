from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.batches import batch
from archive.database import Archive, create_archive, open_archive
from archive.errors import InvalidInput, NotAllowed
from archive.late import FIND_LATE
from archive.people import add_person, owner
from archive.rights import Viewer, viewer
from archive.search import Filter, Query, Word, remembered, tallies
from archive.search.language import has_words
from archive.search.numbered import (
    ORDERS,
    Days,
    Moments,
    Numbered,
    Wanted,
    numbered,
)
from tests.archive import search_model as model
from tests.archive import search_project
from tests.archive.search_project import WORDS, viewers

PHOTOS = 120
GAP = 97  # between the numbers of photos: so that they lie in several blocks
EVERY_WAY = [way + order for order in ORDERS for way in ("", "-")]


@pytest.fixture(scope="module", params=["in the order of uploads", "in no order"])
def connection(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """A project whose photos came one after the other, and one in which not."""
    folder = tmp_path_factory.mktemp("numbered") / "tower-4"
    create_archive(folder, "Tower 4", "Sam")
    with open_archive(folder) as archive:
        _fill_far_off(archive.connection)
        if request.param == "in the order of uploads":
            _put_in_order(archive.connection)
        archive.connection.execute(
            "update photos set updated_at = strftime('%Y-%m-%dT%H:%M:%fZ',"
            " '2026-01-01', (id % 270) || ' days')"
        )
        yield archive.connection


def _fill_far_off(connection: Any) -> None:
    """Make a project's photos with numbers that lie apart."""
    add = search_project.add_photo

    def add_far_off(connection: Any, *rest: Any) -> None:
        connection.execute(
            "update sqlite_sequence set seq = seq + ? where name = 'photos'",
            (GAP - 1,),
        )
        add(connection, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search_project, "add_photo", add_far_off)
        search_project.fill(connection, PHOTOS, seed=1)


def _put_in_order(connection: Any) -> None:
    with batch(connection, owner(connection)):
        connection.execute(
            "update photos set uploaded_at = strftime('%Y-%m-%dT%H:%M:%fZ',"
            " '2026-01-01', (id / 3) || ' minutes', (id % 7) || '.25 seconds')"
        )
    connection.execute("delete from late_photos")
    connection.execute(FIND_LATE)
    assert not connection.execute("select * from late_photos").fetchall()


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


@pytest.fixture
def kim(archive: Archive, sam: Any) -> Viewer:
    """Who sees what is public and her own."""
    with batch(archive.connection, sam) as opened:
        person = add_person(archive.connection, sam, opened, "Kim", level="standard")
    found = viewer(person)
    assert found is not None
    return found


@pytest.fixture
def everyone(sam: Any) -> Viewer:
    found = viewer(sam)
    assert found is not None
    return found


def test_nobody_sees_nothing(archive: Archive, add_photo: Callable[..., int]) -> None:
    add_photo()
    found = numbered(archive.connection, Wanted(), None)
    assert (found.ids, found.total) == ((), 0)


def test_beyond_the_last_page_there_is_nothing_but_the_total(
    archive: Archive, everyone: Viewer, add_photo: Callable[..., int]
) -> None:
    add_photo()
    for wanted in (Wanted(), Wanted(text="img")):
        for order in EVERY_WAY:
            far = numbered(
                archive.connection, wanted, everyone, order=order, page=10**12
            )
            assert (far.ids, far.total) == ((), 1)


@pytest.mark.parametrize(
    ("wanted", "more"),
    [
        (Wanted(), {"page": 0}),
        (Wanted(), {"per_page": 0}),
        (Wanted(), {"order": "updated"}),
        (Wanted(), {"order": "--taken"}),
        (Wanted(bin="both"), {}),
    ],
    ids=["page 0", "empty pages", "unknown order", "two signs", "unknown bin"],
)
def test_what_cannot_be_is_refused(
    archive: Archive, everyone: Viewer, wanted: Wanted, more: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput):
        numbered(archive.connection, wanted, everyone, **more)


@pytest.mark.parametrize("which", ["only", "with"])
def test_the_bin_is_for_who_may_retrieve(
    archive: Archive, kim: Viewer, which: str
) -> None:
    with pytest.raises(NotAllowed):
        numbered(archive.connection, Wanted(bin=which), kim)


def test_stars_do_not_count_for_who_may_not_know_of_them(
    archive: Archive, everyone: Viewer, kim: Viewer, add_photo: Callable[..., int]
) -> None:
    plain, starred = add_photo(), add_photo(starred=1)
    asked = Wanted(starred=True)
    assert numbered(archive.connection, asked, everyone).ids == (starred,)
    assert numbered(archive.connection, asked, kim).ids == (plain, starred)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("north wall", True),
        ("  WALLS,\tnorth  ", True),
        ('"north" & wall)', True),
        ("wall AND north", False),
        ("wall OR slab", False),
        ("wall NOT north", False),
        ("-wall", True),
        ("description : wall", True),
        ("album:wall", False),
        ("wal*", False),
        ("wall\0north", False),
        ("north-wall", True),
        ("wall-north", False),
        ("***", False),
        ('"', False),
        ("\ud800", False),
        ("wall " * 5_000, True),
        (" ".join(f"word{n}" for n in range(5_000)), False),
        ("(" * 5_000 + "wall", True),
        ("   ", True),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_every_sign_in_a_text_is_harmless(
    archive: Archive,
    everyone: Viewer,
    add_photo: Callable[..., int],
    text: str,
    found: bool,
) -> None:
    photo = add_photo(description="north wall: a description")
    ids = numbered(archive.connection, Wanted(text=text), everyone).ids
    assert ids == ((photo,) if found else ())
    both = Wanted(text=text, ids=(photo,))
    assert numbered(archive.connection, both, everyone).ids == ids


@given(st.text())
def test_no_text_is_an_error(connection: Any, text: str) -> None:
    numbered(connection, Wanted(text=text), viewers(connection)["Ana"])


NINE = datetime(2026, 5, 11, 9, tzinfo=UTC)


@pytest.mark.parametrize("field", ["uploaded", "updated"])
@pytest.mark.parametrize(
    ("window", "found"),
    [
        (Moments(NINE, NINE), True),
        (Moments(NINE, None), True),
        (Moments(None, NINE), True),
        (Moments(None, None), True),
        (Moments(NINE + timedelta(seconds=1), None), False),
        (Moments(None, NINE - timedelta(seconds=1)), False),
        (Moments(NINE + timedelta(milliseconds=900), None), True),
        (Moments(NINE.replace(tzinfo=None), NINE.replace(tzinfo=None)), True),
        (Moments(None, datetime.max.replace(tzinfo=UTC)), True),
        (Moments(datetime.max.replace(tzinfo=UTC), None), False),
    ],
    ids=[
        *("its second", "from it", "up to it", "always", "after it", "before it"),
        *("later in its second", "no zone", "up to the end", "from the end"),
    ],
)
def test_windows_include_both_ends_to_the_second(
    archive: Archive,
    everyone: Viewer,
    add_photo: Callable[..., int],
    field: str,
    window: Moments,
    found: bool,
) -> None:
    photo = add_photo()
    archive.connection.execute(
        f"update photos set {field}_at = '2026-05-11T09:00:00.500Z'"
    )
    asked = Wanted(**{field: window})  # type: ignore[arg-type]
    ids = numbered(archive.connection, asked, everyone).ids
    assert ids == ((photo,) if found else ())


@pytest.mark.parametrize(
    "wanted",
    [Wanted(), Wanted(album=1), Wanted(text="img"), Wanted(projection="regular")],
    ids=["all", "album", "text", "regular"],
)
@pytest.mark.parametrize("order", EVERY_WAY)
def test_what_another_changes_is_seen_at_once(
    folder: Path,
    everyone: Viewer,
    add_photo: Callable[..., int],
    wanted: Wanted,
    order: str,
) -> None:
    first = add_photo(projection="regular")
    with open_archive(folder) as other:
        assert numbered(other.connection, wanted, everyone, order=order).total == 1
        second = add_photo(projection="regular")
        found = numbered(other.connection, wanted, everyone, order=order)
        assert (sorted(found.ids), found.total) == ([first, second], 2)


def test_what_a_connection_itself_changes_is_seen_at_once(
    archive: Archive, everyone: Viewer, add_photo: Callable[..., int]
) -> None:
    for asked in (Wanted(), Wanted(text="img")):
        before = numbered(archive.connection, asked, everyone).total
        add_photo()
        assert numbered(archive.connection, asked, everyone).total == before + 1


def test_a_photo_with_an_earlier_time_of_upload_comes_earlier(
    archive: Archive, everyone: Viewer, add_photo: Callable[..., int]
) -> None:
    second = add_photo(uploaded_at="2026-05-11T09:00:00.000Z")
    third = add_photo(uploaded_at="2026-05-11T10:00:00.000Z")
    assert numbered(archive.connection, Wanted(), everyone).ids == (second, third)
    first = add_photo(uploaded_at="2026-05-11T08:00:00.000Z")
    assert late(archive) == [first]
    for asked in (Wanted(), Wanted(album=1)):
        ids = numbered(archive.connection, asked, everyone).ids
        assert ids == (first, second, third)


def late(archive: Archive) -> list[int]:
    rows = archive.connection.execute("select photo_id from late_photos")
    return [row[0] for row in rows]


def test_a_late_photo_that_is_hidden_changes_nothing(
    archive: Archive, kim: Viewer, add_photo: Callable[..., int]
) -> None:
    days = [datetime(2026, 5, day, 9, tzinfo=UTC) for day in (1, 2, 3, 4)]
    photos = [add_photo(uploaded_at=f"{day:%Y-%m-%dT%H:%M:%S}.000Z") for day in days]
    for day in days[1:3]:  # at the very beginning and end of the window
        for seconds in (-1, 1):
            moment = day + timedelta(seconds=seconds)
            add_photo(private=1, uploaded_at=f"{moment:%Y-%m-%dT%H:%M:%S}.000Z")
    second = timedelta(seconds=1)
    window = Moments(days[1] - second, days[2] + second)
    found = numbered(archive.connection, Wanted(uploaded=window), kim)
    assert (list(found.ids), found.total) == (photos[1:3], 2)


def test_a_photo_whose_time_of_upload_changes_is_late(
    archive: Archive, everyone: Viewer, add_photo: Callable[..., int]
) -> None:
    first, second = add_photo(), add_photo()
    assert late(archive) == []
    archive.connection.execute(
        "update photos set uploaded_at = '2999-01-01T00:00:00.000Z' where id = ?",
        (first,),
    )
    assert numbered(archive.connection, Wanted(), everyone).ids == (second, first)
    archive.connection.execute("delete from photos where id = ?", (first,))
    assert late(archive) == []


@settings(max_examples=40)
@given(
    st.sampled_from(
        [
            Wanted(),
            Wanted(album=1),
            Wanted(text="img"),
            Wanted(private=False),
            Wanted(uploaders=(1,)),
            Wanted(projection="regular"),
            Wanted(uploaded=Moments(datetime(2020, 1, 1, tzinfo=UTC))),
        ]
    ),
    st.integers(1, 4),
    st.lists(st.integers(1, 6), max_size=3),
)
def test_photos_added_while_somebody_walks_are_neither_missed_nor_repeated(
    growing: tuple[Archive, Any], wanted: Wanted, per_page: int, coming: list[int]
) -> None:
    archive, reading = growing
    who = viewers(archive.connection)["Sam"]
    before = set(numbered(reading, wanted, who, per_page=10**6).ids)
    found: list[int] = []
    for page in itertools.count(1):
        some = numbered(reading, wanted, who, page=page, per_page=per_page)
        found += some.ids
        if len(some.ids) < per_page:
            break
        _add_some(archive, coming.count(page))  # after these pages
    assert found == sorted(set(found))
    assert before <= set(found)
    assert some.total == len(found)


@pytest.fixture(scope="module")
def growing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Archive, Any]]:
    """An archive to which photos are added, and another connection to it."""
    folder = tmp_path_factory.mktemp("growing") / "tower-4"
    create_archive(folder, "Tower 4", "Sam")
    with open_archive(folder) as archive, open_archive(folder) as other:
        sam = owner(archive.connection)
        with batch(archive.connection, sam) as opened:
            add_person(archive.connection, sam, opened, "Ana", level="standard")
        _add_some(archive, 5)
        yield archive, other.connection


def _add_some(archive: Archive, photos: int) -> None:
    rng = random.Random(photos)
    sam = owner(archive.connection)
    with batch(archive.connection, sam, origin="import") as opened:
        for _ in range(photos):
            archive.connection.execute(
                "insert into photos (uuid, filename, uploader_id, assumed_at,"
                " projection, uploaded_at, updated_at) values (?, 'IMG.jpg', 1,"
                " '2026-03-09T08:00:00', 'regular', ?, ?)",
                (f"{rng.random()}{opened.uuid}", opened.at, opened.at),
            )


# An edit of any kind: SQL, for the photo ?1, the record ?2 of its kind and a text ?3
_EDITS = """
    update photos set description = ?3 where id = ?1;
    update photos set private = 1 - private, log_date = null, album_id = 2
        where id = ?1;
    update photos set recycled_at = iif(recycled_at is null, '2026-05-11', null)
        where id = ?1;
    update photos set starred = 1 - starred, uploader_id = ?2 where id = ?1;
    update photos set location_id = ?2 where id = ?1;
    update photos set projection = iif(projection = '360', 'regular', '360')
        where id = ?1;
    update photos set updated_at = '2026-0' || ?2 || '-01T00:00:00.000Z'
        where id = ?1;
    delete from photos where id = ?1;
    insert into photo_trades (photo_id, trade_id) values (?1, ?2)
        on conflict do nothing;
    delete from photo_trades where photo_id = ?1;
    insert into comments (uuid, photo_id, body, created_at)
        values (hex(randomblob(9)), ?1, ?3, '2026-05-11');
    delete from comments where photo_id = ?1;
    update albums set name = ?3 || hex(randomblob(9)), name_key = hex(randomblob(9))
        where id = ?2;
    update people set name = ?3 || hex(randomblob(9)) where id = ?2;
    update trades set name = ?3 || ' ' || hex(randomblob(9)) where id = ?2;
    update locations set name = ?3 || ' ' || hex(randomblob(9)) where id = ?2;
    update locations set parent_id = null where id = ?2;
    insert into photos (uuid, filename, description, uploader_id, assumed_at,
        projection, uploaded_at, updated_at)
        select hex(randomblob(9)), 'I.jpg', ?3, ?2, '2026-03-09T08:00:00', '360',
            max(uploaded_at), max(updated_at) from photos
"""
EDITS = _EDITS.split(";")
SOUGHT = (
    *(Wanted(text=text) for text in ("wall", "slab", "2026")),
    *(Wanted(private=True), Wanted(starred=True), Wanted(projection="360")),
    *(Wanted(projection="unknown"), Wanted(text="wall", bin="with")),
    *(Wanted(private=False), Wanted(trades=(1, 2)), Wanted(text="slab", bin="only")),
    *(Wanted(locations=((1, 5),)), Wanted(locations=((1, 2),), sublocations=True)),
    Wanted(updated=Moments(datetime(2026, 1, 1, tzinfo=UTC))),
    Wanted(
        updated=Moments(
            datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
        )
    ),
    Wanted(text="wall", uploaded=Moments(datetime(2026, 1, 1, tzinfo=UTC))),
    Wanted(text="wall", uploaded=Moments(None, datetime(2026, 1, 1, 1, tzinfo=UTC))),
)


@pytest.fixture(scope="module")
def changing(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Any, Any, dict[str, Viewer]]]:
    """A connection that changes a project, one that reads it, and who asks."""
    folder = tmp_path_factory.mktemp("changing") / "tower-4"
    create_archive(folder, "Tower 4", "Sam")
    with open_archive(folder) as archive, open_archive(folder) as other:
        _fill_far_off(archive.connection)
        _put_in_order(archive.connection)
        yield archive.connection, other.connection, viewers(archive.connection)


@pytest.mark.parametrize("listed", [0, 50_000], ids=["counted", "listed"])
@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(EDITS),
            st.integers(0, PHOTOS - 1),
            st.integers(1, 3),
            st.sampled_from(WORDS),
        ),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from(("Sam", "Ana", "Reader")),
)
def test_after_a_change_all_is_as_if_nothing_were_remembered(
    changing: tuple[Any, Any, dict[str, Viewer]],
    listed: int,
    edits: list[tuple[Any, ...]],
    name: str,
) -> None:
    writing, reading, people = changing
    who = people[name]

    def asked() -> list[Numbered]:
        return [
            numbered(reading, wanted, who, page=page, per_page=30)
            for wanted in SOUGHT
            if wanted.bin == "without" or who.bin
            for page in (1, 2)
        ]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tallies, "MOST_LISTED", listed)
        asked()
        with batch(writing, owner(writing)):
            for edit in edits:
                _edit(writing, *edit)
        if listed:  # nothing is looked for anew, but in blocks that have changed
            patch.setattr(tallies, "_anew", None)
        found = asked()
        patch.undo()
        patch.setattr(tallies, "MOST_LISTED", listed)
        remembered.forget()
        assert found == asked()


def _edit(connection: Any, sql: str, photo: int, record: int, word: str) -> None:
    (number,) = connection.execute(
        "select id from photos order by id limit 1 offset ?", (photo,)
    ).fetchone() or (0,)
    last = max(map(int, re.findall(r"\?(\d)", sql)))
    connection.execute(sql, (number, record, word)[:last])


def test_what_is_seen_amid_a_transaction_is_not_remembered(
    archive: Archive, everyone: Viewer, add_photo: Callable[..., int]
) -> None:
    photo, asked = add_photo(), Wanted(text="wall")
    connection = archive.connection
    for word in ("wall", "slab"):
        connection.execute("begin")
        connection.execute("update photos set description = ?", (word,))
        within = numbered(connection, asked, everyone).ids
        connection.execute("rollback")
        assert within == ((photo,) if word == "wall" else ())
        assert numbered(connection, asked, everyone).ids == ()


@pytest.mark.parametrize("most", [0, 24], ids=["all of them", "some"])
def test_where_too_many_blocks_have_changed_all_are_looked_at(
    changing: tuple[Any, Any, dict[str, Viewer]],
    most: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    writing, reading, people = changing
    monkeypatch.setattr(tallies, "MOST_RENEWED", most)
    word = f"scaffold{most}"
    asked, who = Wanted(text=word), people["Sam"]
    assert numbered(reading, asked, who).total == 0
    looked, anew = [], tallies._anew

    def look(*rest: Any) -> Any:
        looked.append(rest)
        return anew(*rest)

    monkeypatch.setattr(tallies, "_anew", look)
    with batch(writing, owner(writing)):
        _edit(writing, EDITS[0], 5, 1, word)
    assert numbered(reading, asked, who).total == 1
    assert len(looked) == (most == 0)


def test_what_is_remembered_is_bounded(
    archive: Archive,
    everyone: Viewer,
    add_photo: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(6):
        add_photo(starred=1)
    monkeypatch.setattr(remembered, "MOST_NUMBERS", 14)
    for order in EVERY_WAY:  # ways round share what is remembered
        numbered(archive.connection, Wanted(starred=True), everyone, order=order)
    assert len(remembered._answers) == 2
    monkeypatch.setattr(remembered, "MOST_NUMBERS", 11)  # 6 are more than half of it
    remembered.forget()
    found = numbered(archive.connection, Wanted(text="img"), everyone)
    assert len(found.ids) == 6
    assert not remembered._answers
