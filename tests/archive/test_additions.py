"""What one added oneself one may take back for a day, while it is nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.albums import add_album, list_albums, rename_album, set_cover
from archive.batches import Batch, batch
from archive.checking import check_history
from archive.comments import add_comment
from archive.editing import Edit, edit_photos, recycle_photos
from archive.errors import ArchiveError, NotAllowed
from archive.history import find_batches
from archive.locations import find_or_add_location, get_location, rename_location
from archive.people import Person, owner
from archive.rights import viewer
from archive.settings import set_setting
from archive.undo import UndoReport, may_undo, undo
from tests.archive.in_memory import dump, everyone, insert_photo, new_database

START = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)
SOON, LATE = START + timedelta(minutes=5), START + timedelta(hours=25)
Work = Callable[[Any, Person, Batch, int], object]


class Site:
    """An archive with a photo of the owner's, and somebody who adds something to it."""

    def __init__(self, who: str = "standard") -> None:
        self.connection: Any = new_database()
        self.people = everyone(self.connection)
        self.maker, self.sam = self.people[who], owner(self.connection)
        with batch(self.connection, self.sam) as opened:
            self.theirs = insert_photo(self.connection, opened)

    def work(self, who: Person, do: Any, now: datetime = START, **named: str) -> Any:
        with batch(self.connection, who, now=now, **named) as opened:
            return do(self.connection, who, opened), opened.id

    def undo(self, number: int, now: datetime = SOON) -> UndoReport:
        found = find_batches(self.connection, str(number))
        report = undo(self.connection, self.maker, found, now)
        assert list(check_history(self.connection)) == []
        return report

    def hidden(self, table: str, number: int) -> bool:
        row = self.connection.execute(
            f"select * from {table} where id = ?", (number,)
        ).fetchone()
        if table != "photos" or row is None:
            return row is None
        (recycled,) = self.connection.execute(
            "select recycled_at from photos where id = ?", (number,)
        ).fetchone()
        return recycled is not None


ADDITIONS: dict[str, tuple[str, Any]] = {
    "photo": ("photos", lambda c, who, b: insert_photo(c, b, uploader_id=who.id)),
    "album": ("albums", lambda c, who, b: add_album(c, who, b, "New").id),
    "location": (
        "locations",
        lambda c, who, b: find_or_add_location(c, who, b, "Yard").id,
    ),
    "comment": ("comments", lambda c, who, b: add_comment(c, who, b, 1, "poured")),
}


def _of_photo(edit: Edit) -> Work:
    return lambda c, who, _, number: edit_photos(c, who, [number], edit)


def _albums(connection: Any, number: int) -> Any:
    albums = list_albums(connection, viewer(owner(connection)))
    return next(album for album in albums if album.id == number)


# What somebody may do with the addition
USES: dict[str, dict[str, Work]] = {
    "photo": {
        "describe": _of_photo(Edit(description="as built")),
        "comment": lambda c, who, b, number: add_comment(c, who, b, number, "cracks?"),
        "star": _of_photo(Edit(starred=True)),
        "cover": lambda c, who, _, n: set_cover(c, who, _albums(c, 1), n),
        "stand": lambda c, who, _, n: set_setting(
            c,
            who,
            "project_photo",
            c.execute("select uuid from photos where id = ?", (n,)).fetchone()[0],
        ),
        "recycle": lambda c, who, b, number: recycle_photos(c, who, b, [number]),
    },
    "album": {
        "rename": lambda c, who, _, n: rename_album(c, who, _albums(c, n), "Other"),
        "fill": lambda c, who, _, n: edit_photos(
            c, who, [1], Edit(album=_albums(c, n))
        ),
    },
    "location": {
        "rename": lambda c, who, _, n: rename_location(c, who, get_location(c, n), "Z"),
        "below": lambda c, who, b, _: find_or_add_location(c, who, b, "Yard>Gate"),
        "use": lambda c, who, _, n: edit_photos(c, who, [1], Edit(location=n)),
    },
    "comment": {},
}
EVERY = [(kind, use) for kind, uses in USES.items() for use in uses]


@pytest.mark.parametrize("kind", ADDITIONS)
def test_an_addition_is_taken_back_by_its_maker(kind: str) -> None:
    site = Site()
    table, add = ADDITIONS[kind]
    number, made = site.work(site.maker, add)
    report = site.undo(made)
    assert (report.undone, report.kept) == (1, [])
    assert site.hidden(table, number)


