"""What is drawn on photos goes from laptop to laptop, as comments do."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from archive.batches import batch
from archive.checking import check_history
from archive.history import list_batches
from archive.markup_shapes import UNIT, Shape
from archive.markups import MAX_MARKUPS, MAX_TEXT, iterate_markups
from archive.people import add_person
from archive.rights import viewer
from archive.search import find_photos
from archive.undo import undo
from sync.exchanging.values import fits
from tests.sync.exchanging.laptops import PHOTO, Laptop, meet

ARROW = Shape("arrow", "red", 4, ((10, 20), (UNIT, 0)))
TEXT = Shape("text", "yellow", 8, ((10, 20), (1010, 20)), "a crack in the slab")
OTHER = ((30, 40), (50, 60))
_OWN = ("id", "photo_id", "author_id")  # numbers that are each laptop's own


def pair(folder: Path) -> tuple[Laptop, Laptop, str]:
    """Two copies of an archive with a photo."""
    one = Laptop(folder)
    uuid = one.add(PHOTO, bytes=9)
    return one, one.copied(folder), uuid


def drawn(one: Laptop, uuid: str) -> list[dict[str, Any]]:
    return [
        {name: v for name, v in asdict(markup).items() if name not in _OWN}
        for markup in one.markups(uuid)
    ]


def shapes(one: Laptop, uuid: str) -> list[Shape]:
    return [
        Shape(m.kind, m.colour, m.width, m.points, m.text) for m in one.markups(uuid)
    ]


def test_what_is_drawn_comes_as_it_is_with_who_drew_it_and_when(tmp_path: Path) -> None:
    a, b, uuid = pair(tmp_path)
    for shape in (ARROW, TEXT):
        a.draw(uuid, shape)
    a.redraw(a.markups(uuid)[0].uuid, width=8)
    taken = b.hear(a.tell())
    assert taken.kinds == {"photo": 1, "markup": 2}
    assert drawn(b, uuid) == drawn(a, uuid)
    first, second = drawn(b, uuid)
    assert (first["author"], first["edited_at"] is None) == (a.sam.name, False)
    assert (second["text"], second["edited_at"]) == ("a crack in the slab", None)
    assert find_photos(b.connection, "crack", viewer(b.sam)).ids
    assert list(check_history(b.connection)) == []


def test_where_each_changed_something_else_both_changes_hold(tmp_path: Path) -> None:
    a, _, uuid = pair(tmp_path)
    for shape in (ARROW, TEXT):
        a.draw(uuid, shape)
    b = a.copied(tmp_path)
    arrow, text = (one.uuid for one in a.markups(uuid))
    a.redraw(arrow, points=OTHER)
    a.redraw(text, text="a wide crack in the slab")
    b.redraw(arrow, colour="blue")
    b.redraw(text, text="a crack in the slab, dry")
    meet(a, b)
    changed = replace(ARROW, points=OTHER, colour="blue")
    assert shapes(a, uuid) == [
        changed,
        replace(TEXT, text="a wide crack in the slab, dry"),
    ]
    assert drawn(a, uuid) == drawn(b, uuid)
    assert [a.conflicts(), b.conflicts()] == [[], []]


@pytest.mark.parametrize(
    ("change", "here", "there"),
    [
        pytest.param(
            [{"points": OTHER}, {"points": ((1, 2), (3, 4))}],
            "arrow: 0.0 %, 0.0 % → 0.1 %, 0.1 %",
            "arrow: 0.0 %, 0.0 % → 0.0 %, 0.0 %",
            id="points",
        ),
        pytest.param([{"colour": "blue"}, {"colour": "green"}], "blue", "green"),
        pytest.param([{"width": 8}, {"width": 2}], "8", "2"),
    ],
)
def test_of_two_places_or_colours_somebody_chooses(
    tmp_path: Path, change: list[dict[str, Any]], here: str, there: str
) -> None:
    a, _, uuid = pair(tmp_path)
    markup = a.draw(uuid, ARROW)
    b = a.copied(tmp_path)
    for one, made in zip((a, b), change, strict=True):
        one.redraw(markup, **made)
    meet(a, b)
    (mine,), (theirs,) = a.conflicts(), b.conflicts()
    assert mine.key == theirs.key
    assert mine.name == "IMG_0001.jpg: arrow"
    assert (mine.local.shown, mine.remote.shown) == (here, there)
    assert not mine.may_be_other
    a.decide("remote")
    meet(a, b)
    assert shapes(a, uuid) == shapes(b, uuid) == [replace(ARROW, **change[1])]
    assert [a.conflicts(), b.conflicts()] == [[], []]


def test_words_that_are_too_many_together_are_a_question(tmp_path: Path) -> None:
    a, _, uuid = pair(tmp_path)
    markup = a.draw(uuid, TEXT)
    b = a.copied(tmp_path)
    a.redraw(markup, text="a" * 900 + " " + TEXT.text)
    b.redraw(markup, text=TEXT.text + ", " + "b" * 900)
    meet(a, b)
    (mine,), (theirs,) = a.conflicts(), b.conflicts()
    assert (mine.key, mine.field, mine.may_be_other) == (theirs.key, "text", True)
    a.decide("other", "both\n")
    meet(a, b)
    assert shapes(a, uuid) == shapes(b, uuid) == [replace(TEXT, text="both")]


def test_a_merge_leaves_no_comment_and_no_words_empty() -> None:
    said = [("comment", "body"), ("markup", "text")]
    assert [fits(*which, " ") for which in said] == [False, False]
    assert [fits(*which, "so") for which in said] == [True, True]
    assert fits("photo", "description", "")
    assert fits("photo", "trades", frozenset())


def test_what_was_taken_off_is_taken_off_where_nobody_changed_it(
    tmp_path: Path,
) -> None:
    a, _, uuid = pair(tmp_path)
    gone, changed = (a.draw(uuid, shape) for shape in (ARROW, TEXT))
    b = a.copied(tmp_path)
    for markup in (gone, changed):
        a.erase(markup)
    b.redraw(changed, colour="blue")
    meet(a, b)
    assert [one.uuid for one in b.markups(uuid)] == [changed]
    assert [one.why for one in (*a.conflicts(), *b.conflicts())] == [
        "purged here, wanted there",
        "edited here, deleted there",
    ]
    b.decide("local")
    meet(a, b)
    a.decide("remote")  # who ended it wants it, too
    meet(a, b)
    assert shapes(a, uuid) == shapes(b, uuid) == [replace(TEXT, colour="blue")]
    assert [a.conflicts(), b.conflicts()] == [[], []]


def test_a_photo_on_which_somebody_drew_unseen_stays_out_of_the_bin(
    tmp_path: Path,
) -> None:
    a, b, uuid = pair(tmp_path)
    a.recycle(uuid)
    b.draw(uuid, ARROW)
    meet(a, b)
    assert b.value(uuid, "recycled_at") is None
    assert len(a.conflicts()) == len(b.conflicts()) == 1
    b.decide("local")
    meet(a, b)
    assert a.value(uuid, "recycled_at") is None
    assert shapes(a, uuid) == [ARROW]


def test_what_is_drawn_waits_for_its_photo(tmp_path: Path) -> None:
    a, b, _ = pair(tmp_path)
    uuid = a.add(PHOTO, bytes=10)
    a.draw(uuid, ARROW)
    site, seq, lines = a.tell()
    b.hear((site, seq, [one for one in lines if one["e"] == "markup"]))
    assert _waiting(b) == ["its photo is not here"]
    b.hear((site, seq, [one for one in lines if one["e"] == "photo"]))
    assert _waiting(b) == []
    assert shapes(b, uuid) == [ARROW]


def test_what_has_no_room_on_a_photo_waits_until_there_is_some(tmp_path: Path) -> None:
    a, b, uuid = pair(tmp_path)
    a.draw(uuid, ARROW)
    many = [b.draw(uuid, TEXT) for _ in range(MAX_MARKUPS)]
    b.hear(a.tell())
    assert len(b.markups(uuid)) == MAX_MARKUPS
    assert _waiting(b) == [f"a photo has at most {MAX_MARKUPS} markups"]
    b.erase(many[0])
    b.hear(a.tell())
    assert _waiting(b) == []
    assert ARROW in shapes(b, uuid)


def _waiting(one: Laptop) -> list[str]:
    rows = one.connection.execute("select why from exchange_held where why <> ''")
    return [row[0] for row in rows.fetchall()]


def test_what_is_drawn_on_a_private_photo_is_seen_by_nobody_more(
    tmp_path: Path,
) -> None:
    a, b, uuid = pair(tmp_path)
    with batch(b.connection, b.sam) as made:
        kim = add_person(b.connection, b.sam, made, "Kim", level="standard")
    a.draw(uuid, ARROW)
    a.edit(uuid, private=True)
    b.hear(a.tell())
    assert shapes(b, uuid) == [ARROW]
    assert list(iterate_markups(b.connection, viewer(kim))) == []
    assert len(list(iterate_markups(b.connection, viewer(b.sam)))) == 1


def test_what_an_import_drew_is_taken_back_and_stays_so(tmp_path: Path) -> None:
    a, b, uuid = pair(tmp_path)
    a.draw(uuid, ARROW)
    b.hear(a.tell())
    (newest, *_) = list_batches(b.connection)
    assert newest.origin == "exchange"
    assert a.sam.name in newest.reason
    undo(b.connection, b.sam, [newest])
    assert b.markups(uuid) == []
    meet(a, b)
    assert a.markups(uuid) == b.markups(uuid) == []
    assert list(check_history(b.connection)) == []


# What nobody of ours writes


def line(**fields: Any) -> dict[str, Any]:
    """A markup as it is told."""
    values = {"shape": ["arrow", [[10, 20], [30, 40]]], "colour": "red", "width": 4}
    return {
        "e": "markup",
        "u": "01900000-0000-7000-8000-000000000001",
        "d": {"v": {"aaaa": 1}},
        "f": {n: {"v": v} for n, v in {**values, "text": "", **fields}.items()},
        "life": {"v": "active"},
        "born": {"created_at": "2026-03-09T08:00:00.000Z"},
    }


HOSTILE = {
    "a kind that is none": {"shape": ["<script>", [[1, 2], [3, 4]]]},
    "a kind that is a list": {"shape": [["pen"], [[1, 2], [3, 4]]]},
    "a shape that is none": {"shape": "arrow"},
    "a shape of more": {"shape": ["arrow", [[1, 2], [3, 4]], 1]},
    "one point": {"shape": ["arrow", [[1, 2]]]},
    "very many points": {"shape": ["pen", [[n, n] for n in range(1001)]]},
    "all at one place": {"shape": ["arrow", [[1, 2], [1, 2]]]},
    "outside of the picture": {"shape": ["arrow", [[1, 2], [3, UNIT + 1]]]},
    "a fraction": {"shape": ["arrow", [[1, 2], [3, 4.5]]]},
    "a yes for a number": {"shape": ["arrow", [[1, 2], [3, True]]]},
    "three numbers": {"shape": ["arrow", [[1, 2], [3, 4, 5]]]},
    "no colour": {"colour": "url(//evil)"},
    "no width": {"width": 1e9},
    "words of an arrow": {"text": "hello"},
    "a text without words": {"shape": ["text", [[1, 2], [3, 4]]], "text": "\u200b"},
    "far too many words": {
        "shape": ["text", [[1, 2], [3, 4]]],
        "text": "x" * (MAX_TEXT + 1),
    },
    "nothing": {"shape": None, "colour": None, "width": None, "text": None},
}


def test_nothing_is_drawn_that_nobody_could_draw_here(tmp_path: Path) -> None:
    _, b, uuid = pair(tmp_path)
    markup = b.draw(uuid, ARROW)
    for said in HOSTILE.values():
        told = line(**said)
        told["born"]["photo"] = uuid
        of_ours = {**told, "u": markup, "d": {"v": {"aaaa": 1, b.site: 1 << 40}}}
        taken = b.hear(("aaaa", 1, [told, of_ours]))
        assert len(taken.refused) == 2, said
    assert shapes(b, uuid) == [ARROW]
    assert list(check_history(b.connection)) == []
    good = line()
    good["born"]["photo"] = uuid
    assert b.hear(("aaaa", 2, [good])).changed == 1


def test_words_for_a_shape_of_another_kind_are_held_and_drawn_nowhere(
    tmp_path: Path,
) -> None:
    _, b, uuid = pair(tmp_path)
    b.draw(uuid, ARROW)
    (told,) = [one for one in b.tell()[2] if one["e"] == "markup"]
    newer = {"v": {**told["d"]["v"], "aaaa": 1}}
    shape = {"v": ["text", [[1, 2], [3, 4]]], "s": told["d"]}
    words = {"v": "hello", "s": newer}
    told["f"] |= {"shape": shape, "text": words}
    taken = b.hear(("aaaa", 1, [told]))
    assert taken.changed == 0
    assert _waiting(b) == ["only a markup of kind text has a text"]
    assert shapes(b, uuid) == [ARROW]


def test_a_markup_touches_its_photo_for_a_sync(tmp_path: Path) -> None:
    one, _, uuid = pair(tmp_path)
    one.link()
    one.commit(lambda store: store.take_in())
    one.draw(uuid, ARROW)
    one.commit(lambda store: store.take_in())
    sql = "select touched from sync_records where uuid = ?"
    assert one.connection.execute(sql, (uuid,)).fetchone() == (1,)
