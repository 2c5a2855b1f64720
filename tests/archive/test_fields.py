"""Two people editing one photo: nothing is overwritten that was not seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from archive.albums import add_album
from archive.batches import batch
from archive.editing import Edit, edit_photos
from archive.errors import Changed, InvalidInput, NotAllowed, NotFound
from archive.fields import fields_of
from archive.locations import find_or_add_location
from archive.people import owner
from archive.project_photo import project_photo, set_project_photo
from archive.settings import get_setting
from archive.trades import add_trade
from tests.archive.in_memory import everyone, insert_photo, new_database


class Desk:
    """A photo, albums 1 to 3, locations 1 to 3, trades 1 to 3."""

    def __init__(self) -> None:
        self.connection: Any = new_database()
        c = self.connection
        self.people = everyone(c)
        self.sam = owner(c)
        with batch(c, self.sam) as b:
            self.albums = [None, *(add_album(c, self.sam, b, n) for n in "AB")]
            for name in "ABC":
                find_or_add_location(c, self.sam, b, f"Tower>{name}")
                add_trade(c, self.sam, b, name)
            self.photo = insert_photo(
                c, b, taken_at="2026-03-09T08:00:00", taken_offset="+01:00"
            )

    def edit(self, seen: Any, who: str = "owner", **values: Any) -> None:
        actor = self.people[who]
        with batch(self.connection, actor):
            edit_photos(self.connection, actor, [self.photo], Edit(**values), seen=seen)

    @property
    def fields(self) -> dict[str, Any]:
        return fields_of(self.connection, self.photo)


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.connection.close()


def test_the_fields_of_a_photo(desk: Desk) -> None:
    assert desk.fields == {
        "description": "",
        "album": 1,
        "location": 0,
        "trades": [],
        "private": False,
        "starred": False,
        "taken_at": "2026-03-09T08:00:00+01:00",
        "log_date": "",
    }
    with pytest.raises(NotFound):
        fields_of(desk.connection, 99)


# field: what one person sets, what the other does, as an edit and as fields_of has it
RIVALS: dict[str, tuple[Any, Any]] = {
    "description": ("poured", "cured"),
    "location": (2, 3),
    "trades": ((1, 2), (3,)),
    "taken_at": ("2026-03-10T08:00:00", "2026-03-11T08:00:00+01:00"),
    "log_date": ("2026-03-09", "2026-03-10"),
}


@pytest.mark.parametrize("field", RIVALS)
def test_what_changed_since_is_not_overwritten(desk: Desk, field: str) -> None:
    theirs, mine = RIVALS[field]
    seen = desk.fields
    desk.edit(seen, **{field: theirs})
    now = desk.fields
    with pytest.raises(Changed) as found:
        desk.edit(seen, **{field: mine})
    assert found.value.now == {field: now[field]}
    assert desk.fields == now
    desk.edit({field: now[field]}, **{field: mine})  # seen, and still wanted
    assert desk.fields[field] == (list(mine) if field == "trades" else mine)


@pytest.mark.parametrize("field", RIVALS)
def test_two_who_want_the_same_do_not_meet(desk: Desk, field: str) -> None:
    value, _ = RIVALS[field]
    seen = desk.fields
    desk.edit(seen, **{field: value})
    desk.edit(seen, **{field: value})


def test_an_album_is_compared_by_its_number(desk: Desk) -> None:
    seen = desk.fields
    desk.edit(seen, album=desk.albums[1])
    with pytest.raises(Changed):
        desk.edit(seen, album=desk.albums[2])
    desk.edit(seen, album=desk.albums[1])
    desk.edit({}, album=desk.albums[2])


def test_another_field_may_have_changed(desk: Desk) -> None:
    seen = desk.fields
    desk.edit(seen, description="poured")
    desk.edit(seen, location=2, rotate=90)
    assert (desk.fields["description"], desk.fields["location"]) == ("poured", 2)


def test_line_ends_and_the_ways_to_say_nothing_are_no_change(desk: Desk) -> None:
    desk.edit(None, description="one\ntwo")
    desk.edit({"description": "one\r\ntwo"}, description="three")
    desk.edit({"location": None, "log_date": None}, location=2, log_date="2026-03-09")
    desk.edit({"taken_at": "2026-03-09 08:00+01:00"}, taken_at="2026-03-09T09:00")


def test_a_date_that_was_seen_as_nonsense_is_refused(desk: Desk) -> None:
    with pytest.raises(InvalidInput):
        desk.edit({"taken_at": "soon"}, taken_at="2026-03-09T09:00")


@pytest.mark.parametrize("who", ["read_only", "standard"])
def test_who_may_not_change_a_field_learns_nothing_of_it(desk: Desk, who: str) -> None:
    desk.edit(None, starred=True)
    with pytest.raises(NotAllowed):
        desk.edit({"starred": False}, who, starred=False)
    desk.edit(None, private=True, description="SECRET")
    with pytest.raises((NotAllowed, NotFound)):
        desk.edit({"description": ""}, who, description="x")


# Edge rule 7: the photo of the project


def _choose(desk: Desk, photo: int | None, who: str = "owner") -> None:
    actor = desk.people[who]
    with batch(desk.connection, actor):
        set_project_photo(desk.connection, actor, photo)


def test_7_the_project_s_photo_is_a_public_one(desk: Desk) -> None:
    assert project_photo(desk.connection) is None
    _choose(desk, desk.photo)
    found = project_photo(desk.connection)
    assert found is not None
    assert found.id == desk.photo
    desk.edit(None, private=True)
    assert project_photo(desk.connection) is None
    with pytest.raises(InvalidInput, match="is private, and everybody sees"):
        _choose(desk, desk.photo)
    desk.edit(None, private=False)
    assert project_photo(desk.connection) is not None
    _choose(desk, None)
    assert get_setting(desk.connection, "project_photo") == ""
    assert project_photo(desk.connection) is None


@pytest.mark.parametrize("who", ["none", "read_only", "standard"])
def test_7_admins_choose_it(desk: Desk, who: str) -> None:
    with pytest.raises(NotAllowed):
        _choose(desk, desk.photo, who)
    with pytest.raises(NotFound):
        _choose(desk, 99)


def test_what_is_sent_as_it_was_seen_is_left_as_it_is_now(desk: Desk) -> None:
    """A form sends all its fields, and the person touched one of them."""
    seen = desk.fields
    desk.edit(seen, description="theirs", location=3, taken_at="2026-03-11T08:00:00")
    desk.edit(
        seen,
        description="",
        location=0,
        trades=(1,),
        taken_at="2026-03-09T08:00+01:00",
    )
    now = desk.fields
    assert (now["description"], now["location"], now["trades"]) == ("theirs", 3, [1])
    assert now["taken_at"] == "2026-03-11T08:00:00"
    desk.edit(now, **{name: now[name] for name in ("description", "location")})


def test_a_browser_writes_parts_of_a_second_otherwise(desk: Desk) -> None:
    desk.edit(None, taken_at="2026-03-09T08:00:05.120")
    seen = desk.fields
    desk.edit(None, taken_at="2026-03-09T09:00:00")
    desk.edit(seen, taken_at="2026-03-09T08:00:05.12")
    assert desk.fields["taken_at"] == "2026-03-09T09:00:00"
