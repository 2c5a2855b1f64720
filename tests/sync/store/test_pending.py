"""What is remembered, what is to be done, and what is under way or set aside."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from archive.errors import ArchiveError
from sync.answers import Sent
from sync.operations import Act
from sync.records import Base, Kind, Life, agreed
from sync.store import LONGEST_ASIDE, Intent, Phase, Trouble
from tests.sync.both_stores import Both
from tests.sync.simulator.archive import PROJECT
from tests.sync.steps import (
    EVERY,
    one,
    pending,
    photo,
    pull,
    rest_all,
    see,
    settled,
    take_in,
)

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
