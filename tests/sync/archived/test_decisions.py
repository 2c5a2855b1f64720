"""Conflicts in an archive: what they show, who decides them, and what comes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from archive import remotes
from archive.batches import batch
from archive.errors import InvalidInput, NotAllowed, NotFound
from archive.history import find_batches
from archive.people import add_person
from archive.undo import undo
from sync.conflicts import Choice, resolve
from sync.planning import plan
from sync.records import Kind
from sync.store import Seen
from tests.sync.archived.conftest import UUID, batches, row
from tests.sync.both_stores import InDatabase
from tests.sync.simulator.archive import PROJECT
from tests.sync.steps import one, photo, pull, see, settled, take_in


@pytest.fixture
def conflicting(archive: InDatabase) -> InDatabase:
    """An archive in which both sides changed a description."""
    see(archive, photo(description="Crane"))
    pull(archive)
    settled(archive)
    archive.edit(UUID, description="Yellow crane")
    see(archive, replace(photo(description="Red crane"), updated=1_780_000_000))
    take_in(archive)
    pull(archive)
    return archive


def test_a_conflict_is_shown_with_both_values_and_who_set_them(
    conflicting: InDatabase,
) -> None:
    (found,) = remotes.list_conflicts(conflicting.connection)
    assert (found.name, found.field, found.why) == (
        *("IMG_9.jpg", "description", "both changed"),
    )
    assert (found.base, found.local.value, found.remote.value) == (
        *("Crane", "Yellow crane", "Red crane"),
    )
    assert found.local.who == "Sam Reyes"
    assert found.local.at == batches(conflicting)[0].at
    assert found.remote.at == "2026-05-28T20:26:40.000Z"
    assert remotes.sync_state(conflicting.connection).conflicts == 1
    assert remotes.find_conflict(conflicting.connection, found.key[:8]) == found


def test_references_are_shown_by_name(archive: InDatabase) -> None:
    for number, name in ((1, "Roof"), (2, "Yard"), (3, "Hall")):
        see(archive, Seen(Kind.ALBUM, number, fields={"name": name, "private": False}))
    see(archive, photo(album=1))
    pull(archive)
    settled(archive)
    archive.edit(UUID, album=PROJECT.uuid_of(Kind.ALBUM, 2))
    see(archive, replace(photo(album=3), updated=60))
    take_in(archive)
    pull(archive)
    (found,) = remotes.list_conflicts(archive.connection)
    assert (found.local.shown, found.remote.shown) == ("Yard", "Hall")
    assert not found.may_be_other


def decide(archive: InDatabase, choice: str, other: str | None = None) -> Any:
    (found,) = remotes.list_conflicts(archive.connection)
    with batch(archive.connection, archive.sam, reason="decide") as opened:
        remotes.decide(
            archive.connection,
            archive.sam,
            opened,
            found.key,
            choice=choice,
            other=other,
        )
    return found


def carry_out(archive: InDatabase) -> None:
    def work(store: Any) -> None:
        for each in store.decided():
            (record,) = store.load([each.uuid])
            (conflict,) = (c for c in plan([record]).conflicts if c.id == each.id)
            new = resolve(record, conflict, each.choice, each.other)
            store.replace(record, new, each)
            store.close(each, "")

    archive.commit(work)


@pytest.mark.parametrize(
    ("choice", "other", "expected"),
    [
        ("local", None, "Yellow crane"),
        ("remote", None, "Red crane"),
        ("other", "Red and yellow crane", "Red and yellow crane"),
    ],
)
def test_a_decision_is_carried_out_in_the_name_of_who_made_it(
    conflicting: InDatabase, choice: str, other: str | None, expected: str
) -> None:
    archive = conflicting
    with batch(archive.connection, archive.sam) as opened:
        lee = add_person(archive.connection, archive.sam, opened, "Lee", level="admin")
    archive.sam, sam = lee, archive.sam
    key = decide(archive, choice, other).key
    assert remotes.list_conflicts(archive.connection)[0].decided_by == "Lee"
    assert remotes.sync_state(archive.connection).conflicts == 0
    carry_out(archive)
    assert remotes.list_conflicts(archive.connection) == []
    assert one(archive, UUID).local.fields["description"] == expected
    assert archive.commit(lambda s: s.decided()) == []
    newest = batches(archive)[0]
    assert newest.actor == "Lee"
    assert newest.reason == ("decide" if choice == "local" else f"decided: {choice}")
    assert row(archive, "select key, failure from sync_conflicts") == (key, "")
    archive.sam = sam


def test_a_decision_can_be_taken_back_before_it_is_carried_out(
    conflicting: InDatabase,
) -> None:
    decide(conflicting, "remote")
    (newest,) = find_batches(conflicting.connection, str(batches(conflicting)[0].id))
    undo(conflicting.connection, conflicting.sam, [newest])
    assert conflicting.commit(lambda s: s.decided()) == []
    assert remotes.list_conflicts(conflicting.connection)[0].decided is None


def test_the_last_decision_holds(conflicting: InDatabase) -> None:
    decide(conflicting, "remote")
    decide(conflicting, "other", "Both")
    (found,) = conflicting.commit(lambda s: s.decided())
    assert (found.choice, found.other) == (Choice.OTHER, "Both")


def test_a_conflict_ends_by_itself_when_both_say_the_same(
    conflicting: InDatabase,
) -> None:
    see(conflicting, replace(photo(description="Yellow crane"), updated=1_790_000_000))
    pull(conflicting)
    assert remotes.list_conflicts(conflicting.connection) == []


def test_a_decision_that_came_too_late_is_closed_with_the_reason(
    conflicting: InDatabase,
) -> None:
    decide(conflicting, "remote")
    (found,) = conflicting.commit(lambda s: s.decided())
    conflicting.commit(lambda s: s.close(found, "this changed since it was shown"))
    pull(conflicting)
    (again,) = remotes.list_conflicts(conflicting.connection)
    assert again.decided is None
    assert row(
        conflicting, "select failure from sync_conflicts where closed_at is not null"
    ) == ("this changed since it was shown",)


@pytest.mark.parametrize(
    ("choice", "other", "error"),
    [
        ("both", None, InvalidInput),
        ("other", None, InvalidInput),
        ("local", "x", InvalidInput),
    ],
)
def test_decisions_that_cannot_be_are_refused(
    conflicting: InDatabase, choice: str, other: str | None, error: type[Exception]
) -> None:
    with pytest.raises(error):
        decide(conflicting, choice, other)


def test_only_admins_decide_and_only_what_is_open(conflicting: InDatabase) -> None:
    connection, sam = conflicting.connection, conflicting.sam
    with batch(connection, sam) as opened:
        lee = add_person(connection, sam, opened, "Lee", level="standard")
        with pytest.raises(NotFound):
            remotes.decide(connection, sam, opened, "0" * 16, choice="local")
    with batch(connection, lee) as opened, pytest.raises(NotAllowed):
        remotes.decide(connection, lee, opened, "0" * 16, choice="local")
