"""The edge rules of the tool we equal, by number, where they concern the archive.

Rules 7, 11, 14, 17-21, 23, 25 and 26 are about its pages, phones, links, remotes and
files; 16 is the search's, 13 and 15 the import's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from archive.albums import (
    Album,
    add_album,
    delete_album,
    find_album,
    list_albums,
    move_album,
    rename_album,
    set_album_private,
    set_cover,
    visible_album,
)
from archive.batches import Batch, batch
from archive.clock import utc_now
from archive.comments import add_comment, delete_comment
from archive.editing import (
    Edit,
    edit_photos,
    recycle_photos,
    retrieve_photos,
)
from archive.errors import Conflict, InvalidInput, NotAllowed, NotFound
from archive.history import find_batches
from archive.locations import (
    delete_location,
    find_location,
    find_or_add_location,
    list_locations,
    move_location,
    rename_location,
)
from archive.people import Person, add_person, edit_person, find_person, owner
from archive.photos import find_photo_id
from archive.rights import Viewer, viewer
from archive.settings import get_setting, set_setting
from archive.sqlite import sqlite3
from archive.trades import add_trade, delete_trade, edit_trade, list_trades
from archive.undo import undo
from tests.archive.in_memory import everyone, insert_photo, new_database


class Site:
    """An archive in memory, and short ways to do things in it."""

    def __init__(self) -> None:
        self.connection: Any = new_database()
        self.people = everyone(self.connection)
        self.sam = owner(self.connection)

    def do(self, work: Callable[[Batch], Any], who: str = "owner") -> Any:
        with batch(self.connection, self.people[who]) as opened:
            return work(opened)

    def photo(self, **values: Any) -> int:
        with batch(self.connection, self.sam, origin="import") as opened:
            return insert_photo(self.connection, opened, **values)

    def album(self, name: str, *, private: bool = False) -> Album:
        c, s = self.connection, self.sam
        made: Album = self.do(lambda b: add_album(c, s, b, name, private=private))
        return made

    def edit(self, photos: list[int], who: str = "owner", **values: Any) -> None:
        actor = self.people[who]
        self.do(
            lambda _: edit_photos(self.connection, actor, photos, Edit(**values)), who
        )

    def recycle(self, *photos: int) -> None:
        self.do(lambda b: recycle_photos(self.connection, self.sam, b, photos))

    def retrieve(self, *photos: int) -> None:
        self.do(lambda _: retrieve_photos(self.connection, self.sam, photos))

    def value(self, photo: int, field: str) -> Any:
        row = self.connection.execute(
            f"select {field} from photos where id = ?", (photo,)
        )
        return row.fetchone()[0]

    def last_batch(self) -> str:
        row = self.connection.execute("select max(id) from batches").fetchone()
        return str(row[0])

    def who(self, name: str) -> Viewer | None:
        return viewer(self.people[name])

    def listed(self, name: str) -> dict[str, tuple[int | None, int | None]]:
        """Return the albums that somebody is shown: name: (count, cover)."""
        return {
            album.name: (album.photos, album.shown)
            for album in list_albums(self.connection, self.who(name))
        }


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.connection.close()


def test_1_photos_of_a_deleted_album_come_back_to_unclassified(site: Site) -> None:
    album = site.album("Progress")
    live, binned = site.photo(album_id=album.id), site.photo(album_id=album.id)
    site.recycle(binned)
    c, s = site.connection, site.sam
    assert site.do(lambda b: delete_album(c, s, b, album)) == 1
    with pytest.raises(NotFound):
        find_album(c, "Progress")
    assert site.value(live, "recycled_at") is not None
    assert site.value(live, "recycled_by") == site.sam.id
    site.retrieve(live, binned)
    assert [site.value(p, "album_id") for p in (live, binned)] == [1, 1]


def test_2_a_retrieved_photo_goes_to_its_album_whatever_it_is_called_now(
    site: Site,
) -> None:
    album = site.album("Progress")
    photo = site.photo(album_id=album.id)
    site.recycle(photo)
    site.do(lambda _: rename_album(site.connection, site.sam, album, "Works"))
    site.retrieve(photo)
    assert site.value(photo, "album_id") == album.id
    assert site.value(photo, "recycled_at") is None


def test_2_into_an_album_that_became_private_it_comes_back_private(site: Site) -> None:
    album = site.album("Progress")
    photo = site.photo(album_id=album.id)
    site.recycle(photo)
    site.do(lambda _: set_album_private(site.connection, site.sam, album, private=True))
    site.retrieve(photo)
    assert site.value(photo, "private") == 1


@pytest.mark.parametrize("what", ["rename", "delete", "private", "sql"])
def test_3_unclassified_stays_what_it_is(site: Site, what: str) -> None:
    c, s, album = site.connection, site.sam, find_album(site.connection, 1)
    works: dict[str, Callable[[Batch], Any]] = {
        "rename": lambda _: rename_album(c, s, album, "Other"),
        "delete": lambda b: delete_album(c, s, b, album),
        "private": lambda _: set_album_private(c, s, album, private=True),
        "sql": lambda _: c.execute("delete from albums where id = 1"),
    }
    with pytest.raises((InvalidInput, sqlite3.IntegrityError), match="Unclassified"):
        site.do(works[what])


def test_4_what_goes_into_a_private_album_is_private(site: Site) -> None:
    album, photo = site.album("Claims", private=True), site.photo()
    site.edit([photo], album=album)
    assert site.value(photo, "private") == 1
    for values in ({"private": False}, {"private": False, "album": album}):
        with pytest.raises(InvalidInput, match="private album 'Claims' and so stays"):
            site.edit([photo], **values)
    with pytest.raises(sqlite3.IntegrityError, match="in a private album is private"):
        site.photo(album_id=album.id)


def test_4_the_album_may_have_become_private_since_it_was_looked_up(site: Site) -> None:
    album, photo = site.album("Claims"), site.photo()
    site.do(lambda _: set_album_private(site.connection, site.sam, album, private=True))
    site.edit([photo], album=album)  # still "public" in the caller's hand
    assert site.value(photo, "private") == 1


def test_4_counts_and_covers_are_those_that_the_viewer_may_see(site: Site) -> None:
    album = site.album("Progress")
    older = site.photo(album_id=album.id, assumed_at="2026-01-01T00:00:00")
    newer = site.photo(album_id=album.id, assumed_at="2026-02-01T00:00:00", private=1)
    assert site.listed("owner")["Progress"] == (2, newer)
    assert site.listed("standard")["Progress"] == (1, older)
    assert site.listed("standard can_view_private")["Progress"] == (2, newer)
    c, s = site.connection, site.sam
    site.edit([newer], private=False)
    site.do(lambda _: set_cover(c, s, album, newer))
    site.edit([newer], private=True)
    assert site.listed("standard")["Progress"] == (1, older)
    shown = [a for a in list_albums(c, site.who("standard")) if a.id == album.id]
    assert shown[0].cover_photo_id is None
    site.do(lambda _: set_cover(c, s, album, older))
    assert site.listed("owner")["Progress"] == (2, older)
    site.recycle(older)
    assert site.listed("owner")["Progress"] == (1, newer)
    assert site.listed("standard")["Progress"] == (0, None)
    assert site.listed("none") == {}


def test_4_a_cover_lies_in_its_album(site: Site) -> None:
    album, photo = site.album("Progress"), site.photo()
    c, s = site.connection, site.sam
    with pytest.raises(InvalidInput, match="must be a photo of the album"):
        site.do(lambda _: set_cover(c, s, album, photo))
    site.edit([photo], album=album)
    site.do(lambda _: set_cover(c, s, album, photo))
    site.edit([photo], album=find_album(c, 1))
    assert site.listed("owner")["Progress"] == (0, None)


def test_4_a_private_album_is_known_to_those_who_may_see_into_it(site: Site) -> None:
    album = site.album("Claims", private=True)
    c = site.connection
    site.photo(album_id=album.id, private=1, uploader_id=site.people["standard"].id)
    knowing = {"owner", "admin", "standard", "standard can_view_private"}
    for name, person in site.people.items():
        knows = name in knowing or person.can_view_private or person.level == "admin"
        knows = knows and person.level != "none"
        assert ("Claims" in site.listed(name)) == knows, name
        if knows:
            assert visible_album(c, "Claims", viewer(person)) == album
        else:
            with pytest.raises(NotFound, match="there is no album 'Claims'"):
                visible_album(c, "Claims", viewer(person))


def test_5_a_photo_taken_out_of_a_private_album_stays_private(site: Site) -> None:
    album = site.album("Claims", private=True)
    moved, left = (site.photo(album_id=album.id, private=1) for _ in range(2))
    site.edit([moved], album=find_album(site.connection, 1))
    assert site.value(moved, "private") == 1
    site.do(
        lambda _: set_album_private(site.connection, site.sam, album, private=False)
    )
    assert site.value(left, "private") == 1
    site.edit([moved, left], private=False)
    assert (site.value(moved, "private"), site.value(left, "private")) == (0, 0)


def test_6_a_private_photo_is_not_there_for_others(site: Site) -> None:
    photo = site.photo(private=1, uploader_id=site.people["standard"].id)
    c = site.connection
    for name, person in site.people.items():
        sees = (
            person.level == "admin"
            or (person.can_view_private and person.level != "none")
            or name == "standard"
        )
        if sees:
            assert find_photo_id(c, photo, viewer(person)) == photo
            continue
        with pytest.raises(NotFound, match=f"there is no photo {photo}"):
            find_photo_id(c, photo, viewer(person))
        if person.level == "standard":
            with pytest.raises(NotFound, match=f"there is no photo {photo}"):
                site.edit([photo], name, description="x")
            with pytest.raises(NotFound, match=f"there is no photo {photo}"):
                site.do(lambda b, p=person: add_comment(c, p, b, photo, "x"), name)


def test_8_a_private_photo_cannot_be_put_in_the_daily_log(site: Site) -> None:
    photo, album = site.photo(), site.album("Claims", private=True)
    with pytest.raises(InvalidInput, match="is private, so it cannot be in the daily"):
        site.edit([photo], private=True, log_date="2026-03-09")
    with pytest.raises(InvalidInput, match="is private, so it cannot be in the daily"):
        site.edit([photo], album=album, log_date="2026-03-09")
    site.edit([photo], log_date="2026-03-09")
    assert site.value(photo, "log_date") == "2026-03-09"
    site.edit([photo], log_date="")
    assert site.value(photo, "log_date") is None


# What makes photos private: they leave the daily log with it.
HIDING: dict[str, Callable[[Site, list[int], Album], object]] = {
    "edit": lambda s, photos, _: s.edit(photos, private=True),
    "move": lambda s, photos, _: s.edit(
        photos, album=s.album("Secret", private=True), starred=True
    ),
    "album": lambda s, _, album: s.do(
        lambda _: set_album_private(s.connection, s.sam, album, private=True)
    ),
}


@pytest.mark.parametrize("way", HIDING)
def test_8_what_becomes_private_leaves_the_daily_log_and_undo_puts_it_back(
    site: Site, way: str
) -> None:
    album = site.album("Progress")
    days = ["2026-03-09", "2026-03-10", None]
    photos = [site.photo(album_id=album.id, log_date=day) for day in days]
    other = site.photo(log_date="2026-03-09")
    HIDING[way](site, photos, album)
    assert [site.value(p, "private") for p in photos] == [1, 1, 1]
    assert [site.value(p, "log_date") for p in photos] == [None] * 3
    assert site.value(other, "log_date") == "2026-03-09"
    c, last = site.connection, find_batches(site.connection, site.last_batch())
    assert undo(c, site.sam, last).kept == []
    assert [site.value(p, "private") for p in photos] == [0, 0, 0]
    assert [site.value(p, "log_date") for p in photos] == days


def test_8_from_the_bin_into_a_private_album_it_comes_back_in_no_log(
    site: Site,
) -> None:
    album = site.album("Progress")
    inside = site.photo(album_id=album.id, log_date="2026-03-09")
    outside = site.photo(log_date="2026-03-09")
    site.recycle(inside, outside)
    hide = "update albums set private = 1 where id = ?"
    site.do(lambda _: site.connection.execute(hide, (album.id,)))
    site.retrieve(inside, outside)
    assert [site.value(p, "private") for p in (inside, outside)] == [1, 0]
    days = [site.value(p, "log_date") for p in (inside, outside)]
    assert days == [None, "2026-03-09"]


@pytest.mark.parametrize(
    "statement",
    [
        "update photos set private = 1",
        "update photos set log_date = '2026-03-10', private = 1",
        """
        insert into photos (uuid, filename, private, log_date, assumed_at, uploaded_at,
            updated_at) values ('x', 'x', 1, '2026-03-09', '', '', '')
        """,
    ],
    ids=["private", "both", "insert"],
)
def test_8_whoever_writes(site: Site, statement: str) -> None:
    site.photo(log_date="2026-03-09")
    with pytest.raises(sqlite3.IntegrityError, match="is in no daily log"):
        site.connection.execute(statement)


def test_8_what_was_logged_since_holds_up_an_undo_by_name(site: Site) -> None:
    photo = site.photo(private=1)
    site.edit([photo], private=False)
    published = find_batches(site.connection, site.last_batch())
    site.edit([photo], log_date="2026-03-09")
    (kept,) = undo(site.connection, site.sam, published).kept
    assert kept.reason == "a private photo is in no daily log"
    assert site.value(photo, "log_date") == "2026-03-09"


# field of an edit: (value, who may for one photo, who may for two)
FIELDS: dict[str, tuple[Any, str, str]] = {
    "description": ("poured", "standard admin", "standard admin"),
    "location": (0, "standard admin", "admin"),
    "trades": ((), "standard admin", "admin"),
    "private": (True, "admin", "admin"),
    "starred": (True, "admin", "admin"),
    "rotate": (90, "admin", "admin"),
    "taken_at": ("2026-03-09T10:00", "admin", "admin"),
    "log_date": ("2026-03-09", "admin", "admin"),
    "position": ((51.5, -0.1), "standard admin", "admin"),
}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("level", ["none", "read_only", "standard", "admin"])
def test_9_who_may_change_what_of_one_photo_and_of_several(
    site: Site, field: str, level: str
) -> None:
    value, one, several = FIELDS[field]
    photos = [site.photo(), site.photo()]
    for some, may in ((photos[:1], one), (photos, several)):
        if level in may.split():
            site.edit(some, level, **{field: value})
        else:
            with pytest.raises(NotAllowed):
                site.edit(some, level, **{field: value})


def test_9_only_admins_recycle_and_retrieve(site: Site) -> None:
    photo = site.photo()
    c, actor = site.connection, site.people["standard"]
    with pytest.raises(NotAllowed, match="recycle bin"):
        site.do(lambda b: recycle_photos(c, actor, b, [photo]), "standard")
    site.recycle(photo)
    with pytest.raises(NotAllowed, match="recycle bin"):
        site.do(lambda _: retrieve_photos(c, actor, [photo]), "standard")


def test_9_standard_creates_albums_and_a_reader_with_the_right(site: Site) -> None:
    c = site.connection
    for number, name in enumerate(("standard", "read_only can_create_albums", "admin")):
        actor = site.people[name]
        made = site.do(lambda b, a=actor, n=number: add_album(c, a, b, f"A{n}"), name)
        assert not made.private
    for name in ("none can_create_albums", "read_only"):
        actor = site.people[name]
        with pytest.raises(NotAllowed):
            site.do(lambda b, a=actor: add_album(c, a, b, "B"), name)
    actor = site.people["standard"]
    with pytest.raises(NotAllowed, match="private or public"):
        site.do(lambda b: add_album(c, actor, b, "C", private=True), "standard")


@pytest.mark.parametrize("who", ["read_only", "standard"])
def test_10_the_right_to_delete_albums_is_none_to_recycle_photos(
    site: Site, who: str
) -> None:
    c, name = site.connection, f"{who} can_delete_albums"
    actor, album = site.people[name], site.album("Progress")
    photo = site.photo(album_id=album.id)
    with pytest.raises(NotAllowed, match="may not put photos in the recycle bin"):
        site.do(lambda b: delete_album(c, actor, b, album), name)
    assert site.value(photo, "recycled_at") is None
    site.recycle(photo)
    assert site.do(lambda b: delete_album(c, actor, b, album), name) == 0
    hidden = site.album("Claims", private=True)
    with pytest.raises(NotFound, match="there is no album 'Claims'"):
        site.do(lambda b: delete_album(c, actor, b, hidden), name)


def test_10_undo_is_no_way_around_it_either(site: Site) -> None:
    c, actor = site.connection, site.people["standard"]
    with batch(c, actor, origin="import") as opened:
        photo = insert_photo(c, opened, uploader_id=actor.id)
    imported = find_batches(c, str(opened.id))
    with pytest.raises(NotAllowed, match="recycle bin"):  # once it is days old
        undo(c, actor, imported, utc_now() + timedelta(days=2))
    assert site.value(photo, "recycled_at") is None
    site.edit([photo], "standard", description="poured")
    mine = find_batches(c, str(imported[0].id + 1))
    other = site.people["standard can_view_private"]
    with pytest.raises(NotAllowed, match="their own changes only"):
        undo(c, other, mine)
    assert undo(c, actor, mine).undone == 1
    assert site.value(photo, "description") == ""


def test_10_undo_does_not_reach_what_the_person_no_longer_sees(site: Site) -> None:
    photo = site.photo()
    site.edit([photo], "standard", description="poured")
    number = site.connection.execute("select max(id) from batches").fetchone()[0]
    site.edit([photo], private=True)
    record = find_batches(site.connection, str(number))
    report = undo(site.connection, site.people["standard"], record)
    assert ([k.reason for k in report.kept], report.batches) == (["it is gone"], [])
    assert site.value(photo, "description") == "poured"


def test_12_a_bulk_edit_leaves_what_is_not_given_and_overwrites_the_rest(
    site: Site,
) -> None:
    one, two = site.photo(description="a", starred=1), site.photo(description="b")
    site.edit([one, two], description="c")
    assert [site.value(p, "description") for p in (one, two)] == ["c", "c"]
    assert [site.value(p, "starred") for p in (one, two)] == [1, 0]
    with pytest.raises(InvalidInput, match="nothing to change"):
        site.edit([one])


def test_22_a_copy_is_a_record_of_its_own(site: Site) -> None:
    one, two = site.photo(description="a"), site.photo(description="a")
    site.edit([one], description="b")
    site.recycle(one)
    assert site.value(two, "description") == "a"
    assert site.value(two, "recycled_at") is None


def test_24_a_trade_or_location_in_use_is_not_deleted(site: Site) -> None:
    c, s = site.connection, site.sam
    trade = site.do(lambda b: add_trade(c, s, b, "Steel"))
    place = site.do(lambda b: find_or_add_location(c, s, b, "Tower>Level 3"))
    photo = site.photo(location_id=place.id)
    site.edit([photo], trades=(trade.id,))
    site.recycle(photo)
    with pytest.raises(Conflict, match="trade 'Steel' is in use by photos"):
        site.do(lambda _: delete_trade(c, s, trade))
    with pytest.raises(Conflict, match="Tower>Level 3 is in use"):
        site.do(lambda _: delete_location(c, s, place))
    with pytest.raises(Conflict, match="Tower is in use"):
        site.do(lambda _: delete_location(c, s, find_location(c, "Tower")))
    site.retrieve(photo)
    site.edit([photo], trades=(), location=0)
    site.do(lambda _: (delete_trade(c, s, trade), delete_location(c, s, place)))
    assert [t.name for t in list_trades(c, site.who("owner"))] == []


# Beyond the numbers: what each of the lists' functions refuses and keeps


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
