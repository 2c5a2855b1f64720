"""What is new for somebody: mentions of them, and days with photos of others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.batches import batch
from archive.comments import add_comment, delete_comment, edit_comment
from archive.editing import Edit, edit_photos, recycle_photos, retrieve_photos
from archive.errors import InvalidInput, NotAllowed, NotFound
from archive.history import find_batches
from archive.inbox import (
    count_unread,
    list_days,
    list_mentions,
    mark_all,
    mark_day,
    mark_mention,
    photos_of_day,
    unread_on,
)
from archive.people import Person, owner
from archive.settings import get_setting, subscribe
from archive.undo import undo
from tests.archive.in_memory import everyone, insert_photo, new_database
from tests.archive.live_counts import wrong_counters

NOON = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
TODAY = "2026-03-09"


class Site:
    """Two photos of the owner's, and people who are told of what happens to them."""

    def __init__(self) -> None:
        self.connection: Any = new_database()
        self.people = everyone(self.connection)
        self.sam = owner(self.connection)
        self.kim = self.people["standard"]
        self.rae = self.people["read_only"]
        with batch(self.connection, self.sam, now=NOON) as opened:
            self.first = insert_photo(self.connection, opened)
            self.second = insert_photo(self.connection, opened)

    def say(self, who: Person, body: str, photo: int = 1, at: datetime = NOON) -> int:
        with batch(self.connection, who, now=at) as opened:
            return add_comment(self.connection, who, opened, photo, body)

    def add(self, at: datetime, **values: Any) -> int:
        with batch(self.connection, self.sam, now=at) as opened:
            return insert_photo(self.connection, opened, **values)

    def edit(self, photo: int, **fields: Any) -> None:
        with batch(self.connection, self.sam):
            edit_photos(self.connection, self.sam, [photo], Edit(**fields))

    def subscribe(self, who: Person, wanted: bool = True) -> None:
        with batch(self.connection, who):
            subscribe(self.connection, who, who.id, wanted=wanted)

    def told(self, who: Person) -> list[tuple[str, bool]]:
        return [(m.body, m.unread) for m in list_mentions(self.connection, who)]

    def unread(self, who: Person, now: datetime = NOON) -> int:
        return count_unread(self.connection, who, now)


@pytest.fixture
def site() -> Site:
    return Site()


def test_whoever_is_named_is_told_until_they_have_read_it(site: Site) -> None:
    said = site.say(site.sam, "@standard see this")
    site.say(site.sam, "nobody is meant")
    assert site.told(site.kim) == [("@standard see this", True)]
    assert unread_on(site.connection, site.kim, 1) == [said]
    assert (site.unread(site.kim), site.unread(site.sam)) == (1, 0)
    mark_mention(site.connection, site.kim, said, read=True)
    assert site.told(site.kim) == [("@standard see this", False)]
    assert (site.unread(site.kim), unread_on(site.connection, site.kim, 1)) == (0, [])
    mark_mention(site.connection, site.kim, said, read=False)
    assert site.unread(site.kim) == 1


def test_who_names_themselves_is_told_nothing(site: Site) -> None:
    site.say(site.kim, "@standard was here")
    assert (site.told(site.kim), site.unread(site.kim)) == ([], 0)


def test_a_name_that_is_taken_off_is_no_news_any_more(site: Site) -> None:
    said = site.say(site.sam, "@standard and @admin")
    with batch(site.connection, site.sam) as opened:
        edit_comment(site.connection, site.sam, opened, said, "only @admin")
    assert site.told(site.kim) == []
    assert site.told(site.people["admin"]) == [("only @admin", True)]
    with batch(site.connection, site.sam):
        delete_comment(site.connection, site.sam, said)
    assert site.connection.execute("select * from unread_mentions").fetchall() == []


def test_a_comment_that_comes_back_is_news_again(site: Site) -> None:
    said = site.say(site.sam, "@standard?")
    mark_mention(site.connection, site.kim, said, read=True)
    with batch(site.connection, site.sam) as opened:
        delete_comment(site.connection, site.sam, said)
    undo(site.connection, site.sam, find_batches(site.connection, str(opened.id)))
    assert site.told(site.kim) == [("@standard?", True)]


@pytest.mark.parametrize("why", ["private", "recycled"])
def test_what_one_may_not_see_is_none_of_one_s_news(site: Site, why: str) -> None:
    said = site.say(site.sam, "@standard @read_only see this")
    if why == "private":
        site.edit(1, private=True)
    else:
        with batch(site.connection, site.sam) as opened:
            recycle_photos(site.connection, site.sam, opened, [1])
    for who in (site.kim, site.rae):
        assert (site.told(who), site.unread(who)) == ([], 0)
        assert unread_on(site.connection, who, 1) == []
        for number in (said, said + 1):
            with pytest.raises(NotFound, match=f"^there is no comment {number}$"):
                mark_mention(site.connection, who, number, read=True)
        mark_all(site.connection, who, NOON + timedelta(days=1))
    if why == "private":
        site.edit(1, private=False)
    else:
        with batch(site.connection, site.sam):
            retrieve_photos(site.connection, site.sam, [1])
    assert site.unread(site.kim) == 1  # it was not marked as read meanwhile


