"""Markups: who draws, changes and removes them, and what cannot be drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from typing import Any

import pytest

from archive import markups
from archive.batches import Batch, batch
from archive.checking import check_history
from archive.editing import Edit, edit_photos, recycle_photos
from archive.errors import InvalidInput, NotAllowed, NotFound
from archive.history import changes_of_photo, find_batches
from archive.markup_shapes import POINTS, UNIT, Shape
from archive.markups import (
    MAX_MARKUPS,
    Markup,
    add_markup,
    checked,
    delete_markup,
    edit_markup,
    iterate_markups,
    list_markups,
)
from archive.people import Person, add_person, owner
from archive.rights import viewer
from archive.search import find_photos
from archive.undo import may_undo, undo
from tests.archive.in_memory import dump, everyone, insert_photo, new_database

ARROW = Shape("arrow", "red", 4, ((10, 20), (UNIT, 0)))
TEXT = Shape("text", "yellow", 8, ((10, 20), (1010, 20)), "A4 crack\nsee log")


class Sheet:
    """A photo that everybody sees and one of Kim's own, and short ways to draw."""

    def __init__(self) -> None:
        self.connection: Any = new_database()
        self.people = everyone(self.connection)
        self.sam = owner(self.connection)
        self.kim: Person = self.do(
            self.sam,
            lambda b: add_person(
                self.connection, self.sam, b, "Kim", level="standard", rights=()
            ),
        )
        self.original = self.connection.execute(
            """
            insert into originals (sha256, bytes, crc32, extension, media_type, kind,
                width, height, turned, projection, details, stored_at)
            values (?, 9, 0, 'jpg', 'image/jpeg', 'image', 400, 300, 1, 'regular',
                '{}', '')
            """,
            ("a" * 64,),
        ).lastrowid
        self.photo = self.add()
        self.private = self.add(private=1, uploader_id=self.kim.id)

    def add(self, **values: Any) -> int:
        values = {"original_id": self.original, **values}
        number: int = self.do(
            self.sam, lambda b: insert_photo(self.connection, b, **values)
        )
        return number

    def do(self, who: Person, work: Callable[[Batch], Any]) -> Any:
        with batch(self.connection, who) as opened:
            return work(opened)

    def draw(self, who: Person, shape: Shape = ARROW, photo: int = 0) -> int:
        number: int = self.do(
            who,
            lambda b: add_markup(self.connection, who, b, photo or self.photo, shape),
        )
        return number

    def change(self, who: Person, number: int, **changes: Any) -> None:
        self.do(who, lambda b: edit_markup(self.connection, who, b, number, changes))

    def remove(self, who: Person, number: int) -> None:
        self.do(who, lambda _: delete_markup(self.connection, who, number))

    def drawn(self, photo: int = 0) -> list[Markup]:
        number = photo or self.photo
        return list_markups(self.connection, [number]).get(number, [])

    def last(self) -> int:
        row = self.connection.execute("select max(id) from batches").fetchone()
        return int(row[0])

    def found(self, query: str) -> tuple[int, ...]:
        return find_photos(self.connection, query, viewer(self.sam)).ids


@pytest.fixture
def sheet() -> Iterator[Sheet]:
    made = Sheet()
    yield made
    made.connection.close()


def test_markups_are_lowest_first_with_their_author(sheet: Sheet) -> None:
    sheet.draw(sheet.kim)
    sheet.draw(sheet.sam, TEXT)
    assert [(m.author, m.kind, m.points, m.text) for m in sheet.drawn()] == [
        ("Kim", "arrow", ARROW.points, ""),
        ("Sam Reyes", "text", TEXT.points, "A4 crack\nsee log"),
    ]


@pytest.mark.parametrize("level", ["none", "read_only", "standard", "admin"])
def test_who_may_draw_change_and_remove(sheet: Sheet, level: str) -> None:
    person = sheet.people[level]
    kims = sheet.draw(sheet.kim)
    if level in ("standard", "admin"):
        mine = sheet.draw(person)
        sheet.change(person, mine, colour="blue")
        sheet.remove(person, mine)
    else:
        with pytest.raises(NotAllowed, match="draw on photos"):
            sheet.draw(person)
    if level == "admin":
        sheet.change(person, kims, colour="blue")
        sheet.remove(person, kims)
        assert sheet.drawn() == []
    else:
        with pytest.raises(NotAllowed):
            sheet.change(person, kims, width=2)
        with pytest.raises(NotAllowed):
            sheet.remove(person, kims)
        assert [m.colour for m in sheet.drawn()] == ["red"]


def test_what_is_hidden_or_in_the_bin_is_not_drawn_on(sheet: Sheet) -> None:
    stan = sheet.people["standard"]
    kims = sheet.draw(sheet.kim, photo=sheet.private)
    with pytest.raises(NotFound):
        sheet.draw(stan, photo=sheet.private)
    with pytest.raises(NotFound):
        sheet.remove(stan, kims)
    with pytest.raises(NotFound):
        sheet.change(stan, kims, colour="blue")
    sheet.do(
        sheet.sam,
        lambda b: recycle_photos(sheet.connection, sheet.sam, b, [sheet.private]),
    )
    with pytest.raises(NotFound, match=f"no markup {kims}"):
        sheet.remove(sheet.kim, kims)
    assert list(iterate_markups(sheet.connection, viewer(sheet.sam))) == []