@pytest.mark.parametrize("kind", ADDITIONS)
def test_not_a_day_later_and_not_what_others_added(kind: str) -> None:
    site = Site()
    _, made = site.work(site.maker, ADDITIONS[kind][1])
    before = dump(site.connection)
    with pytest.raises(NotAllowed):
        site.undo(made, LATE)
    other = site.people["standard can_create_albums"]
    site.maker = other
    with pytest.raises(NotAllowed):
        site.undo(made)
    assert dump(site.connection) == before


@pytest.mark.parametrize(("kind", "use"), EVERY)
def test_what_others_changed_or_use_stays_and_is_named(kind: str, use: str) -> None:
    site = Site()
    table, add = ADDITIONS[kind]
    number, made = site.work(site.maker, add)
    site.work(site.sam, lambda c, who, b: USES[kind][use](c, who, b, number))
    before = dump(site.connection)
    report = site.undo(made)
    if use == "star":  # which the maker may not know of
        assert site.hidden(table, number)
        return
    assert (report.undone, report.batches) == (0, [])
    assert [(k.entity, k.record_id) for k in report.kept] == [(kind, number)]
    assert dump(site.connection) == before


@pytest.mark.parametrize("use", ["describe", "comment"])
def test_one_s_own_changes_since_do_not_keep_it(use: str) -> None:
    site = Site()
    number, made = site.work(site.maker, ADDITIONS["photo"][1])
    site.work(site.maker, lambda c, who, b: USES["photo"][use](c, who, b, number))
    site.undo(made)
    assert site.hidden("photos", number)


@pytest.mark.parametrize("level", ["read_only can_create_albums", "read_only"])
def test_who_may_not_undo_takes_nothing_back(level: str) -> None:
    site = Site(level)
    if "albums" not in level:
        return
    _, made = site.work(site.maker, ADDITIONS["album"][1])
    assert not may_undo(site.connection, site.maker, made)
    with pytest.raises(NotAllowed):
        site.undo(made)


def test_it_is_offered_right_after_the_change() -> None:
    site = Site()
    now = datetime.now(UTC)
    for kind, (_, add) in ADDITIONS.items():
        _, made = site.work(site.maker, add, now)
        assert may_undo(site.connection, site.maker, made), kind


def test_bringing_back_what_one_took_back_is_for_admins() -> None:
    site = Site()
    number, made = site.work(site.maker, ADDITIONS["photo"][1])
    (back,) = site.undo(made).batches
    with pytest.raises(NotAllowed):
        site.undo(back)
    site.maker = site.sam
    site.undo(back)
    assert not site.hidden("photos", number)


def test_what_one_may_not_see_any_more_is_gone_whatever_became_of_it() -> None:
    site = Site()
    number, made = site.work(site.maker, ADDITIONS["comment"][1])
    site.work(site.sam, lambda c, who, _: edit_photos(c, who, [1], Edit(private=True)))
    report = site.undo(made)
    assert [kept.reason for kept in report.kept] == ["it is gone"]
    assert not site.hidden("comments", number)


def _used(use: Work, number: int, connection: Any, who: Person, opened: Batch) -> Any:
    return use(connection, who, opened, number)


STEPS = st.lists(
    st.tuples(st.sampled_from(["maker", "owner"]), st.sampled_from(EVERY)), max_size=3
)


@given(st.lists(st.sampled_from(list(ADDITIONS)), min_size=1, max_size=4), STEPS)
def test_each_addition_of_a_batch_goes_unless_others_have_touched_it(
    kinds: list[str], steps: list[tuple[str, tuple[str, str]]]
) -> None:
    """What is untouched goes, the rest stays, and nothing else moves."""
    site = Site()
    kinds = list(dict.fromkeys(kinds))

    def add(connection: Any, who: Person, opened: Batch) -> dict[str, int]:
        return {kind: ADDITIONS[kind][1](connection, who, opened) for kind in kinds}

    made, number = site.work(site.maker, add)
    touched = set()
    for who, (kind, use) in steps:
        if kind not in made:
            continue
        person = site.maker if who == "maker" else site.sam
        try:
            site.work(
                person,
                partial(_used, USES[kind][use], made[kind]),
            )
        except ArchiveError:  # not theirs to do, or done already
            continue
        if (who == "owner" and use != "star") or use in ("fill", "below", "use"):
            touched.add(kind)
    before = dump(site.connection)
    report = site.undo(number)
    kept = {k.entity for k in report.kept}
    assert kept == touched & set(kinds)
    assert report.undone == len(made) - len(kept)
    for kind in kinds:
        gone = site.hidden(ADDITIONS[kind][0], made[kind])
        recycled = kind == "photo" and "photo" in touched
        assert gone == (kind not in kept) or recycled
    if not report.undone:
        assert dump(site.connection) == before
