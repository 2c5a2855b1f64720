"""Records: their three versions, and what is made of them here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from archive.errors import ArchiveError
from sync.planning import plan
from sync.records import Agreed, Base, Kind, Life, agreed
from sync.store import Seen
from tests.sync.both_stores import Both
from tests.sync.simulator.archive import PROJECT
from tests.sync.steps import (
    CONTAINERS,
    one,
    pending,
    photo,
    pull,
    see,
    settled,
    take_in,
    write_plan,
)

# Records


def test_a_record_has_its_three_versions(archive: Both) -> None:
    trade = archive.add(Kind.TRADE, name="Paint")
    uuid = archive.add(Kind.PHOTO, description="Ours", trades=frozenset({trade}))
    base = Base(
        Life.ACTIVE,
        {"description": Agreed("a ", "a"), **agreed({"trades": frozenset({trade})})},
    )

    def work(store: Any) -> None:
        store.see(trade, Seen(Kind.TRADE, 3, fields={"name": "Paint"}))
        told = {"description": "Theirs", "album": 8, "trades": frozenset({3, 4})}
        store.see(uuid, Seen(Kind.PHOTO, 9, fields=told, updated=5))
        store.rebase(Kind.PHOTO, uuid, base)

    archive.commit(work)
    found = one(archive, uuid)
    assert found.base == base
    assert found.remote_id == 9
    assert found.local.life is Life.ACTIVE
    assert found.local.fields["description"] == "Ours"
    assert found.local.fields["trades"] == {trade}
    assert found.local.fields["album"] is None
    assert found.remote.fields == {
        "description": "Theirs",
        "album": PROJECT.uuid_of(Kind.ALBUM, 8),
        "trades": {trade, PROJECT.uuid_of(Kind.TRADE, 4)},
    }
    assert (found.bytes_here, found.thumbnail_here) == (False, False)


def test_a_purged_photo_and_a_deleted_album_are_over(archive: Both) -> None:
    see(archive, photo(), Seen(Kind.ALBUM, 5, fields={"name": "A", "private": False}))
    pull(archive)
    settled(archive)
    uuid, album = PROJECT.uuid_of(Kind.PHOTO, 9), PROJECT.uuid_of(Kind.ALBUM, 5)
    archive.recycle(uuid)
    assert one(archive, uuid).local.life is Life.RECYCLED
    archive.purge(uuid)
    archive.delete(album)
    assert one(archive, uuid).local.life is Life.PURGED
    assert one(archive, album).local.life is Life.PURGED
    assert take_in(archive) == 2


def test_what_was_seen_there_is_made_here_and_then_nothing_is_to_be_done(
    archive: Both,
) -> None:
    see(
        archive,
        Seen(Kind.LOCATION, 6, fields={"name": "Floor", "parent": None}),
        Seen(Kind.LOCATION, 7, fields={"name": "Room", "parent": 6}),
        Seen(Kind.ALBUM, 8, fields={"name": "Roof", "private": True, "cover": 9}),
        Seen(Kind.TRADE, 5, fields={"name": "Paint", "active": False}),
        photo(
            album=8,
            location=7,
            trades=frozenset({5}),
            private=True,
            description="Crane",
            taken_at="2026-01-02T03:04:05.678+02:00",
            coordinates=(51.5, -0.1),
            projection="360",
            starred=True,
        ),
    )
    assert pull(archive).count("make here") == 5
    uuid = PROJECT.uuid_of(Kind.PHOTO, 9)
    found = one(archive, uuid)
    assert dict(found.local.fields) == {
        **found.remote.fields,
        "log_date": None,
    }
    assert found.local.fields["album"] == PROJECT.uuid_of(Kind.ALBUM, 8)
    assert pull(archive).count("change here") == 1, "the cover, now that it is here"
    assert one(archive, PROJECT.uuid_of(Kind.ALBUM, 8)).local.fields["cover"] == uuid
    assert set(pull(archive)) <= {"fetch thumbnail", "fetch original"}
    assert archive.commit(lambda s: s.missing("original", 0, 9))[0][1:] == (uuid, 9)
    assert archive.commit(lambda s: s.missing("thumbnail", 0, 9))[0][1:] == (uuid, 9)


def test_a_photo_goes_to_the_bin_and_comes_back(archive: Both) -> None:
    see(archive, photo(description="a"))
    pull(archive)
    uuid = PROJECT.uuid_of(Kind.PHOTO, 9)
    see(archive, replace(photo(description="b"), life=Life.RECYCLED, updated=51))
    assert pull(archive) == ["recycle here"]
    found = one(archive, uuid)
    assert found.local.life is Life.RECYCLED
    assert found.local.fields["description"] == "b"
    assert found.base is not None
    assert found.base.life is Life.RECYCLED
    assert archive.commit(lambda s: s.missing("original", 0, 9)) == []
    see(archive, replace(photo(description="c"), updated=52))
    assert "retrieve here" in pull(archive)
    found = one(archive, uuid)
    assert found.local.life is Life.ACTIVE
    assert found.local.fields["description"] == "c"


def test_what_the_archive_does_not_take_is_not_written_at_all(archive: Both) -> None:
    archive.add(Kind.ALBUM, name="Roof")
    see(archive, Seen(Kind.ALBUM, 8, fields={"name": "Yard", "private": False}))
    uuid = PROJECT.uuid_of(Kind.ALBUM, 8)

    def work(store: Any) -> None:
        (record,) = store.load([uuid])
        outcome = plan([record]).outcomes[uuid]
        outcome = replace(outcome, write={**outcome.write, "name": "ROOF"})
        with pytest.raises(ArchiveError):
            store.write(record, outcome, "new there")

    archive.commit(work)
    found = one(archive, uuid)
    assert found.local.life is Life.ABSENT
    assert found.base is None


def test_a_write_that_fails_half_way_leaves_nothing(archive: Both) -> None:
    see(archive, photo())
    uuid = PROJECT.uuid_of(Kind.PHOTO, 9)

    def work(store: Any) -> None:
        (record,) = store.load([uuid])
        outcome = plan([record]).outcomes[uuid]
        write = {**outcome.write, "trades": frozenset({"no-such-trade"})}
        with pytest.raises(ArchiveError):
            store.write(record, replace(outcome, write=write), "new there")

    archive.commit(work)
    assert one(archive, uuid).local.life is Life.ABSENT


def test_an_album_is_never_deleted_with_what_is_in_it(archive: Both) -> None:
    album = Seen(Kind.ALBUM, 8, fields={"name": "Yard", "private": False})
    see(archive, album, photo(album=8))
    pull(archive)
    uuid = PROJECT.uuid_of(Kind.ALBUM, 8)

    def work(store: Any) -> None:
        (record,) = store.load([uuid])
        outcome = plan([record]).outcomes[uuid]
        with pytest.raises(ArchiveError):
            store.write(record, replace(outcome, life=Life.PURGED), "purged there")

    archive.commit(work)
    assert one(archive, uuid).local.life is Life.ACTIVE


def test_an_album_in_which_a_photo_stays_is_not_deleted(archive: Both) -> None:
    see(
        archive,
        Seen(Kind.ALBUM, 8, fields={"name": "Yard", "private": False}),
        photo(album=8),
    )
    pull(archive)
    settled(archive)
    album = PROJECT.uuid_of(Kind.ALBUM, 8)
    purged = Seen(Kind.ALBUM, 8, Life.PURGED, {"name": "Yard", "private": False})
    see(archive, purged)
    made = write_plan(archive, CONTAINERS)
    assert [str(c.why) for c in made.conflicts] == ["edited here, purged there"]
    see(archive, replace(photo(album=8), life=Life.RECYCLED, updated=51))
    write_plan(archive, [Kind.PHOTO])
    write_plan(archive, CONTAINERS)
    assert one(archive, album).local.life is Life.PURGED
    assert one(archive, PROJECT.uuid_of(Kind.PHOTO, 9)).local.fields["album"] is None


def test_an_album_that_becomes_private_takes_its_photos_along(archive: Both) -> None:
    album = Seen(Kind.ALBUM, 8, fields={"name": "Yard", "private": False}, updated=1)
    see(archive, album, photo(album=8, log_date="2026-05-01"))
    pull(archive)
    settled(archive)
    fields = {"name": "Yard", "private": True}
    see(archive, replace(album, fields=fields, updated=2))
    write_plan(archive, CONTAINERS)
    uuid = PROJECT.uuid_of(Kind.PHOTO, 9)
    found = one(archive, uuid)
    assert found.local.fields["private"] is True
    assert found.local.fields["log_date"] is None
    assert uuid in pending(archive), "nobody told the remote"