def test_one_s_own_private_photo_is_seen_by_oneself(site: Site) -> None:
    site.say(site.sam, "@standard is this yours?")
    site.connection.execute("update photos set uploader_id = ?", (site.kim.id,))
    site.edit(1, private=True)
    assert site.unread(site.kim) == 1


def test_mentions_come_in_pages(site: Site) -> None:
    said = [site.say(site.sam, f"@standard {n}") for n in range(5)]
    first = list_mentions(site.connection, site.kim, limit=2)
    assert [m.comment_id for m in first] == said[:2:-1]
    more = list_mentions(site.connection, site.kim, before=first[-1].comment_id)
    assert [m.comment_id for m in more] == said[2::-1]


def test_all_is_read_that_was_there_when_the_page_was_made(site: Site) -> None:
    site.subscribe(site.kim)
    site.say(site.sam, "@standard before")
    site.say(site.sam, "@standard after", at=NOON + timedelta(minutes=2))
    mark_all(site.connection, site.kim, NOON + timedelta(minutes=1))
    assert site.told(site.kim) == [
        ("@standard after", True),
        ("@standard before", False),
    ]
    assert site.unread(site.kim) == 1


def test_days_are_for_those_who_subscribe_and_photos_of_others(site: Site) -> None:
    assert list_days(site.connection, site.kim, NOON) == []
    site.subscribe(site.kim)
    site.subscribe(site.sam)
    assert get_setting(site.connection, "subscribers") == [site.sam.id, site.kim.id]
    (day,) = list_days(site.connection, site.kim, NOON)
    assert (day.day, day.photos, day.unread) == (TODAY, 2, True)
    assert photos_of_day(site.connection, site.kim, TODAY, 9) == [2, 1]
    assert list_days(site.connection, site.sam, NOON) == []
    assert (site.unread(site.kim), site.unread(site.sam)) == (1, 0)
    site.subscribe(site.kim, wanted=False)
    assert site.unread(site.kim) == 0


def test_photos_that_come_after_one_looked_are_new_again(site: Site) -> None:
    site.subscribe(site.kim)
    later = NOON + timedelta(hours=1)
    mark_day(site.connection, site.kim, TODAY, later, read=True)
    assert site.unread(site.kim, later) == 0
    site.add(later + timedelta(minutes=1), private=1)
    site.add(later + timedelta(minutes=1), uploader_id=site.kim.id)
    assert site.unread(site.kim, later) == 0
    site.add(later + timedelta(minutes=1))
    assert site.unread(site.kim, later) == 1
    mark_day(site.connection, site.kim, TODAY, NOON, read=True)  # an older page
    assert site.unread(site.kim, later) == 1
    mark_day(site.connection, site.kim, TODAY, later, read=False)
    assert [day.unread for day in list_days(site.connection, site.kim, later)] == [True]


def test_days_are_news_for_two_weeks(site: Site) -> None:
    site.subscribe(site.kim)
    for days in range(1, 20, 2):
        site.add(NOON - timedelta(days=days))
    found = [day.day for day in list_days(site.connection, site.kim, NOON)]
    assert found == [
        str((NOON - timedelta(days=days)).date()) for days in (0, 1, 3, 5, 7, 9, 11, 13)
    ]


@pytest.mark.parametrize("day", ["", "yesterday", "2026-02-30", "2026-03-09T10:00"])
def test_what_is_no_day_is_refused(site: Site, day: str) -> None:
    with pytest.raises(InvalidInput):
        mark_day(site.connection, site.kim, day, NOON, read=True)


def test_only_admins_subscribe_others(site: Site) -> None:
    with batch(site.connection, site.rae):
        subscribe(site.connection, site.rae, site.rae.id, wanted=True)
        with pytest.raises(NotAllowed):
            subscribe(site.connection, site.rae, site.kim.id, wanted=True)
    with batch(site.connection, site.sam):
        subscribe(site.connection, site.sam, site.kim.id, wanted=True)
        with pytest.raises(InvalidInput, match="no person 999"):
            subscribe(site.connection, site.sam, 999, wanted=True)
    nobody = site.people["none"]
    with batch(site.connection, nobody), pytest.raises(NotAllowed):
        subscribe(site.connection, nobody, nobody.id, wanted=True)


CHANGES = st.lists(
    st.tuples(
        st.integers(1, 4), st.sampled_from(["private", "bin", "who", "day", "go"])
    )
)


@given(CHANGES)
def test_the_counts_of_days_are_what_counting_says(
    changes: list[tuple[int, str]],
) -> None:
    site = Site()
    for day in (1, 2):
        site.add(NOON - timedelta(days=day), uploader_id=None)
    sql = {
        "private": "update photos set private = 1 - private where id = ?",
        "bin": "update photos set recycled_at = iif(recycled_at is null, '', null)"
        " where id = ?",
        "who": "update photos set uploader_id = iif(uploader_id is null, 1, null)"
        " where id = ?",
        "day": "update photos set uploaded_at = '2026-03-01T00:00:00Z' where id = ?",
        "go": "delete from photos where id = ?",
    }
    for photo, change in changes:
        site.connection.execute(sql[change], (photo,))
    assert wrong_counters(site.connection) == []
