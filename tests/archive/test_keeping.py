"""Copies: which there are, what each holds, and since when that is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.database import Archive
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
from archive.people import Person, add_person
from tests.archive.import_checks import take_in

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
    from archive.batches import batch

    with batch(archive.connection, who) as made:
        return add_person(archive.connection, who, made, name, level=level)
