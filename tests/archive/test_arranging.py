"""Albums, locations, trades, people and settings: adding, changing, refusing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from archive.albums import (
    delete_album,
    list_albums,
    move_album,
    rename_album,
)
from archive.comments import add_comment, delete_comment
from archive.errors import Conflict, InvalidInput, NotAllowed, NotFound
from archive.locations import (
    MAX_TIERS,
    add_location,
    find_location,
    find_or_add_location,
    get_location,
    list_locations,
    move_location,
    put_location,
    rename_location,
)
from archive.people import Person, add_person, edit_person, find_person
from archive.photos import find_photo_id
from archive.settings import get_setting, set_setting
from archive.trades import add_trade, edit_trade
from tests.archive.edge_site import Site


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.connection.close()


@pytest.mark.parametrize("name", ["PROGRESS", " progress ", "Pro\u200bgress"])
def test_no_two_albums_read_alike(site: Site, name: str) -> None:
    site.album("Progress")
    other, c, s = site.album("Other"), site.connection, site.sam
    with pytest.raises(Conflict, match="there is an album"):
        site.album(name)
    with pytest.raises(Conflict, match="there is an album"):
        site.do(lambda _: rename_album(c, s, other, name))


def test_albums_move_also_where_two_laptops_chose_one_place(site: Site) -> None:
    c, s = site.connection, site.sam
    made = [site.album(name) for name in "ABCD"]
    site.do(lambda _: c.execute("update albums set position = 'V'"))
    site.do(lambda _: move_album(c, s, made[3], made[1]))
    order = [a.name for a in list_albums(c, site.who("owner"))]
    assert order == ["Unclassified", "A", "D", "B", "C"]
    site.do(lambda _: move_album(c, s, made[0], None))
    order = [a.name for a in list_albums(c, site.who("owner"))]
    assert order == ["Unclassified", "D", "B", "C", "A"]


def test_new_albums_come_last_or_first(site: Site) -> None:
    c, s = site.connection, site.sam
    site.album("A")
    site.do(lambda _: set_setting(c, s, "new_albums_first", value=True))
    site.album("B")
    order = [a.name for a in list_albums(c, site.who("owner"))]
    assert order == ["B", "Unclassified", "A"]


def test_a_path_names_a_location_and_comes_back_as_it_was(site: Site) -> None:
    c, s = site.connection, site.sam
    path = r"Tower>Level \>3>Room"
    made = site.do(lambda b: find_or_add_location(c, s, b, path))
    assert made.path == path
    assert find_location(c, " tower > level \\>3 > ROOM").id == made.id
    paths = [place.path for place in list_locations(c, site.who("owner"))]
    assert paths == ["Tower", r"Tower>Level \>3", path]
    for bad in ("Tower>>Room", "", ">", "Tower>\0"):
        with pytest.raises(InvalidInput, match="location"):
            site.do(lambda b, p=bad: find_or_add_location(c, s, b, p))
    with pytest.raises(NotFound):
        get_location(c, 10**30)


def test_locations_move_but_not_below_themselves(site: Site) -> None:
    c, s = site.connection, site.sam
    room = site.do(lambda b: find_or_add_location(c, s, b, "Tower>Level 3>Room"))
    yard = site.do(lambda b: find_or_add_location(c, s, b, "Yard>Room"))
    tower = find_location(c, "Tower")
    for under in (room, tower):
        with pytest.raises(Conflict, match="cannot lie below itself"):
            site.do(lambda _, u=under: move_location(c, s, tower, u))
    with pytest.raises(Conflict, match="under the new parent already"):
        site.do(lambda _: move_location(c, s, room, find_location(c, "Yard")))
    with pytest.raises(Conflict, match="beside it already"):
        site.do(lambda _: rename_location(c, s, tower, "YARD"))
    site.do(lambda _: move_location(c, s, tower, yard))
    assert find_location(c, "Yard>Room>Tower>Level 3>Room").id == room.id


def test_a_location_has_no_more_tiers_than_a_site_has(site: Site) -> None:
    c, s = site.connection, site.sam
    names = [f"T{n}" for n in range(MAX_TIERS + 1)]
    with pytest.raises(InvalidInput, match="at most 20 tiers"):
        site.do(lambda b: find_or_add_location(c, s, b, ">".join(names)))
    assert list_locations(c, site.who("owner")) == []
    path = ">".join(names[:-1])
    lowest = site.do(lambda b: find_or_add_location(c, s, b, path))
    with pytest.raises(InvalidInput, match="tiers"):
        site.do(lambda b: add_location(c, s, b, "Below", lowest))
    yard = site.do(lambda b: find_or_add_location(c, s, b, "Yard>Shed"))
    with pytest.raises(InvalidInput, match="tiers"):
        site.do(lambda _: move_location(c, s, find_location(c, "T0>T1"), yard))
    moved = find_location(c, "T0>T1>T2")
    assert site.do(lambda _: move_location(c, s, moved, yard)).path == "Yard>Shed>T2"
    path_of_t19 = get_location(c, lowest.id).path
    assert path_of_t19.count(">") == MAX_TIERS - 1
    # what came with somebody else's tree is found, however deep it lies
    deep = site.do(
        lambda b: put_location(c, b, "T20", find_location(c, path_of_t19).id)
    )
    path = get_location(c, deep).path
    assert site.do(lambda b: find_or_add_location(c, s, b, path)).id == deep


def test_locations_on_the_fly_may_be_for_managers_only(site: Site) -> None:
    c, s, actor = site.connection, site.sam, site.people["standard"]
    site.do(lambda b: find_or_add_location(c, actor, b, "Tower"), "standard")
    site.do(lambda _: set_setting(c, s, "locations_on_the_fly", value=False))
    with pytest.raises(NotAllowed, match="locations"):
        site.do(lambda b: find_or_add_location(c, actor, b, "Yard"), "standard")
    site.do(lambda b: find_or_add_location(c, actor, b, "Tower"), "standard")
    assert site.do(lambda b: find_or_add_location(c, s, b, "Yard")).name == "Yard"


def test_what_an_edit_refers_to_must_be_there(site: Site) -> None:
    photo, gone = site.photo(), site.album("Gone")
    c, s = site.connection, site.sam
    site.do(lambda b: delete_album(c, s, b, gone))
    for values in ({"location": 99}, {"trades": (99,)}, {"album": gone}):
        with pytest.raises(NotFound, match="there is no"):
            site.edit([photo], **values)
    for values in (
        {"rotate": 45},
        {"position": (91.0, 0.0)},
        {"position": (float("nan"), 0.0)},
        {"taken_at": "tomorrow"},
        {"log_date": "2026-02-30"},
        {"description": "x" * 100_001},
        {"description": "\ud800"},
    ):
        with pytest.raises(InvalidInput):
            site.edit([photo], **values)


def test_photos_in_the_bin_are_not_edited(site: Site) -> None:
    photo = site.photo()
    site.recycle(photo)
    with pytest.raises(NotFound, match="is in the recycle bin; retrieve it first"):
        site.edit([photo], description="x")
    with pytest.raises(NotFound, match=f"there is no photo {photo}"):
        site.edit([photo], "standard", description="x")
    with pytest.raises(NotFound, match="in the recycle bin"):
        site.recycle(photo)
    site.retrieve(photo)
    with pytest.raises(NotFound, match="is not in the recycle bin"):
        site.retrieve(photo)


def test_rotation_adds_up_and_dates_go_back_to_the_file(site: Site) -> None:
    photo = site.photo(taken_at="2026-03-09T08:00:00", taken_source="file: EXIF")
    for _ in range(5):
        site.edit([photo], rotate=90)
    assert site.value(photo, "rotation") == 90
    site.edit([photo], rotate=-180)
    assert site.value(photo, "rotation") == 270
    site.edit([photo], taken_at="2026-03-10 09:30+02:00")
    assert site.value(photo, "taken_at") == "2026-03-10T09:30:00"
    assert site.value(photo, "taken_offset") == "+02:00"
    assert site.value(photo, "taken_source") == "person"
    site.edit([photo], taken_at="")  # this one has no file to ask
    assert site.value(photo, "taken_at") is None


def test_comments(site: Site) -> None:
    c, s, actor = site.connection, site.sam, site.people["standard"]
    photo = site.photo()
    number = site.do(lambda b: add_comment(c, actor, b, photo, " a\r\nb "), "standard")
    body = c.execute("select body from comments").fetchone()[0]
    assert body == "a\nb"
    for bad in (" ", "x" * 100_001):
        with pytest.raises(InvalidInput, match="the comment is"):
            site.do(lambda b, t=bad: add_comment(c, s, b, photo, t))
    with pytest.raises(NotAllowed):
        site.do(lambda _: delete_comment(c, actor, number), "standard")
    site.do(lambda _: delete_comment(c, s, number))
    with pytest.raises(NotFound, match=f"there is no comment {number}"):
        site.do(lambda _: delete_comment(c, s, number))


def test_trades_are_renamed_and_retired(site: Site) -> None:
    c, s = site.connection, site.sam
    steel = site.do(lambda b: add_trade(c, s, b, "Steel"))
    paint = site.do(lambda b: add_trade(c, s, b, "Paint"))
    with pytest.raises(Conflict, match="there is a trade"):
        site.do(lambda _: edit_trade(c, s, paint, name="STEEL"))
    edited = site.do(lambda _: edit_trade(c, s, steel, name="Steelwork", active=False))
    assert (edited.name, edited.active) == ("Steelwork", False)
    with pytest.raises(NotAllowed):
        actor = site.people["standard"]
        site.do(lambda b: add_trade(c, actor, b, "Glass"), "standard")


def test_people(site: Site) -> None:
    c, s = site.connection, site.sam

    def add(**values: Any) -> Person:
        made: Person = site.do(lambda b: add_person(c, s, b, "Ida", **values))
        return made

    ida = add(login="ida@example.com", rights=("can_view_private",))
    assert find_person(c, "ida@example.com") == ida
    assert (ida.level, ida.can_view_private) == ("read_only", True)
    with pytest.raises(Conflict, match=r"login 'ida@example.com' is taken"):
        add(login="ida@example.com")
    for values in ({"level": "boss"}, {"rights": ("fly",)}, {"login": "a\nb"}):
        with pytest.raises(InvalidInput):
            add(**values)
    add()
    with pytest.raises(NotFound, match="more than one person"):
        find_person(c, "Ida")
    with pytest.raises(NotFound, match="nobody"):
        find_person(c, "9" * 30)
    for values in ({"level": "standard"}, {"active": False}):
        with pytest.raises(InvalidInput, match="stays its admin"):
            site.do(lambda _, v=values: edit_person(c, s, s, **v))
    with pytest.raises(NotAllowed):
        site.do(lambda _: edit_person(c, ida, ida, level="admin"))


def test_settings(site: Site) -> None:
    c, s = site.connection, site.sam
    assert get_setting(c, "project_name") == "Tower 4"
    assert get_setting(c, "private_by_default") is False
    for key, value in (("private_by_default", "yes"), ("project_name", True)):
        with pytest.raises(InvalidInput, match=f"the setting {key} must be"):
            site.do(lambda _, k=key, v=value: set_setting(c, s, k, v))
    with pytest.raises(InvalidInput, match=r"no setting .colour.; there are"):
        site.do(lambda _: set_setting(c, s, "colour", "red"))
    with pytest.raises(NotAllowed):
        actor = site.people["standard"]
        site.do(lambda _: set_setting(c, actor, "project_name", "x"), "standard")


def test_a_photo_is_found_by_number_and_by_the_beginning_of_its_uuid(
    site: Site,
) -> None:
    c, who = site.connection, site.who("owner")
    one = site.photo(uuid="01935482-1111-7000-8000-000000000001")
    two = site.photo(uuid="01935482-2222-7000-8000-000000000002")
    assert find_photo_id(c, one, who) == one
    assert find_photo_id(c, "01935482-1", who) == one
    assert find_photo_id(c, "019354822", who) == two
    assert find_photo_id(c, "01935482-2222-7000-8000-000000000002", who) == two
    with pytest.raises(NotFound, match="more than one photo"):
        find_photo_id(c, "01935482", who)
    with pytest.raises(NotFound, match="there is no photo"):
        find_photo_id(c, "0193549", who)
    for bad in ("", "0193", "photo", "-1", "9" * 30, "01935482; drop"):
        with pytest.raises((InvalidInput, NotFound)):
            find_photo_id(c, bad, who)
