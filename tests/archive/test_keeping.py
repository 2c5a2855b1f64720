"""Copies: which there are, what each holds, and since when that is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.batches import batch
from archive.clock import utc_now
from archive.database import Archive
from archive.editing import recycle_photos
from archive.errors import Conflict, InvalidInput, NotAllowed, NotFound
from archive.keeping import (
    Copy,
    add_copy,
    find_copy,
    forget_copy,
    list_copies,
    note_held,
    note_lost,
)
from archive.keeping.copies import list_events
from archive.keeping.held import holding
from archive.keeping.rule import TooFewCopies, too_few
from archive.people import Person, add_person
from archive.purging import purge_photos
from archive.settings import set_setting
from tests.archive.import_checks import take_in, tree

pytestmark = pytest.mark.usefixtures("one_process")

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)


@pytest.fixture
def filled(archive: Archive, source: Path) -> Archive:
    """An archive with three originals."""
    take_in(archive, source)
    return archive


@pytest.fixture
def stick(filled: Archive, sam: Person) -> Copy:
    return add_copy(filled.connection, sam, "stick-1", "backup", "Stick")


def hashes(archive: Archive) -> list[str]:
    rows = archive.connection.execute("select sha256 from originals order by id")
    return [row[0] for row in rows]


def held(archive: Archive, copy: Copy) -> tuple[object, ...]:
    told = holding(archive.connection, copy)
    return told.originals, told.of, told.oldest, told.newest


def test_a_copy_holds_what_was_read_there_since_the_last_time_it_was(
    filled: Archive, stick: Copy
) -> None:
    first, second, third = hashes(filled)
    connection = filled.connection
    assert held(filled, stick) == (0, 3, None, None)
    assert note_held(connection, stick, [first, second, "ab" * 32], NOW) == 2
    assert note_held(connection, stick, [second], NOW + timedelta(days=1)) == 1
    # what comes late tells of earlier
    assert note_held(connection, stick, [first, second], NOW - timedelta(days=9)) == 2
    day, next_day = "2026-03-09T12:00:00.000Z", "2026-03-10T12:00:00.000Z"
    assert held(filled, stick) == (2, 3, day, next_day)
    assert note_lost(connection, stick, [second, third]) == 1
    assert held(filled, stick) == (1, 3, day, day)


def test_a_copy_is_known_once_and_found_by_name_or_uuid(
    filled: Archive, stick: Copy, sam: Person
) -> None:
    connection = filled.connection
    assert add_copy(connection, sam, "stick-1", "backup", "Other name") == stick
    second = add_copy(connection, sam, "stick-2", "backup", "STICK")
    assert [copy.name for copy in list_copies(connection)] == ["Stick", "STICK 2"]
    assert find_copy(connection, "stick 2") == find_copy(connection, "stick-2")
    assert find_copy(connection, "stick-2") == second
    with pytest.raises(Conflict, match="several"):
        find_copy(connection, "stick-")
    for absent in ("", "NAS"):
        with pytest.raises(NotFound, match="asbuilt copies"):
            find_copy(connection, absent)
    with pytest.raises(InvalidInput, match="no kind"):
        add_copy(connection, sam, "x", "cloud", "Cloud")


def test_what_was_done_with_a_copy_is_told_after_it_is_forgotten(
    filled: Archive, stick: Copy, sam: Person
) -> None:
    connection = filled.connection
    note_held(connection, stick, hashes(filled))
    kim = add_person_as(filled, sam, "Kim", "standard")
    with pytest.raises(NotAllowed):
        forget_copy(connection, kim, stick)
    forget_copy(connection, sam, stick)
    assert list_copies(connection) == []
    assert connection.execute("select * from copy_originals").fetchall() == []
    events = [(event.name, event.what) for event in list_events(connection)]
    assert events == [("Stick", "forgotten"), ("Stick", "added")]


def add_person_as(archive: Archive, who: Person, name: str, level: str) -> Person:
    with batch(archive.connection, who) as made:
        return add_person(archive.connection, who, made, name, level=level)


# What is purged: photos 1 and 2 of three; the stick holds (photo: how many days ago)
RULES = {
    "no copy is known": (None, {}, 0),
    "the copy holds neither": ({}, {}, 2),
    "the copy holds one": ({1: 3}, {}, 1),
    "the copy holds both": ({1: 3, 2: 364}, {}, 0),
    "one was verified too long ago": ({1: 3, 2: 366}, {}, 1),
    "two copies are wanted": ({1: 3, 2: 3}, {"copies_elsewhere": 2}, 2),
    "no copy is wanted": ({}, {"copies_elsewhere": 0}, 0),
    "within a month": ({1: 3, 2: 40}, {"copies_days": 31}, 1),
}


@pytest.mark.parametrize(("there", "settings", "lacking"), RULES.values(), ids=RULES)
def test_the_last_verified_copy_does_not_go(
    filled: Archive,
    sam: Person,
    there: dict[int, int] | None,
    settings: dict[str, int],
    lacking: int,
) -> None:
    connection = filled.connection
    with batch(connection, sam) as made:
        for key, value in settings.items():
            set_setting(connection, sam, key, value)
        recycle_photos(connection, sam, made, [1, 2])
    if there is not None:
        copy = add_copy(connection, sam, "stick-1", "backup", "Stick")
        for number, days in there.items():
            when = utc_now() - timedelta(days=days)
            note_held(connection, copy, [hashes(filled)[number - 1]], when)
    before = tree(filled.originals)
    if lacking:
        with pytest.raises(TooFewCopies, match=rf"^{lacking} of these photos"):
            purge_photos(filled, sam, [1, 2])
        assert tree(filled.originals) == before
    else:
        assert purge_photos(filled, sam, [1, 2]) == 2
        rows = connection.execute("select original_id from copy_originals").fetchall()
        assert rows == []


@pytest.mark.usefixtures("stick")
def test_what_another_photo_shows_does_not_go_and_needs_no_copy(
    filled: Archive, sam: Person
) -> None:
    connection = filled.connection
    with batch(connection, sam) as made:
        connection.execute("update photos set original_id = 1 where id = 2")
        recycle_photos(connection, sam, made, [1, 2])
    assert too_few(connection, [1]) == 0
    assert too_few(connection, [1, 2]) == 1
    assert purge_photos(filled, sam, [1]) == 1
    with pytest.raises(TooFewCopies):
        purge_photos(filled, sam, [2])


@pytest.mark.usefixtures("stick")
def test_by_force_it_goes_and_the_history_says_why(
    filled: Archive, sam: Person
) -> None:
    connection = filled.connection
    with batch(connection, sam) as made:
        recycle_photos(connection, sam, made, [1])
    with pytest.raises(InvalidInput, match="reason"):
        purge_photos(filled, sam, [1], "  ", force=True)
    purge_photos(filled, sam, [1], "shows a child", force=True)
    row = connection.execute(
        "select b.reason, t.reason from batches b, tombstones t order by b.id desc"
    ).fetchone()
    said = "shows a child (forced: 1 without enough verified copies)"
    assert tuple(row) == (said, said)
