"""The plan: its order, its words, and what it leaves for later."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync.clashes import Neighbours, name_place
from sync.merge import Surroundings
from sync.operations import Act, Budget, told
from sync.planning import Allowance, Selection, Terms, plan
from sync.records import Capabilities, Kind, Life, Record, Version
from tests.sync.full_world import full_world, lines, new_there
from tests.sync.worlds import (
    TERMS,
    agreed_world,
    album,
    base_of,
    edited,
    location,
    photo,
)

ORDER = """
<- make here trade t1
<- make here location l3
<- make here location l2
<- make here album a2
<- make here photo p1
-> create there location l5
-> create there location l4
-> create there album a3
-> change there photo p4
-> delete there photo p3
<- fetch thumbnail photo p1
-> create there photo p2
<- fetch original photo p1
-> delete there album a1
"""


def test_operations_come_in_the_order_of_their_needs() -> None:
    found = plan(full_world(), TERMS)
    assert lines(found.operations) == ORDER.split("\n")[1:-1]
    assert found.conflicts == ()
    done: set[str] = set()
    for one in found.operations:
        assert one.needs <= done
        done.add(one.uuid)


def test_the_plan_does_not_depend_on_the_order_of_the_records() -> None:
    assert plan(full_world()[::-1], TERMS).operations == (
        plan(full_world(), TERMS).operations
    )


def test_a_plan_that_was_carried_out_leaves_nothing_to_plan() -> None:
    laptop, remote = agreed_world(p=photo(), a=album())
    laptop.rows["p"] = edited(photo(), album="a", description="here")
    remote.rows["p"] = edited(photo(), trades=frozenset({"t"}))
    laptop.kinds["n"], laptop.rows["n"] = Kind.PHOTO, photo(album="a")
    assert laptop.sync(remote) == 1
    then = laptop.plan(remote)
    assert (then.held, then.later, then.conflicts, then.notes) == ((), (), (), ())
    assert laptop.rows == remote.rows


def test_every_operation_says_what_and_why() -> None:
    found = {one.uuid: told(one) for one in plan(full_world(), TERMS).operations}
    assert found["p4"] == ("-> change there photo p4: changed here (starred no → yes)")
    assert found["p3"] == "-> delete there photo p3: deleted here, unchanged there"
    record = Record(
        Kind.PHOTO,
        "p",
        base_of(photo(description="a b c d e")),
        photo(description="A b c d e", trades=frozenset({"t"})),
        photo(description="a b c d E\x1b[31m"),
    )
    here, there = plan([record], TERMS).operations
    assert told(here) == (
        "<- change here photo p: changed on both sides, put together"
        " (description “A b c d e” → “A b c d E\\x1b[31m”)"
    )
    assert "trades {} → {t}" in told(there)
    assert there.needs == {"p"}
    purged = replace(photo(), life=Life.PURGED)
    [one] = plan(
        [Record(Kind.PHOTO, "p", base_of(photo()), photo(), purged)]
    ).operations
    assert told(one) == "<- recycle here photo p: purged there"


def test_long_texts_are_cut_where_they_are_told() -> None:
    record = Record(
        Kind.PHOTO, "p", base_of(photo()), photo(description="x" * 99), photo()
    )
    [one] = plan([record]).operations
    assert "“" + "x" * 57 + "…”" in told(one)


def test_what_is_deleted_there_is_looked_at_first() -> None:
    fields = {n: v for n, v in photo().fields.items() if n != "log_date"}
    there = Version(Life.ACTIVE, fields)
    record = Record(
        Kind.PHOTO, "p", base_of(photo()), replace(photo(), life=Life.RECYCLED), there
    )
    [one] = plan([record], TERMS).operations
    assert (one.act, one.look) == (Act.DELETE_THERE, {"log_date"})


def test_requests_and_bytes_are_counted() -> None:
    costs = {
        (one.act, one.kind): (one.requests, one.bytes, one.budget)
        for one in plan(full_world(), TERMS).operations
    }
    assert costs[Act.MAKE_HERE, Kind.PHOTO] == (0, 0, Budget.NONE)
    assert costs[Act.CREATE_THERE, Kind.PHOTO] == (2, 500, Budget.CREATE)
    assert costs[Act.CREATE_THERE, Kind.ALBUM] == (1, 0, Budget.CREATE)
    assert costs[Act.CHANGE_THERE, Kind.PHOTO] == (2, 0, Budget.CHANGE)
    assert costs[Act.FETCH_ORIGINAL, Kind.PHOTO] == (0, 1000, Budget.DOWNLOAD)
    assert costs[Act.FETCH_THUMBNAIL, Kind.PHOTO] == (0, None, Budget.DOWNLOAD)


@pytest.mark.parametrize(
    ("allowance", "later"),
    [
        (Allowance(), set()),
        (Allowance(metered=True), {"fetch thumbnail p1", "fetch original p1"}),
        (Allowance(bytes=1499), {"fetch original p1"}),
        (Allowance(bytes=1500), set()),
        (
            # l5 is made; l4, which lies below it, has to wait, and so has all else
            Allowance(requests=1),
            {
                "create there l4",
                "create there a3",
                "change there p4",
                "delete there p3",
                "create there p2",
                "delete there a1",
            },
        ),
        (Allowance(requests=11), set()),
        (Allowance(requests=10), {"delete there a1"}),
    ],
)
def test_what_an_allowance_does_not_cover_is_for_later(
    allowance: Allowance, later: set[str]
) -> None:
    found = plan(full_world(), replace(TERMS, allowance=allowance))
    assert {f"{one.act} {one.uuid}" for one in found.later} == later
    assert len(found.operations) + len(later) == 14


@pytest.mark.parametrize("wanted", [True, False])
def test_originals_are_fetched_of_what_was_chosen(wanted: bool) -> None:
    selection = Selection(lambda fields: (fields["album"] == "a2") is wanted)
    found = plan(full_world(), replace(TERMS, selection=selection))
    acts = [one.act for one in found.operations if one.uuid == "p1"]
    assert (Act.FETCH_ORIGINAL in acts) is wanted
    assert Act.FETCH_THUMBNAIL in acts
    none = Selection(lambda _: False, thumbnails=False)
    found = plan(full_world(), replace(TERMS, selection=none))
    assert [one.act for one in found.operations if one.uuid == "p1"] == [Act.MAKE_HERE]


def test_nothing_is_fetched_of_what_is_in_a_bin() -> None:
    gone = replace(photo(), life=Life.RECYCLED)
    record = Record(Kind.PHOTO, "p", base_of(photo()), photo(), gone, bytes_here=False)
    assert [one.act for one in plan([record]).operations] == [Act.RECYCLE_HERE]


REFUSED = {
    "delete": ("p3", Kind.PHOTO),
    "create": ("a3", Kind.ALBUM),
}


@pytest.mark.parametrize("act", REFUSED)
def test_what_this_account_may_not_do_is_named_and_the_rest_is_done(act: str) -> None:
    uuid, kind = REFUSED[act]
    able = replace(TERMS.capabilities, refused={(kind, act): "403 forbidden"})
    found = plan(full_world(), replace(TERMS, capabilities=able))
    [note] = [one for one in found.notes if one.about == "refused"]
    assert (note.uuid, note.why) == (uuid, "403 forbidden")
    assert uuid not in {one.uuid for one in found.operations}
    if act == "create":  # the photo goes, and its album waits for better days
        [upload] = [one for one in found.operations if one.uuid == "p2"]
        assert "album" not in upload.fields
    else:
        assert len(found.operations) == 13


def test_a_field_that_may_not_be_written_is_told() -> None:
    able = Capabilities(refused={(Kind.PHOTO, "private"): "only admins"})
    record = Record(Kind.PHOTO, "p", base_of(photo()), photo(private=True), photo())
    found = plan([record], Terms(capabilities=able))
    assert found.operations == ()
    assert [(n.about, n.field, n.why) for n in found.notes] == [
        ("only here", "private", "only admins")
    ]


@pytest.mark.parametrize(
    ("life", "about"), [(Life.HIDDEN, "missing there"), (Life.PURGED, "ended there")]
)
def test_what_is_not_there_any_more_is_told(life: Life, about: str) -> None:
    base = replace(base_of(photo()), life=life)
    found = plan([Record(Kind.PHOTO, "p", base, photo(), Version(life))])
    assert [note.about for note in found.notes] == [about]
    assert (found.operations, found.conflicts) == ((), ())


def test_a_location_whose_parent_is_missing_waits_with_all_below_it() -> None:
    records = [
        new_there(Kind.LOCATION, "room", location("Room", "level")),
        new_there(Kind.LOCATION, "corner", location("Corner", "room")),
        new_there(Kind.PHOTO, "p", photo(location="corner")),
    ]
    nobody = Surroundings(here=())
    found = plan(records, TERMS, nobody)
    made = [one.uuid for one in found.operations if one.act is Act.MAKE_HERE]
    assert made == ["p"]
    assert {note.uuid for note in found.notes} == {"room", "corner", "p"}


def test_two_moves_that_close_a_circle_are_held_on_both_sides() -> None:
    level, room = location("Level"), location("Room")
    above = {"level": None, "room": None}
    records = [
        Record(Kind.LOCATION, "room", base_of(room), location("Room", "level"), room),
        Record(
            Kind.LOCATION, "level", base_of(level), level, location("Level", "room")
        ),
    ]
    near = Neighbours({**above, "room": "level"}.get, {**above, "level": "room"}.get)
    found = plan(records, TERMS, others=near)
    assert found.operations == ()
    assert {(one.uuid, one.why) for one in found.conflicts} == {
        ("room", "circle"),
        ("level", "circle"),
    }


def test_a_photo_is_made_private_when_its_album_becomes_so_in_the_same_run() -> None:
    records = [
        Record(
            Kind.ALBUM, "a", base_of(album()), album(), edited(album(), private=True)
        ),
        new_there(Kind.PHOTO, "p", photo(album="a")),
        new_there(Kind.ALBUM, "b", album("Hidden", private=True), 2),
        new_there(Kind.PHOTO, "q", photo(album="b")),
    ]
    found = plan(records, TERMS)
    assert found.outcomes["p"].write["private"] is True
    assert found.outcomes["q"].write["private"] is True


def test_two_records_there_with_one_name_are_a_question() -> None:
    records = [
        new_there(Kind.ALBUM, "b", album("Roof"), 8),
        new_there(Kind.ALBUM, "c", album("roof"), 7),
        new_there(Kind.ALBUM, "d", album("Roof", private=True), 9),
        new_there(Kind.PHOTO, "p", photo(album="b"), 1),
    ]
    found = plan(records, TERMS)
    made = {one.uuid for one in found.operations if one.act is Act.MAKE_HERE}
    assert made == {"c", "d", "p"}
    [conflict] = found.conflicts
    assert (conflict.uuid, conflict.why) == ("b", "the name is taken")
    assert [note.why for note in found.notes] == ["waits for an album that is not here"]


def test_a_name_that_another_one_gives_up_is_free() -> None:
    roof, yard = album("Roof"), album("Yard")
    records = [
        Record(Kind.ALBUM, "a", base_of(roof), roof, edited(roof, name="Old roof")),
        Record(Kind.ALBUM, "b", base_of(yard), yard, edited(yard, name="Roof")),
    ]
    owner = {name_place(Kind.ALBUM, roof.fields): "a"}
    near = Neighbours(named_here=owner.get)
    assert plan(records, TERMS, others=near).conflicts == ()
    [conflict] = plan(records[1:], TERMS, others=near).conflicts
    assert conflict.why == "the name is taken"
