"""History: every change is recorded, sealed and can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from archive import albums, editing, locations, trades
from archive.batches import batch
from archive.checking import check_history
from archive.database import Archive
from archive.editing import Edit, edit_photos
from archive.entities import ENTITIES, FILES
from archive.errors import NotFound
from archive.history import (
    changes_of_batch,
    changes_of_photo,
    find_batches,
    list_batches,
)
from archive.people import Person
from archive.sqlite import sqlite3
from archive.undo import undo

AddPhoto = Callable[..., int]


def faults(archive: Archive) -> list[str]:
    return [fault.text for fault in check_history(archive.connection)]


def edit(archive: Archive, who: Person, ids: list[int], change: Edit) -> int:
    with batch(archive.connection, who) as opened:
        edit_photos(archive.connection, who, ids, change)
    return opened.id


def field(archive: Archive, photo: int, name: str) -> object:
    return archive.connection.execute(
        f"select {name} from photos where id = ?", (photo,)
    ).fetchone()[0]


def test_a_new_archive_has_a_whole_history(archive: Archive) -> None:
    assert faults(archive) == []
    assert list_batches(archive.connection)[0].reason == "new archive"


def test_every_field_that_has_a_history_is_watched_by_a_trigger(
    archive: Archive,
) -> None:
    for entity in set(ENTITIES) - set(FILES):
        kind = ENTITIES[entity]
        columns = {
            row[1]
            for row in archive.connection.execute(f"pragma table_info({kind.table})")
        }
        unwatched = {"id", "updated_at", "key", "verified_at", kind.made}
        assert columns - set(kind.fields) <= unwatched, entity


def test_an_edit_records_old_and_new_of_what_changed_only(
    archive: Archive, sam: Person, add_photo: AddPhoto
) -> None:
    photo = add_photo()
    number = edit(archive, sam, [photo], Edit(description="Slab", starred=False))
    found = list(changes_of_batch(archive.connection, number))
    assert [(c.field, c.old, c.new) for c in found] == [("description", "", "Slab")]


def test_a_batch_that_changes_nothing_leaves_no_trace(
    archive: Archive, sam: Person, add_photo: AddPhoto
) -> None:
    photo = add_photo()
    before = len(list_batches(archive.connection))
    edit(archive, sam, [photo], Edit(starred=False))
    assert len(list_batches(archive.connection)) == before
    edit(archive, sam, [photo], Edit(starred=True))
    assert faults(archive) == []


def test_an_error_inside_a_batch_rolls_all_of_it_back(
    archive: Archive, sam: Person, add_photo: AddPhoto
) -> None:
    photo = add_photo()
    with pytest.raises(NotFound), batch(archive.connection, sam):
        edit_photos(archive.connection, sam, [photo], Edit(description="half"))
        edit_photos(archive.connection, sam, [photo + 999], Edit(description="x"))
    assert field(archive, photo, "description") == ""
    assert not archive.connection.in_transaction
    assert faults(archive) == []


def test_raw_sql_shows_up_as_such(
    archive: Archive, sam: Person, add_photo: AddPhoto
) -> None:
    photo = add_photo()
    archive.connection.execute("update photos set description = 'by hand'")
    assert "other means" in faults(archive)[0]
    edit(archive, sam, [photo], Edit(starred=True))
    assert faults(archive) == []
    raw = [b for b in list_batches(archive.connection) if b.origin == "sql"]
    assert [b.actor for b in raw] == ["unknown"]


@pytest.mark.parametrize(
    "tampering",
    [
        "update changes set new = 'x' where field = 'description'",
        "delete from changes where field = 'description'",
        "update batches set reason = 'x' where id = 3",
        "update batches set at = '2020-01-01T00:00:00.000Z' where id = 2",
        "delete from batches where id = 3",
        "update photos set description = 'x'",
        "update photos set taken_at = '2020-01-01T00:00:00'",
        "insert into photo_trades values (1, 1)",
        "delete from photos",
    ],
)
def test_tampering_behind_the_triggers_is_found(
    archive: Archive, sam: Person, add_photo: AddPhoto, tampering: str
) -> None:
    photo = add_photo()
    edit(archive, sam, [photo], Edit(description="as built"))
    with batch(archive.connection, sam) as opened:
        trades.add_trade(archive.connection, sam, opened, "Concrete")
    assert faults(archive) == []
    connection = archive.connection
    connection.execute("pragma foreign_keys = off")
    for (name,) in connection.execute(
        "select name from sqlite_master where type = 'trigger'"
    ).fetchall():
        connection.execute(f"drop trigger {name}")
    connection.execute(tampering)
    assert faults(archive) != []


def test_history_cannot_be_changed_by_plain_sql(
    archive: Archive, add_photo: AddPhoto
) -> None:
    add_photo()
    for statement in (
        "update changes set new = 'x'",
        "delete from changes",
        "update batches set actor_name = 'x'",
        "delete from batches",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="sealed"):
            archive.connection.execute(statement)


def test_undo_puts_the_old_values_back_and_can_itself_be_undone(
    archive: Archive, sam: Person, add_photo: AddPhoto
) -> None:
    connection = archive.connection
    ids = [add_photo(description=f"photo {n}") for n in range(5)]
    number = edit(archive, sam, ids, Edit(description="all the same", starred=True))
    report = undo(connection, sam, find_batches(connection, str(number)))
    assert (report.undone, report.kept) == (10, [])
    assert [field(archive, i, "description") for i in ids] == [
        f"photo {n}" for n in range(5)
    ]
    undo(connection, sam, find_batches(connection, str(report.batches[0])))
    assert {field(archive, i, "description") for i in ids} == {"all the same"}
    assert faults(archive) == []


def test_undo_leaves_and_names_what_changed_since(
    archive: Archive, sam: Person, add_photo: AddPhoto
) -> None:
    one, two = add_photo(), add_photo()
    number = edit(archive, sam, [one, two], Edit(description="first"))
    edit(archive, sam, [two], Edit(description="second"))
    report = undo(
        archive.connection, sam, find_batches(archive.connection, str(number))
    )
    assert field(archive, one, "description") == ""
    assert field(archive, two, "description") == "second"
    assert [(k.record_id, k.field) for k in report.kept] == [(two, "description")]


def test_undo_of_a_bulk_edit_of_ten_thousand(archive: Archive, sam: Person) -> None:
    connection = archive.connection
    with batch(connection, sam, origin="import") as opened:
        connection.executemany(
            """
            insert into photos (uuid, filename, assumed_at, uploaded_at, updated_at)
            values (?, 'IMG.jpg', '2026-03-09T08:00:00', ?2, ?2)
            """,
            [(f"u{n}", opened.at) for n in range(10_000)],
        )
    ids = [row[0] for row in connection.execute("select id from photos")]
    with batch(connection, sam) as opened:
        album = albums.add_album(connection, sam, opened, "Progress")
    number = edit(archive, sam, ids, Edit(album=album, description="bulk"))
    report = undo(connection, sam, find_batches(connection, str(number)))
    assert (report.undone, report.kept) == (20_000, [])
    rows = connection.execute("select distinct album_id, description from photos")
    assert rows.fetchall() == [(1, "")]


def test_undo_of_a_recycle_and_of_an_import(
    archive: Archive, sam: Person, add_photo: AddPhoto
) -> None:
    connection = archive.connection
    photo = add_photo()
    imported = list_batches(connection)[0].id
    with batch(connection, sam) as opened:
        editing.recycle_photos(connection, sam, opened, [photo])
    undo(connection, sam, find_batches(connection, str(opened.id)))
    assert field(archive, photo, "recycled_at") is None
    undo(connection, sam, find_batches(connection, str(imported)))
    assert field(archive, photo, "recycled_at") is not None
    assert faults(archive) == []


def test_undo_of_a_deleted_album_brings_album_and_photos_back(
    archive: Archive, sam: Person, add_photo: AddPhoto
) -> None:
    connection = archive.connection
    with batch(connection, sam) as opened:
        album = albums.add_album(connection, sam, opened, "Progress")
    photo = add_photo(album_id=album.id)
    with batch(connection, sam) as opened:
        assert albums.delete_album(connection, sam, opened, album) == 1
    assert field(archive, photo, "album_id") == 1
    report = undo(connection, sam, find_batches(connection, str(opened.id)))
    assert report.kept == []
    back = albums.find_album(connection, "Progress")
    assert replace(back, updated_at=album.updated_at) == album
    assert field(archive, photo, "album_id") == album.id
    assert field(archive, photo, "recycled_at") is None
    assert faults(archive) == []


def test_undo_of_a_private_album_and_back(
    archive: Archive, sam: Person, add_photo: AddPhoto
) -> None:
    connection = archive.connection
    with batch(connection, sam) as opened:
        album = albums.add_album(connection, sam, opened, "Claims")
    photo = add_photo(album_id=album.id)
    with batch(connection, sam) as opened:
        albums.set_album_private(connection, sam, album, private=True)
    assert field(archive, photo, "private") == 1
    report = undo(connection, sam, find_batches(connection, str(opened.id)))
    assert (field(archive, photo, "private"), report.kept) == (0, [])
    undo(connection, sam, find_batches(connection, str(report.batches[0])))
    assert field(archive, photo, "private") == 1
    assert faults(archive) == []


def test_undo_of_a_used_location_is_refused_by_name(
    archive: Archive, sam: Person, add_photo: AddPhoto
) -> None:
    connection = archive.connection
    with batch(connection, sam) as opened:
        place = locations.find_or_add_location(connection, sam, opened, "Tower>Level 3")
    add_photo(location_id=place.id)
    report = undo(connection, sam, find_batches(connection, str(opened.id)))
    assert {k.record_id for k in report.kept} == {place.id, place.parent_id}
    assert faults(archive) == []


def test_undo_of_trades(archive: Archive, sam: Person, add_photo: AddPhoto) -> None:
    connection = archive.connection
    with batch(connection, sam) as opened:
        steel = trades.add_trade(connection, sam, opened, "Steel")
        paint = trades.add_trade(connection, sam, opened, "Paint")
    photo = add_photo()
    edit(archive, sam, [photo], Edit(trades=(steel.id,)))
    number = edit(archive, sam, [photo], Edit(trades=(paint.id,)))
    undo(connection, sam, find_batches(connection, str(number)))
    rows = connection.execute("select trade_id from photo_trades").fetchall()
    assert rows == [(steel.id,)]
    assert faults(archive) == []


def test_history_of_a_photo_names_what_its_numbers_mean(
    archive: Archive, sam: Person, add_photo: AddPhoto
) -> None:
    connection = archive.connection
    photo = add_photo()
    with batch(connection, sam, reason="tidying up") as opened:
        album = albums.add_album(connection, sam, opened, "Progress")
        edit_photos(connection, sam, [photo], Edit(album=album))
    record, change = changes_of_photo(connection, photo)[-1]
    assert record is not None
    assert (record.actor, record.reason) == ("Sam Reyes", "tidying up")
    assert (change.shown_old, change.shown_new) == ("Unclassified", "Progress")


def test_what_is_left_of_a_batch_that_was_removed_can_be_read(
    archive: Archive, sam: Person, add_photo: AddPhoto
) -> None:
    connection = archive.connection
    photo = add_photo()
    number = edit(archive, sam, [photo], Edit(starred=True))
    connection.execute("pragma foreign_keys = off")
    connection.execute("drop trigger batches_stay")
    connection.execute("delete from batches where id = ?", (number,))
    record, change = changes_of_photo(connection, photo)[-1]
    assert (record, change.field) == (None, "starred")
    assert any("missing" in fault for fault in faults(archive))
