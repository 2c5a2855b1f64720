"""The edge rules of what is private: albums, photos, counts, covers, the daily log."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from archive.albums import (
    Album,
    find_album,
    list_albums,
    set_album_private,
    set_cover,
    visible_album,
)
from archive.comments import add_comment
from archive.errors import InvalidInput, NotFound
from archive.history import find_batches
from archive.photos import find_photo_id
from archive.rights import viewer
from archive.sqlite import sqlite3
from archive.undo import undo
from tests.archive.edge_site import Site


def test_2_into_an_album_that_became_private_it_comes_back_private(site: Site) -> None:
    album = site.album("Progress")
    photo = site.photo(album_id=album.id)
    site.recycle(photo)
    site.do(lambda _: set_album_private(site.connection, site.sam, album, private=True))
    site.retrieve(photo)
    assert site.value(photo, "private") == 1


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
