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
    rename_album,
    set_album_private,
    set_cover,
    visible_album,
)
from archive.batches import Batch, batch
from archive.clock import utc_now
from archive.comments import add_comment
from archive.editing import (
    recycle_photos,
    retrieve_photos,
)
from archive.errors import Conflict, InvalidInput, NotAllowed, NotFound
from archive.history import find_batches
from archive.locations import (
    delete_location,
    find_location,
    find_or_add_location,
)
from archive.photos import find_photo_id
from archive.rights import viewer
from archive.sqlite import sqlite3
from archive.trades import add_trade, delete_trade, list_trades
from archive.undo import undo
from tests.archive.edge_site import Site
from tests.archive.in_memory import insert_photo


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
