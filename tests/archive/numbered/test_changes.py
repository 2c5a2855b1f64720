"""What others change meanwhile, and what is remembered of it."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.batches import batch
from archive.database import Archive, create_archive, open_archive
from archive.people import add_person, owner
from archive.rights import Viewer
from archive.search import remembered, tallies
from archive.search.numbered import Moments, Numbered, Wanted, numbered
from tests.archive.numbered.far_off import EVERY_WAY, PHOTOS, fill_far_off, put_in_order
from tests.archive.search_project import WORDS, viewers


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
        fill_far_off(archive.connection)
        put_in_order(archive.connection)
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