def test_a_list_has_what_one_may_see(sheet: Sheet) -> None:
    sheet.draw(sheet.kim, photo=sheet.private)
    sheet.draw(sheet.sam, TEXT)
    seen = {
        name: [m["kind"] for m in iterate_markups(sheet.connection, viewer(person))]
        for name, person in {"kim": sheet.kim, **sheet.people}.items()
        if name in ("kim", "none", "read_only", "admin")
    }
    assert seen == {
        "kim": ["arrow", "text"],
        "none": [],
        "read_only": ["text"],
        "admin": ["arrow", "text"],
    }


@pytest.mark.parametrize("removed", [False, True])
def test_who_may_not_touch_what_others_drew_does_not_by_undoing(
    sheet: Sheet, removed: bool
) -> None:
    admin = sheet.people["admin"]
    number = sheet.draw(sheet.kim)
    if removed:
        sheet.remove(admin, number)
    else:
        sheet.change(admin, number, colour="blue")
    touched = find_batches(sheet.connection, str(sheet.last()))
    sheet.draw(admin)
    own = find_batches(sheet.connection, str(sheet.last()))
    before = sheet.drawn()
    no_longer = replace(admin, level="standard")
    assert not may_undo(sheet.connection, no_longer, touched[0].id)
    with pytest.raises(NotAllowed, match="their own markups only"):
        undo(sheet.connection, no_longer, touched)
    assert sheet.drawn() == before
    assert undo(sheet.connection, no_longer, own).undone
    assert undo(sheet.connection, admin, touched).undone


def test_a_photo_on_which_there_is_very_much_takes_no_more(
    sheet: Sheet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markups, "MAX_POINTS", 4)
    sheet.draw(sheet.kim)
    sheet.draw(sheet.kim)
    with pytest.raises(InvalidInput, match="too much on this photo"):
        sheet.draw(sheet.kim)
    assert len(sheet.drawn()) == 2


def test_what_somebody_else_wrote_into_a_markup_is_not_undone_with_it(
    sheet: Sheet,
) -> None:
    number = sheet.draw(sheet.kim, TEXT)
    made = find_batches(sheet.connection, str(sheet.last()))
    sheet.change(sheet.people["admin"], number, text="crack, 5 mm")
    report = undo(sheet.connection, sheet.kim, made)
    assert [k.reason for k in report.kept] == ["somebody else has changed it since"]
    assert sheet.drawn()[0].text == "crack, 5 mm"


def test_every_step_can_be_undone_and_the_history_holds(sheet: Sheet) -> None:
    states, steps = [dump(sheet.connection)], []
    number = sheet.draw(sheet.kim, TEXT)
    for change in (
        {"points": [[0, 0], [5, 5]], "text": "B", "colour": "blue", "width": 2},
        {"text": "C"},
        None,
    ):
        steps.append(sheet.last())
        states.append(dump(sheet.connection))
        if change is None:
            sheet.remove(sheet.kim, number)
            steps.append(sheet.last())
        else:
            sheet.change(sheet.kim, number, **change)
    for state, step in zip(reversed(states), reversed(steps), strict=True):
        undo(sheet.connection, sheet.kim, find_batches(sheet.connection, str(step)))
        assert dump(sheet.connection) == state
    assert list(check_history(sheet.connection)) == []


def test_the_history_of_a_photo_tells_of_its_markups(sheet: Sheet) -> None:
    number = sheet.draw(sheet.kim, TEXT)
    sheet.change(sheet.kim, number, text="B")
    told = [
        (change.entity, change.field, change.new)
        for _, change in changes_of_photo(sheet.connection, sheet.photo)
        if change.entity == "markup" and change.field in ("text", "colour")
    ]
    assert told == [("markup", "text", "B")]


def test_what_is_not_changed_leaves_no_batch(sheet: Sheet) -> None:
    number = sheet.draw(sheet.kim)
    before = sheet.last()
    sheet.change(sheet.kim, number, colour="red", kind="line", id=7)
    assert sheet.last() == before
    assert sheet.drawn()[0].kind == "arrow"


def test_points_stay_as_they_are_when_the_photo_is_turned(sheet: Sheet) -> None:
    sheet.draw(sheet.kim)
    sheet.do(
        sheet.sam,
        lambda _: edit_photos(
            sheet.connection, sheet.sam, [sheet.photo], Edit(rotate=90)
        ),
    )
    assert sheet.drawn()[0].points == ARROW.points


def test_words_on_a_photo_are_found_until_they_are_gone(sheet: Sheet) -> None:
    assert sheet.found("has:markups") == ()
    number = sheet.draw(sheet.kim, TEXT)
    assert sheet.found("crack") == sheet.found("has:markups") == (sheet.photo,)
    assert sheet.found("-has:markups") == (sheet.private,)
    sheet.change(sheet.kim, number, text="paint")
    assert (sheet.found("crack"), sheet.found("paint")) == ((), (sheet.photo,))
    sheet.remove(sheet.kim, number)
    assert sheet.found("paint") == sheet.found("has:markups") == ()


