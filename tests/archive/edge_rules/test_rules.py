"""The edge rules of the tool we equal, by number, where they concern the archive.

Those of what is private (2, 4, 5, 6 and 8) are in ``test_private.py``. Rules 7, 11, 14,
17-21, 23, 25 and 26 are about its pages, phones, links, remotes and files; 16 is the
search's, 13 and 15 the import's.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from archive.albums import (
    add_album,
    delete_album,
    find_album,
    rename_album,
    set_album_private,
)
from archive.batches import Batch, batch
from archive.clock import utc_now
from archive.editing import recycle_photos, retrieve_photos
from archive.errors import Conflict, InvalidInput, NotAllowed, NotFound
from archive.history import find_batches
from archive.locations import delete_location, find_location, find_or_add_location
from archive.sqlite import sqlite3
from archive.trades import add_trade, delete_trade, list_trades
from archive.undo import undo
from tests.archive.edge_site import Site
from tests.archive.in_memory import insert_photo


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
