"""The contract of ``sync.store.Store``, which every archive keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive.errors import ArchiveError
from sync.answers import Sent
from sync.operations import HERE, Act
from sync.planning import Plan, plan
from sync.records import Agreed, Base, Kind, Life, Record, agreed
from sync.store import LONGEST_ASIDE, Intent, Phase, Seen, Trouble
from tests.sync.both_stores import Both, InDatabase, InMemory, load
from tests.sync.simulator.archive import PROJECT

MAKERS: dict[str, Callable[[Path], Both]] = {
    "memory": lambda _: InMemory(),
    "database": InDatabase,
}
EVERY = list(Kind)
CONTAINERS = [Kind.TRADE, Kind.LOCATION, Kind.ALBUM]


@pytest.fixture(params=MAKERS)
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Both:
    return MAKERS[request.param](tmp_path)


def pending(archive: Both, kinds: Any = EVERY, after: int = 0) -> list[str]:
    rows = archive.commit(lambda store: store.pending(kinds, after, 100))
    return [uuid for _, uuid in rows]


def take_in(archive: Both) -> int:
    found: int = archive.commit(lambda store: store.take_in())
    return found


def rest_all(archive: Both) -> None:
    def work(store: Any) -> None:
        store.rest([uuid for _, uuid in store.pending(EVERY, 0, 1_000)])

    archive.commit(work)


def settled(archive: Both) -> None:
    take_in(archive)
    rest_all(archive)


def see(archive: Both, *every: Seen) -> list[bool]:
    """Show records to the store, as those that they are linked with, or new ones."""

    def work(store: Any) -> list[bool]:
        return [
            store.see(
                store.uuid_of(one.kind, one.remote_id)
                or PROJECT.uuid_of(one.kind, one.remote_id),
                one,
            )
            for one in every
        ]

    return archive.commit(work)


def photo(number: int = 9, **fields: Any) -> Seen:
    known = {
        "description": "",
        "album": None,
        "location": None,
        "trades": frozenset(),
        "private": False,
        "starred": False,
        "filename": f"IMG_{number}.jpg",
        "uploaded_at": "2026-03-09T08:00:00.000Z",
        "bytes": 1000 + number,
    }
    return Seen(Kind.PHOTO, number, fields=known | fields, created=number, updated=50)


def write_plan(archive: Both, kinds: Any) -> Plan:
    """Write here what is pending, as an engine does."""

    def work(store: Any) -> Plan:
        records = {
            one.uuid: one
            for one in store.load([u for _, u in store.pending(kinds, 0, 100)])
        }
        made = plan(records.values(), near=store.near(), others=store.others())
        for one in made.operations:
            if one.act in HERE:
                store.write(records[one.uuid], made.outcomes[one.uuid], one.why)
        store.show(list(records), made.conflicts)
        return made

    return archive.commit(work)


def pull(archive: Both) -> list[str]:
    """Write here what was seen there; returns the acts."""
    made = [write_plan(archive, CONTAINERS), write_plan(archive, [Kind.PHOTO])]
    return [str(one.act) for each in made for one in each.operations]


def one(archive: Both, uuid: str) -> Record:
    (record,) = load(archive, uuid)
    return record


# What is remembered, and that a commit is whole


def test_what_is_remembered_is_there_until_it_is_forgotten(archive: Both) -> None:
    archive.commit(lambda store: store.remember("until", {"at": [1, 2.5, "ä"]}))
    assert archive.commit(lambda store: store.recall("until")) == {"at": [1, 2.5, "ä"]}
    archive.commit(lambda store: store.remember("until", None))
    assert archive.commit(lambda store: store.recall("until")) is None


def test_a_commit_that_fails_leaves_nothing(archive: Both) -> None:
    def work(store: Any) -> None:
        store.remember("until", 1)
        store.see(PROJECT.uuid_of(Kind.PHOTO, 9), photo())
        raise ArchiveError("no")

    with pytest.raises(ArchiveError, match="no"):
        archive.commit(work)
    assert archive.commit(lambda store: store.recall("until")) is None
    assert archive.commit(lambda store: store.seen(Kind.PHOTO, 9)) is None
    assert pending(archive) == []


# What is to be done


def test_everything_is_pending_at_first_and_then_what_was_changed(
    archive: Both,
) -> None:
    album = archive.add(Kind.ALBUM, name="Roof")
    first, second = (archive.add(Kind.PHOTO, description=text) for text in "ab")
    assert take_in(archive) == 3
    assert set(pending(archive)) == {album, first, second}
    rest_all(archive)
    assert take_in(archive) == 0
    assert pending(archive) == []
    archive.edit(second, description="c")
    archive.edit(album, name="Yard")
    assert take_in(archive) == 2
    assert set(pending(archive)) == {album, second}


@pytest.mark.parametrize("act", ["recycle", "trades", "album", "delete"])
def test_each_act_of_people_is_found(archive: Both, act: str) -> None:
    uuid = archive.add(Kind.PHOTO)
    album = archive.add(Kind.ALBUM, name="Roof")
    trade = archive.add(Kind.TRADE, name="Paint")
    see(archive, replace(photo(), remote_id=9))
    settled(archive)
    if act == "recycle":
        archive.recycle(uuid)
    elif act == "trades":
        archive.edit(uuid, trades=frozenset({trade}))
    elif act == "album":
        archive.edit(uuid, album=album)
    else:
        archive.delete(album)
        uuid = album
    take_in(archive)
    assert pending(archive) == [uuid]


def test_what_is_not_exchanged_touches_a_record_until_the_next_agreement(
    archive: Both,
) -> None:
    uuid = archive.add(Kind.PHOTO)
    settled(archive)
    archive.commit(lambda s: s.rebase(Kind.PHOTO, uuid, Base(Life.ACTIVE)))
    archive.touch(uuid)
    assert take_in(archive) == 0
    assert pending(archive) == []
    assert one(archive, uuid).local.touched
    archive.commit(lambda s: s.rebase(Kind.PHOTO, uuid, Base(Life.ACTIVE)))
    assert one(archive, uuid).local.touched, "the same base has not seen it either"
    base = Base(Life.ACTIVE, agreed({"description": ""}))
    archive.commit(lambda s: s.rebase(Kind.PHOTO, uuid, base))
    assert not one(archive, uuid).local.touched


def test_what_the_sync_wrote_is_no_change(archive: Both) -> None:
    settled(archive)
    see(archive, photo(description="Crane"))
    pull(archive)
    rest_all(archive)
    assert take_in(archive) == 0
    assert pending(archive) == []


def test_pending_records_come_in_a_fixed_order_and_page_by_page(archive: Both) -> None:
    photos = [archive.add(Kind.PHOTO) for _ in range(5)]
    archive.add(Kind.TRADE, name="Paint")
    take_in(archive)
    found, after = [], 0
    for _ in range(3):
        rows = archive.commit(lambda s, at=after: s.pending([Kind.PHOTO], at, 2))
        found += [uuid for _, uuid in rows]
        after = rows[-1][0]
    assert sorted(found) == sorted(photos)
    assert archive.commit(lambda s: s.pending([Kind.PHOTO], after, 2)) == []
    everything = archive.commit(lambda s: s.pending(EVERY, 0, 100))
    assert [place for place, _ in everything] == sorted(p for p, _ in everything)
    assert len(everything) == 6


def test_photos_that_are_new_on_one_side_can_be_left_out(archive: Both) -> None:
    here, both = archive.add(Kind.PHOTO), archive.add(Kind.PHOTO)
    album = archive.add(Kind.ALBUM, name="Roof")
    settled(archive)
    archive.edit(here, description="new here")

    def work(store: Any) -> None:
        store.see(both, photo(3))
        store.see(PROJECT.uuid_of(Kind.PHOTO, 4), photo(4))

    archive.commit(work)
    archive.edit(album, name="Flat roof")
    take_in(archive)
    rows = archive.commit(lambda s: s.pending(EVERY, 0, 100, met=True))
    assert {uuid for _, uuid in rows} == {both, album}
    assert len(pending(archive)) == 4


def test_links_are_looked_up_together(archive: Both) -> None:
    see(archive, photo(3), photo(4))
    found = archive.commit(lambda s: s.uuids_of(Kind.PHOTO, [3, 4, 5]))
    assert found == {n: PROJECT.uuid_of(Kind.PHOTO, n) for n in (3, 4)}
    assert archive.commit(lambda s: s.uuids_of(Kind.ALBUM, [3])) == {}


def test_what_is_under_way_or_set_aside_is_left_out_until_it_is_due(
    archive: Both,
) -> None:
    first, second, third = (archive.add(Kind.PHOTO) for _ in range(3))
    take_in(archive)
    intent = Intent(Kind.PHOTO, first, Act.CREATE_THERE)
    trouble = Trouble(Kind.PHOTO, second, "create there", "too large", 413, next_at=500)
    archive.commit(lambda s: s.keep_intent(intent))
    archive.commit(lambda s: s.set_aside(trouble))
    assert pending(archive) == [third]
    archive.commit(lambda s: s.try_again(499))
    assert pending(archive) == [third]
    archive.commit(lambda s: s.try_again(500))
    archive.commit(lambda s: s.end_intent(first))
    assert set(pending(archive)) == {first, second, third}


@pytest.mark.parametrize("side", ["here", "there"])
def test_an_edit_ends_what_is_set_aside(archive: Both, side: str) -> None:
    see(archive, photo())
    pull(archive)
    settled(archive)
    uuid = PROJECT.uuid_of(Kind.PHOTO, 9)
    trouble = Trouble(Kind.PHOTO, uuid, "change there", "no", 422, next_at=9_999)
    archive.commit(lambda s: s.set_aside(trouble))
    if side == "here":
        archive.edit(uuid, description="Crane")
        take_in(archive)
    else:
        see(archive, photo(description="Crane"))
    assert pending(archive) == [uuid]
    assert archive.commit(lambda s: s.troubles()) == []


def test_what_was_set_aside_by_a_clock_that_was_ahead_is_due(archive: Both) -> None:
    uuid = archive.add(Kind.PHOTO)
    take_in(archive)
    trouble = Trouble(Kind.PHOTO, uuid, "create there", "no", 413, next_at=10**9)
    archive.commit(lambda s: s.set_aside(trouble))
    archive.commit(lambda s: s.try_again(10**9 - LONGEST_ASIDE))
    assert pending(archive) == []
    archive.commit(lambda s: s.try_again(1000))
    assert pending(archive) == [uuid]


def test_bytes_that_do_not_come_set_nothing_else_aside(archive: Both) -> None:
    see(archive, photo())
    pull(archive)
    settled(archive)
    uuid = PROJECT.uuid_of(Kind.PHOTO, 9)
    why = Trouble(Kind.PHOTO, uuid, "fetch original", "gone", 404, next_at=500)
    archive.commit(lambda s: s.set_aside(why))
    archive.edit(uuid, description="Crane")
    take_in(archive)
    assert pending(archive) == [uuid]
    assert archive.commit(lambda s: s.missing("original", 0, 9)) == []
    assert archive.commit(lambda s: s.troubles()) == [why]
    archive.commit(lambda s: s.rest([uuid]))
    assert archive.commit(lambda s: s.troubles()) == [why]
    archive.commit(lambda s: s.try_again(500))
    assert [u for _, u, _ in archive.commit(lambda s: s.missing("original", 0, 9))] == [
        uuid
    ]


def test_tries_are_counted(archive: Both) -> None:
    uuid = archive.add(Kind.PHOTO)
    take_in(archive)
    trouble = Trouble(Kind.PHOTO, uuid, "create there", "no", 500, next_at=10)
    for why in ("no", "no", "still not"):
        archive.commit(lambda s, w=why: s.set_aside(replace(trouble, why=w)))
    (found,) = archive.commit(lambda s: s.troubles())
    assert (found.tries, found.why) == (3, "still not")


# What is there


def test_a_record_is_new_once(archive: Both) -> None:
    assert see(archive, photo()) == [True]
    assert see(archive, photo()) == [False]
    assert see(archive, photo(description="Crane")) == [True]
    assert see(archive, replace(photo(), life=Life.RECYCLED)) == [True]


def test_what_is_older_is_left_aside(archive: Both) -> None:
    see(archive, replace(photo(description="new"), updated=60))
    assert see(archive, replace(photo(description="old"), updated=59)) == [False]
    found = archive.commit(lambda s: s.seen(Kind.PHOTO, 9))
    assert found.fields["description"] == "new"


def test_what_is_older_and_sure_is_taken(archive: Both) -> None:
    see(archive, replace(photo(description="new"), updated=60))
    uuid = PROJECT.uuid_of(Kind.PHOTO, 9)
    old = replace(photo(description="old"), updated=59)
    assert archive.commit(lambda s: s.see(uuid, old, sure=True))
    found = archive.commit(lambda s: s.seen(Kind.PHOTO, 9))
    assert (found.fields["description"], found.updated) == ("old", 59)


def test_what_a_view_does_not_show_holds_until_the_record_is_changed(
    archive: Both,
) -> None:
    see(archive, photo(log_date="2026-05-01"))
    assert see(archive, photo()) == [False]
    found = archive.commit(lambda s: s.seen(Kind.PHOTO, 9))
    assert found.fields["log_date"] == "2026-05-01"
    assert see(archive, replace(photo(), updated=51)) == [True]
    found = archive.commit(lambda s: s.seen(Kind.PHOTO, 9))
    assert "log_date" not in found.fields


def test_everything_of_a_record_is_kept(archive: Both) -> None:
    told = replace(
        photo(
            album=1 << 40,
            location=7,
            trades=frozenset({3, 5}),
            coordinates=(51.5, -0.1),
            description="Säule B4 \U0001f3d7\n",
        ),
        extra={"uploader": {"id": 4, "name": "Kim"}, "odd": [1, None, {"a": 2.5}]},
        name="IMG~TOKEN.jpg",
    )
    see(archive, told)
    assert archive.commit(lambda s: s.seen(Kind.PHOTO, 9)) == told


def test_numbers_and_uuids_find_each_other(archive: Both) -> None:
    here = archive.add(Kind.ALBUM, name="Roof")

    def work(store: Any) -> None:
        store.see(here, Seen(Kind.ALBUM, 5, fields={"name": "Roof"}))

    assert archive.commit(lambda s: s.uuid_of(Kind.ALBUM, 5)) is None
    assert archive.commit(lambda s: s.remote_id_of(Kind.ALBUM, here)) is None
    archive.commit(work)
    assert archive.commit(lambda s: s.uuid_of(Kind.ALBUM, 5)) == here
    assert archive.commit(lambda s: s.remote_id_of(Kind.ALBUM, here)) == 5
    assert archive.commit(lambda s: s.links(Kind.ALBUM)) == {5: here}
    assert archive.commit(lambda s: s.links(Kind.TRADE)) == {}


def test_a_number_is_of_one_record(archive: Both) -> None:
    right = archive.add(Kind.PHOTO)
    see(archive, photo())
    wrong = PROJECT.uuid_of(Kind.PHOTO, 9)
    assert archive.commit(lambda s: s.see(right, photo()))
    assert archive.commit(lambda s: s.uuid_of(Kind.PHOTO, 9)) == right
    assert archive.commit(lambda s: s.remote_id_of(Kind.PHOTO, wrong)) is None
    assert archive.commit(lambda s: s.count_there(Life.ACTIVE)) == 1


def test_what_is_not_linked_can_be_adopted(archive: Both) -> None:
    roof = archive.add(Kind.ALBUM, name="Roof ")
    floor = archive.add(Kind.LOCATION, name="Floor 1")
    room = archive.add(Kind.LOCATION, name="ROOM", parent=floor)
    archive.commit(lambda s: s.see(floor, Seen(Kind.LOCATION, 3)))
    unlinked = archive.commit(lambda s: dict(s.unlinked(Kind.LOCATION)))
    assert unlinked == {room: (floor, "room")}
    assert archive.commit(lambda s: dict(s.unlinked(Kind.ALBUM))) == {
        roof: ("", "roof")
    }


def test_photos_alike_are_those_of_the_size_that_are_live_and_not_linked(
    archive: Both,
) -> None:
    alone, other, gone, linked = (
        archive.add(Kind.PHOTO, bytes=size) for size in (7, 8, 77, 777)
    )
    archive.recycle(gone)
    archive.commit(lambda s: s.see(linked, photo()))
    sizes = (7, 8, 77, 777, 5)
    found = [archive.commit(lambda s, n=n: dict(s.alike(n))) for n in sizes]
    assert found == [{alone: f"{7:064x}"}, {other: f"{8:064x}"}, {}, {}, {}]


def test_photos_are_counted_by_when_they_were_made_there(archive: Both) -> None:
    day = 86_400
    lives = [Life.ACTIVE] * 5 + [Life.RECYCLED, Life.HIDDEN]
    at = [0, 5, day, 3 * day, 3 * day + 1, day, day]
    for number, (life, created) in enumerate(zip(lives, at, strict=True), 1):
        see(archive, replace(photo(number), life=life, created=created))

    def count(*window: int, life: Life = Life.ACTIVE) -> int:
        found: int = archive.commit(lambda s: s.count_there(life, *window))
        return found

    assert count() == 5
    assert count(life=Life.RECYCLED) == 1
    assert [count(5, 5), count(1, 3 * day), count(0, 2 * day), count(day, day)] == [
        *(1, 3, 3, 1)
    ]
    assert count(3 * day, 3 * day + 1) == 2
    rows = archive.commit(lambda s: s.live_there(5, 3 * day))
    assert list(rows) == [(5, 2), (day, 3), (3 * day, 4)]
    see(archive, replace(photo(2), life=Life.PURGED, created=5))
    assert count() == 4


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


# What is true of others


def test_others_may_be_referred_to_where_they_are(archive: Both) -> None:
    here = archive.add(Kind.ALBUM, name="Roof")
    gone = archive.add(Kind.PHOTO)
    archive.recycle(gone)
    take_in(archive)
    see(archive, Seen(Kind.ALBUM, 8, fields={"name": "Yard", "private": False}))
    there = PROJECT.uuid_of(Kind.ALBUM, 8)

    def work(store: Any) -> Any:
        near = store.near()
        return [(u in near.here, u in near.there) for u in (here, gone, there, "?")]

    assert archive.commit(work) == [
        *((True, True), (False, False), (False, True), (False, False))
    ]
    trouble = Trouble(Kind.ALBUM, here, "create there", "no", 422, next_at=9)
    archive.commit(lambda s: s.set_aside(trouble))
    assert archive.commit(work)[0] == (True, False)


def test_what_is_used_is_known_on_either_side(archive: Both) -> None:
    see(
        archive,
        *(
            Seen(Kind.ALBUM, n, fields={"name": f"{n}", "private": n == 2})
            for n in (1, 2)
        ),
        Seen(Kind.LOCATION, 3, fields={"name": "Floor", "parent": None}),
        Seen(Kind.LOCATION, 4, fields={"name": "Room", "parent": 3}),
        photo(album=1),
    )
    pull(archive)
    settled(archive)
    uuids = [PROJECT.uuid_of(Kind.ALBUM, n) for n in (1, 2)]
    uuids += [PROJECT.uuid_of(Kind.LOCATION, n) for n in (3, 4)]

    def used(store: Any) -> Any:
        near = store.near()
        each = (near.used_here, near.used_there, near.private_albums)
        return [[uuid in one for uuid in uuids] for one in each]

    assert archive.commit(used) == [
        [True, False, True, False],
        [True, False, True, False],
        [False, True, False, False],
    ]
    see(archive, replace(photo(album=1), life=Life.RECYCLED, updated=51))
    assert not archive.commit(used)[0][0], "it goes to the bin, too"
    see(archive, replace(photo(album=1), updated=52))
    archive.recycle(PROJECT.uuid_of(Kind.PHOTO, 9))
    take_in(archive)
    assert archive.commit(used)[:2] == [
        [False, False, True, False],
        [False, False, True, False],
    ]


def test_names_and_places_of_others_are_known(archive: Both) -> None:
    floor = archive.add(Kind.LOCATION, name="Floor")
    room = archive.add(Kind.LOCATION, name="Room", parent=floor)
    album = archive.add(Kind.ALBUM, name="Roof", private=True)
    trade = archive.add(Kind.TRADE, name="Paint")
    see(archive, Seen(Kind.LOCATION, 7, fields={"name": "X", "parent": 3}))

    def work(store: Any) -> Any:
        others = store.others()
        there = PROJECT.uuid_of(Kind.LOCATION, 7)
        return [
            others.parent_here(room),
            others.parent_here(floor),
            others.parent_there(there),
            others.named_here((Kind.LOCATION, floor, "room")),
            others.named_here((Kind.LOCATION, "", "room")),
            others.named_here((Kind.LOCATION, "", "floor")),
            others.named_here((Kind.ALBUM, "True", "roof")),
            others.named_here((Kind.ALBUM, "False", "roof")),
            others.named_here((Kind.TRADE, "", "paint")),
        ]

    above = PROJECT.uuid_of(Kind.LOCATION, 3)
    assert archive.commit(work) == [
        *(floor, None, above, room, None, floor, album, None, trade)
    ]


def test_a_survey_counts_what_both_sides_held(archive: Both) -> None:
    see(archive, photo(1, description="a"), photo(2), photo(3))
    pull(archive)
    archive.add(Kind.PHOTO, description="only here")
    settled(archive)
    archive.recycle(PROJECT.uuid_of(Kind.PHOTO, 3))
    take_in(archive)
    found = archive.commit(lambda s: s.survey())
    assert (found.held, found.texts) == (2, 1)


# Writes under way


def test_an_intent_stands_in_the_place_of_the_records_other_one(archive: Both) -> None:
    first, second = (archive.add(Kind.PHOTO) for _ in range(2))
    sent = Sent(
        {"trades": frozenset({"a", "b"}), "description": "x"},
        {"coordinates": (1.5, 2.5), "private": True},
        {"description": ""},
    )
    early = Intent(Kind.PHOTO, first, Act.CREATE_THERE, Phase.UPLOADING)
    other = Intent(Kind.ALBUM, second, Act.CHANGE_THERE, unknown_since=3)
    late = replace(early, phase=Phase.SENT, sent=sent, upload={"url": "u"}, sent_at=7)
    for intent in (early, other, late):
        archive.commit(lambda s, i=intent: s.keep_intent(i))
    assert archive.commit(lambda s: list(s.intents())) == [late, other]
    archive.commit(lambda s: s.end_intent(first))
    assert archive.commit(lambda s: list(s.intents())) == [other]