def test_a_purge_ends_the_markups_too_and_the_history_says_so(sheet: Sheet) -> None:
    sheet.draw(sheet.kim)
    end = "delete from photos where id = ?"
    sheet.do(sheet.sam, lambda _: sheet.connection.execute(end, (sheet.photo,)))
    assert sheet.drawn() == []
    ended = sheet.connection.execute(
        "select count(*) from changes where entity = 'markup' and new is null"
        " and field = ''"
    ).fetchone()
    assert ended[0] == 1
    assert list(check_history(sheet.connection)) == []


def test_a_markup_stays_with_its_photo(sheet: Sheet) -> None:
    sheet.draw(sheet.kim)
    with pytest.raises(Exception, match="stays with its photo"):
        sheet.connection.execute("update markups set photo_id = ?", (sheet.private,))


@pytest.mark.parametrize("values", [{"original_id": None}, {"kind": "video"}])
def test_there_must_be_a_picture(sheet: Sheet, values: dict[str, Any]) -> None:
    if "kind" in values:
        sheet.connection.execute("update originals set kind = 'video'")
        photo = sheet.photo
    else:
        photo = sheet.add(**values)
    with pytest.raises(InvalidInput, match="no picture"):
        sheet.draw(sheet.sam, photo=photo)


def test_a_photo_has_room_for_so_many(sheet: Sheet) -> None:
    def fill(opened: Batch) -> None:
        for _ in range(MAX_MARKUPS):
            add_markup(sheet.connection, sheet.sam, opened, sheet.photo, ARROW)

    sheet.do(sheet.sam, fill)
    with pytest.raises(InvalidInput, match=f"at most {MAX_MARKUPS}"):
        sheet.draw(sheet.sam)

    # nor does an undo find more: a package of the photo could not be read again
    sheet.remove(sheet.sam, sheet.drawn()[0].id)
    removed = find_batches(sheet.connection, str(sheet.last()))
    sheet.draw(sheet.sam)
    kept = undo(sheet.connection, sheet.sam, removed).kept
    assert [k.reason for k in kept] == ["the photo has as many markups as it may have"]
    assert len(sheet.drawn()) == MAX_MARKUPS
    sheet.remove(sheet.sam, sheet.drawn()[-1].id)
    assert undo(sheet.connection, sheet.sam, removed).undone == 1


STRANGE: tuple[Any, ...] = (
    *(float("nan"), float("inf"), -1, UNIT + 1, 1e308, 10**400, 0.5),
    *("5", None, True, [5], {}),
)


def deep() -> list[Any]:
    found: list[Any] = []
    for _ in range(500):
        found = [found]
    return found


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "script"}, "kind"),
        ({"kind": ["arrow"]}, "kind"),
        ({"colour": "url(#x)"}, "colour"),
        ({"colour": None}, "colour"),
        *(({"width": width}, "width") for width in (0, 51, -4, 4.0, True, "4", None)),
        *(
            ({"points": points}, "points")
            for points in (None, "12", [], [[0, 0]], [[0, 0]] * 3, {"a": 1}, 7)
        ),
        ({"points": [[0, 0], [0, 0]]}, "at one place"),
        *(({"points": [[0, 0], [5, value]]}, "two whole numbers") for value in STRANGE),
        ({"points": [[0, 0], [5, 5, 5]]}, "two whole numbers"),
        ({"points": [[0, 0], deep()]}, "two whole numbers"),
        ({"text": "words"}, "only a markup of kind text"),
        ({"kind": "text", "text": ""}, "empty"),
        ({"kind": "text", "text": " \n "}, "empty"),
        ({"kind": "text", "text": "\u200b\ufeff\u2067\u2069"}, "empty"),
        ({"kind": "text", "text": 5}, "empty"),
        ({"kind": "text", "text": "x" * 10_000}, "at most 1,000"),
        ({"kind": "text", "text": "x\n" * 41 + "x"}, "40 lines"),
        ({"kind": "text", "text": "\ud800"}, "Unicode"),
        ({"kind": "pen", "points": [[n % 9, n] for n in range(1001)]}, "2 to 1,000"),
    ],
)
def test_what_cannot_be_drawn_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        checked({**asdict(ARROW), **changes})


@pytest.mark.parametrize(
    "text",
    ["</svg><script>alert(1)</script>", "\u202egnp.exe", "&amp;\"'<!--", "سلام 🏗️"],
)
def test_any_words_are_kept_as_they_are(sheet: Sheet, text: str) -> None:
    sheet.draw(sheet.kim, Shape("text", "red", 4, ((0, 0), (9, 9)), text))
    assert sheet.drawn()[0].text == text


@pytest.mark.parametrize("kind", POINTS)
def test_every_kind_can_be_drawn(sheet: Sheet, kind: str) -> None:
    text = "x" if kind == "text" else ""
    sheet.draw(sheet.kim, Shape(kind, "red", 4, ((0, 0), (UNIT, UNIT)), text))
    assert [m.kind for m in sheet.drawn()] == [kind]
