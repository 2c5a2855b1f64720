"""What is there, and what is true of others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sync.records import Base, Kind, Life
from sync.store import Seen, Trouble
from tests.sync.both_stores import Both
from tests.sync.simulator.archive import PROJECT
from tests.sync.steps import photo, pull, see, settled, take_in

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
    base = Base(Life.RECYCLED)
    archive.commit(lambda s: s.rebase(Kind.PHOTO, PROJECT.uuid_of(Kind.PHOTO, 9), base))
    assert archive.commit(used)[1][0], "it was in both bins, and is to come back"


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
