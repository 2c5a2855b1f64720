"""The sync's store in an archive's database: history, people, what must not be lost."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from archive import remotes
from archive.batches import batch
from archive.editing import Edit, edit_photos
from archive.errors import Conflict
from archive.people import add_person, find_person
from sync.conflicts import Choice, resolve
from sync.planning import plan
from sync.records import Base, Kind, Life, agreed
from sync.store import Seen
from tests.sync.archived.conftest import UUID, batches, row
from tests.sync.both_stores import InDatabase, load
from tests.sync.simulator.archive import PROJECT
from tests.sync.steps import one, photo, pull, see, settled, take_in

KIM = {"uploader": {"id": 4, "name": "Kim Lee", "login": "kim@example.com"}}


# History


def test_what_is_written_is_history_as_of_the_sync(archive: InDatabase) -> None:
    see(archive, photo(description="Crane"))
    pull(archive)
    newest = batches(archive)[0]
    assert (newest.actor, newest.origin) == ("Sam Reyes", "sync")
    assert newest.reason == "sync: new there"


def test_what_the_sync_only_notes_leaves_no_batch(archive: InDatabase) -> None:
    before = len(batches(archive))
    take_in(archive)
    see(archive, photo())
    archive.commit(lambda s: s.remember("until", 5))
    archive.commit(lambda s: s.rebase(Kind.PHOTO, UUID, Base(Life.ACTIVE)))
    assert len(batches(archive)) == before


def test_many_photos_are_indexed_and_counted_at_once(archive: InDatabase) -> None:
    see(
        archive,
        Seen(Kind.LOCATION, 3, fields={"name": "Floor", "parent": None}),
        Seen(Kind.LOCATION, 4, fields={"name": "Room", "parent": 3}),
        *(Seen(Kind.TRADE, n, fields={"name": f"T{n}"}) for n in (5, 6)),
    )
    for first in (1, 5):  # in two transactions, so that there are counters already
        some = [
            photo(
                n,
                location=4 if n % 2 else None,
                trades=frozenset({5, 6}) if n % 3 else frozenset(),
                coordinates=(51.5, -0.1 * n),
                taken_at=f"2026-01-0{n}T08:00:00" if n % 4 else None,
                description=f"crane {n}",
            )
            for n in range(first, first + 4)
        ]
        see(archive, *some)
        pull(archive)
    for table, sql in COUNTED.items():
        kept = archive.connection.execute(f"select * from {table}").fetchall()
        counted = archive.connection.execute(sql).fetchall()
        assert len(counted) > 5
        assert sorted(kept) == sorted(counted), table
    archive.connection.execute(
        "insert into photos_fts (photos_fts, rank) values ('integrity-check', 1)"
    )
    found = "select count(*) from photos_fts where photos_fts match 'crane t6'"
    assert row(archive, found) == (6,)


def test_a_photo_is_changed_in_the_transaction_that_makes_it(
    archive: InDatabase,
) -> None:
    see(archive, photo(description="crane"))

    def work(store: Any) -> None:
        for words in ("crane", "roof"):
            (record,) = store.load([UUID])
            outcome = plan([record]).outcomes[UUID]
            write = {**outcome.write, "description": words}
            store.write(record, replace(outcome, write=write), "there")

    archive.commit(work)
    found = "select count(*) from photos_fts where photos_fts match ?"
    assert [row(archive, found, word)[0] for word in ("crane", "roof")] == [0, 1]
    archive.connection.execute(
        "insert into photos_fts (photos_fts, rank) values ('integrity-check', 1)"
    )


COUNTED = {
    "facet_counts": """
        select dimension, location_id, value, scope, count(*) from photo_facets
        group by 1, 2, 3, 4
    """,
    "day_counts": """
        select kind, ref, day, dated, scope, count(*), sum(width) from photo_days
        group by 1, 2, 3, 4, 5
    """,
    "map_counts": """
        select level, x, y, scope, count(*), sum(latitude), sum(longitude)
        from photo_cells group by 1, 2, 3, 4
    """,
}


# Whose a photo is


def test_an_uploader_is_found_by_login_or_added_without_any_right(
    archive: InDatabase,
) -> None:
    connection = archive.connection
    with batch(connection, archive.sam) as opened:
        ana = add_person(
            connection, archive.sam, opened, "Ana", login="ana@example.com"
        )
    told = {"id": 2, "name": "Ana Costa", "login": "ANA@example.com"}
    see(
        archive,
        replace(photo(1), extra=KIM),
        replace(photo(2), extra=KIM),
        replace(photo(3), extra={"uploader": told}),
        replace(photo(4), extra={"uploader": "nonsense"}),
    )
    pull(archive)
    rows = connection.execute(
        "select uploader_id from photos order by filename"
    ).fetchall()
    kim = find_person(connection, "kim@example.com")
    assert rows == [(kim.id,), (kim.id,), (ana.id,), (None,)]
    assert (kim.name, kim.level) == ("Kim Lee", "none")


def test_somebody_with_another_login_is_somebody_else(archive: InDatabase) -> None:
    with batch(archive.connection, archive.sam) as opened:
        add_person(
            archive.connection, archive.sam, opened, "Kim Lee", login="k@example.com"
        )
    see(archive, replace(photo(private=True), extra=KIM))
    pull(archive)
    (uploader,) = row(archive, "select uploader_id from photos")
    assert find_person(archive.connection, uploader).login == "kim@example.com"


# Facts


def test_a_place_that_a_person_took_off_stays_off(archive: InDatabase) -> None:
    see(archive, photo())
    pull(archive)
    edit = Edit(position="unknown")
    with batch(archive.connection, archive.sam):
        edit_photos(archive.connection, archive.sam, [archive.photo(UUID)], edit)
    take_in(archive)
    see(archive, replace(photo(coordinates=(51.5, -0.1)), updated=60))
    pull(archive)
    assert row(archive, "select latitude, position_source from photos") == (
        None,
        "person",
    )


@pytest.mark.parametrize("told", ["2026-13-45T99:00:00", "soon"])
def test_a_fact_that_makes_no_sense_is_left_out_and_asked_for_once(
    archive: InDatabase, told: str
) -> None:
    see(archive, photo(taken_at=told))
    pull(archive)
    assert row(archive, "select taken_at, taken_source from photos") == (None, None)
    assert "change here" not in pull(archive)


def test_numbers_that_json_does_not_have_are_let_go(archive: InDatabase) -> None:
    deep: Any = "bottom"
    for _ in range(2_000):
        deep = [deep]
    odd = {"a": float("nan"), "b": [float("inf"), 1.5], "deep": deep, "c": "\ud800"}
    assert see(archive, replace(photo(), extra=odd)) == [True]
    found = archive.commit(lambda s: s.seen(Kind.PHOTO, 9)).extra
    assert (found["a"], found["b"]) == (None, [None, 1.5])


# What is over


def test_a_purged_photo_is_made_anew_only_when_somebody_wants_it(
    archive: InDatabase,
) -> None:
    see(archive, photo(description="Crane"))
    pull(archive)
    settled(archive)
    archive.recycle(UUID)
    archive.purge(UUID)
    take_in(archive)
    see(archive, replace(photo(description="Crane, again"), updated=60))
    record = one(archive, UUID)
    assert record.local.life is Life.PURGED
    (conflict,) = plan([record]).conflicts

    def wanted(store: Any) -> None:
        new = resolve(record, conflict, Choice.REMOTE)
        store.replace(record, new, decided("remote", conflict))

    archive.commit(wanted)
    assert one(archive, UUID).local.life is Life.ABSENT
    pull(archive)
    found = one(archive, UUID)
    assert found.local.life is Life.ACTIVE
    assert found.local.fields["description"] == "Crane, again"


def decided(choice: str, conflict: Any, other: Any = None) -> Any:
    from sync.store import Decided

    return Decided(conflict.id, conflict.kind, conflict.uuid, Choice(choice), other)


def test_what_lies_in_the_bin_lets_go_of_a_location(archive: InDatabase) -> None:
    floor = Seen(Kind.LOCATION, 3, fields={"name": "Floor", "parent": None})
    room = Seen(Kind.LOCATION, 4, fields={"name": "Room", "parent": 3})
    see(archive, floor, room, photo(location=4))
    pull(archive)
    settled(archive)
    see(archive, replace(photo(location=4), life=Life.RECYCLED, updated=60))
    pull(archive)
    see(archive, replace(room, life=Life.PURGED))
    pull(archive)
    assert one(archive, PROJECT.uuid_of(Kind.LOCATION, 4)).local.life is Life.PURGED
    found = one(archive, UUID).local.fields
    assert found["location"] == PROJECT.uuid_of(Kind.LOCATION, 3)


# The link


LINK = {"url": "https://x", "company": 1, "project": 2, "client_id": "c"}


def test_a_link_is_history_and_no_other_project_comes_in_its_place(
    archive: InDatabase,
) -> None:
    connection, sam = archive.connection, archive.sam
    assert remotes.link_of(connection) is None
    with batch(connection, sam):
        remotes.set_link(connection, sam, LINK)
    see(archive, photo())
    with batch(connection, sam):
        remotes.set_link(connection, sam, {**LINK, "url": "https://y"})
        with pytest.raises(Conflict, match="another project"):
            remotes.set_link(connection, sam, {**LINK, "project": 3})
    assert remotes.link_of(connection) == {**LINK, "url": "https://y"}
    with batch(connection, sam):
        remotes.unlink(connection, sam)
    assert remotes.link_of(connection) is None
    assert remotes.remote_id_of(connection, UUID) is None
    with batch(connection, sam):
        remotes.set_link(connection, sam, {**LINK, "project": 3})


def test_runs_are_kept_with_what_they_said(archive: InDatabase) -> None:
    connection = archive.connection
    first = remotes.begin_run(connection)
    remotes.tell_run(connection, first, "photos here", 7, 9)
    (running,) = remotes.list_runs(connection)
    assert (running.finished_at, running.stage, running.done, running.total) == (
        *(None, "photos here", 7, 9),
    )
    remotes.end_run(connection, first, "complete", {"done": {"make here photo": 7}})
    last = remotes.sync_state(connection).last
    assert last is not None
    assert (last.outcome, last.report) == (
        *("complete", {"done": {"make here photo": 7}}),
    )
    remotes.begin_run(connection)
    third = remotes.begin_run(connection)
    newest, killed, complete = remotes.list_runs(connection)
    assert (newest.uuid, newest.finished_at) == (third, None)
    assert (killed.outcome, killed.report) == (
        *("failed", {"stopped": "it was cut off"}),
    )
    assert killed.finished_at == killed.heard_at
    assert complete == last


def test_what_was_agreed_survives_its_form(archive: InDatabase) -> None:
    fields = {
        "description": 'a "b"\n\x00\u2028',
        "trades": frozenset({"x", "y"}),
        "coordinates": (51.123456789, -0.1),
        "album": None,
        "private": False,
    }
    base = Base(Life.HIDDEN, agreed(fields))
    archive.commit(lambda s: s.rebase(Kind.PHOTO, UUID, base))
    assert load(archive, UUID)[0].base == base
    kept = row(archive, "select base from sync_records")[0]
    assert json.loads(kept)["ours"]["trades"] == ["x", "y"]
